//! Enrol and revoke terminals and displays: an admin is shown a one-time code, somebody types it at the device.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bus::{Signal, Topic};
use chrono::{DateTime, TimeDelta, Utc};
use domain::actor::{Actor, Device, StaffMember};
use domain::devices::self_service::SelfService;
use domain::devices::taps::KeptTap;
use domain::devices::{
    self, DeviceKind, ENROLMENT_CODE_TTL, EnrolmentCode, EnrolmentFacts, EnrolmentRefused,
};
use domain::event::Subject;
use domain::ids::{DeviceId, OfficeId, ZoneId};
use domain::town::{TermRefused, Town};
use store::StoreError;
use store::devices::DeviceRecord;
use subtle::ConstantTimeEq;

use crate::app::{App, Change};
use crate::error::{Error, Outcome};
use crate::queue::guessing;
use crate::secrets::Purpose;
use crate::throttle::{self, Limit};
use crate::town::{OfficeWithZones, Zone};

/// Wrong enrolment codes one address may send.
const ENROLMENT_TRIES: Limit = Limit { tries: 10, window: TimeDelta::minutes(10) };
/// How exactly it is kept when a device was last seen.
const SEEN_STEP: TimeDelta = TimeDelta::minutes(1);

/// A device that an admin wants to set up.
#[derive(Clone, Debug)]
pub struct NewDevice {
    /// What it is.
    pub kind: DeviceKind,
    /// What staff call it.
    pub name: String,
    /// Where it stands.
    pub office: OfficeId,
    /// The waiting zones a display shows; empty: all of the office.
    pub zones: Vec<ZoneId>,
}

/// A device as an admin or the device itself sees it.
#[derive(Clone, Debug)]
pub struct DeviceView {
    /// What is kept of it.
    pub record: DeviceRecord,
    /// Where it stands.
    pub office: OfficeWithZones,
    /// The waiting zones it is for.
    pub zones: Vec<Zone>,
}

/// An enrolment code, shown once.
#[derive(Clone, Debug)]
pub struct Enrolment {
    /// The device it is for.
    pub device: DeviceView,
    /// The code.
    pub code: EnrolmentCode,
    /// Until when it can be used.
    pub expires_at: DateTime<Utc>,
}

/// Why nothing was done with a device.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceRefused {
    /// There is no such device in this town.
    #[error("no such device")]
    Unknown,
    /// There is no such office in this town.
    #[error("no such office")]
    NoSuchOffice,
    /// The office has no such waiting zone.
    #[error("no such waiting zone in this office")]
    NoSuchZone,
    /// The name is empty or too long.
    #[error("a name has 1 to 60 characters")]
    NameInvalid,
    /// Only a terminal offers online services.
    #[error("not a terminal")]
    NoTerminal,
    /// A session is too short or too long.
    #[error(transparent)]
    SelfService(#[from] TermRefused),
    /// The enrolment code does not open.
    #[error("the enrolment code does not open")]
    Enrolment(EnrolmentRefused),
    /// Too many wrong codes from this address.
    #[error("too many wrong codes")]
    TooManyTries {
        /// When the next try is possible.
        again_at: DateTime<Utc>,
    },
}

