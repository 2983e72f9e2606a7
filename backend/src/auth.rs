//! From request to actor: each scheme proves who calls, and gives the handler the actor its verb needs.

pub mod citizen_link;
pub mod device_token;
pub mod staff_session;
pub mod visitor;

use std::sync::Arc;

use domain::town::Town;
use operations::{App, Opened, StoreError};
use poem::Request;
use poem::http::StatusCode;

use crate::client_address::ClientAddress;
use crate::link_tries::LinkTries;
use crate::problem::{ApiError, Description, failed};

/// The application this request is for.
pub(crate) fn app(req: &Request) -> poem::Result<&App> {
    req.data::<App>().ok_or_else(missing)
}

/// The town this request is for, found by its host name.
pub(crate) fn town(req: &Request) -> poem::Result<&Arc<Town>> {
    req.data::<Arc<Town>>().ok_or_else(missing)
}

/// Whose link this is, as long as not too many wrong ones were named from where it comes.
pub(crate) async fn look_up<T>(
    req: &Request,
    link: &str,
    looking: impl Future<Output = Result<Opened<T>, StoreError>>,
) -> poem::Result<T> {
    let tries: &LinkTries = req.data().ok_or_else(missing)?;
    let from = req.data::<ClientAddress>().copied().ok_or_else(missing)?;
    let opened = tries.look_up(from, link, app(req)?.clock.now(), looking).await?;
    opened.it().ok_or_else(not_signed_in)
}

/// A failure while finding out who calls.
pub(crate) fn failure(error: &(dyn std::error::Error + 'static)) -> poem::Error {
    refuse(failed(error))
}

/// 401: the proof is missing, unknown or over.
pub(crate) fn not_signed_in() -> poem::Error {
    refuse(not_signed_in_description())
}

/// 403: who calls is known and may not do this.
pub(crate) fn not_allowed() -> poem::Error {
    refuse(Description::new(
        StatusCode::FORBIDDEN,
        "not_allowed",
        "Das ist mit dieser Anmeldung nicht erlaubt.",
        "This is not allowed with this sign-in.",
    ))
}

/// What a caller without a valid proof is told, whatever the proof should have been.
pub(crate) fn not_signed_in_description() -> Description {
    Description::new(
        StatusCode::UNAUTHORIZED,
        "not_signed_in",
        "Bitte melden Sie sich an.",
        "Please sign in.",
    )
}

/// A description as an error of a checker.
pub(crate) fn refuse(description: Description) -> poem::Error {
    ApiError::from(description).into()
}

/// The server did not prepare the request: a fault in its routes, not of the caller.
fn missing() -> poem::Error {
    poem::Error::from_status(StatusCode::INTERNAL_SERVER_ERROR)
}
