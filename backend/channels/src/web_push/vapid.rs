//! Who we are to push services: a signed statement for each of them (RFC 8292), made twice a day.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use p256::SecretKey;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::json;
use sha2::{Digest, Sha256};
use url::Url;

/// A statement is used so long.
const USED: Duration = Duration::hours(12);
/// A statement is valid so long; more than a day is refused by push services, whose clocks differ from ours.
const VALID: Duration = Duration::hours(23);
/// Push services are few; a list that grows beyond this holds old ones.
const MOST: usize = 500;

/// The key that names us. Browsers tie subscriptions to it: with another one they are worth nothing.
#[derive(Clone)]
pub struct VapidKey {
    signing: SigningKey,
    public: String,
    id: String,
}

/// What is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the VAPID key is not 32 bytes in base64url, or not on the curve")]
pub struct NotAKey;

impl VapidKey {
    /// Reads a private key as it stands in the settings: 32 bytes, base64url.
    ///
    /// # Errors
    /// When it is no key.
    pub fn parse(text: &str) -> Result<Self, NotAKey> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim().trim_end_matches('=')).map_err(|_| NotAKey)?;
        Self::from_bytes(&bytes)
    }

    /// The key of 32 random bytes.
    ///
    /// # Errors
    /// When they are no key, which happens once in 2³².
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotAKey> {
        if bytes.len() != 32 {
            return Err(NotAKey);
        }
        let secret = SecretKey::from_slice(bytes).map_err(|_| NotAKey)?;
        let point = secret.public_key().to_sec1_bytes();
        let public = URL_SAFE_NO_PAD.encode(&point);
        let id = URL_SAFE_NO_PAD.encode(&Sha256::digest(&point)[..6]);
        Ok(Self { signing: SigningKey::from(&secret), public, id })
    }

    /// The public half as browsers want it (`applicationServerKey`).
    #[must_use]
    pub fn public(&self) -> &str {
        &self.public
    }

    /// A short name of the key, kept with each subscription.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The header `Authorization` for one push service.
    fn authorization(&self, origin: &str, contact: &Url, now: DateTime<Utc>) -> String {
        let encoded = |part: serde_json::Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let head = encoded(json!({ "typ": "JWT", "alg": "ES256" }));
        let valid_until = (now + VALID).timestamp();
        let claims = encoded(json!({ "aud": origin, "exp": valid_until, "sub": contact.as_str() }));
        let statement = format!("{head}.{claims}");
        let signature: Signature = self.signing.sign(statement.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(signature.to_bytes());
        format!("vapid t={statement}.{signature}, k={}", self.public)
    }
}

/// Shows the short name only.
impl fmt::Debug for VapidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VapidKey({})", self.id)
    }
}

struct Statement {
    header: String,
    made_at: DateTime<Utc>,
    /// The push service took a push with this key before.
    proven: bool,
}

/// The statements in use, by key and push service.
#[derive(Default)]
pub(super) struct Statements {
    made: Mutex<HashMap<(String, String), Statement>>,
}

impl Statements {
    /// The header for this push service; signed anew after half a day.
    pub(super) fn header(&self, key: &VapidKey, origin: &str, contact: &Url, now: DateTime<Utc>) -> String {
        let mut made = self.made();
        let place = (key.id.clone(), origin.to_owned());
        let known = made.get(&place);
        if let Some(known) = known
            && (known.made_at..known.made_at + USED).contains(&now)
        {
            return known.header.clone();
        }
        let proven = known.is_some_and(|known| known.proven);
        if made.len() >= MOST {
            made.clear();
        }
        let header = key.authorization(origin, contact, now);
        made.insert(place, Statement { header: header.clone(), made_at: now, proven });
        header
    }

    /// The push service took a push: it knows the key.
    pub(super) fn prove(&self, key: &VapidKey, origin: &str) {
        if let Some(known) = self.made().get_mut(&(key.id.clone(), origin.to_owned())) {
            known.proven = true;
        }
    }

