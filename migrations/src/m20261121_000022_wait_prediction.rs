//! What visitors were told at their arrival, to be compared with the time until the call.

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
        sql::drop_tables(manager, &["wait_prediction"]).await
    }
}

const UP: &str = r"
CREATE TABLE wait_prediction (
    visit_id {uuid} NOT NULL PRIMARY KEY REFERENCES visit (id),
    town_id {uuid} NOT NULL REFERENCES town (id),
    office_id {uuid} NOT NULL REFERENCES office (id),
    day {date} NOT NULL,
    low_s integer NOT NULL,
    median_s integer NOT NULL,
    high_s integer NOT NULL
);
CREATE INDEX wait_prediction_day ON wait_prediction (town_id, day);";
