//! Appointments of the simulated town: what people booked for the coming weeks, and what they book meanwhile.

use chrono::{DateTime, Days, NaiveDate, Utc};
use domain::actor::StaffMember;
use domain::appointments::form::Particulars;
use domain::language::Language;
use domain::town::Town;
use operations::App;
use operations::appointments::{CallerRequest, HoldRequest, book_for_caller_anyway};
use operations::schedule::{FreeSlot, ItemRequest, SlotSearch, free_slots};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use simulator::model::{LoadModel, dice};
use simulator::services;

/// Surnames that say "example" in the languages of the town's people.
const NAMES: [&str; 12] = [
    "Mustermann",
    "Exempel",
    "Beispiel",
    "Probe",
    "Modell",
    "Muster",
    "Vorlage",
    "Örnek",
    "Zrazok",
    "Mithal",
    "Normal",
    "Platzhalter",
];
const FIRST_NAMES: [&str; 12] =
    ["Erika", "Jan", "Ayşe", "Olena", "Karl", "Ida", "Samir", "Mia", "Ole", "Petra", "Deniz", "Leyla"];

/// The service a person comes for.
pub(crate) fn service(dice: &mut StdRng, all: &[String]) -> String {
    if !all.is_empty() && dice.random_bool(0.25) {
        return all.choose(dice).cloned().unwrap_or_default();
    }
    services::COMMON[services::draw(dice)].slug.to_owned()
}

/// A person who books: name and, four times in five, a mobile number of the range for fiction.
pub(crate) fn particulars(dice: &mut StdRng) -> Particulars {
    let name = format!(
        "{} {}",
        FIRST_NAMES.choose(dice).copied().unwrap_or("Erika"),
        NAMES.choose(dice).copied().unwrap_or("Mustermann")
    );
    // 00 to 89; the rest of the hundred stays free for the person who tries the demo.
    // The rest of the numbers kept for fiction is for those who try the demo.
    let phone = dice.random_bool(0.8).then(|| format!("0171 39200{:02}", dice.random_range(0..70)));
    Particulars { name, phone, ..Particulars::default() }
}

/// Fills the coming weeks as lead times have it: nearly full at first, emptier later.
///
/// # Errors
/// When the database fails.
pub(crate) async fn fill(
    app: &App,
    town: &Town,
    by: &StaffMember,
    services: &[String],
    from: NaiveDate,
    mut progress: impl FnMut(u32),
) -> anyhow::Result<u32> {
    let model = LoadModel::shipped();
    let mut dice = dice(&[b"fill", from.to_string().as_bytes()]);
    let mut booked = 0;
    let per_day = model.visits_per_workday * (1.0 - model.walk_in_share);
    // Today's appointments were made before, and so were those of the people still to come.
    let mut days: Vec<u64> = vec![0; per_day as usize];
    days.extend((0..(per_day * 7.0) as usize).map(|_| model.lead_days(&mut dice).ceil() as u64));
    for ahead in days {
        let day = from.checked_add_days(Days::new(ahead)).unwrap_or(from);
        if model.weekday_factor(day) <= 0.0 || !dice.random_bool((model.weekday_factor(day) / 1.3).min(1.0)) {
            continue;
        }
        let slug = service(&mut dice, services);
        if book(app, town, by, &slug, day, &mut dice).await? {
            booked += 1;
            progress(booked);
        }
    }
    Ok(booked)
}

/// Books one visit on this day, if there is a slot.
///
/// # Errors
/// When the database fails.
pub(crate) async fn book(
    app: &App,
    town: &Town,
    by: &StaffMember,
    service: &str,
    day: NaiveDate,
    dice: &mut StdRng,
) -> anyhow::Result<bool> {
    let items = vec![ItemRequest { service: service.to_owned(), quantity: 1 }];
    let search = SlotSearch { items: items.clone(), office: None, from: Some(day), days: 1 };
    let Ok(found) = free_slots(app, town, &search).await else { return Ok(false) };
    let slots: Vec<FreeSlot> = found.days.into_iter().flat_map(|day| day.slots).collect();
    let Some(slot) = slots.choose(dice) else { return Ok(false) };
    let request = CallerRequest {
        slot: HoldRequest { items, pool: slot.pool, starts_at: start(slot), origin: None },
        particulars: particulars(dice),
        language: if dice.random_bool(0.9) { Language::De } else { Language::En },
        follows: None,
    };
    match book_for_caller_anyway(app, town, by, &request).await {
        Ok(_) => Ok(true),
        Err(operations::Error::Refused(_)) => Ok(false),
        Err(operations::Error::Failed(failure)) => Err(failure.into()),
    }
}

fn start(slot: &FreeSlot) -> DateTime<Utc> {
    slot.span.starts_at()
}

/// The name of a simulated clerk.
pub(crate) fn clerk_name(index: usize) -> String {
    let first = FIRST_NAMES[index % FIRST_NAMES.len()];
    let last = NAMES[(index * 5 + index / FIRST_NAMES.len()) % NAMES.len()];
    format!("{first} {last}")
}
