//! What operators look up and do: actions on many messages at once, and the indexes of their searches.

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
CREATE TABLE bulk (
    id {uuid} NOT NULL PRIMARY KEY,
    town_id {uuid} NOT NULL REFERENCES town (id),
    action varchar NOT NULL,
    filter text NOT NULL,
    reason text NOT NULL,
    state varchar NOT NULL,
    expected integer NOT NULL,
    done integer NOT NULL,
    left_out integer NOT NULL,
    asked_by {uuid} NOT NULL,
    asked_at {instant} NOT NULL,
    agreed_by {uuid},
    agreed_at {instant},
    after_at {instant},
    after_id {uuid},
    ended_at {instant}
);
CREATE INDEX bulk_asked ON bulk (town_id, asked_at);
CREATE INDEX bulk_running ON bulk (asked_at) WHERE state = 'running';
CREATE INDEX message_recipient ON message (town_id, recipient_hash);
CREATE INDEX message_tail ON message (town_id, recipient_tail, created_at);
CREATE INDEX message_reference ON message (provider_ref) WHERE provider_ref IS NOT NULL;
CREATE INDEX message_attempt_by_reference ON message_attempt (provider_ref) WHERE provider_ref IS NOT NULL;
CREATE INDEX message_final ON message (final_at) WHERE final_at IS NOT NULL;
CREATE INDEX message_attempt_failed ON message_attempt (started_at) WHERE error_class IS NOT NULL;
DELETE FROM timetable WHERE job = 'measure_outbox';
CREATE INDEX event_by_staff ON event (town_id, at) WHERE subject IN ('message', 'bulk', 'opt_out') AND actor = 'staff';";

const DOWN: &str = r"
DROP INDEX event_by_staff;
DROP INDEX message_attempt_failed;
DROP INDEX message_final;
DROP INDEX message_attempt_by_reference;
DROP INDEX message_reference;
DROP INDEX message_tail;
DROP INDEX message_recipient;
DROP TABLE bulk;";
