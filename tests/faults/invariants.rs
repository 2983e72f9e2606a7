//! What must hold after every fault, looked up in the database and in the provider's ledger:
//! I1 every message is at its end or waits with good reason · I2 each is accepted once · I3 none leaves after its booking
//! changed · I4 none to whoever wants none · I5 nothing that can wait in quiet hours · I7 no state goes back · I8 ledger and
//! database know the same, and so do messages, attempts and budget · I6 no day costs more than it may.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, NaiveDateTime, Timelike, Utc, Weekday};
use domain::schedule::holidays::{HolidayCalendar, Land};
use system_tests::town::Town;

/// What was found.
#[derive(Debug, Default)]
pub struct Findings {
    /// Messages the provider never accepted, although they were wanted to the end.
    pub lost: Vec<String>,
    /// Messages it accepted more than once.
    pub twice: Vec<String>,
    /// Invariants that do not hold.
    pub broken: Vec<String>,
    /// The longest time from owed to accepted.
    pub worst_delay_ms: i64,
    /// The longest time from the provider's accepting to our knowing it.
    pub longest_unknown_ms: i64,
}

/// Makes the database write down every step of every message.
pub fn watch(town: &Town) {
    town.sql().sql(
        "CREATE TABLE step_taken (message_id uuid, from_state text, to_state text, at timestamptz DEFAULT clock_timestamp());
         CREATE FUNCTION note_step() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
           INSERT INTO step_taken (message_id, from_state, to_state) VALUES (NEW.id, OLD.state, NEW.state); RETURN NEW; END $$;
         CREATE TRIGGER note_step AFTER UPDATE OF state ON message FOR EACH ROW
           WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION note_step();",
    );
}

/// Looks at everything.
pub fn check(town: &Town) -> Findings {
    let mut findings = Findings::default();
    ledger(town, &mut findings);
    findings.broken.extend(left_in_quiet_hours(town));
    for (what, query) in BROKEN {
        let rows = town.sql().sql(query);
        if !rows.is_empty() {
            findings.broken.push(format!("{what}: {} as {:?}", rows.len(), &rows[..rows.len().min(3)]));
        }
    }
    findings
}

/// I5, by the calendar on the wall: from 20:00 to 8:00, on Sundays and holidays to 10:00, nothing leaves that can wait.
fn left_in_quiet_hours(town: &Town) -> Option<String> {
    const LEFT: &str = "SELECT m.id, m.kind, t.land, coalesce(t.settings::jsonb -> 'local_holidays', '[]'), \
        to_char(a.started_at AT TIME ZONE t.zone, 'YYYY-MM-DD\"T\"HH24:MI:SS') \
        FROM message m JOIN message_attempt a ON a.message_id = m.id JOIN town t ON t.id = m.town_id \
        WHERE m.kind IN ('reminder', 'early_reminder', 'slot_offered')";
    let rows = town.sql().sql(LEFT);
    let early: Vec<&String> = rows.iter().filter(|row| is_quiet(row)).collect();
    let first = early.first()?;
    Some(format!("I5 a message that can wait left in quiet hours: {} as {first}", early.len()))
}

/// Whether a row of `LEFT` tells of quiet hours.
fn is_quiet(row: &str) -> bool {
    let columns: Vec<&str> = row.split('|').collect();
    let [_, _, land, local, at] = columns[..] else { panic!("five columns: {row}") };
    let at: NaiveDateTime = at.parse().expect("a local time");
    let land = Land::from_code(land).expect("a Land");
    let calendar = HolidayCalendar { land, local: serde_json::from_str(local).expect("local holidays") };
    let sleeps_long = at.weekday() == Weekday::Sun || calendar.on(at.date()).is_some();
    let morning = if sleeps_long { 10 } else { 8 };
    at.hour() >= 20 || at.hour() < morning
}

