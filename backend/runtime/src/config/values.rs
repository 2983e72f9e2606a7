//! The kinds of values settings have. Each is checked when it is read, prints without its secrets, and says
//! in one sentence why it refuses a text.

use std::fmt;
use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize, Serializer};
use url::Url;

/// A text that must not be printed.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("…")
    }
}

/// The key for data at rest: 32 bytes, written in base64.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct DataKey([u8; 32]);

impl DataKey {
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub fn bytes(&self) -> [u8; 32] {
        self.0
    }

    /// The text form, for writing a key file.
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(…)")
    }
}

impl Serialize for DataKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("…")
    }
}

impl TryFrom<String> for DataKey {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = STANDARD.decode(text.trim()).map_err(|_| {
            "is not base64; make a key with `openssl rand -base64 32` and keep it safe".to_owned()
        })?;
        let length = bytes.len();
        let bytes = bytes
            .try_into()
            .map_err(|_| format!("holds {length} bytes instead of 32; use `openssl rand -base64 32`"))?;
        Ok(Self(bytes))
    }
}

/// The address people reach the town under.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicUrl(Url);

impl PublicUrl {
    /// A development address on this machine.
    pub fn local(port: u16) -> Self {
        let text = format!("http://localhost:{port}");
        Self(Url::parse(&text).expect("scheme, host and port make a URL"))
    }

    /// The URL without a trailing slash: `https://termine.stadt.example`.
    pub fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// The full address of a path that starts with `/`.
    pub fn with_path(&self, path: &str) -> String {
        format!("{}{path}", self.as_str())
    }

    pub fn https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Host name without port, lower case.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Host name, with the port where it is not the usual one of the scheme: `localhost:8080`.
    pub fn host_and_port(&self) -> String {
        self.0.port().map_or_else(|| self.host().to_owned(), |port| format!("{}:{port}", self.host()))
    }

    /// The same place for a town with a host name of its own: scheme and port stay.
    pub fn at_host(&self, host: Option<&str>) -> String {
        let port = self.0.port().filter(|_| host.is_some_and(|host| !host.contains(':')));
        let port = port.map_or_else(String::new, |port| format!(":{port}"));
        host.map_or_else(|| self.as_str().to_owned(), |host| format!("{}://{host}{port}", self.scheme()))
    }

    /// `https`, or `http` on a machine of one's own.
    pub fn scheme(&self) -> &str {
        self.0.scheme()
    }

    /// What browsers send as `Origin`.
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// Whether only this machine can reach it.
    pub fn loopback(&self) -> bool {
        match self.0.host() {
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        }
    }
}

impl fmt::Debug for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<PublicUrl> for String {
    fn from(url: PublicUrl) -> Self {
        url.as_str().to_owned()
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let url = Url::parse(&text).map_err(|error| format!("is not a URL ({error})"))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err("must start with https:// (http:// only on this machine)".to_owned());
        }
        if url.path() != "/"
            || url.query().is_some()
            || url.fragment().is_some()
            || !url.username().is_empty()
        {
            return Err(
                "must be scheme, host and port only, such as https://termine.stadt.example".to_owned()
            );
        }
        let url = Self(url);
        if !url.https() && !url.loopback() {
            return Err(
                "must be https: without it cookies and personal data would cross the network in clear".into(),
            );
        }
        Ok(url)
    }
}

/// The database: a SQLite file or a PostgreSQL server.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// A SQLite file, relative to the working directory or absolute.
    pub fn sqlite(path: impl fmt::Display) -> Self {
        Self(format!("sqlite://{path}"))
    }

    /// The URL with its password.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The file, when the database is one.
    pub fn sqlite_path(&self) -> Option<&str> {
        let path = self.0.strip_prefix("sqlite:")?;
        let path = path.strip_prefix("//").unwrap_or(path);
        Some(path.split('?').next().unwrap_or(path))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_password(&self.0))
    }
}

impl From<DatabaseUrl> for String {
    fn from(url: DatabaseUrl) -> Self {
        url.0
    }
}

