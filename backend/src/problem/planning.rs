//! Refusals of planning.

use domain::queue::notice::LONGEST_NOTICE;
use domain::schedule::opening_hours::RuleRefused;
use domain::town::TermRefused;
use operations::appointments::ReplanProblem;
use operations::messaging::texts::TextProblem;
use operations::planning::PlanningProblem;
use poem::http::StatusCode;

use super::appointments::{invalid, not_allowed, not_found};
use super::{Describe, Description};

impl Describe for PlanningProblem {
    fn describe(&self) -> Description {
        match self {
            Self::NotAllowed => not_allowed(),
            Self::UnknownOffice | Self::UnknownPool | Self::UnknownService | Self::UnknownClosure => {
                not_found()
            }
            Self::UnknownDepartment => invalid().field(
                "scope_id",
                "unknown",
                "Dieses Amt gibt es hier nicht.",
                "There is no such department here.",
            ),
            Self::Service(faults) => faults.iter().fold(invalid(), |all, fault| {
                let en = fault.text.en.as_deref().unwrap_or_default();
                // What is wrong with the service itself has its place below it in the request.
                let place = if fault.place.starts_with("offers") {
                    fault.place.clone()
                } else {
                    format!("service.{}", fault.place)
                };
                all.field(&place, fault.code, &fault.text.de, en)
            }),
            Self::Setup(faults) => faults.iter().fold(invalid(), |all, fault| {
                let en = format!("{}: {}", fault.place, fault.text.en.as_deref().unwrap_or_default());
                all.field("file", fault.code, &format!("{}: {}", fault.place, fault.text.de), &en)
            }),
            Self::Rule { index, refused } => rule(*index, *refused),
            Self::Term(TermRefused { field, least, most }) => invalid().field(
                field,
                "out_of_range",
                &format!("Erlaubt sind {least} bis {most}."),
                &format!("{least} to {most} are allowed."),
            ),
            Self::EndsBeforeItBegins => invalid().field(
                "until_day",
                "ends_before_it_begins",
                "Das Ende liegt vor dem Beginn.",
                "It ends before it begins.",
            ),
            Self::Over => invalid().field(
                "until_day",
                "over",
                "Diese Zeit ist schon vorbei.",
                "This time is over already.",
            ),
            Self::NoticeLength => invalid().field(
                "notice",
                "length",
                &format!("Ein Aushang hat 1 bis {LONGEST_NOTICE} Zeichen."),
                &format!("A notice has 1 to {LONGEST_NOTICE} characters."),
            ),
            Self::NoReason => invalid().field(
                "reason",
                "required",
                "Bitte geben Sie einen Grund an.",
                "Please give a reason.",
            ),
            Self::ChangedMeanwhile => Description::new(
                StatusCode::CONFLICT,
                "changed_meanwhile",
                "Jemand anders hat das inzwischen geändert. Bitte sehen Sie es sich noch einmal an.",
                "Somebody else has changed this meanwhile. Please look at it again.",
            ),
        }
    }
}

fn rule(index: usize, refused: RuleRefused) -> Description {
    let (field, code, de, en) = match refused {
        RuleRefused::NoWeekday => (
            "weekdays",
            "required",
            "Bitte wählen Sie mindestens einen Wochentag.",
            "Please choose a weekday.",
        ),
        RuleRefused::ClosesBeforeItOpens => {
            ("closes", "ends_before_it_begins", "Es schließt, bevor es öffnet.", "It closes before it opens.")
        }
        RuleRefused::OffTheGrid => (
            "opens",
            "off_the_grid",
            "Uhrzeiten sind Vielfache von fünf Minuten.",
            "Times are multiples of five minutes.",
        ),
        RuleRefused::NoCapacity => (
            "public",
            "required",
            "So könnte niemand buchen: Es ist kein Platz geöffnet.",
            "Nobody could book: no counter is open.",
        ),
        RuleRefused::BadRepetition => (
            "every_weeks",
            "out_of_range",
            "Eine Regel wiederholt sich alle 1 bis 52 Wochen.",
            "A rule repeats every 1 to 52 weeks.",
        ),
        RuleRefused::EndsBeforeItBegins => (
            "valid_to",
            "ends_before_it_begins",
            "Das Ende liegt vor dem Beginn.",
            "It ends before it begins.",
        ),
    };
    invalid().field(&format!("rules[{index}].{field}"), code, de, en)
}

impl Describe for TextProblem {
    fn describe(&self) -> Description {
        match self {
            Self::NotAllowed => not_allowed(),
            Self::NotEditable => not_found(),
            Self::Faults(faults) => faults.iter().fold(invalid(), |all, fault| {
                let text = fault.problem.text();
                let en = text.en.as_deref().unwrap_or_default();
                all.field(&format!("template[{}]", fault.at), fault.problem.code(), &text.de, en)
            }),
            Self::ChangedMeanwhile => PlanningProblem::ChangedMeanwhile.describe(),
        }
    }
}

impl Describe for ReplanProblem {
    fn describe(&self) -> Description {
        match self {
            Self::NotAllowed => not_allowed(),
            Self::Nothing => invalid().field(
                "decisions",
                "required",
                "Bitte entscheiden Sie mindestens einen Termin.",
                "Please decide one appointment at least.",
            ),
            Self::Unknown => not_found(),
            Self::TooLate => Description::new(
                StatusCode::CONFLICT,
                "too_late_to_undo",
                "Die Nachrichten sind schon unterwegs. Verschieben Sie die Termine stattdessen einzeln.",
                "The messages are on their way. Please move the appointments one by one instead.",
            ),
        }
    }
}
