//! The town: its name, offices and clock; the first thing every front end asks for.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::town::Town as DomainTown;
use operations::App;
use operations::town::{OfficeWithZones, Zone as StoredZone};
use poem::web::Data;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};
use uuid::Uuid;

use crate::api::Tag;
use crate::problem::{ApiError, Text, failed};

/// The town and its house.
pub struct TownApi;

/// The town as every front end needs it at its start.
#[derive(Clone, Debug, Object)]
pub struct Town {
    /// Its name in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// The languages of its pages and messages, the first one preferred.
    pub languages: Vec<String>,
    /// The zone of its clocks.
    pub zone: String,
    /// The telephone number for help.
    pub phone_help: String,
    /// Whether this is the demo with its simulated phones and day.
    pub demo: bool,
    /// The town's clock.
    pub clock: Clock,
    /// Its offices.
    pub offices: Vec<Office>,
    /// The number that SMS can be answered to.
    pub sms_number: Option<String>,
    /// How many minutes a chosen slot is kept for the visitor.
    pub hold_minutes: u32,
    /// How many minutes a missed visitor may come back within.
    pub rejoin_minutes: u32,
}

/// A clock: what it shows and how fast it runs.
#[derive(Clone, Debug, Object)]
pub struct Clock {
    /// What it shows.
    pub now: DateTime<Utc>,
    /// Its pace; 1 is the world's.
    pub speed: f64,
    /// Whether it shows another time than the world's.
    pub demo: bool,
}

impl Clock {
    /// The clock of this application.
    pub fn of(app: &App) -> Self {
        Self { now: app.clock.now(), speed: app.clock.speed(), demo: !app.clock.is_system() }
    }
}

/// An office with its waiting zones.
#[derive(Clone, Debug, Object)]
pub struct Office {
    /// Its id.
    pub id: Uuid,
    /// Its name in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Street and number.
    pub street: String,
    /// Postal code.
    pub postal_code: String,
    /// City.
    pub city: String,
    /// Whether it is reached without steps.
    pub level_access: bool,
    /// Its waiting zones.
    pub zones: Vec<Zone>,
}

/// A waiting zone (Wartebereich).
#[derive(Clone, Debug, Object)]
pub struct Zone {
    /// Its id.
    pub id: Uuid,
    /// The letter of its tickets.
    pub letter: String,
    /// Its name.
    pub name: String,
    /// Its floor.
    pub floor: String,
    /// How to get there from the foyer.
    pub way: Text,
}

/// An office by id and name.
#[derive(Clone, Debug, Object)]
pub struct OfficeRef {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

impl From<OfficeWithZones> for Office {
    fn from(office: OfficeWithZones) -> Self {
        Self {
            id: office.id.0,
            slug: office.slug,
            name: office.name,
            street: office.street,
            postal_code: office.postal_code,
            city: office.city,
            level_access: office.level_access,
            zones: office.zones.into_iter().map(Zone::from).collect(),
        }
    }
}

impl From<StoredZone> for Zone {
    fn from(zone: StoredZone) -> Self {
        Self { id: zone.id.0, letter: zone.letter, name: zone.name, floor: zone.floor, way: zone.way.into() }
    }
}

#[derive(ApiResponse)]
enum TownResponse {
    /// The town.
    #[oai(status = 200)]
    Town(Json<Town>),
}

#[OpenApi(tag = "Tag::Town")]
impl TownApi {
    /// The town, its offices and its clock.
    #[oai(path = "/town", method = "get", operation_id = "get_town")]
    async fn get_town(
        &self,
        app: Data<&App>,
        town: Data<&Arc<DomainTown>>,
        demo: Data<&DemoMode>,
    ) -> Result<TownResponse, ApiError> {
        let offices = operations::town::offices(&app, &town).await.map_err(|failure| failed(&failure))?;
        Ok(TownResponse::Town(Json(Town {
            slug: town.slug.clone(),
            name: town.name.clone(),
            languages: domain::language::Language::ALL.map(|language| language.tag().to_owned()).to_vec(),
            zone: town.zone.name().to_owned(),
            phone_help: town.settings.phone_help.clone(),
            demo: demo.0.0,
            clock: Clock::of(&app),
            offices: offices.into_iter().map(Office::from).collect(),
            sms_number: town.settings.sms_number.clone(),
            hold_minutes: 10,
            rejoin_minutes: 30,
        })))
    }
}

/// Whether this server is the demo: its phones are simulated, its pages say so.
#[derive(Clone, Copy, Debug)]
pub struct DemoMode(pub bool);
