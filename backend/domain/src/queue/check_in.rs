//! Arriving with an appointment (Anmeldung am Terminal): may this booking check in here and now, how punctual is
//! the person, and when are they due.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::TicketNumber;
use crate::ids::OfficeId;

/// How late somebody may come and still keep their place.
pub const GRACE: TimeDelta = TimeDelta::minutes(10);

/// Who comes more than this before the appointment is early; after that, on time.
pub const EARLY: TimeDelta = TimeDelta::minutes(5);

/// What is known about the booking whose code was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BookingFacts {
    /// Where the appointment is.
    pub office: OfficeId,
    /// When it is.
    pub starts_at: DateTime<Utc>,
    /// Where the booking stands.
    pub standing: Standing,
}

/// Where a booking stands, as far as checking in is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Waits for the SMS code.
    Unverified,
    /// Fine.
    Booked,
    /// Has checked in before.
    Arrived(TicketNumber),
    /// Was cancelled, by whomever.
    Cancelled,
    /// Was closed as a no-show; who comes the same day after all is let in, as too late.
    NoShow,
}

/// Where and when the person checks in.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The office of the terminal or desk.
    pub office: OfficeId,
    /// The office's zone: a code is for a local day.
    pub zone: Tz,
    /// The time a person without appointment should wait at most.
    pub target_wait: TimeDelta,
}

/// How the arrival relates to the appointment. Minutes are whole and never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Punctuality {
    /// Is here early and may be called early.
    Early { minutes: u32 },
    /// Is here in time.
    OnTime,
    /// Late within the grace: keeps the place.
    Late { minutes: u32 },
    /// Later than the grace: waits like somebody without appointment.
    TooLate { minutes: u32 },
}

/// The person is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When the person came.
    pub arrived_at: DateTime<Utc>,
    /// How punctual.
    pub punctuality: Punctuality,
    /// The place in the queue.
    pub due_at: DateTime<Utc>,
}

/// Why somebody cannot check in, with what to tell them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckInRefused {
    /// Right code, another day.
    #[error("the appointment is on another day, at {starts_at}")]
    WrongDay { starts_at: DateTime<Utc> },
    /// Right code and day, another house.
    #[error("the appointment is in another office")]
    WrongOffice { office: OfficeId, starts_at: DateTime<Utc> },
    /// The day of the appointment is over.
    #[error("the appointment is over")]
    Expired { starts_at: DateTime<Utc> },
    /// It was cancelled.
    #[error("the appointment was cancelled")]
    Cancelled,
    /// The SMS code was never typed.
    #[error("the appointment was never confirmed")]
    NotConfirmed,
    /// Did so before; here is the number again.
    #[error("already checked in as {0}")]
    AlreadyHere(TicketNumber),
}

/// Decides about a check-in; `now` is when the person stood there.
pub fn decide(booking: &BookingFacts, here: &Place, now: DateTime<Utc>) -> Result<Arrival, CheckInRefused> {
    match booking.standing {
        Standing::Cancelled => return Err(CheckInRefused::Cancelled),
        Standing::Unverified => return Err(CheckInRefused::NotConfirmed),
        Standing::Arrived(ticket) => return Err(CheckInRefused::AlreadyHere(ticket)),
        Standing::Booked | Standing::NoShow => {}
    }
    let starts_at = booking.starts_at;
    let day = starts_at.with_timezone(&here.zone).date_naive();
    let today = now.with_timezone(&here.zone).date_naive();
    if day < today {
        return Err(CheckInRefused::Expired { starts_at });
    }
    if day > today {
        return Err(CheckInRefused::WrongDay { starts_at });
    }
    if booking.office != here.office {
        return Err(CheckInRefused::WrongOffice { office: booking.office, starts_at });
    }
    let punctuality = match (booking.standing, punctuality(starts_at, now)) {
        // Staff has given the place away already, however late it is.
        (Standing::NoShow, Punctuality::Late { minutes }) => Punctuality::TooLate { minutes },
        (_, punctuality) => punctuality,
    };
    let due_at = match punctuality {
        Punctuality::Early { .. } | Punctuality::OnTime | Punctuality::Late { .. } => starts_at,
        Punctuality::TooLate { .. } => now + here.target_wait,
    };
    Ok(Arrival { arrived_at: now, punctuality, due_at })
}

