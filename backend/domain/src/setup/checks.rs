//! What can be wrong with a set-up file before anybody looks at a database.

use super::{ClosureSetup, OpeningSetup, PoolSetup, Setup, weekday};
use crate::appointments::booking::LONGEST_VISIT_MIN;
use crate::fault::Fault;
use crate::schedule::TICK_MINUTES;

const LAENDER: [&str; 16] =
    ["BW", "BY", "BE", "BB", "HB", "HH", "HE", "MV", "NI", "NW", "RP", "SL", "SN", "ST", "SH", "TH"];

impl Setup {
    pub(super) fn faults(&self) -> Vec<Fault> {
        let mut faults = Faults(Vec::new());
        if self.town.zone.parse::<chrono_tz::Tz>().is_err() {
            faults.add(
                "town.zone",
                ("Diese Zeitzone gibt es nicht.", format!("{:?} is not a time zone", self.town.zone)),
            );
        }
        if !LAENDER.contains(&self.town.land.as_str()) {
            faults.add(
                "town.land",
                (
                    "Das ist keines der 16 Länder.",
                    format!("{:?} is not one of the 16 Länder", self.town.land),
                ),
            );
        }
        self.office_faults(&mut faults);
        for (index, pool) in self.pools.iter().enumerate() {
            self.pool_faults(&format!("pools[{index}]"), index, pool, &mut faults);
        }
        for (index, closure) in self.closures.iter().enumerate() {
            self.closure_faults(&format!("closures[{index}]"), closure, &mut faults);
        }
        faults.0
    }

    fn office_faults(&self, faults: &mut Faults) {
        if self.offices.is_empty() {
            faults.add(
                "offices",
                ("Eine Stadt braucht mindestens einen Standort.", "a town needs at least one office"),
            );
        }
        for (index, office) in self.offices.iter().enumerate() {
            let place = format!("offices[{index}]");
            if self.offices[..index].iter().any(|other| other.slug == office.slug) {
                faults.add(&format!("{place}.slug"), twice(&office.slug));
            }
            if office.zones.is_empty() {
                faults.add(
                    &format!("{place}.zones"),
                    (
                        "Ein Standort braucht mindestens einen Wartebereich.",
                        "an office needs at least one waiting zone",
                    ),
                );
            }
            for (number, zone) in office.zones.iter().enumerate() {
                let place = format!("{place}.zones[{number}].letter");
                if zone.letter.len() != 1 || !zone.letter.bytes().all(|byte| byte.is_ascii_uppercase()) {
                    faults.add(
                        &place,
                        (
                            "Ein Wartebereich hat einen Großbuchstaben.",
                            format!("{:?} is not one capital letter", zone.letter),
                        ),
                    );
                }
                if office.zones[..number].iter().any(|other| other.letter == zone.letter) {
                    faults.add(&place, twice(&zone.letter));
                }
            }
        }
    }

    fn pool_faults(&self, place: &str, index: usize, pool: &PoolSetup, faults: &mut Faults) {
        match self.offices.iter().find(|office| office.slug == pool.office) {
            None => faults.add(&format!("{place}.office"), missing("Standort", "office", &pool.office)),
            Some(office) if !office.zones.iter().any(|zone| zone.letter == pool.zone) => {
                faults.add(&format!("{place}.zone"), missing("Wartebereich", "zone", &pool.zone));
            }
            Some(_) => {}
        }
        if self.pools[..index].iter().any(|other| other.slug == pool.slug && other.office == pool.office) {
            faults.add(&format!("{place}.slug"), twice(&pool.slug));
        }
        for (number, counter) in pool.counters.iter().enumerate() {
            let elsewhere = self.pools[..index].iter().filter(|other| other.office == pool.office);
            let mut before = elsewhere.flat_map(|other| &other.counters).chain(&pool.counters[..number]);
            if before.any(|other| other.number == counter.number) {
                let place = format!("{place}.counters[{number}].number");
                faults.add(&place, twice(&counter.number));
            }
        }
        for (number, opening) in pool.opening.iter().enumerate() {
            opening_faults(&format!("{place}.opening[{number}]"), opening, faults);
        }
        for (number, offer) in pool.offers.iter().enumerate() {
            let place = format!("{place}.offers[{number}]");
            if !(1..=LONGEST_VISIT_MIN).contains(&offer.duration_min) {
                faults.add(
                    &format!("{place}.duration_min"),
                    (
                        format!("Erlaubt sind 1 bis {LONGEST_VISIT_MIN} Minuten."),
                        format!("1 to {LONGEST_VISIT_MIN} minutes are allowed"),
                    ),
                );
            }
            if pool.offers[..number].iter().any(|other| other.service == offer.service) {
                faults.add(&format!("{place}.service"), twice(&offer.service));
            }
        }
    }

