//! `lotse demo`: a whole town hall in one process, with a simulated phone network and a simulated working day.
//! Its data stays in one folder, so that the next start goes on where this one stopped.

use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use backend::ServerParts;
use backend::api::demo::{Demo as DemoPages, DemoGuide, DemoLogin, DemoSurface};
use channels::{Channel, Mailer, Simulator};
use chrono::{DateTime, Days, NaiveTime, Utc};
use clap::Args;
use domain::contact::EmailAddress;
use domain::messaging::Lane;
use domain::messaging::attempt::Report;
use domain::town::Town;
use lotse::demo_town::DemoMemory;
use lotse::simulation::Simulation;
use lotse::{demo_town, simulation};
use operations::app::Rng;
use operations::messaging::delivery::due_in_lane;
use operations::messaging::receipts::record_receipt;
use operations::{App, Clock};
use runtime::Shutdown;
use runtime::config::{Config, DataKey, DatabaseUrl, PublicUrl, Secret, SmsConfig, SmsProvider};
use tokio::sync::broadcast::Receiver;
use tokio_util::task::TaskTracker;
use workers::{Deliverer, Ways};

use crate::assemble;
use crate::commands::push_key;

/// The demo's day: it starts at half past nine, and is over when the last counters close.
const MORNING: (u32, u32) = (9, 30);
const EVENING: (u32, u32) = (18, 0);
/// How often the clock is written down.
/// The sender of its e-mails.
const MAIL_FROM: &str = "termine@musterstadt.example";
const REMEMBER_EVERY: Duration = Duration::from_secs(5);
/// How many messages of a lane are looked up together while the morning is played.
const AT_ONCE: u64 = 500;
/// The files the demo makes in its folder, and all that --fresh removes.
const FILES: [&str; 6] = ["lotse.db", "lotse.db-wal", "lotse.db-shm", "phones.jsonl", "data.key", "push.key"];

#[derive(Args)]
pub(crate) struct Demo {
    /// Forget everything and start anew.
    #[arg(long)]
    fresh: bool,
    /// How fast the town's clock runs; 1 is the pace of the world.
    #[arg(long, default_value_t = 1.0, value_name = "TIMES")]
    speed: f64,
    /// The port to listen on.
    #[arg(long)]
    port: Option<u16>,
    /// Where the town's data lies.
    #[arg(long, default_value = "data/demo", value_name = "FOLDER")]
    data_dir: PathBuf,
    /// Serve the front ends from this folder instead of those built into the program.
    #[arg(long, value_name = "FOLDER")]
    web_dir: Option<PathBuf>,
    /// Leave the town to yourself: nobody else books, comes or is called.
    #[arg(long)]
    quiet: bool,
}

pub(crate) async fn run(demo: Demo, config: Config) -> anyhow::Result<()> {
    ensure!(demo.speed > 0.0 && demo.speed <= 600.0, "--speed must be above 0 and at most 600");
    let config = Arc::new(settings(&demo, config)?);
    runtime::logging::start(&config.log);
    runtime::metrics::recorder();
    // Before minutes are spent on the morning: is the port free?
    drop(std::net::TcpListener::bind(config.listen).with_context(|| {
        format!("{} cannot be listened on; is something running there? Say --port", config.listen)
    })?);
    let shutdown = Shutdown::on_signals().context("listening for signals")?;
    migrations::up(config.database_url.expose()).await.context("laying the schema")?;
    let mut app = assemble::app(&config, Clock::system()).await?;
    app.mail_from = Some(EmailAddress::parse(MAIL_FROM).context("the sender of the demo's e-mails")?);
    let (town, memory) = demo_town::prepare(&app).await.context("preparing the demo town")?;
    let phones = Simulator::kept_in(&demo.data_dir.join("phones.jsonl")).context("opening the phones")?;
    let day = open_day(&demo, &config, &app, &town, &memory, &phones).await.context("opening the day")?;

    let guide = guide(&demo, &config, &memory);
    let pages = DemoPages { phones: phones.clone(), guide: Arc::new(guide.clone()) };
    let push = assemble::web_push(&config)?;
    let parts = ServerParts {
        demo: Some(pages),
        push: push.clone(),
        ..ServerParts::new(app.clone(), Arc::clone(&config))
    };
    let server = backend::start(parts, shutdown.clone())
        .await
        .with_context(|| format!("listening on {}", config.listen))?;
    let workers = workers::start(app.clone(), Ways { push, ..ways(&phones) }, &config, shutdown.clone())?;
    let day = day.map(|day| simulation::start(day, shutdown.clone()));
    print_guide(&app, &town, &guide)?;

    remember_until_stopped(&app, memory, &shutdown).await?;
    println!("\nClosing. `lotse demo` goes on from here, `lotse demo --fresh` starts anew.");
    server.stopped().await.context("serving")?;
    workers.stopped().await;
    if let Some(day) = day {
        day.await.context("the simulated day")?;
    }
    assemble::close(app).await
}

