//! Replanning (Umplanung): which appointments no longer fit after hours were changed or a day was closed, and where
//! everybody could go. Nothing is moved by deciding.

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};

use super::moving::Place;
use crate::ids::{BookingId, PoolId};
use crate::schedule::slots::{self, BookingWindow};
use crate::schedule::timeline::Timeline;
use crate::schedule::{Tick, TickSpan};

/// How long what was decided can be taken back: the news goes out after it.
pub const UNDO_WITHIN: Duration = Duration::minutes(5);

/// A booking and the place it claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The booking.
    pub booking: BookingId,
    /// Where it is.
    pub place: Place,
    /// When it was made: who booked first stays.
    pub made_at: DateTime<Utc>,
}

/// The claims that a pool's open counters no longer hold, by time. Who booked first stays; `open` is the capacity of the
/// claims' pool and count, with nothing taken.
pub fn displaced(mut open: Timeline, claims: &[Claim]) -> Vec<Claim> {
    let mut by_age = claims.to_vec();
    by_age.sort_by_key(|claim| (claim.made_at, claim.booking));
    let mut out: Vec<Claim> = Vec::new();
    for claim in by_age {
        if open.has_room(claim.place.span) {
            open.take(claim.place.span);
        } else {
            out.push(claim);
        }
    }
    out.sort_by_key(|claim| (claim.place.span.first, claim.booking));
    out
}

/// A displaced booking and the pools that offer its services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Displaced {
    /// The booking.
    pub claim: Claim,
    /// The pools, the own one among them, each with how many ticks the visit takes there.
    pub pools: Vec<(PoolId, u16)>,
    /// When its services can be booked.
    pub window: BookingWindow,
}

/// Where a displaced booking could go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The booking.
    pub booking: BookingId,
    /// The nearest free slot that no other proposal uses; `None` when nothing is free.
    pub to: Option<(PoolId, TickSpan)>,
}

/// A slot for everybody, as near as possible to the old one: first come in time, first served. Nobody is asked to come
/// earlier while there is a later slot: who planned for Tuesday may not be able to on Monday. `free` is what the public may
/// book at each pool.
pub fn propose(displaced: &[Displaced], free: &mut HashMap<PoolId, Timeline>) -> Vec<Proposal> {
    let mut proposals = Vec::with_capacity(displaced.len());
    for one in displaced {
        let wanted = one.claim.place.span.first;
        let later = BookingWindow { earliest: one.window.earliest.max(wanted.starts_at()), ..one.window };
        let nearest = nearest(one, free, later).or_else(|| nearest(one, free, one.window));
        if let Some((pool, span)) = nearest
            && let Some(timeline) = free.get_mut(&pool)
        {
            timeline.take(span);
        }
        proposals.push(Proposal { booking: one.claim.booking, to: nearest });
    }
    proposals
}

fn nearest(
    one: &Displaced,
    free: &HashMap<PoolId, Timeline>,
    window: BookingWindow,
) -> Option<(PoolId, TickSpan)> {
    let wanted = one.claim.place.span.first;
    let of_pool = |(pool, length): &(PoolId, u16)| {
        let span = TickSpan { first: wanted, count: *length };
        let start = slots::nearest(free.get(pool)?, span, window, 1).first().copied()?;
        Some((*pool, TickSpan { first: start, count: *length }))
    };
    let found = one.pools.iter().filter_map(of_pool);
    found.min_by_key(|(pool, span)| (distance(span.first, wanted), *pool != one.claim.place.pool))
}

fn distance(one: Tick, other: Tick) -> u64 {
    one.0.abs_diff(other.0)
}
