//! The e-mail channel against a mail server that speaks SMTP by hand and misbehaves as told.

use std::time::{Duration, Instant};

use channels::Smtp;
use channels::delivery::SendOutcome;
use channels::email::{Config, ConfigError, Credentials, Security};
use chrono::{DateTime, Utc};
use domain::appointments::calendar_file::{self, CalendarEntry, Method};
use domain::contact::EmailAddress;
use domain::ids::MessageId;
use domain::messaging::attempt::{CalendarMethod, CalendarPart, OutgoingEmail};
use domain::messaging::failure::ErrorClass;
use system_tests::harness::fake_smtp::{PASSWORD, Step, Trouble, USER};
use system_tests::harness::{FakeSmtp, eventually};
use tokio::net::TcpListener;
use url::Url;
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_millis(700);
const ID: &str = "00000000-0000-0000-0000-000000000007@termine.musterstadt.example";

fn config(port: u16) -> Config {
    Config {
        server: "127.0.0.1".into(),
        port,
        security: Security::None,
        credentials: None,
        authority: None,
        host: "termine.musterstadt.example".into(),
        from: EmailAddress::parse("termine@musterstadt.example").unwrap(),
        connections: 2,
        connect_timeout: PATIENCE,
        timeout: PATIENCE,
    }
}

pub fn channel_to(server: &FakeSmtp) -> Smtp {
    Smtp::new(config(server.address.port())).unwrap()
}

fn noon() -> DateTime<Utc> {
    "2026-09-14T12:00:00Z".parse().unwrap()
}

pub fn mail() -> OutgoingEmail {
    OutgoingEmail {
        message: MessageId(Uuid::from_u128(7)),
        attempt: 1,
        to: EmailAddress::parse("erika@musterstadt.example").unwrap(),
        from_name: "Stadt Musterstadt".into(),
        reply_to: None,
        subject: "Ihr Termin am 14. September".into(),
        text: "Guten Tag,\n\n.\n..\nbis Montag um 10:20 Uhr.".into(),
        html: "<p>Bis Montag um 10:20 Uhr.</p>".into(),
        calendar: None,
        list_unsubscribe: None,
        at: noon(),
    }
}

fn accepted() -> SendOutcome {
    SendOutcome::Accepted { reference: ID.into(), segments: None }
}

/// Meets one trouble; says what came of it, after showing that nothing was tried twice.
async fn meet(server: &FakeSmtp, trouble: Trouble) -> SendOutcome {
    let begun = server.begun();
    server.script(std::slice::from_ref(&trouble));
    let outcome = channel_to(server).send(&mail()).await;
    assert!(server.begun() <= begun + 1, "{trouble:?}: one mail, never a second by itself");
    outcome
}

#[tokio::test]
async fn a_mail_is_taken_once_and_arrives_as_written() {
    let server = FakeSmtp::start().await;
    let link = "https://termine.musterstadt.example/m/7";
    let mail = OutgoingEmail { list_unsubscribe: Some(Url::parse(link).unwrap()), ..mail() };
    assert_eq!(channel_to(&server).send(&mail).await, accepted());
    let taken = server.ledger().remove(0);
    assert_eq!(taken.from, "termine@musterstadt.example");
    assert_eq!(taken.to, ["erika@musterstadt.example"]);
    for (name, value) in [
        ("Message-ID", format!("<{ID}>")),
        ("To", "erika@musterstadt.example".to_owned()),
        ("Subject", "Ihr Termin am 14. September".to_owned()),
        ("Date", "Mon, 14 Sep 2026 12:00:00 +0000".to_owned()),
        ("Auto-Submitted", "auto-generated".to_owned()),
        ("List-Unsubscribe", format!("<{link}>")),
    ] {
        assert_eq!(taken.header(name), Some(value), "{name} in\n{}", taken.text);
    }
    assert!(taken.text.contains("\r\n.\r\n..\r\nbis Montag um 10:20 Uhr."), "{}", taken.text);
    assert_eq!((server.begun(), server.connections()), (1, 1));
}

