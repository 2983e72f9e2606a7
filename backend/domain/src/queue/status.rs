//! The two machines of the queue: a *visit* is a person in the building with a ticket, a *session* is time at
//! a counter. One table of legal transitions each; everything else is refused.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// How long a missed visitor may come back into the queue.
pub const REJOIN_WINDOW: TimeDelta = TimeDelta::minutes(30);

/// How far apart the two calls before `missed` have to be.
pub const BETWEEN_CALLS: TimeDelta = TimeDelta::minutes(2);

/// Where a visit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitState {
    /// Is here and waits for a call.
    Waiting,
    /// Was called to a counter and has not come yet.
    Called,
    /// Sits at a counter.
    Serving,
    /// Fills in a form, fetches a photo: keeps the place but is not called.
    Parked,
    /// Did not come after the calls. May come back for half an hour.
    Missed,
    /// Was served.
    Done,
    /// Goes on with a new ticket elsewhere.
    Transferred,
    /// Went away.
    Left,
}

/// What happens to a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitStep {
    /// A counter calls the visitor.
    Call,
    /// The same counter calls once more.
    Recall,
    /// The counter takes the call back; the visitor keeps the place.
    PutBack,
    /// The visitor is at the counter.
    Serve,
    /// Served, with the services delivered.
    Finish,
    /// Goes on in another waiting zone, with a new ticket.
    Transfer,
    /// Goes on at another counter of the same waiting zone; the number stays.
    PassOn,
    /// Staff grants minutes; the place in the queue changes.
    Grant,
    /// Did not come.
    Miss,
    /// Came back after having been missed.
    Rejoin,
    /// Steps aside for a while.
    Park,
    /// Is ready again and waits.
    Resume,
    /// Goes away.
    Leave,
}

/// Every legal transition of a visit. Nothing outside this table ever happens.
pub const VISIT_TRANSITIONS: &[(VisitState, VisitStep, VisitState)] = {
    use VisitState::{Called, Done, Left, Missed, Parked, Serving, Transferred, Waiting};
    use VisitStep::{
        Call, Finish, Grant, Leave, Miss, Park, PassOn, PutBack, Recall, Rejoin, Resume, Serve, Transfer,
    };
    &[
        (Waiting, Call, Called),
        (Waiting, Park, Parked),
        (Waiting, Transfer, Transferred),
        (Waiting, PassOn, Waiting),
        (Waiting, Grant, Waiting),
        (Waiting, Leave, Left),
        (Called, Recall, Called),
        (Called, PutBack, Waiting),
        (Called, Serve, Serving),
        (Called, Miss, Missed),
        (Called, Transfer, Transferred),
        (Called, PassOn, Waiting),
        (Called, Leave, Left),
        (Serving, Finish, Done),
        (Serving, Transfer, Transferred),
        (Serving, PassOn, Waiting),
        (Serving, Park, Parked),
        (Serving, Leave, Left),
        (Parked, Resume, Waiting),
        (Parked, Serve, Serving),
        (Parked, Leave, Left),
        (Missed, Rejoin, Waiting),
        (Missed, Leave, Left),
    ]
};

/// The step is not possible where the visit stands now, mostly because somebody else was faster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a visit that is {state:?} cannot take the step {step:?}")]
pub struct IllegalStep {
    /// Where the visit stands.
    pub state: VisitState,
    /// What was asked for.
    pub step: VisitStep,
}

impl VisitState {
    /// Every state, for tests and tables.
    pub const ALL: [Self; 8] = [
        Self::Waiting,
        Self::Called,
        Self::Serving,
        Self::Parked,
        Self::Missed,
        Self::Done,
        Self::Transferred,
        Self::Left,
    ];

    /// The state after `step`.
    pub fn after(self, step: VisitStep) -> Result<Self, IllegalStep> {
        VISIT_TRANSITIONS
            .iter()
            .find(|(from, by, _)| *from == self && *by == step)
            .map(|(_, _, to)| *to)
            .ok_or(IllegalStep { state: self, step })
    }

    /// The states from which `step` is possible.
    pub fn before(step: VisitStep) -> impl Iterator<Item = Self> {
        VISIT_TRANSITIONS.iter().filter(move |(_, by, _)| *by == step).map(|(from, _, _)| *from)
    }

    /// Nothing more happens to this visit. A missed visit ends when its rejoin window does.
    pub fn is_final(self) -> bool {
        match self {
            Self::Done | Self::Transferred | Self::Left => true,
            Self::Waiting | Self::Called | Self::Serving | Self::Parked | Self::Missed => false,
        }
    }

    /// The person is in the building and not yet finished.
    pub fn is_present(self) -> bool {
        match self {
            Self::Waiting | Self::Called | Self::Serving | Self::Parked => true,
            Self::Missed | Self::Done | Self::Transferred | Self::Left => false,
        }
    }

    /// The word kept in the database and sent over the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Called => "called",
            Self::Serving => "serving",
            Self::Parked => "parked",
            Self::Missed => "missed",
            Self::Done => "done",
            Self::Transferred => "transferred",
            Self::Left => "left",
        }
    }

    /// The state with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

