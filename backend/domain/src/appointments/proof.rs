//! Proof of work before a hold: holding a slot costs a moment of computing, so that holding all of them costs much.
//!
//! Our own challenge, no third party: find a number `nonce` so that SHA-256 of `<challenge>:<nonce>` begins with so many
//! zero bits.

use chrono::{DateTime, Duration, Utc};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// How long a challenge may be answered.
pub const PROOF_LIFETIME: Duration = Duration::minutes(10);
/// The most zero bits that are ever asked for: a slow phone must not compute for minutes.
pub const HARDEST: u8 = 24;
/// The longest nonce that is read.
const LONGEST_NONCE: usize = 32;

/// Why a proof is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ProofRefused {
    /// None was sent.
    #[error("a proof of work is needed")]
    Missing,
    /// The challenge is not ours, or the number does not solve it.
    #[error("the proof of work is wrong")]
    Wrong,
    /// The challenge is too old.
    #[error("the challenge has expired")]
    Expired,
    /// It has served for a hold already.
    #[error("the challenge was used already")]
    Used,
}

/// Whether a challenge that is ours is solved, in time.
pub fn check(
    challenge: &str,
    nonce: &str,
    difficulty: u8,
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), ProofRefused> {
    if now >= expires_at {
        return Err(ProofRefused::Expired);
    }
    let is_number =
        (1..=LONGEST_NONCE).contains(&nonce.len()) && nonce.bytes().all(|byte| byte.is_ascii_digit());
    if is_number && leading_zeros(challenge, nonce) >= u32::from(difficulty) {
        Ok(())
    } else {
        Err(ProofRefused::Wrong)
    }
}

/// A number that solves the challenge: what a browser computes.
pub fn solve(challenge: &str, difficulty: u8) -> String {
    (0_u64..)
        .map(|nonce| nonce.to_string())
        .find(|nonce| leading_zeros(challenge, nonce) >= u32::from(difficulty))
        .unwrap_or_default()
}

/// The zero bits with which the hash begins.
fn leading_zeros(challenge: &str, nonce: &str) -> u32 {
    let hash = Sha256::new_with_prefix(challenge).chain_update(":").chain_update(nonce).finalize();
    let mut zeros = 0;
    for byte in hash {
        zeros += byte.leading_zeros();
        if byte != 0 {
            break;
        }
    }
    zeros
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_solved_is_accepted_until_it_expires() {
        let now = DateTime::UNIX_EPOCH;
        let until = now + PROOF_LIFETIME;
        let nonce = solve("probe", 10);
        assert_eq!(check("probe", &nonce, 10, until, now), Ok(()));
        assert_eq!(check("probe", &nonce, 10, until, until), Err(ProofRefused::Expired));
        assert_eq!(check("andere", &nonce, 22, until, now), Err(ProofRefused::Wrong));
        for wrong in ["", "-1", "12345678901234567890123456789012345", "x"] {
            assert_eq!(check("probe", wrong, 0, until, now), Err(ProofRefused::Wrong));
        }
    }

    /// The example the front end is tested against, too.
    #[test]
    fn the_first_solution_of_a_known_challenge() {
        let nonce: u64 = solve("lotse", 12).parse().unwrap();
        assert!((0..nonce).all(|before| leading_zeros("lotse", &before.to_string()) < 12));
    }
}
