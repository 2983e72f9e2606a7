//! Operators see what people wrote: as which command it was understood, what became of it, and the last digits of the
//! number. Showing one in the clear is an act of staff like those on messages.

use sea_orm_migration::prelude::*;

use crate::sql;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &str = r"
ALTER TABLE inbound_sms ADD COLUMN from_tail varchar NOT NULL DEFAULT '';
ALTER TABLE inbound_sms ADD COLUMN command varchar;
ALTER TABLE inbound_sms ADD COLUMN outcome varchar;
UPDATE inbound_sms SET outcome = CASE WHEN reply_message_id IS NULL THEN 'noted' ELSE 'answered' END
    WHERE processed_at IS NOT NULL;
CREATE INDEX inbound_newest ON inbound_sms (town_id, received_at, id);
CREATE INDEX inbound_tail ON inbound_sms (town_id, from_tail, received_at);
CREATE INDEX event_by_operators ON event (town_id, at)
    WHERE subject IN ('message', 'inbound', 'bulk', 'opt_out') AND actor = 'staff';
DROP INDEX event_by_staff;";

const DOWN: &str = r"
CREATE INDEX event_by_staff ON event (town_id, at) WHERE subject IN ('message', 'bulk', 'opt_out') AND actor = 'staff';
DROP INDEX event_by_operators;
DROP INDEX inbound_tail;
DROP INDEX inbound_newest;
ALTER TABLE inbound_sms DROP COLUMN outcome;
ALTER TABLE inbound_sms DROP COLUMN command;
ALTER TABLE inbound_sms DROP COLUMN from_tail;";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, DOWN).await
    }
}