#[tokio::test]
async fn every_attempt_has_the_same_name() {
    let server = FakeSmtp::start().await;
    let channel = channel_to(&server);
    for attempt in 1..=3 {
        let at = noon() + chrono::Duration::minutes(i64::from(attempt));
        assert_eq!(channel.send(&OutgoingEmail { attempt, at, ..mail() }).await, accepted());
    }
    let names: Vec<_> = server.ledger().iter().map(|mail| mail.header("Message-ID")).collect();
    assert_eq!(names, vec![Some(format!("<{ID}>")); 3]);
}

#[tokio::test]
async fn an_appointment_goes_along_for_the_calendar_and_out_again() {
    let server = FakeSmtp::start().await;
    let channel = channel_to(&server);
    for (method, kind, word) in [
        (CalendarMethod::Request, Method::Request, "REQUEST"),
        (CalendarMethod::Cancel, Method::Cancel, "CANCEL"),
    ] {
        let text = calendar_file::write(&CalendarEntry {
            uid: "7@termine.musterstadt.example",
            sequence: 1,
            method: kind,
            written_at: noon(),
            starts_at: noon(),
            ends_at: noon() + chrono::Duration::minutes(15),
            zone: chrono_tz::Europe::Berlin,
            summary: "Termin im Bürgerbüro",
            location: "Rathausplatz 1",
            description: "Ausweis mitbringen",
            url: None,
            invited: None,
        });
        let calendar = Some(CalendarPart { method, text });
        assert_eq!(channel.send(&OutgoingEmail { calendar, ..mail() }).await, accepted());
        let taken = server.ledger().pop().unwrap();
        let unfolded = taken.text.replace("\r\n ", " ");
        assert!(unfolded.contains(&format!("method={word}")), "{unfolded}");
        assert!(unfolded.contains("filename=\"termin.ics\""), "{unfolded}");
    }
}

#[tokio::test]
async fn a_refusal_means_what_its_step_makes_of_it() {
    let server = FakeSmtp::start().await;
    for (step, line, class) in [
        (Step::Greeting, "421 4.3.2 Too busy", ErrorClass::MailTemporary),
        (Step::Greeting, "554 5.3.2 No service", ErrorClass::Configuration),
        (Step::Sender, "451 4.3.0 Try later", ErrorClass::MailTemporary),
        (Step::Sender, "550 5.7.1 Not your address", ErrorClass::Configuration),
        (Step::Recipient, "450 4.2.0 Greylisted", ErrorClass::MailTemporary),
        (Step::Recipient, "550 5.1.1 User unknown", ErrorClass::PermanentRecipient),
        (Step::Recipient, "554 5.7.1 Relay access denied", ErrorClass::Configuration),
        (Step::Data, "451 4.3.0 Try later", ErrorClass::MailTemporary),
        (Step::Data, "554 5.5.1 No", ErrorClass::Blocked),
        (Step::Content, "452 4.3.1 Disk full", ErrorClass::MailTemporary),
        (Step::Content, "550 5.7.1 Looks like spam", ErrorClass::Blocked),
        (Step::Content, "552 5.3.4 Too big", ErrorClass::Render),
    ] {
        let outcome = meet(&server, Trouble::Answer(step, line)).await;
        assert_eq!(outcome.class(), Some(class), "{step:?} {line}: {outcome:?}");
        assert_eq!(outcome.code().as_deref(), Some(&line[..3]));
    }
    assert!(server.ledger().is_empty());
}

#[tokio::test]
async fn silence_and_broken_lines_are_doubt_only_after_the_mail() {
    let server = FakeSmtp::start().await;
    for step in [Step::Greeting, Step::Hello, Step::Sender, Step::Recipient, Step::Data] {
        for trouble in [Trouble::Drop(step), Trouble::Hang(step)] {
            let began = Instant::now();
            let outcome = meet(&server, trouble.clone()).await;
            assert_eq!(outcome.class(), Some(ErrorClass::NotSent), "{trouble:?}: {outcome:?}");
            assert!(began.elapsed() < 2 * PATIENCE + Duration::from_secs(2), "{trouble:?}");
        }
    }
    assert!(server.ledger().is_empty());
    for (trouble, reason, taken) in [
        (Trouble::Drop(Step::Content), "reset", 0),
        (Trouble::Hang(Step::Content), "timeout", 0),
        (Trouble::Drop(Step::Accepted), "reset", 1),
        (Trouble::Hang(Step::Accepted), "timeout", 2),
    ] {
        let outcome = meet(&server, trouble.clone()).await;
        assert_eq!(outcome, SendOutcome::Ambiguous { reason, http_status: None }, "{trouble:?}");
        assert_eq!(server.ledger().len(), taken, "{trouble:?}");
    }
}

