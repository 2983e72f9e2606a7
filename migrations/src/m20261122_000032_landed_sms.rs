//! Messages that came in while the database was away wait for each other, so that they are answered in the order they
//! were written, whichever server had kept them.

use sea_orm_migration::prelude::*;

use crate::sql;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(
            manager,
            "
ALTER TABLE inbound_sms ADD COLUMN landed_at {instant};
CREATE INDEX inbound_landed ON inbound_sms (town_id, from_hash, received_at) WHERE processed_at IS NULL;
",
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, "DROP INDEX inbound_landed;\nALTER TABLE inbound_sms DROP COLUMN landed_at;").await
    }
}
