//! What is taken is counted in one row for a pool, an audience and a day in UTC, instead of one for every five minutes.
//!
//! A row's counts are 288 numbers of two bytes, the lower byte first. The servers of the version before must be stopped:
//! they count in the table that goes.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::prelude::{Date, Uuid};
use sea_orm_migration::sea_orm::{ConnectionTrait, QueryResult, Statement, Value};

use crate::sql;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, DAY_COUNT).await?;
        let mut days: BTreeMap<(Uuid, &str, i64), Vec<u16>> = BTreeMap::new();
        for row in rows(manager, "SELECT pool_id, tick, used_public, used_staff FROM cell").await? {
            let tick: i64 = row.try_get("", "tick")?;
            for (audience, column) in AUDIENCES {
                let used: i32 = row.try_get("", column)?;
                if used > 0 {
                    let key = (row.try_get("", "pool_id")?, audience, tick.div_euclid(DAY_TICKS));
                    let counts = days.entry(key).or_insert_with(|| vec![0; DAY_TICKS as usize]);
                    counts[tick.rem_euclid(DAY_TICKS) as usize] = used.try_into().map_err(corrupt)?;
                }
            }
        }
        for ((pool, audience, day), counts) in days {
            let utc_day = Date::default() + TimeDelta::days(day);
            let bytes: Vec<u8> = counts.iter().flat_map(|count| count.to_le_bytes()).collect();
            let sql = "INSERT INTO day_count (pool_id, audience, utc_day, counts) VALUES ($1, $2, $3, $4)";
            execute(manager, sql, [pool.into(), audience.into(), utc_day.into(), bytes.into()]).await?;
        }
        sql::drop_tables(manager, &["cell"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, CELL).await?;
        for row in rows(manager, "SELECT pool_id, audience, utc_day, counts FROM day_count").await? {
            let (pool, bytes): (Uuid, Vec<u8>) = (row.try_get("", "pool_id")?, row.try_get("", "counts")?);
            let audience: String = row.try_get("", "audience")?;
            let (public, staff) = if audience == "public" { (1, 0) } else { (0, 1) };
            let day: Date = row.try_get("", "utc_day")?;
            let midnight = (day - Date::default()).num_days() * DAY_TICKS;
            for (tick, count) in (midnight..).zip(bytes.as_chunks::<2>().0) {
                let count = i32::from(u16::from_le_bytes(*count));
                if count > 0 {
                    let sql = "INSERT INTO cell (pool_id, tick, used_public, used_staff) VALUES ($1, $2, $3, $4) \
                               ON CONFLICT (pool_id, tick) DO UPDATE SET \
                               used_public = cell.used_public + excluded.used_public, \
                               used_staff = cell.used_staff + excluded.used_staff";
                    let values = [pool.into(), tick.into(), (count * public).into(), (count * staff).into()];
                    execute(manager, sql, values).await?;
                }
            }
        }
        sql::drop_tables(manager, &["day_count"]).await
    }
}

/// Ticks of five minutes in a day in UTC.
const DAY_TICKS: i64 = 288;

const AUDIENCES: [(&str, &str); 2] = [("public", "used_public"), ("staff", "used_staff")];

const DAY_COUNT: &str = r"
CREATE TABLE day_count (
    pool_id {uuid} NOT NULL,
    audience varchar NOT NULL,
    utc_day {date} NOT NULL,
    counts {bytes} NOT NULL,
    PRIMARY KEY (pool_id, audience, utc_day)
){rows_change_in_place};";

const CELL: &str = r"
CREATE TABLE cell (
    pool_id {uuid} NOT NULL,
    tick bigint NOT NULL,
    used_public integer NOT NULL CHECK (used_public >= 0),
    used_staff integer NOT NULL CHECK (used_staff >= 0),
    PRIMARY KEY (pool_id, tick)
);";

fn corrupt(error: std::num::TryFromIntError) -> DbErr {
    DbErr::Custom(format!("cell: {error}"))
}

async fn rows(manager: &SchemaManager<'_>, sql: &str) -> Result<Vec<QueryResult>, DbErr> {
    let statement = Statement::from_string(manager.get_database_backend(), sql);
    manager.get_connection().query_all_raw(statement).await
}

async fn execute(manager: &SchemaManager<'_>, sql: &str, values: [Value; 4]) -> Result<(), DbErr> {
    let statement = Statement::from_sql_and_values(manager.get_database_backend(), sql, values);
    manager.get_connection().execute_raw(statement).await?;
    Ok(())
}
