//! A running town: once as the demo, in one process; once as a town runs it, over PostgreSQL, Redis and Twilio.

use std::collections::BTreeMap;
use std::path::Path;

use crate::harness::fake_seven;
use crate::harness::fake_twilio::{ACCOUNT, AUTH_TOKEN, SENDER};
use crate::harness::processes::Start;
use crate::harness::{
    Api, Caller, FakeSeven, FakeSmtp, FakeTwilio, Lotse, PushService, RedisServer, TestDatabase, eventually,
    free_port,
};
use serde_json::Value;
use tempfile::TempDir;

use crate::houses::{house_of_counters, open_house, weekday_offices, zone_at};
use crate::people::{list, text};

/// Where the town's messages arrive.
pub enum Phones {
    /// The demo's simulated phones.
    Simulated(Api),
    Fake(FakeTwilio),
    /// Two providers, the first one first.
    Both(FakeTwilio, FakeSeven),
}

/// How the first of two providers is when a town opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    Works,
    /// Nobody listens there.
    RefusesConnections,
}

impl Phones {
    /// Waits for a message to this number that contains `part`.
    pub async fn message(&self, number: &str, part: &str) -> String {
        match self {
            Self::Fake(twilio) => twilio.message(&international(number), part).await,
            Self::Simulated(_) | Self::Both(..) => {
                eventually(&format!("an SMS with \"{part}\""), || async {
                    self.received_by(number).await.into_iter().rev().find(|it| it.contains(part))
                })
                .await
            }
        }
    }

    /// What a phone received, in order.
    pub async fn received_by(&self, number: &str) -> Vec<String> {
        match self {
            Self::Fake(twilio) => twilio.received_by(&international(number)),
            Self::Both(twilio, seven) => {
                let number = international(number);
                let by_seven = seven.ledger().into_iter().filter(|sent| sent.to == number);
                let mut all = twilio.received_by(&number);
                all.extend(by_seven.map(|sent| sent.text));
                all
            }
            Self::Simulated(api) => {
                let messages =
                    api.get(&format!("/demo/phones/{}", international(number)), &Caller::Nobody).await;
                messages
                    .body
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter(|it| it["direction"] == "to_phone")
                    .map(|it| text(it, "/body"))
                    .collect()
            }
        }
    }
}

/// `0171 3920012` as a provider writes it.
pub fn international(number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    format!("+49{}", digits.trim_start_matches('0'))
}

/// A further web process of a town, on an address of its own.
pub struct Server {
    pub api: Api,
    _process: Lotse,
}

/// A town with its processes; all end with it.
pub struct Town {
    pub api: Api,
    pub phones: Phones,
    /// The web process.
    pub serve: Lotse,
    /// The worker processes, where they are separate.
    pub workers: Vec<Lotse>,
    pub redis: Option<RedisServer>,
    pub database: Option<TestDatabase>,
    /// The mail server, where the town has one.
    pub mail: Option<FakeSmtp>,
    /// The push service of the browsers, where the town sends pushes.
    pub push: Option<PushService>,
    settings: BTreeMap<String, String>,
    started: usize,
    logins: BTreeMap<String, (String, String)>,
    folder: TempDir,
}

