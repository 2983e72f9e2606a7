//! While the database is away, what providers tell us is kept in a file beside the data, and written to the database in
//! its order when that is back. Dealing with a record twice is harmless: each has a unique key of its own.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::contact::PhoneNumber;
use domain::ids::MessageId;
use domain::messaging::attempt::{InboundSms, ProviderOptOut, Report};
use domain::messaging::delivery::Receipt;
use domain::messaging::failure::ErrorClass;
use serde::{Deserialize, Serialize};
use store::messaging::providers::name;
use store::spool::{Oldest, SpoolError};
use store::{Connection, StoreError};
use tokio::sync::Mutex;
use tokio::time::timeout;
use uuid::Uuid;

use super::claiming::Claimed;
use super::outcomes;
use super::receipts::record_receipt;
use crate::app::App;
pub use crate::sms_replies::answer_landed;
use crate::sms_replies::{land, record_written};

/// A provider waits ten seconds for an answer; the database gets a part of them.
const PATIENCE: Duration = Duration::from_secs(3);
/// A record that the database is too busy for so often, although it answers, must not block those behind it.
const MOST_TRIES: u32 = 20;
/// Nor one that it refuses: once more than once, because nobody knows all reasons.
const TRIES_REFUSED: u32 = 2;
/// How often we look whether something can be replayed.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// After so many looks, those of processes that are gone are looked for, too.
const LOOK_AROUND: u32 = 20;

/// Where records are kept; clones are the same place.
#[derive(Clone, Debug, Default)]
pub struct Spool(Option<Arc<Place>>);

#[derive(Debug)]
struct Place {
    folder: PathBuf,
    own: store::Spool,
    /// One replay at a time, so that the order stays.
    replaying: Mutex<()>,
}

/// Why something that came in could not be kept: whoever brought it has to bring it again.
#[derive(Debug, thiserror::Error)]
#[error("it could be kept neither in the database nor in the spool")]
pub struct NotKept;

/// A record of the spool.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Record {
    /// A provider reported about a message.
    Report(KeptReport),
    /// Somebody wrote to us.
    Inbound(KeptInbound),
    /// The provider accepted a message.
    Accepted(KeptAcceptance),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct KeptReport {
    provider: String,
    reference: String,
    receipt: Receipt,
    error_code: Option<u32>,
    class: Option<ErrorClass>,
    ours: Option<(MessageId, i32)>,
}

/// Shows neither the number nor the text.
#[derive(Clone, Serialize, Deserialize)]
struct KeptInbound {
    provider: String,
    sid: String,
    from: PhoneNumber,
    to: String,
    body: String,
    opt_out: Option<ProviderOptOut>,
    at: DateTime<Utc>,
}

impl std::fmt::Debug for KeptInbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeptInbound({} {})", self.provider, self.sid)
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct KeptAcceptance {
    message: MessageId,
    attempt: i32,
    token: Uuid,
    reference: String,
    segments: Option<i32>,
}

impl Spool {
    /// Nowhere: what the database cannot take is refused. For tests and the demo.
    #[must_use]
    pub fn nowhere() -> Self {
        Self(None)
    }

    /// In this folder, up to so many bytes. Where the folder cannot be used, nowhere: Lotse works without, and says so.
    #[must_use]
    pub fn open(folder: &Path, limit: u64) -> Self {
        match store::Spool::open(folder, limit) {
            Ok(own) => {
                Self(Some(Arc::new(Place { folder: folder.to_owned(), own, replaying: Mutex::default() })))
            }
            Err(error) => {
                tracing::error!(%error, folder = %folder.display(), "the spool cannot be used: while the database is away, nothing that comes in can be kept");
                Self(None)
            }
        }
    }

    /// Whether nothing waits in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.as_ref().is_none_or(|place| place.own.is_empty())
    }

    /// How many bytes wait in it.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.0.as_ref().map_or(0, |place| place.own.bytes())
    }
}

