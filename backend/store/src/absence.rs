//! Whether the database is away. A pool goes on trying until its patience ends, for each request anew; one look tells all.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sea_orm::SqlxError;
use sea_orm::sqlx::Connection as _;
use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection};
use tokio::time::{sleep, timeout};

use crate::Kind;

/// How long a look may take.
const LOOK: Duration = Duration::from_secs(3);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(300);

/// What is known of the database's absence; a file on this machine is never away.
#[derive(Debug)]
pub(crate) struct Absence {
    server: Option<PgConnectOptions>,
    away: AtomicBool,
    looking: AtomicBool,
}

impl Absence {
    /// That of the database at this address.
    pub(crate) fn of(url: &str, kind: Kind) -> Self {
        let server = (kind == Kind::Postgres).then(|| url.parse().ok()).flatten();
        Self { server, away: AtomicBool::new(false), looking: AtomicBool::new(false) }
    }

    pub(crate) fn is_away(&self) -> bool {
        self.away.load(Ordering::Relaxed)
    }

    /// Looks until it is there; one look at a time, however many ask.
    pub(crate) fn look(this: &Arc<Self>) {
        let Some(server) = this.server.clone() else { return };
        if this.looking.swap(true, Ordering::AcqRel) {
            return;
        }
        let this = Arc::clone(this);
        tokio::spawn(async move {
            loop {
                let away = is_away(&server).await;
                this.away.store(away, Ordering::Relaxed);
                if !away {
                    break;
                }
                sleep(PAUSE).await;
            }
            this.looking.store(false, Ordering::Release);
        });
    }
}

/// Nobody answers, or says that it is starting or stopping. A server that refuses us for another reason is there: those who
/// have a connection are served.
async fn is_away(server: &PgConnectOptions) -> bool {
    match timeout(LOOK, PgConnection::connect_with(server)).await {
        Ok(Ok(connection)) => {
            drop(connection.close().await);
            false
        }
        Ok(Err(SqlxError::Database(told))) => told.code().is_some_and(|code| code.starts_with("57P0")),
        Ok(Err(_)) | Err(_) => true,
    }
}
