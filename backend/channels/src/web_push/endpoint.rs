//! Which addresses of push services we call at all. A browser hands them to us, so they are a stranger's wish: read as a
//! URL, never searched as text, and compared by host.

use domain::messaging::attempt::PushSubscription;
use url::{Host, Url};

/// Longer than any push service writes them.
const LONGEST: usize = 512;

/// The hosts of push services: those of the list, and those below the ones that begin with a dot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts {
    exact: Vec<String>,
    below: Vec<String>,
}

/// An entry of the list that is no host name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a host name, nor one behind a dot")]
pub struct NotAHost(pub String);

/// Why an endpoint is not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointRefused {
    /// Longer than 512 bytes.
    #[error("the endpoint is too long")]
    TooLong,
    /// Not written as a browser writes a URL: two readers could read it differently.
    #[error("the endpoint is not a plain URL")]
    Unreadable,
    /// Not https.
    #[error("the endpoint is not https")]
    Scheme,
    /// A name or password before the host.
    #[error("the endpoint names a user")]
    User,
    /// Something after a `#`.
    #[error("the endpoint has a fragment")]
    Fragment,
    /// A port other than 443.
    #[error("the endpoint names a port")]
    Port,
    /// A host that is none of the push services'.
    #[error("the endpoint is at no known push service")]
    Host,
}

/// An endpoint that may be called.
pub(super) struct Endpoint {
    pub url: Url,
    /// The audience of our signature.
    pub origin: String,
}

impl Default for Hosts {
    /// The push services of the browsers people have: Chromium's, Firefox's, Safari's, Edge's.
    fn default() -> Self {
        Self {
            exact: ["fcm.googleapis.com", "jmt17.google.com", "updates.push.services.mozilla.com"]
                .map(str::to_owned)
                .to_vec(),
            below: [".push.services.mozilla.com", ".push.apple.com", ".notify.windows.com"]
                .map(str::to_owned)
                .to_vec(),
        }
    }
}

impl Hosts {
    /// Reads a list of hosts; one that begins with a dot stands for every host below it.
    ///
    /// # Errors
    /// Names the entry that is no host.
    pub fn parse<S: AsRef<str>>(list: &[S]) -> Result<Self, NotAHost> {
        let mut hosts = Self { exact: Vec::new(), below: Vec::new() };
        for entry in list.iter().map(AsRef::as_ref) {
            let name = entry.strip_prefix('.').unwrap_or(entry);
            let letters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
            match Host::parse(name) {
                Ok(Host::Domain(read)) if letters && read == name && !name.ends_with('.') => {}
                Ok(_) | Err(_) => return Err(NotAHost(entry.to_owned())),
            }
            let kind = if entry.starts_with('.') { &mut hosts.below } else { &mut hosts.exact };
            kind.push(entry.to_owned());
        }
        Ok(hosts)
    }

    fn contain(&self, host: &str) -> bool {
        self.exact.iter().any(|known| known == host)
            || self.below.iter().any(|tail| host.len() > tail.len() && host.ends_with(tail))
    }
}

/// The endpoint of a subscription, if we call it.
pub(super) fn check(
    subscription: &PushSubscription,
    hosts: &Hosts,
    test_hosts: &[Url],
) -> Result<Endpoint, EndpointRefused> {
    let text = subscription.endpoint.as_str();
    if text.len() > LONGEST {
        return Err(EndpointRefused::TooLong);
    }
    // URL readers drop tabs and line breaks and turn backslashes; a browser writes none of them.
    if !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
        return Err(EndpointRefused::Unreadable);
    }
    let url = Url::parse(text).map_err(|_| EndpointRefused::Unreadable)?;
    if !url.username().is_empty() || url.password().is_some() || text_authority(text).contains('@') {
        return Err(EndpointRefused::User);
    }
    if url.fragment().is_some() {
        return Err(EndpointRefused::Fragment);
    }
    let origin = url.origin().ascii_serialization();
    if test_hosts.iter().any(|test| test.origin() == url.origin()) {
        return Ok(Endpoint { url, origin });
    }
    if url.scheme() != "https" {
        return Err(EndpointRefused::Scheme);
    }
    if url.port().is_some() {
        return Err(EndpointRefused::Port);
    }
    let Some(Host::Domain(host)) = url.host() else { return Err(EndpointRefused::Host) };
    if !hosts.contain(host) {
        return Err(EndpointRefused::Host);
    }
    if ![host, &format!("{host}:443")].contains(&text_authority(text)) {
        return Err(EndpointRefused::Unreadable);
    }
    Ok(Endpoint { url, origin })
}

/// What the text, taken literally, says is the host.
fn text_authority(text: &str) -> &str {
    let rest = text.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or("")
}

#[cfg(test)]
mod tests;
