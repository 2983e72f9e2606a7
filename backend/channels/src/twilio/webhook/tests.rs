//! Signature vectors. Those with a fixed signature come from a second implementation of the published rule: `vectors.json`
//! was written by Python's standard library (the address and, sorted by name as bytes, each name with each of its distinct
//! values sorted, `hmac.new(token, …, sha1)`, base64; of a JSON body only `bodySHA256` in the query). The table in here is
//! signed by the tests themselves: it says what must be refused, and of what the signer wrote otherwise than we received it.

use std::time::Duration;

use url::Url;
use uuid::Uuid;

use super::*;
use crate::twilio::config::Sender;

fn config(public: &str) -> Config {
    Config {
        account_sid: "AC00000000000000000000000000000000".into(),
        auth_token: "12345".into(),
        next_auth_token: Some("67890".into()),
        api_key: None,
        sender: Sender::Number("+491713920099".into()),
        base_url: Url::parse("http://127.0.0.1:1").unwrap(),
        public_url: Url::parse(public).unwrap(),
        callback_secret: b"callback".to_vec(),
        connect_timeout: Duration::from_secs(1),
        timeout: Duration::from_secs(1),
    }
}

fn sign(token: &str, url: &str, signed: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).unwrap();
    mac.update(url.as_bytes());
    mac.update(signed.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

struct Case<'a> {
    name: &'a str,
    public: &'a str,
    path: &'a str,
    kind: &'a str,
    body: &'a str,
    /// The address and fields as the signer wrote them.
    signed_url: &'a str,
    signed_fields: &'a str,
    token: &'a str,
    accepted: bool,
}

const FORM: &str = "application/x-www-form-urlencoded";
const PUBLIC: &str = "https://termine.example";

fn plain() -> Case<'static> {
    Case {
        name: "plain",
        public: PUBLIC,
        path: "/hooks/twilio/sms",
        kind: FORM,
        body: "From=%2B491713920012&Body=Hallo&MessageSid=SM1",
        signed_url: "https://termine.example/hooks/twilio/sms",
        signed_fields: "BodyHalloFrom+491713920012MessageSidSM1",
        token: "12345",
        accepted: true,
    }
}

fn accepts(case: &Case<'_>) -> bool {
    let signature = sign(case.token, case.signed_url, case.signed_fields);
    let hook = Hook {
        path_and_query: case.path,
        signature: Some(&signature),
        content_type: Some(case.kind),
        body: case.body.as_bytes(),
    };
    verify(&config(case.public), hook).is_ok()
}

