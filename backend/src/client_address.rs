//! Where a request really comes from: the connection's address, or what a trusted proxy says about it.

use std::net::{IpAddr, Ipv4Addr};

use poem::{Addr, Request};
use runtime::config::Network;

/// The address of the caller; in every request's data. Used for limits, never logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// The caller of this request. From the right of `X-Forwarded-For`, the first address that is no trusted
    /// proxy: what stands further left anybody could have written.
    pub fn of(req: &Request, trusted: &[Network]) -> Self {
        let direct = direct(req);
        if !is_trusted(direct, trusted) {
            return Self(direct);
        }
        let mut caller = direct;
        let headers: Vec<_> = req.headers().get_all("x-forwarded-for").iter().collect();
        let hops = headers.iter().rev().filter_map(|value| value.to_str().ok()).flat_map(|v| v.rsplit(','));
        for hop in hops {
            let Ok(ip) = hop.trim().parse() else { break };
            caller = ip;
            if !is_trusted(ip, trusted) {
                break;
            }
        }
        Self(caller)
    }

    /// One value for all addresses one household has: the address itself, or the /64 network of IPv6.
    pub fn network(self) -> IpAddr {
        match self.0.to_canonical() {
            IpAddr::V4(v4) => v4.into(),
            IpAddr::V6(v6) => std::net::Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
        }
    }
}

/// The address of the connection.
fn direct(req: &Request) -> IpAddr {
    match &req.remote_addr().0 {
        Addr::SocketAddr(address) => address.ip(),
        // A Unix socket or a test client: this machine.
        Addr::Unix(_) | Addr::Custom(..) => Ipv4Addr::LOCALHOST.into(),
    }
}

fn is_trusted(ip: IpAddr, trusted: &[Network]) -> bool {
    trusted.iter().any(|network| network.contains(ip))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(forwarded: &str, trusted: &[&str]) -> String {
        let trusted: Vec<Network> = trusted.iter().map(|text| text.parse().unwrap()).collect();
        let req = Request::builder().header("x-forwarded-for", forwarded).finish();
        ClientAddress::of(&req, &trusted).0.to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        assert_eq!(caller("203.0.113.9", &[]), "127.0.0.1");
        assert_eq!(caller("203.0.113.9", &["127.0.0.1"]), "203.0.113.9");
    }

    #[test]
    fn what_the_caller_wrote_itself_does_not_count() {
        assert_eq!(caller("1.2.3.4, 203.0.113.9", &["127.0.0.1"]), "203.0.113.9");
        assert_eq!(caller("1.2.3.4, 203.0.113.9, 10.0.0.7", &["127.0.0.1", "10.0.0.0/8"]), "203.0.113.9");
        assert_eq!(caller("nonsense, 10.0.0.7", &["127.0.0.1", "10.0.0.0/8"]), "10.0.0.7");
    }

    #[test]
    fn a_household_is_one_network() {
        let address = ClientAddress("2001:db8:1:2:3:4:5:6".parse().unwrap());
        assert_eq!(address.network().to_string(), "2001:db8:1:2::");
    }
}
