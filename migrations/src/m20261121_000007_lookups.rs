//! Indexes of what is looked up all the time: a check-in code, the open messages of a lane, visits left over,
//! who is at a counter.

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
CREATE INDEX booking_code ON booking (check_in_code, day) WHERE check_in_code IS NOT NULL;
CREATE INDEX message_lane ON message (lane, priority, not_before) WHERE state IN ('queued', 'enqueued');
CREATE INDEX visit_left_over ON visit (office_id, day) WHERE ended_at IS NULL;
CREATE INDEX visit_counter ON visit (counter_id) WHERE ended_at IS NULL;
";

const DOWN: &str = r"
DROP INDEX visit_counter;
DROP INDEX visit_left_over;
DROP INDEX message_lane;
DROP INDEX booking_code;
";
