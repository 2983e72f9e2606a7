//! The history of the database schema, one file per step, the same for SQLite and PostgreSQL.
//!
//! A step is never edited once it has left its branch; it runs while the version before it still serves.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

mod m20261121_000001_town;
mod m20261121_000002_schedule;
mod m20261121_000003_appointments;
mod m20261121_000004_queue;
mod m20261121_000005_staff;
mod m20261121_000006_messaging;
mod m20261121_000007_lookups;
mod m20261121_000008_moves;
mod m20261121_000009_waiting;
mod m20261121_000010_planning;
mod m20261121_000011_day_counts;
mod m20261121_000012_month_weeks;
mod m20261121_000013_bookable_days;
mod m20261121_000014_daily_closures;
mod m20261121_000015_sending;
mod m20261121_000016_push;
mod m20261121_000017_policies;
mod m20261121_000018_unreported;
mod m20261121_000019_operators;
mod m20261121_000020_count_revisions;
mod m20261121_000021_learned;
mod m20261121_000022_wait_prediction;
mod m20261121_000023_day_facts;
mod m20261121_000024_calibration;
mod m20261121_000025_passing_on;
mod m20261121_000026_emergencies;
mod m20261121_000027_arrival;
mod m20261121_000028_self_service;
mod m20261121_000029_notices;
mod m20261121_000030_online_use;
mod m20261122_000031_attempt_segments;
mod m20261122_000032_landed_sms;
mod m20261122_000033_inbound_outcome;
mod m20261122_000034_retention;
mod run;
mod sql;

pub use run::{Step, copy_of_template, down, status, up};

/// All steps, in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261121_000001_town::Migration),
            Box::new(m20261121_000002_schedule::Migration),
            Box::new(m20261121_000003_appointments::Migration),
            Box::new(m20261121_000004_queue::Migration),
            Box::new(m20261121_000005_staff::Migration),
            Box::new(m20261121_000006_messaging::Migration),
            Box::new(m20261121_000007_lookups::Migration),
            Box::new(m20261121_000008_moves::Migration),
            Box::new(m20261121_000009_waiting::Migration),
            Box::new(m20261121_000010_planning::Migration),
            Box::new(m20261121_000011_day_counts::Migration),
            Box::new(m20261121_000012_month_weeks::Migration),
            Box::new(m20261121_000013_bookable_days::Migration),
            Box::new(m20261121_000014_daily_closures::Migration),
            Box::new(m20261121_000015_sending::Migration),
            Box::new(m20261121_000016_push::Migration),
            Box::new(m20261121_000017_policies::Migration),
            Box::new(m20261121_000018_unreported::Migration),
            Box::new(m20261121_000019_operators::Migration),
            Box::new(m20261121_000020_count_revisions::Migration),
            Box::new(m20261121_000021_learned::Migration),
            Box::new(m20261121_000022_wait_prediction::Migration),
            Box::new(m20261121_000023_day_facts::Migration),
            Box::new(m20261121_000024_calibration::Migration),
            Box::new(m20261121_000025_passing_on::Migration),
            Box::new(m20261121_000026_emergencies::Migration),
            Box::new(m20261121_000027_arrival::Migration),
            Box::new(m20261121_000028_self_service::Migration),
            Box::new(m20261121_000029_notices::Migration),
            Box::new(m20261121_000030_online_use::Migration),
            Box::new(m20261122_000031_attempt_segments::Migration),
            Box::new(m20261122_000032_landed_sms::Migration),
            Box::new(m20261122_000033_inbound_outcome::Migration),
            Box::new(m20261122_000034_retention::Migration),
        ]
    }
}
