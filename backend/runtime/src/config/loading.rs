//! Reads the settings and reports every mistake at once, each with the setting, the value (secrets blanked),
//! where it came from and the reason.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use figment::error::Kind;
use figment::providers::{Format, Serialized, Toml};
use figment::value::{Dict, Value};
use figment::{Figment, Provider};

use super::values::without_password;
use super::{Config, SmsProvider};

/// Variables of this prefix that are not settings: the file's place, and what the tests read.
const NOT_SETTINGS: [&str; 2] = ["LOTSE_CONFIG", "LOTSE_TEST_"];

/// Where files are looked for when none is named.
const USUAL_FILES: [&str; 2] = ["lotse.toml", "/etc/lotse/lotse.toml"];

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    Default,
    File(PathBuf),
    Variable(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Variable(name) => f.write_str(name),
        }
    }
}

/// One mistake in the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The setting as in the file, `section.key`.
    pub setting: String,
    /// What was given, secrets blanked; nothing when the setting is missing.
    pub value: Option<String>,
    pub source: Source,
    pub reason: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.setting)?;
        if let Some(value) = &self.value {
            write!(f, " = {value}")?;
        }
        write!(f, " ({}): {}", self.source, self.reason)
    }
}

/// All mistakes in the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<ConfigError>);

impl std::error::Error for ConfigErrors {}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the settings cannot be used:")?;
        for error in &self.0 {
            write!(f, "\n  {error}")?;
        }
        Ok(())
    }
}

impl Config {
    /// The settings of this process: defaults, the named file (or `lotse.toml`, or
    /// `/etc/lotse/lotse.toml`, whichever is there first), then the environment.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigErrors> {
        let usual = || USUAL_FILES.iter().map(PathBuf::from).find(|path| path.is_file());
        let file = file.map(Path::to_path_buf).or_else(usual);
        Self::read(
            file.as_deref(),
            std::env::vars_os().filter_map(|(name, value)| {
                Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
            }),
        )
    }

    /// The settings out of one file and the given variables.
    pub fn read(
        file: Option<&Path>,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigErrors> {
        let mut reading = Reading::new();
        if let Some(path) = file {
            reading.add_file(path);
        }
        for (name, value) in variables {
            reading.add_variable(&name, &value);
        }
        reading.finish()
    }

    /// Every setting by its full name, in order; what `doctor` and the tests go through.
    pub fn setting_names() -> Vec<String> {
        known_settings().into_keys().collect()
    }
}

/// What has been read so far.
struct Reading {
    known: BTreeMap<String, Value>,
    figment: Figment,
    sources: BTreeMap<String, Source>,
    errors: Vec<ConfigError>,
}

impl Reading {
    fn new() -> Self {
        Self {
            known: known_settings(),
            figment: Figment::from(Serialized::defaults(Config::default())),
            sources: BTreeMap::new(),
            errors: Vec::new(),
        }
    }

