//! What each attempt took from the day's budget, so that it can be given back when it turns out that it reached nobody.

use sea_orm_migration::prelude::*;

use crate::sql;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, "ALTER TABLE message_attempt ADD COLUMN segments integer NOT NULL DEFAULT 0;").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, "ALTER TABLE message_attempt DROP COLUMN segments;").await
    }
}
