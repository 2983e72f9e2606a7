//! How an office lets people in, who waits outside, and visits by number.

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
        sql::run(manager, DOWN).await
    }
}

const UP: &str = r"
ALTER TABLE office ADD COLUMN appointment_only boolean NOT NULL DEFAULT false;
ALTER TABLE office ADD COLUMN room_limit integer;
ALTER TABLE visit ADD COLUMN outside boolean NOT NULL DEFAULT false;
ALTER TABLE visit ADD COLUMN let_in_at {instant};
CREATE INDEX visit_outside ON visit (office_id, day, due_at) WHERE outside;
CREATE INDEX visit_number ON visit (phone_hash, day) WHERE phone_hash IS NOT NULL;";

const DOWN: &str = r"
DROP INDEX visit_number;
DROP INDEX visit_outside;
ALTER TABLE visit DROP COLUMN let_in_at;
ALTER TABLE visit DROP COLUMN outside;
ALTER TABLE office DROP COLUMN room_limit;
ALTER TABLE office DROP COLUMN appointment_only;";
