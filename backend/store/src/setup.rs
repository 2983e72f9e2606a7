//! A town's set-up as rows: offices, zones, pools, counters, opening rules and offers, put in by their natural
//! keys, so that importing the same file twice changes nothing.

use domain::ids::{DepartmentId, OfficeId, PoolId, TownId, ZoneId};
use domain::language::Text;
use domain::queue::notice::Notice;
use domain::queue::room::Admission;
use domain::setup::{CounterSetup, OfficeSetup, PoolSetup, ZoneSetup};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};
use uuid::Uuid;

use crate::database::{Connection, Raw, Tx};
use crate::entities::{counter, office, pool, zone};
use crate::error::StoreError;
use crate::json;
use crate::queue::room::read_limit;

/// Puts an office in and gives its id.
///
/// # Errors
/// When the database fails.
pub async fn put_office(
    tx: &Tx,
    town: TownId,
    fresh: OfficeId,
    position: usize,
    new: &OfficeSetup,
) -> Result<OfficeId, StoreError> {
    let row = office::ActiveModel {
        id: Set(fresh.0),
        town_id: Set(town.0),
        slug: Set(new.slug.clone()),
        name: Set(new.name.clone()),
        street: Set(new.street.clone()),
        postal_code: Set(new.postal_code.clone()),
        city: Set(new.city.clone()),
        level_access: Set(new.level_access),
        position: Set(small(position)),
        appointment_only: Set(false),
        room_limit: Set(None),
        notice: Set(None),
    };
    let key = OnConflict::columns([office::Column::TownId, office::Column::Slug])
        .update_columns([
            office::Column::Name,
            office::Column::Street,
            office::Column::PostalCode,
            office::Column::City,
            office::Column::LevelAccess,
            office::Column::Position,
        ])
        .to_owned();
    let kept = office::Entity::insert(row).on_conflict(key).exec_with_returning(tx.raw()).await?;
    Ok(OfficeId(kept.id))
}

/// Puts a waiting zone in and gives its id.
///
/// # Errors
/// When the database fails.
pub async fn put_zone(
    tx: &Tx,
    town: TownId,
    office: OfficeId,
    fresh: ZoneId,
    position: usize,
    new: &ZoneSetup,
) -> Result<ZoneId, StoreError> {
    let row = zone::ActiveModel {
        id: Set(fresh.0),
        town_id: Set(town.0),
        office_id: Set(office.0),
        letter: Set(new.letter.clone()),
        name: Set(new.name.clone()),
        floor: Set(new.floor.clone()),
        way: Set(json::write(&new.way)),
        position: Set(small(position)),
    };
    let key = OnConflict::columns([zone::Column::OfficeId, zone::Column::Letter])
        .update_columns([zone::Column::Name, zone::Column::Floor, zone::Column::Way, zone::Column::Position])
        .to_owned();
    let kept = zone::Entity::insert(row).on_conflict(key).exec_with_returning(tx.raw()).await?;
    Ok(ZoneId(kept.id))
}

/// Where a pool of a set-up file belongs.
#[derive(Clone, Copy, Debug)]
pub struct PoolPlace {
    /// The town.
    pub town: TownId,
    /// Its office.
    pub office: OfficeId,
    /// Its department.
    pub department: DepartmentId,
    /// The waiting zone of its visitors.
    pub zone: ZoneId,
}

/// Puts a pool in and gives its id.
///
/// # Errors
/// When the database fails.
pub async fn put_pool(
    tx: &Tx,
    place: PoolPlace,
    fresh: PoolId,
    new: &PoolSetup,
) -> Result<PoolId, StoreError> {
    let row = pool::ActiveModel {
        id: Set(fresh.0),
        town_id: Set(place.town.0),
        office_id: Set(place.office.0),
        department_id: Set(place.department.0),
        zone_id: Set(place.zone.0),
        slug: Set(new.slug.clone()),
        name: Set(new.name.clone()),
    };
    let key = OnConflict::columns([pool::Column::OfficeId, pool::Column::Slug])
        .update_columns([pool::Column::DepartmentId, pool::Column::ZoneId, pool::Column::Name])
        .to_owned();
    let kept = pool::Entity::insert(row).on_conflict(key).exec_with_returning(tx.raw()).await?;
    Ok(PoolId(kept.id))
}

