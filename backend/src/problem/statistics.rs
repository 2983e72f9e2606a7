//! Refusals of statistics.

use domain::statistics::period::{LONGEST_DAYS, PeriodRefused};
use operations::planning::PlanningProblem;
use operations::statistics::StatisticsProblem;

use super::appointments::{invalid, not_allowed, not_found};
use super::{Describe, Description};

impl Describe for StatisticsProblem {
    fn describe(&self) -> Description {
        match self {
            Self::NotAllowed => not_allowed(),
            Self::Period(refused) => period(*refused),
            Self::UnknownOffice => {
                let (de, en) = ("Dieses Amt gibt es hier nicht.", "There is no such office here.");
                invalid().field("office", "unknown", de, en)
            }
            Self::UnknownService => {
                let (de, en) = ("Diese Leistung gibt es hier nicht.", "There is no such service here.");
                invalid().field("service", "unknown", de, en)
            }
            Self::UnknownPool | Self::UnknownOffer => not_found(),
            Self::BadWindow => invalid().field(
                "until_min",
                "out_of_range",
                "Bitte geben Sie eine Zeit an einem Tag an, die nach ihrem Beginn endet.",
                "Please give a time of one day that ends after it begins.",
            ),
            Self::NotProposed => invalid().field(
                "to_min",
                "not_proposed",
                "Diese Dauer wurde weder vorgeschlagen noch galt sie früher. Andere Dauern ändern Sie bei der Leistung.",
                "This duration was neither proposed nor in force before. Other durations are changed with the service.",
            ),
            Self::NoReason => PlanningProblem::NoReason.describe(),
            Self::ChangedMeanwhile => PlanningProblem::ChangedMeanwhile.describe(),
        }
    }
}

fn period(refused: PeriodRefused) -> Description {
    match refused {
        PeriodRefused::EndsBeforeItBegins => invalid().field(
            "to",
            "ends_before_it_begins",
            "Das Ende liegt vor dem Beginn.",
            "It ends before it begins.",
        ),
        PeriodRefused::TooLong => invalid().field(
            "from",
            "too_long",
            &format!("Ein Zeitraum hat höchstens {LONGEST_DAYS} Tage, also zwei Jahre."),
            &format!("A period has {LONGEST_DAYS} days at most, which is two years."),
        ),
        PeriodRefused::Future => invalid().field(
            "from",
            "future",
            "Dieser Zeitraum hat noch nicht begonnen.",
            "This period has not begun.",
        ),
    }
}
