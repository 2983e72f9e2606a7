//! Personal data at rest: sealed with AES-256-GCM, found again by a keyed hash (HMAC-SHA-256).

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use domain::contact::PhoneNumber;
use domain::messaging::Recipient;
use hmac::{Hmac, Mac};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::error::StoreError;

/// The version of the sealing format; the first byte of every sealed value.
const FORMAT: u8 = 1;
const NONCE_LENGTH: usize = 12;

/// The keys of this installation, derived from one secret of 32 bytes.
pub struct Sealer {
    cipher: Aes256Gcm,
    lookup: [u8; 32],
}

/// A phone number's keyed hash: finds the same number again without telling it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PhoneHash(pub Vec<u8>);

/// The authentication code (HMAC-SHA-256) of a text under a key that is not the installation's.
#[must_use]
pub fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer(…)")
    }
}

impl Sealer {
    /// The keys that follow from the installation's secret.
    #[must_use]
    pub fn new(secret: &[u8; 32]) -> Self {
        let cipher = Aes256Gcm::new(&Sha256::new_with_prefix(b"lotse seal").chain_update(secret).finalize());
        let lookup = Sha256::new_with_prefix(b"lotse lookup").chain_update(secret).finalize().into();
        Self { cipher, lookup }
    }

    /// Seals a value; `nonce` must be fresh random bytes, `purpose` ties the value to its column.
    ///
    /// # Errors
    /// When the value cannot be written as JSON.
    pub fn seal<T: Serialize>(
        &self,
        value: &T,
        nonce: [u8; NONCE_LENGTH],
        purpose: &str,
    ) -> Result<Vec<u8>, StoreError> {
        let plain = serde_json::to_vec(value).map_err(|_| StoreError::Sealed)?;
        let payload = Payload { msg: &plain, aad: purpose.as_bytes() };
        let mut sealed =
            self.cipher.encrypt(Nonce::from_slice(&nonce), payload).map_err(|_| StoreError::Sealed)?;
        let mut out = Vec::with_capacity(1 + NONCE_LENGTH + sealed.len());
        out.push(FORMAT);
        out.extend_from_slice(&nonce);
        out.append(&mut sealed);
        Ok(out)
    }

    /// Opens a sealed value.
    ///
    /// # Errors
    /// When the key or the purpose is another, or somebody touched it.
    pub fn open<T: DeserializeOwned>(&self, sealed: &[u8], purpose: &str) -> Result<T, StoreError> {
        let (&FORMAT, rest) = sealed.split_first().ok_or(StoreError::Sealed)? else {
            return Err(StoreError::Sealed);
        };
        let (nonce, body) = rest.split_at_checked(NONCE_LENGTH).ok_or(StoreError::Sealed)?;
        let payload = Payload { msg: body, aad: purpose.as_bytes() };
        let plain = self.cipher.decrypt(Nonce::from_slice(nonce), payload).map_err(|_| StoreError::Sealed)?;
        serde_json::from_slice(&plain).map_err(|_| StoreError::Sealed)
    }

    /// The hash under which this number is found again.
    #[must_use]
    pub fn phone_hash(&self, number: &PhoneNumber) -> PhoneHash {
        PhoneHash(self.keyed_hash("phone", number.e164().as_bytes()))
    }

    /// The hash under which a recipient is found again, whether it wants messages or not.
    #[must_use]
    pub fn recipient_hash(&self, recipient: &Recipient) -> Vec<u8> {
        match recipient {
            Recipient::Phone(number) => self.phone_hash(number).0,
            Recipient::Email(address) => self.keyed_hash("email", address.as_str().to_lowercase().as_bytes()),
            Recipient::Push(browser) => self.keyed_hash("push", browser.0.as_bytes()),
        }
    }

    /// A keyed hash of anything short-lived or secret (tokens, one-time codes), separated by purpose.
    #[must_use]
    pub fn keyed_hash(&self, purpose: &str, value: &[u8]) -> Vec<u8> {
        let mut mac =
            <Hmac<Sha256> as Mac>::new_from_slice(&self.lookup).expect("HMAC takes keys of any length");
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(value);
        mac.finalize().into_bytes().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_only_with_the_same_key_and_purpose() {
        let sealer = Sealer::new(&[7; 32]);
        let sealed = sealer.seal(&"Exempel", [1; 12], "contact").expect("it seals");
        assert_eq!(sealer.open::<String>(&sealed, "contact").expect("it opens"), "Exempel");
        assert!(sealer.open::<String>(&sealed, "message").is_err());
        assert!(Sealer::new(&[8; 32]).open::<String>(&sealed, "contact").is_err());
        assert!(!sealed.windows(7).any(|window| window == b"Exempel"));
    }

    #[test]
    fn a_number_is_found_by_its_hash() {
        let sealer = Sealer::new(&[7; 32]);
        let number = PhoneNumber::trusted("+491713920012".to_owned());
        assert_eq!(sealer.phone_hash(&number), sealer.phone_hash(&number.clone()));
    }
}
