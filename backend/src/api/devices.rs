//! Terminals and displays: enrolment, and what admins see of them.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::devices::DeviceKind as Kind;
use domain::devices::self_service::{Opens, SelfService as Offered};
use domain::ids::{DeviceId, OfficeId, ZoneId};
use domain::town::Town;
use operations::App;
use operations::devices::{DeviceTrouble, DeviceView, Enrolment as Code, NewDevice};
use poem::Request;
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Enum, Object, OpenApi};
use runtime::Config;
use uuid::Uuid;

use crate::api::Tag;
use crate::api::town::{Office, OfficeRef, Zone};
use crate::auth::device_token::AnyDevice;
use crate::auth::staff_session::Admin;
use crate::client_address::ClientAddress;
use crate::problem::{ApiError, failed};

/// Terminals and displays.
pub struct DevicesApi;

/// What a device is.
#[derive(Clone, Copy, Debug, Enum)]
#[oai(rename_all = "snake_case")]
pub enum DeviceKind {
    /// A foyer terminal.
    Terminal,
    /// A call display.
    Display,
}

impl From<Kind> for DeviceKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Terminal => Self::Terminal,
            Kind::Display => Self::Display,
        }
    }
}

impl From<DeviceKind> for Kind {
    fn from(kind: DeviceKind) -> Self {
        match kind {
            DeviceKind::Terminal => Self::Terminal,
            DeviceKind::Display => Self::Display,
        }
    }
}

/// How an online service is opened at a terminal.
#[derive(Clone, Copy, Debug, Enum)]
#[oai(rename_all = "snake_case")]
pub enum SelfServiceOpens {
    /// Not at all: a code leads there on one's own phone.
    OnPhone,
    /// In a frame that keeps nothing.
    InFrame,
}

impl From<Opens> for SelfServiceOpens {
    fn from(opens: Opens) -> Self {
        match opens {
            Opens::OnPhone => Self::OnPhone,
            Opens::InFrame => Self::InFrame,
        }
    }
}

impl From<SelfServiceOpens> for Opens {
    fn from(opens: SelfServiceOpens) -> Self {
        match opens {
            SelfServiceOpens::OnPhone => Self::OnPhone,
            SelfServiceOpens::InFrame => Self::InFrame,
        }
    }
}

/// The town's online services at a terminal, for a limited time.
#[derive(Clone, Copy, Debug, Object)]
pub struct SelfService {
    /// How many minutes one person has: 3 to 60.
    pub minutes: u16,
    /// How services are opened.
    pub opens: SelfServiceOpens,
}

impl From<Offered> for SelfService {
    fn from(offered: Offered) -> Self {
        Self { minutes: offered.minutes, opens: offered.opens.into() }
    }
}

/// What a terminal shall offer beside arriving.
#[derive(Clone, Copy, Debug, Object)]
pub struct SelfServiceRequest {
    /// The online services; without it there are none.
    pub self_service: Option<SelfService>,
}

/// A device as it sees itself.
#[derive(Clone, Debug, Object)]
pub struct Device {
    /// Its id.
    pub id: Uuid,
    /// What it is.
    pub kind: DeviceKind,
    /// What staff call it.
    pub name: String,
    /// Where it stands.
    pub office: Office,
    /// The waiting zones it is for.
    pub zones: Vec<Zone>,
    /// Whether its access was taken away.
    pub revoked: bool,
    /// The key with which it signs what it keeps while its line is down, as base64url.
    pub signing_key: String,
    /// What a terminal offers beside arriving.
    pub self_service: Option<SelfService>,
}

impl Device {
    fn of(app: &App, view: DeviceView) -> Self {
        Self {
            self_service: view.record.self_service.map(SelfService::from),
            signing_key: operations::devices::signing_key(app, &view.record),
            id: view.record.id.0,
            kind: view.record.kind.into(),
            name: view.record.name,
            revoked: view.record.revoked_at.is_some(),
            office: view.office.into(),
            zones: view.zones.into_iter().map(Zone::from).collect(),
        }
    }
}

/// A device as admins see it.
#[derive(Clone, Debug, Object)]
pub struct DeviceRow {
    /// Its id.
    pub id: Uuid,
    /// What it is.
    pub kind: DeviceKind,
    /// What staff call it.
    pub name: String,
    /// Where it stands.
    pub office: OfficeRef,
    /// `awaiting` its code, `active` or `revoked`.
    pub state: String,
    /// Since when it is enrolled.
    pub enrolled_at: Option<DateTime<Utc>>,
    /// When it last asked for anything, to the minute.
    pub last_seen_at: Option<DateTime<Utc>>,
    /// The letters of the waiting zones it is for.
    pub zones: Vec<String>,
    /// Whether nothing was heard of it for minutes, while its office is open.
    pub silent: bool,
    /// How many wrong codes were typed there lately, once they are too many for typing slips.
    pub guesses: Option<u32>,
    /// What a terminal offers beside arriving.
    pub self_service: Option<SelfService>,
}

impl From<DeviceView> for DeviceRow {
    fn from(view: DeviceView) -> Self {
        Self {
            id: view.record.id.0,
            kind: view.record.kind.into(),
            state: operations::devices::state(&view.record).to_owned(),
            office: OfficeRef { id: view.office.id.0, name: view.office.name },
            enrolled_at: view.record.enrolled_at,
            last_seen_at: view.record.last_seen_at,
            zones: view.zones.into_iter().map(|zone| zone.letter).collect(),
            name: view.record.name,
            silent: false,
            guesses: None,
            self_service: view.record.self_service.map(SelfService::from),
        }
    }
}

