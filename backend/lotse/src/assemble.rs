//! From settings to the parts every process works with.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use backend::api::webhooks::gateway_config;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bus::Bus;
use channels::email::{self, Credentials, Security};
use channels::twilio::{self, ApiKey, Sender};
use channels::web_push::{self, Hosts, VapidKey, WebPush};
use channels::{Channel, Gateway, Mailer, Simulator, Smtp, Twilio};
use domain::contact::EmailAddress;
use domain::town::Town;
use operations::app::Rng;
use operations::messaging::spool::{Spool, keep_replaying};
use operations::queue::Announcements;
use operations::schedule::plan::Plans;
use operations::secrets::Purpose;
use operations::{App, Clock};
use runtime::config::{MailSecurity, Secret, SmsProvider};
use runtime::{Config, Shutdown};
use store::{Connection, Database, Sealer};
use workers::{SmsWay, Ways};

/// How long closing the database may take.
const CLOSE: Duration = Duration::from_secs(1);

/// The application of these settings, on a database that is ready for it.
pub(crate) async fn app(config: &Config, clock: Clock) -> anyhow::Result<App> {
    let Some(key) = &config.data_key else {
        bail!(
            "data_key is not set: contact data is encrypted with it. Make one with `openssl rand -base64 32`, \
             set LOTSE_DATA_KEY or data_key, and keep a copy apart from the backups"
        );
    };
    check_schema(config).await?;
    let url = config.database_url.expose();
    let db = Database::connect(url, config.database.max_connections, Sealer::new(&key.bytes()))
        .await
        .with_context(|| format!("connecting to {:?}", config.database_url))?;
    let app = App {
        db,
        bus: bus(config)?,
        clock,
        rng: Rng::from_os(),
        plans: Plans::default(),
        announcements: Announcements::default(),
        public_host: config.public_url.host_and_port(),
        public_scheme: config.public_url.scheme().to_owned(),
        mail_from: mail_from(config)?,
        web_push: config.push.key.is_some(),
        spool: Spool::nowhere(),
    };
    check_key(&app).await?;
    Ok(app)
}

/// Closes the database when a process ends. A connection that somebody still holds is not waited for.
pub(crate) async fn close(app: App) -> anyhow::Result<()> {
    match tokio::time::timeout(CLOSE, app.db.close()).await {
        Ok(closed) => Ok(closed?),
        Err(_) => {
            tracing::warn!("connections to the database were left open");
            Ok(())
        }
    }
}

/// Gives the application the place where what comes in is kept while the database is away, and replays it until the wish
/// to stop.
pub(crate) fn spool(app: &mut App, config: &Config, shutdown: &Shutdown) {
    app.spool = Spool::open(&config.spool.folder, config.spool.limit());
    let (app, shutdown) = (app.clone(), shutdown.clone());
    tokio::spawn(async move {
        tokio::select! {
            () = keep_replaying(app, runtime::metrics::spool_bytes) => {}
            () = shutdown.wait() => {}
        }
    });
}

/// Refuses another key than the one this database began with: what was written under two keys could never be
/// read again as a whole.
async fn check_key(app: &App) -> anyhow::Result<()> {
    const NAME: &str = "data_key_mark";
    let mark = STANDARD.encode(app.db.sealer().keyed_hash(NAME, b""));
    match operations::settings::get(app, NAME).await? {
        Some(kept) if kept == mark => Ok(()),
        Some(_) => bail!("data_key is not the key this database was begun with: use that one"),
        None => Ok(operations::settings::put(app, NAME, &mark).await?),
    }
}

/// Signals within this process, or between processes where there is a Redis.
pub(crate) fn bus(config: &Config) -> anyhow::Result<Bus> {
    match &config.redis_url {
        Some(url) => Bus::redis(url.expose()).with_context(|| format!("redis_url {url:?}")),
        None => Ok(Bus::in_process()),
    }
}

