//! Plain SQL for both databases: the few column types that differ are written as `{uuid}`, `{instant}`,
//! `{date}` and `{bytes}`; `{tick:column}` is the tick of five minutes that contains an instant. `{rows_change_in_place}`
//! behind a table keeps room beside its rows for their next version.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

/// Runs the statements (separated by `;` at the end of a line) on the database at hand.
pub(crate) async fn run(manager: &SchemaManager<'_>, statements: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let sql = for_backend(statements, manager.get_database_backend());
    for statement in sql.split(";\n").map(str::trim).filter(|statement| !statement.is_empty()) {
        connection.execute_unprepared(statement).await?;
    }
    Ok(())
}

/// Drops these tables, in the given order.
pub(crate) async fn drop_tables(manager: &SchemaManager<'_>, tables: &[&str]) -> Result<(), DbErr> {
    for table in tables {
        manager.get_connection().execute_unprepared(&format!("DROP TABLE {table}")).await?;
    }
    Ok(())
}

fn for_backend(sql: &str, backend: DbBackend) -> String {
    let (uuid, instant, date, bytes, in_place) = match backend {
        DbBackend::Postgres => {
            ("uuid", "timestamp with time zone", "date", "bytea", " WITH (fillfactor = 50)")
        }
        // The names sea-orm itself gives these types on SQLite: all have text or blob affinity.
        _ => ("uuid_text", "timestamp_with_timezone_text", "date_text", "blob", " WITHOUT ROWID"),
    };
    let sql = sql
        .replace("{uuid}", uuid)
        .replace("{instant}", instant)
        .replace("{date}", date)
        .replace("{bytes}", bytes)
        .replace("{rows_change_in_place}", in_place);
    with_ticks(&sql, backend)
}

fn with_ticks(sql: &str, backend: DbBackend) -> String {
    let mut pieces = sql.split("{tick:");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let Some((column, rest)) = piece.split_once('}') else { continue };
        let tick = match backend {
            DbBackend::Postgres => format!("CAST(floor(extract(epoch FROM {column}) / 300) AS bigint)"),
            _ => format!("CAST(strftime('%s', {column}) AS integer) / 300"),
        };
        out.push_str(&tick);
        out.push_str(rest);
    }
    out
}
