//! The device a hold comes from; the waiting list (Warteliste) and its offers.

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
        sql::run(manager, DOWN).await
    }
}

const UP: &str = r"
ALTER TABLE hold ADD COLUMN device varchar;
CREATE TABLE waiting (
    id {uuid} NOT NULL PRIMARY KEY,
    town_id {uuid} NOT NULL REFERENCES town (id),
    office_id {uuid},
    state varchar NOT NULL,
    items text NOT NULL,
    from_day {date} NOT NULL,
    to_day {date} NOT NULL,
    from_min integer NOT NULL,
    to_min integer NOT NULL,
    contact_id {uuid},
    phone_hash {bytes} NOT NULL,
    language varchar NOT NULL,
    booking_id {uuid},
    token_hash {bytes} NOT NULL UNIQUE,
    code_hash {bytes},
    code_until {instant},
    code_tries integer NOT NULL,
    offers integer NOT NULL,
    offered_on {date},
    version integer NOT NULL,
    created_at {instant} NOT NULL
);
CREATE INDEX waiting_open ON waiting (town_id, created_at) WHERE state = 'waiting';
CREATE INDEX waiting_phone ON waiting (phone_hash);
CREATE TABLE slot_offer (
    id {uuid} NOT NULL PRIMARY KEY,
    town_id {uuid} NOT NULL REFERENCES town (id),
    waiting_id {uuid} NOT NULL REFERENCES waiting (id),
    freed_slot_id {uuid} NOT NULL,
    office_id {uuid} NOT NULL,
    pool_id {uuid} NOT NULL,
    audience varchar NOT NULL,
    starts_at {instant} NOT NULL,
    ends_at {instant} NOT NULL,
    state varchar NOT NULL,
    token_hash {bytes} NOT NULL UNIQUE,
    offered_at {instant} NOT NULL,
    expires_at {instant} NOT NULL
);
CREATE UNIQUE INDEX slot_offer_open ON slot_offer (freed_slot_id) WHERE state = 'open';
CREATE INDEX slot_offer_waiting ON slot_offer (waiting_id);
CREATE INDEX slot_offer_expiry ON slot_offer (expires_at) WHERE state = 'open';";

const DOWN: &str = r"
DROP TABLE slot_offer;
DROP TABLE waiting;
ALTER TABLE hold DROP COLUMN device;";
