//! Settings as administrators meet them: the example file, the environment, and every kind of mistake.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

use std::path::{Path, PathBuf};

use runtime::config::{Config, ConfigErrors, DatabaseUrl, MetricsListen, SmsProvider, Source};

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../config.example.toml")
}

fn read(file: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lotse.toml");
    std::fs::write(&path, file).unwrap();
    Config::read(Some(&path), variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

fn refusal(file: &str, variables: &[(&str, &str)]) -> String {
    read(file, variables).unwrap_err().to_string()
}

#[test]
fn the_example_file_equals_the_defaults() {
    assert_eq!(Config::read(Some(&example()), []).unwrap(), Config::default());
}

#[test]
fn the_example_file_shows_every_setting() {
    let text = std::fs::read_to_string(example()).unwrap();
    let mut section = String::new();
    let mut shown = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = format!("{name}.");
        } else if let Some((key, _)) = line.trim_start_matches('#').split_once(" = ")
            && key.chars().all(|c| c.is_ascii_lowercase() || c == '_')
        {
            shown.push(format!("{section}{key}"));
        }
    }
    shown.sort();
    assert_eq!(shown, Config::setting_names());
}

#[test]
fn a_variable_wins_over_the_file() {
    let config = read(
        "listen = \"127.0.0.1:1\"\n[http]\nbody_limit_kib = 32\n",
        &[
            ("LOTSE_LISTEN", "0.0.0.0:9000"),
            ("LOTSE_DATABASE_URL", "postgres://lotse@db/lotse"),
            ("LOTSE_PHONE__COUNTRIES", "DE, AT"),
            ("LOTSE_METRICS__LISTEN", "off"),
            ("LOTSE_HTTP__WEB_DIR", "mobile/dist"),
            ("PATH", "/bin"),
        ],
    )
    .unwrap();
    assert_eq!(config.listen.port(), 9000);
    assert_eq!(config.http.body_limit_kib, 32);
    assert_eq!(config.database_url, DatabaseUrl::try_from("postgres://lotse@db/lotse".to_owned()).unwrap());
    assert_eq!(config.phone.countries.len(), 2);
    assert_eq!(config.metrics.listen, MetricsListen::Off);
    assert_eq!(config.http.web_dir.as_deref(), Some(Path::new("mobile/dist")));
}

#[test]
fn a_number_that_is_a_text_stays_a_text() {
    let config =
        read("", &[("LOTSE_TWILIO__SENDER", "+4917139200"), ("LOTSE_TWILIO__ACCOUNT_SID", "007")]).unwrap();
    assert_eq!(config.twilio.sender.as_deref(), Some("+4917139200"));
    assert_eq!(config.twilio.account_sid.as_deref(), Some("007"));
}

#[test]
fn a_wrong_value_names_the_setting_the_value_its_source_and_the_reason() {
    let text = refusal("", &[("LOTSE_HTTP__BODY_LIMIT_KIB", "viel")]);
    assert!(
        text.contains("http.body_limit_kib = `viel` (LOTSE_HTTP__BODY_LIMIT_KIB): is not a whole number"),
        "{text}"
    );
    let text = refusal("[phone]\ncountries = [\"DE\", \"Bayern\"]\n", &[]);
    assert!(text.contains("phone.countries = [`DE`, `Bayern`]"), "{text}");
    assert!(text.contains("lotse.toml): `Bayern` is not a country as two capital letters"), "{text}");
    let text = refusal("", &[("LOTSE_SMS__PROVIDER", "pigeon")]);
    assert!(text.contains("must be one of: simulator, twilio"), "{text}");
    let text = refusal("", &[("LOTSE_LISTEN", "8080")]);
    assert!(text.contains("listen = `8080`"), "{text}");
}

#[test]
fn every_mistake_is_reported_at_once() {
    let errors = read(
        "listen = \"nowhere\"\nlisten_on = 1\n[relay]\noutstanding = 9000\n",
        &[("LOTSE_PUBLIC_URL", "http://termine.stadt.example"), ("LOTSE_LOG__FORMAT", "xml")],
    )
    .unwrap_err();
    let mut settings: Vec<_> = errors.0.iter().map(|error| error.setting.as_str()).collect();
    settings.sort_unstable();
    assert_eq!(settings, ["listen", "listen_on", "log.format", "public_url", "relay.outstanding"]);
}

#[test]
fn an_unknown_setting_is_refused_with_a_suggestion() {
    let errors = read("", &[("LOTSE_DATABSE_URL", "postgres://lotse:geheim@db/lotse")]).unwrap_err();
    assert_eq!(errors.0[0].setting, "databse_url");
    assert_eq!(errors.0[0].source, Source::Variable("LOTSE_DATABSE_URL".to_owned()));
    assert!(errors.to_string().contains("did you mean `database_url`?"), "{errors}");
    assert!(!errors.to_string().contains("geheim"), "{errors}");
    let text = refusal("[twillio]\naccount_sid = \"AC1\"\n", &[]);
    assert!(text.contains("did you mean `twilio.account_sid`?"), "{text}");
}

#[test]
fn variables_of_the_tests_and_the_file_name_are_not_settings() {
    read("", &[("LOTSE_TEST_REDIS_URL", "redis://x"), ("LOTSE_CONFIG", "/etc/x")]).unwrap();
}

#[test]
fn secrets_are_never_shown() {
    let text = refusal("data_key = \"kurz-und-geheim\"\ndatabase_url = \"mysql://lotse:geheim@db/x\"\n", &[]);
    assert!(text.contains("data_key = `…`"), "{text}");
    assert!(text.contains("openssl rand -base64 32"), "{text}");
    assert!(!text.contains("geheim"), "{text}");
    let config = read("", &[("LOTSE_TWILIO__AUTH_TOKEN", "streng-vertraulich")]).unwrap();
    assert!(!format!("{config:?}").contains("vertraulich"));
}

#[test]
fn a_file_that_is_not_there_or_not_toml_says_so() {
    let missing = Config::read(Some(Path::new("/nirgendwo/lotse.toml")), []).unwrap_err();
    assert!(missing.to_string().contains("/nirgendwo/lotse.toml"), "{missing}");
    assert!(refusal("listen = ", &[]).contains("config file"));
}

#[test]
fn twilio_asks_for_everything_it_needs() {
    let text = refusal("[sms]\nprovider = \"twilio\"\n[twilio]\naccount_sid = \"AC1\"\n", &[]);
    assert!(text.contains("twilio.auth_token"), "{text}");
    assert!(text.contains("twilio.sender"), "{text}");
    assert!(!text.contains("twilio.account_sid"), "{text}");
    let config = read(
        "[sms]\nprovider = \"twilio\"\n",
        &[
            ("LOTSE_TWILIO__ACCOUNT_SID", "AC1"),
            ("LOTSE_TWILIO__AUTH_TOKEN", "t"),
            ("LOTSE_TWILIO__SENDER", "+491713920001"),
        ],
    );
    assert_eq!(config.unwrap().sms.provider, SmsProvider::Twilio);
}
