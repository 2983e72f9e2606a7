//! Staff, their sessions, counted tries and idempotency keys.

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
        sql::drop_tables(manager, &["idempotency", "throttle", "staff_session", "staff"]).await
    }
}

const UP: &str = r"
CREATE TABLE staff (
    id {uuid} NOT NULL PRIMARY KEY,
    town_id {uuid} NOT NULL REFERENCES town (id),
    login varchar NOT NULL,
    name varchar NOT NULL,
    password_hash varchar NOT NULL,
    role varchar NOT NULL,
    office_id {uuid} REFERENCES office (id),
    active boolean NOT NULL,
    created_at {instant} NOT NULL,
    UNIQUE (town_id, login)
);
CREATE TABLE staff_session (
    id {uuid} NOT NULL PRIMARY KEY,
    town_id {uuid} NOT NULL REFERENCES town (id),
    staff_id {uuid} NOT NULL REFERENCES staff (id),
    token_hash {bytes} NOT NULL UNIQUE,
    created_at {instant} NOT NULL,
    last_seen_at {instant} NOT NULL,
    expires_at {instant} NOT NULL,
    revoked_at {instant}
);
CREATE INDEX staff_session_staff ON staff_session (staff_id);
CREATE TABLE throttle (
    key varchar NOT NULL PRIMARY KEY,
    window_started_at {instant} NOT NULL,
    count integer NOT NULL
);
CREATE TABLE idempotency (
    key_hash {bytes} NOT NULL PRIMARY KEY,
    body_hash {bytes} NOT NULL,
    status integer,
    sealed {bytes},
    created_at {instant} NOT NULL
);
CREATE INDEX idempotency_created ON idempotency (created_at);";
