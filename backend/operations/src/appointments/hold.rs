//! Hold a slot while the particulars are typed; extend it once; give it back.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::actor::Actor;
use domain::appointments::booking::{ExtendRefused, HoldFacts, HoldRefused, HoldTerms, NewHold, decide_hold};
use domain::appointments::guard::wide_network;
use domain::appointments::proof::ProofRefused;
use domain::appointments::status::{HoldEvent, HoldState};
use domain::event::Subject;
use domain::ids::{HoldId, OfficeId, PoolId};
use domain::local_time::local_day;
use domain::schedule::timeline::Timeline;
use domain::schedule::{Audience, Tick};
use domain::town::Town;
use store::Connection;
use store::appointments::holds::{self, Hold};

use super::near::{Near, near_hold};
use super::proof::{Proof, check_proof, use_up};
use super::{Tries, ended, hold_of_token};
use crate::app::{App, Change};
use crate::error::{Error, Outcome};
use crate::schedule::{self, Candidate, FreeSlot, ItemRequest, ItemsProblem, Visit};
use crate::secrets::Purpose;

/// What somebody wants to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldRequest {
    /// The services of the visit.
    pub items: Vec<ItemRequest>,
    /// The pool of the chosen slot.
    pub pool: PoolId,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// The network or device it comes from, to limit how much one can block; kept as a keyed hash only.
    pub origin: Option<String>,
}

/// Why a slot is not held.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HoldProblem {
    /// The services make no visit.
    #[error(transparent)]
    Items(#[from] ItemsProblem),
    /// The proof of work is missing or wrong.
    #[error(transparent)]
    Proof(#[from] ProofRefused),
    /// The slot cannot be held; others are near.
    #[error("{refused}")]
    Slot {
        /// Why.
        refused: HoldRefused,
        /// The nearest free ones.
        nearest: Vec<FreeSlot>,
        /// The office they are in.
        office_name: String,
        /// The zone of its clocks.
        zone: Tz,
    },
}

/// A slot that is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldSlot {
    /// The hold.
    pub id: HoldId,
    /// Its secret; told once.
    pub token: Option<String>,
    /// When the slot begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// When the hold lapses.
    pub expires_at: DateTime<Utc>,
    /// Whether it may be extended.
    pub extendable: bool,
    /// Where.
    pub office: OfficeId,
    /// The office's name.
    pub office_name: String,
}

/// What keeps one person from holding everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// The device, by the name its browser gave itself; kept as a keyed hash only.
    pub device: Option<String>,
    /// The answer to a challenge, where the town asks for one.
    pub proof: Option<Proof>,
    /// One of our own terminals, at which one person stands at a time: it proves nothing.
    pub terminal: bool,
}

/// Holds a slot for ten minutes, for somebody who brings nothing.
///
/// # Errors
/// When the services make no visit, the slot cannot be held, or the database fails.
pub async fn hold(app: &App, town: &Town, request: &HoldRequest) -> Outcome<HeldSlot, HoldProblem> {
    hold_with(app, town, request, &Effort::default()).await
}

/// Holds a slot for ten minutes. A proof serves once, for a hold that succeeded.
///
/// # Errors
/// When the proof is missing or wrong, the services make no visit, the slot cannot be held, or the database fails.
pub async fn hold_with(
    app: &App,
    town: &Town,
    request: &HoldRequest,
    effort: &Effort,
) -> Outcome<HeldSlot, HoldProblem> {
    if !effort.terminal {
        check_proof(app, town, effort.proof.as_ref()).map_err(|refused| Error::Refused(refused.into()))?;
    }
    let mut tries = Tries::default();
    loop {
        match try_hold(app, town, request, effort).await {
            Err(error) if tries.again(&error) => {}
            outcome => return outcome,
        }
    }
}

