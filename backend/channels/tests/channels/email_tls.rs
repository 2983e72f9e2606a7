//! The e-mail channel over TLS: a certificate of the house's own authority is trusted, any other is not, and whoever is not
//! trusted gets neither password nor mail.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use channels::Smtp;
use channels::delivery::SendOutcome;
use channels::email::{Config, Credentials, Security};
use domain::contact::EmailAddress;
use domain::ids::MessageId;
use domain::messaging::attempt::OutgoingEmail;
use p256::SecretKey;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivateSec1KeyDer};
use system_tests::harness::FakeSmtp;
use system_tests::harness::fake_smtp::{PASSWORD, USER};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use uuid::Uuid;

const HERE: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// A certificate that vouches for itself, as a small house makes one.
struct Certificate {
    der: Vec<u8>,
    key: SecretKey,
}

impl Certificate {
    /// For one address; another seed is another authority.
    fn new(address: Ipv4Addr, seed: u8) -> Self {
        let key = SecretKey::from_slice(&[seed; 32]).unwrap();
        let point = key.public_key().to_sec1_bytes();
        let ecdsa_with_sha256 = der(0x30, &[oid(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2])]);
        let on_p256 =
            [oid(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1]), oid(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7])];
        let public = der(0x30, &[der(0x30, &on_p256), der(3, &[vec![0], point.to_vec()])]);
        let common_name = der(0x30, &[oid(&[0x55, 4, 3]), der(12, &[b"Musterstadt".to_vec()])]);
        let name = der(0x30, &[der(0x31, &[common_name])]);
        let valid =
            der(0x30, &[der(23, &[b"250101000000Z".to_vec()]), der(24, &[b"21250101000000Z".to_vec()])]);
        let alternative = der(0x30, &[der(0x87, &[address.octets().to_vec()])]);
        let extension = der(0x30, &[oid(&[0x55, 0x1d, 17]), der(4, &[alternative])]);
        let content = der(
            0x30,
            &[
                der(0xa0, &[der(2, &[vec![2]])]),
                der(2, &[vec![seed]]),
                ecdsa_with_sha256.clone(),
                name.clone(),
                valid,
                name,
                public,
                der(0xa3, &[der(0x30, &[extension])]),
            ],
        );
        let signature: Signature = SigningKey::from(&key).sign(&content);
        let signature = der(3, &[vec![0], signature.to_der().as_bytes().to_vec()]);
        Self { der: der(0x30, &[content, ecdsa_with_sha256, signature]), key }
    }

    fn pem(&self) -> Vec<u8> {
        let lines = STANDARD.encode(&self.der);
        let lines: Vec<_> = lines.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line)).collect();
        let text = lines.join("\n");
        format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n").into_bytes()
    }

    fn acceptor(&self) -> TlsAcceptor {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let key = PrivateKeyDer::from(PrivateSec1KeyDer::from(self.key.to_sec1_der().unwrap().to_vec()));
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![CertificateDer::from(self.der.clone())], key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// One element of DER with its parts.
fn der(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len();
    let mut element = vec![tag];
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => element.push(short),
        Ok(one) => element.extend([0x81, one]),
        Err(_) => element.extend([0x82, (length >> 8) as u8, (length & 0xff) as u8]),
    }
    element.extend(content);
    element
}

fn oid(bytes: &[u8]) -> Vec<u8> {
    der(6, &[bytes.to_vec()])
}

/// How the line becomes protected.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    AtOnce,
    StartTls,
}

/// TLS in front of the fake mail server.
async fn in_front_of(server: &FakeSmtp, certificate: &Certificate, way: Way) -> SocketAddr {
    let listener = TcpListener::bind((HERE, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (acceptor, behind) = (certificate.acceptor(), server.address);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(forward(stream, acceptor.clone(), behind, way));
        }
    });
    address
}

async fn forward(stream: TcpStream, acceptor: TlsAcceptor, behind: SocketAddr, way: Way) -> Option<()> {
    let mut stream = BufReader::new(stream);
    if way == Way::StartTls {
        let mut line = String::new();
        for answer in ["220 mail ESMTP\r\n", "250-mail\r\n250 STARTTLS\r\n", "220 Go\r\n"] {
            stream.get_mut().write_all(answer.as_bytes()).await.ok()?;
            if !answer.ends_with("Go\r\n") {
                stream.read_line(&mut line).await.ok()?;
            }
        }
    }
    let mut tls = acceptor.accept(stream.into_inner()).await.ok()?;
    let mut behind = BufReader::new(TcpStream::connect(behind).await.ok()?);
    if way == Way::StartTls {
        behind.read_line(&mut String::new()).await.ok()?;
    }
    let _ = tokio::io::copy_bidirectional(&mut tls, &mut behind).await;
    Some(())
}

fn channel(address: SocketAddr, way: Way, authority: Option<&Certificate>) -> Smtp {
    Smtp::new(Config {
        server: IpAddr::V4(HERE).to_string(),
        port: address.port(),
        security: if way == Way::AtOnce { Security::Tls } else { Security::StartTls },
        credentials: Some(Credentials { user: USER.into(), password: PASSWORD.into() }),
        authority: authority.map(Certificate::pem),
        host: "termine.musterstadt.example".into(),
        from: EmailAddress::parse("termine@musterstadt.example").unwrap(),
        connections: 1,
        connect_timeout: Duration::from_secs(3),
        timeout: Duration::from_secs(3),
    })
    .unwrap()
}

fn mail() -> OutgoingEmail {
    OutgoingEmail {
        message: MessageId(Uuid::from_u128(7)),
        attempt: 1,
        to: EmailAddress::parse("erika@musterstadt.example").unwrap(),
        from_name: "Stadt Musterstadt".into(),
        reply_to: None,
        subject: "Ihr Termin".into(),
        text: "Montag".into(),
        html: "<p>Montag</p>".into(),
        calendar: None,
        list_unsubscribe: None,
        at: "2026-09-14T12:00:00Z".parse().unwrap(),
    }
}

async fn mail_server() -> FakeSmtp {
    let server = FakeSmtp::start().await;
    server.want_account();
    server
}

#[tokio::test]
async fn a_mail_goes_over_a_protected_line() {
    for way in [Way::AtOnce, Way::StartTls] {
        let (server, certificate) = (mail_server().await, Certificate::new(HERE, 7));
        let address = in_front_of(&server, &certificate, way).await;
        let channel = channel(address, way, Some(&certificate));
        for _ in 0..2 {
            let outcome = channel.send(&mail()).await;
            assert_eq!(outcome.class(), None, "{outcome:?}");
        }
        assert_eq!((server.ledger().len(), server.connections()), (2, 1));
    }
}

#[tokio::test]
async fn a_stranger_gets_neither_password_nor_mail() {
    for way in [Way::AtOnce, Way::StartTls] {
        let (server, own) = (mail_server().await, Certificate::new(HERE, 7));
        let elsewhere = Certificate::new(Ipv4Addr::new(127, 0, 0, 2), 7);
        let another = Certificate::new(HERE, 8);
        for (shown, trusted) in [(&own, None), (&another, Some(&own)), (&elsewhere, Some(&elsewhere))] {
            let address = in_front_of(&server, shown, way).await;
            let outcome = channel(address, way, trusted).send(&mail()).await;
            assert_eq!(outcome, SendOutcome::Config { code: 0 }, "no waiting mends this");
        }
        assert_eq!((server.begun(), server.ledger().len()), (0, 0));
    }
}