    fn closure_faults(&self, place: &str, closure: &ClosureSetup, faults: &mut Faults) {
        if closure.span().is_none() {
            faults.add(
                place,
                (
                    "Nötig ist `day`, oder `from` und ein späteres `until`.",
                    "a `day`, or `from` and a later `until`, is needed",
                ),
            );
        }
        let office = |slug: &String| self.offices.iter().any(|office| office.slug == *slug);
        if let Some(slug) = closure.office.as_ref().filter(|slug| !office(slug)) {
            faults.add(&format!("{place}.office"), missing("Standort", "office", slug));
        }
        let pool = |slug: &String| {
            self.pools.iter().any(|pool| pool.slug == *slug && Some(&pool.office) == closure.office.as_ref())
        };
        if let Some(slug) = closure.pool.as_ref().filter(|slug| !pool(slug)) {
            faults.add(&format!("{place}.pool"), missing("Stelle", "pool", slug));
        }
    }
}

fn opening_faults(place: &str, opening: &OpeningSetup, faults: &mut Faults) {
    if opening.days.is_empty() {
        faults.add(
            &format!("{place}.days"),
            ("Mindestens ein Wochentag ist nötig.", "at least one weekday is needed"),
        );
    }
    for day in &opening.days {
        if weekday(day).is_none() {
            faults.add(
                &format!("{place}.days"),
                (
                    format!("„{day}“ ist kein Wochentag (mo di mi do fr sa so)."),
                    format!("{day:?} is not a weekday (mo di mi do fr sa so)"),
                ),
            );
        }
    }
    if opening.closes <= opening.opens {
        faults.add(&format!("{place}.closes"), ("Es schließt, bevor es öffnet.", "closes before it opens"));
    }
    for (name, time) in [("opens", opening.opens), ("closes", opening.closes)] {
        if !time.minutes().is_multiple_of(TICK_MINUTES) {
            faults.add(
                &format!("{place}.{name}"),
                ("Uhrzeiten sind Vielfache von fünf Minuten.", "times are multiples of five minutes"),
            );
        }
    }
    if !(1..=52).contains(&opening.every_weeks) {
        faults.add(
            &format!("{place}.every_weeks"),
            ("Eine Regel wiederholt sich alle 1 bis 52 Wochen.", "a rule repeats every 1 to 52 weeks"),
        );
    }
    if opening.public == 0 && opening.staff == 0 {
        faults.add(
            &format!("{place}.public"),
            (
                "So könnte niemand buchen: public und staff sind beide 0.",
                "nobody could book: public and staff capacity are both 0",
            ),
        );
    }
}

struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, place: &str, words: (impl Into<String>, impl Into<String>)) {
        self.0.push(Fault::new(place, "invalid", words));
    }
}

fn twice(value: &str) -> (String, String) {
    (format!("„{value}“ steht zweimal da."), format!("{value:?} stands twice"))
}

fn missing(de: &str, en: &str, slug: &str) -> (String, String) {
    (format!("{de} „{slug}“ gibt es nicht."), format!("there is no {en} {slug:?}"))
}
