//! The rules of booking that an admin changes at any time.

use domain::actor::StaffMember;
use domain::town::{BookingTerms, Town};

use super::edit::note;
use super::{PlanningProblem, may_plan};
use crate::app::App;
use crate::error::{Error, Outcome};

/// The rules of booking, and how often they were changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermsOfTown {
    /// The rules.
    pub terms: BookingTerms,
    /// What whoever edits them says they saw.
    pub rev: u64,
}

/// The rules of booking as they are kept; servers follow within seconds.
///
/// # Errors
/// When the role does not plan or the database fails.
pub async fn terms(app: &App, town: &Town, by: &StaffMember) -> Outcome<TermsOfTown, PlanningProblem> {
    may_plan(by)?;
    let settings = store::town::settings(&app.db, town.id).await?;
    let rev = store::planning::changes_of(&app.db, town.id, town.id.0).await?;
    Ok(TermsOfTown { terms: BookingTerms::of(&settings), rev })
}

/// Replaces the rules of booking; no booking and no hold is touched. `seen` is the revision that was edited.
///
/// # Errors
/// When the role does not plan, a rule is outside its range, somebody else changed them meanwhile, or the database
/// fails.
pub async fn set_terms(
    app: &App,
    town: &Town,
    by: &StaffMember,
    terms: &BookingTerms,
    seen: u64,
) -> Outcome<TermsOfTown, PlanningProblem> {
    may_plan(by)?;
    terms.check().map_err(|refused| Error::Refused(PlanningProblem::Term(refused)))?;
    let tx = app.db.write().await?;
    // Makes others who plan wait: the revision read after it is the last one.
    store::schedule::plan_changed(&tx, town.id).await?;
    if store::planning::changes_of(&tx, town.id, town.id.0).await? != seen {
        return Err(Error::Refused(PlanningProblem::ChangedMeanwhile));
    }
    let mut settings = store::town::settings(&tx, town.id).await?;
    let before = BookingTerms::of(&settings);
    terms.apply(&mut settings);
    store::town::set_settings(&tx, town.id, &settings).await?;
    let json_of = |terms: &BookingTerms| serde_json::to_value(terms).unwrap_or_default();
    let (was, is) = (json_of(&before), json_of(terms));
    note(app, &tx, town, by, ("terms", town.id.0), (Some(&was), Some(&is))).await?;
    tx.commit().await?;
    Ok(TermsOfTown { terms: terms.clone(), rev: seen + 1 })
}
