//! Find the town of a host name or a telephone number.

use std::borrow::Borrow;

use domain::town::Town;
use store::StoreError;
pub use store::setup::{OfficeWithZones, Zone};

use crate::app::App;

/// All towns of this installation.
///
/// # Errors
/// When the database fails.
pub async fn all(app: &App) -> Result<Vec<Town>, StoreError> {
    store::town::all(&app.db).await
}

/// The town that answers under this host name: the one with that host, else the one that answers for every host.
#[must_use]
pub fn of_host<'a, T: Borrow<Town>>(towns: &'a [T], host: &str) -> Option<&'a T> {
    let name = host.rsplit_once(':').map_or(host, |(name, port)| {
        if port.bytes().all(|byte| byte.is_ascii_digit()) { name } else { host }
    });
    towns
        .iter()
        .find(|town| (*town).borrow().host.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(name)))
        .or_else(|| towns.iter().find(|town| (*town).borrow().host.is_none()))
}

/// The town whose number was written to; in an installation of one town it is that one.
///
/// # Errors
/// When the database fails.
pub async fn of_number(app: &App, number: &str) -> Result<Option<Town>, StoreError> {
    let mut towns = all(app).await?;
    let at = towns.iter().position(|town| town.settings.sms_number.as_deref() == Some(number));
    Ok(match at {
        Some(at) => Some(towns.swap_remove(at)),
        None if towns.len() == 1 => towns.pop(),
        None => {
            tracing::warn!("a message was written to a number of no town");
            None
        }
    })
}

/// The offices of a town with their waiting zones.
///
/// # Errors
/// When the database fails.
pub async fn offices(app: &App, town: &Town) -> Result<Vec<OfficeWithZones>, StoreError> {
    store::setup::offices(&app.db, town.id).await
}
