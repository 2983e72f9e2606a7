//! How an office lets people in (Einlass): with an appointment only, and how many may be in the house at the same time.
//! Whoever finds it full gets a ticket all the same, waits outside, and is told when there is room, in due order.

use serde::{Deserialize, Serialize};

use crate::ids::VisitId;
use crate::town::TermRefused;

/// The most people a limit may name.
pub const LARGEST_ROOM: u16 = 2000;

/// What an office chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admission {
    /// Whether nobody gets a ticket without an appointment.
    pub appointment_only: bool,
    /// How many people may be in the house; nobody with an appointment is kept outside.
    pub room_limit: Option<u16>,
}

impl Admission {
    /// Refuses a house that nobody may enter.
    ///
    /// # Errors
    /// When the limit is outside its range.
    pub fn check(&self) -> Result<(), TermRefused> {
        match self.room_limit {
            Some(limit) if !(1..=LARGEST_ROOM).contains(&limit) => {
                Err(TermRefused { field: "room_limit", least: 1, most: LARGEST_ROOM })
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// Who is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// People in the house.
    pub inside: u32,
    /// Tickets that wait outside.
    pub outside: u32,
}

/// Whether somebody without appointment waits outside: there is no room, or others wait for it already.
#[must_use]
pub fn waits_outside(limit: Option<u16>, room: Room, people: u16) -> bool {
    limit.is_some_and(|limit| room.outside > 0 || room.inside + u32::from(people) > u32::from(limit))
}

/// Who may come in now, of those who wait outside in due order with so many people each. Nobody overtakes; a family larger
/// than the limit comes in when the house is empty.
#[must_use]
pub fn may_come_in(limit: Option<u16>, inside: u32, line: &[(VisitId, u16)]) -> Vec<VisitId> {
    let Some(limit) = limit else { return line.iter().map(|(visit, _)| *visit).collect() };
    let mut inside = inside;
    let fits = |(_, people): &&(VisitId, u16)| {
        let fits = inside == 0 || inside + u32::from(*people) <= u32::from(limit);
        inside += u32::from(*people);
        fits
    };
    line.iter().take_while(fits).map(|(visit, _)| *visit).collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn visit(n: u128) -> VisitId {
        VisitId::from(Uuid::from_u128(n))
    }

    #[test]
    fn a_full_house_and_a_line_outside_both_mean_outside() {
        let room = |inside, outside| Room { inside, outside };
        assert!(!waits_outside(None, room(900, 0), 1));
        assert!(!waits_outside(Some(3), room(2, 0), 1));
        assert!(waits_outside(Some(3), room(3, 0), 1));
        assert!(waits_outside(Some(3), room(2, 0), 2), "a family needs its places");
        assert!(waits_outside(Some(3), room(0, 1), 1), "nobody overtakes");
    }

    #[test]
    fn people_come_in_in_due_order_as_far_as_there_is_room() {
        let line = [(visit(1), 1), (visit(2), 2), (visit(3), 1)];
        assert_eq!(may_come_in(Some(5), 4, &line), [visit(1)]);
        assert_eq!(may_come_in(Some(5), 3, &line), [visit(1)], "the third does not overtake the family");
        assert_eq!(may_come_in(Some(5), 2, &line), [visit(1), visit(2)]);
        assert_eq!(may_come_in(Some(5), 5, &line), []);
        assert_eq!(may_come_in(Some(1), 0, &[(visit(2), 4)]), [visit(2)], "who would never fit");
        assert_eq!(may_come_in(None, 99, &line).len(), 3);
    }

    #[test]
    fn a_house_that_nobody_may_enter_is_no_limit() {
        let limit = |room_limit| Admission { appointment_only: false, room_limit }.check();
        let refused = TermRefused { field: "room_limit", least: 1, most: 2000 };
        assert_eq!((limit(Some(0)), limit(Some(2001))), (Err(refused), Err(refused)));
        assert_eq!((limit(Some(1)), limit(None)), (Ok(()), Ok(())));
    }
}
