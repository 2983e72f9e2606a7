//! Departments, services and offers as rows; offices, zones, pools and counters come with the set-up.

use chrono::NaiveDate;
use domain::appointments::booking::OfferTerms;
use domain::catalog::{BookableDays, DepartmentEntry, ServiceDetail, ServiceEntry, ServiceKind};
use domain::ids::{DepartmentId, OfficeId, PoolId, ServiceId, TownId, ZoneId};
use domain::language::Text;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QueryResult, Set, Value};
use uuid::Uuid;

use crate::database::{Connection, Raw, Tx};
use crate::entities::{department, offer, service};
use crate::error::StoreError;
use crate::json;

/// A department (Amt).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Department {
    /// Its id.
    pub id: DepartmentId,
    /// Its name in addresses.
    pub slug: String,
    /// Its name.
    pub name: Text,
}

/// A service (Dienstleistung) of the town.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its id.
    pub id: ServiceId,
    /// Its town.
    pub town: TownId,
    /// Its department.
    pub department: DepartmentId,
    /// Its name in addresses.
    pub slug: String,
    /// Its name.
    pub name: Text,
    /// Who may come for it.
    pub kind: ServiceKind,
    /// The word by which it is booked by SMS.
    pub sms_keyword: Option<String>,
    /// Planned minutes for one person.
    pub duration_min: u16,
    /// How many persons or pieces one appointment takes.
    pub max_quantity: u16,
    /// Whether messages must not name it.
    pub sensitive: bool,
    /// Whether it stands on the first page.
    pub popular: bool,
    /// Whether it is offered at all.
    pub active: bool,
    /// Whether nobody is served without an appointment.
    pub appointment_only: bool,
    /// For which days appointments are given.
    pub bookable: BookableDays,
    /// All the rest.
    pub detail: ServiceDetail,
}

impl Service {
    /// As a catalogue has it; `departments` are those of its town.
    ///
    /// # Errors
    /// When its department is not among them.
    pub fn entry(self, departments: &[Department]) -> Result<ServiceEntry, StoreError> {
        let own = departments.iter().find(|department| department.id == self.department);
        let department = own.ok_or(StoreError::Corrupt { column: "service.department_id" })?.slug.clone();
        Ok(ServiceEntry {
            slug: self.slug,
            department,
            name: self.name,
            kind: self.kind,
            sms_keyword: self.sms_keyword,
            duration_min: self.duration_min,
            max_quantity: self.max_quantity,
            sensitive: self.sensitive,
            popular: self.popular,
            active: self.active,
            appointment_only: self.appointment_only,
            bookable: self.bookable,
            detail: self.detail,
        })
    }
}

/// Puts a department in, by its slug, and gives its id.
///
/// # Errors
/// When the database fails.
pub async fn put_department(
    tx: &Tx,
    town: TownId,
    fresh: DepartmentId,
    position: usize,
    new: &DepartmentEntry,
) -> Result<DepartmentId, StoreError> {
    let row = department::ActiveModel {
        id: Set(fresh.0),
        town_id: Set(town.0),
        slug: Set(new.slug.clone()),
        name: Set(json::write(&new.name)),
        position: Set(integer(position)),
    };
    let key = OnConflict::columns([department::Column::TownId, department::Column::Slug])
        .update_columns([department::Column::Name, department::Column::Position])
        .to_owned();
    let kept = department::Entity::insert(row).on_conflict(key).exec_with_returning(tx.raw()).await?;
    Ok(DepartmentId(kept.id))
}

/// Puts a service in, by its slug; its offers stay as they are.
///
/// # Errors
/// When the database fails.
pub async fn put_service(
    tx: &Tx,
    town: TownId,
    department: DepartmentId,
    fresh: ServiceId,
    position: usize,
    new: &ServiceEntry,
) -> Result<(), StoreError> {
    let row = service::ActiveModel {
        id: Set(fresh.0),
        town_id: Set(town.0),
        department_id: Set(department.0),
        slug: Set(new.slug.clone()),
        kind: Set(new.kind.as_str().to_owned()),
        name: Set(json::write(&new.name)),
        sms_keyword: Set(new.sms_keyword.clone()),
        duration_min: Set(i32::from(new.duration_min)),
        max_quantity: Set(i32::from(new.max_quantity)),
        sensitive: Set(new.sensitive),
        popular: Set(new.popular),
        active: Set(new.active),
        appointment_only: Set(new.appointment_only),
        bookable_from: Set(new.bookable.from),
        bookable_until: Set(new.bookable.until),
        detail: Set(json::write(&new.detail)),
        position: Set(integer(position)),
    };
    let key = OnConflict::columns([service::Column::TownId, service::Column::Slug])
        .update_columns([
            service::Column::DepartmentId,
            service::Column::Kind,
            service::Column::Name,
            service::Column::SmsKeyword,
            service::Column::DurationMin,
            service::Column::MaxQuantity,
            service::Column::Sensitive,
            service::Column::Popular,
            service::Column::Active,
            service::Column::AppointmentOnly,
            service::Column::BookableFrom,
            service::Column::BookableUntil,
            service::Column::Detail,
            service::Column::Position,
        ])
        .to_owned();
    service::Entity::insert(row).on_conflict(key).exec_without_returning(tx.raw()).await?;
    Ok(())
}

