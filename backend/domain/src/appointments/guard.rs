//! The guard over codes by SMS: each costs money, and robots that earn from SMS ask for thousands.
//!
//! What is counted is codes that nobody typed in. A library where people do type them in is never stopped; a robot is, by
//! its network, its block of numbers, its office. And when of all codes of a town too few are typed in, codes go to
//! mailboxes until that is over: those cost nothing.

use chrono::{DateTime, Duration, Utc};

/// How long a code counts that nobody types in.
pub const WINDOW: Duration = Duration::hours(1);
/// How far back is looked to see whether codes are typed in.
pub const LOOK_BACK: Duration = Duration::minutes(30);
/// How long somebody may take before a code counts as not typed in.
pub const PATIENCE: Duration = Duration::minutes(2);
/// From how many codes on their share says something.
const ENOUGH: u32 = 20;
/// The share in percent below which something is wrong.
const TOO_FEW: u32 = 40;
/// How many zero bits more the proof of work asks for while codes are guarded: sixteen times the effort.
const HARDER: u8 = 4;
/// The effort asked for at least while codes are guarded.
const USUAL_EFFORT: u8 = 15;
/// The most a phone can bear: a quarter of a minute.
const MOST_EFFORT: u8 = 22;

/// Codes from one place that nobody typed in, and when the first of them was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Untyped {
    /// How many.
    pub count: u32,
    /// When the first of them was sent.
    pub first_at: Option<DateTime<Utc>>,
}

/// The codes of the last hour that nobody typed in, by where they were asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// From the same network.
    pub network: Untyped,
    /// From the same block of networks.
    pub wide_network: Untyped,
    /// To the same block of ten thousand numbers.
    pub number_block: Untyped,
    /// For the same office.
    pub office: Untyped,
}

/// All codes of a town lately, and how many of them were typed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lately {
    /// Sent long enough ago to be typed in, or typed in already.
    pub sent: u32,
    /// Typed in.
    pub typed_in: u32,
}

/// How many codes may be out that nobody typed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From one network.
    pub network: u32,
    /// From one block of networks.
    pub wide_network: u32,
    /// To one block of numbers.
    pub number_block: u32,
    /// For one office.
    pub office: u32,
}

/// What becomes of the wish for a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It goes by SMS.
    BySms,
    /// It goes to the mailbox, where one is given.
    ByMail,
    /// None is sent before then.
    Later(DateTime<Utc>),
}

impl Lately {
    /// Whether so few codes are typed in that robots must be asking for them.
    pub fn is_suspicious(self) -> bool {
        self.sent >= ENOUGH && self.typed_in * 100 < self.sent * TOO_FEW
    }
}

/// What becomes of the wish for a code by SMS; `guarded` is whether the town is being watched more closely already.
pub fn admit(places: Places, lately: Lately, limits: Limits, guarded: bool, now: DateTime<Utc>) -> Admission {
    let guarded = guarded || lately.is_suspicious();
    let tight = |usual: u32, guarded_most: u32| if guarded { usual.min(guarded_most) } else { usual };
    let full = [
        (places.network, tight(limits.network, 3)),
        (places.wide_network, tight(limits.wide_network, 10)),
        (places.number_block, limits.number_block),
    ];
    let lapses = |place: Untyped| place.first_at.unwrap_or(now) + WINDOW;
    let later = full.into_iter().filter(|(place, most)| place.count >= *most).map(|(place, _)| lapses(place));
    match later.max() {
        Some(at) => Admission::Later(at),
        // An office is not shut because of a robot: its codes go to mailboxes.
        None if guarded || places.office.count >= limits.office => Admission::ByMail,
        None => Admission::BySms,
    }
}

/// The town's guard after a look at its codes: since when it is up. It stays up for half an hour at least.
pub fn guarded_since(
    before: Option<DateTime<Utc>>,
    lately: Lately,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    match before {
        None => lately.is_suspicious().then_some(now),
        Some(since) if lately.is_suspicious() || now - since < LOOK_BACK => Some(since),
        Some(_) => None,
    }
}

