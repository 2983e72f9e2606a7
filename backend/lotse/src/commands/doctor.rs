//! `lotse doctor`: looks at everything a town depends on, and says what to mend. Changes nothing.

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use chrono::{Offset, TimeZone, Utc};
use operations::Clock;
use runtime::config::{Config, ConfigErrors, SmsProvider};
use store::{Database, Sealer};

use crate::assemble;

/// How far our clock may be from the database's.
const SKEW_SECONDS: i64 = 2;

/// One finding: what was looked at, and how it is or what to mend.
enum Finding {
    Ok(&'static str, String),
    Note(&'static str, String),
    Bad(&'static str, String),
}

use Finding::{Bad, Note};

pub(crate) async fn run(settings: Result<Config, ConfigErrors>) -> ExitCode {
    let findings = match settings {
        Ok(config) => look(&config).await,
        Err(errors) => errors.0.iter().map(|error| Bad("settings", error.to_string())).collect(),
    };
    let mut bad = 0;
    for finding in &findings {
        let (sign, what, text) = match finding {
            Finding::Ok(what, text) => ("ok  ", what, text),
            Note(what, text) => ("note", what, text),
            Bad(what, text) => {
                bad += 1;
                ("BAD ", what, text)
            }
        };
        println!("{sign}  {what:<12} {text}");
    }
    if bad == 0 {
        println!("nothing to mend");
        ExitCode::SUCCESS
    } else {
        println!("{bad} to mend");
        ExitCode::FAILURE
    }
}

async fn look(config: &Config) -> Vec<Finding> {
    let mut findings = vec![Finding::Ok("settings", "can be read and fit together".to_owned())];
    findings.push(address(config));
    findings.push(match &config.data_key {
        Some(_) => Finding::Ok("data key", "32 bytes".to_owned()),
        None => Bad("data key", "is missing: `openssl rand -base64 32` into LOTSE_DATA_KEY".to_owned()),
    });
    findings.push(schema(config).await);
    findings.extend(database(config).await);
    findings.push(redis(config).await);
    findings.push(zone_data());
    findings.extend(config.sms.providers().map(|provider| sms(config, provider)));
    findings.push(push(config));
    findings.push(front_ends(config));
    findings
}

fn address(config: &Config) -> Finding {
    let url = &config.public_url;
    if url.loopback() {
        return Note(
            "public url",
            format!("{url} is for this machine only; a town needs https and its name"),
        );
    }
    if config.http.trusted_proxies.is_empty() && config.listen.ip().is_loopback() {
        let text = format!("{url}, but http.trusted_proxies is empty: all visitors would count as one");
        return Note("public url", text);
    }
    Finding::Ok("public url", url.to_string())
}

async fn schema(config: &Config) -> Finding {
    if let Some(path) = config.database_url.sqlite_path()
        && !Path::new(path).exists()
    {
        return Bad("schema", format!("there is no {path}: `lotse migrate up` makes it"));
    }
    match migrations::status(config.database_url.expose()).await {
        Ok(steps) => match steps.iter().filter(|step| !step.applied).count() {
            0 => Finding::Ok("schema", format!("all {} steps taken", steps.len())),
            missing => {
                Bad("schema", format!("{missing} of {} steps missing: `lotse migrate up`", steps.len()))
            }
        },
        Err(error) => Bad("schema", format!("cannot be read from {:?}: {error}", config.database_url)),
    }
}

async fn database(config: &Config) -> Vec<Finding> {
    let key = config.data_key.as_ref().map_or([0; 32], runtime::config::DataKey::bytes);
    let asked = Instant::now();
    let url = config.database_url.expose();
    if config.database_url.sqlite_path().is_some_and(|path| !Path::new(path).exists()) {
        return Vec::new();
    }
    let db = match Database::connect(url, 1, Sealer::new(&key)).await {
        Ok(db) => db,
        Err(error) => return vec![Bad("database", told(&config.database_url, &error))],
    };
    let mut findings = vec![match db.ping().await {
        Ok(()) => {
            let text = format!("{:?} answers after {} ms", config.database_url, asked.elapsed().as_millis());
            Finding::Ok("database", text)
        }
        Err(error) => Bad("database", told(&config.database_url, &error)),
    }];
    match db.server_time().await {
        Ok(None) => {
            findings.push(Finding::Ok("clock", Clock::system().now().format("%F %T UTC").to_string()));
        }
        Ok(Some(theirs)) => {
            let apart = (Clock::system().now() - theirs).num_seconds().abs();
            findings.push(if apart <= SKEW_SECONDS {
                Finding::Ok("clock", format!("{apart} s apart from the database's"))
            } else {
                Bad("clock", format!("{apart} s apart from the database's: let NTP keep both"))
            });
        }
        Err(error) => findings.push(Bad("clock", told(&config.database_url, &error))),
    }
    match store::town::all(&db).await {
        Ok(towns) if towns.is_empty() => {
            findings.push(Note("town", "none yet: `lotse import` a set-up and a catalogue".to_owned()));
        }
        Ok(towns) => {
            let names: Vec<_> = towns.iter().map(|town| town.name.as_str()).collect();
            findings.push(Finding::Ok("town", names.join(", ")));
            let numbers = towns.iter().map(|town| town.settings.sms_number.as_deref());
            findings.extend(answers(numbers.flatten(), &senders(config), towns.len()));
        }
        Err(error) => findings.push(Bad("town", told(&config.database_url, &error))),
    }
    findings
}

fn told(what: &impl std::fmt::Debug, error: &dyn std::error::Error) -> String {
    let mut text = format!("{what:?}: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}

async fn redis(config: &Config) -> Finding {
    let Some(url) = &config.redis_url else {
        return Note("Redis", "none: this is for one process only (`lotse serve --with-workers`)".to_owned());
    };
    match bus::check_redis(url.expose()).await {
        Ok(()) => Finding::Ok("Redis", format!("{url:?} answers")),
        Err(error) => Bad("Redis", format!("{}; is it running, is the address right?", told(url, &error))),
    }
}

/// Whether the zone data knows the night the clocks go back in 2026: summer time until 01:00 UTC.
fn zone_data() -> Finding {
    let berlin = |hour| {
        let at = Utc.with_ymd_and_hms(2026, 10, 25, hour, 30, 0).single();
        at.map(|at| at.with_timezone(&chrono_tz::Europe::Berlin).offset().fix().local_minus_utc())
    };
    match (berlin(0), berlin(1)) {
        (Some(7200), Some(3600)) => {
            Finding::Ok("zone data", format!("{} knows both clock changes", chrono_tz::IANA_TZDB_VERSION))
        }
        other => Bad("zone data", format!("is wrong for Europe/Berlin in October 2026: {other:?}")),
    }
}

fn sms(config: &Config, provider: SmsProvider) -> Finding {
    match provider {
        SmsProvider::Simulator if config.public_url.loopback() => {
            Finding::Ok("SMS", "simulator: nothing leaves this machine".to_owned())
        }
        SmsProvider::Simulator => Bad(
            "SMS",
            "sms.provider is the simulator: nobody would get a message. Set twilio or seven and its account"
                .to_owned(),
        ),
        SmsProvider::Twilio => {
            let callback = config.public_url.with_path("/hooks/twilio/status");
            let key = if config.twilio.api_key_sid.is_some() { "API key" } else { "auth token" };
            reached(config, format!("Twilio with its {key}; it must be able to reach {callback}"))
        }
        SmsProvider::Seven => {
            let callback = config.public_url.with_path("/hooks/gateway");
            reached(config, format!("seven.io; it must be set to report to {callback}"))
        }
    }
}

/// The numbers messages come from, as far as the settings name them.
fn senders(config: &Config) -> Vec<String> {
    let sender_of = |provider| match provider {
        SmsProvider::Simulator => None,
        SmsProvider::Twilio => config.twilio.sender.clone(),
        SmsProvider::Seven => config.seven.sender.clone(),
    };
    config.sms.providers().filter_map(sender_of).collect()
}

/// Whether those who answer a message reach us: at a number that is known as the town's; where there is one town, all are its
/// own. A name takes no answers.
fn answers<'a>(numbers: impl Iterator<Item = &'a str>, senders: &[String], towns: usize) -> Vec<Finding> {
    let numbers: Vec<&str> = numbers.collect();
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let known = |sender: &str| numbers.iter().any(|number| digits(number) == digits(sender));
    let is_name = |sender: &str| sender.chars().any(char::is_alphabetic);
    let finding = |sender: &String| {
        if is_name(sender) {
            let text = format!("messages come from {sender}, which takes no answers: no STORNO, no TERMIN");
            return Some(Note("sender", text));
        }
        let odd = format!("messages come from {sender}, which is no town's sms_number");
        let finding = if towns > 1 {
            Bad("sender", format!("{odd}: no answer reaches any town"))
        } else {
            Note("sender", format!("{odd}: the pages name another number to write to, or none"))
        };
        (!known(sender)).then_some(finding)
    };
    senders.iter().filter_map(finding).collect()
}

/// A provider has to reach us from outside.
fn reached(config: &Config, text: String) -> Finding {
    if config.public_url.https() || config.public_url.loopback() {
        Finding::Ok("SMS", text)
    } else {
        Bad("SMS", format!("{text}, by https"))
    }
}

fn push(config: &Config) -> Finding {
    match assemble::web_push(config) {
        Ok(Some(client)) => {
            let text = format!("key {}, {} push services", client.key_id(), config.push.hosts.len());
            if config.public_url.https() || config.public_url.loopback() {
                Finding::Ok("push", text)
            } else {
                Bad("push", format!("{text}, but browsers give subscriptions by https only"))
            }
        }
        Ok(None) => Note("push", "off: `lotse push-key` makes a key for push.key".to_owned()),
        Err(error) => Bad("push", format!("{error:#}")),
    }
}

fn front_ends(config: &Config) -> Finding {
    match &config.http.web_dir {
        Some(folder) if folder.join("index.html").is_file() => {
            Finding::Ok("front ends", format!("from {}", folder.display()))
        }
        Some(folder) => Bad("front ends", format!("http.web_dir {} has no index.html", folder.display())),
        None if backend::web::Web::embedded() => Finding::Ok("front ends", "inside this program".to_owned()),
        None => Note(
            "front ends",
            "were not built into this program: `npm ci && npm run build` in mobile/, then build again"
                .to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(numbers: &[&str], sender: &str, towns: usize) -> Option<&'static str> {
        let findings = answers(numbers.iter().copied(), &[sender.to_owned()], towns);
        findings.first().map(|finding| match finding {
            Finding::Ok(..) => "ok",
            Note(..) => "note",
            Bad(..) => "bad",
        })
    }

    #[test]
    fn a_sender_that_is_no_towns_number_is_found() {
        assert_eq!(told(&["+491713920000"], "+49 171 3920000", 2), None);
        assert_eq!(told(&["+491713920001"], "+491713920000", 2), Some("bad"));
        assert_eq!(told(&["+491713920001"], "+491713920000", 1), Some("note"), "all answers are this town's");
        assert_eq!(told(&[], "Stadt", 1), Some("note"));
    }
}
