//! What an answer of Twilio means. Lenient by intent: a field we do not know or miss must not turn an accepted message
//! into an unknown one.

use domain::messaging::attempt::SendOutcome;
use domain::messaging::failure::{ErrorClass, class_of_code};
use serde::Deserialize;
use serde_json::Value;

use crate::http::seconds;

/// The parts of a message resource or an error that we read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Body {
    sid: Option<String>,
    num_segments: Value,
    code: Option<u32>,
}

/// Classifies the answer to `POST Messages.json`.
pub(crate) fn classify(status: u16, retry_after: Option<&str>, body: &[u8]) -> SendOutcome {
    let body: Option<Body> = serde_json::from_slice(body).ok();
    let code = body.as_ref().and_then(|body| body.code);
    match status {
        200..=299 => match body {
            Some(Body { sid: Some(reference), num_segments, .. }) => {
                SendOutcome::Accepted { reference, segments: count(&num_segments) }
            }
            _ => SendOutcome::Ambiguous { reason: "unreadable_answer", http_status: Some(status) },
        },
        429 => SendOutcome::Throttled { after: retry_after.and_then(seconds), code },
        408 | 500..=599 => SendOutcome::Ambiguous { reason: "server_error", http_status: Some(status) },
        401 | 403 => SendOutcome::Config { code: code.unwrap_or_else(|| u32::from(status)) },
        400..=499 => refused(status, code, retry_after),
        // Redirects are off: an answer that wants us elsewhere is a wrong base address.
        _ => SendOutcome::Config { code: u32::from(status) },
    }
}

fn refused(status: u16, code: Option<u32>, retry_after: Option<&str>) -> SendOutcome {
    let Some(code) = code else {
        // No Twilio speaks so: a proxy, or a wrong base address.
        return SendOutcome::Config { code: u32::from(status) };
    };
    match class_of_code(code) {
        ErrorClass::Throttled => {
            SendOutcome::Throttled { after: retry_after.and_then(seconds), code: Some(code) }
        }
        ErrorClass::Configuration => SendOutcome::Config { code },
        class @ (ErrorClass::NotSent
        | ErrorClass::Ambiguous
        | ErrorClass::PermanentRecipient
        | ErrorClass::OptedOut
        | ErrorClass::CarrierTemporary
        | ErrorClass::Blocked
        | ErrorClass::ProviderQueue
        | ErrorClass::Late
        | ErrorClass::Gone
        | ErrorClass::Render
        | ErrorClass::MailTemporary) => SendOutcome::Refused { class, code, http_status: status },
    }
}

/// Twilio writes numbers as strings; others may not.
fn count(value: &Value) -> Option<i32> {
    match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.as_i64().and_then(|number| i32::try_from(number).ok()),
        _ => None,
    }
    .filter(|segments| *segments > 0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn accepted(body: &str) -> SendOutcome {
        classify(201, None, body.as_bytes())
    }

    #[test]
    fn an_accepted_message_is_accepted_whatever_else_the_answer_says() {
        for body in [
            r#"{"sid":"SM1","status":"accepted","price":null,"price_unit":null,"num_segments":"0"}"#,
            r#"{"sid":"SM1","status":"a status of tomorrow","new":{"field":[1]}}"#,
        ] {
            assert_eq!(accepted(body), SendOutcome::Accepted { reference: "SM1".into(), segments: None });
        }
        let counted = accepted(r#"{"sid":"SM1","num_segments":"2"}"#);
        assert_eq!(counted, SendOutcome::Accepted { reference: "SM1".into(), segments: Some(2) });
    }

    #[test]
    fn an_accepted_message_without_readable_answer_is_ambiguous() {
        assert_eq!(accepted("<html>").class(), Some(ErrorClass::Ambiguous));
        assert_eq!(accepted("{}").class(), Some(ErrorClass::Ambiguous));
    }

    #[test]
    fn answers_have_their_class() {
        for (status, body, class) in [
            (400, r#"{"code":21211}"#, ErrorClass::PermanentRecipient),
            (400, r#"{"code":21610}"#, ErrorClass::OptedOut),
            (400, r#"{"code":21606}"#, ErrorClass::Configuration),
            (400, r#"{"code":21408}"#, ErrorClass::Configuration),
            (400, r#"{"code":21611}"#, ErrorClass::ProviderQueue),
            (400, r#"{"code":21617}"#, ErrorClass::Render),
            (401, r#"{"code":20003}"#, ErrorClass::Configuration),
            (403, "", ErrorClass::Configuration),
            (404, r#"{"code":20404}"#, ErrorClass::Configuration),
            (404, "<html>", ErrorClass::Configuration),
            (302, "", ErrorClass::Configuration),
            (408, "", ErrorClass::Ambiguous),
            (429, r#"{"code":20429}"#, ErrorClass::Throttled),
            (500, r#"{"code":20500}"#, ErrorClass::Ambiguous),
            (502, "<html>", ErrorClass::Ambiguous),
            (503, "", ErrorClass::Ambiguous),
        ] {
            assert_eq!(classify(status, None, body.as_bytes()).class(), Some(class), "{status} {body}");
        }
    }

    #[test]
    fn the_wait_a_throttled_answer_asks_for_is_read() {
        let after = |header| match classify(429, header, b"") {
            SendOutcome::Throttled { after, .. } => after,
            _ => None,
        };
        assert_eq!(after(Some("7")), Some(Duration::from_secs(7)));
        assert_eq!(after(Some("Wed, 21 Oct 2026 07:28:00 GMT")), None);
        assert_eq!(after(None), None);
    }
}
