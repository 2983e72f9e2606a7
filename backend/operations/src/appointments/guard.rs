//! The guard over codes goes up when few of them are typed in, and down again; servers and pages follow within seconds.

use domain::actor::Actor;
use domain::appointments::guard::{Lately, guarded_since};
use domain::event::Subject;
use domain::town::Town;
use store::StoreError;
use store::appointments::challenges;

use crate::app::{App, Change};

/// Looks at the codes of every town; gives the slugs of those whose codes are guarded now.
///
/// # Errors
/// When the database fails.
pub async fn guard_codes(app: &App) -> Result<Vec<String>, StoreError> {
    let mut guarded = Vec::new();
    for town in store::town::all(&app.db).await? {
        let lately = challenges::lately(&app.db, town.id, app.clock.now()).await?;
        let after = guarded_since(town.guarded_since, lately, app.clock.now());
        if after != town.guarded_since {
            change(app, &town, after, lately).await?;
        }
        if after.is_some() {
            guarded.push(town.slug);
        }
    }
    Ok(guarded)
}

async fn change(
    app: &App,
    town: &Town,
    after: Option<chrono::DateTime<chrono::Utc>>,
    lately: Lately,
) -> Result<(), StoreError> {
    let word = |since: Option<_>| if since.is_some() { "raised" } else { "usual" };
    let (before, now) = (word(town.guarded_since), word(after));
    let Lately { sent, typed_in } = lately;
    tracing::warn!(town = %town.slug, guard = now, sent, typed_in, "the guard over codes changes");
    let tx = app.db.write().await?;
    store::town::set_guarded_since(&tx, town.id, after).await?;
    let because = format!("{typed_in} of {sent} codes typed in");
    let moved = Change::moves(before, now).because(because);
    app.log(&tx, town.id, Subject::Guard(town.id), moved, Actor::System).await?;
    tx.commit().await
}

/// The codes of a town in the last half hour: how many were sent and how many typed in.
///
/// # Errors
/// When the database fails.
pub async fn codes_lately(app: &App, town: &Town) -> Result<Lately, StoreError> {
    challenges::lately(&app.db, town.id, app.clock.now()).await
}