/// The ways messages leave by.
pub(crate) fn ways(app: &App, config: &Config) -> anyhow::Result<Ways> {
    let sms = config.sms.providers().map(|provider| sms_way(app, config, provider));
    Ok(Ways {
        sms: sms.collect::<Result<_, _>>()?,
        email: smtp(config)?.map(Mailer::Smtp),
        push: web_push(config)?,
    })
}

fn sms_way(app: &App, config: &Config, provider: SmsProvider) -> anyhow::Result<SmsWay> {
    Ok(match provider {
        SmsProvider::Simulator => SmsWay::unlimited(Channel::Simulator(Simulator::in_memory())),
        SmsProvider::Twilio => {
            let account = &config.twilio;
            let sender = account.messaging_service_sid.as_ref().or(account.sender.as_ref());
            SmsWay {
                channel: Channel::Twilio(twilio(app, config)?),
                sender: sender.cloned().unwrap_or_default(),
                per_second: limit(account.segments_per_second),
            }
        }
        SmsProvider::Seven => SmsWay {
            channel: Channel::Gateway(seven(config)?),
            sender: config.seven.sender.clone().unwrap_or_default(),
            per_second: limit(config.seven.segments_per_second),
        },
    })
}

/// Nought is no limit.
fn limit(per_second: u32) -> Option<u32> {
    (per_second > 0).then_some(per_second)
}

/// The client of the configured account at seven.io.
fn seven(config: &Config) -> anyhow::Result<Gateway> {
    let settings = gateway_config(config).ok_or_else(|| anyhow!("seven.api_key is not set"))?;
    Gateway::new(settings).context("the settings of seven.io")
}

/// The address e-mails come from, where there is a mail server.
fn mail_from(config: &Config) -> anyhow::Result<Option<EmailAddress>> {
    let from = config.mail.server.as_ref().and(config.mail.from.as_ref());
    from.map(|from| EmailAddress::parse(from).with_context(|| format!("mail.from `{from}`"))).transpose()
}

/// The client of the configured mail server, if there is one.
pub(crate) fn smtp(config: &Config) -> anyhow::Result<Option<Smtp>> {
    let mail = &config.mail;
    let (Some(server), Some(from)) = (&mail.server, mail_from(config)?) else { return Ok(None) };
    let credentials = match (&mail.user, &mail.password) {
        (Some(user), Some(password)) => {
            Some(Credentials { user: user.clone(), password: password.expose().to_owned() })
        }
        (_, _) => None,
    };
    let read = |file: &String| std::fs::read(file).with_context(|| format!("mail.authority_file `{file}`"));
    let settings = email::Config {
        server: server.clone(),
        port: mail.port,
        security: match mail.security {
            MailSecurity::Tls => Security::Tls,
            MailSecurity::Starttls => Security::StartTls,
            MailSecurity::None => Security::None,
        },
        credentials,
        authority: mail.authority_file.as_ref().map(read).transpose()?,
        host: config.public_url.host().to_owned(),
        from,
        connections: mail.connections as usize,
        connect_timeout: Duration::from_secs(mail.connect_timeout_seconds),
        timeout: Duration::from_secs(mail.timeout_seconds),
    };
    Smtp::new(settings).context("the settings of the mail server").map(Some)
}

/// The client of push services, if there is a key to sign pushes with.
pub(crate) fn web_push(config: &Config) -> anyhow::Result<Option<WebPush>> {
    let push = &config.push;
    let (Some(key), Some(contact)) = (&push.key, &push.contact) else { return Ok(None) };
    let read = |key: &Secret, what: &'static str| VapidKey::parse(key.expose()).context(what);
    let test_hosts =
        push.test_hosts.iter().map(|host| host.parse().with_context(|| format!("push.test_hosts `{host}`")));
    let settings = web_push::Config {
        key: read(key, "push.key")?,
        former_key: push.former_key.as_ref().map(|key| read(key, "push.former_key")).transpose()?,
        contact: contact.parse().with_context(|| format!("push.contact `{contact}`"))?,
        hosts: Hosts::parse(&push.hosts).context("push.hosts")?,
        test_hosts: test_hosts.collect::<anyhow::Result<_>>()?,
        connect_timeout: Duration::from_secs(push.connect_timeout_seconds),
        timeout: Duration::from_secs(push.timeout_seconds),
    };
    WebPush::new(settings).context("the settings of pushes").map(Some)
}

