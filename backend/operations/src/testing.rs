//! A town to try verbs on: an own database for each test, a clock that stands until it is moved, and the same
//! random numbers in every run. Built with the feature `testing` only.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bus::Bus;
use chrono::{DateTime, TimeZone, Utc};
use domain::contact::PhoneNumber;
use domain::ids::{PoolId, ServiceId, StaffId, TownId};
use domain::messaging::ChannelKind;
use domain::messaging::attempt::InboundSms;
use domain::messaging::bulk::{Action, Progress, Selection};
use domain::town::{Town, TownSettings};
use store::messaging::bulk::Bulk;
use store::messaging::inbox::suppress;
use store::statistics::NewDecision;
use store::{Database, Sealer};
use tempfile::TempDir;
use uuid::Uuid;

use crate::app::{App, Rng};
use crate::clock::Clock;
use crate::messaging::spool::Spool;
use crate::queue::Announcements;
use crate::schedule::plan::Plans;

/// What all of them seal with.
const KEY: [u8; 32] = [7; 32];

/// An application over a database of its own, which goes when this is dropped.
pub struct TestApp {
    pub app: App,
    /// The address of its database, for a second connection.
    pub database_url: String,
    _folder: Option<Arc<TempDir>>,
}

impl std::ops::Deref for TestApp {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

impl TestApp {
    /// The same with a single connection: whoever asks for another one in the middle of a transaction waits in vain, as
    /// everybody would who comes at once.
    pub async fn on_one_connection(mut self) -> Self {
        let db = Database::connect(&self.database_url, 1, Sealer::new(&KEY)).await;
        self.app.db = db.expect("the database answers");
        self
    }

    /// Another server on the same database, with the same clock and plans of its own.
    pub async fn beside(&self) -> Self {
        let db = Database::connect(&self.database_url, 5, Sealer::new(&KEY)).await;
        let app = App {
            db: db.expect("the database answers"),
            rng: Rng::seeded(8),
            plans: Plans::default(),
            announcements: Announcements::default(),
            ..self.app.clone()
        };
        Self { app, database_url: self.database_url.clone(), _folder: self._folder.clone() }
    }
}

/// Monday, 14 September 2026, 09:30 in Berlin: an office day in summer time.
pub fn monday_morning() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 9, 14, 7, 30, 0).single().expect("a time that exists once")
}

/// An application on a SQLite file of its own.
pub async fn app_sqlite() -> TestApp {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("lotse.db");
    // Copies of one file, where the run has a folder for it: laying the schema takes longer than most tests.
    let template = std::env::var_os("LOTSE_TEST_TEMPLATES")
        .map(|templates| Path::new(&templates).join(format!("{}.db", build())));
    if template.as_ref().is_none_or(|template| std::fs::copy(template, &file).is_err()) {
        migrations::up(&url_of(&file)).await.expect("the schema can be laid");
        if let Some(template) = template {
            // It is whole from the moment it has the name.
            let draft = template.with_extension(format!("{}.draft", std::process::id()));
            std::fs::copy(&file, &draft).and_then(|_| std::fs::rename(draft, template)).expect("a template");
        }
    }
    app_on(url_of(&file), Some(Arc::new(folder))).await
}

fn url_of(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}

/// A name for this build of the tests, so that no template of another one is met.
fn build() -> String {
    let modified = std::env::current_exe().and_then(std::fs::metadata).and_then(|file| file.modified());
    let since = modified.expect("the tests are a file").duration_since(std::time::UNIX_EPOCH);
    format!("{:x}", since.map_or(0, |since| since.as_nanos()))
}

/// An application on a PostgreSQL database of its own; `None`, and a printed line, without
/// `LOTSE_TEST_POSTGRES_URL`.
pub async fn app_postgres() -> Option<TestApp> {
    let Ok(server) = std::env::var("LOTSE_TEST_POSTGRES_URL") else {
        println!("skipped on PostgreSQL: LOTSE_TEST_POSTGRES_URL is not set");
        return None;
    };
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let started = std::time::UNIX_EPOCH.elapsed().map_or(0, |elapsed| elapsed.as_nanos());
    let name = format!("lotse_{}_{number}_{started:x}", std::process::id());
    let template = format!("lotse_template_{}", build());
    let url = migrations::copy_of_template(&server, &template, &name).await;
    let url = url.expect("the test server takes a new database");
    Some(app_on(url, None).await)
}

/// The application on every database at hand: SQLite, and PostgreSQL where there is one.
pub async fn apps() -> Vec<TestApp> {
    let mut apps = vec![app_sqlite().await];
    apps.extend(app_postgres().await);
    apps
}

async fn app_on(url: String, folder: Option<Arc<TempDir>>) -> TestApp {
    let db = Database::connect(&url, 5, Sealer::new(&KEY)).await.expect("the database answers");
    let app = App {
        db,
        bus: Bus::in_process(),
        clock: Clock::standing(monday_morning()),
        rng: Rng::seeded(7),
        mail_from: None,
        web_push: false,
        plans: Plans::default(),
        announcements: Announcements::default(),
        public_host: "localhost".to_owned(),
        public_scheme: "https".to_owned(),
        spool: Spool::nowhere(),
    };
    TestApp { app, database_url: url, _folder: folder }
}

