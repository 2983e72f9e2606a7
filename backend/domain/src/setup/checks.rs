//! What can be wrong with a set-up file before anybody looks at a database.

use chrono::NaiveDateTime;

use super::{ClosureSetup, OpeningSetup, PoolSetup, Setup, weekday};
use crate::appointments::booking::LONGEST_VISIT_MIN;
use crate::fault::Fault;
use crate::schedule::TICK_MINUTES;
use crate::schedule::opening_hours::ClosureSpan;
use crate::town::{BookingTerms, TermRefused, TownSettings};

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
        if let Err(refused) = BookingTerms::of(&self.town.settings).check() {
            let TermRefused { field, least, most } = refused;
            let de = format!("Erlaubt sind {least} bis {most}.");
            faults.add(&format!("town.settings.{field}"), (de, format!("{least} to {most} are allowed")));
        }
        let known = TownSettings::names();
        for name in self.named_settings.iter().filter(|name| !known.contains(name)) {
            faults.add(
                &format!("town.settings.{name}"),
                ("Diese Einstellung gibt es nicht.", "unknown setting"),
            );
        }
        let counters = self.pools.iter().map(|pool| pool.counters.len()).sum();
        let lists = [
            ("offices", self.offices.len(), 500),
            ("pools", self.pools.len(), 2_000),
            ("pools.counters", counters, 5_000),
            ("closures", self.closures.len(), 2_000),
        ];
        if let Some((list, _, most)) = lists.into_iter().find(|(_, there, most)| there > most) {
            faults.add(list, (format!("Höchstens {most}, bitte."), format!("at most {most} are possible")));
            return faults.0;
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
            slug_and_name(&place, &office.slug, &office.name, faults);
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
        slug_and_name(place, &pool.slug, &pool.name, faults);
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
        for (number, slug) in pool.services.iter().enumerate() {
            let offered = pool.offers.iter().flatten().any(|offer| offer.service == *slug);
            if offered || pool.services[..number].contains(slug) {
                faults.add(&format!("{place}.services[{number}]"), twice(slug));
            }
        }
        let offers = pool.offers.as_deref().unwrap_or_default();
        for (number, offer) in offers.iter().enumerate() {
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
            if offers[..number].iter().any(|other| other.service == offer.service) {
                faults.add(&format!("{place}.service"), twice(&offer.service));
            }
        }
    }

    fn closure_faults(&self, place: &str, closure: &ClosureSetup, faults: &mut Faults) {
        if closure.reason.trim().is_empty() {
            faults.add(&format!("{place}.reason"), ("Bitte nennen Sie einen Grund.", "a reason is needed"));
        }
        let backwards = |(from, until): (NaiveDateTime, NaiveDateTime)| {
            closure.daily && ClosureSpan::daily_ends_before_it_begins(from, until)
        };
        if closure.span().is_some_and(backwards) {
            faults
                .add(&format!("{place}.until"), ("Das Ende liegt vor dem Beginn.", "ends before it begins"));
        }
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
    if opening.valid_from.zip(opening.valid_to).is_some_and(|(from, to)| to < from) {
        faults.add(&format!("{place}.valid_to"), ("Das Ende liegt vor dem Beginn.", "ends before it begins"));
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

/// More than anybody reads at once.
const MOST_FAULTS: usize = 200;

impl Faults {
    fn add(&mut self, place: &str, words: (impl Into<String>, impl Into<String>)) {
        if self.0.len() >= MOST_FAULTS {
            return;
        }
        self.0.push(Fault::new(place, "invalid", words));
    }
}

fn twice(value: &str) -> (String, String) {
    (format!("„{value}“ steht zweimal da."), format!("{value:?} stands twice"))
}

fn missing(de: &str, en: &str, slug: &str) -> (String, String) {
    (format!("{de} „{slug}“ gibt es nicht."), format!("there is no {en} {slug:?}"))
}

/// What stands in addresses and on pages.
fn slug_and_name(place: &str, slug: &str, name: &str, faults: &mut Faults) {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if slug.is_empty() || slug.len() > 80 || !slug.bytes().all(fits) {
        let words = ("Erlaubt sind a–z, 0–9 und -, höchstens 80.", "only a–z, 0–9 and -, at most 80");
        faults.add(&format!("{place}.slug"), words);
    }
    if name.trim().is_empty() || name.chars().count() > 200 || name.chars().any(char::is_control) {
        let words = ("Ein Name hat 1 bis 200 Zeichen.", "a name has 1 to 200 characters");
        faults.add(&format!("{place}.name"), words);
    }
}