fn cases() -> Vec<Case<'static>> {
    let sms = "https://termine.example/hooks/twilio/sms";
    vec![
        plain(),
        Case { name: "the coming token", token: "67890", ..plain() },
        Case { name: "an unknown token", token: "1234", accepted: false, ..plain() },
        Case { name: "an empty token", token: "", accepted: false, ..plain() },
        Case {
            name: "order of fields in the body",
            body: "MessageSid=SM1&Body=Hallo&From=%2B491713920012",
            ..plain()
        },
        Case {
            name: "a field was added",
            body: "From=%2B491713920012&Body=Hallo&MessageSid=SM1&X=1",
            accepted: false,
            ..plain()
        },
        Case {
            name: "a field was removed",
            body: "From=%2B491713920012&Body=Hallo",
            accepted: false,
            ..plain()
        },
        Case {
            name: "a value was changed",
            body: "From=%2B491713920013&Body=Hallo&MessageSid=SM1",
            accepted: false,
            ..plain()
        },
        Case {
            name: "an unknown field is covered",
            body: "From=%2B491713920012&Body=Hallo&MessageSid=SM1&NeuesFeld=ja",
            signed_fields: "BodyHalloFrom+491713920012MessageSidSM1NeuesFeldja",
            ..plain()
        },
        Case {
            name: "an empty field is covered",
            body: "Body=&From=%2B491713920012&Leer=",
            signed_fields: "BodyFrom+491713920012Leer",
            ..plain()
        },
        Case {
            name: "spaces are not trimmed",
            body: "Body=+Hallo+",
            signed_fields: "Body Hallo ",
            ..plain()
        },
        Case {
            name: "trimmed by the signer",
            body: "Body=+Hallo+",
            signed_fields: "BodyHallo",
            accepted: false,
            ..plain()
        },
        Case { name: "a line feed in the text", body: "Body=a%0Ab", signed_fields: "Bodya\nb", ..plain() },
        Case { name: "umlauts", body: "Body=%C3%BCber", signed_fields: "Bodyüber", ..plain() },
        Case { name: "an emoji", body: "Body=%F0%9F%91%8D", signed_fields: "Body👍", ..plain() },
        Case { name: "a plus sign in the text", body: "Body=1%2B1", signed_fields: "Body1+1", ..plain() },
        Case {
            name: "a name twice with two values",
            body: "B=2&A=x&B=1",
            signed_fields: "AxB1B2",
            ..plain()
        },
        Case { name: "a name twice with one value", body: "B=1&A=x&B=1", signed_fields: "AxB1", ..plain() },
        Case {
            name: "byte order, not alphabet",
            body: "b=1&B=2&a=3&A=4",
            signed_fields: "A4B2a3b1",
            ..plain()
        },
        Case {
            name: "alphabet order is wrong",
            body: "b=1&B=2&a=3&A=4",
            signed_fields: "a3A4b1B2",
            accepted: false,
            ..plain()
        },
        Case { name: "no fields at all", body: "", signed_fields: "", ..plain() },
        Case {
            name: "a query is part of the address",
            path: "/hooks/twilio/status?mid=1&a=1&k=ff",
            body: "MessageStatus=sent",
            signed_url: "https://termine.example/hooks/twilio/status?mid=1&a=1&k=ff",
            signed_fields: "MessageStatussent",
            ..plain()
        },
        Case {
            name: "another query",
            path: "/hooks/twilio/status?mid=2&a=1&k=ff",
            body: "MessageStatus=sent",
            signed_url: "https://termine.example/hooks/twilio/status?mid=1&a=1&k=ff",
            signed_fields: "MessageStatussent",
            accepted: false,
            ..plain()
        },
        Case {
            name: "the query's encoding stays",
            path: "/hooks/twilio/status?mid=%31",
            body: "",
            signed_url: "https://termine.example/hooks/twilio/status?mid=%31",
            signed_fields: "",
            ..plain()
        },
        Case {
            name: "the query decoded by the signer",
            path: "/hooks/twilio/status?mid=%31",
            body: "",
            signed_url: "https://termine.example/hooks/twilio/status?mid=1",
            signed_fields: "",
            accepted: false,
            ..plain()
        },
        Case {
            name: "the signer wrote the default port",
            signed_url: "https://termine.example:443/hooks/twilio/sms",
            ..plain()
        },
        Case {
            name: "another port",
            signed_url: "https://termine.example:8443/hooks/twilio/sms",
            accepted: false,
            ..plain()
        },
        Case {
            name: "our port, left out by the signer",
            public: "https://termine.example:8443",
            signed_url: sms,
            ..plain()
        },
        Case {
            name: "our port, written by the signer",
            public: "https://termine.example:8443",
            signed_url: "https://termine.example:8443/hooks/twilio/sms",
            ..plain()
        },
        Case {
            name: "plain http in a test set-up",
            public: "http://127.0.0.1:8080",
            signed_url: "http://127.0.0.1:8080/hooks/twilio/sms",
            ..plain()
        },
        Case {
            name: "http instead of https",
            signed_url: "http://termine.example/hooks/twilio/sms",
            accepted: false,
            ..plain()
        },
        Case {
            name: "another host",
            signed_url: "https://boese.example/hooks/twilio/sms",
            accepted: false,
            ..plain()
        },
        Case {
            name: "another path",
            signed_url: "https://termine.example/hooks/twilio/status",
            accepted: false,
            ..plain()
        },
        Case {
            name: "a slash more",
            signed_url: "https://termine.example/hooks/twilio/sms/",
            accepted: false,
            ..plain()
        },
        Case {
            name: "a public address with a path",
            public: "https://stadt.example/termine/",
            signed_url: "https://stadt.example/termine/hooks/twilio/sms",
            ..plain()
        },
        Case {
            name: "an IPv6 address",
            public: "http://[::1]:8080",
            signed_url: "http://[::1]:8080/hooks/twilio/sms",
            ..plain()
        },
    ]
}

#[test]
fn every_case_is_accepted_or_refused_as_it_should() {
    for case in cases() {
        assert_eq!(accepts(&case), case.accepted, "{}", case.name);
    }
}