    fn add_file(&mut self, path: &Path) {
        let refuse = |reason: String| ConfigError {
            setting: "config file".to_owned(),
            value: None,
            source: Source::File(path.to_path_buf()),
            reason,
        };
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => return self.errors.push(refuse(error.to_string())),
        };
        let data = match Toml::string(&text).data() {
            Ok(profiles) => profiles.into_iter().next().map(|(_, dict)| dict).unwrap_or_default(),
            Err(error) => return self.errors.push(refuse(error.to_string())),
        };
        for (setting, value) in flatten(&data) {
            self.add(&setting, value, Source::File(path.to_path_buf()));
        }
    }

    fn add_variable(&mut self, name: &str, text: &str) {
        let Some(key) = name.strip_prefix("LOTSE_") else { return };
        if NOT_SETTINGS.iter().any(|other| name.starts_with(other)) {
            return;
        }
        let setting = key.to_ascii_lowercase().replace("__", ".");
        let value = match self.known.get(&setting) {
            Some(Value::Bool(..)) => text.parse::<bool>().map_or_else(|_| Value::from(text), Value::from),
            Some(Value::Num(..)) => text.parse::<u64>().map_or_else(|_| Value::from(text), Value::from),
            Some(Value::Array(..)) => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                Value::from(items.map(Value::from).collect::<Vec<_>>())
            }
            _ => Value::from(text),
        };
        self.add(&setting, value, Source::Variable(name.to_owned()));
    }

    fn add(&mut self, setting: &str, value: Value, source: Source) {
        if self.known.contains_key(setting) {
            self.put(setting, value);
            self.sources.insert(setting.to_owned(), source);
        } else {
            let reason = match nearest(setting, self.known.keys()) {
                Some(meant) => format!("there is no such setting; did you mean `{meant}`?"),
                None => "there is no such setting; config.example.toml lists all of them".to_owned(),
            };
            // The value is not shown: it may be a secret under a mistyped name.
            self.errors.push(ConfigError { setting: setting.to_owned(), value: None, source, reason });
        }
    }

    fn put(&mut self, setting: &str, value: Value) {
        self.figment = std::mem::take(&mut self.figment).merge(Serialized::default(setting, value));
    }

    /// Extracts the settings; one that is refused is set back to its default so that the next mistake shows.
    fn finish(mut self) -> Result<Config, ConfigErrors> {
        for _ in 0..=self.known.len() {
            match self.figment.extract::<Config>() {
                Ok(config) => {
                    self.errors.extend(config.contradictions(&self.sources));
                    return if self.errors.is_empty() { Ok(config) } else { Err(ConfigErrors(self.errors)) };
                }
                Err(error) => {
                    let setting = self.setting_of(&error.path);
                    let value = self.figment.find_value(&setting).ok();
                    self.errors.push(ConfigError {
                        value: value.map(|value| shown(&setting, &value)),
                        source: self.sources.get(&setting).cloned().unwrap_or(Source::Default),
                        reason: reason(&error.kind),
                        setting: setting.clone(),
                    });
                    let Some(default) = self.known.get(&setting).cloned() else { break };
                    self.put(&setting, default);
                }
            }
        }
        Err(ConfigErrors(self.errors))
    }

    /// The setting an error lies in; a list's error path ends in the index.
    fn setting_of(&self, path: &[String]) -> String {
        let mut length = path.len();
        while length > 0 {
            let name = path[..length].join(".");
            if self.known.contains_key(&name) {
                return name;
            }
            length -= 1;
        }
        path.join(".")
    }
}

impl Config {
    /// Values that are fine alone and wrong together.
    fn contradictions(&self, sources: &BTreeMap<String, Source>) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        let mut refuse = |setting: &str, value: Option<String>, reason: &str| {
            let source = sources.get(setting).cloned().unwrap_or(Source::Default);
            let reason = reason.to_owned();
            errors.push(ConfigError { setting: setting.to_owned(), value, source, reason });
        };
        for (setting, value) in [
            ("database.max_connections", self.database.max_connections),
            ("http.body_limit_kib", self.http.body_limit_kib),
            ("http.requests_per_minute", self.http.requests_per_minute),
            ("http.request_burst", self.http.request_burst),
            ("http.max_connections", self.http.max_connections),
            ("session.lifetime_hours", self.session.lifetime_hours),
            ("session.idle_minutes", self.session.idle_minutes),
            ("sign_in.failures", self.sign_in.failures),
            ("sign_in.window_minutes", self.sign_in.window_minutes),
            ("relay.batch", self.relay.batch),
            ("workers.concurrency", self.workers.concurrency),
            ("workers.claim_seconds", self.workers.claim_seconds),
            ("workers.lost_hint_seconds", self.workers.lost_hint_seconds),
            ("spool.limit_mib", self.spool.limit_mib),
        ] {
            if value == 0 {
                refuse(setting, Some("0".to_owned()), "must be at least 1");
            }
        }
        if self.relay.outstanding == 0 || self.relay.outstanding > 5000 {
            let value = Some(self.relay.outstanding.to_string());
            refuse(
                "relay.outstanding",
                value,
                "must be 1 to 5000: the queue breaks with some 8000 jobs due at once",
            );
        }
        if self.phone.countries.is_empty() {
            refuse("phone.countries", None, "names no country, so that nobody could book");
        }
        if let Err(error) = self.log.filter.parse::<tracing_subscriber::filter::Targets>() {
            let reason = format!("is not a list like `info,sqlx=warn` ({error})");
            refuse("log.filter", Some(format!("`{}`", self.log.filter)), &reason);
        }
        for provider in self.sms.providers() {
            match provider {
                SmsProvider::Simulator => {}
                SmsProvider::Twilio => self.require_twilio(&mut refuse),
                SmsProvider::Seven => self.seven.check(&mut refuse),
            }
        }
        if let Some(second) = self.sms.second
            && (second == self.sms.provider || second == SmsProvider::Simulator)
        {
            refuse("sms.second", None, "must be a real provider, and another one than sms.provider");
        }
        self.mail.check(&mut refuse);
        self.push.check(&mut refuse);
        errors
    }

    fn require_twilio(&self, refuse: &mut impl FnMut(&str, Option<String>, &str)) {
        let needed = "is needed because twilio carries text messages";
        if self.twilio.account_sid.is_none() {
            refuse("twilio.account_sid", None, needed);
        }
        if self.twilio.auth_token.is_none() {
            refuse(
                "twilio.auth_token",
                None,
                "is needed to send and to check that webhooks come from Twilio",
            );
        }
        if self.twilio.sender.is_none() && self.twilio.messaging_service_sid.is_none() {
            refuse("twilio.sender", None, "is needed, or twilio.messaging_service_sid, to send from");
        }
        if self.twilio.api_key_sid.is_some() != self.twilio.api_key_secret.is_some() {
            refuse(
                "twilio.api_key_sid",
                None,
                "and twilio.api_key_secret belong together: give both or none",
            );
        }
        match url::Url::parse(&self.twilio.base_url) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => {}
            _ => refuse(
                "twilio.base_url",
                Some(format!("`{}`", self.twilio.base_url)),
                "is not an http(s) URL",
            ),
        }
    }
}