#[tokio::test]
async fn what_is_no_smtp_is_not_sent() {
    let server = FakeSmtp::start().await;
    for line in ["HTTP/1.1 400 Bad Request", "", "SSH-2.0-OpenSSH", "2"] {
        let outcome = meet(&server, Trouble::Answer(Step::Greeting, line)).await;
        assert_eq!(outcome.class(), Some(ErrorClass::NotSent), "{line:?}: {outcome:?}");
    }
}

#[tokio::test]
async fn nobody_listening_is_surely_not_sent() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let outcome = Smtp::new(config(port)).unwrap().send(&mail()).await;
    assert_eq!(outcome, SendOutcome::NotSent { reason: "dns_or_connect" });
}

#[tokio::test]
async fn an_account_signs_in_and_a_wrong_one_is_our_fault() {
    let server = FakeSmtp::start().await;
    server.want_account();
    let with = |password: &str| {
        let credentials = Some(Credentials { user: USER.into(), password: password.into() });
        Smtp::new(Config { credentials, ..config(server.address.port()) }).unwrap()
    };
    assert_eq!(with(PASSWORD).send(&mail()).await, accepted());
    assert_eq!(with("another").send(&mail()).await, SendOutcome::Config { code: 535 });
    assert_eq!(channel_to(&server).send(&mail()).await, SendOutcome::Config { code: 530 });
    server.script(&[Trouble::Answer(Step::SignIn, "454 4.7.0 Later")]);
    assert_eq!(with(PASSWORD).send(&mail()).await.class(), Some(ErrorClass::MailTemporary));
    assert_eq!(server.ledger().len(), 1);
}

#[tokio::test]
async fn a_server_without_the_protection_we_want_gets_nothing() {
    let server = FakeSmtp::start().await;
    let at = |security, credentials| {
        Smtp::new(Config { security, credentials, ..config(server.address.port()) }).unwrap()
    };
    let outcome = at(Security::StartTls, None).send(&mail()).await;
    assert_eq!(outcome, SendOutcome::Config { code: 530 }, "no STARTTLS is offered");
    let outcome = at(Security::Tls, None).send(&mail()).await;
    assert_eq!(outcome.class(), Some(ErrorClass::NotSent), "no TLS is spoken");
    let account = Credentials { user: USER.into(), password: PASSWORD.into() };
    let outcome = at(Security::None, Some(account)).send(&mail()).await;
    assert_eq!(outcome, SendOutcome::Config { code: 504 }, "no way to sign in is offered");
    assert_eq!(server.begun(), 0);
}

#[tokio::test]
async fn lines_are_used_again_and_never_more_than_allowed() {
    let server = FakeSmtp::start().await;
    let channel = channel_to(&server);
    for _ in 0..5 {
        assert_eq!(channel.send(&mail()).await, accepted());
    }
    assert_eq!(server.connections(), 1);
    let sending: Vec<_> = (0..10)
        .map(|_| {
            let channel = channel.clone();
            tokio::spawn(async move { channel.send(&mail()).await })
        })
        .collect();
    for sent in sending {
        assert_eq!(sent.await.unwrap(), accepted());
    }
    assert!(server.connections() <= 2, "{} lines", server.connections());
    assert_eq!(server.ledger().len(), 15);
}

#[tokio::test]
async fn a_line_the_server_has_closed_is_replaced_unnoticed() {
    let server = FakeSmtp::start().await;
    let channel = channel_to(&server);
    assert_eq!(channel.send(&mail()).await, accepted());
    server.script(&[Trouble::Drop(Step::Sender)]);
    assert_eq!(channel.send(&mail()).await.class(), Some(ErrorClass::NotSent));
    assert_eq!(channel.send(&mail()).await, accepted());
    assert_eq!((server.ledger().len(), server.connections()), (2, 2));
}

