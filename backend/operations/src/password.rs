//! Passwords of staff: Argon2id with 19 MiB (OWASP), never more than a few at once.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

/// Hashes computed at the same time: each takes 19 MiB and a core for some 20 ms.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// A hash no password has, verified when the login is unknown, so that the answer takes as long.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The password's hash in PHC form.
pub(crate) async fn hash(password: String, salt: [u8; 16]) -> String {
    computed(move || {
        // The defaults are Argon2id, version 19, m = 19 MiB, t = 2, p = 1.
        let hash: PasswordHash = Argon2::default()
            .hash_password_with_salt(password.as_bytes(), &salt)
            .expect("a salt of 16 bytes and any password can be hashed");
        hash.to_string()
    })
    .await
}

/// Whether the password belongs to the hash; without a hash, no, after the same time.
pub(crate) async fn verify(password: String, hash: Option<String>) -> bool {
    computed(move || {
        let known = hash.is_some();
        let text = hash.as_deref().unwrap_or(NOBODY);
        let right = PasswordHash::new(text)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok());
        known && right
    })
    .await
}

/// Runs on a thread for heavy work, waiting for its turn.
async fn computed<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let _turn = AT_ONCE.acquire().await.expect("the semaphore is never closed");
    tokio::task::spawn_blocking(work).await.expect("hashing does not panic")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_opens() {
        let kept = hash("korrekt-pferd-batterie".to_owned(), [7; 16]).await;
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(verify("korrekt-pferd-batterie".to_owned(), Some(kept.clone())).await);
        assert!(!verify("korrekt-pferd-batteri".to_owned(), Some(kept)).await);
        assert!(!verify("korrekt-pferd-batterie".to_owned(), None).await);
        PasswordHash::new(NOBODY).expect("the hash of nobody can be read");
    }
}