async fn try_hold(
    app: &App,
    town: &Town,
    request: &HoldRequest,
    effort: &Effort,
) -> Outcome<HeldSlot, HoldProblem> {
    let now = app.clock.now();
    let from = Origin {
        network: request.origin.as_deref().map(|origin| origin_hash(app, origin)),
        wide: request.origin.as_deref().and_then(wide_network).map(|wide| origin_hash(app, &wide)),
        device: effort.device.as_deref().map(|device| origin_hash(app, &format!("device:{device}"))),
        proof: effort.proof.clone(),
    };
    let asked = (request.items.as_slice(), Audience::Public);
    let looked = schedule::look_at(app, &app.db, town, asked, (request.pool, request.starts_at)).await;
    let (visit, candidate, timeline) = looked.map_err(|error| error.map_refusal(HoldProblem::Items))?;
    let (live_holds_of_origin, holds_per_origin) = tighter_limit(app, &app.db, town, &from).await?;
    let window = schedule::window_of(&app.db, town, now, (&candidate, Audience::Public));
    let facts = HoldFacts { timeline: &timeline, window, live_holds_of_origin, holds_per_origin };
    let new = match decide_hold(request.starts_at, candidate.length, facts, now) {
        Ok(new) => new,
        Err(refused) => return refuse_slot(app, town, &candidate, request.starts_at, refused).await,
    };
    match take(app, town, &visit, &candidate, &timeline, new, &from).await? {
        Taken::Held(held) => Ok(held),
        Taken::TooMany { at_most } => {
            let refused = HoldRefused::TooManyHolds { at_most };
            refuse_slot(app, town, &candidate, request.starts_at, refused).await
        }
        Taken::ProofUsed => Err(Error::Refused(ProofRefused::Used.into())),
        Taken::BySomebodyElse => {
            refuse_slot(app, town, &candidate, request.starts_at, HoldRefused::SlotTaken).await
        }
    }
}

/// Where a hold comes from, as it is kept, and the proof it uses up.
#[derive(Default)]
pub(super) struct Origin {
    network: Option<String>,
    wide: Option<String>,
    device: Option<String>,
    proof: Option<Proof>,
}

/// How many slots the network or the device holds and may hold: whichever has less left.
async fn tighter_limit(
    app: &App,
    connection: &impl Connection,
    town: &Town,
    from: &Origin,
) -> Result<(u32, u32), store::StoreError> {
    let now = app.clock.now();
    let live_of_network = match &from.network {
        Some(network) => holds::live_of_origin(connection, town.id, network, now).await?,
        None => 0,
    };
    let network = (live_of_network, u32::from(town.settings.holds_per_network));
    let Some(device) = &from.device else { return Ok(network) };
    let live_of_device = holds::live_of_device(connection, town.id, device, now).await?;
    let device = (live_of_device, u32::from(town.settings.holds_per_device));
    let left = |(live, at_most): (u32, u32)| at_most.saturating_sub(live);
    Ok(if left(device) < left(network) { device } else { network })
}

/// What came of the wish to hold.
enum Taken {
    Held(HeldSlot),
    TooMany { at_most: u32 },
    BySomebodyElse,
    ProofUsed,
}

/// The writing part: counts, hold and event, or nothing when somebody was faster.
async fn take(
    app: &App,
    town: &Town,
    visit: &Visit,
    candidate: &Candidate,
    timeline: &Timeline,
    new: NewHold,
    from: &Origin,
) -> Result<Taken, store::StoreError> {
    let token = app.token();
    let tx = app.db.write().await?;
    // Who asks many times at once is counted one after the other.
    holds::lock_origins(&tx, &[from.network.as_deref(), from.device.as_deref()]).await?;
    let (live, at_most) = tighter_limit(app, &tx, town, from).await?;
    if live >= at_most {
        return Ok(Taken::TooMany { at_most });
    }
    let found = (visit, candidate, timeline);
    let Some(hold) = keep(app, &tx, town, found, new, (&token, from)).await? else {
        return Ok(Taken::BySomebodyElse);
    };
    if !use_up(app, &tx, town, from.proof.as_ref()).await? {
        return Ok(Taken::ProofUsed);
    }
    tx.commit().await?;
    Ok(Taken::Held(held(&hold, candidate.office_name.clone(), Some(token))))
}

