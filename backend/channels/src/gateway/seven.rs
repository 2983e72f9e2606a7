//! Settings for seven.io (Kiel): `POST /api/sms` with a form, codes in the body, reports signed with the account's key.
//!
//! There is no list of sent messages and no key against sending twice: whether a message whose answer never came was sent,
//! only a report tells, which repeats our own id.

use std::time::Duration;

use domain::messaging::delivery::Receipt;
use domain::messaging::failure::ErrorClass;
use url::Url;

use super::config::{
    Answer, Condition, Config, Fields, Format, Hooks, InboundFields, NumberForm, Proof, ReceiptFields, Unit,
    Validity, Word,
};

/// The word under which attempts and receipts are kept.
pub const PROVIDER: &str = "seven";

/// What differs from account to account.
#[derive(Clone)]
pub struct Account {
    /// `https://gateway.seven.io/api/sms`, or a fake of the tests.
    pub url: Url,
    /// The key that may send.
    pub api_key: String,
    /// Who the messages come from.
    pub sender: String,
    /// The key that signs webhooks, and the coming one while it is being changed; none: no webhooks.
    pub signing_keys: Vec<String>,
    /// The address under which seven.io reaches us.
    pub public_url: Url,
    /// To connect.
    pub connect_timeout: Duration,
    /// For the whole call.
    pub timeout: Duration,
}

/// The settings of an account.
#[must_use]
pub fn config(account: Account) -> Config {
    let proof = Proof::Signature { keys: account.signing_keys, public_url: account.public_url };
    let signed = matches!(&proof, Proof::Signature { keys, .. } if !keys.is_empty());
    let hooks = Hooks { proof, receipts: Some(receipts()), inbound: Some(inbound()) };
    Config {
        provider: PROVIDER,
        url: account.url,
        headers: vec![("X-Api-Key".into(), account.api_key), ("Accept".into(), "application/json".into())],
        format: Format::Form,
        fields: Fields {
            to: "to".into(),
            text: "text".into(),
            from: Some("from".into()),
            reference: Some("foreign_id".into()),
            validity: Some(Validity { field: "ttl".into(), unit: Unit::Minutes }),
            fixed: vec![("json".into(), "1".into())],
        },
        number: NumberForm::Plus,
        sender: account.sender,
        answer: answer(),
        hooks: signed.then_some(hooks),
        connect_timeout: account.connect_timeout,
        timeout: account.timeout,
    }
}

fn answer() -> Answer {
    let classes = [
        ("201", ErrorClass::Configuration), // the sender is refused
        ("202", ErrorClass::PermanentRecipient),
        ("300", ErrorClass::Configuration), // no key
        ("301", ErrorClass::Render),        // no recipient
        ("304", ErrorClass::Configuration),
        ("305", ErrorClass::Render), // no text
        ("306", ErrorClass::Configuration),
        ("400", ErrorClass::Configuration),
        ("401", ErrorClass::Render), // too long
        // The same text went to the same number within three minutes: perhaps our own attempt before this one.
        ("402", ErrorClass::Ambiguous),
        ("403", ErrorClass::Blocked),       // the number's limit of the day
        ("500", ErrorClass::Configuration), // no credit left
        ("600", ErrorClass::ProviderQueue), // the carrier did not take it
        ("700", ErrorClass::Ambiguous),
        ("900", ErrorClass::Configuration), // the key is wrong
        ("901", ErrorClass::Configuration),
        ("902", ErrorClass::Configuration),
        ("903", ErrorClass::Configuration),
    ];
    Answer {
        // An answer about a message, an answer about the request, a bare number.
        code: vec!["/messages/0/error".into(), "/success".into(), String::new()],
        accepted: vec!["100".into()],
        reference: "/messages/0/id".into(),
        segments: Some("/messages/0/parts".into()),
        classes: classes.map(|(code, class)| (code.to_owned(), class)).to_vec(),
    }
}

fn receipts() -> ReceiptFields {
    let words = [
        ("ACCEPTED", Receipt::Accepted, None),
        ("BUFFERED", Receipt::Sending, None),
        ("TRANSMITTED", Receipt::Sent, None),
        ("DELIVERED", Receipt::Delivered, None),
        ("NOTDELIVERED", Receipt::Undelivered, Some(ErrorClass::CarrierTemporary)),
        ("EXPIRED", Receipt::Undelivered, Some(ErrorClass::Late)),
        ("REJECTED", Receipt::Undelivered, Some(ErrorClass::Blocked)),
        ("FAILED", Receipt::Failed, Some(ErrorClass::CarrierTemporary)),
    ];
    let word = |(word, receipt, class): (&str, _, _)| Word { word: word.to_owned(), receipt, class };
    ReceiptFields {
        when: Some(Condition { at: "/webhook_event".into(), is: "dlr".into() }),
        reference: "/data/msg_id".into(),
        status: "/data/status".into(),
        ours: Some("/data/foreign_id".into()),
        words: words.map(word).to_vec(),
    }
}

fn inbound() -> InboundFields {
    InboundFields {
        when: Some(Condition { at: "/webhook_event".into(), is: "sms_mo".into() }),
        id: "/data/id".into(),
        from: "/data/sender".into(),
        to: "/data/system".into(),
        text: "/data/text".into(),
    }
}
