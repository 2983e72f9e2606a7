//! Closures that leave some counters open; what was changed in the set-up; replanning (Umplanung) that can be undone.

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
ALTER TABLE closure ADD COLUMN at_most integer NOT NULL DEFAULT 0;
ALTER TABLE town ADD COLUMN plan_rev bigint NOT NULL DEFAULT 0;
CREATE TABLE setup_change (
    id {uuid} NOT NULL PRIMARY KEY,
    town_id {uuid} NOT NULL REFERENCES town (id),
    at {instant} NOT NULL,
    staff_id {uuid} NOT NULL,
    subject varchar NOT NULL,
    subject_id {uuid} NOT NULL,
    before text,
    after text
);
CREATE INDEX setup_change_town ON setup_change (town_id, at);
CREATE INDEX setup_change_subject ON setup_change (subject_id);
CREATE TABLE replan (
    id {uuid} NOT NULL PRIMARY KEY,
    town_id {uuid} NOT NULL REFERENCES town (id),
    staff_id {uuid} NOT NULL,
    decided_at {instant} NOT NULL,
    undo_until {instant} NOT NULL,
    undone_at {instant}
);
CREATE INDEX replan_town ON replan (town_id, decided_at);
CREATE TABLE replan_item (
    replan_id {uuid} NOT NULL REFERENCES replan (id),
    booking_id {uuid} NOT NULL,
    moved_to {uuid},
    undone boolean NOT NULL,
    PRIMARY KEY (replan_id, booking_id)
);";

const DOWN: &str = r"
DROP TABLE replan_item;
DROP TABLE replan;
DROP TABLE setup_change;
ALTER TABLE town DROP COLUMN plan_rev;
ALTER TABLE closure DROP COLUMN at_most;";
