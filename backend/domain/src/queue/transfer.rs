//! Going on elsewhere (Weiterleiten): to a counter, to another kind of counters, to another office.
//!
//! Where the waiting zone stays, the number stays: nobody needs new paper for the next door. In another zone the number
//! would be called where nobody hears it, so there is a new one. The due time goes along in both cases.

use chrono::TimeDelta;

use super::status::VisitStep;
use crate::ids::{CounterId, OfficeId, PoolId, ZoneId};

/// The most minutes anybody is moved up or down by, at once.
pub const MOST_GRANTED: TimeDelta = TimeDelta::minutes(240);

/// Where somebody waits or is to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The office.
    pub office: OfficeId,
    /// The waiting zone.
    pub zone: ZoneId,
    /// Who can serve.
    pub pool: PoolId,
    /// The only counter that shall.
    pub counter: Option<CounterId>,
}

/// Whether anybody serves there now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Staffing {
    /// Somebody does.
    Open,
    /// Everybody there takes a break.
    Paused,
    /// Nobody is there.
    Closed,
}

/// Why somebody cannot go on there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransferRefused {
    /// That is where they wait already.
    #[error("that is where they wait already")]
    SamePlace,
    /// The counter is closed, so nobody would ever call them.
    #[error("the counter is closed")]
    CounterClosed,
    /// Nobody serves there at the moment; staff may insist.
    #[error("nobody serves there at the moment")]
    NobodyServes,
}

/// The step that leads from `from` to `to`. `at_counter`: the person stands at a counter and does not wait.
///
/// # Errors
/// When they wait there already, or nobody would call them there.
pub fn decide(
    from: Spot,
    at_counter: bool,
    to: Spot,
    staffing: Staffing,
    confirmed: bool,
) -> Result<VisitStep, TransferRefused> {
    if from == to && !at_counter {
        return Err(TransferRefused::SamePlace);
    }
    match (staffing, to.counter) {
        (Staffing::Closed, Some(_)) => return Err(TransferRefused::CounterClosed),
        (Staffing::Closed | Staffing::Paused, _) if !confirmed => return Err(TransferRefused::NobodyServes),
        (Staffing::Open | Staffing::Paused | Staffing::Closed, _) => {}
    }
    Ok(if from.zone == to.zone { VisitStep::PassOn } else { VisitStep::Transfer })
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn spot(zone: u128, pool: u128, counter: Option<u128>) -> Spot {
        Spot {
            office: OfficeId(Uuid::from_u128(1)),
            zone: ZoneId(Uuid::from_u128(zone)),
            pool: PoolId(Uuid::from_u128(pool)),
            counter: counter.map(|id| CounterId(Uuid::from_u128(id))),
        }
    }

    #[test]
    fn the_number_stays_where_the_zone_stays() {
        let here = spot(1, 1, None);
        for to in [spot(1, 2, None), spot(1, 1, Some(5))] {
            assert_eq!(decide(here, false, to, Staffing::Open, false), Ok(VisitStep::PassOn));
        }
        assert_eq!(decide(here, false, spot(2, 3, None), Staffing::Open, false), Ok(VisitStep::Transfer));
    }

    #[test]
    fn nobody_is_sent_where_they_wait_already_but_back_into_their_own_line_from_a_counter() {
        let here = spot(1, 1, None);
        assert_eq!(decide(here, false, here, Staffing::Open, true), Err(TransferRefused::SamePlace));
        assert_eq!(decide(here, true, here, Staffing::Open, false), Ok(VisitStep::PassOn));
    }

    #[test]
    fn a_closed_counter_is_refused_and_a_closed_office_only_without_consent() {
        let (here, there, counter) = (spot(1, 1, None), spot(2, 2, None), spot(2, 2, Some(7)));
        for confirmed in [false, true] {
            let refused = decide(here, false, counter, Staffing::Closed, confirmed);
            assert_eq!(refused, Err(TransferRefused::CounterClosed));
        }
        for staffing in [Staffing::Paused, Staffing::Closed] {
            assert_eq!(decide(here, true, there, staffing, false), Err(TransferRefused::NobodyServes));
            assert_eq!(decide(here, true, there, staffing, true), Ok(VisitStep::Transfer));
        }
        assert_eq!(decide(here, true, counter, Staffing::Paused, false), Err(TransferRefused::NobodyServes));
    }
}
