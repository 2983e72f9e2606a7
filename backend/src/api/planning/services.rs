//! Services as those who plan edit them: in the words of a catalogue file.

use chrono::NaiveDate;
use domain::appointments::booking::OfferTerms;
use domain::ids::PoolId;
use operations::planning::{OfferAt, PlanningProblem, ServiceEdit, ServiceOverview, ServiceToEdit};
use operations::{Outcome, StoreError};
use poem_openapi::Object;
use poem_openapi::types::{ParseFromJSON, ToJSON};
use uuid::Uuid;

use crate::api::catalog::Department;
use crate::problem::Text;

/// All services of a town, also internal ones and those that are switched off.
#[derive(Clone, Debug, Object)]
pub struct PlanServices {
    /// The departments in their order.
    pub departments: Vec<Department>,
    /// The services in their order.
    pub services: Vec<PlanService>,
}

/// A service in the list.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct PlanService {
    /// Its id.
    pub id: Uuid,
    /// Its name in addresses.
    pub slug: String,
    /// Its department.
    pub department_id: Uuid,
    /// Its name.
    pub name: Text,
    /// `public`, `internal` or `group`.
    pub kind: String,
    /// Everyday words by which it is found.
    pub keywords: Vec<String>,
    /// Planned minutes for one person.
    pub duration_min: u16,
    /// Whether it is offered at all.
    pub active: bool,
    /// Whether nobody is served without an appointment.
    pub appointment_only: bool,
    /// The first local day for which appointments are given.
    pub bookable_from: Option<NaiveDate>,
    /// The last one.
    pub bookable_until: Option<NaiveDate>,
    /// At how many pools it is offered.
    pub offered_at: u32,
}

/// A service as a catalogue has it.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct ServiceBody {
    /// Its name in addresses.
    pub slug: String,
    /// The slug of its department.
    pub department: String,
    /// Its name in German.
    pub name_de: String,
    /// Its name in English.
    pub name_en: Option<String>,
    /// `public`, `internal` or `group`.
    pub kind: String,
    /// Whether it is offered at all.
    pub active: bool,
    /// Whether nobody is served without an appointment.
    pub appointment_only: bool,
    /// The first local day for which appointments are given.
    pub bookable_from: Option<NaiveDate>,
    /// The last one.
    pub bookable_until: Option<NaiveDate>,
    /// Planned minutes for one person.
    pub duration_min: i32,
    /// How many persons or pieces one appointment takes.
    pub max_quantity: i32,
    /// The word by which it is booked by SMS.
    pub sms_keyword: Option<String>,
    /// `popular`: on the first page; `sensitive`: messages must not name it.
    #[oai(validator(max_items = 2000))]
    pub flags: Vec<String>,
    /// Everyday words by which it is found.
    #[oai(validator(max_items = 2000))]
    pub keywords: Vec<String>,
    /// What to bring.
    #[oai(validator(max_items = 2000))]
    pub documents: Vec<Text>,
    /// What it costs; unknown or varying without.
    pub fee: Option<FeesBody>,
    /// How to settle it without coming.
    pub online: OnlineBody,
    /// Whether one has to come in person.
    pub personal_appearance_required: bool,
    /// Whether somebody else may come instead.
    pub proxy_allowed: bool,
    /// The laws it rests on.
    #[oai(validator(max_items = 2000))]
    pub legal_basis: Vec<String>,
    /// What else to know.
    pub note: Option<Text>,
    /// Its key in the federal catalogue of services (LeiKa).
    pub leika: Option<String>,
    /// What the booking asks for.
    pub form: FormBody,
    /// What changes on a day to come.
    #[oai(validator(max_items = 2000))]
    pub planned: Vec<PlannedBody>,
}

/// What a service costs.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct FeesBody {
    /// Who sets it: `bund`, `land` or `kommune`.
    pub scope: String,
    /// The law or price list it is from.
    pub source: String,
    /// The amounts.
    #[oai(validator(max_items = 2000))]
    pub items: Vec<FeeBody>,
    /// What else to know.
    pub note: Option<Text>,
}

/// One amount.
#[derive(Clone, Debug, Object)]
pub struct FeeBody {
    /// For what or whom.
    pub label: Text,
    /// The amount in cents; 0 is free of charge.
    pub cents: i32,
    /// Whether it comes on top of another amount.
    pub extra: bool,
}

/// How to settle a matter without coming.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct OnlineBody {
    /// `no`, `partial` or `full`.
    pub possible: String,
    /// In which way.
    pub how: Option<Text>,
    /// Where: `https://…`.
    pub url: Option<String>,
}

