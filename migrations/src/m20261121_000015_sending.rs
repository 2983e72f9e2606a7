//! Several providers for one channel: how fast each is asked, how each is doing, what share it has in a town, and what people
//! have stopped.

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
        sql::run(manager, "DROP INDEX message_attempt_recent;\nDROP INDEX message_expiring;").await?;
        sql::drop_tables(manager, &["message_pause", "provider_weight", "provider_state", "provider_pace"])
            .await
    }
}

const UP: &str = r"
CREATE TABLE provider_pace (
    provider varchar NOT NULL,
    sender varchar NOT NULL,
    rate_limit bigint NOT NULL,
    rate bigint NOT NULL,
    level bigint NOT NULL,
    filled_at {instant} NOT NULL,
    changed_at {instant} NOT NULL,
    blocked_until {instant},
    PRIMARY KEY (provider, sender)
){rows_change_in_place};
CREATE TABLE provider_state (
    worker varchar NOT NULL,
    provider varchar NOT NULL,
    place integer NOT NULL,
    breaker varchar NOT NULL,
    open_since {instant},
    probe_at {instant},
    lost_points integer NOT NULL,
    calls integer NOT NULL,
    bad integer NOT NULL,
    reported_at {instant} NOT NULL,
    PRIMARY KEY (worker, provider)
);
CREATE TABLE provider_weight (
    town_id {uuid} NOT NULL REFERENCES town (id),
    provider varchar NOT NULL,
    weight integer NOT NULL,
    PRIMARY KEY (town_id, provider)
);
CREATE TABLE message_pause (
    town_id {uuid} NOT NULL REFERENCES town (id),
    scope varchar NOT NULL,
    name varchar NOT NULL,
    since {instant} NOT NULL,
    paused_by {uuid} NOT NULL,
    reason varchar NOT NULL,
    PRIMARY KEY (town_id, scope, name)
);
CREATE INDEX message_expiring ON message (expires_at) WHERE state = 'queued';
CREATE INDEX message_attempt_recent ON message_attempt (started_at);";
