//! How long a booking takes, step by step: each is one commit.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use system_tests::harness::TestDatabase;
use system_tests::people::{Citizen, Hold, digits_after, text};
use system_tests::town::Town;

use crate::measured::{Figures, percentile_ms};

const SERVICE: &str = "personalausweis-beantragen";
/// As many numbers as are kept free for fiction: each person books once.
const BOOKED: usize = 99;

/// The first ones, which find a server that has served nobody, are not counted.
const WARMING: usize = 30;

/// `book_…_p50_…` and `book_…_p99_…`: holding a slot, sending the form, typing the code; one person at a time.
pub async fn measure(figures: &mut Figures, store: &str, database: Option<TestDatabase>) {
    let mut town = Town::single_with_offices(database, 1).await;
    town.start_worker();
    let mut timings = [const { Vec::new() }; 3];
    let citizen = |number: usize| Citizen {
        api: &town.api,
        phones: &town.phones,
        phone: format!("0171 39200{number:02}"),
    };
    let slots = citizen(0).free_slots(SERVICE).await;
    for (number, slot) in (1..=BOOKED).zip(&slots) {
        let took = book(&citizen(number), &town, slot).await;
        if number <= WARMING {
            continue;
        }
        for (timings, took) in timings.iter_mut().zip(took) {
            timings.push(took);
        }
    }
    for (step, timings) in ["hold", "form", "code"].into_iter().zip(&mut timings) {
        figures.at_most(&format!("book_{step}_p50_{store}"), percentile_ms(timings, 0.5), "ms", 5.0);
        figures.at_most(&format!("book_{step}_p99_{store}"), percentile_ms(timings, 0.99), "ms", 25.0);
    }
}

async fn book(citizen: &Citizen<'_>, town: &Town, slot: &Value) -> [Duration; 3] {
    // The proof of work is the phone's time, and computed while somebody still chooses.
    let wish = citizen.wish_to_hold(SERVICE, slot).await;
    let began = Instant::now();
    let answer = citizen.sends_wish(&wish).await.expect(201);
    let held = began.elapsed();
    let hold = Hold::of(&answer);

    let began = Instant::now();
    let pending = citizen.sends_the_form(&hold).await;
    let sent = began.elapsed();

    let sms = citizen.phones.message(&citizen.phone, "Ihr Code").await;
    let code = digits_after(&sms, "Ihr Code: ");
    let path = format!("/bookings/{}/verify", text(&pending, "/booking_id"));
    let began = Instant::now();
    town.api.post(&path, &hold.caller, &json!({ "code": code })).await.expect(200);
    [held, sent, began.elapsed()]
}
