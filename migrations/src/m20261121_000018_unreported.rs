//! Finds the messages a provider took without telling their fate.

use sea_orm_migration::prelude::*;

use crate::sql;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let up =
            "CREATE INDEX message_unreported ON message (accepted_at) WHERE state IN ('accepted', 'sent');";
        sql::run(manager, up).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, "DROP INDEX message_unreported;").await
    }
}
