//! E-mails over separate processes: what one keeps of an appointment, with the calendar entry, exactly once.

use serde_json::json;
use system_tests::harness::fake_smtp::{Mail, Step, Trouble};
use system_tests::harness::{Caller, eventually};
use system_tests::people::{Citizen, fresh_key, text};
use system_tests::town::Town;

const SERVICE: &str = "personalausweis-beantragen";

/// Books for a number and a mailbox; gives the link.
async fn book(town: &Town, phone: &str, email: &str) -> Caller {
    let citizen = Citizen { api: &town.api, phones: &town.phones, phone: phone.to_owned() };
    let slot = citizen.free_slots(SERVICE).await.pop().expect("a free slot");
    let hold = citizen.holds(SERVICE, &slot).await;
    let mut form = citizen.form(&hold);
    form["email"] = json!(email);
    let pending = town.api.post_once("/bookings", &hold.caller, &fresh_key(), &form).await.expect(201);
    citizen.types_the_code(&hold, &text(&pending, "/booking_id")).await.link
}

/// Waits for the mails of a mailbox to be so many.
async fn mails(town: &Town, email: &str, count: usize) -> Vec<Mail> {
    let server = town.mail.as_ref().expect("the town has a mail server");
    eventually(&format!("{count} mails"), || async {
        let own: Vec<Mail> =
            server.ledger().into_iter().filter(|mail| mail.to.iter().any(|to| to == email)).collect();
        (own.len() >= count).then_some(own)
    })
    .await
}

/// A field of the calendar file in a mail.
fn calendar(mail: &Mail, name: &str) -> String {
    let file = mail.part("text/calendar");
    let file = file.replace("\r\n ", "");
    let line = file.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.unwrap_or_else(|| panic!("no {name} in {file}")).to_owned()
}

#[tokio::test]
async fn a_booking_is_confirmed_by_mail_and_its_cancellation_takes_it_out_of_the_calendar() {
    let Some(town) = Town::cluster(1).await else { return };
    let email = "erika@exempel.example";
    let link = book(&town, "0171 3920041", email).await;
    let appointment = town.api.get("/appointment", &link).await.expect(200);
    let confirmed = mails(&town, email, 1).await.remove(0);
    assert!(confirmed.part("text/plain").contains(&text(&appointment, "/check_in_code")));
    assert_eq!(confirmed.header("Auto-Submitted").as_deref(), Some("auto-generated"));
    assert_eq!(calendar(&confirmed, "METHOD"), "REQUEST");
    town.api.post("/appointment/cancel", &link, &json!({})).await.expect(200);
    let all = mails(&town, email, 2).await;
    assert_eq!(calendar(&all[1], "METHOD"), "CANCEL");
    assert_eq!(calendar(&all[0], "UID"), calendar(&all[1], "UID"));
    let sequence = |mail: &Mail| calendar(mail, "SEQUENCE").parse::<u32>().expect("a number");
    assert!(sequence(&all[1]) > sequence(&all[0]));
    town.keeps_secrets().await;
}

#[tokio::test]
async fn a_mail_of_which_nobody_knows_whether_it_was_taken_comes_again_under_the_same_name() {
    let Some(town) = Town::cluster(1).await else { return };
    let server = town.mail.as_ref().expect("the town has a mail server");
    // The first is taken, but the line drops before the answer; the second is put off; the third is taken.
    server.script(&[Trouble::Drop(Step::Accepted)]);
    let email = "otto@exempel.example";
    book(&town, "0171 3920042", email).await;
    let all = mails(&town, email, 2).await;
    assert_eq!(all[0].header("Message-ID"), all[1].header("Message-ID"), "mail programs show it once");
}
