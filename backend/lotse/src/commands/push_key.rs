//! `lotse push-key`: makes a key that names a town to the push services of browsers.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use channels::web_push::VapidKey;
use operations::app::Rng;

pub(crate) fn run() -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", make())?;
    eprintln!("Keep it secret and keep it: set LOTSE_PUSH__KEY or push.key, and push.contact.");
    Ok(())
}

/// A fresh private key, as it stands in the settings.
pub(crate) fn make() -> String {
    let rng = Rng::from_os();
    loop {
        let bytes: [u8; 32] = rng.bytes();
        // One in 2³² is no key.
        if VapidKey::from_bytes(&bytes).is_ok() {
            return URL_SAFE_NO_PAD.encode(bytes);
        }
    }
}