/// The departments of a town in their order.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn departments(connection: &impl Connection, town: TownId) -> Result<Vec<Department>, StoreError> {
    let rows = department::Entity::find()
        .filter(department::Column::TownId.eq(town.0))
        .order_by_asc(department::Column::Position)
        .all(connection.raw())
        .await?;
    rows.into_iter()
        .map(|row| {
            let name = json::read(&row.name, "department.name")?;
            Ok(Department { id: DepartmentId(row.id), slug: row.slug, name })
        })
        .collect()
}

/// The active services of a town in their order, internal ones included.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn services(connection: &impl Connection, town: TownId) -> Result<Vec<Service>, StoreError> {
    let rows = service::Entity::find()
        .filter(service::Column::TownId.eq(town.0))
        .filter(service::Column::Active.eq(true))
        .order_by_asc(service::Column::Position)
        .all(connection.raw())
        .await?;
    rows.into_iter().map(read_service).collect()
}

/// All services of a town in their order, also those that are not offered.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn all_services(connection: &impl Connection, town: TownId) -> Result<Vec<Service>, StoreError> {
    let rows = service::Entity::find()
        .filter(service::Column::TownId.eq(town.0))
        .order_by_asc(service::Column::Position)
        .all(connection.raw())
        .await?;
    rows.into_iter().map(read_service).collect()
}

/// The active services with these slugs, in any order; unknown slugs are missing.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn services_of_slugs(
    connection: &impl Connection,
    town: TownId,
    slugs: &[&str],
) -> Result<Vec<Service>, StoreError> {
    let rows = service::Entity::find()
        .filter(service::Column::TownId.eq(town.0))
        .filter(service::Column::Active.eq(true))
        .filter(service::Column::Slug.is_in(slugs.iter().copied()))
        .all(connection.raw())
        .await?;
    rows.into_iter().map(read_service).collect()
}

/// The services with these ids, active or not, in any order.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn services_of_ids(
    connection: &impl Connection,
    ids: &[ServiceId],
) -> Result<Vec<Service>, StoreError> {
    let rows = service::Entity::find()
        .filter(service::Column::Id.is_in(ids.iter().map(|id| id.0)))
        .all(connection.raw())
        .await?;
    rows.into_iter().map(read_service).collect()
}

fn read_service(row: service::Model) -> Result<Service, StoreError> {
    Ok(Service {
        id: ServiceId(row.id),
        town: TownId(row.town_id),
        department: DepartmentId(row.department_id),
        slug: row.slug,
        name: json::read(&row.name, "service.name")?,
        kind: ServiceKind::parse(&row.kind).ok_or(StoreError::Corrupt { column: "service.kind" })?,
        sms_keyword: row.sms_keyword,
        duration_min: count(row.duration_min, "service.duration_min")?,
        max_quantity: count(row.max_quantity, "service.max_quantity")?,
        sensitive: row.sensitive,
        popular: row.popular,
        active: row.active,
        appointment_only: row.appointment_only,
        bookable: BookableDays { from: row.bookable_from, until: row.bookable_until },
        detail: json::read(&row.detail, "service.detail")?,
    })
}

/// A service at a pool, and where that pool is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The pool.
    pub pool: PoolId,
    /// Its office.
    pub office: OfficeId,
    /// The office's name.
    pub office_name: String,
    /// The pool's department.
    pub department: DepartmentId,
    /// The waiting zone of its visitors.
    pub zone: ZoneId,
    /// The service.
    pub service: ServiceId,
    /// The service's slug.
    pub slug: String,
    /// Whether the public may book the service.
    pub public: bool,
    /// How many persons or pieces one appointment takes.
    pub max_quantity: u16,
    /// Whether nobody is served without an appointment.
    pub appointment_only: bool,
    /// For which days appointments are given.
    pub bookable: BookableDays,
    /// How long it takes there.
    pub terms: OfferTerms,
}

