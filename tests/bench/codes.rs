//! Whether codes wait for reminders: people ask for theirs while twenty thousand reminders are due.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use system_tests::harness::eventually_within;
use system_tests::people::{Citizen, Hold};
use system_tests::town::Town;

use crate::measured::{Figures, percentile_ms};
use crate::outbox::{LONG, SERVICE, copy, owed_anew};

const REMINDERS: usize = 20_000;
/// The numbers of those who ask; the first one is of those who are reminded.
const NUMBERS: std::ops::Range<usize> = 2..92;
/// Fewer codes that came while reminders waited prove nothing.
const ENOUGH: f64 = 60.0;

/// `codes_p95_under_reminders`, from sending the form until the code is on the phone; `code_to_provider_…`, of the same codes
/// from the moment they are owed until the provider takes them; `codes_under_reminders`, how many they are.
pub async fn measure(figures: &mut Figures, town: &mut Town) {
    town.is_at_noon();
    one_is_reminded(town).await;
    let people = people(town).await;
    // One after the other in each line, so that all are done long before the reminders are.
    let lines: Vec<_> = people.chunks(people.len().div_ceil(6)).collect();
    let [a, b, c, d, e, f] = lines[..] else { panic!("six lines") };
    let last = town.twilio().asked() + REMINDERS;
    all_are_reminded(town);
    let line = |people| ask(town, people, last);
    let (a, b, c, d, e, f) = tokio::join!(line(a), line(b), line(c), line(d), line(e), line(f));
    let waiting = last.saturating_sub(town.twilio().asked());
    println!("# about {waiting} of {REMINDERS} reminders were still waiting after the last code");
    let asked: Vec<Asked> = [a, b, c, d, e, f].into_iter().flatten().collect();
    figures.at_least("codes_under_reminders", asked.len() as f64, "codes", ENOUGH);
    let mut took: Vec<Duration> = asked.iter().map(|it| it.took).collect();
    figures.at_most("codes_p95_under_reminders", percentile_ms(&mut took, 0.95) / 1000.0, "s", 1.0);
    let mut took = to_provider(town, &asked);
    figures.at_most("code_to_provider_p95", percentile_ms(&mut took, 0.95), "ms", 1000.0);
    figures.at_most("code_to_provider_p99", percentile_ms(&mut took, 0.99), "ms", 3000.0);
}

/// Bookings for tomorrow, as many as are to be reminded; one of them is, by the clock's own job.
async fn one_is_reminded(town: &mut Town) {
    let booked = "(SELECT * FROM booking WHERE state = 'booked' LIMIT 1) AS row";
    copy(town, "booking", &format!("{booked}, generate_series(0, {REMINDERS}) AS n"), |column| {
        Some(match column {
            "id" => "gen_random_uuid()".to_owned(),
            "hold_id" | "link_token_hash" | "remind_early_at" => "NULL".to_owned(),
            "remind_at" => "CASE WHEN n = 0 THEN now() - interval '1 minute' END".to_owned(),
            "check_in_code" => "lpad(CAST(n AS text), 8, '0')".to_owned(),
            "starts_at" | "ends_at" => {
                "date_trunc('hour', now()) + interval '23 hours' + (n % 400) * interval '1 minute'".to_owned()
            }
            _ => return None,
        })
    });
    town.sql().sql(
        "ANALYZE; UPDATE timetable SET next_run_at = now() - interval '1 hour' WHERE job = 'remind_day_before'",
    );
    // It looks at the timetable when it starts.
    town.workers.clear();
    town.start_worker();
    let reminded = "SELECT count(*) FROM message WHERE kind = 'reminder' AND accepted_at IS NOT NULL";
    eventually_within(LONG, "somebody reminded", || async { (town.sql().count(reminded) > 0).then_some(()) })
        .await;
}

/// Owes all the others theirs, each of a booking of its own.
fn all_are_reminded(town: &Town) {
    let from = format!(
        "(SELECT * FROM message WHERE kind = 'reminder' AND accepted_at IS NOT NULL LIMIT 1) AS row, \
         (SELECT id AS of_booking, rev AS of_rev, row_number() OVER () AS n FROM booking \
          WHERE hold_id IS NULL AND remind_at IS NULL LIMIT {REMINDERS}) AS each"
    );
    copy(town, "message", &from, |column| match column {
        "booking_id" => Some("of_booking".to_owned()),
        "booking_rev" => Some("of_rev".to_owned()),
        other => owed_anew("reminder", other),
    });
}

/// Those who are about to send the form, each with a slot that is held.
async fn people(town: &Town) -> Vec<(Citizen<'_>, Hold)> {
    let citizen = |number: usize| Citizen {
        api: &town.api,
        phones: &town.phones,
        phone: format!("0171 39200{number:02}"),
    };
    let slots = citizen(0).free_slots(SERVICE).await;
    let mut people = Vec::new();
    for (number, slot) in NUMBERS.zip(slots.iter().skip(6).step_by(2)) {
        let citizen = citizen(number);
        let hold = citizen.holds(SERVICE, slot).await;
        people.push((citizen, hold));
    }
    people
}

/// A code that came while reminders waited.
struct Asked {
    took: Duration,
    /// As the provider writes it.
    phone: String,
}

/// These send the form, one after the other. What comes when the provider was asked `last` times was under no load.
async fn ask(town: &Town, people: &[(Citizen<'_>, Hold)], last: usize) -> Vec<Asked> {
    let mut asked = Vec::new();
    for (citizen, hold) in people {
        let began = Instant::now();
        citizen.sends_the_form(hold).await;
        town.phones.message(&citizen.phone, "Ihr Code").await;
        let took = began.elapsed();
        if town.twilio().asked() < last {
            asked.push(Asked { took, phone: system_tests::town::international(&citizen.phone) });
        }
    }
    asked
}

/// From the moment each was owed, by the database, until the provider took it, by its ledger.
fn to_provider(town: &Town, asked: &[Asked]) -> Vec<Duration> {
    let owed: BTreeMap<String, i64> = town
        .sql()
        .sql("SELECT id, round(extract(epoch FROM created_at) * 1000) FROM message WHERE kind = 'verification_code'")
        .iter()
        .filter_map(|row| row.split_once('|'))
        .map(|(id, millis)| (id.to_owned(), millis.parse().expect("milliseconds")))
        .collect();
    let codes = town.twilio().ledger().into_iter().filter(|sent| asked.iter().any(|it| it.phone == sent.to));
    codes
        .filter_map(|sent| Some(sent.accepted_at.timestamp_millis() - owed.get(&sent.message()?)?))
        .map(|millis| Duration::from_millis(millis.unsigned_abs()))
        .collect()
}
