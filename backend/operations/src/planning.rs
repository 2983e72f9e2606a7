//! Planning the week (Wochenplanung): opening hours and closures, what they displace, and the view of both.
//!
//! An edit never touches a booking. It says whom it displaces and where everybody could go; moving them is a decision of
//! its own ([`crate::appointments::replan`]).

mod admission;
mod conflicts;
mod edit;
mod notices;
mod services;
mod setup;
mod terms;
mod week;

pub use admission::{AdmissionOfOffice, AdmissionOfTown, admission, ask_foyer_code, set_admission};
pub use conflicts::{Conflict, conflicts};
pub use edit::{
    Assumed, ClosureRequest, OpeningOfPool, close, history, opening_of_pool, preview, reopen, set_opening,
};
pub use notices::{NoticeOfOffice, notices, set_notice};
pub use services::{
    OfferAt, ServiceEdit, ServiceInList, ServiceOverview, ServiceToEdit, create_service, pools_for_service,
    service, services, set_service,
};
pub use setup::{SetupSummary, export_setup, import_setup};
pub use store::planning::SetupChange as Change;
pub use store::schedule::StoredClosure;
pub use terms::{TermsOfTown, set_terms, terms};
pub use week::{PoolDay, PoolWeek, WeekDay, WeekStep, WeekView, week};

use domain::actor::StaffMember;
use domain::fault::Fault;
use domain::schedule::opening_hours::RuleRefused;
use domain::town::TermRefused;

use crate::error::Error;

/// Why nothing is planned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanningProblem {
    /// This role does not plan.
    #[error("this role does not plan")]
    NotAllowed,
    /// The town has no such office.
    #[error("there is no such office")]
    UnknownOffice,
    /// The town has no such pool.
    #[error("there is no such pool")]
    UnknownPool,
    /// The town has no such department.
    #[error("there is no such department")]
    UnknownDepartment,
    /// The town has no such service.
    #[error("there is no such service")]
    UnknownService,
    /// Something in a service is wrong.
    #[error("the service has {} faults", .0.len())]
    Service(Vec<Fault>),
    /// A set-up file is wrong.
    #[error("the set-up has {} faults", .0.len())]
    Setup(Vec<Fault>),
    /// The town has no such closure.
    #[error("there is no such closure")]
    UnknownClosure,
    /// A rule of the opening hours is wrong.
    #[error("rule {index}: {refused}")]
    Rule {
        /// Which one, from 0.
        index: usize,
        /// What is wrong.
        refused: RuleRefused,
    },
    /// A rule of booking is outside its range.
    #[error(transparent)]
    Term(#[from] TermRefused),
    /// It ends before it begins.
    #[error("it ends before it begins")]
    EndsBeforeItBegins,
    /// It is over already.
    #[error("it is over already")]
    Over,
    /// A notice says nothing, or too much for a display.
    #[error("a notice is empty or too long")]
    NoticeLength,
    /// It does not say why.
    #[error("it does not say why")]
    NoReason,
    /// Somebody else changed it meanwhile.
    #[error("somebody else changed it meanwhile")]
    ChangedMeanwhile,
}

fn may_plan(by: &StaffMember) -> Result<(), Error<PlanningProblem>> {
    if by.role.may_administer() { Ok(()) } else { Err(Error::Refused(PlanningProblem::NotAllowed)) }
}
