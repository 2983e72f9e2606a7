//! Services that are offered from a day on or in a season, and those nobody is served for without an appointment.

use sea_orm_migration::prelude::*;

use crate::sql;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(
            manager,
            "ALTER TABLE service ADD COLUMN bookable_from date;
             ALTER TABLE service ADD COLUMN bookable_until date;
             ALTER TABLE service ADD COLUMN appointment_only boolean NOT NULL DEFAULT FALSE;",
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(
            manager,
            "ALTER TABLE service DROP COLUMN bookable_from;
             ALTER TABLE service DROP COLUMN bookable_until;
             ALTER TABLE service DROP COLUMN appointment_only;",
        )
        .await
    }
}