#[tokio::test]
async fn trouble_leaves_no_open_line_behind() {
    let server = FakeSmtp::start().await;
    let channel = channel_to(&server);
    server.script(&[Trouble::Answer(Step::Recipient, "550 5.1.1 User unknown")]);
    assert!(channel.send(&mail()).await.class().is_some());
    eventually("the line is closed", || async { (server.open() == 0).then_some(()) }).await;
    assert_eq!(channel.send(&mail()).await, accepted(), "and the next mail has nothing of it");
    assert_eq!(server.ledger()[0].to.len(), 1);
}

#[tokio::test]
async fn when_all_lines_are_busy_the_mail_waits_for_its_turn() {
    let server = FakeSmtp::start().await;
    let channel = Smtp::new(Config {
        connections: 1,
        connect_timeout: Duration::from_millis(100),
        timeout: Duration::from_secs(2),
        ..config(server.address.port())
    })
    .unwrap();
    server.script(&[Trouble::Hang(Step::Sender)]);
    let busy = channel.clone();
    let first = tokio::spawn(async move { busy.send(&mail()).await });
    eventually("the first mail is begun", || async { (server.begun() == 1).then_some(()) }).await;
    assert_eq!(channel.send(&mail()).await, SendOutcome::Throttled { after: None, code: None });
    assert_eq!(first.await.unwrap().class(), Some(ErrorClass::NotSent));
}

#[tokio::test]
async fn what_cannot_be_written_never_leaves() {
    let server = FakeSmtp::start().await;
    let channel = channel_to(&server);
    let injected = OutgoingEmail { subject: "Termin\r\nBcc: max@musterstadt.example".into(), ..mail() };
    assert_eq!(channel.send(&injected).await.class(), Some(ErrorClass::Render));
    let strange = EmailAddress::try_from("jürgen@musterstadt.example".to_owned()).unwrap();
    let outcome = channel.send(&OutgoingEmail { to: strange, ..mail() }).await;
    assert_eq!(outcome.class(), Some(ErrorClass::PermanentRecipient));
    assert_eq!(server.connections(), 0);
}

#[test]
fn settings_that_cannot_work_are_refused_at_the_start() {
    let account = || Some(Credentials { user: USER.into(), password: PASSWORD.into() });
    let bad_host = Config { server: "mail musterstadt".into(), ..config(25) };
    assert!(matches!(Smtp::new(bad_host), Err(ConfigError::Host(_))));
    for host in ["127.0.0.1", "", "termine\r\n", "müsterstadt.example", "Termine.example"] {
        let bad_name = Config { host: host.into(), ..config(25) };
        assert!(matches!(Smtp::new(bad_name), Err(ConfigError::Host(_))), "{host:?}");
    }
    let open = Config { server: "mail.musterstadt.example".into(), credentials: account(), ..config(25) };
    assert!(matches!(Smtp::new(open), Err(ConfigError::OpenPassword)));
    let none = Config { connections: 0, ..config(25) };
    assert!(matches!(Smtp::new(none), Err(ConfigError::NoConnections)));
    let authority = Some(b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n".to_vec());
    let unread = Config { security: Security::Tls, authority, ..config(465) };
    assert!(matches!(Smtp::new(unread), Err(ConfigError::Authority(_))));
    let from = EmailAddress::try_from("büro@musterstadt.example".to_owned()).unwrap();
    assert!(matches!(Smtp::new(Config { from, ..config(25) }), Err(ConfigError::Sender)));
}

#[tokio::test]
async fn nothing_personal_and_no_secret_is_shown() {
    let server = FakeSmtp::start().await;
    server.script(&[Trouble::Answer(Step::Recipient, "550 5.1.1 <erika@musterstadt.example> unknown")]);
    let credentials = Some(Credentials { user: USER.into(), password: PASSWORD.into() });
    let config = Config { credentials, ..config(server.address.port()) };
    let channel = channel_to(&server);
    let outcome = channel.send(&mail()).await;
    let shown = format!("{channel:?} {config:?} {:?} {outcome:?} {:?}", mail(), mail().to);
    for secret in ["erika", "Montag", PASSWORD, "Ihr Termin"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}
