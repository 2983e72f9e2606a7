//! How offices let people in, as it travels.

use domain::queue::room::Admission;
use operations::planning::{AdmissionOfOffice, AdmissionOfTown};
use poem_openapi::Object;
use uuid::Uuid;

/// How the offices of a town let people in.
#[derive(Clone, Debug, Object)]
pub struct TownAdmission {
    /// Whether "I am here" on a phone asks for the code shown in the foyer.
    pub foyer_code: bool,
    /// The offices.
    pub offices: Vec<OfficeAdmission>,
}

/// How an office lets people in, and who is there now.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct OfficeAdmission {
    /// The office.
    pub office_id: Uuid,
    /// Its name.
    pub name: String,
    /// Whether nobody gets a ticket without an appointment.
    pub appointment_only: bool,
    /// How many people may be in the house: 1 to 2000; `null` is no limit.
    pub room_limit: Option<u16>,
    /// How many are in the house now.
    pub inside: u32,
    /// How many tickets wait outside now.
    pub outside: u32,
}

impl From<AdmissionOfTown> for TownAdmission {
    fn from(found: AdmissionOfTown) -> Self {
        let office = |one: AdmissionOfOffice| OfficeAdmission {
            office_id: one.office.0,
            name: one.name,
            appointment_only: one.admission.appointment_only,
            room_limit: one.admission.room_limit,
            inside: one.room.inside,
            outside: one.room.outside,
        };
        Self { foyer_code: found.foyer_code, offices: found.offices.into_iter().map(office).collect() }
    }
}

/// How an office shall let people in.
#[derive(Clone, Debug, Object)]
pub struct NewAdmission {
    /// Whether nobody gets a ticket without an appointment.
    pub appointment_only: bool,
    /// How many people may be in the house: 1 to 2000; without it there is no limit.
    pub room_limit: Option<u16>,
}

impl NewAdmission {
    pub(super) fn read(&self) -> Admission {
        Admission { appointment_only: self.appointment_only, room_limit: self.room_limit }
    }
}

/// Whether phones need the code of the foyer.
#[derive(Clone, Debug, Object)]
pub struct FoyerCodeAsked {
    /// Whether they do.
    pub asked: bool,
}
