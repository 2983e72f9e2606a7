//! Pushes over separate processes: to the browser somebody chose, encrypted and signed, and the SMS when nobody shows them.

use serde_json::{Value, json};
use system_tests::harness::push_service::{Fault, Push, Subscription};
use system_tests::harness::{Caller, PushService, eventually};
use system_tests::people::{Desk, enrol, fresh_key, list, text};
use system_tests::town::Town;

const SERVICE: &str = "personalausweis-beantragen";
const CALL: &str = "Bitte jetzt zu";

/// A house with a terminal, a desk and a push service.
struct House<'a> {
    town: &'a Town,
    push: &'a PushService,
    terminal: Caller,
    desk: Desk<'a>,
    ops: Caller,
}

impl<'a> House<'a> {
    async fn opens(town: &'a Town) -> Self {
        let api = &town.api;
        let offices = api.get("/town", &Caller::Nobody).await.expect(200);
        let office = list(&offices, "/offices").first().expect("an office").clone();
        let terminal = enrol(api, &town.admin().await, "terminal", &office).await;
        let zone = text(&office, "/zones/0/letter");
        let desk = Desk::opens(api, town.desk_login(), &text(&office, "/id"), &zone).await;
        Self {
            town,
            push: town.push.as_ref().expect("a push service"),
            terminal,
            desk,
            ops: town.ops().await,
        }
    }

    /// Somebody draws a ticket and wishes to be told on a browser; gives the visit.
    async fn waits(&self, phone: &str) -> (String, Subscription) {
        let api = &self.town.api;
        let body = json!({ "service": SERVICE, "language": "de", "phone": phone });
        let drawn = api.post_once("/tickets", &self.terminal, &fresh_key(), &body).await.expect(201);
        let ticket = Caller::Bearer(text(&drawn, "/ticket_token"));
        let key = api.get("/push/key", &Caller::Nobody).await.expect(200);
        let browser = self.push.subscribe(&text(&key, "/key"));
        let Subscription { endpoint, p256dh, auth } = browser.clone();
        let body = json!({ "endpoint": endpoint, "p256dh": p256dh, "auth": auth });
        api.post("/push/browsers", &ticket, &body).await.expect(204);
        (text(&drawn, "/ticket/visit_id"), browser)
    }

    /// Calls somebody and waits for the push.
    async fn calls(&self, visit: &str, browser: &Subscription) -> Push {
        self.desk.calls(visit).await.expect(200);
        let push = eventually("the push of the call", || async {
            let all = self.push.ledger();
            all.into_iter().find(|push| browser.endpoint.ends_with(&push.path))
        });
        push.await
    }

    async fn serves(&self, visit: &str) {
        self.desk.does(visit, "start", &json!({})).await.expect(200);
        let delivered = json!({ "delivered": [{ "service": SERVICE, "quantity": 1 }] });
        self.desk.does(visit, "finish", &delivered).await.expect(200);
    }

    /// Tells the town that a push was shown, as a service worker does.
    async fn shows(&self, push: &Push) {
        let ack = push.body["ack"].as_str().expect("a way to say so");
        let (address, token) = ack.split_once('#').expect("a secret");
        let path = address.split_once("/api/v1").expect("an address of the API").1;
        self.town.api.post(path, &Caller::Nobody, &json!({ "token": token })).await.expect(204);
    }

    /// The state of the messages of a kind that went to a number or a browser, in the words of operators.
    async fn states(&self, channel: &str, ends_with: &str) -> Vec<String> {
        let page = self.town.api.get("/ops/messages?limit=100", &self.ops).await.expect(200);
        let of = |one: &&Value| one["channel"] == channel && text(one, "/recipient").ends_with(ends_with);
        list(&page, "/messages").iter().filter(of).map(|one| text(one, "/state")).collect()
    }
}

#[tokio::test]
async fn a_call_comes_to_the_browser_and_by_sms_only_where_the_browser_does_not_show_it() {
    let Some(town) = Town::cluster(2).await else { return };
    let house = House::opens(&town).await;

    // Shown at once: no SMS.
    let (visit, browser) = house.waits("0171 3920043").await;
    let push = house.calls(&visit, &browser).await;
    assert_eq!((push.urgency.as_str(), push.ttl <= 180), ("high", true));
    assert_eq!(push.length % 256, 0, "the length tells nothing");
    assert_eq!(push.body["web_push"], 8030);
    assert_eq!(push.body["notification"]["title"], "Bitte kommen");
    let told = push.body["notification"]["body"].as_str().expect("a text");
    assert!(told.contains(CALL), "{told}");
    house.shows(&push).await;
    house.shows(&push).await;
    eventually("the SMS is not needed", || async {
        (house.states("sms", "0043").await == ["superseded"]).then_some(())
    })
    .await;
    house.serves(&visit).await;

    // Taken by the push service, shown by nobody: one SMS.
    let (visit, browser) = house.waits("0171 3920044").await;
    house.calls(&visit, &browser).await;
    town.phones.message("0171 3920044", CALL).await;
    house.serves(&visit).await;

    // The browser is gone: the SMS, and no more pushes there.
    let (visit, _) = house.waits("0171 3920045").await;
    house.push.script(&[Fault::Status(410)]);
    house.desk.calls(&visit).await.expect(200);
    town.phones.message("0171 3920045", CALL).await;
    assert_eq!(town.sql().count("SELECT count(*) FROM push_subscription"), 2);

    assert_eq!(house.push.violations(), Vec::<String>::new());
    assert!(town.phones.received_by("0171 3920043").await.is_empty());
    assert_eq!(town.phones.received_by("0171 3920044").await.len(), 1);
    town.keeps_secrets().await;
}
