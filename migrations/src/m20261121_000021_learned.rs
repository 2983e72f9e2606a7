//! What an office's past teaches: how long services take there, and how its visitors and counters behave.

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
        sql::drop_tables(manager, &["learned_duration", "learned_habit"]).await
    }
}

const UP: &str = r"
CREATE TABLE learned_duration (
    office_id {uuid} NOT NULL REFERENCES office (id),
    service_id {uuid} NOT NULL REFERENCES service (id),
    walk_in boolean NOT NULL,
    usual_s integer NOT NULL CHECK (usual_s > 0),
    visits integer NOT NULL,
    PRIMARY KEY (office_id, service_id, walk_in)
);
CREATE TABLE learned_habit (
    office_id {uuid} NOT NULL PRIMARY KEY REFERENCES office (id),
    show_percent integer NOT NULL,
    arrival_offset_s integer NOT NULL,
    arrival_deviation_s integer NOT NULL,
    spread_percent integer NOT NULL,
    changeover_s integer NOT NULL,
    patience_s integer NOT NULL,
    learned_at {instant} NOT NULL
);";