/// A town without anything in it yet, kept in the database.
pub async fn town(app: &App) -> Town {
    town_with(app, |_| {}).await
}

/// A town as it is before it is kept.
#[must_use]
pub fn plain_town() -> Town {
    Town {
        id: TownId(Uuid::from_u128(0x7000_0000_0000_4000_8000_0000_0000_0001)),
        slug: "musterstadt".to_owned(),
        name: "Stadt Musterstadt".to_owned(),
        host: None,
        zone: chrono_tz::Europe::Berlin,
        land: "NW".to_owned(),
        settings: TownSettings {
            sms_number: Some("+4917139200".to_owned() + "00"),
            // Tests of the proof ask for one.
            hold_difficulty: 0,
            // Tests have few numbers and one network; those of the limits set their own.
            sms_per_number_hour: 1000,
            sms_per_number_day: 1000,
            codes_per_network: 1000,
            codes_per_wide_network: 1000,
            codes_per_number_block: 1000,
            codes_per_office: 1000,
            ..TownSettings::default()
        },
        guarded_since: None,
    }
}

/// A town that differs in something.
pub async fn town_with(app: &App, change: impl FnOnce(&mut Town)) -> Town {
    let mut town = plain_town();
    change(&mut town);
    let tx = app.db.write().await.expect("the database takes a transaction");
    store::town::insert(&tx, &town, app.clock.now()).await.expect("the town is new");
    tx.commit().await.expect("the town is kept");
    town
}

/// The town next door: another tenant, reached under [`NEIGHBOUR_HOST`].
pub async fn neighbour(app: &App) -> Town {
    town_with(app, |town| {
        town.id = TownId(Uuid::from_u128(0x7000_0000_0000_4000_8000_0000_0000_0002));
        town.slug = "nachbarstadt".to_owned();
        town.name = "Stadt Nachbarstadt".to_owned();
        town.host = Some(NEIGHBOUR_HOST.to_owned());
    })
    .await
}

/// The host name of [`neighbour`].
pub const NEIGHBOUR_HOST: &str = "termine.nachbar.example";

/// An action on many messages that waits for consent, asked for by somebody who is not here.
pub async fn proposed_bulk(app: &App, town: &Town) -> Uuid {
    let now = app.clock.now();
    let from = now - chrono::Duration::hours(1);
    let proposal = Bulk {
        id: app.uuid(),
        town: town.id,
        action: Action::Retry,
        selection: Selection { kind: None, channel: None, class: None, from, until: now },
        reason: "Probe".to_owned(),
        progress: Progress::Proposed,
        expected: 501,
        done: 0,
        left_out: 0,
        asked_by: StaffId(Uuid::nil()),
        asked_at: now,
        agreed: None,
        after: None,
        ended_at: None,
    };
    let tx = app.db.write().await.expect("the database takes a transaction");
    store::messaging::bulk::insert(&tx, &proposal).await.expect("the action is new");
    tx.commit().await.expect("the action is kept");
    proposal.id
}

/// A number that wants no SMS; gives the id operators see.
pub async fn opt_out(app: &App, town: &Town) -> Uuid {
    let id = app.uuid();
    let hash = [id.into_bytes(), app.uuid().into_bytes()].concat();
    let tx = app.db.write().await.expect("the database takes a transaction");
    let kept = suppress(&tx, town.id, (ChannelKind::Sms, &hash), "sms", app.clock.now()).await;
    kept.expect("the opt-out is new");
    tx.commit().await.expect("the opt-out is kept");
    id
}

/// A service at a pool whose duration was decided about: in force before, as it is now.
pub async fn former_duration(app: &App, town: &Town) -> (ServiceId, PoolId, u16) {
    let now = app.clock.now();
    let offers = store::catalog::offer_rows(&app.db, town.id, None, now.date_naive()).await;
    let offer = offers.expect("offers are read").into_iter().next().expect("something is offered");
    let minutes = offer.terms.duration_min;
    let decision = NewDecision {
        id: app.uuid(),
        service: offer.service,
        pool: offer.pool,
        by: StaffId(Uuid::nil()),
        at: now,
        accepted: true,
        from_min: minutes,
        to_min: minutes,
        evidence: None,
        reason: None,
    };
    let tx = app.db.write().await.expect("the database takes a transaction");
    store::statistics::decide(&tx, town.id, &decision).await.expect("the decision is new");
    tx.commit().await.expect("the decision is kept");
    (offer.service, offer.pool, minutes)
}

/// An SMS that somebody wrote to the town, from a number kept for fiction by its last two digits.
pub fn inbound(sid: &str, from: u32, body: &str) -> InboundSms {
    InboundSms {
        provider: "fake",
        sid: sid.to_owned(),
        from: PhoneNumber::trusted(format!("+4917139200{from:02}")),
        to: "+491713920000".to_owned(),
        body: body.to_owned(),
        opt_out: None,
    }
}
