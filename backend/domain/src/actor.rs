//! Who does something. Verbs take the actor they need, so that the wrong caller does not compile;
//! [`Actor`] is what the event log keeps.

use crate::ids::{BookingId, CounterId, DeviceId, OfficeId, StaffId, TownId, VisitId};
use crate::staff::Role;

/// A citizen who proved to own a booking: by the secret link, or by the number the SMS came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Citizen {
    /// The town the link belongs to.
    pub town: TownId,
    /// The booking the link opens.
    pub booking: BookingId,
}

/// A visitor who holds a walk-in ticket's secret link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TicketHolder {
    /// The town.
    pub town: TownId,
    /// The visit the link opens.
    pub visit: VisitId,
}

/// An enrolled terminal or display.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device {
    /// The town.
    pub town: TownId,
    /// The device.
    pub id: DeviceId,
    /// The office where it stands.
    pub office: OfficeId,
    /// What it is.
    pub kind: crate::devices::DeviceKind,
}

/// A signed-in member of staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffMember {
    /// The town.
    pub town: TownId,
    /// The person.
    pub id: StaffId,
    /// What they may do.
    pub role: Role,
    /// The counter they sit at, once chosen.
    pub counter: Option<CounterId>,
}

/// Who did it, as the event log keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Somebody without any proof: searching, holding.
    Nobody,
    /// A citizen by link or SMS.
    Citizen(BookingId),
    /// A walk-in visitor by ticket link.
    TicketHolder(VisitId),
    /// A terminal or display.
    Device(DeviceId),
    /// A member of staff.
    Staff(StaffId),
    /// A timer of ours.
    System,
}

impl Actor {
    /// The word and the id under which the event log keeps this actor.
    #[must_use]
    pub fn as_log(self) -> (&'static str, Option<uuid::Uuid>) {
        match self {
            Self::Nobody => ("nobody", None),
            Self::Citizen(id) => ("citizen", Some(id.0)),
            Self::TicketHolder(id) => ("ticket_holder", Some(id.0)),
            Self::Device(id) => ("device", Some(id.0)),
            Self::Staff(id) => ("staff", Some(id.0)),
            Self::System => ("system", None),
        }
    }
}

impl From<Citizen> for Actor {
    fn from(citizen: Citizen) -> Self {
        Self::Citizen(citizen.booking)
    }
}

impl From<TicketHolder> for Actor {
    fn from(holder: TicketHolder) -> Self {
        Self::TicketHolder(holder.visit)
    }
}

impl From<Device> for Actor {
    fn from(device: Device) -> Self {
        Self::Device(device.id)
    }
}

impl From<&StaffMember> for Actor {
    fn from(staff: &StaffMember) -> Self {
        Self::Staff(staff.id)
    }
}
