//! The days on which the expected waits are tried.

use simulator::model::LoadModel;
use simulator::people::Plan;

/// A kind of day.
pub struct Scenario {
    /// Its name.
    pub name: &'static str,
    /// Why it is looked at.
    pub why: &'static str,
    /// The day.
    pub plan: Plan,
    /// An ordinary day of the same office: what was learned from.
    pub ordinary: Plan,
}

const HOUR: i64 = 3_600;

/// The load model's town hall: six counters, four of which take appointments; busy four fifths of the time, and
/// two thirds of the visitors have an appointment.
fn ordinary() -> Plan {
    Plan {
        model: LoadModel::shipped(),
        counters: 6,
        booked_counters: 4,
        booked_share: 0.9,
        walk_ins: 55.0,
        rush: None,
        closed: None,
    }
}

/// The five kinds of day.
pub fn all() -> [Scenario; 5] {
    let normal = ordinary();
    let many_walk_ins = Plan { booked_counters: 2, booked_share: 0.9, walk_ins: 125.0, ..normal.clone() };
    let mut unreliable = Plan { walk_ins: 75.0, ..normal.clone() };
    // With the reminder's effect a quarter does not come; the others come later and less exactly.
    unreliable.model.no_show = 0.25 / unreliable.model.reminder_effect;
    unreliable.model.arrival_offset = (-3.0, 11.0);
    [
        Scenario {
            name: "normal day",
            why: "what people see on most days",
            plan: normal.clone(),
            ordinary: normal.clone(),
        },
        Scenario {
            name: "rush",
            why: "the day after a holiday: 45 more people without appointment within two hours, as nobody had planned",
            plan: Plan { rush: Some((HOUR..3 * HOUR, 45.0)), ..normal.clone() },
            ordinary: normal.clone(),
        },
        Scenario {
            name: "counters close",
            why: "two of six clerks go home at ten, the appointments stay: the estimate has to follow at once",
            plan: Plan { closed: Some((2 * HOUR..8 * HOUR, 2)), ..normal.clone() },
            ordinary: normal.clone(),
        },
        Scenario {
            name: "many walk-ins",
            why: "an office that lives without appointments: two thirds just come",
            plan: many_walk_ins.clone(),
            ordinary: many_walk_ins,
        },
        Scenario {
            name: "many no-shows",
            why: "a quarter does not come and the others are unpunctual: the schedule says little",
            plan: unreliable.clone(),
            ordinary: unreliable,
        },
    ]
}
