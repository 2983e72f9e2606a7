//! Opening rules for some weekdays of a month: every first Thursday.

use sea_orm_migration::prelude::*;

use crate::sql;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, "ALTER TABLE opening_rule ADD COLUMN month_weeks integer NOT NULL DEFAULT 0;").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, "ALTER TABLE opening_rule DROP COLUMN month_weeks;").await
    }
}