/// Every setting with its default, sections flattened to `section.key`.
fn known_settings() -> BTreeMap<String, Value> {
    let defaults = Value::serialize(Config::default()).expect("the settings are plain values");
    flatten(defaults.as_dict().expect("the settings are a table")).into_iter().collect()
}

fn flatten(table: &Dict) -> Vec<(String, Value)> {
    let mut flat = Vec::new();
    for (key, value) in table {
        match value {
            Value::Dict(_, inner) => {
                flat.extend(flatten(inner).into_iter().map(|(rest, value)| (format!("{key}.{rest}"), value)));
            }
            other => flat.push((key.clone(), other.clone())),
        }
    }
    flat
}

/// A value as it may be shown in an error.
fn shown(setting: &str, value: &Value) -> String {
    let secret = ["key", "token", "secret"].iter().any(|word| setting.ends_with(word));
    match value {
        _ if secret => "`…`".to_owned(),
        Value::String(_, text) => format!("`{}`", without_password(text)),
        Value::Num(_, number) => {
            format!("`{}`", number.to_i128().map_or_else(|| "…".into(), |n| n.to_string()))
        }
        Value::Bool(_, flag) => format!("`{flag}`"),
        Value::Array(_, items) => {
            format!("[{}]", items.iter().map(|item| shown(setting, item)).collect::<Vec<_>>().join(", "))
        }
        Value::Char(..) | Value::Empty(..) | Value::Dict(..) => "`…`".to_owned(),
    }
}

fn reason(kind: &Kind) -> String {
    match kind {
        Kind::Message(text) => text.clone(),
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) => {
            let plain = match expected.as_str() {
                "u16" | "u32" | "u64" => "a whole number",
                other => other,
            };
            format!("is not {plain}")
        }
        Kind::UnknownVariant(_, variants) => format!("must be one of: {}", variants.join(", ")),
        other => other.to_string(),
    }
}

/// The known name that was probably meant, if one is close.
fn nearest<'a>(wrong: &str, known: impl Iterator<Item = &'a String>) -> Option<&'a String> {
    let close = known.map(|name| (distance(wrong, name), name)).min_by_key(|(distance, _)| *distance);
    close.filter(|(distance, name)| *distance * 3 <= name.len().max(6)).map(|(_, name)| name)
}

/// Levenshtein distance: how many letters to add, drop or change.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let changed = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}