/// Records a provider's report: in the database, or in the spool until that can take it.
///
/// # Errors
/// When neither can; the provider has to report again.
pub async fn take_report(app: &App, report: &Report) -> Result<(), NotKept> {
    let record = Record::Report(KeptReport::of(report));
    let (to, report) = (app.clone(), report.clone());
    written_or_kept(app, async move { record_receipt(&to, &report).await.map(drop) }, record).await
}

/// Records a message somebody wrote to us: in the database, or in the spool until that can take it.
///
/// # Errors
/// When neither can; the provider has to bring it again.
pub async fn take_inbound(app: &App, sms: InboundSms) -> Result<(), NotKept> {
    let at = app.clock.now();
    let record = Record::Inbound(KeptInbound::of(&sms, at));
    let to = app.clone();
    written_or_kept(app, async move { write_inbound(&to, sms, at).await }, record).await
}

/// Keeps what the provider accepted and the database cannot be told now.
///
/// # Errors
/// When the spool cannot take it either.
pub async fn keep_acceptance(
    app: &App,
    claimed: &Claimed,
    reference: &str,
    segments: Option<i32>,
) -> Result<(), NotKept> {
    let acceptance = KeptAcceptance {
        message: claimed.outgoing.message(),
        attempt: claimed.outgoing.attempt(),
        token: claimed.token,
        reference: reference.to_owned(),
        segments,
    };
    keep(app, Record::Accepted(acceptance)).await
}

async fn written_or_kept(
    app: &App,
    writing: impl Future<Output = Result<(), StoreError>> + Send + 'static,
    record: Record,
) -> Result<(), NotKept> {
    // What waits in the spool was first.
    if app.spool.is_empty() {
        // In a task of its own: who does not wait for a transaction any longer must not break it off.
        match timeout(PATIENCE, tokio::spawn(writing)).await {
            Ok(Ok(Ok(()))) => return Ok(()),
            Ok(Ok(Err(error))) => tracing::warn!(%error, "the database does not take what came in"),
            Ok(Err(error)) => tracing::error!(%error, "recording what came in broke off"),
            Err(_) => tracing::warn!("the database takes too long with what came in"),
        }
    }
    keep(app, record).await
}

async fn keep(app: &App, record: Record) -> Result<(), NotKept> {
    let Some(place) = app.spool.0.clone() else { return Err(NotKept) };
    let app = app.clone();
    let nonce = app.rng.bytes();
    let kept = tokio::task::spawn_blocking(move || place.own.append(app.db.sealer(), nonce, &record));
    let kept = kept.await.unwrap_or_else(|error| Err(SpoolError::Io(io::Error::other(error))));
    kept.map_err(|error| {
        tracing::error!(%error, "the spool does not take what came in either");
        NotKept
    })
}