impl Town {
    /// `lotse demo` on a fresh folder: SQLite, queue in process, simulated phones; nobody else comes or is called.
    pub async fn demo() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let port = free_port();
        let base = format!("http://localhost:{port}");
        let start = Start::of(&["demo", "--quiet"])
            .with("LOTSE_LISTEN", &format!("127.0.0.1:{port}"))
            .with("LOTSE_PUBLIC_URL", &base)
            .with("LOTSE_HTTP__REQUESTS_PER_MINUTE", "60000")
            .with("LOTSE_HTTP__REQUEST_BURST", "5000");
        let mut serve = start.spawn(folder.path(), "demo", &base).expect("the demo starts");
        serve.ready().await;
        let api = Api::at(&base);
        let demo = api.get("/demo", &Caller::Nobody).await.expect(200);
        let logins = list(&demo, "/logins")
            .iter()
            .map(|it| (text(it, "/role"), (text(it, "/login"), text(it, "/password"))))
            .collect();
        Self {
            phones: Phones::Simulated(api.clone()),
            api,
            serve,
            workers: Vec::new(),
            redis: None,
            database: None,
            mail: None,
            push: None,
            settings: BTreeMap::new(),
            started: 0,
            logins,
            folder,
        }
    }

    /// `lotse serve` and so many `lotse work` over a PostgreSQL database, a Redis and a Twilio of their own.
    /// Nothing when this run has no PostgreSQL.
    pub async fn cluster(workers: usize) -> Option<Self> {
        Some(Self::cluster_on(some_database()?, workers, &[]).await)
    }

    /// The same over this database, with settings of its own.
    pub async fn cluster_on(database: TestDatabase, workers: usize, own: &[(&str, &str)]) -> Self {
        Self::cluster_of(database, workers, own, None).await
    }

    /// The same with a second provider, which tells the town what becomes of its messages.
    pub async fn cluster_with_second_provider(workers: usize, first: First) -> Option<Self> {
        Some(Self::cluster_of(some_database()?, workers, &[], Some(first)).await)
    }

    async fn cluster_of(
        database: TestDatabase,
        workers: usize,
        own: &[(&str, &str)],
        second_beside: Option<First>,
    ) -> Self {
        let redis = RedisServer::start().await;
        let twilio = FakeTwilio::start().await;
        let mail = FakeSmtp::start().await;
        let push = PushService::start().await;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let port = free_port();
        let base = format!("http://localhost:{port}");
        let mut settings = common_settings(&base, port);
        settings.extend(cluster_settings(&database.url, &redis.url(), &twilio.base_url()));
        settings.extend(mail_settings(&mail));
        settings.extend(push_settings(&push));
        settings.extend(variables(own));
        let phones = match second_beside {
            None => Phones::Fake(twilio),
            Some(first) => {
                let seven = FakeSeven::start().await;
                settings.extend(seven_settings(&seven.url()));
                seven.report_to(Some(format!("{base}/hooks/gateway")));
                if first == First::RefusesConnections {
                    let nowhere = format!("http://127.0.0.1:{}", free_port());
                    settings.insert("LOTSE_TWILIO__BASE_URL".to_owned(), nowhere);
                }
                Phones::Both(twilio, seven)
            }
        };
        let logins = found(&settings, folder.path(), &open_house());
        let mut serve = spawn_serve(&settings, folder.path(), &base);
        serve.ready().await;
        let mut town = Self {
            api: Api::at(&base),
            phones,
            serve,
            workers: Vec::new(),
            redis: Some(redis),
            database: Some(database),
            mail: Some(mail),
            push: Some(push),
            settings,
            started: 0,
            logins,
            folder,
        };
        for _ in 0..workers {
            town.start_worker();
        }
        town
    }

    /// `lotse serve --with-workers` over a SQLite file, with a Twilio and a mail server: a village on one small box.
    pub async fn village(own: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let port = free_port();
        let base = format!("http://localhost:{port}");
        let (twilio, mail) = (FakeTwilio::start().await, FakeSmtp::start().await);
        let mut settings = common_settings(&base, port);
        let file = format!("sqlite://{}", folder.path().join("lotse.db").display());
        settings.insert("LOTSE_DATABASE_URL".to_owned(), file);
        settings.extend(twilio_settings(&twilio.base_url()));
        settings.extend(mail_settings(&mail));
        settings.extend(variables(own));
        let logins = found(&settings, folder.path(), &open_house());
        let start = Start::of(&["serve", "--with-workers"]).with_all(&settings);
        let mut serve = start.spawn(folder.path(), "serve", &base).expect("serve starts");
        serve.ready().await;
        Self {
            api: Api::at(&base),
            phones: Phones::Fake(twilio),
            serve,
            workers: Vec::new(),
            redis: None,
            database: None,
            mail: Some(mail),
            push: None,
            settings,
            started: 0,
            logins,
            folder,
        }
    }

    /// One `lotse serve` alone, for figures: on PostgreSQL, or on a SQLite file when none is given.
    pub async fn single(database: Option<TestDatabase>) -> Self {
        Self::single_with(database, &open_house()).await
    }

    /// The same with so many offices that are open from Monday to Friday, eight to four.
    pub async fn single_with_offices(database: Option<TestDatabase>, offices: usize) -> Self {
        Self::single_with(database, &weekday_offices(offices)).await
    }

    /// The same with one office of so many counters.
    pub async fn single_with_counters(database: Option<TestDatabase>, counters: u8) -> Self {
        Self::single_with(database, &house_of_counters(counters)).await
    }

    async fn single_with(database: Option<TestDatabase>, house: &Value) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let port = free_port();
        let base = format!("http://localhost:{port}");
        let mut settings = common_settings(&base, port);
        let url = match &database {
            Some(database) => database.url.clone(),
            None => format!("sqlite://{}", folder.path().join("lotse.db").display()),
        };
        settings.insert("LOTSE_DATABASE_URL".to_owned(), url);
        let twilio = FakeTwilio::start().await;
        settings.extend(twilio_settings(&twilio.base_url()));
        let logins = found(&settings, folder.path(), house);
        let mut serve = spawn_serve(&settings, folder.path(), &base);
        serve.ready().await;
        Self {
            api: Api::at(&base),
            phones: Phones::Fake(twilio),
            serve,
            workers: Vec::new(),
            redis: None,
            database,
            mail: None,
            push: None,
            settings,
            started: 0,
            logins,
            folder,
        }
    }

    /// Starts `lotse serve` again, on the same address; answers how long it took to be ready.
    pub async fn start_serve(&mut self) -> std::time::Duration {
        self.serve = spawn_serve(&self.settings, self.folder.path(), &self.api.base);
        self.serve.ready().await
    }

    /// One more `lotse serve` over the same database.
    pub async fn second_server(&self) -> Server {
        let port = free_port();
        let base = format!("http://localhost:{port}");
        let mut process = Start::of(&["serve"])
            .with_all(&self.settings)
            .with("LOTSE_LISTEN", &format!("127.0.0.1:{port}"))
            .spawn(self.folder.path(), "serve-2", &base)
            .expect("serve starts");
        process.ready().await;
        Server { api: Api::at(&base), _process: process }
    }

    /// One more `lotse work`.
    pub fn start_worker(&mut self) {
        self.start_worker_with(&[]);
    }

    /// One more `lotse work` with variables of its own.
    pub fn start_worker_with(&mut self, own: &[(&str, &str)]) {
        self.started += 1;
        let worker = Start::of(&["work"])
            .with_all(&self.settings)
            .with_all(&variables(own))
            .spawn(self.folder.path(), &format!("work-{}", self.started), &self.api.base)
            .expect("work starts");
        self.workers.push(worker);
    }

    /// Runs a one-off command with this town's settings; an error carries all it wrote.
    pub fn run(&self, arguments: &[&str]) -> anyhow::Result<String> {
        Start::of(arguments).with_all(&self.settings).run(self.folder.path())
    }

    /// Fails when something personal stands where it may not: in a log, in the figures, in Redis.
    pub async fn keeps_secrets(&self) {
        let metrics = self.api.get("//metrics", &Caller::Nobody).await.text;
        let mut places =
            vec![("the log of serve".to_owned(), self.serve.log()), ("/metrics".to_owned(), metrics)];
        places.extend(self.workers.iter().map(|it| (format!("the log of worker {}", it.pid()), it.log())));
        if let Some(redis) = &self.redis {
            places.push(("Redis".to_owned(), redis.dump().await));
        }
        for (place, text) in places {
            for canary in ["39200", "Exempel", "exempel", "Ihr Code"] {
                assert!(!text.contains(canary), "\"{canary}\" stands in {place}");
            }
        }
    }

    /// The folder of this town alone.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The far side of the provider.
    pub fn twilio(&self) -> &FakeTwilio {
        match &self.phones {
            Phones::Fake(twilio) | Phones::Both(twilio, _) => twilio,
            Phones::Simulated(_) => panic!("the demo has simulated phones"),
        }
    }

    /// The far side of the second provider.
    pub fn seven(&self) -> &FakeSeven {
        match &self.phones {
            Phones::Both(_, seven) => seven,
            Phones::Fake(_) | Phones::Simulated(_) => panic!("this town has no second provider"),
        }
    }

    /// The town's database, to look into.
    pub fn sql(&self) -> &TestDatabase {
        self.database.as_ref().expect("a cluster has its own PostgreSQL database")
    }

    /// From now on it is between twelve and one in the town: no quiet hours, and tomorrow is far enough away.
    pub fn is_at_noon(&self) {
        self.sql().sql(&format!("UPDATE town SET zone = '{}', plan_rev = plan_rev + 1", zone_at(12)));
    }

    /// A login of this role with its password.
    pub fn login(&self, role: &str) -> (&str, &str) {
        let (login, password) = self.logins.get(role).unwrap_or_else(|| panic!("no login for {role}"));
        (login, password)
    }

    pub fn desk_login(&self) -> (&str, &str) {
        self.login("desk")
    }

    pub async fn admin(&self) -> Caller {
        let (login, password) = self.login("admin");
        self.api.sign_in(login, password).await
    }

    pub async fn ops(&self) -> Caller {
        let (login, password) = self.login("ops");
        self.api.sign_in(login, password).await
    }

    /// One of the town's offices.
    pub async fn office(&self, id: &str) -> Value {
        let town = self.api.get("/town", &Caller::Nobody).await.expect(200);
        list(&town, "/offices").iter().find(|it| it["id"] == id).expect("the office is the town's").clone()
    }

    /// The day the town's clock shows.
    pub async fn today(&self) -> String {
        let slots = self.api.get("/slots?items=personalausweis-beantragen:1&days=1", &Caller::Nobody).await;
        text(&slots.expect(200), "/days/0/day")
    }
}

