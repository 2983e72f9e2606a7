//! Visits that go on elsewhere, visitors wished to one counter, notes of staff.
//!
//! While a server of the version before still runs, it calls whoever is wished to one counter to any of the pool.

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

// The first visit of a chain has no `first_id`; all that follow name it.
const UP: &str = r"
ALTER TABLE visit ADD COLUMN first_id {uuid};
ALTER TABLE visit ADD COLUMN wished_counter_id {uuid};
CREATE INDEX visit_first ON visit (first_id) WHERE first_id IS NOT NULL;
CREATE INDEX visit_wished ON visit (wished_counter_id) WHERE wished_counter_id IS NOT NULL;
CREATE TABLE visit_note (
    id {uuid} NOT NULL PRIMARY KEY,
    town_id {uuid} NOT NULL REFERENCES town (id),
    visit_id {uuid} NOT NULL REFERENCES visit (id),
    staff_id {uuid} NOT NULL,
    written_at {instant} NOT NULL,
    sealed {bytes} NOT NULL,
    delete_after {instant} NOT NULL
);
CREATE INDEX visit_note_visit ON visit_note (visit_id, written_at);
CREATE INDEX visit_note_end ON visit_note (delete_after);";

const DOWN: &str = r"
DROP TABLE visit_note;
DROP INDEX visit_wished;
DROP INDEX visit_first;
ALTER TABLE visit DROP COLUMN wished_counter_id;
ALTER TABLE visit DROP COLUMN first_id;";
