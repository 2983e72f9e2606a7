//! Moved bookings, and freed slots that cool down before everybody sees them again.

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
ALTER TABLE booking ADD COLUMN first_id {uuid};
ALTER TABLE booking ADD COLUMN moved_to {uuid};
CREATE TABLE freed_slot (
    id {uuid} NOT NULL PRIMARY KEY,
    town_id {uuid} NOT NULL REFERENCES town (id),
    office_id {uuid} NOT NULL REFERENCES office (id),
    pool_id {uuid} NOT NULL REFERENCES pool (id),
    audience varchar NOT NULL,
    starts_at {instant} NOT NULL,
    ends_at {instant} NOT NULL,
    release_at {instant} NOT NULL,
    freed_at {instant} NOT NULL
);
CREATE INDEX freed_slot_release ON freed_slot (release_at);";

/// What still cools down is given back to the cells first, so that no capacity is lost with the table.
const DOWN: &str = r"
UPDATE cell SET
    used_public = used_public - (SELECT count(*) FROM freed_slot f WHERE f.pool_id = cell.pool_id
        AND f.audience = 'public' AND cell.tick >= {tick:f.starts_at} AND cell.tick < {tick:f.ends_at}),
    used_staff = used_staff - (SELECT count(*) FROM freed_slot f WHERE f.pool_id = cell.pool_id
        AND f.audience = 'staff' AND cell.tick >= {tick:f.starts_at} AND cell.tick < {tick:f.ends_at})
WHERE pool_id IN (SELECT pool_id FROM freed_slot);
DROP TABLE freed_slot;
ALTER TABLE booking DROP COLUMN moved_to;
ALTER TABLE booking DROP COLUMN first_id;";