/// Sets a device up and shows its enrolment code.
///
/// # Errors
/// When name, office or zones are wrong, or the database fails.
pub async fn create(app: &App, town: &Town, by: Actor, new: NewDevice) -> Outcome<Enrolment, DeviceRefused> {
    let name = new.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > 60 {
        return Err(Error::Refused(DeviceRefused::NameInvalid));
    }
    let now = app.clock.now();
    let offices = store::setup::offices(&app.db, town.id).await?;
    let office = office_of(&offices, new.office).ok_or(Error::Refused(DeviceRefused::NoSuchOffice))?;
    if new.zones.iter().any(|zone| !office.zones.iter().any(|own| own.id == *zone)) {
        return Err(Error::Refused(DeviceRefused::NoSuchZone));
    }
    let code = EnrolmentCode::from_random(app.rng.bytes());
    let expires_at = now + ENROLMENT_CODE_TTL;
    let record = DeviceRecord {
        id: app.id(),
        office: new.office,
        kind: new.kind,
        name,
        zones: new.zones,
        enrolment_expires_at: Some(expires_at),
        enrolled_at: None,
        last_seen_at: None,
        revoked_at: None,
        self_service: None,
    };
    let tx = app.db.write().await?;
    store::devices::insert(&tx, town.id, &record, app.secret_hash(Purpose::Enrolment, code.as_str()), now)
        .await?;
    app.log(&tx, town.id, Subject::Device(record.id), Change::begins("awaiting"), by).await?;
    tx.commit().await?;
    app.bus.publish(Signal { town: town.id.0, topic: Topic::Devices });
    Ok(Enrolment { device: view(record, office), code, expires_at })
}

/// All devices of the town.
///
/// # Errors
/// When the database fails.
pub async fn list(app: &App, town: &Town) -> Result<Vec<DeviceView>, StoreError> {
    let offices = store::setup::offices(&app.db, town.id).await?;
    let records = store::devices::all(&app.db, town.id).await?;
    let known = |record: DeviceRecord| Some(view(record.clone(), office_of(&offices, record.office)?));
    Ok(records.into_iter().filter_map(known).collect())
}

/// Shows a new enrolment code for a device: a broken browser, a new screen.
///
/// # Errors
/// When there is no such device, or the database fails.
pub async fn new_code(
    app: &App,
    town: &Town,
    by: &StaffMember,
    id: DeviceId,
) -> Outcome<Enrolment, DeviceRefused> {
    let mut device = described(app, town, id).await?;
    let tx = app.db.write().await?;
    let code = EnrolmentCode::from_random(app.rng.bytes());
    let expires_at = app.clock.now() + ENROLMENT_CODE_TTL;
    store::devices::put_enrolment(&tx, id, app.secret_hash(Purpose::Enrolment, code.as_str()), expires_at)
        .await?;
    let change = Change::moves(state(&device.record), "awaiting").because("new code");
    app.log(&tx, town.id, Subject::Device(id), change, by.into()).await?;
    tx.commit().await?;
    device.record.enrolment_expires_at = Some(expires_at);
    Ok(Enrolment { device, code, expires_at })
}

/// Changes what a terminal offers beside arriving; it follows with its next look at itself.
///
/// # Errors
/// When there is no such terminal, the time is out of range, or the database fails.
pub async fn set_self_service(
    app: &App,
    town: &Town,
    by: &StaffMember,
    id: DeviceId,
    offered: Option<SelfService>,
) -> Outcome<DeviceView, DeviceRefused> {
    if let Some(offered) = offered {
        offered.check().map_err(|refused| Error::Refused(refused.into()))?;
    }
    let mut device = described(app, town, id).await?;
    match device.record.kind {
        DeviceKind::Terminal => {}
        DeviceKind::Display => return Err(Error::Refused(DeviceRefused::NoTerminal)),
    }
    let tx = app.db.write().await?;
    store::devices::set_self_service(&tx, id, offered).await?;
    let standing = state(&device.record);
    let why = if offered.is_some() { "self-service on" } else { "self-service off" };
    let change = Change::moves(standing, standing).because(why);
    app.log(&tx, town.id, Subject::Device(id), change, by.into()).await?;
    tx.commit().await?;
    app.bus.publish(Signal { town: town.id.0, topic: Topic::Devices });
    device.record.self_service = offered;
    Ok(device)
}

