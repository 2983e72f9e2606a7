//! How often somebody went to the online way of a service, counted without persons.

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
        sql::run(manager, "DROP TABLE online_use;").await
    }
}

const UP: &str = r"
CREATE TABLE online_use (
    town_id {uuid} NOT NULL REFERENCES town (id),
    day {date} NOT NULL,
    service_id {uuid} NOT NULL REFERENCES service (id),
    uses integer NOT NULL CHECK (uses > 0),
    PRIMARY KEY (town_id, day, service_id)
);";
