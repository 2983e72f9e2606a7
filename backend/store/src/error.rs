//! What can go wrong between us and the database: a failure of ours, never a refusal to a citizen.

use std::borrow::Cow;

use sea_orm::{DbErr, RuntimeErr, SqlErr, SqlxError};

/// A failure of the database or of what it holds.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database answered with an error or did not answer.
    #[error("the database failed")]
    Database(#[source] DbErr),
    /// A unique constraint says no: somebody was faster.
    #[error("the row exists already")]
    Duplicate(#[source] DbErr),
    /// A deadlock, a lock that took too long: the same transaction may succeed when tried again.
    #[error("the database is busy")]
    Busy(#[source] DbErr),
    /// No connection was free in time: more is asked for than the database can take just now.
    #[error("the database is overloaded")]
    Overloaded(#[source] DbErr),
    /// The database is not there: stopped, starting, or beyond a broken line.
    #[error("the database is away")]
    Away(#[source] DbErr),
    /// A row changed between reading and writing: its version is not the one we decided on.
    #[error("the row has changed meanwhile")]
    Stale,
    /// A row holds what it never should.
    #[error("the column {column} holds what cannot be read")]
    Corrupt {
        /// The table and column.
        column: &'static str,
    },
    /// A sealed value cannot be opened: wrong key, or touched by somebody.
    #[error("a sealed value cannot be opened")]
    Sealed,
    /// The address of the database cannot be understood.
    #[error("not a database address")]
    Address,
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        if matches!(error, DbErr::ConnectionAcquire(_)) {
            return Self::Overloaded(error);
        }
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => return Self::Duplicate(error),
            _ if is_busy(&error) => return Self::Busy(error),
            _ if is_away(&error) => return Self::Away(error),
            _ => {}
        }
        Self::Database(error)
    }
}

impl StoreError {
    /// Whether the same transaction may succeed when tried again at once.
    #[must_use]
    pub fn may_retry(&self) -> bool {
        matches!(self, Self::Busy(_))
    }

    /// Whether whoever asks again in a while may be served.
    #[must_use]
    pub fn is_overload(&self) -> bool {
        matches!(self, Self::Busy(_) | Self::Overloaded(_))
    }

    /// Whether nobody is served until the database is back.
    #[must_use]
    pub fn is_away(&self) -> bool {
        matches!(self, Self::Away(_))
    }

    /// Whether the database takes other things and refuses this one for what is in it, now and whenever it is tried again.
    #[must_use]
    pub fn is_about_content(&self) -> bool {
        match self {
            Self::Database(error) => code(error).is_some_and(|code| refuses_content(&code)),
            Self::Corrupt { .. } | Self::Sealed => true,
            // Of two who come at once, the one who tries again finds the row.
            Self::Duplicate(_)
            | Self::Stale
            | Self::Busy(_)
            | Self::Overloaded(_)
            | Self::Away(_)
            | Self::Address => false,
        }
    }

    /// Whether a unique constraint refused the row.
    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        matches!(self, Self::Duplicate(_))
    }
}

/// No connection, or one that broke; SQLSTATE class 08 (connection exception) and 57P01 to 57P05 (shut down, starting up,
/// disconnected).
fn is_away(error: &DbErr) -> bool {
    match cause(error) {
        Some(SqlxError::Io(_) | SqlxError::Tls(_) | SqlxError::PoolClosed | SqlxError::WorkerCrashed) => true,
        _ => code(error).is_some_and(|code| code.starts_with("08") || code.starts_with("57P0")),
    }
}

/// SQLSTATE classes 22 (the values), 23 (a constraint) and 54 (too large); SQLITE_TOOBIG, _CONSTRAINT, _MISMATCH.
fn refuses_content(code: &str) -> bool {
    if code.len() == 5 {
        return ["22", "23", "54"].iter().any(|class| code.starts_with(class));
    }
    code.parse::<u32>().is_ok_and(|extended| matches!(extended & 0xff, 18..=20))
}

fn code(error: &DbErr) -> Option<Cow<'_, str>> {
    match cause(error) {
        Some(SqlxError::Database(told)) => told.code(),
        _ => None,
    }
}

fn cause(error: &DbErr) -> Option<&SqlxError> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(cause))
        | DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause)) => Some(&**cause),
        _ => None,
    }
}

/// SQLSTATE 40001 (serialisation), 40P01 (deadlock), 55P03 (lock not available); SQLITE_BUSY.
fn is_busy(error: &DbErr) -> bool {
    let text = error.to_string();
    ["40001", "40P01", "55P03", "deadlock detected", "lock timeout", "database is locked"]
        .iter()
        .any(|sign| text.contains(sign))
}