/// Replays what waits, now and whenever the database is back, and answers what people wrote in its order, as long as it
/// is polled.
pub async fn keep_replaying(app: App, mut after: impl FnMut(u64)) {
    let mut looks = 0;
    loop {
        if let Err(error) = replay(&app, looks % LOOK_AROUND == 0).await {
            tracing::debug!(%error, "the spool cannot be replayed yet");
        }
        after(app.spool.bytes());
        if let Err(error) = answer_landed(&app).await {
            tracing::debug!(%error, "what people wrote meanwhile cannot be answered yet");
        }
        looks += 1;
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Writes what waits to the database, the oldest first; gives how many records it was. `around`: those of processes that
/// are gone, too.
///
/// # Errors
/// When the database still does not take them; they wait on.
pub async fn replay(app: &App, around: bool) -> Result<u64, StoreError> {
    let Some(place) = &app.spool.0 else { return Ok(0) };
    let _alone = place.replaying.lock().await;
    let mut replayed = 0;
    if around {
        for orphan in store::Spool::left_behind(&place.folder).unwrap_or_default() {
            replayed += drain(app, &orphan).await?;
        }
    }
    replayed += drain(app, &place.own).await?;
    if let Err(error) = place.own.set_aside_kept_back() {
        tracing::debug!(%error, "what was to be put aside still waits for room");
    }
    if replayed > 0 {
        tracing::info!(records = replayed, "what was kept in the spool is in the database");
    }
    Ok(replayed)
}

async fn drain(app: &App, spool: &store::Spool) -> Result<u64, StoreError> {
    let mut replayed = 0;
    let mut tries = 0;
    loop {
        let end: fn(&store::Spool) -> io::Result<()> = match spool.oldest::<Record>(app.db.sealer()) {
            Ok(Some(Oldest::Whole(record))) => match write(app, record).await {
                Ok(()) => {
                    replayed += 1;
                    store::Spool::settle
                }
                // It takes nothing from anybody: away, full, or only to be read from. It waits, however long that lasts.
                Err(failure) if !takes_something(app).await => return Err(failure),
                Err(failure) if tries < tries_for(&failure) => {
                    tries += 1;
                    tokio::time::sleep(LOOK_EVERY).await;
                    continue;
                }
                Err(failure) => {
                    tracing::error!(%failure, "a record of the spool is not taken and set aside");
                    store::Spool::set_aside
                }
            },
            Ok(Some(Oldest::Unreadable)) => {
                tracing::error!("a record of the spool cannot be read and is set aside");
                store::Spool::set_aside
            }
            Ok(None) => return Ok(replayed),
            Err(error) => {
                tracing::error!(%error, "the spool cannot be read");
                return Ok(replayed);
            }
        };
        tries = 0;
        if let Err(error) = end(spool) {
            tracing::error!(%error, "the spool cannot be emptied");
            return Ok(replayed);
        }
    }
}

fn tries_for(failure: &StoreError) -> u32 {
    if failure.may_retry() || failure.is_overload() { MOST_TRIES } else { TRIES_REFUSED }
}

/// Whether the database takes anything at all.
async fn takes_something(app: &App) -> bool {
    crate::settings::put(app, "spool_replayed_at", &app.clock.now().to_rfc3339()).await.is_ok()
}

async fn write(app: &App, record: Record) -> Result<(), StoreError> {
    match record {
        Record::Report(kept) => record_receipt(app, &kept.report()).await.map(drop),
        Record::Inbound(kept) => {
            let Some(town) = crate::town::of_number(app, &kept.to).await? else { return Ok(()) };
            let at = kept.at;
            land(app, &town, &kept.sms(), at).await
        }
        Record::Accepted(kept) => {
            let sent = outcomes::Sent { message: kept.message, attempt: kept.attempt, token: kept.token };
            outcomes::finish_accepted(app, sent, kept.reference, kept.segments).await.map(drop)
        }
    }
}

async fn write_inbound(app: &App, sms: InboundSms, at: DateTime<Utc>) -> Result<(), StoreError> {
    let Some(town) = crate::town::of_number(app, &sms.to).await? else { return Ok(()) };
    record_written(app, &town, sms, at).await.map(drop)
}

impl KeptReport {
    fn of(report: &Report) -> Self {
        Self {
            provider: report.provider.to_owned(),
            reference: report.reference.clone(),
            receipt: report.receipt,
            error_code: report.error_code,
            class: report.class,
            ours: report.ours,
        }
    }

    fn report(self) -> Report {
        Report {
            provider: name(&self.provider),
            reference: self.reference,
            receipt: self.receipt,
            error_code: self.error_code,
            class: self.class,
            ours: self.ours,
        }
    }
}

impl KeptInbound {
    fn of(sms: &InboundSms, at: DateTime<Utc>) -> Self {
        Self {
            provider: sms.provider.to_owned(),
            sid: sms.sid.clone(),
            from: sms.from.clone(),
            to: sms.to.clone(),
            body: sms.body.clone(),
            opt_out: sms.opt_out,
            at,
        }
    }

    fn sms(self) -> InboundSms {
        InboundSms {
            provider: name(&self.provider),
            sid: self.sid,
            from: self.from,
            to: self.to,
            body: self.body,
            opt_out: self.opt_out,
        }
    }
}
