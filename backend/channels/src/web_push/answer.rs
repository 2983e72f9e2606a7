//! What a push service's answer means.

use std::time::Duration;

use domain::messaging::attempt::SendOutcome;
use domain::messaging::failure::ErrorClass;

/// Classifies an answer; `reference` names the push where it was accepted.
pub(super) fn classify(status: u16, retry_after: Option<Duration>, reference: String) -> SendOutcome {
    let refused = |class| SendOutcome::Refused { class, code: u32::from(status), http_status: status };
    let throttled = SendOutcome::Throttled { after: retry_after, code: Some(u32::from(status)) };
    match status {
        // 202: accepted, but it may be dropped; nobody promises delivery anyway.
        200..=299 => SendOutcome::Accepted { reference, segments: None },
        404 | 410 => refused(ErrorClass::Gone),
        // Windows says "too fast" with 406.
        406 | 429 => throttled,
        503 if retry_after.is_some() => throttled,
        400 | 413 | 414 | 415 => refused(ErrorClass::Render),
        408 | 500..=599 => SendOutcome::Ambiguous { reason: "server_error", http_status: Some(status) },
        // 401, 403: our key or statement; 3xx: redirects are off, so somebody else speaks.
        _ => SendOutcome::Config { code: u32::from(status) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_have_their_class() {
        for (status, class) in [
            (200, None),
            (201, None),
            (202, None),
            (204, None),
            (301, Some(ErrorClass::Configuration)),
            (307, Some(ErrorClass::Configuration)),
            (400, Some(ErrorClass::Render)),
            (401, Some(ErrorClass::Configuration)),
            (403, Some(ErrorClass::Configuration)),
            (404, Some(ErrorClass::Gone)),
            (405, Some(ErrorClass::Configuration)),
            (406, Some(ErrorClass::Throttled)),
            (408, Some(ErrorClass::Ambiguous)),
            (410, Some(ErrorClass::Gone)),
            (413, Some(ErrorClass::Render)),
            (429, Some(ErrorClass::Throttled)),
            (500, Some(ErrorClass::Ambiguous)),
            (502, Some(ErrorClass::Ambiguous)),
            (503, Some(ErrorClass::Ambiguous)),
            (504, Some(ErrorClass::Ambiguous)),
        ] {
            assert_eq!(classify(status, None, "7".into()).class(), class, "{status}");
        }
    }

    #[test]
    fn a_wait_that_is_asked_for_is_kept() {
        let wait = Some(Duration::from_secs(7));
        for status in [429, 503] {
            let throttled = SendOutcome::Throttled { after: wait, code: Some(u32::from(status)) };
            assert_eq!(classify(status, wait, String::new()), throttled);
        }
    }
}
