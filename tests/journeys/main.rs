//! Journeys of people through the real processes: what a town sees, from the first tap to the counter.

mod bad_input;
mod canary;
mod commands;
mod counters;
mod faults;
mod mail;
mod providers;
mod push;
mod races;
mod screens;
mod story;
