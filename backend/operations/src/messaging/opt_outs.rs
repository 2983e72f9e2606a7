//! Recipients who want no messages: seen by operators, and written to again when they say so at the counter.

use domain::actor::{Actor, StaffMember};
use domain::event::Subject;
use domain::messaging::ChannelKind;
use domain::town::Town;
use store::StoreError;
use store::messaging::opt_outs as rows;
pub use store::messaging::opt_outs::OptOut;
use uuid::Uuid;

use crate::app::{App, Change};
use crate::error::{Error, Outcome};

/// The newest are shown; whoever looks for one of last year asks the person to write START.
const SHOWN: u64 = 200;

/// Why an opt-out stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LiftRefused {
    /// There is none.
    #[error("there is no such opt-out")]
    NotFound,
    /// Nobody said why.
    #[error("a reason is needed")]
    ReasonMissing,
}

/// The newest opt-outs of a town, and how many there are.
///
/// # Errors
/// When the database fails.
pub async fn newest(app: &App, town: &Town) -> Result<(Vec<OptOut>, i64), StoreError> {
    Ok((rows::newest(&app.db, town.id, SHOWN).await?, rows::count(&app.db, town.id).await?))
}

/// Ends an opt-out, because somebody says why.
///
/// # Errors
/// When there is none, nobody says why, or the database fails.
pub async fn lift(
    app: &App,
    town: &Town,
    by: &StaffMember,
    (id, channel): (Uuid, ChannelKind),
    reason: &str,
) -> Outcome<(), LiftRefused> {
    let reason = super::reason_in(reason).ok_or(Error::Refused(LiftRefused::ReasonMissing))?;
    let tx = app.db.write().await?;
    if !rows::lift(&tx, town.id, (id, channel)).await? {
        return Err(Error::Refused(LiftRefused::NotFound));
    }
    let lifted = Change::moves("opted_out", "lifted").because(reason);
    app.log(&tx, town.id, Subject::OptOut(id), lifted, Actor::from(by)).await?;
    tx.commit().await?;
    Ok(())
}
