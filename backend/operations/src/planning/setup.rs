//! A whole set-up as one file, for those who plan: kept aside, handed to another town, taken over.

use domain::actor::StaffMember;
use domain::setup::Setup;
use domain::town::Town;
use serde_json::{Value, json};

use super::edit::{all_offices, note, told};
use super::{PlanningProblem, may_plan};
use crate::app::App;
use crate::error::{Error, Outcome};

/// What a file brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetupSummary {
    /// Its services.
    pub services: usize,
    /// Its offices.
    pub offices: usize,
    /// Its pools.
    pub pools: usize,
    /// Its closures.
    pub closures: usize,
}

impl SetupSummary {
    fn of(setup: &Setup) -> Self {
        Self {
            services: setup.catalogue.as_ref().map_or(0, |catalogue| catalogue.services.len()),
            offices: setup.offices.len(),
            pools: setup.pools.len(),
            closures: setup.closures.len(),
        }
    }
}

/// The town's whole set-up as a file.
///
/// # Errors
/// When the role does not plan or the database fails.
pub async fn export_setup(app: &App, town: &Town, by: &StaffMember) -> Outcome<Value, PlanningProblem> {
    may_plan(by)?;
    Ok(crate::setup::export(app, town).await?.to_json())
}

/// Takes a set-up over into this town: everything or nothing; its name, address, zone and how it is reached stay.
/// `only_check` changes nothing. What the file does not name stays; no booking is touched.
///
/// # Errors
/// When the role does not plan, the file has faults (all of them), or the database fails.
pub async fn import_setup(
    app: &App,
    town: &Town,
    by: &StaffMember,
    file: &str,
    only_check: bool,
) -> Outcome<SetupSummary, PlanningProblem> {
    may_plan(by)?;
    let refused = |faults| Error::Refused(PlanningProblem::Setup(faults));
    let setup = Setup::parse(file).map_err(refused)?;
    let tx = app.db.write().await?;
    let done = crate::setup::put(app, &tx, town, &setup).await;
    done.map_err(|error| error.map_refusal(PlanningProblem::Setup))?;
    let summary = SetupSummary::of(&setup);
    if only_check {
        return Ok(summary);
    }
    let settings = store::town::settings(&tx, town.id).await?;
    let settings = settings.with_planning(&setup.town.settings, &setup.named_settings);
    store::town::set_settings(&tx, town.id, &settings).await?;
    let after = json!({
        "from": setup.town.name,
        "services": summary.services,
        "offices": summary.offices,
        "pools": summary.pools,
        "closures": summary.closures,
    });
    note(app, &tx, town, by, (store::planning::WHOLE, town.id.0), (None, Some(&after))).await?;
    tx.commit().await?;
    told(app, town, &all_offices(app, town).await?);
    Ok(summary)
}
