//! What is kept of each day of an office without persons, for statistics; and what its making looks up.

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
CREATE TABLE day_facts (
    town_id {uuid} NOT NULL REFERENCES town (id),
    day {date} NOT NULL,
    office_id {uuid} NOT NULL REFERENCES office (id),
    facts text NOT NULL,
    condensed_at {instant} NOT NULL,
    PRIMARY KEY (town_id, day, office_id)
);
CREATE INDEX visit_town_day ON visit (town_id, day);
CREATE INDEX booking_town_day ON booking (town_id, day);
CREATE INDEX event_of_counter ON event (town_id, at) WHERE subject = 'counter';";

const DOWN: &str = r"
DROP INDEX event_of_counter;
DROP INDEX booking_town_day;
DROP INDEX visit_town_day;
DROP TABLE day_facts;";