/// Takes all access of a device away; a second time changes nothing.
///
/// # Errors
/// When there is no such device, or the database fails.
pub async fn revoke(
    app: &App,
    town: &Town,
    by: &StaffMember,
    id: DeviceId,
) -> Outcome<DeviceView, DeviceRefused> {
    let device = described(app, town, id).await?;
    let now = app.clock.now();
    let tx = app.db.write().await?;
    if store::devices::revoke(&tx, id, now).await? {
        let change = Change::moves(state(&device.record), "revoked");
        app.log(&tx, town.id, Subject::Device(id), change, by.into()).await?;
    }
    tx.commit().await?;
    app.bus.publish(Signal { town: town.id.0, topic: Topic::Devices });
    let record = DeviceRecord { revoked_at: device.record.revoked_at.or(Some(now)), ..device.record };
    Ok(DeviceView { record, ..device })
}

/// Enrols the device at which this code was typed; gives its secret token, once.
///
/// # Errors
/// When the code is unknown, used or expired, when this address tried too often, or the database fails.
pub async fn enrol(
    app: &App,
    town: &Town,
    typed: &str,
    address: &str,
) -> Outcome<(String, DeviceView), DeviceRefused> {
    let key = format!("enrol:{}:{address}", town.id);
    if let Err(again_at) = throttle::count(app, &key, ENROLMENT_TRIES).await? {
        return Err(Error::Refused(DeviceRefused::TooManyTries { again_at }));
    }
    let refuse = |refused| Error::Refused(DeviceRefused::Enrolment(refused));
    let code = EnrolmentCode::parse(typed).map_err(|_| refuse(EnrolmentRefused::Unknown))?;
    let hash = app.secret_hash(Purpose::Enrolment, code.as_str());
    let now = app.clock.now();
    let token = app.token();
    let tx = app.db.write().await?;
    let record = store::devices::by_enrolment(&tx, town.id, &hash).await?;
    let facts = record
        .as_ref()
        .and_then(|record| record.enrolment_expires_at)
        .map(|expires_at| EnrolmentFacts { created_at: expires_at - ENROLMENT_CODE_TTL, used: false });
    devices::enrol(facts, now).map_err(refuse)?;
    let record = record.ok_or_else(|| refuse(EnrolmentRefused::Unknown))?;
    if !store::devices::enrol(&tx, record.id, &hash, app.secret_hash(Purpose::Device, &token), now).await? {
        return Err(refuse(EnrolmentRefused::Used));
    }
    let change = Change::moves(state(&record), "active");
    app.log(&tx, town.id, Subject::Device(record.id), change, Actor::Device(record.id)).await?;
    store::throttle::clear(&tx, &key).await?;
    tx.commit().await?;
    app.bus.publish(Signal { town: town.id.0, topic: Topic::Devices });
    Ok((token, described(app, town, record.id).await?))
}

/// What a token turned out to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceToken {
    /// An enrolled device.
    Active(Device),
    /// A device whose access was taken away.
    Revoked,
}

/// The device this token belongs to; notes that it was seen.
///
/// # Errors
/// When the database fails.
pub async fn device_of_token(app: &App, town: &Town, token: &str) -> Result<Option<DeviceToken>, StoreError> {
    let hash = app.secret_hash(Purpose::Device, token);
    let Some(record) = store::devices::by_token(&app.db, town.id, &hash).await? else { return Ok(None) };
    if record.revoked_at.is_some() {
        return Ok(Some(DeviceToken::Revoked));
    }
    if not_lately_seen(app, &record) {
        note_seen(app, &[record.id]).await?;
    }
    Ok(Some(DeviceToken::Active(Device {
        town: town.id,
        id: record.id,
        office: record.office,
        kind: record.kind,
    })))
}

/// The key with which a device signs what it keeps while its line is down, as base64url.
#[must_use]
pub fn signing_key(app: &App, record: &DeviceRecord) -> String {
    URL_SAFE_NO_PAD.encode(key_of(app, record))
}

/// It follows from the installation's key, so that nothing has to be kept, and is another one after each enrolment.
fn key_of(app: &App, record: &DeviceRecord) -> Vec<u8> {
    let enrolled_at = record.enrolled_at.map_or(0, |at| at.timestamp());
    app.secret_hash(Purpose::Tap, &format!("{}:{enrolled_at}", record.id))
}