fn spawn_serve(settings: &BTreeMap<String, String>, folder: &Path, base: &str) -> Lotse {
    Start::of(&["serve"]).with_all(settings).spawn(folder, "serve", base).expect("serve starts")
}

fn some_database() -> Option<TestDatabase> {
    let database = TestDatabase::create();
    if database.is_none() {
        eprintln!("not run: LOTSE_TEST_POSTGRES_URL is not set (infra/setup/services.sh sets it)");
    }
    database
}

fn common_settings(base: &str, port: u16) -> BTreeMap<String, String> {
    variables(&[
        ("LOTSE_LISTEN", &format!("127.0.0.1:{port}")),
        ("LOTSE_PUBLIC_URL", base),
        // 32 bytes nobody uses elsewhere.
        ("LOTSE_DATA_KEY", "bm90IGEga2V5LCBvbmx5IDMyIGJ5dGVzIG9mIHRleHQ="),
        ("LOTSE_HTTP__REQUESTS_PER_MINUTE", "6000000"),
        ("LOTSE_HTTP__REQUEST_BURST", "100000"),
    ])
}

fn cluster_settings(database: &str, redis: &str, twilio: &str) -> BTreeMap<String, String> {
    let mut settings = variables(&[
        ("LOTSE_DATABASE_URL", database),
        ("LOTSE_REDIS_URL", redis),
        ("LOTSE_DATABASE__MAX_CONNECTIONS", "8"),
        // What takes minutes in a town takes seconds here; the order of events stays.
        ("LOTSE_WORKERS__CLAIM_SECONDS", "4"),
        ("LOTSE_WORKERS__LOST_HINT_SECONDS", "3"),
    ]);
    settings.extend(twilio_settings(twilio));
    settings
}

