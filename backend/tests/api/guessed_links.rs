//! Links are not found by guessing: who names too many that open nothing waits, and nobody else does.

use chrono::Duration;
use operations::testing;
use poem::http::Method;
use serde_json::{Value, json};

use crate::check_in::{booked, terminal, typed};
use crate::support::{Answer, Caller, TestApp};

/// The letters of links (`LinkToken`).
const LETTERS: &[u8; 30] = b"23456789abcdefghjkmnpqrstvwxyz";

/// A town behind a proxy, so that a request says where it comes from.
async fn town() -> TestApp {
    let app = testing::app_sqlite().await;
    let town = testing::town(&app).await;
    let believed = |config: &mut runtime::Config| {
        config.http.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    };
    let test = TestApp::start_on(app, town, believed, |_| {}).await;
    test.furnish().await;
    test
}

/// A well-formed link, another for each number.
fn link(mut number: usize) -> String {
    let letters = (0..10).map(|_| {
        let letter = LETTERS[number % LETTERS.len()];
        number /= LETTERS.len();
        char::from(letter)
    });
    letters.collect()
}

/// Names a link somewhere in the API, from an address.
async fn named(app: &TestApp, address: &str, path: &str, link: &str) -> Answer {
    let headers = [("x-forwarded-for", address), ("content-type", "application/json")];
    let whole = format!("/api/v1{path}");
    if matches!(path, "/appointment" | "/ticket") {
        return app.call(Method::GET, &whole, &Caller::Bearer(link.to_owned()), &headers, Vec::new()).await;
    }
    let body = json!({ "token": link, "code": "123456" }).to_string().into_bytes();
    app.call(Method::POST, &whole, &Caller::Nobody, &headers, body).await
}

const HERE: &str = "2001:db8:1:2::7";
/// Another address of the same household.
const ALSO_HERE: &str = "2001:db8:1:2:ffff::1";
const ELSEWHERE: &str = "2001:db8:1:3::7";

#[tokio::test]
async fn after_ten_wrong_links_in_a_minute_none_is_looked_up_from_there() {
    let app = town().await;
    let own = app.booked("0171 3920041").await;
    // Everywhere a link is named counts.
    let everywhere = [
        ("/appointment", 401),
        ("/ticket", 401),
        ("/waiting-list/show", 404),
        ("/waiting-list/verify", 404),
        ("/waiting-list/leave", 404),
        ("/offers/show", 404),
        ("/offers/accept", 404),
        ("/offers/decline", 404),
        ("/appointment", 401),
        ("/ticket", 401),
    ];
    for (number, (path, status)) in everywhere.into_iter().enumerate() {
        // What is right is never counted, however often it is opened.
        named(&app, HERE, "/appointment", &own).await.expect(200);
        named(&app, HERE, path, &link(number)).await.expect(status);
    }
    for (number, (path, _)) in everywhere.into_iter().enumerate() {
        let refused = named(&app, ALSO_HERE, path, &link(100 + number)).await;
        let told = refused.refused(429, "too_many_wrong_links")["data"]["retry_at"].clone();
        assert_eq!(told, json!(app.app.clock.now() + Duration::minutes(1)));
    }
    // The right one as well, or the refusal would tell it from the wrong ones …
    named(&app, HERE, "/appointment", &own).await.refused(429, "too_many_wrong_links");
    // … and next door nobody waits.
    named(&app, ELSEWHERE, "/appointment", &own).await.expect(200);
    named(&app, ELSEWHERE, "/appointment", &link(3)).await.refused(401, "not_signed_in");

    app.app.clock.advance(Duration::seconds(59));
    named(&app, HERE, "/appointment", &own).await.refused(429, "too_many_wrong_links");
    app.app.clock.advance(Duration::seconds(1));
    named(&app, HERE, "/appointment", &own).await.expect(200);
}

#[tokio::test]
async fn after_sixty_wrong_links_in_an_hour_the_rest_of_it_is_waited() {
    let app = town().await;
    let own = app.booked("0171 3920042").await;
    let begun = app.app.clock.now();
    for minute in 0..6 {
        for number in 0..10 {
            let guess = link(minute * 10 + number);
            named(&app, HERE, "/appointment", &guess).await.refused(401, "not_signed_in");
        }
        app.app.clock.advance(Duration::minutes(1));
    }
    let refused = named(&app, HERE, "/appointment", &own).await;
    let told = refused.refused(429, "too_many_wrong_links");
    assert_eq!(told["data"]["retry_at"], json!(begun + Duration::hours(1)));
    app.app.clock.set(begun + Duration::hours(1));
    named(&app, HERE, "/appointment", &own).await.expect(200);
}

#[tokio::test]
async fn links_somebody_got_are_no_guesses_even_where_they_open_nothing() {
    let app = town().await;
    let slots = app.free_slots().await;
    let terminal = terminal(&app, &slots[0]["office_id"]).await;
    let appointment = booked(&app, &slots[0]).await;
    let here = typed(&app, &terminal, &appointment["check_in_code"], 1).await.expect(200);
    let ticket = here["ticket_token"].as_str().unwrap();
    let over = app.booked_at(&slots[1], "0171 3920043").await;
    app.app.clock.advance(Duration::days(4));
    for _ in 0..12 {
        // The page of a link asks for an appointment first, then for a ticket.
        named(&app, HERE, "/appointment", ticket).await.refused(401, "not_signed_in");
        named(&app, HERE, "/appointment", &over).await.refused(401, "not_signed_in");
        named(&app, HERE, "/ticket", &over).await.refused(401, "not_signed_in");
        named(&app, HERE, "/appointment", "no link at all").await.refused(401, "not_signed_in");
        // An old page that asks again and again for what is deleted guesses nothing, either.
        named(&app, HERE, "/appointment", &link(0)).await.refused(401, "not_signed_in");
    }
    for number in 1..10 {
        named(&app, HERE, "/appointment", &link(number)).await.refused(401, "not_signed_in");
    }
    named(&app, HERE, "/appointment", &link(10)).await.refused(429, "too_many_wrong_links");
}

#[tokio::test]
async fn wrong_links_are_seen_in_the_figures() {
    runtime::metrics::recorder();
    let app = town().await;
    let figure = || {
        let figures = runtime::metrics::render();
        let line =
            figures.lines().find(|line| line.starts_with("lotse_links_unknown_total")).map(str::to_owned);
        line.and_then(|line| line.rsplit(' ').next().and_then(|count| count.parse::<u64>().ok())).unwrap()
    };
    let before = figure();
    for number in 0..15 {
        named(&app, HERE, "/appointment", &link(number)).await;
    }
    // Other tests of this process guess as well.
    assert!(figure() >= before + 15);
    let told: Value = named(&app, HERE, "/appointment", &link(99)).await.json();
    assert!(!told.to_string().contains("2001"), "no address is told: {told}");
}