impl TryFrom<String> for DatabaseUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.starts_with("sqlite:") {
            let url = Self(text);
            return match url.sqlite_path() {
                Some("" | ":memory:") | None => Err("names no file: sqlite://data/lotse.db".to_owned()),
                Some(_) => Ok(url),
            };
        }
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err("must start with sqlite:// or postgres://".to_owned());
        }
        Url::parse(&text).map_err(|error| format!("is not a URL ({error})"))?;
        Ok(Self(text))
    }
}

/// The Redis server that carries hints and signals.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RedisUrl(String);

impl RedisUrl {
    /// The URL with its password.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_password(&self.0))
    }
}

impl From<RedisUrl> for String {
    fn from(url: RedisUrl) -> Self {
        url.0
    }
}

impl TryFrom<String> for RedisUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let url = Url::parse(&text).map_err(|error| format!("is not a URL ({error})"))?;
        match url.scheme() {
            "redis" | "unix" | "redis+unix" => Ok(Self(text)),
            "rediss" => {
                Err("TLS to Redis is not built in; reach it over a private network or a tunnel".into())
            }
            _ => Err("must start with redis://".to_owned()),
        }
    }
}

/// Where `/metrics` is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum MetricsListen {
    /// On the main port, for callers on this machine only.
    Main,
    /// Nowhere.
    Off,
    /// On a port of its own.
    Own(SocketAddr),
}

impl From<MetricsListen> for String {
    fn from(listen: MetricsListen) -> Self {
        match listen {
            MetricsListen::Main => "main".to_owned(),
            MetricsListen::Off => "off".to_owned(),
            MetricsListen::Own(address) => address.to_string(),
        }
    }
}

impl TryFrom<String> for MetricsListen {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_str() {
            "main" => Ok(Self::Main),
            "off" => Ok(Self::Off),
            other => other.parse().map(Self::Own).map_err(|_| {
                "must be `main`, `off` or an address with a port, such as 127.0.0.1:9464".to_owned()
            }),
        }
    }
}

/// A country by its two ISO 3166 letters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CountryCode(String);

impl CountryCode {
    pub fn germany() -> Self {
        Self("DE".to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<CountryCode> for String {
    fn from(code: CountryCode) -> Self {
        code.0
    }
}

impl TryFrom<String> for CountryCode {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
            Ok(Self(text))
        } else {
            Err(format!("`{text}` is not a country as two capital letters, such as DE"))
        }
    }
}

/// A connection URL as it may be shown: the password is blanked.
pub(super) fn without_password(text: &str) -> String {
    match Url::parse(text) {
        Ok(url) if url.password().is_none() && !url.cannot_be_a_base() => text.to_owned(),
        Ok(mut url) => match url.set_password(Some("***")) {
            Ok(()) => url.into(),
            Err(()) => "…".to_owned(),
        },
        // Not a URL: where a password would stand cannot be told.
        Err(_) if text.contains('@') => "…".to_owned(),
        Err(_) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_never_show() {
        let url = DatabaseUrl::try_from("postgres://lotse:geheim@db/lotse".to_owned()).unwrap();
        assert_eq!(format!("{url:?}"), "postgres://lotse:***@db/lotse");
        assert_eq!(format!("{:?}", Secret::new("geheim")), "Secret(…)");
        assert_eq!(format!("{:?}", DataKey::new([7; 32])), "DataKey(…)");
        assert_eq!(without_password("lotse:geheim@db"), "…");
    }

    #[test]
    fn a_public_url_in_clear_text_is_only_for_this_machine() {
        for good in ["http://localhost:8080", "http://127.0.0.1:1", "https://termine.stadt.example"] {
            PublicUrl::try_from(good.to_owned()).unwrap();
        }
        for bad in ["http://termine.stadt.example", "ftp://x", "https://a.example/b", "https://u@a.example"] {
            PublicUrl::try_from(bad.to_owned()).unwrap_err();
        }
    }

    #[test]
    fn a_data_key_reads_back_as_it_was_written() {
        let key = DataKey::new([42; 32]);
        assert_eq!(DataKey::try_from(key.to_base64()).unwrap(), key);
        assert!(DataKey::try_from("YWJj".to_owned()).unwrap_err().contains("3 bytes"));
    }
}
