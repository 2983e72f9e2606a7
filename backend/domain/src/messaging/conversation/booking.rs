//! Booking and moving by SMS: what for, where, when, and whether really (TERMIN, VERSCHIEBEN).

use chrono::{DateTime, Duration, NaiveDateTime, Utc};

use super::{
    ASK_MINUTES, Act, CONFIRM_MINUTES, Choice, Conversation, Facts, MOST_CHOICES, OpenBooking, Question,
    Slot, What, Wish, appointments, asking, idle, keep, misunderstood, too_late, with_meant,
};
use crate::ids::{HoldId, OfficeId};
use crate::messaging::notification::{Reply, SlotLine};
use crate::messaging::sms_dialogue::is_about;

/// Most slots in one answer.
pub const MOST_SLOTS: usize = 3;
/// How far apart the slots of one answer are, where there are enough.
const APART_HOURS: i64 = 3;
/// Most services in one answer.
pub const MOST_SERVICES: usize = 3;

pub(super) fn wants_to_move(code: Option<&str>, facts: &Facts, now: DateTime<Utc>) -> (Conversation, Act) {
    let until = now + Duration::minutes(ASK_MINUTES);
    let ask = |options, lines| (Question::PickMove { options, until }, Reply::PickMove { lines });
    let refused = Reply::CannotMove { telephone: facts.telephone.clone() };
    with_meant(code, facts, refused, |open| move_of(open, None), ask)
}

pub(super) fn move_of(open: &OpenBooking, after: Option<DateTime<Utc>>) -> (Conversation, Act) {
    let wish = Wish { what: What::Instead(open.id), office: None };
    (idle(), Act::FindSlots { wish, after })
}

/// SPÄTER: the next slots of the list, or a later time for the next appointment.
pub(super) fn later(before: &Conversation, facts: &Facts, now: DateTime<Utc>) -> (Conversation, Act) {
    let ahead: Vec<&OpenBooking> = facts.open.iter().filter(|open| !open.begun).collect();
    match (&before.question, ahead.as_slice()) {
        (Question::PickSlot { wish, options, .. }, _) => (keep(before), after_these(wish, options)),
        (Question::None, [only]) => move_of(only, Some(only.starts_at)),
        (Question::None, _) => wants_to_move(None, facts, now),
        _ => misunderstood(before, facts, now),
    }
}

fn after_these(wish: &Wish, options: &[Slot]) -> Act {
    Act::FindSlots { wish: wish.clone(), after: options.iter().map(|slot| slot.starts_at).max() }
}

/// A choice by its number; `None` is 0, back.
pub(super) fn choose(
    before: &Conversation,
    picked: Option<usize>,
    facts: &Facts,
    now: DateTime<Utc>,
) -> (Conversation, Act) {
    match (&before.question, picked) {
        (Question::PickService { .. }, None) => (idle(), Act::Reply(Reply::Stopped)),
        (Question::PickService { options, .. }, Some(at)) => match options.get(at) {
            Some(service) => (idle(), in_offices_of(&service.of)),
            None if at == options.len() => {
                (keep(before), Act::Reply(Reply::OtherService { link: facts.booking_link.clone() }))
            }
            None => misunderstood(before, facts, now),
        },
        (Question::PickOffice { .. }, None) => (idle(), Act::FindServices(None)),
        (Question::PickOffice { service, options, .. }, Some(at)) if at <= options.len() => {
            let office = options.get(at).map(|office| office.of);
            (idle(), slots_in(service, office))
        }
        (Question::PickSlot { wish, .. }, None) => match &wish.what {
            What::Service(service) => (idle(), Act::FindOffices { service: service.clone(), back: true }),
            What::Instead(_) => (idle(), Act::Reply(appointments(facts))),
        },
        (Question::PickSlot { wish, options, .. }, Some(at)) if at <= options.len() => {
            match options.get(at) {
                Some(slot) => (keep(before), Act::Hold(wish.clone(), *slot)),
                None => (keep(before), after_these(wish, options)),
            }
        }
        _ => misunderstood(before, facts, now),
    }
}