/// The offers of these services as they stand on a day, sorted by office and pool: one statement.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn offers(
    connection: &impl Connection,
    town: TownId,
    slugs: &[&str],
    on: NaiveDate,
) -> Result<Vec<Offer>, StoreError> {
    if slugs.is_empty() {
        return Ok(Vec::new());
    }
    let places = vec!["?"; slugs.len()].join(", ");
    let which = format!("AND s.slug IN ({places})");
    offers_where(connection, town, on, &which, slugs.iter().map(|slug| (*slug).into())).await
}

/// How long a service takes at a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfferRow {
    /// The service.
    pub service: ServiceId,
    /// The pool.
    pub pool: PoolId,
    /// How long it takes there.
    pub terms: OfferTerms,
}

/// Where a service is offered on a day, or all services, also those that are switched off.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn offer_rows(
    connection: &impl Connection,
    town: TownId,
    service: Option<ServiceId>,
    on: NaiveDate,
) -> Result<Vec<OfferRow>, StoreError> {
    let mut find = offer::Entity::find()
        .filter(offer::Column::TownId.eq(town.0))
        .filter(offer::Column::ValidFrom.lte(on))
        .order_by_asc(offer::Column::ServiceId)
        .order_by_asc(offer::Column::PoolId)
        .order_by_asc(offer::Column::ValidFrom);
    if let Some(service) = service {
        find = find.filter(offer::Column::ServiceId.eq(service.0));
    }
    let mut rows: Vec<OfferRow> = Vec::new();
    for row in find.all(connection.raw()).await? {
        let terms = OfferTerms {
            duration_min: count(row.duration_min, "offer.duration_min")?,
            per_person_min: count(row.per_person_min, "offer.per_person_min")?,
            buffer_min: count(row.buffer_min, "offer.buffer_min")?,
        };
        let new = OfferRow { service: ServiceId(row.service_id), pool: PoolId(row.pool_id), terms };
        // The last one of a service and pool is in force.
        match rows.last_mut().filter(|last| (last.service, last.pool) == (new.service, new.pool)) {
            Some(last) => *last = new,
            None => rows.push(new),
        }
    }
    Ok(rows)
}

/// Replaces where a service is offered; what is booked keeps its own length.
///
/// # Errors
/// When the database fails.
pub async fn replace_offers(
    tx: &Tx,
    town: TownId,
    service: ServiceId,
    offers: &[(PoolId, OfferTerms)],
    valid_from: NaiveDate,
    fresh: impl FnMut() -> Uuid,
) -> Result<(), StoreError> {
    offer::Entity::delete_many().filter(offer::Column::ServiceId.eq(service.0)).exec(tx.raw()).await?;
    let rows = offers.iter().map(|(pool, terms)| OfferRow { service, pool: *pool, terms: *terms });
    insert_offers(tx, town, rows, valid_from, fresh).await
}

/// Replaces what a pool offers; what is booked keeps its own length.
///
/// # Errors
/// When the database fails.
pub async fn replace_offers_of_pool(
    tx: &Tx,
    town: TownId,
    pool: PoolId,
    offers: &[(ServiceId, OfferTerms)],
    valid_from: NaiveDate,
    fresh: impl FnMut() -> Uuid,
) -> Result<(), StoreError> {
    offer::Entity::delete_many().filter(offer::Column::PoolId.eq(pool.0)).exec(tx.raw()).await?;
    let rows = offers.iter().map(|(service, terms)| OfferRow { service: *service, pool, terms: *terms });
    insert_offers(tx, town, rows, valid_from, fresh).await
}

/// Gives an offer another duration from a day on; the former one stays as it was until then.
///
/// # Errors
/// When the database fails.
pub async fn set_duration(
    tx: &Tx,
    town: TownId,
    fresh: Uuid,
    (service, pool): (ServiceId, PoolId),
    minutes: u16,
    valid_from: NaiveDate,
) -> Result<(), StoreError> {
    let statement = tx.kind().statement(
        "INSERT INTO offer (id, town_id, service_id, pool_id, duration_min, per_person_min, buffer_min, source, valid_from) \
         SELECT ?, o.town_id, o.service_id, o.pool_id, ?, o.per_person_min, o.buffer_min, 'measured', ? FROM offer o \
         WHERE o.town_id = ? AND o.service_id = ? AND o.pool_id = ? AND o.valid_from = \
         (SELECT MAX(l.valid_from) FROM offer l WHERE l.service_id = o.service_id AND l.pool_id = o.pool_id AND l.valid_from <= ?) \
         ON CONFLICT (service_id, pool_id, valid_from) \
         DO UPDATE SET duration_min = excluded.duration_min, source = excluded.source",
        [
            fresh.into(),
            i32::from(minutes).into(),
            valid_from.into(),
            town.0.into(),
            service.0.into(),
            pool.0.into(),
            valid_from.into(),
        ],
    );
    tx.raw().execute_raw(statement).await?;
    Ok(())
}

