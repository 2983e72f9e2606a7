//! A row of counts says how often it changed, so that an answer made from many of them can be checked by their sum.
//!
//! While a server of the version before still runs, it does not say so: a list may show for up to five minutes what it gave
//! away. Whoever takes a slot is answered exactly as ever.

use sea_orm_migration::prelude::*;

use crate::sql;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, "ALTER TABLE day_count ADD COLUMN rev bigint NOT NULL DEFAULT 1;").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, "ALTER TABLE day_count DROP COLUMN rev;").await
    }
}
