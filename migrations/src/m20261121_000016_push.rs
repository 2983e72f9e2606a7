//! Browsers that get pushes about a booking or a visit, and which message stands in for which.

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

// One browser has one endpoint, whatever it is told about: a row for each booking or visit.
const UP: &str = r"
CREATE TABLE push_subscription (
    id {uuid} NOT NULL PRIMARY KEY,
    town_id {uuid} NOT NULL REFERENCES town (id),
    booking_id {uuid},
    visit_id {uuid},
    endpoint_hash {bytes} NOT NULL,
    sealed {bytes} NOT NULL,
    vapid_key varchar NOT NULL,
    consent_version integer NOT NULL,
    consented_at {instant} NOT NULL,
    last_ok_at {instant},
    failures integer NOT NULL,
    failing_since {instant},
    delete_after {instant} NOT NULL
);
CREATE UNIQUE INDEX push_subscription_booking ON push_subscription (booking_id, endpoint_hash) WHERE booking_id IS NOT NULL;
CREATE UNIQUE INDEX push_subscription_visit ON push_subscription (visit_id, endpoint_hash) WHERE visit_id IS NOT NULL;
CREATE INDEX push_subscription_endpoint ON push_subscription (endpoint_hash);
CREATE INDEX push_subscription_end ON push_subscription (delete_after);
CREATE INDEX message_parent ON message (parent_id) WHERE parent_id IS NOT NULL;";

const DOWN: &str = r"
DROP INDEX message_parent;
DROP TABLE push_subscription;";
