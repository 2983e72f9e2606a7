//! Contacts, holds, bookings and their verification.

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
        sql::drop_tables(manager, &["challenge", "booking_item", "booking", "hold", "contact"]).await
    }
}

const UP: &str = r"
CREATE TABLE contact (
    id {uuid} NOT NULL PRIMARY KEY,
    town_id {uuid} NOT NULL REFERENCES town (id),
    sealed {bytes} NOT NULL,
    phone_hash {bytes},
    delete_after {instant} NOT NULL,
    created_at {instant} NOT NULL
);
CREATE INDEX contact_delete_after ON contact (delete_after);
CREATE TABLE hold (
    id {uuid} NOT NULL PRIMARY KEY,
    town_id {uuid} NOT NULL REFERENCES town (id),
    office_id {uuid} NOT NULL REFERENCES office (id),
    pool_id {uuid} NOT NULL REFERENCES pool (id),
    starts_at {instant} NOT NULL,
    ends_at {instant} NOT NULL,
    audience varchar NOT NULL,
    state varchar NOT NULL,
    token_hash {bytes} NOT NULL UNIQUE,
    items text NOT NULL,
    origin varchar,
    expires_at {instant} NOT NULL,
    extended boolean NOT NULL,
    version integer NOT NULL,
    created_at {instant} NOT NULL
);
CREATE INDEX hold_expiry ON hold (expires_at) WHERE state = 'held';
CREATE TABLE booking (
    id {uuid} NOT NULL PRIMARY KEY,
    town_id {uuid} NOT NULL REFERENCES town (id),
    office_id {uuid} NOT NULL REFERENCES office (id),
    pool_id {uuid} NOT NULL REFERENCES pool (id),
    hold_id {uuid} UNIQUE REFERENCES hold (id),
    starts_at {instant} NOT NULL,
    ends_at {instant} NOT NULL,
    day {date} NOT NULL,
    audience varchar NOT NULL,
    state varchar NOT NULL,
    rev integer NOT NULL,
    version integer NOT NULL,
    check_in_code varchar,
    link_token_hash {bytes} UNIQUE,
    contact_id {uuid},
    phone_hash {bytes},
    language varchar NOT NULL,
    channel varchar NOT NULL,
    people integer NOT NULL,
    unverified_until {instant},
    remind_at {instant},
    created_at {instant} NOT NULL,
    ended_at {instant},
    UNIQUE (office_id, day, check_in_code)
);
CREATE INDEX booking_office_day ON booking (office_id, day, starts_at);
CREATE INDEX booking_phone ON booking (phone_hash, starts_at) WHERE phone_hash IS NOT NULL;
CREATE INDEX booking_unverified ON booking (unverified_until) WHERE state = 'unverified';
CREATE INDEX booking_remind ON booking (remind_at) WHERE state = 'booked';
CREATE TABLE booking_item (
    booking_id {uuid} NOT NULL REFERENCES booking (id),
    service_id {uuid} NOT NULL REFERENCES service (id),
    quantity integer NOT NULL CHECK (quantity > 0),
    position integer NOT NULL,
    PRIMARY KEY (booking_id, service_id)
);
CREATE TABLE challenge (
    id {uuid} NOT NULL PRIMARY KEY,
    town_id {uuid} NOT NULL REFERENCES town (id),
    booking_id {uuid} NOT NULL REFERENCES booking (id),
    phone_hash {bytes} NOT NULL,
    code_hash {bytes} NOT NULL,
    state varchar NOT NULL,
    tries integer NOT NULL,
    expires_at {instant} NOT NULL,
    resend_at {instant} NOT NULL,
    created_at {instant} NOT NULL
);
CREATE INDEX challenge_booking ON challenge (booking_id, created_at);
CREATE INDEX challenge_phone ON challenge (phone_hash, created_at);";