/// What the booking asks for; each `required`, `optional` or `not_asked`.
#[derive(Clone, Debug, Object)]
pub struct FormBody {
    /// First name and surname.
    pub name: String,
    /// Postal address.
    pub address: String,
    /// Mobile number.
    pub phone: String,
    /// E-mail address.
    pub email: String,
    /// What staff should know.
    pub remark: String,
    /// What a field is asked for, where the usual sentence does not fit.
    #[oai(validator(max_items = 2000))]
    pub purposes: Vec<PurposeBody>,
}

/// What a field is asked for.
#[derive(Clone, Debug, Object)]
pub struct PurposeBody {
    /// `name`, `address`, `phone`, `email` or `remark`.
    pub field: String,
    /// The sentence below it.
    pub text: Text,
}

/// What is different from a day on.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct PlannedBody {
    /// The first local day on which it holds.
    pub valid_from: NaiveDate,
    /// What to bring then; as before without.
    pub documents: Option<Vec<Text>>,
    /// What it costs then; as before without.
    pub fee: Option<FeesBody>,
    /// How to settle it without coming then; as before without.
    pub online: Option<OnlineBody>,
}

/// A pool, and how long a service takes there.
#[derive(Clone, Debug, Object)]
pub struct OfferPlace {
    /// The pool.
    pub pool_id: Uuid,
    /// Its name.
    pub pool_name: String,
    /// Its office's name.
    pub office_name: String,
}

/// How long a service takes at a pool.
#[derive(Clone, Debug, Object)]
pub struct OfferBody {
    /// The pool.
    pub pool_id: Uuid,
    /// Minutes for the first person or piece.
    pub duration_min: u16,
    /// Minutes for each further one; 0 means as long as the first.
    pub per_person_min: u16,
    /// Minutes kept free after the visit.
    pub buffer_min: u16,
}

/// A service with everything that can be edited.
#[derive(Clone, Debug, Object)]
pub struct EditedService {
    /// Its id.
    pub id: Uuid,
    /// What is known of it.
    pub service: ServiceBody,
    /// Where it is offered.
    pub offers: Vec<OfferBody>,
    /// Every pool of the town.
    pub places: Vec<OfferPlace>,
    /// The revision that was read.
    pub rev: u64,
}

/// A service as somebody wants it.
#[derive(Clone, Debug, Object)]
pub struct ServiceRequest {
    /// What is known of it.
    pub service: ServiceBody,
    /// Where it is offered.
    #[oai(validator(max_items = 200))]
    pub offers: Vec<OfferBody>,
    /// The revision that was read; 0 for a new one.
    pub rev: u64,
}

impl ServiceRequest {
    pub(super) fn read(&self) -> ServiceEdit {
        let terms = |offer: &OfferBody| OfferTerms {
            duration_min: offer.duration_min,
            per_person_min: offer.per_person_min,
            buffer_min: offer.buffer_min,
        };
        ServiceEdit {
            entry: self.service.to_json().unwrap_or_default(),
            offers: self.offers.iter().map(|offer| (PoolId(offer.pool_id), terms(offer))).collect(),
            seen: self.rev,
        }
    }
}

pub(super) fn places(offers: Vec<OfferAt>) -> Vec<OfferPlace> {
    let place = |offer: OfferAt| OfferPlace {
        pool_id: offer.pool.0,
        pool_name: offer.pool_name,
        office_name: offer.office_name,
    };
    offers.into_iter().map(place).collect()
}

pub(super) fn edited(found: ServiceToEdit) -> Outcome<EditedService, PlanningProblem> {
    let service = ServiceBody::parse_from_json(Some(found.entry.to_json()));
    let service = service.map_err(|_| StoreError::Corrupt { column: "service.detail" })?;
    let offer = |offer: &OfferAt| {
        let terms = offer.terms?;
        Some(OfferBody {
            pool_id: offer.pool.0,
            duration_min: terms.duration_min,
            per_person_min: terms.per_person_min,
            buffer_min: terms.buffer_min,
        })
    };
    Ok(EditedService {
        id: found.id.0,
        service,
        offers: found.offers.iter().filter_map(offer).collect(),
        places: places(found.offers),
        rev: found.rev,
    })
}

impl From<ServiceOverview> for PlanServices {
    fn from(found: ServiceOverview) -> Self {
        let service = |one: operations::planning::ServiceInList| PlanService {
            id: one.service.id.0,
            slug: one.service.slug,
            department_id: one.service.department.0,
            name: one.service.name.into(),
            kind: one.service.kind.as_str().to_owned(),
            keywords: one.service.detail.keywords,
            duration_min: one.service.duration_min,
            active: one.service.active,
            appointment_only: one.service.appointment_only,
            bookable_from: one.service.bookable.from,
            bookable_until: one.service.bookable.until,
            offered_at: one.offered_at,
        };
        Self {
            departments: found.departments.into_iter().map(Department::from).collect(),
            services: found.services.into_iter().map(service).collect(),
        }
    }
}