/// Each query finds what should not be.
const BROKEN: &[(&str, &str)] = &[
    (
        "I1 a message is left on its way",
        "SELECT id, state FROM message WHERE channel = 'sms' AND not_before <= now() \
         AND state IN ('queued', 'enqueued', 'sending', 'uncertain')",
    ),
    (
        "I3 a message left after its booking changed",
        "SELECT m.id, m.kind FROM message m JOIN message_attempt a ON a.message_id = m.id \
         JOIN booking b ON b.id = m.booking_id \
         WHERE m.kind IN ('reminder', 'early_reminder', 'booking_confirmed', 'booking_moved', 'lost_code') \
         AND b.ended_at IS NOT NULL \
         AND b.state NOT IN ('served', 'no_show') AND a.started_at > b.ended_at + interval '1 second'",
    ),
    (
        "I4 a message left to somebody who wants none",
        "SELECT m.id, m.kind FROM message m JOIN message_attempt a ON a.message_id = m.id \
         JOIN suppression s ON s.recipient_hash = m.recipient_hash AND s.channel = m.channel AND s.town_id = m.town_id \
         WHERE a.started_at > s.since + interval '1 second' AND a.outcome = 'accepted' \
         AND m.kind NOT IN ('verification_code', 'lost_code', 'inbound_reply')",
    ),
    (
        "I6 a day cost more than its budget and the reserve",
        "SELECT b.town_id, b.used FROM sms_budget b JOIN town t ON t.id = b.town_id \
         WHERE b.used * 5 > (t.settings::jsonb ->> 'sms_segments_per_day')::int * 6",
    ),
    (
        "I7 a state went back",
        "SELECT message_id, from_state, to_state FROM step_taken WHERE \
         (from_state = 'delivered') \
         OR (from_state = 'sent' AND to_state NOT IN ('delivered', 'undelivered', 'failed')) \
         OR (from_state = 'accepted' AND to_state NOT IN ('sent', 'delivered', 'undelivered', 'failed')) \
         OR (from_state IN ('expired', 'superseded', 'suppressed', 'cancelled'))",
    ),
    (
        "I8 a message counts other parts than its attempts cost",
        "SELECT m.id, m.segments FROM message m LEFT JOIN message_attempt a ON a.message_id = m.id \
         AND a.outcome NOT IN ('throttled', 'not_sent', 'refused', 'config', 'not_listed') \
         WHERE m.channel = 'sms' GROUP BY m.id HAVING coalesce(m.segments, 0) <> coalesce(sum(a.segments), 0)",
    ),
    (
        "I8 the budget of all days is not what the messages cost",
        "SELECT b.used, m.segments FROM (SELECT coalesce(sum(used), 0) AS used FROM sms_budget) b, \
         (SELECT coalesce(sum(segments), 0) AS segments FROM message) m WHERE b.used <> m.segments",
    ),
];

/// Compares what the provider accepted with what we know of it (I2, I8), and finds what it never saw.
fn ledger(town: &Town, findings: &mut Findings) {
    let mut accepted: BTreeMap<String, Vec<DateTime<Utc>>> = BTreeMap::new();
    let mut theirs = BTreeSet::new();
    for sent in town.twilio().ledger() {
        theirs.insert(sent.sid.clone());
        if let Some(message) = sent.message() {
            accepted.entry(message).or_default().push(sent.accepted_at);
        }
    }
    let ours: BTreeSet<String> = town
        .sql()
        .sql(
            "SELECT provider_ref FROM message_attempt WHERE provider = 'twilio' AND provider_ref IS NOT NULL",
        )
        .into_iter()
        .collect();
    for sid in theirs.symmetric_difference(&ours).take(3) {
        findings.broken.push(format!("I8 only one side knows {sid}"));
    }
    let known: BTreeMap<String, i64> = town
        .sql()
        .sql(
            "SELECT message_id, (extract(epoch FROM min(at)) * 1000)::bigint FROM step_taken \
             WHERE to_state IN ('accepted', 'sent', 'delivered') GROUP BY message_id",
        )
        .iter()
        .filter_map(|row| row.split_once('|').and_then(|(id, at)| Some((id.to_owned(), at.parse().ok()?))))
        .collect();
    let wanted = "SELECT id, extract(epoch FROM greatest(created_at, not_before)) * 1000, state FROM message \
        WHERE channel = 'sms' AND state NOT IN ('expired', 'superseded', 'suppressed', 'cancelled')";
    for row in town.sql().sql(wanted) {
        let mut columns = row.split('|');
        let (Some(id), Some(owed), Some(state)) = (columns.next(), columns.next(), columns.next()) else {
            continue;
        };
        match accepted.get(id) {
            None => findings.lost.push(format!("{id} {state}")),
            Some(times) => {
                if times.len() > 1 {
                    findings.twice.push(format!("{id} {} times", times.len()));
                }
                let owed = owed.parse::<f64>().map_or(0, |millis| millis as i64);
                let delay = times.iter().map(|at| at.timestamp_millis() - owed).min().unwrap_or(0);
                findings.worst_delay_ms = findings.worst_delay_ms.max(delay);
                let first = times.iter().map(DateTime::timestamp_millis).min().unwrap_or(0);
                let unknown = known.get(id).map_or(0, |at| at - first);
                findings.longest_unknown_ms = findings.longest_unknown_ms.max(unknown);
            }
        }
    }
}
