//! Challenges for the proof of work before a hold. Nothing is kept until one is used: the challenge carries its own end and
//! a keyed hash.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use domain::appointments::guard::effort;
use domain::appointments::proof::{HARDEST, PROOF_LIFETIME, ProofRefused, check};
use domain::town::Town;
use store::{StoreError, Tx};

use crate::app::App;

/// A challenge to solve before a slot is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldChallenge {
    /// What the number is computed for.
    pub challenge: String,
    /// How many zero bits the hash must begin with; 0 means that no proof is needed.
    pub difficulty: u8,
    /// Until when it may be used.
    pub expires_at: DateTime<Utc>,
}

/// The answer to a challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The challenge.
    pub challenge: String,
    /// The number.
    pub nonce: String,
}

/// A new challenge.
#[must_use]
pub fn hold_challenge(app: &App, town: &Town) -> HoldChallenge {
    let expires_at = app.clock.now() + PROOF_LIFETIME;
    let random = URL_SAFE_NO_PAD.encode(app.rng.bytes::<12>());
    let body = format!("{}.{random}", expires_at.timestamp());
    let seal = seal(app, town, &body);
    HoldChallenge { challenge: format!("{body}.{seal}"), difficulty: difficulty(town), expires_at }
}

/// Checks the proof that came with the wish to hold; nothing when the town asks for none.
pub(super) fn check_proof(app: &App, town: &Town, proof: Option<&Proof>) -> Result<(), ProofRefused> {
    if difficulty(town) == 0 {
        return Ok(());
    }
    let proof = proof.ok_or(ProofRefused::Missing)?;
    let (body, given) = proof.challenge.rsplit_once('.').ok_or(ProofRefused::Wrong)?;
    if seal(app, town, body) != given {
        return Err(ProofRefused::Wrong);
    }
    let seconds = body.split('.').next().and_then(|seconds| seconds.parse().ok());
    let expires_at = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let expires_at = expires_at.ok_or(ProofRefused::Wrong)?;
    check(&proof.challenge, &proof.nonce, difficulty(town), expires_at, app.clock.now())
}

/// Uses the proof up, in the transaction of the hold; `false` when another hold has used it.
pub(super) async fn use_up(
    app: &App,
    tx: &Tx,
    town: &Town,
    proof: Option<&Proof>,
) -> Result<bool, StoreError> {
    let Some(proof) = proof.filter(|_| difficulty(town) > 0) else { return Ok(true) };
    let key = format!("proof:{}", app.short_hash("hold proof", &proof.challenge));
    let (times, _) = store::throttle::count(tx, &key, PROOF_LIFETIME, app.clock.now()).await?;
    Ok(times == 1)
}

fn difficulty(town: &Town) -> u8 {
    effort(town.settings.hold_difficulty, town.guarded_since.is_some()).min(HARDEST)
}

/// Ties a challenge to this installation and town.
fn seal(app: &App, town: &Town, body: &str) -> String {
    app.short_hash("hold challenge", &format!("{}:{body}", town.id))
}
