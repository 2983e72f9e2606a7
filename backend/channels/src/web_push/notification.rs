//! What the browser reads after decrypting: the declarative form, which Safari shows by itself and our service worker
//! reads everywhere else. Blanks at the end bring it to steps of 256 bytes, so that its length tells nothing.

use domain::messaging::attempt::OutgoingPush;
use serde_json::json;

/// Every push is a multiple of this.
const STEP: usize = 256;
/// Push services take 4096 bytes after encryption; not all of them promise so much.
const MOST: usize = 3072;

/// The text to encrypt; `None` when it is longer than push services take.
pub(super) fn write(push: &OutgoingPush) -> Option<Vec<u8>> {
    let mut whole = json!({
        "web_push": 8030,
        // The service worker may still take it, to tell us that it came.
        "mutable": true,
        "notification": {
            "title": push.title,
            "body": push.body,
            "navigate": push.url.as_str(),
            "tag": push.tag,
            "requireInteraction": push.urgency == domain::messaging::attempt::Urgency::High,
        },
    });
    if let Some(ack) = &push.ack {
        whole["ack"] = json!(ack.as_str());
    }
    let mut text = whole.to_string().into_bytes();
    text.resize(text.len().next_multiple_of(STEP), b' ');
    (text.len() <= MOST).then_some(text)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use domain::ids::MessageId;
    use domain::messaging::attempt::{PushSubscription, Topic, Urgency};
    use url::Url;
    use uuid::Uuid;

    fn push(body: &str) -> OutgoingPush {
        OutgoingPush {
            message: MessageId(Uuid::from_u128(7)),
            attempt: 1,
            subscription: PushSubscription {
                endpoint: String::new(),
                p256dh: String::new(),
                auth: String::new(),
                vapid_key: None,
            },
            title: "Ihr Termin".into(),
            body: body.into(),
            url: Url::parse("https://termine.example/meine").unwrap(),
            tag: "ticket-7".into(),
            topic: Topic::new("ticket-7").unwrap(),
            ttl: Duration::from_secs(180),
            urgency: Urgency::High,
            ack: Some(Url::parse("https://termine.example/push/ack/7").unwrap()),
            at: "2026-09-14T12:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn the_length_tells_nothing() {
        let lengths: Vec<_> =
            ["", "Platz 3", "Bitte jetzt zu Platz 3."].map(|body| write(&push(body)).unwrap().len()).into();
        assert_eq!(lengths, [256, 256, 256]);
        assert_eq!(write(&push(&"x".repeat(300))).unwrap().len() % 256, 0);
    }

    #[test]
    fn it_is_a_declarative_push() {
        let text = write(&push("Nr. B012: Bitte jetzt zu Platz 3.")).unwrap();
        let read: serde_json::Value = serde_json::from_slice(&text).unwrap();
        let expected = json!({
            "web_push": 8030,
            "mutable": true,
            "notification": {
                "title": "Ihr Termin",
                "body": "Nr. B012: Bitte jetzt zu Platz 3.",
                "navigate": "https://termine.example/meine",
                "tag": "ticket-7",
                "requireInteraction": true,
            },
            "ack": "https://termine.example/push/ack/7",
        });
        assert_eq!(read, expected);
    }

    #[test]
    fn a_novel_is_not_pushed() {
        assert!(write(&push(&"ä".repeat(1_300))).is_some());
        assert_eq!(write(&push(&"ä".repeat(1_500))), None);
    }
}
