//! Terminals and displays by the token they got when they were enrolled.

use domain::actor::Device;
use domain::devices::DeviceKind;
use domain::town::Town;
use operations::devices::DeviceToken;
use operations::{App, StoreError};
use poem::Request;
use poem::http::StatusCode;
use poem_openapi::SecurityScheme;
use poem_openapi::auth::Bearer;

use crate::auth;
use crate::problem::Description;

/// A terminal or a display.
#[derive(SecurityScheme)]
#[oai(ty = "bearer", checker = "any")]
pub struct AnyDevice(pub Device);

/// A foyer terminal.
#[derive(SecurityScheme)]
#[oai(ty = "bearer", checker = "terminal")]
pub struct Terminal(pub Device);

/// A call display.
#[derive(SecurityScheme)]
#[oai(ty = "bearer", checker = "display")]
pub struct Display(pub Device);

async fn any(req: &Request, bearer: Bearer) -> poem::Result<Device> {
    device(req, &bearer).await
}

async fn terminal(req: &Request, bearer: Bearer) -> poem::Result<Device> {
    device_of(req, &bearer, DeviceKind::Terminal).await
}

async fn display(req: &Request, bearer: Bearer) -> poem::Result<Device> {
    device_of(req, &bearer, DeviceKind::Display).await
}

/// Whether the caller shows the token of an enrolled terminal. Everybody else is nobody in particular.
pub(crate) async fn is_terminal(app: &App, town: &Town, req: &Request) -> Result<bool, StoreError> {
    let shown = req.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let Some(shown) = shown else { return Ok(false) };
    Ok(match operations::devices::device_of_token(app, town, shown).await? {
        Some(DeviceToken::Active(device)) => device.kind == DeviceKind::Terminal,
        Some(DeviceToken::Revoked) | None => false,
    })
}

async fn device_of(req: &Request, bearer: &Bearer, kind: DeviceKind) -> poem::Result<Device> {
    let device = device(req, bearer).await?;
    if device.kind == kind { Ok(device) } else { Err(auth::not_allowed()) }
}

async fn device(req: &Request, bearer: &Bearer) -> poem::Result<Device> {
    let (app, town) = (auth::app(req)?, auth::town(req)?);
    let token = operations::devices::device_of_token(app, town, &bearer.token).await;
    match token.map_err(|error| auth::failure(&error))? {
        Some(DeviceToken::Active(device)) => Ok(device),
        Some(DeviceToken::Revoked) => Err(auth::refuse(Description::new(
            StatusCode::UNAUTHORIZED,
            "device_revoked",
            "Dieses Gerät wurde abgemeldet. Bitte richten Sie es neu ein.",
            "The access of this device was taken away. Please set it up anew.",
        ))),
        None => Err(auth::not_signed_in()),
    }
}