#[test]
fn the_published_example_fits() {
    // The worked example of Twilio's own documentation and SDK tests.
    let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
    let body =
        "Digits=1234&To=%2B18005551212&From=%2B14158675309&Caller=%2B14158675309&CallSid=CA1234567890ABCDE";
    let hook = Hook {
        path_and_query: "/myapp.php?foo=1&bar=2",
        signature: Some("RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        content_type: Some(FORM),
        body: body.as_bytes(),
    };
    assert!(verify(&config("https://mycompany.com"), hook).is_ok(), "{url}");
}

/// A webhook with the signature a second implementation gave it.
#[derive(serde::Deserialize)]
struct Vector {
    name: String,
    public: String,
    path: String,
    kind: String,
    body: String,
    signature: String,
}

impl Vector {
    fn all() -> Vec<Self> {
        serde_json::from_str(include_str!("vectors.json")).unwrap()
    }

    fn fits(&self, path: &str, body: &[u8], signature: &str) -> bool {
        let hook =
            Hook { path_and_query: path, signature: Some(signature), content_type: Some(&self.kind), body };
        verify(&config(&self.public), hook).is_ok()
    }
}

#[test]
fn sixty_vectors_of_a_second_implementation_fit() {
    let all = Vector::all();
    assert!(all.len() >= 60, "{}", all.len());
    for one in &all {
        assert!(one.fits(&one.path, one.body.as_bytes(), &one.signature), "{}", one.name);
    }
    let mut names: Vec<_> = all.iter().map(|one| &one.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all.len(), "each says something of its own");
}

#[test]
fn no_vector_fits_with_one_byte_changed() {
    let changed = |text: &str, at: usize| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[at] ^= 1;
        bytes
    };
    for one in Vector::all() {
        for at in 0..one.body.len() {
            let body = changed(&one.body, at);
            assert!(!one.fits(&one.path, &body, &one.signature), "{}: byte {at} of the body", one.name);
        }
        for at in 0..one.path.len() {
            let path = String::from_utf8(changed(&one.path, at)).unwrap();
            assert!(!one.fits(&path, one.body.as_bytes(), &one.signature), "{}: {path}", one.name);
        }
        for at in 0..one.signature.len() {
            let signature = String::from_utf8(changed(&one.signature, at)).unwrap();
            assert!(!one.fits(&one.path, one.body.as_bytes(), &signature), "{}: {signature}", one.name);
        }
    }
}

#[test]
fn the_first_vectors_of_a_second_implementation_fit() {
    for (path, body, signature) in [
        (
            "/hooks/twilio/sms",
            "From=%2B491713920012&To=%2B491713920099&Body=Termin+absagen&MessageSid=SM1&NumMedia=0",
            "U1y0e7iyNuZGzOKXZzUU8wQu7mI=",
        ),
        (
            "/hooks/twilio/sms",
            "From=%2B491713920012&To=%2B491713920099&Body=Termin+absagen&MessageSid=SM1&NumMedia=0",
            "GOLCpiV23ehB3sarL8MbRopjvTM=",
        ),
        (
            "/hooks/twilio/sms",
            "Body=%C3%84nderung+%E2%82%AC&From=%2B491713920012&Extra=",
            "Jg6MYLzGf1tpH2DwUSpzWXQLKCs=",
        ),
        (
            "/hooks/twilio/sms",
            "Body=%C3%84nderung+%E2%82%AC&From=%2B491713920012&Extra=",
            "4+acSTwf6Jd+sOfGeRV7Uhz5dwE=",
        ),
        (
            "/hooks/twilio/status?mid=00000000-0000-0000-0000-000000000007&a=1&k=abcdefabcdef",
            "MessageSid=SM1&MessageStatus=undelivered&ErrorCode=30003",
            "whsB4wg75ijOgU/RFwWx8ZLBpvU=",
        ),
        (
            "/hooks/twilio/status?mid=00000000-0000-0000-0000-000000000007&a=1&k=abcdefabcdef",
            "MessageSid=SM1&MessageStatus=undelivered&ErrorCode=30003",
            "M1ecx7+5wDGBSRPduqP7wLoHZUM=",
        ),
        ("/hooks/twilio/sms", "Body=a&Body=b&Body=a&From=%2B49", "G/TVy1cPKQPlwzoPFA4HUB8RGY4="),
        ("/hooks/twilio/sms", "Body=a&Body=b&Body=a&From=%2B49", "jPgii0L6NwUQgHGaI7OwRm2cekc="),
        (
            "/hooks/twilio/sms",
            "Body=%F0%9F%91%8D+ok%0D%0A&From=%2B49&ToState=",
            "8ykDm8QhUC6s+C5B3Y1S1q1iUEo=",
        ),
        (
            "/hooks/twilio/sms",
            "Body=%F0%9F%91%8D+ok%0D%0A&From=%2B49&ToState=",
            "H1IXgdD+JEo2IfDKf/qs2S9592c=",
        ),
    ] {
        let hook = Hook {
            path_and_query: path,
            signature: Some(signature),
            content_type: Some(FORM),
            body: body.as_bytes(),
        };
        assert!(verify(&config(PUBLIC), hook).is_ok(), "{body}");
    }
}

