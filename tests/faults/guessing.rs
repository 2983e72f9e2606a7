//! Guessing: check-in codes at a terminal, and the links of appointments.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use serde_json::{Value, json};
use system_tests::harness::{Answer, Caller};
use system_tests::people::{Citizen, check_in, enrol, fresh_key, text};
use system_tests::town::Town;

use crate::invariants;
use crate::outbox::town;
use crate::report::{Row, count};

/// What is the same in every answer to a wrong code: all but the number of the request and the tries that are left.
fn told(answer: &Answer) -> (u16, String) {
    let mut body = answer.body.clone();
    body["request_id"] = Value::Null;
    body["data"] = Value::Null;
    (answer.status, body.to_string())
}

/// As many codes as wanted, typed one after the other; what was told, each once, and how many were let pass.
async fn guess(town: &Town, terminal: &Caller, codes: usize) -> (BTreeSet<(u16, String)>, usize) {
    let (mut answers, mut passed) = (BTreeSet::new(), 0);
    for n in 0..codes {
        // One in nine cannot be a code at all; that tells no more.
        let code = if n % 9 == 8 { "🙂".to_owned() } else { format!("9{n:07}") };
        let answer = check_in(&town.api, terminal, &code).await;
        passed += usize::from(answer.status == 404);
        answers.insert(told(&answer));
    }
    (answers, passed)
}

#[tokio::test]
async fn f27_codes_and_links_are_not_found_by_guessing() {
    let (codes, links) = (count(100, 2_000), count(300, 10_000));
    let row = Row::of(27, &format!("{codes} wrong codes at a terminal, {links} guessed links"));
    let Some(town) = town(1, &[]).await else { return };
    let citizen = Citizen { api: &town.api, phones: &town.phones, phone: "0171 3920085".to_owned() };
    let slug = text(&citizen.finds_service("Personalausweis").await, "/slug");
    let slot = citizen.free_slots(&slug).await.swap_remove(0);
    let booked = citizen.books(&slug, &slot).await;
    let code = text(&booked.appointment, "/check_in_code");
    let office = town.office(&text(&slot, "/office_id")).await;
    let admin = town.admin().await;
    let guessed = enrol(&town.api, &admin, "terminal", &office).await;
    let other = enrol(&town.api, &admin, "terminal", &office).await;

    let (answers, passed) = guess(&town, &guessed, codes).await;
    assert!((5..=10).contains(&passed), "five a minute, however fast they come: {passed}");
    let kinds: Vec<u16> = answers.iter().map(|(status, _)| *status).collect();
    assert_eq!(kinds, [404, 429], "one sentence for each, whatever was typed: {answers:?}");
    // The right one is not let pass there either, so that guessing on is worth nothing …
    let data = check_in(&town.api, &guessed, &code).await.expect_problem(429, "too_many_tries");
    assert!(data["retry_at"].is_string());
    // … and next to it nobody waits.
    check_in(&town.api, &other, &code).await.expect(200);

    // Another minute of it is guessing; the administration sees where.
    town.sql().sql(
        "UPDATE throttle SET window_started_at = window_started_at - interval '2 minutes' WHERE key LIKE 'check-in:%'",
    );
    guess(&town, &guessed, 20).await;
    let devices = town.api.get("/devices", &admin).await.expect(200);
    let found: Vec<_> =
        devices.as_array().expect("devices").iter().filter(|one| one["guesses"].is_number()).collect();
    assert_eq!(found.len(), 1, "{devices}");
    assert!(found[0]["guesses"].as_u64() >= Some(10));
    assert_eq!(town.sql().count("SELECT count(*) FROM event WHERE reason = 'codes are guessed'"), 1);

    // What was taken away opens nothing any more, with the right code either.
    let path = format!("/devices/{}/revoke", text(found[0], "/id"));
    town.api.post_once(&path, &admin, &fresh_key(), &json!({})).await.expect(200);
    check_in(&town.api, &guessed, &code).await.expect_problem(401, "device_revoked");
    check_in(&town.api, &Caller::Nobody, &code).await.expect_problem(401, "not_signed_in");
    assert_eq!(check_in(&town.api, &booked.link, &code).await.status, 401, "a link checks nobody in there");

    row.passes_with(&invariants::check(&town), &guess_links(&town, &booked.link, links).await);
}

/// Guesses that look like links, until as many were named; tells how many were looked up.
async fn guess_links(town: &Town, right: &Caller, links: usize) -> String {
    let open = async |link: &Caller| town.api.get("/appointment", link).await;
    // Whoever has a link opens it as often as they like.
    for _ in 0..50 {
        open(right).await.expect(200);
    }
    let begun = Instant::now();
    let mut answers: BTreeMap<(u16, String), usize> = BTreeMap::new();
    for n in 0..links {
        let answer = open(&Caller::Bearer(link(n))).await;
        *answers.entry(told(&answer)).or_default() += 1;
    }
    let minutes = begun.elapsed().as_secs() as usize / 60 + 1;
    let kinds: Vec<u16> = answers.keys().map(|(status, _)| *status).collect();
    assert_eq!(kinds, [401, 429], "one sentence for each: {answers:?}");
    let looked_up = *answers.values().next().expect("two kinds of answers");
    assert!((10..=(10 * minutes).min(60)).contains(&looked_up), "{looked_up} in {minutes} minutes");
    // The right one is not let pass there either, so that guessing on is worth nothing.
    let data = open(right).await.expect_problem(429, "too_many_wrong_links");
    assert!(data["retry_at"].is_string());
    let figures = town.api.get("//metrics", &Caller::Nobody).await.text;
    let counted = figures.lines().find_map(|line| line.strip_prefix("lotse_links_unknown_total "));
    assert!(counted.and_then(|count| count.parse().ok()) > Some(links), "{counted:?}");
    format!("{looked_up} of the links looked up")
}

/// A well-formed link, another for each number: its letters are those of `LinkToken`.
fn link(mut number: usize) -> String {
    const LETTERS: &[u8; 30] = b"23456789abcdefghjkmnpqrstvwxyz";
    let letters = (0..10).map(|_| {
        let letter = LETTERS[number % LETTERS.len()];
        number /= LETTERS.len();
        char::from(letter)
    });
    letters.collect()
}
