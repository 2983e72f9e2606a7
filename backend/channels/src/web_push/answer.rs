//! What a push service's answer means.

use std::time::Duration;

use domain::messaging::attempt::SendOutcome;
use domain::messaging::failure::ErrorClass;

/// An answer as it came.
#[derive(Clone, Copy)]
pub(super) struct Answered {
    pub status: u16,
    pub retry_after: Option<Duration>,
    /// Whether this push service took pushes with our key before.
    pub proven: bool,
}

/// Classifies an answer; `reference` names the push where it was accepted.
pub(super) fn classify(answered: Answered, reference: String) -> SendOutcome {
    let Answered { status, retry_after, proven } = answered;
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
        // Our key is good here: this browser subscribed with another one. Anybody can hand us such a subscription; it must
        // not stop the pushes to all others, nor may a wrong clock of ours delete theirs.
        401 | 403 if !proven => SendOutcome::Config { code: u32::from(status) },
        // Whatever else one endpoint says (3xx: redirects are off, so somebody else speaks) is about that endpoint alone.
        _ => refused(ErrorClass::Blocked),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, retry_after: Option<Duration>, proven: bool) -> SendOutcome {
        classify(Answered { status, retry_after, proven }, "7".into())
    }

    #[test]
    fn answers_have_their_class() {
        for (status, class) in [
            (200, None),
            (201, None),
            (202, None),
            (204, None),
            (301, Some(ErrorClass::Blocked)),
            (307, Some(ErrorClass::Blocked)),
            (400, Some(ErrorClass::Render)),
            (401, Some(ErrorClass::Configuration)),
            (403, Some(ErrorClass::Configuration)),
            (404, Some(ErrorClass::Gone)),
            (405, Some(ErrorClass::Blocked)),
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
            assert_eq!(answer(status, None, false).class(), class, "{status}");
        }
    }

    #[test]
    fn a_wait_that_is_asked_for_is_kept() {
        let wait = Some(Duration::from_secs(7));
        for status in [429, 503] {
            let throttled = SendOutcome::Throttled { after: wait, code: Some(u32::from(status)) };
            assert_eq!(answer(status, wait, false), throttled);
        }
    }

    #[test]
    fn a_strangers_subscription_does_not_put_our_key_in_doubt() {
        for status in [401, 403] {
            assert_eq!(answer(status, None, true).class(), Some(ErrorClass::Blocked));
        }
        assert_eq!(answer(404, None, true).class(), Some(ErrorClass::Gone));
        assert_eq!(answer(301, None, true).class(), Some(ErrorClass::Blocked));
    }
}
