//! Finds what has been kept long enough: codes, dialogues, reports, the addresses behind holds, and messages of which nothing
//! more is heard.

use sea_orm_migration::prelude::*;

use crate::sql;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &str = r"
CREATE INDEX message_no_end ON message (accepted_at) WHERE state IN ('accepted', 'sent') AND final_at IS NULL;
CREATE INDEX challenge_expires ON challenge (expires_at);
CREATE INDEX conversation_expires ON conversation (expires_at);
CREATE INDEX receipt_received ON receipt_inbox (received_at);
CREATE INDEX inbound_unerased ON inbound_sms (received_at) WHERE sealed IS NOT NULL;
CREATE INDEX hold_origin_known ON hold (created_at) WHERE origin IS NOT NULL;
CREATE INDEX suppression_since ON suppression (since);";

const DOWN: &str = r"
DROP INDEX suppression_since;
DROP INDEX hold_origin_known;
DROP INDEX inbound_unerased;
DROP INDEX receipt_received;
DROP INDEX conversation_expires;
DROP INDEX challenge_expires;
DROP INDEX message_no_end;";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, DOWN).await
    }
}
