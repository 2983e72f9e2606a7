//! How offices let people in: with an appointment only, so many at the same time, and whether phones need the code of the
//! foyer. In force at once.

use bus::{Signal, Topic};
use domain::actor::StaffMember;
use domain::ids::OfficeId;
use domain::local_time::local_day;
use domain::queue::room::{Admission, Room};
use domain::town::Town;
use serde_json::json;

use super::edit::note;
use super::{PlanningProblem, may_plan};
use crate::app::App;
use crate::error::{Error, Outcome};
use crate::{messaging, queue};

/// How an office lets people in, and who is there now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdmissionOfOffice {
    /// The office.
    pub office: OfficeId,
    /// Its name.
    pub name: String,
    /// What it chose.
    pub admission: Admission,
    /// Who is there now.
    pub room: Room,
}

/// How the offices of a town let people in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdmissionOfTown {
    /// Whether "I am here" on a phone asks for the code shown in the foyer.
    pub foyer_code: bool,
    /// The offices.
    pub offices: Vec<AdmissionOfOffice>,
}

/// How the offices let people in.
///
/// # Errors
/// When the role does not plan or the database fails.
pub async fn admission(
    app: &App,
    town: &Town,
    by: &StaffMember,
) -> Outcome<AdmissionOfTown, PlanningProblem> {
    may_plan(by)?;
    let day = local_day(town.zone, app.clock.now());
    let mut offices = Vec::new();
    for office in store::setup::offices(&app.db, town.id).await? {
        let room = store::queue::room::room(&app.db, office.id, day).await?;
        let (admission, name) = (office.admission, office.name);
        offices.push(AdmissionOfOffice { office: office.id, name, admission, room });
    }
    let foyer_code = store::town::settings(&app.db, town.id).await?.foyer_code;
    Ok(AdmissionOfTown { foyer_code, offices })
}

/// Changes how an office lets people in. Whoever waits outside comes in as far as the new limit has room.
///
/// # Errors
/// When the role does not plan, there is no such office, the limit is out of range, or the database fails.
pub async fn set_admission(
    app: &App,
    town: &Town,
    by: &StaffMember,
    office: OfficeId,
    chosen: Admission,
) -> Outcome<(), PlanningProblem> {
    may_plan(by)?;
    chosen.check().map_err(|refused| Error::Refused(PlanningProblem::Term(refused)))?;
    let tx = app.db.write().await?;
    let offices = store::setup::offices(&tx, town.id).await?;
    let was = offices.into_iter().find(|one| one.id == office).map(|one| one.admission);
    let was = was.ok_or(Error::Refused(PlanningProblem::UnknownOffice))?;
    store::queue::room::set_admission(&tx, town.id, office, chosen).await?;
    let told = |admission: Admission| serde_json::to_value(admission).unwrap_or_default();
    note(app, &tx, town, by, ("admission", office.0), (Some(&told(was)), Some(&told(chosen)))).await?;
    queue::room::let_in(app, &tx, town, office, chosen.room_limit).await?;
    tx.commit().await?;
    for topic in [Topic::Queue { office: office.0 }, Topic::Display { office: office.0 }] {
        app.bus.publish(Signal { town: town.id.0, topic });
    }
    messaging::wake(app, town.id);
    Ok(())
}

/// Changes whether phones need the code of the foyer; servers follow within seconds.
///
/// # Errors
/// When the role does not plan or the database fails.
pub async fn ask_foyer_code(
    app: &App,
    town: &Town,
    by: &StaffMember,
    asked: bool,
) -> Outcome<(), PlanningProblem> {
    may_plan(by)?;
    let tx = app.db.write().await?;
    // Makes others who plan wait: the settings read after it are the last ones.
    store::schedule::plan_changed(&tx, town.id).await?;
    let mut settings = store::town::settings(&tx, town.id).await?;
    let (was, is) = (json!({ "foyer_code": settings.foyer_code }), json!({ "foyer_code": asked }));
    settings.foyer_code = asked;
    store::town::set_settings(&tx, town.id, &settings).await?;
    // Under an id of its own: the revision of the booking terms is counted under the town's.
    note(app, &tx, town, by, ("foyer_code", app.uuid()), (Some(&was), Some(&is))).await?;
    tx.commit().await?;
    Ok(())
}