/// Takes the ticks and writes the hold, in a transaction; `None` when somebody was faster, and nothing is written.
pub(super) async fn keep(
    app: &App,
    tx: &store::Tx,
    town: &Town,
    (visit, candidate, timeline): (&Visit, &Candidate, &Timeline),
    new: NewHold,
    (token, from): (&str, &Origin),
) -> Result<Option<Hold>, store::StoreError> {
    let hold = Hold {
        id: app.id(),
        town: town.id,
        office: candidate.office,
        pool: candidate.pool,
        starts_at: new.span.starts_at(),
        ends_at: new.span.ends_at(),
        audience: Audience::Public,
        terms: HoldTerms { state: HoldState::Held, expires_at: new.expires_at, extended: false },
        token_hash: app.secret_hash(Purpose::Hold, token),
        items: visit.services.clone(),
        origin: from.network.clone(),
        wide_origin: from.wide.clone(),
        device: from.device.clone(),
        version: 1,
        created_at: app.clock.now(),
    };
    let capacity = |tick| timeline.capacity_at(tick);
    if !store::schedule::take(tx, hold.pool, new.span, hold.audience, capacity).await? {
        return Ok(None);
    }
    holds::insert(tx, &hold).await?;
    let change = Change::begins(HoldState::Held.as_str());
    app.log(tx, town.id, Subject::Hold(hold.id), change, Actor::Nobody).await?;
    Ok(Some(hold))
}

fn held(hold: &Hold, office_name: String, token: Option<String>) -> HeldSlot {
    HeldSlot {
        id: hold.id,
        token,
        starts_at: hold.starts_at,
        ends_at: hold.ends_at,
        expires_at: hold.terms.expires_at,
        extendable: !hold.terms.extended,
        office: hold.office,
        office_name,
    }
}

/// The visit that staff ask for and the pool that was chosen for it.
pub(super) async fn find_candidate(
    app: &App,
    town: &Town,
    request: &HoldRequest,
) -> Outcome<(Visit, Candidate), HoldProblem> {
    let today = local_day(town.zone, app.clock.now());
    let mut visit = schedule::find_visit(&app.db, town, &request.items, (Audience::Staff, &[]), today)
        .await
        .map_err(|error| error.map_refusal(HoldProblem::Items))?;
    let chosen = visit.candidates.iter().position(|candidate| candidate.pool == request.pool);
    match chosen {
        Some(at) => {
            let candidate = visit.candidates.swap_remove(at);
            Ok((visit, candidate))
        }
        None => Err(Error::Refused(ItemsProblem::NotOfferedTogether.into())),
    }
}

/// The refusal, with what is free nearby.
pub(super) async fn refuse_slot<T>(
    app: &App,
    town: &Town,
    candidate: &Candidate,
    starts_at: DateTime<Utc>,
    refused: HoldRefused,
) -> Outcome<T, HoldProblem> {
    let wanted = Tick::containing(starts_at);
    let nearest = schedule::nearest(app, &app.db, town, candidate, wanted).await?;
    Err(Error::Refused(HoldProblem::Slot {
        refused,
        nearest,
        office_name: candidate.office_name.clone(),
        zone: town.zone,
    }))
}

pub(super) fn origin_hash(app: &App, origin: &str) -> String {
    use base64::Engine;
    let hash = app.db.sealer().keyed_hash("hold origin", origin.as_bytes());
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&hash[..16])
}

/// Why a hold is not extended or given back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExtendProblem {
    /// The secret opens no such hold.
    #[error("there is no such hold")]
    UnknownHold,
    /// It has lapsed; other slots are near.
    #[error("the hold has expired")]
    HoldExpired(Near),
    /// It was extended before.
    #[error("the hold was extended before")]
    AlreadyExtended,
}