/// Phones and mailboxes that exist on pages only.
fn ways(simulator: &Simulator) -> Ways {
    let email = Some(Mailer::Simulator(simulator.clone()));
    Ways { email, ..Channel::Simulator(simulator.clone()).into() }
}

/// Sets the town's clock going: within the day that was interrupted, or on a new morning that is played up to half
/// past nine, so that people are already there.
async fn open_day(
    demo: &Demo,
    config: &Config,
    app: &App,
    town: &Town,
    memory: &DemoMemory,
    phones: &Simulator,
) -> anyhow::Result<Option<Simulation>> {
    let start = start_of_clock(town, memory.now, app.clock.now());
    let day = if demo.quiet {
        if memory.now.is_none() {
            simulation::past(app, town, memory, start).await?;
        }
        None
    } else if memory.now == Some(start) {
        app.clock.set(start);
        Some(Simulation::new(app, town, memory).await?)
    } else {
        println!("The demo town opens: its people book and come …");
        let deliverer = Deliverer::new(app.clone(), ways(phones), config, TaskTracker::new());
        phones.report_promptly(true);
        let mut reports = phones.reports();
        let deliver = async || deliver_due(app, &deliverer, &mut reports).await;
        let progress = |booked: u32| {
            if booked.is_multiple_of(200) {
                println!("  {booked} appointments");
            }
        };
        let day = simulation::morning(app, town, memory, start, deliver, progress).await?;
        phones.report_promptly(false);
        Some(day)
    };
    app.clock.run_from(start, demo.speed);
    Ok(day)
}

/// Sends what is due now and records what the phones report: the morning is played faster than the workers could
/// look.
async fn deliver_due(app: &App, deliverer: &Deliverer, reports: &mut Receiver<Report>) -> anyhow::Result<()> {
    for lane in Lane::ALL {
        loop {
            let due = due_in_lane(app, lane, channels::simulator::PROVIDER, AT_ONCE).await?;
            for message in &due {
                deliverer.deliver(*message).await;
            }
            while let Ok(report) = reports.try_recv() {
                record_receipt(app, &report).await?;
            }
            if due.len() < AT_ONCE as usize {
                break;
            }
        }
    }
    Ok(())
}

/// The settings of the demo: its own folder, nothing outside this machine.
fn settings(demo: &Demo, mut config: Config) -> anyhow::Result<Config> {
    std::fs::create_dir_all(&demo.data_dir).with_context(|| format!("making {}", demo.data_dir.display()))?;
    if demo.fresh {
        for file in FILES {
            match std::fs::remove_file(demo.data_dir.join(file)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error).with_context(|| format!("removing {file}"));
                }
                Ok(()) | Err(_) => {}
            }
        }
    }
    let usual = Config::default();
    if let Some(port) = demo.port {
        config.listen = SocketAddr::from(([127, 0, 0, 1], port));
    }
    if config.public_url == usual.public_url {
        config.public_url = PublicUrl::local(config.listen.port());
    }
    if config.log == usual.log {
        // The screen belongs to the addresses; what goes wrong is still said.
        config.log.filter = "warn".to_owned();
    }
    if demo.web_dir.is_some() {
        config.http.web_dir.clone_from(&demo.web_dir);
    }
    config.database_url = DatabaseUrl::sqlite(demo.data_dir.join("lotse.db").display());
    config.redis_url = None;
    config.sms = SmsConfig { provider: SmsProvider::Simulator, second: None };
    config.data_key = Some(data_key(&demo.data_dir.join("data.key"))?);
    if config.push.key.is_none() {
        let key = kept(&demo.data_dir.join("push.key"), push_key::make)?;
        config.push.key = Some(Secret::new(key));
        config.push.contact = Some(format!("mailto:{MAIL_FROM}"));
    }
    Ok(config)
}

/// The key of this demo town, made at its first start, readable for its owner only.
fn data_key(file: &Path) -> anyhow::Result<DataKey> {
    let what = || format!("the key file {}", file.display());
    let text = kept(file, || DataKey::new(Rng::from_os().bytes()).to_base64())?;
    DataKey::try_from(text).map_err(|reason| anyhow::anyhow!("{} {reason}", what()))
}

/// What a file holds, made where there is none, readable for its owner only.
fn kept(file: &Path, make: impl FnOnce() -> String) -> anyhow::Result<String> {
    let what = || format!("the key file {}", file.display());
    if file.exists() {
        return std::fs::read_to_string(file).with_context(what);
    }
    let made = make();
    let mut options = std::fs::OpenOptions::new();
    let mut opened = options.write(true).create_new(true).mode(0o600).open(file).with_context(what)?;
    opened.write_all(made.as_bytes()).with_context(what)?;
    Ok(made)
}

/// Where the town's clock goes on: where it stopped, if that was within a working day; else on the next morning.
fn start_of_clock(town: &Town, stopped: Option<DateTime<Utc>>, world: DateTime<Utc>) -> DateTime<Utc> {
    let last = stopped.unwrap_or(world).with_timezone(&town.zone).naive_local();
    let time = |(hour, minute)| NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default();
    let working_day = demo_town::next_working_day(town, last.date()) == last.date();
    if let Some(stopped) = stopped
        && working_day
        && last.time() >= time(MORNING)
        && last.time() < time(EVENING)
    {
        return stopped;
    }
    let from = last.date().checked_add_days(Days::new(1)).unwrap_or(last.date());
    demo_town::at(town, demo_town::next_working_day(town, from), MORNING.0, MORNING.1)
}