/// A choice by its name ("Mitte"), or other words where services are asked for.
pub(super) fn named(
    before: &Conversation,
    words: &str,
    facts: &Facts,
    now: DateTime<Utc>,
) -> (Conversation, Act) {
    match &before.question {
        Question::PickService { until, .. } | Question::PickOffice { until, .. } if now >= *until => {
            (idle(), too_late(facts))
        }
        Question::PickService { options, .. } if !words.is_empty() && is_about(words) => {
            match by_label(options, words) {
                Some(service) => (idle(), in_offices_of(service)),
                None => (keep(before), Act::FindServices(Some(words.to_owned()))),
            }
        }
        Question::PickOffice { service, options, .. } => match by_label(options, words) {
            Some(office) => (idle(), slots_in(service, Some(*office))),
            None => misunderstood(before, facts, now),
        },
        _ => misunderstood(before, facts, now),
    }
}

/// The one choice in whose name these words stand.
fn by_label<'a, T>(options: &'a [Choice<T>], words: &str) -> Option<&'a T> {
    let words = words.to_lowercase();
    let fits = |choice: &&Choice<T>| words.len() > 2 && choice.label.to_lowercase().contains(&words);
    let mut fitting = options.iter().filter(fits);
    match (fitting.next(), fitting.next()) {
        (Some(only), None) => Some(&only.of),
        _ => None,
    }
}

fn in_offices_of(service: &str) -> Act {
    Act::FindOffices { service: service.to_owned(), back: false }
}

fn slots_in(service: &str, office: Option<OfficeId>) -> Act {
    Act::FindSlots { wish: Wish { what: What::Service(service.to_owned()), office }, after: None }
}

/// Asks what for. The words of the labels are what [`Question::PickService`] is answered by.
pub fn ask_service(
    options: Vec<Choice<String>>,
    privacy_link: &str,
    now: DateTime<Utc>,
) -> (Conversation, Reply) {
    let options: Vec<_> = options.into_iter().take(MOST_SERVICES).collect();
    let labels = options.iter().map(|service| service.label.clone()).collect();
    let until = now + Duration::minutes(ASK_MINUTES);
    let reply = Reply::PickService { options: labels, privacy_link: privacy_link.to_owned() };
    (asking(Question::PickService { options, until }), reply)
}

/// Asks where.
pub fn ask_office(
    service: &str,
    options: Vec<Choice<OfficeId>>,
    now: DateTime<Utc>,
) -> (Conversation, Reply) {
    let options: Vec<_> = options.into_iter().take(MOST_CHOICES).collect();
    let labels = options.iter().map(|office| office.label.clone()).collect();
    let until = now + Duration::minutes(ASK_MINUTES);
    let question = Question::PickOffice { service: service.to_owned(), options, until };
    (asking(question), Reply::PickOffice { options: labels })
}

/// Asks when; `gone` when the slot that was chosen is taken meanwhile.
pub fn ask_slot(
    wish: Wish,
    slots: Vec<(Slot, SlotLine)>,
    (place, gone): (Option<String>, bool),
    now: DateTime<Utc>,
) -> (Conversation, Reply) {
    let (options, lines) = slots.into_iter().take(MOST_SLOTS).unzip();
    let until = now + Duration::minutes(ASK_MINUTES);
    (asking(Question::PickSlot { wish, options, until }), Reply::PickSlot { place, lines, gone })
}

/// A few of many slots, by their places in the list: the first, then others some hours apart; where that gives too few, the
/// earliest.
pub fn few_of(starts: &[DateTime<Utc>]) -> Vec<usize> {
    let mut few: Vec<usize> = Vec::new();
    for (at, start) in starts.iter().enumerate() {
        if few.last().is_none_or(|last| *start - starts[*last] >= Duration::hours(APART_HOURS)) {
            few.push(at);
        }
    }
    few.truncate(MOST_SLOTS);
    let rest = (0..starts.len()).filter(|at| !few.contains(at)).take(MOST_SLOTS - few.len());
    let rest: Vec<usize> = rest.collect();
    few.extend(rest);
    few.sort_unstable();
    few
}

/// Asks whether really.
pub fn ask_to_confirm(
    wish: Wish,
    slot: Slot,
    (hold, until): (HoldId, DateTime<Utc>),
    line: SlotLine,
    was: Option<NaiveDateTime>,
) -> (Conversation, Reply) {
    let question = Question::ConfirmSlot { wish, slot, hold, until };
    (asking(question), Reply::ConfirmSlot { line, was, minutes: CONFIRM_MINUTES as u32 })
}
