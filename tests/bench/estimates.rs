//! The expected waits: how fast they are (`estimate`), and how good (`ESTIMATES.md`).

use std::fmt::Write;
use std::path::Path;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::{CounterId, PoolId, VisitId};
use domain::queue::forecast::{Expected, Seat, Situation, Waiting, Work};
use domain::queue::habits::Habits;
use domain::queue::wait_estimate::{Asking, expected_waits};
use system_tests::estimates::methods::Method;
use system_tests::estimates::scenarios::{self, Scenario};
use system_tests::estimates::{Findings, compare};
use uuid::Uuid;

use crate::measured::{Figures, percentile_ms};

const SEEDS: u64 = 30;

/// What the office remembers: a quarter of a year.
const PAST_DAYS: u32 = 60;

/// `estimate`: all estimates of a queue with 60 waiting, 8 counters, 100 runs, p50.
pub fn speed(figures: &mut Figures) {
    let (situation, asking) = busy_house();
    let mut timings: Vec<_> = (0..200)
        .map(|seed| {
            let began = Instant::now();
            let answers = expected_waits(&situation, &asking, 100, seed);
            let took = began.elapsed();
            assert!(answers.iter().all(Option::is_some), "everybody gets an answer");
            took
        })
        .collect();
    figures.at_most("estimate", percentile_ms(&mut timings, 0.5), "ms", 2.0);
}

/// Sixty wait at eight counters, half of them with an appointment, and forty more are expected.
fn busy_house() -> (Situation, Vec<Asking>) {
    let now: DateTime<Utc> = DateTime::from_timestamp(1_795_424_400, 0).unwrap_or_default();
    let pool = PoolId(Uuid::from_u128(1));
    let (minutes, usual) = (TimeDelta::minutes, TimeDelta::minutes(12));
    let waiting: Vec<Waiting> = (0..60_i64)
        .map(|number| {
            let has_appointment = number % 2 == 0;
            let arrived_at = now - minutes(number);
            let due_at =
                if has_appointment { now + minutes(number / 2 - 12) } else { arrived_at + minutes(30) };
            let visit = VisitId(Uuid::from_u128(100 + number as u128));
            Waiting { visit, pool, due_at, arrived_at, has_appointment, usual }
        })
        .collect();
    let seat = |number: u128| Seat {
        counter: CounterId(Uuid::from_u128(number)),
        pools: vec![pool],
        work: Some(Work { elapsed: minutes(number as i64), usual }),
    };
    let expected = |number: i64| Expected { pool, starts_at: now + minutes(3 + number * 4), usual };
    let mut asking: Vec<Asking> = waiting
        .iter()
        .map(|one| Asking { pool, due_at: one.due_at, visit: Some(one.visit), usual: one.usual })
        .collect();
    asking.extend([now, now + minutes(30)].map(|due_at| Asking { pool, due_at, visit: None, usual }));
    let situation = Situation {
        now,
        counters: (0..8).map(seat).collect(),
        expected: (0..40).map(expected).collect(),
        waiting,
        away: Vec::new(),
        habits: Habits::ASSUMED,
    };
    (situation, asking)
}

/// `estimates_…`: how good ours are beside what others tell; writes `tests/bench/ESTIMATES.md`.
pub fn quality(figures: &mut Figures) {
    let all = scenarios::all();
    let found: Vec<Findings> = all.iter().map(|scenario| compare(scenario, 0..SEEDS, PAST_DAYS)).collect();
    for findings in &found {
        bars(figures, findings);
    }
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/ESTIMATES.md");
    if let Err(error) = std::fs::write(&place, report(&all, &found)) {
        eprintln!("{} cannot be written: {error}", place.display());
    }
}

/// What is promised of every kind of day.
fn bars(figures: &mut Figures, findings: &Findings) {
    let name = format!("estimates_{}", findings.scenario.replace([' ', '-'], "_"));
    for (has_appointment, who, share_of_zms) in [(false, "walk_in", 0.8), (true, "appointment", 0.6)] {
        let ratio = findings.ratio(Method::ZmsConfigured, has_appointment).unwrap_or(f64::MAX);
        figures.at_most(&format!("{name}_{who}_vs_zms"), ratio, "ratio", share_of_zms);
        let Some(ours) = findings.of(Method::Ours, has_appointment) else { continue };
        figures.at_least(
            &format!("{name}_{who}_covered"),
            f64::from(ours.accuracy.covered_percent),
            "percent",
            75.0,
        );
        // Who is told not to wait, and does not, is covered by a range without width: those prove nothing.
        let told_to_wait = f64::from(ours.covered_of_waiting.unwrap_or(0));
        figures.at_most(&format!("{name}_{who}_covered_of_waiting"), told_to_wait, "percent", 90.0);
        if has_appointment {
            let bias = ours.accuracy.bias.num_seconds().abs() as f64 / 60.0;
            figures.at_most(&format!("{name}_{who}_bias"), bias, "min", 1.0);
        }
    }
}

fn report(all: &[Scenario], found: &[Findings]) -> String {
    let mut text = format!(
        "<!-- Written by `make bench ARGS=estimates`, never by hand. -->\n# How good the expected waits are\n\n\
         Simulated days of the load model (`backend/simulator`), {SEEDS} of each kind, played with the real calling rule. Each \
         visitor is told a wait on arrival; it is compared with the time until the call. All methods look at the \
         same days. Ours knows what it learned from {PAST_DAYS} simulated ordinary days before, nothing true.\n\n\
         Minutes. *error*: mean absolute; *bias*: predicted less real; *P90*: nine of ten are off by at most this; \
         *covered*: real waits within the 10–90 % range, to the whole minute; in brackets those of people who were told to \
         wait at all. *ours by it*: our error divided by that of the method.\n"
    );
    for (scenario, findings) in all.iter().zip(found) {
        write!(text, "\n## {}\n\n{}.\n", capital(scenario.name), capital(scenario.why)).expect("a string");
        for (has_appointment, who) in [(false, "without appointment"), (true, "with appointment")] {
            text.push_str(&table(findings, has_appointment, who));
        }
        writeln!(text, "\nHeld back at a free counter: {:.0} minutes a day.", findings.held_back)
            .expect("a string");
    }
    text
}

fn table(findings: &Findings, has_appointment: bool, who: &str) -> String {
    let mut text = format!(
        "\n| {who} | n | wait | said | error | bias | P90 | covered | ours by it |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|\n"
    );
    let minutes = |time: TimeDelta| time.num_milliseconds() as f64 / 60_000.0;
    for row in findings.rows.iter().filter(|row| row.has_appointment == has_appointment) {
        let of = &row.accuracy;
        let covered = match row.method {
            Method::Ours | Method::Formula => {
                format!("{} % ({})", of.covered_percent, row.covered_of_waiting.unwrap_or(0))
            }
            Method::ZmsConfigured | Method::ZmsTrue | Method::LastTen | Method::QueueLength => "–".to_owned(),
        };
        let ratio = findings.ratio(row.method, has_appointment).unwrap_or(0.0);
        writeln!(
            text,
            "| {} | {} | {:.1} | {:.1} | {:.2} | {:+.2} | {:.1} | {covered} | {ratio:.2} |",
            row.method.name(),
            of.visits,
            minutes(of.waited),
            minutes(of.predicted),
            minutes(of.error),
            minutes(of.bias),
            minutes(of.error_90),
        )
        .expect("a string");
    }
    text
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