/// Gives ten more minutes, once.
///
/// # Errors
/// When the secret does not open this hold, it lapsed or was extended before, or the database fails.
pub async fn extend_hold(
    app: &App,
    town: &Town,
    token: &str,
    id: HoldId,
) -> Outcome<HeldSlot, ExtendProblem> {
    let mut tries = Tries::default();
    loop {
        match try_extend(app, town, token, id).await {
            Err(error) if tries.again(&error) => {}
            outcome => return outcome,
        }
    }
}

async fn try_extend(app: &App, town: &Town, token: &str, id: HoldId) -> Outcome<HeldSlot, ExtendProblem> {
    let tx = app.db.write().await?;
    let hold = own_hold(app, &tx, town, token, id).await?;
    let expires_at = match hold.terms.extend(app.clock.now()) {
        Ok(expires_at) => expires_at,
        Err(ExtendRefused::AlreadyExtended) => return Err(Error::Refused(ExtendProblem::AlreadyExtended)),
        Err(ExtendRefused::HoldExpired) => {
            return Err(Error::Refused(ExtendProblem::HoldExpired(near_hold(app, &tx, town, &hold).await?)));
        }
    };
    let terms = HoldTerms { expires_at, extended: true, ..hold.terms };
    let hold = holds::change(&tx, &hold, terms).await?;
    let state = HoldState::Held.as_str();
    let change = Change::moves(state, state).because("extended");
    app.log(&tx, town.id, Subject::Hold(hold.id), change, Actor::Nobody).await?;
    let name = office_name(&tx, town, hold.office).await?;
    tx.commit().await?;
    Ok(held(&hold, name, None))
}

/// Gives a slot back before its time; done twice it is still given back.
///
/// # Errors
/// When the secret does not open this hold or the database fails.
pub async fn release_hold(app: &App, town: &Town, token: &str, id: HoldId) -> Outcome<(), ExtendProblem> {
    let mut tries = Tries::default();
    loop {
        match try_release(app, town, token, id).await {
            Err(error) if tries.again(&error) => {}
            outcome => return outcome,
        }
    }
}

async fn try_release(app: &App, town: &Town, token: &str, id: HoldId) -> Outcome<(), ExtendProblem> {
    let tx = app.db.write().await?;
    let hold = own_hold(app, &tx, town, token, id).await?;
    let_go(app, &tx, &hold).await?;
    tx.commit().await?;
    Ok(())
}

/// Gives the ticks of a hold back, in a transaction; nothing when it has ended.
pub(super) async fn let_go(app: &App, tx: &store::Tx, hold: &Hold) -> Result<(), store::StoreError> {
    let Ok(state) = hold.terms.state.after(HoldEvent::Release) else { return Ok(()) };
    holds::change(tx, hold, ended(hold.terms, state)).await?;
    store::schedule::give_back(tx, hold.pool, hold.span(), hold.audience).await?;
    let change = Change::moves(hold.terms.state.as_str(), state.as_str()).because("released");
    app.log(tx, hold.town, Subject::Hold(hold.id), change, Actor::Nobody).await
}

async fn own_hold(
    app: &App,
    tx: &store::Tx,
    town: &Town,
    token: &str,
    id: HoldId,
) -> Outcome<Hold, ExtendProblem> {
    let found = hold_of_token(app, tx, town, token).await?.filter(|hold| hold.id == id);
    found.ok_or(Error::Refused(ExtendProblem::UnknownHold))
}

async fn office_name(
    connection: &impl Connection,
    town: &Town,
    office: OfficeId,
) -> Result<String, store::StoreError> {
    let offices = store::setup::offices(connection, town.id).await?;
    Ok(offices.into_iter().find(|each| each.id == office).map(|each| each.name).unwrap_or_default())
}
