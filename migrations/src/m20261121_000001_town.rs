//! The town and its house: departments, offices, zones, pools, counters, services, offers; the event log.

use sea_orm_migration::prelude::*;

use crate::sql;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::drop_tables(
            manager,
            &[
                "setting",
                "event",
                "offer",
                "service",
                "counter",
                "pool",
                "zone",
                "office",
                "department",
                "town",
            ],
        )
        .await
    }
}

const UP: &str = r"
CREATE TABLE town (
    id {uuid} NOT NULL PRIMARY KEY,
    slug varchar NOT NULL UNIQUE,
    host varchar UNIQUE,
    name varchar NOT NULL,
    zone varchar NOT NULL,
    land varchar NOT NULL,
    settings text NOT NULL,
    created_at {instant} NOT NULL
);
CREATE TABLE department (
    id {uuid} NOT NULL PRIMARY KEY,
    town_id {uuid} NOT NULL REFERENCES town (id),
    slug varchar NOT NULL,
    name text NOT NULL,
    position integer NOT NULL,
    UNIQUE (town_id, slug)
);
CREATE TABLE office (
    id {uuid} NOT NULL PRIMARY KEY,
    town_id {uuid} NOT NULL REFERENCES town (id),
    slug varchar NOT NULL,
    name varchar NOT NULL,
    street varchar NOT NULL,
    postal_code varchar NOT NULL,
    city varchar NOT NULL,
    level_access boolean NOT NULL,
    position integer NOT NULL,
    UNIQUE (town_id, slug)
);
CREATE TABLE zone (
    id {uuid} NOT NULL PRIMARY KEY,
    town_id {uuid} NOT NULL REFERENCES town (id),
    office_id {uuid} NOT NULL REFERENCES office (id),
    letter varchar NOT NULL,
    name varchar NOT NULL,
    floor varchar NOT NULL,
    way text NOT NULL,
    position integer NOT NULL,
    UNIQUE (office_id, letter)
);
CREATE TABLE pool (
    id {uuid} NOT NULL PRIMARY KEY,
    town_id {uuid} NOT NULL REFERENCES town (id),
    office_id {uuid} NOT NULL REFERENCES office (id),
    department_id {uuid} NOT NULL REFERENCES department (id),
    zone_id {uuid} NOT NULL REFERENCES zone (id),
    slug varchar NOT NULL,
    name varchar NOT NULL,
    UNIQUE (office_id, slug)
);
CREATE TABLE counter (
    id {uuid} NOT NULL PRIMARY KEY,
    town_id {uuid} NOT NULL REFERENCES town (id),
    office_id {uuid} NOT NULL REFERENCES office (id),
    pool_id {uuid} NOT NULL REFERENCES pool (id),
    number varchar NOT NULL,
    name varchar NOT NULL,
    way text NOT NULL,
    position integer NOT NULL,
    staff_id {uuid},
    opened_at {instant},
    paused boolean NOT NULL DEFAULT false,
    version integer NOT NULL DEFAULT 0,
    UNIQUE (office_id, number)
);
CREATE UNIQUE INDEX counter_staff ON counter (staff_id) WHERE staff_id IS NOT NULL;
CREATE INDEX counter_pool ON counter (pool_id);
CREATE TABLE service (
    id {uuid} NOT NULL PRIMARY KEY,
    town_id {uuid} NOT NULL REFERENCES town (id),
    department_id {uuid} NOT NULL REFERENCES department (id),
    slug varchar NOT NULL,
    kind varchar NOT NULL,
    name text NOT NULL,
    sms_keyword varchar,
    duration_min integer NOT NULL,
    max_quantity integer NOT NULL,
    sensitive boolean NOT NULL,
    popular boolean NOT NULL,
    active boolean NOT NULL,
    detail text NOT NULL,
    position integer NOT NULL,
    UNIQUE (town_id, slug)
);
CREATE TABLE offer (
    id {uuid} NOT NULL PRIMARY KEY,
    town_id {uuid} NOT NULL REFERENCES town (id),
    service_id {uuid} NOT NULL REFERENCES service (id),
    pool_id {uuid} NOT NULL REFERENCES pool (id),
    duration_min integer NOT NULL CHECK (duration_min > 0),
    per_person_min integer NOT NULL CHECK (per_person_min >= 0),
    buffer_min integer NOT NULL CHECK (buffer_min >= 0),
    source varchar NOT NULL,
    valid_from {date} NOT NULL,
    UNIQUE (service_id, pool_id, valid_from)
);
CREATE INDEX offer_pool ON offer (pool_id);
CREATE TABLE event (
    id {uuid} NOT NULL PRIMARY KEY,
    town_id {uuid} NOT NULL REFERENCES town (id),
    at {instant} NOT NULL,
    subject varchar NOT NULL,
    subject_id {uuid} NOT NULL,
    from_state varchar,
    to_state varchar NOT NULL,
    actor varchar NOT NULL,
    actor_id {uuid},
    counter_id {uuid},
    reason text
);
CREATE INDEX event_subject ON event (subject_id, at);
CREATE INDEX event_town ON event (town_id, at);
CREATE TABLE setting (
    key varchar NOT NULL PRIMARY KEY,
    value text NOT NULL
);";
