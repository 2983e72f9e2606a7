//! Emergency calls of staff, and who said that they come.

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
        sql::drop_tables(manager, &["emergency_answer", "emergency"]).await
    }
}

// Whoever calls has one emergency at a time: pressing again is the same one.
const UP: &str = r"
CREATE TABLE emergency (
    id {uuid} NOT NULL PRIMARY KEY,
    town_id {uuid} NOT NULL REFERENCES town (id),
    office_id {uuid} NOT NULL REFERENCES office (id),
    counter_id {uuid},
    raised_by {uuid} NOT NULL,
    raised_at {instant} NOT NULL,
    ended_at {instant}
);
CREATE UNIQUE INDEX emergency_running ON emergency (office_id, raised_by) WHERE ended_at IS NULL;
CREATE TABLE emergency_answer (
    emergency_id {uuid} NOT NULL REFERENCES emergency (id),
    staff_id {uuid} NOT NULL,
    answered_at {instant} NOT NULL,
    PRIMARY KEY (emergency_id, staff_id)
);";