/// Puts a counter in; who sits there stays.
///
/// # Errors
/// When the database fails.
pub async fn put_counter(
    tx: &Tx,
    place: PoolPlace,
    pool: PoolId,
    fresh: Uuid,
    position: usize,
    new: &CounterSetup,
) -> Result<(), StoreError> {
    let row = counter::ActiveModel {
        id: Set(fresh),
        town_id: Set(place.town.0),
        office_id: Set(place.office.0),
        pool_id: Set(pool.0),
        number: Set(new.number.clone()),
        name: Set(format!("Platz {}", new.number)),
        way: Set(json::write(&new.way)),
        position: Set(small(position)),
        staff_id: Set(None),
        opened_at: Set(None),
        paused: Set(false),
        version: Set(0),
    };
    let key = OnConflict::columns([counter::Column::OfficeId, counter::Column::Number])
        .update_columns([
            counter::Column::PoolId,
            counter::Column::Name,
            counter::Column::Way,
            counter::Column::Position,
        ])
        .to_owned();
    counter::Entity::insert(row).on_conflict(key).exec_without_returning(tx.raw()).await?;
    Ok(())
}

/// An office with its zones, as the front ends show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficeWithZones {
    /// The office.
    pub id: OfficeId,
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
    /// How it lets people in.
    pub admission: Admission,
    /// What stands on its displays, now or on other days.
    pub notice: Option<Notice>,
    /// Its waiting zones.
    pub zones: Vec<Zone>,
}

/// A waiting zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// The zone.
    pub id: ZoneId,
    /// The letter of its tickets.
    pub letter: String,
    /// Its name.
    pub name: String,
    /// Its floor.
    pub floor: String,
    /// How to get there.
    pub way: Text,
}

/// Puts a notice on the displays of an office, or takes it down.
///
/// # Errors
/// When the database fails.
pub async fn set_notice(
    tx: &Tx,
    town: TownId,
    office: OfficeId,
    notice: Option<&Notice>,
) -> Result<(), StoreError> {
    office::Entity::update_many()
        .set(office::ActiveModel { notice: Set(notice.map(json::write)), ..office::ActiveModel::default() })
        .filter(office::Column::Id.eq(office.0))
        .filter(office::Column::TownId.eq(town.0))
        .exec(tx.raw())
        .await?;
    Ok(())
}

/// The offices of a town with their zones, in the order of the set-up.
///
/// # Errors
/// When the database fails.
pub async fn offices(connection: &impl Connection, town: TownId) -> Result<Vec<OfficeWithZones>, StoreError> {
    use sea_orm::QueryOrder;
    let offices = office::Entity::find()
        .filter(office::Column::TownId.eq(town.0))
        .order_by_asc(office::Column::Position)
        .all(connection.raw())
        .await?;
    let zones = zone::Entity::find()
        .filter(zone::Column::TownId.eq(town.0))
        .order_by_asc(zone::Column::Position)
        .all(connection.raw())
        .await?;
    offices
        .into_iter()
        .map(|office| {
            let own = zones.iter().filter(|zone| zone.office_id == office.id);
            Ok(OfficeWithZones {
                id: OfficeId(office.id),
                zones: own.map(read_zone).collect::<Result<_, StoreError>>()?,
                slug: office.slug,
                name: office.name,
                street: office.street,
                postal_code: office.postal_code,
                city: office.city,
                level_access: office.level_access,
                admission: Admission {
                    appointment_only: office.appointment_only,
                    room_limit: read_limit(office.room_limit)?,
                },
                notice: office.notice.map(|notice| json::read(&notice, "office.notice")).transpose()?,
            })
        })
        .collect()
}

fn read_zone(row: &zone::Model) -> Result<Zone, StoreError> {
    Ok(Zone {
        id: ZoneId(row.id),
        letter: row.letter.clone(),
        name: row.name.clone(),
        floor: row.floor.clone(),
        way: json::read(&row.way, "zone.way")?,
    })
}

fn small(position: usize) -> i32 {
    i32::try_from(position).unwrap_or(i32::MAX)
}
