//! Decisions about measured durations: who took over or turned down which proposal, on what evidence.

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
        sql::run(manager, "DROP TABLE calibration;").await
    }
}

const UP: &str = r"
CREATE TABLE calibration (
    id {uuid} NOT NULL PRIMARY KEY,
    town_id {uuid} NOT NULL REFERENCES town (id),
    service_id {uuid} NOT NULL REFERENCES service (id),
    pool_id {uuid} NOT NULL REFERENCES pool (id),
    at {instant} NOT NULL,
    staff_id {uuid} NOT NULL,
    accepted boolean NOT NULL,
    from_min integer NOT NULL CHECK (from_min > 0),
    to_min integer NOT NULL CHECK (to_min > 0),
    evidence text,
    reason text
);
CREATE INDEX calibration_town ON calibration (town_id, at);";