fn mail_settings(mail: &FakeSmtp) -> BTreeMap<String, String> {
    [
        ("LOTSE_MAIL__SERVER", mail.address.ip().to_string()),
        ("LOTSE_MAIL__PORT", mail.address.port().to_string()),
        ("LOTSE_MAIL__SECURITY", "none".to_owned()),
        ("LOTSE_MAIL__FROM", "termine@musterstadt.example".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

fn push_settings(push: &PushService) -> BTreeMap<String, String> {
    variables(&[
        // 32 bytes nobody uses elsewhere.
        ("LOTSE_PUSH__KEY", "bm90IGEga2V5LCBvbmx5IDMyIGJ5dGVzIG9mIHRleHQ"),
        ("LOTSE_PUSH__CONTACT", "mailto:termine@musterstadt.example"),
        ("LOTSE_PUSH__TEST_HOSTS", &push.origin()),
    ])
}

fn twilio_settings(twilio: &str) -> BTreeMap<String, String> {
    variables(&[
        ("LOTSE_SMS__PROVIDER", "twilio"),
        ("LOTSE_TWILIO__ACCOUNT_SID", ACCOUNT),
        ("LOTSE_TWILIO__AUTH_TOKEN", AUTH_TOKEN),
        ("LOTSE_TWILIO__SENDER", SENDER),
        ("LOTSE_TWILIO__BASE_URL", twilio),
        ("LOTSE_TWILIO__TIMEOUT_SECONDS", "2"),
        // As fast as it goes; what a limit does has tests of its own.
        ("LOTSE_TWILIO__SEGMENTS_PER_SECOND", "1000"),
    ])
}

fn seven_settings(url: &str) -> BTreeMap<String, String> {
    variables(&[
        ("LOTSE_SMS__SECOND", "seven"),
        ("LOTSE_SEVEN__API_KEY", fake_seven::API_KEY),
        ("LOTSE_SEVEN__SIGNING_KEY", fake_seven::SIGNING_KEY),
        ("LOTSE_SEVEN__SENDER", fake_seven::SENDER),
        ("LOTSE_SEVEN__URL", url),
        ("LOTSE_SEVEN__TIMEOUT_SECONDS", "2"),
    ])
}

fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Prepares the database, the house and one member of staff of each role; answers their logins and passwords.
fn found(
    settings: &BTreeMap<String, String>,
    folder: &Path,
    house: &Value,
) -> BTreeMap<String, (String, String)> {
    let run = |arguments: &[&str]| {
        Start::of(arguments).with_all(settings).run(folder).expect("the command succeeds")
    };
    run(&["migrate", "up"]);
    import(folder, house, &run);
    ["desk", "admin", "ops"]
        .map(|role| {
            let password = format!("probe-{role}-kennwort-1");
            staff(&run, role, &password);
            (role.to_owned(), (format!("{role}.probe"), password))
        })
        .into()
}

/// The catalogue and the house with its opening hours.
fn import(folder: &Path, house: &Value, run: &impl Fn(&[&str]) -> String) {
    let set_up = folder.join("town.json");
    std::fs::write(&set_up, house.to_string()).expect("the folder is ours");
    let catalogue = Path::new(env!("CARGO_MANIFEST_DIR")).join("../backend/lotse/data/catalogue.json");
    run(&["import", &catalogue.display().to_string(), &set_up.display().to_string()]);
}

fn staff(run: &impl Fn(&[&str]) -> String, role: &str, password: &str) {
    run(&[
        "staff",
        "add",
        &format!("{role}.probe"),
        "--name",
        "Probe",
        "--role",
        role,
        "--password",
        password,
    ]);
}
