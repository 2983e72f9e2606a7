//! Reads a browser's subscription: an endpoint we call, a point on P-256, a secret of 16 bytes.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::messaging::attempt::PushSubscription;
use p256::PublicKey;
use web_push_native::Auth;

use super::endpoint::EndpointRefused;

/// Why a subscription is not kept, or no longer used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubscriptionRefused {
    /// Its endpoint is not called.
    #[error("the endpoint is refused")]
    Endpoint(#[from] EndpointRefused),
    /// Its key is no point on the curve.
    #[error("p256dh is no public key on P-256")]
    Key,
    /// Its secret has another length.
    #[error("auth is not 16 bytes long")]
    Auth,
}

/// What a push to one browser is encrypted with.
pub(super) struct Keys {
    pub public: PublicKey,
    pub auth: Auth,
}

/// Reads the keys. Compressed points are refused: browsers give 65 bytes.
pub(super) fn keys(subscription: &PushSubscription) -> Result<Keys, SubscriptionRefused> {
    let public = decoded(&subscription.p256dh, 65).ok_or(SubscriptionRefused::Key)?;
    let public = PublicKey::from_sec1_bytes(&public).map_err(|_| SubscriptionRefused::Key)?;
    let auth = decoded(&subscription.auth, 16).ok_or(SubscriptionRefused::Auth)?;
    Ok(Keys { public, auth: Auth::clone_from_slice(&auth) })
}

/// Some libraries pad what browsers leave bare.
fn decoded(text: &str, length: usize) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()?;
    (bytes.len() == length).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The browser of the example in RFC 8291, appendix A.
    fn example() -> PushSubscription {
        PushSubscription {
            endpoint: "https://updates.push.services.mozilla.com/wpush/v2/a".into(),
            p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
                .into(),
            auth: "BTBZMqHH6r4Tts7J_aSIgg".into(),
            vapid_key: None,
        }
    }

    fn refused(change: impl FnOnce(&mut PushSubscription)) -> Option<SubscriptionRefused> {
        let mut subscription = example();
        change(&mut subscription);
        keys(&subscription).err()
    }

    #[test]
    fn the_keys_of_a_browser_are_read() {
        assert_eq!(refused(|_| {}), None);
        assert_eq!(refused(|it| it.auth.push_str("==")), None);
    }

    #[test]
    fn what_is_no_point_on_the_curve_is_refused() {
        let key = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut off_the_curve = URL_SAFE_NO_PAD.decode(example().p256dh).unwrap();
        off_the_curve[64] ^= 1;
        let mut compressed = URL_SAFE_NO_PAD.decode(example().p256dh).unwrap();
        compressed.truncate(33);
        compressed[0] = 2 + (off_the_curve[64] ^ 1) % 2;
        let nothing = [0; 65];
        let mut infinity = [0; 65];
        infinity[0] = 4;
        for bad in [
            key(&off_the_curve),
            key(&compressed),
            key(&nothing),
            key(&infinity),
            key(&[0]),
            String::new(),
            "not base64!".into(),
            example().p256dh[1..].to_owned(),
            format!("{}AA", example().p256dh),
        ] {
            assert_eq!(refused(|it| it.p256dh.clone_from(&bad)), Some(SubscriptionRefused::Key), "{bad}");
        }
    }

    #[test]
    fn a_secret_has_sixteen_bytes() {
        for bad in ["", "BTBZMqHH6r4Tts7J_aSI", "BTBZMqHH6r4Tts7J_aSIggAA", "BTBZMqHH6r4Tts7J/aSIgg", "?"] {
            assert_eq!(refused(|it| it.auth = bad.into()), Some(SubscriptionRefused::Auth), "{bad}");
        }
    }
}
