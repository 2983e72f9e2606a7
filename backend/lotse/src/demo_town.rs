//! The demo town: Musterstadt with its house, people who can sign in, a terminal and displays, and appointments
//! for the coming weeks, made through the same verbs as everywhere.

use anyhow::{Context, anyhow};
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Utc, Weekday};
use domain::actor::Actor;
use domain::catalog::Catalogue;
use domain::devices::DeviceKind;
use domain::fault::Fault;
use domain::local_time;
use domain::schedule::holidays::{HolidayCalendar, Land};
use domain::setup::Setup;
use domain::staff::Role;
use domain::town::Town;
use operations::devices::NewDevice;
use operations::staff::NewStaff;
use operations::{App, Error};
use serde::{Deserialize, Serialize};

/// The set-up file of the demo town.
pub const SETUP: &str = include_str!("../data/musterstadt.json");
/// The catalogue of 120 services.
pub const CATALOGUE: &str = include_str!("../data/catalogue.json");

/// The password of every demo login.
pub const PASSWORD: &str = "musterstadt-demo";
/// The logins of the demo: login, name, role.
pub const LOGINS: [(&str, &str, Role); 4] = [
    ("platz", "Petra Beispiel", Role::Desk),
    ("leitung", "Lars Exempel", Role::Admin),
    ("betrieb", "Britta Probe", Role::Ops),
    ("einsicht", "Edda Muster", Role::Observer),
];

/// Where the demo keeps what it must remember.
const KEY: &str = "demo";

/// What the demo remembers between two starts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct DemoMemory {
    /// What its clock showed last.
    pub now: Option<DateTime<Utc>>,
    /// The secrets of its terminals and displays.
    pub devices: Vec<DemoDevice>,
}

/// An enrolled device of the demo.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DemoDevice {
    /// `terminal` or `display`.
    pub kind: String,
    /// What staff call it.
    pub name: String,
    /// Its secret.
    pub token: String,
}

/// Makes the demo town in an empty database, or gives the one that is there with what it remembers.
///
/// # Errors
/// When the database fails.
pub async fn prepare(app: &App) -> anyhow::Result<(Town, DemoMemory)> {
    let setup = Setup::parse(SETUP).map_err(|faults| told(&faults))?;
    let catalogue = Catalogue::parse(CATALOGUE).map_err(|faults| anyhow!("{faults:?}"))?;
    let town = operations::setup::put_town(app, &setup).await.map_err(refused)?;
    if let Some(kept) = operations::settings::get(app, KEY).await? {
        return Ok((town, serde_json::from_str(&kept).context("what the demo remembers")?));
    }
    operations::catalog::import(app, &town, &catalogue).await.map_err(refused)?;
    operations::setup::import(app, &town, &setup).await.map_err(refused)?;
    for (login, name, role) in LOGINS {
        let new = NewStaff {
            login: login.to_owned(),
            name: name.to_owned(),
            role,
            office: None,
            password: PASSWORD.to_owned(),
        };
        operations::staff::add(app, &town, Actor::System, new).await.map_err(|error| anyhow!("{error:?}"))?;
    }
    let memory = DemoMemory { now: None, devices: enrol_devices(app, &town).await? };
    remember(app, &memory).await?;
    Ok((town, memory))
}

/// Keeps what the demo must remember.
///
/// # Errors
/// When the database fails.
pub async fn remember(app: &App, memory: &DemoMemory) -> anyhow::Result<()> {
    Ok(operations::settings::put(app, KEY, &serde_json::to_string(memory)?).await?)
}

/// One terminal per office and one display per waiting zone, enrolled as an admin and a caretaker would.
async fn enrol_devices(app: &App, town: &Town) -> anyhow::Result<Vec<DemoDevice>> {
    let mut devices = Vec::new();
    for office in operations::town::offices(app, town).await? {
        let mut wanted = vec![(DeviceKind::Terminal, format!("Terminal {}", office.name), Vec::new())];
        for zone in &office.zones {
            wanted.push((
                DeviceKind::Display,
                format!("Anzeige {}, {}", zone.letter, office.name),
                vec![zone.id],
            ));
        }
        for (kind, name, zones) in wanted {
            let new = NewDevice { kind, name: name.clone(), office: office.id, zones };
            let code = operations::devices::create(app, town, Actor::System, new)
                .await
                .map_err(|error| anyhow!("{error:?}"))?;
            let (token, _) = operations::devices::enrol(app, town, code.code.as_str(), "demo")
                .await
                .map_err(|error| anyhow!("{error:?}"))?;
            devices.push(DemoDevice { kind: kind.as_str().to_owned(), name, token });
        }
    }
    Ok(devices)
}

/// The next working day of the town from `day` on: no weekend, no holiday of its Land.
#[must_use]
pub fn next_working_day(town: &Town, day: NaiveDate) -> NaiveDate {
    let holidays = Land::from_code(&town.land).map(HolidayCalendar::of);
    let closed = |day: &NaiveDate| {
        matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
            || holidays.as_ref().is_some_and(|calendar| calendar.on(*day).is_some())
    };
    let mut day = day;
    while closed(&day) {
        day = day.checked_add_days(Days::new(1)).unwrap_or(day);
    }
    day
}

/// The instant at which clocks in the town show this time on this day.
#[must_use]
pub fn at(town: &Town, day: NaiveDate, hour: u32, minute: u32) -> DateTime<Utc> {
    let time = NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default();
    local_time::instant_of(town.zone, day.and_time(time))
}

fn refused(error: Error<Vec<Fault>>) -> anyhow::Error {
    match error {
        Error::Refused(faults) => told(&faults),
        Error::Failed(failure) => failure.into(),
    }
}

fn told(faults: &[Fault]) -> anyhow::Error {
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    anyhow!("the set-up file has faults:\n{}", lines.join("\n"))
}
