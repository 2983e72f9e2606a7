//! HTTP clients of the tests.

/// What every client of the tests is built from: TLS is chosen, although nothing here leaves the machine.
pub fn client_builder() -> reqwest::ClientBuilder {
    // An error only says that it is there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
}

/// A plain client.
pub fn client() -> reqwest::Client {
    client_builder().build().expect("a client needs nothing from outside")
}
