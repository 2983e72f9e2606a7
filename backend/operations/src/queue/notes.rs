//! Notes of staff about a visitor, for colleagues only.

use chrono::TimeDelta;
use domain::actor::StaffMember;
use domain::event::Subject;
use domain::ids::VisitId;
use domain::queue::refusal::QueueRefused;
use domain::town::Town;
use store::Tx;
use store::queue::Visit;
use store::queue::notes::NewNote;

use super::{locked, refused, signal};
use crate::app::{App, Change};
use crate::error::Outcome;

/// How long a note is kept after the arrival: long enough for a question the week after.
const KEEP: TimeDelta = TimeDelta::days(7);

/// The longest note, in characters.
const LONGEST: usize = 500;

/// Notes something about a visitor; whoever they go on to can read it.
pub async fn write(
    app: &App,
    town: &Town,
    by: &StaffMember,
    visit: VisitId,
    text: &str,
) -> Outcome<Visit, QueueRefused> {
    let tx = app.db.write().await?;
    let visit = locked(&tx, town, visit).await?;
    keep(app, &tx, by, &visit, text).await?;
    tx.commit().await?;
    signal(app, &visit);
    Ok(visit)
}

/// As [`write`], in the transaction of another verb. The log says that there is a note, never what is in it.
pub(super) async fn keep(
    app: &App,
    tx: &Tx,
    by: &StaffMember,
    visit: &Visit,
    text: &str,
) -> Outcome<(), QueueRefused> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LONGEST {
        return Err(refused(QueueRefused::NoteNotPossible));
    }
    let note = NewNote {
        id: app.uuid(),
        town: visit.town,
        visit: visit.lasting_id(),
        by: by.id,
        text: text.to_owned(),
        written_at: app.clock.now(),
        delete_after: visit.arrived_at + KEEP,
    };
    store::queue::notes::insert(tx, &note, app.rng.bytes()).await?;
    app.log(tx, visit.town, Subject::Note(note.id), Change::begins("noted"), by.into()).await?;
    Ok(())
}