/// The client of the configured account.
pub(crate) fn twilio(app: &App, config: &Config) -> anyhow::Result<Twilio> {
    let account = &config.twilio;
    let needed = |what: &'static str| move || anyhow!("twilio.{what} is not set");
    let sender = match (&account.messaging_service_sid, &account.sender) {
        (Some(service), _) => Sender::Service(service.clone()),
        (None, number) => Sender::Number(number.clone().ok_or_else(needed("sender"))?),
    };
    let api_key = match (&account.api_key_sid, &account.api_key_secret) {
        (Some(sid), Some(secret)) => Some(ApiKey { sid: sid.clone(), secret: secret.expose().to_owned() }),
        (_, _) => None,
    };
    let settings = twilio::Config {
        account_sid: account.account_sid.clone().ok_or_else(needed("account_sid"))?,
        auth_token: account.auth_token.as_ref().ok_or_else(needed("auth_token"))?.expose().to_owned(),
        next_auth_token: account.next_auth_token.as_ref().map(|token| token.expose().to_owned()),
        api_key,
        sender,
        base_url: account.base_url.parse().context("twilio.base_url")?,
        public_url: config.public_url.as_str().parse().context("public_url")?,
        callback_secret: app.secret_hash(Purpose::Callback, "twilio"),
        connect_timeout: Duration::from_secs(account.connect_timeout_seconds),
        timeout: Duration::from_secs(account.timeout_seconds),
    };
    Twilio::new(settings).context("the settings of Twilio")
}

/// Refuses a database that lacks steps of this version. One that is ahead is fine: the next version is being
/// rolled out, and its steps leave the old code working.
async fn check_schema(config: &Config) -> anyhow::Result<()> {
    if let Some(path) = config.database_url.sqlite_path()
        && !Path::new(path).exists()
    {
        bail!("there is no database at {path}; `lotse migrate up` makes it");
    }
    match migrations::status(config.database_url.expose()).await {
        Ok(steps) => {
            let missing = steps.iter().filter(|step| !step.applied).count();
            if missing > 0 {
                bail!("the database lacks {missing} of {} steps: run `lotse migrate up`", steps.len());
            }
            Ok(())
        }
        Err(error) if error.to_string().contains("file is missing") => {
            tracing::warn!("the database is ahead of this version");
            Ok(())
        }
        Err(error) => Err(error).with_context(|| format!("looking at {:?}", config.database_url)),
    }
}

/// Makes the folder a SQLite file lies in.
pub(crate) fn make_database_folder(config: &Config) -> anyhow::Result<()> {
    let folder = config.database_url.sqlite_path().and_then(|path| Path::new(path).parent());
    if let Some(folder) = folder.filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    Ok(())
}

/// The town a one-off command is about: the named one, or the only one.
pub(crate) async fn town(app: &App, slug: Option<&str>) -> anyhow::Result<Town> {
    let mut towns = operations::town::all(app).await?;
    let names = towns.iter().map(|town| town.slug.as_str()).collect::<Vec<_>>().join(", ");
    match slug {
        Some(slug) => match towns.iter().position(|town| town.slug == slug) {
            Some(index) => Ok(towns.swap_remove(index)),
            None => bail!("there is no town `{slug}` here, only: {names}"),
        },
        None if towns.len() == 1 => Ok(towns.remove(0)),
        None if towns.is_empty() => bail!("there is no town yet: `lotse import` a set-up file first"),
        None => bail!("name one of the towns with --town: {names}"),
    }
}
