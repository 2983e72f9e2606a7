//! Webhooks that are the provider's, and those that are not.

use std::time::Duration;

use domain::messaging::delivery::Receipt;
use domain::messaging::failure::ErrorClass;
use url::Url;

use super::super::config::Word;
use super::super::seven;
use super::*;

const NONCE: &str = "fpPRhAd1s8GXacfR39mWqKPynmmXfJnc";
const NOON: i64 = 1_789_387_200;
const DELIVERED: &str = r#"{"data":{"msg_id":"77149843739","foreign_id":"00000000-0000-0000-0000-000000000007.2","status":"DELIVERED","timestamp":"2026-09-14 12:00:00.000000"},"webhook_event":"dlr","webhook_timestamp":"2026-09-14T14:00:00+02:00"}"#;

fn config() -> Config {
    seven::config(seven::Account {
        url: Url::parse("https://gateway.seven.io/api/sms").unwrap(),
        api_key: "key".into(),
        sender: "+491713920099".into(),
        signing_keys: vec!["signing-key".into(), "coming-key".into()],
        public_url: Url::parse("https://termine.example/").unwrap(),
        connect_timeout: Duration::from_secs(3),
        timeout: Duration::from_secs(10),
    })
}

/// A webhook that somebody may have changed on the way.
#[derive(Clone)]
struct Sent {
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Sent {
    fn json(body: &str) -> Self {
        let headers = vec![("Content-Type".to_owned(), "application/json; charset=utf-8".to_owned())];
        Self { method: "POST", path: PATH.to_owned(), headers, body: body.to_owned() }
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    /// Signed as seven.io signs, at a time.
    fn signed(self, key: &str, at: i64) -> Self {
        let content = hex(&Md5::digest(self.body.as_bytes()));
        let address = format!("https://termine.example{}", self.path);
        let text = format!("{at}\n{NONCE}\n{}\n{address}\n{content}", self.method);
        let signature = hmac_of(key, text.as_bytes());
        self.with("X-Timestamp", &at.to_string()).with("X-Nonce", NONCE).with("X-Signature", &signature)
    }

    fn read_by(&self, config: &Config) -> Result<HookEvent, HookRefused> {
        let hook = Hook {
            method: self.method,
            path_and_query: &self.path,
            headers: &self.headers,
            body: self.body.as_bytes(),
        };
        read(config, hook, DateTime::from_timestamp(NOON, 0).unwrap())
    }

    fn read(&self) -> Result<HookEvent, HookRefused> {
        self.read_by(&config())
    }
}

fn hmac_of(key: &str, text: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(text);
    hex(&mac.finalize().into_bytes())
}

fn seven(body: &str) -> Sent {
    Sent::json(body).signed("signing-key", NOON)
}

#[test]
fn a_signature_made_elsewhere_is_believed() {
    let foreign = "34307fb9b213426b2315ce99a6669051e793aacd111e2985ee68e75469dcaf9b";
    let sent = Sent::json(DELIVERED)
        .with("X-Timestamp", "1789387200")
        .with("X-Nonce", NONCE)
        .with("X-Signature", foreign);
    assert!(matches!(sent.read(), Ok(HookEvent::Receipt(_))), "{:?}", sent.read());
    assert!(sent.clone().with("x-signature", &foreign.to_uppercase()).read().is_ok());
}

#[test]
fn a_report_says_which_attempt_became_what() {
    let message = MessageId(Uuid::from_u128(7));
    let report = Report {
        provider: "seven",
        reference: "77149843739".into(),
        receipt: Receipt::Delivered,
        error_code: None,
        class: None,
        ours: Some((message, 2)),
    };
    assert_eq!(seven(DELIVERED).read(), Ok(HookEvent::Receipt(report)));
    let foreign = DELIVERED.replace("00000000-0000-0000-0000-000000000007.2", "their own");
    assert!(matches!(seven(&foreign).read(), Ok(HookEvent::Receipt(Report { ours: None, .. }))));
}

#[test]
fn the_words_of_a_provider_have_their_meaning() {
    for (word, expected) in [
        ("ACCEPTED", Some((Receipt::Accepted, None))),
        ("BUFFERED", Some((Receipt::Sending, None))),
        ("TRANSMITTED", Some((Receipt::Sent, None))),
        ("transmitted", Some((Receipt::Sent, None))),
        ("DELIVERED", Some((Receipt::Delivered, None))),
        ("NOTDELIVERED", Some((Receipt::Undelivered, Some(ErrorClass::CarrierTemporary)))),
        ("EXPIRED", Some((Receipt::Undelivered, Some(ErrorClass::Late)))),
        ("REJECTED", Some((Receipt::Undelivered, Some(ErrorClass::Blocked)))),
        ("FAILED", Some((Receipt::Failed, Some(ErrorClass::CarrierTemporary)))),
        ("UNKNOWN", None),
        ("A WORD OF TOMORROW", None),
    ] {
        let read = seven(&DELIVERED.replace("DELIVERED", word)).read();
        let known = match read {
            Ok(HookEvent::Receipt(report)) => Some((report.receipt, report.class)),
            Ok(HookEvent::Nothing) => None,
            other => panic!("{word}: {other:?}"),
        };
        assert_eq!(known, expected, "{word}");
    }
}

#[test]
fn an_inbound_message_is_read() {
    let body = |from: &str| {
        format!(
            r#"{{"data":{{"id":"681590","sender":"{from}","system":"491713920099","text":"STORNO","time":"1605878104"}},"webhook_event":"sms_mo"}}"#
        )
    };
    for from in ["491713920012", "+491713920012", "00491713920012"] {
        let Ok(HookEvent::Inbound(sms)) = seven(&body(from)).read() else { panic!("{from}") };
        assert_eq!(
            (sms.sid.as_str(), sms.from.e164(), sms.to.as_str()),
            ("681590", "+491713920012", "+491713920099")
        );
        assert_eq!((sms.body.as_str(), sms.provider, sms.opt_out), ("STORNO", "seven", None));
        assert!(!format!("{sms:?}").contains("392"), "{sms:?}");
    }
    for machine in ["Paketdienst", "12345", "", "4917139200121713920012"] {
        let read = seven(&body(machine)).read();
        assert!(!matches!(read, Ok(HookEvent::Inbound(_))), "{machine}: {read:?}");
    }
}

#[test]
fn other_events_are_taken_and_mean_nothing() {
    for body in [r#"{"webhook_event":"voice_call","data":{}}"#, "{}", "[]", "null", r#"{"webhook_event":7}"#]
    {
        assert_eq!(seven(body).read(), Ok(HookEvent::Nothing), "{body}");
    }
}

#[test]
fn what_is_missing_is_named() {
    for (body, part) in [
        (r#"{"webhook_event":"dlr","data":{"status":"DELIVERED"}}"#, "reference"),
        (r#"{"webhook_event":"dlr","data":{"msg_id":"7"}}"#, "status"),
        (r#"{"webhook_event":"dlr","data":{"msg_id":"","status":"DELIVERED"}}"#, "reference"),
        (r#"{"webhook_event":"sms_mo","data":{"sender":"491713920012","system":"1"}}"#, "id"),
        (r#"{"webhook_event":"sms_mo","data":{"id":"7","system":"1"}}"#, "sender"),
        ("{", "body"),
        ("", "body"),
        ("\u{0}", "body"),
    ] {
        assert_eq!(seven(body).read(), Err(HookRefused::Unreadable(part)), "{body}");
    }
}

#[test]
fn either_key_signs_and_no_other() {
    assert!(Sent::json(DELIVERED).signed("coming-key", NOON).read().is_ok());
    for key in ["", "signing-ke", "signing-key ", "former-key"] {
        assert_eq!(Sent::json(DELIVERED).signed(key, NOON).read(), Err(HookRefused::Wrong), "{key}");
    }
}

#[test]
fn nothing_that_is_signed_can_be_changed() {
    let sent = seven(DELIVERED);
    let mut changed = vec![
        sent.clone().with("X-Timestamp", &(NOON + 1).to_string()),
        sent.clone().with("X-Timestamp", "noon"),
        sent.clone().with("X-Nonce", "another"),
        sent.clone().with("X-Signature", "00"),
        sent.clone().with("X-Signature", &"0".repeat(64)),
    ];
    changed.push(Sent { method: "GET", ..sent.clone() });
    changed.push(Sent { path: format!("{PATH}?"), ..sent.clone() });
    changed.push(Sent { path: format!("{PATH}/"), ..sent.clone() });
    changed.push(Sent { body: format!("{DELIVERED} "), ..sent.clone() });
    changed.push(Sent { body: DELIVERED.replace("DELIVERED", "FAILED"), ..sent.clone() });
    for sent in &changed {
        assert_eq!(sent.read(), Err(HookRefused::Wrong), "{} {}", sent.method, sent.path);
    }
    for name in ["X-Signature", "X-Timestamp", "X-Nonce"] {
        assert_eq!(sent.clone().without(name).read(), Err(HookRefused::Missing), "{name}");
        assert_eq!(sent.clone().with(name, "").read(), Err(HookRefused::Missing), "{name}");
    }
}

#[test]
fn an_old_signature_is_somebody_elses_repetition() {
    let at = |seconds| Sent::json(DELIVERED).signed("signing-key", NOON + seconds).read();
    for (seconds, taken) in [(-300, true), (300, true), (-301, false), (301, false), (-86_400, false)] {
        assert_eq!(at(seconds).is_ok(), taken, "{seconds}");
    }
    assert_eq!(at(-301), Err(HookRefused::Stale));
}

#[test]
fn without_a_signing_key_there_are_no_webhooks() {
    let config = Config { hooks: None, ..config() };
    assert_eq!(seven(DELIVERED).read_by(&config), Err(HookRefused::NotExpected));
}

/// Another provider: a flat form, proven by a secret in the address or by an HMAC over the body.
fn other(proof: Proof) -> Config {
    let words = vec![Word { word: "ok".into(), receipt: Receipt::Delivered, class: None }];
    let receipts = ReceiptFields {
        when: None,
        reference: "/id".into(),
        status: "/state".into(),
        ours: Some("/ref".into()),
        words,
    };
    Config { hooks: Some(Hooks { proof, receipts: Some(receipts), inbound: None }), ..config() }
}

#[test]
fn a_secret_in_the_address_proves_too() {
    let proof = Proof::Secret { field: "key".into(), secrets: vec!["geheim".into(), "bald".into()] };
    let config = other(proof);
    let at = |query: &str| {
        Sent { path: format!("{PATH}{query}"), body: "id=7&state=ok&ref=x".into(), ..Sent::json("") }
            .without("content-type")
            .read_by(&config)
    };
    assert!(matches!(at("?key=geheim"), Ok(HookEvent::Receipt(_))));
    assert!(matches!(at("?a=b&key=bald"), Ok(HookEvent::Receipt(_))));
    for (query, refused) in [
        ("", HookRefused::Missing),
        ("?kez=geheim", HookRefused::Missing),
        ("?key=", HookRefused::Wrong),
        ("?key=geheim2", HookRefused::Wrong),
        ("?key=GEHEIM", HookRefused::Wrong),
        ("?key=falsch&key=geheim", HookRefused::Wrong),
    ] {
        assert_eq!(at(query), Err(refused), "{query}");
    }
}

#[test]
fn an_hmac_over_the_body_proves_too() {
    let keys = vec!["geheim".into()];
    let config = other(Proof::BodyHmac { header: "X-Hmac".into(), keys });
    let body = r#"{"id":7,"state":"ok"}"#;
    let right = hmac_of("geheim", body.as_bytes());
    assert!(Sent::json(body).with("x-hmac", &right).read_by(&config).is_ok());
    assert_eq!(Sent::json(body).read_by(&config), Err(HookRefused::Missing));
    let changed = Sent::json(&body.replace('7', "8")).with("x-hmac", &right);
    assert_eq!(changed.read_by(&config), Err(HookRefused::Wrong));
}

#[test]
fn a_proof_shows_no_secret() {
    let shown = format!("{:?} {:?}", config(), config().hooks);
    assert!(!shown.contains("key\"") && !shown.contains("signing-key"), "{shown}");
}