/// How punctual somebody is who arrives `now` for `starts_at`.
pub fn punctuality(starts_at: DateTime<Utc>, now: DateTime<Utc>) -> Punctuality {
    let late = now - starts_at;
    let minutes = u32::try_from(late.num_minutes().abs()).unwrap_or(u32::MAX);
    if late < -EARLY {
        Punctuality::Early { minutes }
    } else if late < TimeDelta::minutes(1) {
        Punctuality::OnTime
    } else if late <= GRACE {
        Punctuality::Late { minutes }
    } else {
        Punctuality::TooLate { minutes }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use chrono_tz::Europe::Berlin;
    use uuid::Uuid;

    use super::*;

    fn office(n: u128) -> OfficeId {
        OfficeId::from(Uuid::from_u128(n))
    }

    fn local(day: u32, hour: u32, minute: u32) -> DateTime<Utc> {
        Berlin.with_ymd_and_hms(2026, 11, day, hour, minute, 0).unwrap().to_utc()
    }

    fn here() -> Place {
        Place { office: office(1), zone: Berlin, target_wait: TimeDelta::minutes(30) }
    }

    fn booked() -> BookingFacts {
        BookingFacts { office: office(1), starts_at: local(23, 10, 20), standing: Standing::Booked }
    }

    #[test]
    fn an_early_visitor_waits_as_present_and_is_due_at_the_appointment() {
        let arrival = decide(&booked(), &here(), local(23, 10, 8)).unwrap();
        assert_eq!(
            arrival,
            Arrival {
                arrived_at: local(23, 10, 8),
                punctuality: Punctuality::Early { minutes: 12 },
                due_at: local(23, 10, 20)
            }
        );
    }

    #[test]
    fn who_is_late_within_the_grace_keeps_the_place() {
        let arrival = decide(&booked(), &here(), local(23, 10, 30)).unwrap();
        assert_eq!(
            arrival,
            Arrival {
                arrived_at: local(23, 10, 30),
                punctuality: Punctuality::Late { minutes: 10 },
                due_at: local(23, 10, 20)
            }
        );
    }

    #[test]
    fn who_is_later_than_the_grace_waits_like_a_walk_in() {
        let arrival = decide(&booked(), &here(), local(23, 10, 31)).unwrap();
        assert_eq!(
            arrival,
            Arrival {
                arrived_at: local(23, 10, 31),
                punctuality: Punctuality::TooLate { minutes: 11 },
                due_at: local(23, 11, 1)
            }
        );
    }

    #[test]
    fn each_wrong_arrival_gets_its_own_answer() {
        let now = local(23, 10, 8);
        let with = |standing| BookingFacts { standing, ..booked() };
        let ticket = TicketNumber::new('B', 12).unwrap();
        let starts_at = local(23, 10, 20);
        let cases = [
            (
                BookingFacts { starts_at: local(25, 9, 40), ..booked() },
                CheckInRefused::WrongDay { starts_at: local(25, 9, 40) },
            ),
            (
                BookingFacts { starts_at: local(20, 9, 40), ..booked() },
                CheckInRefused::Expired { starts_at: local(20, 9, 40) },
            ),
            (
                BookingFacts { office: office(2), ..booked() },
                CheckInRefused::WrongOffice { office: office(2), starts_at },
            ),
            (with(Standing::Cancelled), CheckInRefused::Cancelled),
            (with(Standing::Unverified), CheckInRefused::NotConfirmed),
            (with(Standing::Arrived(ticket)), CheckInRefused::AlreadyHere(ticket)),
        ];
        for (booking, refusal) in cases {
            assert_eq!(decide(&booking, &here(), now), Err(refusal));
        }
    }

    #[test]
    fn the_day_is_the_local_day_also_in_the_nights_of_the_clock_change() {
        // 23:30 UTC is already the next day in Berlin, in summer and in winter.
        for (year, month, day) in [(2026, 3, 29), (2026, 10, 25)] {
            let starts_at = Berlin.with_ymd_and_hms(year, month, day, 8, 0, 0).unwrap().to_utc();
            let just_after_midnight = Berlin.with_ymd_and_hms(year, month, day, 0, 10, 0).unwrap().to_utc();
            let just_before = just_after_midnight - TimeDelta::minutes(20);
            let booking = BookingFacts { starts_at, ..booked() };
            assert!(decide(&booking, &here(), just_after_midnight).is_ok());
            assert_eq!(decide(&booking, &here(), just_before), Err(CheckInRefused::WrongDay { starts_at }));
        }
    }
}
