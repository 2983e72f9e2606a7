//! How many counters are open when, told from the clock on the wall: slow, and a second opinion.

use std::collections::HashMap;

use chrono::{Days, NaiveDate, NaiveDateTime, Timelike};
use chrono_tz::Tz;
use domain::local_time::{day_span, instant_of, local_of};
use domain::schedule::opening_hours::OpeningRule;
use domain::schedule::{Audience, Tick};
use uuid::Uuid;

/// A closure of the one pool there is.
pub struct Closure {
    pub id: Uuid,
    pub from: NaiveDateTime,
    pub until: NaiveDateTime,
    pub at_most: u16,
}

/// The plan of one pool over some days.
pub struct Plan {
    pub zone: Tz,
    pub days: (NaiveDate, u64),
    pub rules: Vec<OpeningRule>,
    pub closures: Vec<Closure>,
    open: HashMap<Tick, [u16; 2]>,
}

impl Plan {
    pub fn new(zone: Tz, days: (NaiveDate, u64)) -> Self {
        Self { zone, days, rules: Vec::new(), closures: Vec::new(), open: HashMap::new() }
    }

    pub fn open_at(&self, tick: Tick, audience: Audience) -> u16 {
        let [public, staff] = self.open.get(&tick).copied().unwrap_or_default();
        match audience {
            Audience::Public => public,
            Audience::Staff => staff,
        }
    }

    /// Walks through every day, five minutes after five minutes, and looks at the clock.
    pub fn walk(&mut self) {
        self.open.clear();
        let (first, count) = self.days;
        for date in (0..count).map(|ahead| first + Days::new(ahead)) {
            let rules: Vec<&OpeningRule> = self.rules.iter().filter(|rule| rule.applies_on(date)).collect();
            let mut latest = 0;
            for tick in ticks_of(self.zone, date) {
                let local = local_of(self.zone, tick.starts_at());
                // Once it has been three it is never before three again: not even in the hour that comes twice.
                latest = latest.max(local.hour() * 60 + local.minute());
                let open = rules.iter().filter(|rule| {
                    u32::from(rule.opens.minutes()) <= latest && latest < u32::from(rule.closes.minutes())
                });
                let sum = open.fold([0, 0], |[public, staff], rule| {
                    [public + rule.capacity_public, staff + rule.capacity_staff]
                });
                self.open.insert(tick, sum.map(|counters| self.left_by_closures(tick, counters)));
            }
        }
    }

    fn left_by_closures(&self, tick: Tick, counters: u16) -> u16 {
        let at = tick.starts_at();
        let covers = |closure: &&Closure| {
            instant_of(self.zone, closure.from) <= at && at < instant_of(self.zone, closure.until)
        };
        self.closures.iter().filter(covers).map(|closure| closure.at_most).fold(counters, u16::min)
    }
}

/// All ticks of a local day.
pub fn ticks_of(zone: Tz, date: NaiveDate) -> impl Iterator<Item = Tick> {
    let (begin, end) = day_span(zone, date);
    (Tick::containing(begin).0..Tick::containing(end).0).map(Tick)
}