async fn insert_offers(
    tx: &Tx,
    town: TownId,
    rows: impl ExactSizeIterator<Item = OfferRow>,
    valid_from: NaiveDate,
    mut fresh: impl FnMut() -> Uuid,
) -> Result<(), StoreError> {
    if rows.len() == 0 {
        return Ok(());
    }
    let rows = rows.map(|OfferRow { service, pool, terms }| offer::ActiveModel {
        id: Set(fresh()),
        town_id: Set(town.0),
        service_id: Set(service.0),
        pool_id: Set(pool.0),
        duration_min: Set(i32::from(terms.duration_min)),
        per_person_min: Set(i32::from(terms.per_person_min)),
        buffer_min: Set(i32::from(terms.buffer_min)),
        source: Set("manual".to_owned()),
        valid_from: Set(valid_from),
    });
    offer::Entity::insert_many(rows.collect::<Vec<_>>()).exec_without_returning(tx.raw()).await?;
    Ok(())
}

/// The offers of all services of a town as they stand on a day, sorted by office and pool.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn offers_of_town(
    connection: &impl Connection,
    town: TownId,
    on: NaiveDate,
) -> Result<Vec<Offer>, StoreError> {
    offers_where(connection, town, on, "", []).await
}

async fn offers_where(
    connection: &impl Connection,
    town: TownId,
    on: NaiveDate,
    which: &str,
    more: impl IntoIterator<Item = Value>,
) -> Result<Vec<Offer>, StoreError> {
    let sql = format!(
        "SELECT o.pool_id, o.service_id, o.duration_min, o.per_person_min, o.buffer_min, \
         s.slug, s.kind, s.max_quantity, s.appointment_only, s.bookable_from, s.bookable_until, p.office_id, p.department_id, p.zone_id, f.name AS office_name \
         FROM service s \
         JOIN offer o ON o.service_id = s.id AND o.valid_from <= ? \
         JOIN pool p ON p.id = o.pool_id \
         JOIN office f ON f.id = p.office_id \
         WHERE s.town_id = ? AND s.active = ? {which} \
         ORDER BY f.position, p.slug, o.pool_id, o.service_id, o.valid_from"
    );
    let values = [on.into(), town.0.into(), true.into()];
    let statement = connection.kind().statement(&sql, values.into_iter().chain(more));
    let rows = connection.raw().query_all_raw(statement).await?;
    let mut offers: Vec<Offer> = Vec::with_capacity(rows.len());
    for row in &rows {
        let offer = read_offer(row)?;
        // Rows of one offer follow each other by `valid_from`: the last one is in force.
        match offers.last_mut().filter(|last| last.pool == offer.pool && last.service == offer.service) {
            Some(last) => *last = offer,
            None => offers.push(offer),
        }
    }
    Ok(offers)
}

fn read_offer(row: &QueryResult) -> Result<Offer, StoreError> {
    let minutes = |column| -> Result<u16, StoreError> { count(row.try_get("", column)?, "offer") };
    let kind: String = row.try_get("", "kind")?;
    let kind = ServiceKind::parse(&kind).ok_or(StoreError::Corrupt { column: "service.kind" })?;
    let id = |column| -> Result<Uuid, StoreError> { Ok(row.try_get("", column)?) };
    Ok(Offer {
        pool: PoolId(id("pool_id")?),
        office: OfficeId(id("office_id")?),
        office_name: row.try_get("", "office_name")?,
        department: DepartmentId(id("department_id")?),
        zone: ZoneId(id("zone_id")?),
        service: ServiceId(id("service_id")?),
        slug: row.try_get("", "slug")?,
        public: kind.is_bookable_by_all(),
        max_quantity: minutes("max_quantity")?,
        appointment_only: row.try_get("", "appointment_only")?,
        bookable: BookableDays {
            from: row.try_get("", "bookable_from")?,
            until: row.try_get("", "bookable_until")?,
        },
        terms: OfferTerms {
            duration_min: minutes("duration_min")?,
            per_person_min: minutes("per_person_min")?,
            buffer_min: minutes("buffer_min")?,
        },
    })
}

fn count(value: i32, column: &'static str) -> Result<u16, StoreError> {
    u16::try_from(value).map_err(|_| StoreError::Corrupt { column })
}

fn integer(position: usize) -> i32 {
    i32::try_from(position).unwrap_or(i32::MAX)
}
