//! The connection pool and transactions of both databases.
//!
//! SQLite: WAL, and every write transaction is IMMEDIATE, because a lazily upgraded one fails under load.
//! PostgreSQL: READ COMMITTED with conditional statements and `FOR UPDATE`, short lock and statement time-outs.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, QueryTrait,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait, Value,
};

use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::timeout;

use crate::absence::Absence;
use crate::error::StoreError;
use crate::sealed::Sealer;

/// How long a request waits for a connection, or for its turn to write.
const PATIENCE: Duration = Duration::from_secs(25);

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The embedded default.
    Sqlite,
    /// The database of production.
    Postgres,
}

/// The pool of connections, with the key that seals personal data.
#[derive(Clone, Debug)]
pub struct Database {
    pool: DatabaseConnection,
    /// Where transactions that write begin. On SQLite one connection of its own: it has one writer at a time, and what one
    /// connection wrote the others have to read from the file again.
    writer: DatabaseConnection,
    sealer: Arc<Sealer>,
    kind: Kind,
    /// SQLite has one writer at a time: who wants to write queues here, in order, instead of asking SQLite again and again
    /// with a connection in hand.
    turn: Option<Arc<Mutex<()>>>,
    absence: Arc<Absence>,
}

/// A write transaction: what is dropped without [`Tx::commit`] has not happened.
#[derive(Debug)]
pub struct Tx {
    // Dropped before the turn is given on.
    transaction: DatabaseTransaction,
    sealer: Arc<Sealer>,
    kind: Kind,
    /// New rows that are written together, see [`Tx::later`].
    later: std::sync::Mutex<Vec<(String, Vec<Value>)>>,
    _turn: Option<OwnedMutexGuard<()>>,
}

/// The pool or a transaction: where reads may run.
#[expect(private_bounds, reason = "sea-orm stays inside this crate")]
pub trait Connection: Raw + Sync {
    /// Which database it is.
    fn kind(&self) -> Kind;
    /// The key that opens personal data.
    fn sealer(&self) -> &Sealer;
    /// Writes what was put off, so that it can be read.
    #[doc(hidden)]
    fn flush(&self) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// The sea-orm side of a [`Connection`].
pub(crate) trait Raw {
    /// What sea-orm runs statements on.
    type Executor: ConnectionTrait;
    /// What sea-orm runs statements on.
    fn raw(&self) -> &Self::Executor;
}

impl Database {
    /// Connects to `sqlite://file`, `sqlite::memory:` or `postgres://…`.
    ///
    /// # Errors
    /// When the address cannot be understood or the database does not answer within five seconds.
    pub async fn connect(url: &str, max_connections: u32, sealer: Sealer) -> Result<Self, StoreError> {
        let kind = if url.starts_with("sqlite:") {
            Kind::Sqlite
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Kind::Postgres
        } else {
            return Err(StoreError::Address);
        };
        let mut options = ConnectOptions::new(url);
        let max = if url.contains(":memory:") { 1 } else { max_connections.max(1) };
        options
            .max_connections(max)
            .min_connections(1)
            .connect_timeout(Duration::from_secs(5))
            .acquire_timeout(PATIENCE)
            .test_before_acquire(false)
            .sqlx_logging(false)
            .map_sqlx_sqlite_opts(|sqlite| {
                sqlite
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Normal)
                    .busy_timeout(PATIENCE)
                    .foreign_keys(true)
                    .statement_cache_capacity(256)
            })
            .map_sqlx_postgres_opts(|postgres: PgConnectOptions| {
                postgres.application_name("lotse").statement_cache_capacity(256).options([
                    ("lock_timeout", "5s"),
                    ("statement_timeout", "15s"),
                    ("timezone", "UTC"),
                ])
            });
        let shared = kind == Kind::Postgres || max == 1;
        let writer = if shared { None } else { Some(options.clone().max_connections(1).to_owned()) };
        let pool = sea_orm::Database::connect(options).await?;
        let writer = match writer {
            Some(options) => sea_orm::Database::connect(options).await?,
            None => pool.clone(),
        };
        let turn = (kind == Kind::Sqlite).then(Arc::default);
        let absence = Arc::new(Absence::of(url, kind));
        Ok(Self { pool, writer, sealer: Arc::new(sealer), kind, turn, absence })
    }

    /// Whether it was found away a moment ago and has not come back: then nobody need wait for a connection to hear that.
    #[must_use]
    pub fn is_away(&self) -> bool {
        self.absence.is_away()
    }

    /// Looks whether it is there, and again until it is; somebody was just told that it does not answer.
    pub fn look_after(&self) {
        Absence::look(&self.absence);
    }

    /// Shows every statement, with its values, to a test that asks the database how it would run it.
    #[cfg(feature = "testing")]
    pub fn observe(&mut self, seen: impl Fn(&Statement) + Send + Sync + 'static) {
        let seen = Arc::new(seen);
        let both = Arc::clone(&seen);
        self.pool.set_metric_callback(move |info| seen(info.statement));
        self.writer.set_metric_callback(move |info| both(info.statement));
    }

    /// Begins a write transaction (IMMEDIATE on SQLite).
    ///
    /// # Errors
    /// When no connection is free in time.
    pub async fn write(&self) -> Result<Tx, StoreError> {
        let turn = self.turn().await?;
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let transaction = self.writer.begin_with_options(options).await?;
        let (sealer, later) = (Arc::clone(&self.sealer), std::sync::Mutex::default());
        Ok(Tx { transaction, sealer, kind: self.kind, later, _turn: turn })
    }

