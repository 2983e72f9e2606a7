//! Endpoints somebody could hand us in place of a browser's.

use super::*;

fn read(endpoint: &str) -> Result<String, EndpointRefused> {
    read_with(endpoint, &[])
}

fn read_with(endpoint: &str, test_hosts: &[Url]) -> Result<String, EndpointRefused> {
    let subscription = PushSubscription {
        endpoint: endpoint.to_owned(),
        p256dh: String::new(),
        auth: String::new(),
        vapid_key: None,
    };
    check(&subscription, &Hosts::default(), test_hosts).map(|endpoint| endpoint.origin)
}

#[test]
fn the_push_services_of_browsers_are_called() {
    for (endpoint, origin) in [
        ("https://fcm.googleapis.com/fcm/send/cX7:APA91b-_x", "https://fcm.googleapis.com"),
        ("https://fcm.googleapis.com:443/wp/cX7", "https://fcm.googleapis.com"),
        ("https://jmt17.google.com/fcm/send/a", "https://jmt17.google.com"),
        (
            "https://updates.push.services.mozilla.com/wpush/v2/gAAAAABl",
            "https://updates.push.services.mozilla.com",
        ),
        (
            "https://autopush.push.services.mozilla.com/wpush/v1/a",
            "https://autopush.push.services.mozilla.com",
        ),
        ("https://web.push.apple.com/QGuQyav", "https://web.push.apple.com"),
        ("https://api.push.apple.com/3/device/a", "https://api.push.apple.com"),
        ("https://db5p.notify.windows.com/w/?token=BQYAAAC%2b%3d", "https://db5p.notify.windows.com"),
        ("https://wns2-par02p.notify.windows.com/w/?token=a@b", "https://wns2-par02p.notify.windows.com"),
    ] {
        assert_eq!(read(endpoint), Ok(origin.to_owned()), "{endpoint}");
    }
}

/// Every spelling here leads elsewhere, or could in the eyes of another reader.
pub(super) const BAD: &[(&str, EndpointRefused)] = {
    use EndpointRefused::{Fragment, Host, Port, Scheme, Unreadable, User};
    &[
        // Addresses instead of names.
        ("https://127.0.0.1/", Host),
        ("https://127.1/", Host),
        ("https://2130706433/", Host),
        ("https://0x7f000001/", Host),
        ("https://0x7f.0.0.1/", Host),
        ("https://0177.0.0.1/", Host),
        ("https://017700000001/", Host),
        ("https://0/", Host),
        ("https://0.0.0.0/", Host),
        ("https://10.0.0.1/", Host),
        ("https://172.16.0.1/", Host),
        ("https://192.168.0.1/", Host),
        ("https://100.64.0.1/", Host),
        ("https://169.254.169.254/latest/meta-data/", Host),
        ("https://198.18.0.1/", Host),
        ("https://224.0.0.1/", Host),
        ("https://255.255.255.255/", Host),
        ("https://1.1.1.1/", Host),
        ("https://127.0.0.1./", Host),
        ("https://127。0。0。1/", Unreadable),
        ("https://①②⑦.0.0.1/", Unreadable),
        ("https://[::]/", Host),
        ("https://[::1]/", Host),
        ("https://[0:0:0:0:0:0:0:1]/", Host),
        ("https://[::ffff:127.0.0.1]/", Host),
        ("https://[::ffff:7f00:1]/", Host),
        ("https://[::127.0.0.1]/", Host),
        ("https://[64:ff9b::127.0.0.1]/", Host),
        ("https://[2002:7f00:1::]/", Host),
        ("https://[fd00::1]/", Host),
        ("https://[fe80::1]/", Host),
        ("https://[fe80::1%25eth0]/", Unreadable),
        ("https://[2606:4700:4700::1111]/", Host),
        // Names of our own networks, and of nobody.
        ("https://localhost/", Host),
        ("https://localhost./", Host),
        ("https://metadata.google.internal/", Host),
        ("https://redis/", Host),
        ("https://postgres.internal/", Host),
        ("https://127.0.0.1.nip.io/", Host),
        ("https:///", Unreadable),
        ("https://", Unreadable),
        ("https://./", Host),
        // Names that look like a push service's.
        ("https://googleapis.com/", Host),
        ("https://evil.googleapis.com/", Host),
        ("https://storage.fcm.googleapis.com/", Host),
        ("https://fcm.googleapis.com.evil.example/", Host),
        ("https://fcm.googleapis.com./", Host),
        ("https://fcm-googleapis.com/", Host),
        ("https://xfcm.googleapis.com/", Host),
        ("https://xpush.apple.com/", Host),
        ("https://push.apple.com/", Host),
        ("https://push.apple.com.evil.example/", Host),
        ("https://evilpush.services.mozilla.com/", Host),
        ("https://push.services.mozilla.com/", Host),
        ("https://services.mozilla.com/", Host),
        ("https://notify.windows.com/", Host),
        ("https://evil.example/notify.windows.com", Host),
        ("https://evil.example/?fcm.googleapis.com", Host),
        ("https://evil.example/https://fcm.googleapis.com/", Host),
        ("https://ntfy.sh/upABC?up=1&x=.push.apple.com", Host),
        ("https://xn--fcm-googleapis-com/", Unreadable),
        ("https://fcm.googleapis.com%2eevil.example/", Host),
        ("https://fcm.googleapis.com%00.evil.example/", Unreadable),
        ("https://fcm.googleapis.com%2f@evil.example/", User),
        // A host within the name or password of another.
        ("https://fcm.googleapis.com@127.0.0.1/", User),
        ("https://fcm.googleapis.com:443@evil.example/", User),
        ("https://user@fcm.googleapis.com/", User),
        ("https://user:secret@fcm.googleapis.com/", User),
        ("https://:secret@fcm.googleapis.com/", User),
        ("https://@fcm.googleapis.com/", User),
        ("https://:@fcm.googleapis.com/", User),
        ("https://evil.example#@fcm.googleapis.com/", Fragment),
        // Fragments.
        ("https://fcm.googleapis.com/#", Fragment),
        ("https://fcm.googleapis.com/a#b", Fragment),
        ("https://fcm.googleapis.com#.evil.example", Fragment),
        // Ports.
        ("https://fcm.googleapis.com:80/", Port),
        ("https://fcm.googleapis.com:8443/", Port),
        ("https://fcm.googleapis.com:22/", Port),
        ("https://fcm.googleapis.com:0/", Port),
        ("https://fcm.googleapis.com:65536/", Unreadable),
        ("https://fcm.googleapis.com:443a/", Unreadable),
        // Schemes.
        ("http://fcm.googleapis.com/", Scheme),
        ("http://fcm.googleapis.com:443/", Scheme),
        ("ftp://fcm.googleapis.com/", Scheme),
        ("ws://fcm.googleapis.com/", Scheme),
        ("gopher://fcm.googleapis.com/_", Scheme),
        ("file:///etc/passwd", Scheme),
        ("data:text/plain,a", Scheme),
        ("javascript:alert(1)", Scheme),
        ("blob:https://fcm.googleapis.com/7", Scheme),
        ("unix:///run/postgresql", Scheme),
        // Spellings two readers could read differently.
        ("https:fcm.googleapis.com/", Unreadable),
        ("https:/fcm.googleapis.com/", Unreadable),
        ("https:///fcm.googleapis.com/", Unreadable),
        ("https:\\\\fcm.googleapis.com\\", Unreadable),
        ("https://fcm.googleapis.com\\@evil.example/", Unreadable),
        ("https://evil.example\\.fcm.googleapis.com/", Unreadable),
        ("https://FCM.googleapis.com/", Unreadable),
        ("https://fcm%2egoogleapis%2ecom/", Unreadable),
        ("https://fcm.googleapis.com:0443/", Unreadable),
        ("https://fcm.googleapis.com:/", Unreadable),
        ("https://ｆcm.googleapis.com/", Unreadable),
        ("https://fcm。googleapis。com/", Unreadable),
        (" https://fcm.googleapis.com/", Unreadable),
        ("https://fcm.googleapis.com/a b", Unreadable),
        ("https://fcm.google\tapis.com/", Unreadable),
        ("https://fcm.googleapis.com/\r\nHost: evil.example", Unreadable),
        ("https://fcm.googleapis.com/\0", Unreadable),
        ("//fcm.googleapis.com/", Unreadable),
        ("/fcm.googleapis.com/", Unreadable),
        ("fcm.googleapis.com", Unreadable),
        ("fcm.googleapis.com/a", Unreadable),
        ("", Unreadable),
    ]
};

