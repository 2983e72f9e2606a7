//! How an office's visitors and counters behave (Gewohnheiten): what a forecast has to assume. Learned from the past
//! where the past is known, else as `load-model.json` has it.

use chrono::TimeDelta;

/// What a forecast assumes about an office.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Habits {
    /// Of a hundred appointments, to so many somebody comes.
    pub show_percent: u32,
    /// When people arrive, relative to their appointment: on average, and the standard deviation.
    pub arrival_offset: TimeDelta,
    /// See `arrival_offset`.
    pub arrival_deviation: TimeDelta,
    /// Standard deviation of service times, in per cent of what is usual for the visit.
    pub spread_percent: u32,
    /// From the end of one visit to the beginning of the next when somebody waits: a breath, a call, the way.
    pub changeover: TimeDelta,
    /// How long people without appointment wait before they give up: the scale of a Weibull distribution of shape 1.5.
    pub patience: TimeDelta,
}

impl Habits {
    /// What holds until an office has a past of its own (`load-model.json`, with reminders).
    pub const ASSUMED: Self = Self {
        show_percent: 92,
        arrival_offset: TimeDelta::seconds(-600),
        arrival_deviation: TimeDelta::seconds(468),
        spread_percent: 60,
        changeover: TimeDelta::seconds(60),
        patience: TimeDelta::seconds(3_990),
    };
}

impl Default for Habits {
    fn default() -> Self {
        Self::ASSUMED
    }
}
