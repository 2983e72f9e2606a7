//! What keeps money and people safe: the parts a town sent on a day, when a number got its last SMS, where codes were asked
//! for; the early reminder; and the wordings a town made its own.

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
        sql::drop_tables(manager, &["text_override", "sms_budget"]).await?;
        sql::run(manager, DOWN).await
    }
}

const UP: &str = r"
CREATE TABLE sms_budget (
    town_id {uuid} NOT NULL REFERENCES town (id),
    day {date} NOT NULL,
    used integer NOT NULL CHECK (used >= 0),
    PRIMARY KEY (town_id, day)
);
ALTER TABLE message ADD COLUMN sent_at {instant};
ALTER TABLE message ADD COLUMN text_id {uuid};
CREATE INDEX message_number ON message (recipient_hash, sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX message_sent ON message (town_id, sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX message_held ON message (not_before) WHERE state = 'held';
ALTER TABLE booking ADD COLUMN remind_early_at {instant};
CREATE INDEX booking_remind_early ON booking (remind_early_at) WHERE state = 'booked';
ALTER TABLE town ADD COLUMN guarded_since {instant};
ALTER TABLE hold ADD COLUMN wide_origin varchar;
ALTER TABLE challenge ADD COLUMN channel varchar NOT NULL DEFAULT 'sms';
ALTER TABLE challenge ADD COLUMN office_id {uuid};
ALTER TABLE challenge ADD COLUMN network varchar;
ALTER TABLE challenge ADD COLUMN wide_network varchar;
ALTER TABLE challenge ADD COLUMN number_block varchar;
CREATE INDEX challenge_sent ON challenge (town_id, created_at);
CREATE TABLE text_override (
    id {uuid} NOT NULL PRIMARY KEY,
    town_id {uuid} NOT NULL REFERENCES town (id),
    kind varchar NOT NULL,
    language varchar NOT NULL,
    version integer NOT NULL,
    template text,
    made_by {uuid} NOT NULL,
    made_at {instant} NOT NULL,
    UNIQUE (town_id, kind, language, version)
);";

const DOWN: &str = r"
DROP INDEX challenge_sent;
ALTER TABLE challenge DROP COLUMN number_block;
ALTER TABLE challenge DROP COLUMN wide_network;
ALTER TABLE challenge DROP COLUMN network;
ALTER TABLE challenge DROP COLUMN office_id;
ALTER TABLE challenge DROP COLUMN channel;
ALTER TABLE hold DROP COLUMN wide_origin;
ALTER TABLE town DROP COLUMN guarded_since;
DROP INDEX booking_remind_early;
ALTER TABLE booking DROP COLUMN remind_early_at;
DROP INDEX message_held;
DROP INDEX message_sent;
DROP INDEX message_number;
ALTER TABLE message DROP COLUMN text_id;
ALTER TABLE message DROP COLUMN sent_at;";
