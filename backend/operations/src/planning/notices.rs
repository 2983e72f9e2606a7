//! What offices write on their displays.

use bus::{Signal, Topic};
use domain::actor::StaffMember;
use domain::ids::OfficeId;
use domain::local_time::local_day;
use domain::queue::notice::{Notice, NoticeRefused};
use domain::town::Town;

use super::edit::note;
use super::{PlanningProblem, may_plan};
use crate::app::App;
use crate::error::{Error, Outcome};

/// What an office wrote on its displays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeOfOffice {
    /// The office.
    pub office: OfficeId,
    /// Its name.
    pub name: String,
    /// What it says, now or on other days.
    pub notice: Option<Notice>,
    /// Whether it stands today.
    pub stands: bool,
}

/// What the offices wrote on their displays.
///
/// # Errors
/// When the role does not plan or the database fails.
pub async fn notices(
    app: &App,
    town: &Town,
    by: &StaffMember,
) -> Outcome<Vec<NoticeOfOffice>, PlanningProblem> {
    may_plan(by)?;
    let today = local_day(town.zone, app.clock.now());
    let offices = store::setup::offices(&app.db, town.id).await?.into_iter().map(|office| NoticeOfOffice {
        stands: office.notice.as_ref().is_some_and(|notice| notice.stands_on(today)),
        office: office.id,
        name: office.name,
        notice: office.notice,
    });
    Ok(offices.collect())
}

/// Puts a notice on the displays of an office, or takes it down; they follow at once.
///
/// # Errors
/// When the role does not plan, there is no such office, the notice is refused, or the database fails.
pub async fn set_notice(
    app: &App,
    town: &Town,
    by: &StaffMember,
    office: OfficeId,
    notice: Option<&Notice>,
) -> Outcome<(), PlanningProblem> {
    may_plan(by)?;
    let today = local_day(town.zone, app.clock.now());
    let notice = notice.map(|notice| notice.put_up(today)).transpose().map_err(refused)?;
    let tx = app.db.write().await?;
    let offices = store::setup::offices(&tx, town.id).await?;
    let was = offices.into_iter().find(|one| one.id == office);
    let was = was.ok_or(Error::Refused(PlanningProblem::UnknownOffice))?.notice;
    store::setup::set_notice(&tx, town.id, office, notice.as_ref()).await?;
    let told = |notice: &Notice| serde_json::to_value(notice).unwrap_or_default();
    let (was, is) = (was.as_ref().map(told), notice.as_ref().map(told));
    note(app, &tx, town, by, ("notice", office.0), (was.as_ref(), is.as_ref())).await?;
    tx.commit().await?;
    app.bus.publish(Signal { town: town.id.0, topic: Topic::Display { office: office.0 } });
    Ok(())
}

fn refused(why: NoticeRefused) -> Error<PlanningProblem> {
    Error::Refused(match why {
        NoticeRefused::Length => PlanningProblem::NoticeLength,
        NoticeRefused::EndsBeforeItBegins => PlanningProblem::EndsBeforeItBegins,
        NoticeRefused::Over => PlanningProblem::Over,
    })
}