    /// Runs one statement that is a transaction by itself; gives how many rows it changed.
    pub(crate) async fn write_alone<V: IntoIterator<Item = Value>>(
        &self,
        sql: &str,
        values: V,
    ) -> Result<u64, StoreError> {
        let _turn = self.turn().await?;
        Ok(self.writer.execute_raw(self.kind.statement(sql, values)).await?.rows_affected())
    }

    /// Waits for the turn to write, where there is one writer at a time.
    async fn turn(&self) -> Result<Option<OwnedMutexGuard<()>>, StoreError> {
        let Some(turn) = &self.turn else { return Ok(None) };
        timeout(PATIENCE, Arc::clone(turn).lock_owned()).await.map(Some).map_err(|_| too_late())
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        Ok(self.pool.ping().await?)
    }

    /// The time of the database server's clock; `None` where the database has no clock of its own.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn server_time(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        if self.kind == Kind::Sqlite {
            return Ok(None);
        }
        let row = self.pool.query_one_raw(self.kind.statement("SELECT now() AS now", [])).await?;
        row.map(|row| row.try_get("", "now")).transpose().map_err(StoreError::from)
    }

    /// Closes the pool; running statements end first.
    ///
    /// # Errors
    /// When the pool cannot be closed.
    pub async fn close(self) -> Result<(), StoreError> {
        self.writer.close().await?;
        Ok(self.pool.close_by_ref().await?)
    }
}

impl Tx {
    /// A part of the transaction that can be undone by itself (a savepoint).
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn part(&self) -> Result<Self, StoreError> {
        // What was written before it stays when it is undone.
        self.flush().await?;
        let transaction = self.transaction.begin().await?;
        let (sealer, later) = (Arc::clone(&self.sealer), std::sync::Mutex::default());
        Ok(Self { transaction, sealer, kind: self.kind, later, _turn: None })
    }

    /// Undoes what was written in it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn undo(self) -> Result<(), StoreError> {
        Ok(self.transaction.rollback().await?)
    }

    /// Makes it happen.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.flush().await?;
        Ok(self.transaction.commit().await?)
    }

    /// Writes new rows together with others, at the commit at the latest: each statement is a round trip to the database.
    /// Whoever reads such rows calls [`Connection::flush`] first.
    pub(crate) fn later(&self, insert: &impl QueryTrait) {
        let Statement { sql, values, .. } = insert.build(DbBackend::Sqlite);
        let values = values.map(|values| values.0).unwrap_or_default();
        self.later.lock().expect("no holder of this lock panics").push((sql, values));
    }
}

impl Raw for Database {
    type Executor = DatabaseConnection;
    fn raw(&self) -> &DatabaseConnection {
        &self.pool
    }
}

impl Connection for Database {
    fn kind(&self) -> Kind {
        self.kind
    }
    fn sealer(&self) -> &Sealer {
        &self.sealer
    }
    async fn flush(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

impl Raw for Tx {
    type Executor = DatabaseTransaction;
    fn raw(&self) -> &DatabaseTransaction {
        &self.transaction
    }
}

impl Connection for Tx {
    fn kind(&self) -> Kind {
        self.kind
    }
    fn sealer(&self) -> &Sealer {
        &self.sealer
    }
    async fn flush(&self) -> Result<(), StoreError> {
        let later = std::mem::take(&mut *self.later.lock().expect("no holder of this lock panics"));
        let Some(((last, last_values), before)) = later.split_last() else { return Ok(()) };
        match self.kind {
            // A statement costs no round trip here, and none can be part of another.
            Kind::Sqlite => {
                for (sql, values) in later {
                    self.transaction.execute_raw(self.kind.statement(&sql, values)).await?;
                }
            }
            Kind::Postgres => {
                let parts: Vec<String> =
                    before.iter().enumerate().map(|(nth, (sql, _))| format!("w{nth} AS ({sql})")).collect();
                let with =
                    if parts.is_empty() { String::new() } else { format!("WITH {} ", parts.join(", ")) };
                let values = before.iter().flat_map(|(_, values)| values).chain(last_values).cloned();
                let statement = self.kind.statement(&format!("{with}{last}"), values);
                self.transaction.execute_raw(statement).await?;
            }
        }
        Ok(())
    }
}

impl Kind {
    /// A statement written with `?` placeholders, for this database.
    pub(crate) fn statement<V: IntoIterator<Item = Value>>(self, sql: &str, values: V) -> Statement {
        match self {
            Self::Sqlite => Statement::from_sql_and_values(DbBackend::Sqlite, sql, values),
            Self::Postgres => Statement::from_sql_and_values(DbBackend::Postgres, numbered(sql), values),
        }
    }

    /// `FOR UPDATE` where the database knows it; an IMMEDIATE transaction already excludes others on SQLite.
    pub(crate) const fn for_update(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE",
        }
    }

    /// `FOR UPDATE SKIP LOCKED` where the database knows it.
    pub(crate) const fn skip_locked(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }
}

fn too_late() -> StoreError {
    StoreError::Overloaded(DbErr::Custom("no turn to write came in time".to_owned()))
}

/// `?` to `$1`, `$2`, …; our statements hold no question mark in quotes.
fn numbered(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len() + 16);
    let mut number = 0;
    for character in sql.chars() {
        if character == '?' {
            number += 1;
            out.push('$');
            out.push_str(&number.to_string());
        } else {
            out.push(character);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::numbered;

    #[test]
    fn placeholders_are_numbered_for_postgres() {
        assert_eq!(numbered("SELECT ? WHERE a = ?"), "SELECT $1 WHERE a = $2");
    }
}