#[test]
fn nothing_else_is() {
    assert!(BAD.len() >= 80, "{}", BAD.len());
    let wrong: Vec<_> = BAD
        .iter()
        .map(|(endpoint, refused)| (endpoint, read(endpoint), refused))
        .filter(|(_, read, refused)| *read != Err(**refused))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_long_endpoint_is_refused_and_the_longest_taken() {
    let of_length = |length: usize| {
        let start = "https://fcm.googleapis.com/";
        format!("{start}{}", "a".repeat(length - start.len()))
    };
    assert!(read(&of_length(512)).is_ok());
    assert_eq!(read(&of_length(513)), Err(EndpointRefused::TooLong));
    assert_eq!(read(&of_length(1_000_000)), Err(EndpointRefused::TooLong));
}

#[test]
fn a_test_host_is_one_origin_and_no_more() {
    let hosts = [Url::parse("http://127.0.0.1:8123").unwrap()];
    assert!(read_with("http://127.0.0.1:8123/push/7", &hosts).is_ok());
    for (endpoint, refused) in [
        ("http://127.0.0.1:8124/push/7", EndpointRefused::Scheme),
        ("https://127.0.0.1:8123/push/7", EndpointRefused::Port),
        ("http://127.0.0.2:8123/push/7", EndpointRefused::Scheme),
        ("http://user@127.0.0.1:8123/push/7", EndpointRefused::User),
        ("http://localhost:8123/push/7", EndpointRefused::Scheme),
    ] {
        assert_eq!(read_with(endpoint, &hosts), Err(refused), "{endpoint}");
    }
}

#[test]
fn a_list_of_hosts_holds_hosts() {
    let hosts = Hosts::parse(&["push.example", ".push.example"]).unwrap();
    assert!(
        hosts.contain("push.example") && hosts.contain("a.push.example") && hosts.contain("a.b.push.example")
    );
    assert!(!hosts.contain("xpush.example") && !hosts.contain(".push.example") && !hosts.contain("example"));
    for bad in
        ["", ".", "push.example.", "https://push.example", "127.0.0.1", "[::1]", "a/b", "PUSH.example", "*.a"]
    {
        assert_eq!(Hosts::parse(&[bad]), Err(NotAHost(bad.to_owned())), "{bad}");
    }
}
