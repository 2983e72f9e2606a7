//! What operators do with many messages at once: which ones, what, and who has to agree.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use crate::messaging::delivery::State;
use crate::messaging::failure::ErrorClass;
use crate::messaging::{ChannelKind, Kind};

/// More messages than this at once need the consent of a second person.
pub const ALONE_AT_MOST: u64 = 500;

/// What one person changed alone counts for so long, or five hundred would be sent twice in a row.
pub const ALONE_WITHIN: Duration = Duration::hours(1);

/// What is done with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Failed ones are sent again.
    Retry,
    /// Waiting ones are stopped.
    Cancel,
}

impl Action {
    /// The word in the database and the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Cancel => "cancel",
        }
    }

    /// The action of a word, if it is one.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Retry, Self::Cancel].into_iter().find(|action| action.as_str() == word)
    }

    /// The states of the messages it concerns.
    #[must_use]
    pub fn states(self) -> &'static [State] {
        match self {
            Self::Retry => &[State::Failed, State::Undelivered],
            Self::Cancel => &[State::Held, State::Queued, State::Enqueued, State::Uncertain],
        }
    }
}

/// Which messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// Only of this kind.
    pub kind: Option<Kind>,
    /// Only by this channel.
    pub channel: Option<ChannelKind>,
    /// Only those that failed so.
    pub class: Option<ErrorClass>,
    /// Owed from this moment on.
    pub from: DateTime<Utc>,
    /// Owed before this moment.
    pub until: DateTime<Utc>,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Waits for the consent of a second person.
    Proposed,
    /// Page after page is done.
    Running,
    /// Nothing is left.
    Done,
    /// Taken back before it began.
    Withdrawn,
}

impl Progress {
    /// The word in the database and the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Running => "running",
            Self::Done => "done",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The progress of a word, if it is one.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let all = [Self::Proposed, Self::Running, Self::Done, Self::Withdrawn];
        all.into_iter().find(|progress| progress.as_str() == word)
    }
}

/// How something begins that makes so many messages, with those the same person changed alone lately: at once, or with the
/// consent of a second person.
#[must_use]
pub fn begins_as(messages: u64) -> Progress {
    if messages > ALONE_AT_MOST { Progress::Proposed } else { Progress::Running }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_hundred_go_alone_and_one_more_needs_two() {
        assert_eq!(begins_as(ALONE_AT_MOST), Progress::Running);
        assert_eq!(begins_as(ALONE_AT_MOST + 1), Progress::Proposed);
    }

    #[test]
    fn words_are_read_as_they_are_written() {
        for action in [Action::Retry, Action::Cancel] {
            assert_eq!(Action::parse(action.as_str()), Some(action));
        }
        for progress in [Progress::Proposed, Progress::Running, Progress::Done, Progress::Withdrawn] {
            assert_eq!(Progress::parse(progress.as_str()), Some(progress));
        }
    }

    #[test]
    fn nothing_that_left_already_is_stopped_and_nothing_underway_is_sent_again() {
        assert!(Action::Cancel.states().iter().all(|state| !state.is_final()));
        assert!(Action::Retry.states().iter().all(|state| state.is_final()));
    }
}