#[test]
fn a_missing_empty_or_mangled_signature_is_forged() {
    let case = plain();
    let right = sign("12345", case.signed_url, case.signed_fields);
    let with = |signature| {
        let hook = Hook {
            path_and_query: case.path,
            signature,
            content_type: Some(FORM),
            body: case.body.as_bytes(),
        };
        verify(&config(PUBLIC), hook).err()
    };
    assert_eq!(with(None), Some(Forged::Missing));
    assert_eq!(with(Some(&right)), None);
    for wrong in ["", " ", &right[1..], &format!("{right} "), &right.to_lowercase(), "AAAA", "ä"] {
        assert_eq!(with(Some(wrong)), Some(Forged::Wrong), "{wrong}");
    }
}

#[test]
fn a_json_body_is_covered_by_its_hash_in_the_query() {
    let body = r#"{"a":1}"#;
    let hash: String = Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
    let path = format!("/hooks/twilio/status?bodySHA256={hash}");
    let signature = sign("12345", &format!("{PUBLIC}{path}"), "");
    let with = |path: &str, body: &str| {
        let hook = Hook {
            path_and_query: path,
            signature: Some(&signature),
            content_type: Some("application/json; charset=utf-8"),
            body: body.as_bytes(),
        };
        verify(&config(PUBLIC), hook).is_ok()
    };
    assert!(with(&path, body));
    assert!(!with(&path, r#"{"a":2}"#), "another body");
    assert!(!with("/hooks/twilio/status", body), "no hash");
}

#[test]
fn a_callback_teaches_our_ids_only_with_our_key() {
    let config = config(PUBLIC);
    let message = MessageId(Uuid::from_u128(7));
    let url = callback_url(&config, message, 2);
    let query = url.split_once('?').unwrap().1;
    assert_eq!(our_ids(&config, query), Some((message, 2)));
    let other = query.replace("a=2", "a=3");
    assert_eq!(our_ids(&config, &other), None);
    assert_eq!(our_ids(&config, "mid=x&a=2&k="), None);
    assert_eq!(our_ids(&config, ""), None);
    let fields =
        Fields(vec![("MessageSid".into(), "SM1".into()), ("MessageStatus".into(), "delivered".into())]);
    let report = status_report(&config, &fields, Some(query)).unwrap().unwrap();
    assert_eq!((report.receipt, report.ours), (Receipt::Delivered, Some((message, 2))));
    let stranger = status_report(&config, &fields, Some(&other)).unwrap().unwrap();
    assert_eq!(stranger.ours, None);
}

#[test]
fn a_status_nobody_needs_is_no_report() {
    let fields =
        Fields(vec![("MessageSid".into(), "SM1".into()), ("MessageStatus".into(), "received".into())]);
    assert_eq!(status_report(&config(PUBLIC), &fields, None), Ok(None));
}

#[test]
fn an_inbound_message_is_read_with_what_twilio_did_about_it() {
    let fields = |opt_out: &str| {
        Fields(vec![
            ("MessageSid".into(), "SM1".into()),
            ("From".into(), "+491713920012".into()),
            ("To".into(), "+491713920099".into()),
            ("Body".into(), " storno ".into()),
            ("OptOutType".into(), opt_out.into()),
        ])
    };
    let inbound = inbound_sms(&fields("STOP")).unwrap();
    assert_eq!((inbound.body.as_str(), inbound.opt_out), (" storno ", Some(ProviderOptOut::Stop)));
    assert_eq!(inbound_sms(&fields("")).unwrap().opt_out, None);
    let missing = Fields(vec![("MessageSid".into(), "SM1".into())]);
    assert_eq!(inbound_sms(&missing).err(), Some(Unreadable("From")));
    assert!(!format!("{inbound:?}").contains("storno"));
}
