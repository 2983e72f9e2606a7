//! What a provider's answer means, by the settings.

use std::time::Duration;

use domain::messaging::attempt::SendOutcome;
use domain::messaging::failure::ErrorClass;
use serde_json::Value;

use super::config::Answer;

/// An answer as it came.
pub(super) struct Answered<'a> {
    pub status: u16,
    pub retry_after: Option<Duration>,
    pub body: &'a [u8],
}

/// Classifies an answer; `ours` names the message where the provider accepts without an id of its own.
pub(super) fn classify(reading: &Answer, answered: &Answered<'_>, ours: &str) -> SendOutcome {
    let Answered { status, retry_after, body } = *answered;
    let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let code = reading.code.iter().find_map(|place| word(&body, place));
    let class = code.as_ref().and_then(|code| {
        let known = reading.classes.iter().find(|(known, _)| known == code);
        known.map(|(_, class)| *class)
    });
    let number = code.as_ref().and_then(|code| code.parse().ok());
    match status {
        200..=299 if code.as_ref().is_some_and(|code| reading.accepted.contains(code)) => {
            let reference = word(&body, &reading.reference).unwrap_or_else(|| ours.to_owned());
            let segments = reading.segments.as_ref().and_then(|place| word(&body, place)?.parse().ok());
            SendOutcome::Accepted { reference, segments }
        }
        200..=299 => match class {
            Some(class) => refused(class, number, answered),
            // It may be "accepted" in words we do not know.
            None => SendOutcome::Ambiguous { reason: "unreadable_answer", http_status: Some(status) },
        },
        429 => SendOutcome::Throttled { after: retry_after, code: number },
        408 | 500..=599 => SendOutcome::Ambiguous { reason: "server_error", http_status: Some(status) },
        400 | 402 | 404..=499 => match class {
            Some(class) => refused(class, number, answered),
            // No provider speaks so: a proxy, or a wrong address.
            None => SendOutcome::Config { code: u32::from(status) },
        },
        // 401, 403: who we are; redirects are off.
        _ => SendOutcome::Config { code: number.unwrap_or(u32::from(status)) },
    }
}

/// The outcome that has this class.
fn refused(class: ErrorClass, code: Option<u32>, answered: &Answered<'_>) -> SendOutcome {
    let http_status = answered.status;
    let known = code.unwrap_or(u32::from(http_status));
    match class {
        ErrorClass::Throttled => SendOutcome::Throttled { after: answered.retry_after, code },
        ErrorClass::Configuration => SendOutcome::Config { code: known },
        ErrorClass::NotSent => SendOutcome::NotSent { reason: "provider_error" },
        ErrorClass::Ambiguous => {
            SendOutcome::Ambiguous { reason: "provider_error", http_status: Some(http_status) }
        }
        ErrorClass::PermanentRecipient
        | ErrorClass::OptedOut
        | ErrorClass::CarrierTemporary
        | ErrorClass::Blocked
        | ErrorClass::ProviderQueue
        | ErrorClass::Late
        | ErrorClass::Gone
        | ErrorClass::Render
        | ErrorClass::MailTemporary => SendOutcome::Refused { class, code: known, http_status },
    }
}

/// The word or number at a place.
pub(super) fn word(body: &Value, place: &str) -> Option<String> {
    match body.pointer(place)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::seven;
    use super::*;

    fn seven(status: u16, body: &str) -> SendOutcome {
        let url = url::Url::parse("https://gateway.seven.io/api/sms").unwrap();
        let account = seven::Account {
            public_url: url.clone(),
            url,
            api_key: String::new(),
            sender: String::new(),
            signing_keys: Vec::new(),
            connect_timeout: Duration::ZERO,
            timeout: Duration::ZERO,
        };
        let answered = Answered { status, retry_after: Some(Duration::from_secs(7)), body: body.as_bytes() };
        classify(&seven::config(account).answer, &answered, "ours.1")
    }

    fn about_the_message(code: &str) -> String {
        format!(r#"{{"success":"101","messages":[{{"id":null,"success":false,"error":"{code}"}}]}}"#)
    }

    #[test]
    fn an_accepted_message_is_accepted_with_or_without_an_id() {
        let full = r#"{"success":"100","balance":46.748,"messages":[{"id":"77229318510","parts":2,"error":null,"success":true}]}"#;
        assert_eq!(
            seven(200, full),
            SendOutcome::Accepted { reference: "77229318510".into(), segments: Some(2) }
        );
        for bare in [r#"{"success":"100","messages":[{"id":null}]}"#, r#"{"success":100}"#, "100"] {
            let accepted = SendOutcome::Accepted { reference: "ours.1".into(), segments: None };
            assert_eq!(seven(200, bare), accepted, "{bare}");
        }
    }

    #[test]
    fn codes_have_their_class_wherever_they_stand() {
        for (code, class) in [
            ("201", ErrorClass::Configuration),
            ("202", ErrorClass::PermanentRecipient),
            ("301", ErrorClass::Render),
            ("305", ErrorClass::Render),
            ("401", ErrorClass::Render),
            ("402", ErrorClass::Ambiguous),
            ("403", ErrorClass::Blocked),
            ("500", ErrorClass::Configuration),
            ("600", ErrorClass::ProviderQueue),
            ("700", ErrorClass::Ambiguous),
            ("900", ErrorClass::Configuration),
            ("902", ErrorClass::Configuration),
            ("903", ErrorClass::Configuration),
        ] {
            let bodies = [code.to_owned(), format!(r#"{{"success":"{code}"}}"#), about_the_message(code)];
            for body in bodies {
                assert_eq!(seven(200, &body).class(), Some(class), "{body}");
                assert_ne!(seven(200, &body).word(), "accepted");
            }
        }
    }

    #[test]
    fn what_cannot_be_read_may_have_been_accepted() {
        for body in ["", "<html>", "{}", "[]", "null", r#"{"success":null}"#, r#"{"success":"999"}"#, "true"]
        {
            assert_eq!(seven(200, body).class(), Some(ErrorClass::Ambiguous), "{body}");
        }
    }

    #[test]
    fn the_status_counts_before_the_body() {
        for (status, body, class) in [
            (302, "", ErrorClass::Configuration),
            (400, r#"{"success":"202"}"#, ErrorClass::PermanentRecipient),
            (400, r#"{"success":"305"}"#, ErrorClass::Render),
            (400, "<html>", ErrorClass::Configuration),
            (401, "900", ErrorClass::Configuration),
            (402, r#"{"success":"500"}"#, ErrorClass::Configuration),
            (403, r#"{"success":"202"}"#, ErrorClass::Configuration),
            (404, "", ErrorClass::Configuration),
            (408, "", ErrorClass::Ambiguous),
            (429, "", ErrorClass::Throttled),
            (500, "100", ErrorClass::Ambiguous),
            (502, "<html>", ErrorClass::Ambiguous),
            (503, "900", ErrorClass::Ambiguous),
        ] {
            assert_eq!(seven(status, body).class(), Some(class), "{status} {body}");
        }
        let throttled = SendOutcome::Throttled { after: Some(Duration::from_secs(7)), code: None };
        assert_eq!(seven(429, ""), throttled);
    }
}