/// The zero bits the proof of work asks for, harder while codes are guarded.
pub fn effort(usual: u8, guarded: bool) -> u8 {
    if guarded { (usual.max(USUAL_EFFORT) + HARDER).min(MOST_EFFORT).max(usual) } else { usual }
}

/// The block of networks an address is in: /24 of IPv4, /48 of IPv6. Nothing for what is no address.
pub fn wide_network(address: &str) -> Option<String> {
    match address.parse::<std::net::IpAddr>().ok()?.to_canonical() {
        std::net::IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            Some(format!("{a}.{b}.{c}.0/24"))
        }
        std::net::IpAddr::V6(v6) => {
            let [a, b, c, ..] = v6.segments();
            Some(format!("{a:x}:{b:x}:{c:x}::/48"))
        }
    }
}

/// The block of ten thousand numbers a number is in: robots rent them by the block.
pub fn number_block(e164: &str) -> &str {
    e164.char_indices().rev().nth(3).map_or("", |(at, _)| &e164[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { network: 5, wide_network: 15, number_block: 10, office: 60 };

    fn now() -> DateTime<Utc> {
        "2026-09-14T07:30:00Z".parse().unwrap()
    }

    fn untyped(count: u32) -> Untyped {
        Untyped { count, first_at: Some(now() - Duration::minutes(20)) }
    }

    #[test]
    fn a_place_that_is_full_waits_until_its_first_code_lapses() {
        let fine = Lately::default();
        let at = now() + Duration::minutes(40);
        for places in [
            Places { network: untyped(5), ..Places::default() },
            Places { wide_network: untyped(15), ..Places::default() },
            Places { number_block: untyped(10), ..Places::default() },
        ] {
            assert_eq!(admit(places, fine, LIMITS, false, now()), Admission::Later(at));
        }
        let places = Places { network: untyped(4), office: untyped(59), ..Places::default() };
        assert_eq!(admit(places, fine, LIMITS, false, now()), Admission::BySms);
        let places = Places { office: untyped(60), ..Places::default() };
        assert_eq!(admit(places, fine, LIMITS, false, now()), Admission::ByMail);
    }

    #[test]
    fn few_codes_say_nothing_and_many_that_nobody_types_in_do() {
        let suspicious = |sent, typed_in| Lately { sent, typed_in }.is_suspicious();
        assert!(!suspicious(19, 0));
        assert!(suspicious(20, 7));
        assert!(!suspicious(20, 8));
        let many = Lately { sent: 20, typed_in: 0 };
        assert_eq!(admit(Places::default(), many, LIMITS, false, now()), Admission::ByMail);
        let three = Places { network: untyped(3), ..Places::default() };
        assert!(matches!(admit(three, many, LIMITS, false, now()), Admission::Later(_)), "tighter, too");
    }

    #[test]
    fn the_guard_goes_up_and_down_again() {
        let (robots, people) = (Lately { sent: 40, typed_in: 2 }, Lately { sent: 40, typed_in: 38 });
        let up = guarded_since(None, robots, now());
        assert_eq!(up, Some(now()));
        assert_eq!(guarded_since(up, people, now() + Duration::minutes(29)), up, "half an hour at least");
        assert_eq!(guarded_since(up, robots, now() + Duration::hours(2)), up);
        assert_eq!(guarded_since(up, people, now() + Duration::minutes(30)), None);
        assert_eq!(guarded_since(None, people, now()), None);
    }

    #[test]
    fn the_effort_is_bearable_and_never_less_than_usual() {
        assert_eq!([effort(15, false), effort(15, true), effort(0, true)], [15, 19, 19]);
        assert_eq!([effort(0, false), effort(22, true), effort(24, true)], [0, 22, 24]);
    }

    #[test]
    fn blocks_of_networks_and_numbers() {
        assert_eq!(wide_network("203.0.113.9").as_deref(), Some("203.0.113.0/24"));
        assert_eq!(wide_network("::ffff:203.0.113.9").as_deref(), Some("203.0.113.0/24"));
        assert_eq!(wide_network("2001:db8:1:2::5").as_deref(), Some("2001:db8:1::/48"));
        assert_eq!(wide_network("terminal"), None);
        assert_eq!(number_block("+491713920012"), "+49171392");
        assert_eq!(number_block("12"), "");
    }

    /// What a day at a town sees, as the database would count it.
    struct Town {
        codes: Vec<Code>,
        guarded: Option<DateTime<Utc>>,
    }

    struct Code {
        at: DateTime<Utc>,
        by_sms: bool,
        typed_in: Option<DateTime<Utc>>,
        /// Network, block of networks, block of numbers.
        place: [u32; 3],
    }

    impl Town {
        /// Somebody asks for a code; whether it comes, and how.
        fn asks(
            &mut self,
            place: [u32; 3],
            mailbox: bool,
            types_in: bool,
            now: DateTime<Utc>,
        ) -> Option<bool> {
            let untyped = |of: &dyn Fn(&Code) -> bool| {
                let open = |code: &&Code| {
                    code.by_sms
                        && code.typed_in.is_none_or(|at| at > now)
                        && code.at > now - WINDOW
                        && of(code)
                };
                let mut found = self.codes.iter().filter(open);
                let first_at = found.next().map(|code| code.at);
                Untyped { count: found.count() as u32 + u32::from(first_at.is_some()), first_at }
            };
            let places = Places {
                network: untyped(&|code| code.place[0] == place[0]),
                wide_network: untyped(&|code| code.place[1] == place[1]),
                number_block: untyped(&|code| code.place[2] == place[2]),
                office: untyped(&|_| true),
            };
            let lately = self.lately(now);
            let by_sms = match admit(places, lately, LIMITS, self.guarded.is_some(), now) {
                Admission::BySms => true,
                Admission::ByMail if mailbox => false,
                Admission::ByMail | Admission::Later(_) => return None,
            };
            let typed_in = types_in.then_some(now + Duration::seconds(40));
            self.codes.push(Code { at: now, by_sms, typed_in, place });
            Some(by_sms)
        }

        fn lately(&self, now: DateTime<Utc>) -> Lately {
            let recent = self.codes.iter().filter(|code| code.at > now - LOOK_BACK);
            let mut lately = Lately::default();
            for code in recent {
                let typed_in = code.typed_in.is_some_and(|at| at <= now);
                lately.sent += u32::from(typed_in || code.at <= now - PATIENCE);
                lately.typed_in += u32::from(typed_in);
            }
            lately
        }
    }

    /// Five thousand numbers, five hundred addresses, one hour; once without mailboxes and once with one for each.
    #[test]
    fn a_robot_of_an_hour_gets_few_sms_and_people_get_their_codes() {
        for robot_has_mailboxes in [false, true] {
            let mut town = Town { codes: Vec::new(), guarded: None };
            let (mut robot, mut people, mut served) = (0, 0, 0);
            for second in 0..3600_u32 {
                let now = now() + Duration::seconds(i64::from(second));
                if second % 30 == 0 {
                    town.guarded = guarded_since(town.guarded, town.lately(now), now);
                }
                // Addresses all over the world, numbers all over the country.
                for nth in [second * 2, second * 2 + 1].into_iter().filter(|nth| *nth < 5000) {
                    let place = [nth % 500, nth % 400, 100_000 + nth];
                    robot += u32::from(town.asks(place, robot_has_mailboxes, false, now) == Some(true));
                }
                if second % 24 == 7 {
                    people += 1;
                    // One of thirty has no mailbox.
                    let place = [10_000 + second, 10_000 + second, 200_000 + second];
                    served += u32::from(town.asks(place, people % 30 != 0, true, now).is_some());
                }
            }
            assert!(robot <= 200, "{robot} SMS to the robot");
            assert!(served * 100 >= people * 95, "{served} of {people} people got their code");
        }
    }
}