/// A device to set up.
#[derive(Clone, Debug, Object)]
pub struct NewDeviceRequest {
    /// What it is.
    pub kind: DeviceKind,
    /// What staff call it.
    pub name: String,
    /// Where it stands.
    pub office_id: Uuid,
    /// The waiting zones a display shows; empty: all of the office.
    #[oai(default)]
    pub zone_ids: Vec<Uuid>,
}

/// A one-time code to be typed at the device.
#[derive(Clone, Debug, Object)]
pub struct Enrolment {
    /// The device.
    pub device: DeviceRow,
    /// The code, shown once: `K7Q4-M2PX`.
    pub enrolment_code: String,
    /// Until when it can be used.
    pub expires_at: DateTime<Utc>,
}

impl From<Code> for Enrolment {
    fn from(code: Code) -> Self {
        Self {
            device: code.device.into(),
            enrolment_code: code.code.to_string(),
            expires_at: code.expires_at,
        }
    }
}

/// The code that somebody typed at a device.
#[derive(Clone, Debug, Object)]
pub struct EnrolRequest {
    /// The code; case, spaces and hyphens do not matter.
    #[oai(validator(max_length = 40))]
    pub code: String,
}

/// An enrolled device with its secret.
#[derive(Clone, Debug, Object)]
pub struct EnrolledDevice {
    /// The secret it shows from now on, given once.
    pub token: String,
    /// The device.
    pub device: Device,
}

#[derive(ApiResponse)]
enum Created<T: poem_openapi::types::ToJSON + poem_openapi::types::ParseFromJSON> {
    /// It is there.
    #[oai(status = 201)]
    Created(Json<T>),
}

#[OpenApi(tag = "Tag::Devices")]
impl DevicesApi {
    /// Enrols the device at which this code was typed.
    #[oai(path = "/devices/enrol", method = "post", operation_id = "enrol_device")]
    async fn enrol_device(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        config: Data<&Arc<Config>>,
        from: &Request,
        request: Json<EnrolRequest>,
    ) -> Result<Created<EnrolledDevice>, ApiError> {
        let address = ClientAddress::of(from, &config.http.trusted_proxies).network().to_string();
        let (token, device) = operations::devices::enrol(&app, &town, &request.code, &address).await?;
        Ok(Created::Created(Json(EnrolledDevice { token, device: Device::of(&app, device) })))
    }

    /// The device that asks.
    #[oai(path = "/device", method = "get", operation_id = "get_device")]
    async fn get_device(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: AnyDevice,
    ) -> Result<Json<Device>, ApiError> {
        let device = operations::devices::described(&app, &town, by.0.id).await?;
        Ok(Json(Device::of(&app, device)))
    }

    /// All terminals and displays of the town.
    #[oai(path = "/devices", method = "get", operation_id = "list_devices")]
    async fn list_devices(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        _by: Admin,
    ) -> Result<Json<Vec<DeviceRow>>, ApiError> {
        let devices = operations::devices::list_with_trouble(&app, &town).await;
        let devices = devices.map_err(|failure| failed(&failure))?;
        let row = |(device, trouble): (DeviceView, DeviceTrouble)| DeviceRow {
            silent: trouble.silent,
            guesses: trouble.guesses,
            ..device.into()
        };
        Ok(Json(devices.into_iter().map(row).collect()))
    }

    /// Sets a device up and shows its one-time code.
    #[oai(path = "/devices", method = "post", operation_id = "create_device")]
    async fn create_device(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
        request: Json<NewDeviceRequest>,
    ) -> Result<Created<Enrolment>, ApiError> {
        let request = request.0;
        let new = NewDevice {
            kind: request.kind.into(),
            name: request.name,
            office: OfficeId(request.office_id),
            zones: request.zone_ids.into_iter().map(ZoneId).collect(),
        };
        let code = operations::devices::create(&app, &town, (&by.0).into(), new).await?;
        Ok(Created::Created(Json(code.into())))
    }

    /// Shows a new one-time code for a device.
    #[oai(path = "/devices/:id/new-code", method = "post", operation_id = "renew_device_code")]
    async fn renew_device_code(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
        id: Path<Uuid>,
    ) -> Result<Json<Enrolment>, ApiError> {
        Ok(Json(operations::devices::new_code(&app, &town, &by.0, DeviceId(id.0)).await?.into()))
    }

    /// Changes what a terminal offers beside arriving.
    #[oai(path = "/devices/:id/self-service", method = "put", operation_id = "set_self_service")]
    async fn set_self_service(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
        id: Path<Uuid>,
        request: Json<SelfServiceRequest>,
    ) -> Result<Json<DeviceRow>, ApiError> {
        let offered =
            request.self_service.map(|one| Offered { minutes: one.minutes, opens: one.opens.into() });
        let device =
            operations::devices::set_self_service(&app, &town, &by.0, DeviceId(id.0), offered).await?;
        Ok(Json(device.into()))
    }

    /// Takes all access of a device away.
    #[oai(path = "/devices/:id/revoke", method = "post", operation_id = "revoke_device")]
    async fn revoke_device(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
        id: Path<Uuid>,
    ) -> Result<Json<DeviceRow>, ApiError> {
        Ok(Json(operations::devices::revoke(&app, &town, &by.0, DeviceId(id.0)).await?.into()))
    }
}
