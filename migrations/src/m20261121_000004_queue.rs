//! Devices, visits, ticket numbers, sessions at the counter.

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
        sql::drop_tables(manager, &["device", "session", "visit_item", "visit", "ticket_number"]).await
    }
}

const UP: &str = r"
CREATE TABLE ticket_number (
    zone_id {uuid} NOT NULL,
    day {date} NOT NULL,
    last integer NOT NULL,
    PRIMARY KEY (zone_id, day)
);
CREATE TABLE visit (
    id {uuid} NOT NULL PRIMARY KEY,
    town_id {uuid} NOT NULL REFERENCES town (id),
    office_id {uuid} NOT NULL REFERENCES office (id),
    pool_id {uuid} NOT NULL REFERENCES pool (id),
    zone_id {uuid} NOT NULL REFERENCES zone (id),
    booking_id {uuid} UNIQUE REFERENCES booking (id),
    day {date} NOT NULL,
    letter varchar NOT NULL,
    number integer NOT NULL,
    state varchar NOT NULL,
    due_at {instant} NOT NULL,
    appointment_at {instant},
    arrived_at {instant} NOT NULL,
    counter_id {uuid},
    called_at {instant},
    recalled_at {instant},
    calls integer NOT NULL,
    started_at {instant},
    missed_at {instant},
    ended_at {instant},
    planned_min integer NOT NULL,
    people integer NOT NULL,
    language varchar NOT NULL,
    contact_id {uuid},
    phone_hash {bytes},
    token_hash {bytes} UNIQUE,
    tap_key varchar UNIQUE,
    park_reason text,
    version integer NOT NULL,
    UNIQUE (zone_id, day, number)
);
CREATE INDEX visit_office_day ON visit (office_id, day, state);
CREATE INDEX visit_next ON visit (pool_id, due_at) WHERE state = 'waiting';
CREATE UNIQUE INDEX visit_at_counter ON visit (counter_id) WHERE state IN ('called', 'serving');
CREATE TABLE visit_item (
    visit_id {uuid} NOT NULL REFERENCES visit (id),
    service_id {uuid} NOT NULL REFERENCES service (id),
    quantity integer NOT NULL CHECK (quantity > 0),
    position integer NOT NULL,
    PRIMARY KEY (visit_id, service_id)
);
CREATE TABLE session (
    id {uuid} NOT NULL PRIMARY KEY,
    town_id {uuid} NOT NULL REFERENCES town (id),
    visit_id {uuid} NOT NULL REFERENCES visit (id),
    counter_id {uuid} NOT NULL REFERENCES counter (id),
    staff_id {uuid},
    started_at {instant} NOT NULL,
    ended_at {instant},
    delivered text NOT NULL
);
CREATE INDEX session_visit ON session (visit_id);
CREATE INDEX session_counter ON session (counter_id, started_at);
CREATE TABLE device (
    id {uuid} NOT NULL PRIMARY KEY,
    town_id {uuid} NOT NULL REFERENCES town (id),
    office_id {uuid} NOT NULL REFERENCES office (id),
    kind varchar NOT NULL,
    name varchar NOT NULL,
    zone_ids text NOT NULL,
    enrolment_hash {bytes} UNIQUE,
    enrolment_expires_at {instant},
    token_hash {bytes} UNIQUE,
    created_at {instant} NOT NULL,
    enrolled_at {instant},
    last_seen_at {instant},
    revoked_at {instant}
);";