/// Writes the clock down every few seconds, and once more at the end.
async fn remember_until_stopped(
    app: &App,
    mut memory: DemoMemory,
    shutdown: &Shutdown,
) -> anyhow::Result<()> {
    loop {
        let stopped = tokio::time::timeout(REMEMBER_EVERY, shutdown.wait()).await.is_ok();
        memory.now = Some(app.clock.now());
        if let Err(error) = demo_town::remember(app, &memory).await {
            tracing::warn!(error = %error, "the demo's clock could not be written down");
        }
        if stopped {
            return Ok(());
        }
    }
}

fn guide(demo: &Demo, config: &Config, memory: &DemoMemory) -> DemoGuide {
    let at = |path: &str| config.public_url.with_path(path);
    let mut surfaces = vec![DemoSurface { name: "Bürgerinnen und Bürger".to_owned(), url: at("/") }];
    for device in &memory.devices {
        let url = at(&format!("/{}#token={}", device.kind, device.token));
        surfaces.push(DemoSurface { name: device.name.clone(), url });
    }
    for (name, path) in [
        ("Arbeitsplatz", "/desk"),
        ("Betrieb", "/ops"),
        ("Telefone (Simulator)", "/phone"),
        ("API", "/api/docs"),
    ] {
        surfaces.push(DemoSurface { name: name.to_owned(), url: at(path) });
    }
    let logins = demo_town::LOGINS.map(|(login, _, role)| DemoLogin {
        role: role.as_str().to_owned(),
        login: login.to_owned(),
        password: demo_town::PASSWORD.to_owned(),
    });
    let folder = std::path::absolute(&demo.data_dir).unwrap_or_else(|_| demo.data_dir.clone());
    DemoGuide { surfaces, logins: logins.to_vec(), speed: demo.speed, data_dir: folder.display().to_string() }
}

/// One screen: where everything is.
fn print_guide(app: &App, town: &Town, guide: &DemoGuide) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    let width = guide.surfaces.iter().map(|surface| surface.name.chars().count()).max().unwrap_or(0);
    let now = app.clock.now().with_timezone(&town.zone);
    writeln!(
        out,
        "\nLotse: the demo town hall is open. Its clock shows {}.\n",
        now.format("%d.%m.%Y, %H:%M")
    )?;
    for surface in &guide.surfaces {
        let gap = " ".repeat(width - surface.name.chars().count());
        writeln!(out, "  {}{gap}  {}", surface.name, surface.url)?;
    }
    writeln!(out, "\n  Sign in at the desk and in operations:")?;
    for login in &guide.logins {
        writeln!(out, "    {:<6} {:<10} {}", login.role, login.login, login.password)?;
    }
    writeln!(out, "\n  Data: {}\n  Stop: Ctrl-C", guide.data_dir)?;
    out.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::TownId;
    use domain::town::TownSettings;

    fn town() -> Town {
        Town {
            id: TownId(uuid::Uuid::nil()),
            slug: "musterstadt".to_owned(),
            name: "Stadt Musterstadt".to_owned(),
            host: None,
            zone: chrono_tz::Europe::Berlin,
            land: "NW".to_owned(),
            settings: TownSettings::default(),
            guarded_since: None,
        }
    }

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    #[test]
    fn the_first_day_is_the_next_working_day_at_half_past_nine() {
        // A Friday evening, so Monday; the zone is in winter time.
        let start = start_of_clock(&town(), None, utc("2026-11-20T21:00:00Z"));
        assert_eq!(start, utc("2026-11-23T08:30:00Z"));
        // Before the Day of German Unity, a Saturday in 2026; summer time.
        let start = start_of_clock(&town(), None, utc("2026-10-02T10:00:00Z"));
        assert_eq!(start, utc("2026-10-05T07:30:00Z"));
    }

    #[test]
    fn a_day_that_was_interrupted_goes_on_and_one_that_is_over_does_not() {
        let world = utc("2027-01-01T00:00:00Z");
        let noon = utc("2026-11-23T11:00:00Z");
        assert_eq!(start_of_clock(&town(), Some(noon), world), noon);
        let evening = utc("2026-11-23T17:05:00Z");
        assert_eq!(start_of_clock(&town(), Some(evening), world), utc("2026-11-24T08:30:00Z"));
        let friday_evening = utc("2026-11-27T19:00:00Z");
        assert_eq!(start_of_clock(&town(), Some(friday_evening), world), utc("2026-11-30T08:30:00Z"));
    }

    #[test]
    fn the_key_is_made_once_and_read_by_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("data.key");
        let made = data_key(&file).expect("a key is made");
        assert_eq!(data_key(&file).expect("it is read again"), made);
        let mode = std::fs::metadata(&file).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