impl VisitStep {
    /// Every step, for tests and tables.
    pub const ALL: [Self; 13] = [
        Self::Call,
        Self::Recall,
        Self::PutBack,
        Self::Serve,
        Self::Finish,
        Self::Transfer,
        Self::PassOn,
        Self::Grant,
        Self::Miss,
        Self::Rejoin,
        Self::Park,
        Self::Resume,
        Self::Leave,
    ];
}

/// Time at a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionState {
    /// The visitor sits at the counter.
    Running,
    /// It is over, for this reason.
    Ended(SessionEnd),
}

/// Why time at a counter ended. A parked visitor gets a new session later, so parked time never counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    /// Served.
    Finished,
    /// Stepped aside.
    Parked,
    /// Sent on.
    Transferred,
    /// Went away.
    Left,
}

impl SessionState {
    /// What a step of the visit does to its session: `None` when the step does not touch it.
    /// A session starts with `Serve` and ends with whatever takes the visitor from the counter.
    pub fn after(current: Option<Self>, step: VisitStep) -> Option<Self> {
        match (current, step) {
            (None, VisitStep::Serve) => Some(Self::Running),
            (Some(Self::Running), VisitStep::Finish) => Some(Self::Ended(SessionEnd::Finished)),
            (Some(Self::Running), VisitStep::Park) => Some(Self::Ended(SessionEnd::Parked)),
            (Some(Self::Running), VisitStep::Transfer | VisitStep::PassOn) => {
                Some(Self::Ended(SessionEnd::Transferred))
            }
            (Some(Self::Running), VisitStep::Leave) => Some(Self::Ended(SessionEnd::Left)),
            (None | Some(Self::Running | Self::Ended(_)), _) => None,
        }
    }
}

/// The calls of a visit so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calls {
    /// How often the visitor was called.
    pub count: u32,
    /// The first call.
    pub first_at: DateTime<Utc>,
    /// The last call.
    pub last_at: DateTime<Utc>,
}

/// The visitor has to be called again before being marked as missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("call again from {call_again_from} before marking as missed")]
pub struct CalledTooLittle {
    /// When the second call counts.
    pub call_again_from: DateTime<Utc>,
}

impl Calls {
    /// Two calls at least two minutes apart come before `missed`.
    pub fn enough_for_missed(self) -> Result<(), CalledTooLittle> {
        if self.count >= 2 && self.last_at - self.first_at >= BETWEEN_CALLS {
            Ok(())
        } else {
            Err(CalledTooLittle { call_again_from: self.first_at + BETWEEN_CALLS })
        }
    }
}

/// The way back into the queue is closed; a new ticket is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the rejoin window ended at {ended_at}")]
pub struct RejoinTooLate {
    /// When the window ended.
    pub ended_at: DateTime<Utc>,
}

/// When a missed visitor is due who comes back within half an hour: at once, but not before anybody who was due before, and
/// not before the time they had in any case.
pub fn rejoin(
    missed_at: DateTime<Utc>,
    due_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, RejoinTooLate> {
    let ended_at = missed_at + REJOIN_WINDOW;
    if now <= ended_at { Ok(due_at.max(now)) } else { Err(RejoinTooLate { ended_at }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_424_400 + minute * 60, 0).unwrap()
    }

    #[test]
    fn words_lead_back_to_their_state() {
        for state in VisitState::ALL {
            assert_eq!(VisitState::parse(state.as_str()), Some(state));
        }
    }

    #[test]
    fn a_visitor_is_missed_only_after_two_calls_two_minutes_apart() {
        let once = Calls { count: 1, first_at: at(0), last_at: at(0) };
        assert_eq!(once.enough_for_missed(), Err(CalledTooLittle { call_again_from: at(2) }));
        let hasty = Calls { count: 2, first_at: at(0), last_at: at(1) };
        assert!(hasty.enough_for_missed().is_err());
        let twice = Calls { count: 2, first_at: at(0), last_at: at(2) };
        assert_eq!(twice.enough_for_missed(), Ok(()));
    }

    #[test]
    fn a_missed_visitor_may_come_back_for_half_an_hour() {
        assert_eq!(rejoin(at(0), at(-5), at(30)), Ok(at(30)));
        assert_eq!(rejoin(at(0), at(40), at(30)), Ok(at(40)), "a call out of turn gains nobody anything");
        assert_eq!(rejoin(at(0), at(0), at(31)), Err(RejoinTooLate { ended_at: at(30) }));
    }

    #[test]
    fn parking_ends_the_session_and_coming_back_starts_another() {
        let running = SessionState::after(None, VisitStep::Serve);
        assert_eq!(running, Some(SessionState::Running));
        assert_eq!(
            SessionState::after(running, VisitStep::Park),
            Some(SessionState::Ended(SessionEnd::Parked))
        );
        assert_eq!(SessionState::after(running, VisitStep::Recall), None);
    }
}
