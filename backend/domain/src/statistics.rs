//! Statistics (Auswertung): what the days of a house were like, made of facts that say nothing about who came.
//!
//! A day is condensed once, from the event log, into [`facts::DayFacts`]; every figure, the calibration of durations and
//! the question of one more counter are read from these. Nobody's work is measured: no fact knows who served.

pub mod calibration;
pub mod condense;
pub mod facts;
pub mod figures;
pub mod period;
pub mod quantile;
pub mod staffing;
