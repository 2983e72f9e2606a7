//! Opening rules, closures and the counted cells of what is taken.

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
        sql::drop_tables(manager, &["cell", "closure", "opening_rule"]).await
    }
}

const UP: &str = r"
CREATE TABLE opening_rule (
    id {uuid} NOT NULL PRIMARY KEY,
    town_id {uuid} NOT NULL REFERENCES town (id),
    pool_id {uuid} NOT NULL REFERENCES pool (id),
    weekdays integer NOT NULL CHECK (weekdays BETWEEN 1 AND 127),
    every_weeks integer NOT NULL CHECK (every_weeks > 0),
    opens_min integer NOT NULL CHECK (opens_min >= 0),
    closes_min integer NOT NULL CHECK (closes_min > opens_min AND closes_min <= 1440),
    capacity_public integer NOT NULL CHECK (capacity_public >= 0),
    capacity_staff integer NOT NULL CHECK (capacity_staff >= 0),
    valid_from {date} NOT NULL,
    valid_to {date}
);
CREATE INDEX opening_rule_pool ON opening_rule (pool_id);
CREATE TABLE closure (
    id {uuid} NOT NULL PRIMARY KEY,
    town_id {uuid} NOT NULL REFERENCES town (id),
    scope varchar NOT NULL,
    scope_id {uuid},
    from_at {instant} NOT NULL,
    until_at {instant} NOT NULL,
    reason varchar NOT NULL
);
CREATE INDEX closure_town ON closure (town_id, until_at);
CREATE TABLE cell (
    pool_id {uuid} NOT NULL,
    tick bigint NOT NULL,
    used_public integer NOT NULL CHECK (used_public >= 0),
    used_staff integer NOT NULL CHECK (used_staff >= 0),
    PRIMARY KEY (pool_id, tick)
);";