/// Whether the device that kept this tap signed it so.
pub(crate) async fn signs(
    app: &App,
    town: &Town,
    tap: &KeptTap<'_>,
    signature: &str,
) -> Result<bool, StoreError> {
    let Some(record) = store::devices::by_id(&app.db, town.id, tap.device).await? else { return Ok(false) };
    let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return Ok(false) };
    let right = store::sealed::mac(&key_of(app, &record), tap.signed_text().as_bytes());
    Ok(right.ct_eq(&signature).into())
}

/// Whether it was not noted lately that a device was seen.
pub(crate) fn not_lately_seen(app: &App, record: &DeviceRecord) -> bool {
    record.last_seen_at.is_none_or(|seen| seen + SEEN_STEP <= app.clock.now())
}

/// Notes that these devices are there.
///
/// # Errors
/// When the database fails.
pub async fn note_seen(app: &App, devices: &[DeviceId]) -> Result<(), StoreError> {
    let tx = app.db.write().await?;
    store::devices::seen(&tx, devices, app.clock.now()).await?;
    tx.commit().await
}

/// What is wrong with a device, as far as anybody has to look after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeviceTrouble {
    /// Nothing was heard of it for minutes, while its office is open.
    pub silent: bool,
    /// So many wrong codes were typed there lately.
    pub guesses: Option<u32>,
}

/// All devices of the town, each with what is wrong with it.
///
/// # Errors
/// When the database fails.
pub async fn list_with_trouble(
    app: &App,
    town: &Town,
) -> Result<Vec<(DeviceView, DeviceTrouble)>, StoreError> {
    let now = app.clock.now();
    let mut open: HashMap<OfficeId, bool> = HashMap::new();
    let mut devices = Vec::new();
    for device in list(app, town).await? {
        let mut trouble = DeviceTrouble::default();
        if state(&device.record) == "active" {
            let office = device.office.id;
            let is_open = match open.get(&office) {
                Some(known) => *known,
                None => crate::schedule::opening_of_office(app, town, office).await?.open_now,
            };
            open.insert(office, is_open);
            trouble.silent = devices::is_silent(device.record.last_seen_at, now, is_open);
            trouble.guesses = match device.record.kind {
                DeviceKind::Terminal => guessing::guesses_of(app, device.record.id).await?,
                DeviceKind::Display => None,
            };
        }
        devices.push((device, trouble));
    }
    Ok(devices)
}

/// A device with its office and zones.
///
/// # Errors
/// When there is no such device, or the database fails.
pub async fn described(app: &App, town: &Town, id: DeviceId) -> Outcome<DeviceView, DeviceRefused> {
    let record = store::devices::by_id(&app.db, town.id, id).await?;
    let record = record.ok_or(Error::Refused(DeviceRefused::Unknown))?;
    let offices = store::setup::offices(&app.db, town.id).await?;
    let office = office_of(&offices, record.office).ok_or(Error::Refused(DeviceRefused::NoSuchOffice))?;
    Ok(view(record, office))
}

/// The device's state as a word: `awaiting`, `active` or `revoked`.
#[must_use]
pub fn state(record: &DeviceRecord) -> &'static str {
    match record {
        DeviceRecord { revoked_at: Some(_), .. } => "revoked",
        DeviceRecord { enrolled_at: Some(_), .. } => "active",
        _ => "awaiting",
    }
}

fn office_of(offices: &[OfficeWithZones], id: OfficeId) -> Option<&OfficeWithZones> {
    offices.iter().find(|office| office.id == id)
}

fn view(record: DeviceRecord, office: &OfficeWithZones) -> DeviceView {
    let shown = |zone: &&Zone| record.zones.is_empty() || record.zones.contains(&zone.id);
    let zones = office.zones.iter().filter(shown).cloned().collect();
    DeviceView { record, zones, office: office.clone() }
}
