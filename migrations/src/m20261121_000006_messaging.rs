//! The outbox: messages, attempts, receipts, inbound SMS, workers and their timetable.

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
        sql::drop_tables(
            manager,
            &[
                "timetable",
                "worker",
                "suppression",
                "conversation",
                "inbound_sms",
                "receipt_inbox",
                "message_attempt",
                "message",
            ],
        )
        .await
    }
}

const UP: &str = r"
CREATE TABLE message (
    id {uuid} NOT NULL PRIMARY KEY,
    town_id {uuid} NOT NULL REFERENCES town (id),
    dedupe_key varchar NOT NULL,
    kind varchar NOT NULL,
    lane varchar NOT NULL,
    channel varchar NOT NULL,
    template_version integer NOT NULL,
    language varchar NOT NULL,
    sealed {bytes},
    recipient_hash {bytes} NOT NULL,
    recipient_tail varchar NOT NULL,
    booking_id {uuid},
    booking_rev integer,
    visit_id {uuid},
    parent_id {uuid},
    priority integer NOT NULL,
    not_before {instant} NOT NULL,
    expires_at {instant} NOT NULL,
    state varchar NOT NULL,
    attempts integer NOT NULL,
    claim_token {uuid},
    claim_until {instant},
    enqueued_at {instant},
    provider varchar,
    provider_ref varchar,
    error_class varchar,
    error_code varchar,
    segments integer,
    created_at {instant} NOT NULL,
    accepted_at {instant},
    final_at {instant},
    UNIQUE (town_id, dedupe_key),
    UNIQUE (provider, provider_ref)
);
CREATE INDEX message_due ON message (priority, not_before) WHERE state = 'queued';
CREATE INDEX message_claimed ON message (claim_until) WHERE state = 'sending';
CREATE INDEX message_enqueued ON message (enqueued_at) WHERE state = 'enqueued';
CREATE INDEX message_uncertain ON message (claim_until) WHERE state = 'uncertain';
CREATE INDEX message_created ON message (town_id, created_at);
CREATE INDEX message_booking ON message (booking_id) WHERE booking_id IS NOT NULL;
CREATE INDEX message_visit ON message (visit_id) WHERE visit_id IS NOT NULL;
CREATE TABLE message_attempt (
    message_id {uuid} NOT NULL REFERENCES message (id),
    no integer NOT NULL,
    claim_token {uuid} NOT NULL,
    provider varchar NOT NULL,
    started_at {instant} NOT NULL,
    finished_at {instant},
    outcome varchar NOT NULL,
    http_status integer,
    provider_ref varchar,
    error_class varchar,
    error_code varchar,
    receipt varchar,
    PRIMARY KEY (message_id, no)
);
CREATE INDEX message_attempt_reference ON message_attempt (provider, provider_ref);
CREATE TABLE receipt_inbox (
    id {uuid} NOT NULL PRIMARY KEY,
    provider varchar NOT NULL,
    provider_ref varchar NOT NULL,
    status varchar NOT NULL,
    error_code varchar NOT NULL,
    message_id {uuid},
    attempt_no integer,
    received_at {instant} NOT NULL,
    UNIQUE (provider, provider_ref, status, error_code)
);
CREATE INDEX receipt_message ON receipt_inbox (message_id);
CREATE TABLE inbound_sms (
    id {uuid} NOT NULL PRIMARY KEY,
    town_id {uuid} NOT NULL REFERENCES town (id),
    provider varchar NOT NULL,
    provider_sid varchar NOT NULL,
    from_hash {bytes} NOT NULL,
    sealed {bytes},
    received_at {instant} NOT NULL,
    processed_at {instant},
    reply_message_id {uuid},
    UNIQUE (provider, provider_sid)
);
CREATE TABLE conversation (
    town_id {uuid} NOT NULL,
    phone_hash {bytes} NOT NULL,
    state varchar NOT NULL,
    context text NOT NULL,
    rev integer NOT NULL,
    expires_at {instant} NOT NULL,
    PRIMARY KEY (town_id, phone_hash)
);
CREATE TABLE suppression (
    town_id {uuid} NOT NULL,
    recipient_hash {bytes} NOT NULL,
    channel varchar NOT NULL,
    reason varchar NOT NULL,
    source varchar NOT NULL,
    since {instant} NOT NULL,
    PRIMARY KEY (town_id, recipient_hash, channel)
);
CREATE TABLE worker (
    name varchar NOT NULL PRIMARY KEY,
    lanes varchar NOT NULL,
    started_at {instant} NOT NULL,
    heartbeat_at {instant} NOT NULL
);
CREATE TABLE timetable (
    job varchar NOT NULL PRIMARY KEY,
    every_seconds integer NOT NULL,
    last_started_at {instant},
    last_finished_at {instant},
    last_result varchar,
    last_note varchar,
    next_run_at {instant} NOT NULL
);";