    /// Whether this push service is known to take pushes with this key.
    pub(super) fn is_proven(&self, key: &VapidKey, origin: &str) -> bool {
        self.made().get(&(key.id.clone(), origin.to_owned())).is_some_and(|known| known.proven)
    }

    fn made(&self) -> MutexGuard<'_, HashMap<(String, String), Statement>> {
        self.made.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use p256::ecdsa::VerifyingKey;
    use p256::ecdsa::signature::Verifier;

    fn key(seed: u8) -> VapidKey {
        VapidKey::from_bytes(&[seed; 32]).unwrap()
    }

    fn noon() -> DateTime<Utc> {
        "2026-09-14T12:00:00Z".parse().unwrap()
    }

    fn contact() -> Url {
        Url::parse("mailto:termine@musterstadt.example").unwrap()
    }

    #[test]
    fn the_statement_is_signed_for_one_service_and_less_than_a_day() {
        let header = key(7).authorization("https://push.example", &contact(), noon());
        let (token, public) = header.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
        let (statement, signature) = token.rsplit_once('.').unwrap();
        let (_, claims) = statement.split_once('.').unwrap();
        let point = URL_SAFE_NO_PAD.decode(public).unwrap();
        assert_eq!((point.len(), point[0]), (65, 4));
        let signature = Signature::from_slice(&URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
        VerifyingKey::from_sec1_bytes(&point).unwrap().verify(statement.as_bytes(), &signature).unwrap();
        let claims: serde_json::Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
        assert_eq!(claims["aud"], "https://push.example");
        assert_eq!(claims["sub"], "mailto:termine@musterstadt.example");
        assert_eq!(claims["exp"], (noon() + Duration::hours(23)).timestamp());
    }

    #[test]
    fn a_statement_is_used_for_half_a_day_by_one_key_and_service() {
        let statements = Statements::default();
        let at = |key: &VapidKey, origin, minutes| {
            statements.header(key, origin, &contact(), noon() + Duration::minutes(minutes))
        };
        let first = at(&key(7), "https://one.example", 0);
        assert_eq!(at(&key(7), "https://one.example", 719), first);
        assert_ne!(at(&key(7), "https://other.example", 1), first);
        assert_ne!(at(&key(8), "https://one.example", 1), first);
        let second = at(&key(7), "https://one.example", 720);
        assert_ne!(second, first);
        assert_ne!(at(&key(7), "https://one.example", 0), second, "a clock that was set back");
    }

    #[test]
    fn what_is_proven_stays_so_when_a_statement_is_renewed() {
        let statements = Statements::default();
        let at = |hours| {
            statements.header(&key(7), "https://one.example", &contact(), noon() + Duration::hours(hours))
        };
        at(0);
        assert!(!statements.is_proven(&key(7), "https://one.example"));
        statements.prove(&key(7), "https://one.example");
        at(13);
        assert!(statements.is_proven(&key(7), "https://one.example"));
        assert!(!statements.is_proven(&key(8), "https://one.example"));
        assert!(!statements.is_proven(&key(7), "https://other.example"));
    }

    #[test]
    fn a_key_is_32_bytes_in_base64url() {
        let text = URL_SAFE_NO_PAD.encode([7; 32]);
        assert_eq!(VapidKey::parse(&format!(" {text}=\n")).unwrap().public(), key(7).public());
        assert_ne!(key(7).id(), key(8).id());
        assert_eq!(format!("{:?}", key(7)), format!("VapidKey({})", key(7).id()));
        for bad in
            [String::new(), URL_SAFE_NO_PAD.encode([7; 31]), URL_SAFE_NO_PAD.encode([0; 32]), "?".into()]
        {
            assert_eq!(VapidKey::parse(&bad).err(), Some(NotAKey), "{bad}");
        }
        assert_eq!(VapidKey::from_bytes(&[0xff; 32]).err(), Some(NotAKey));
    }
}
