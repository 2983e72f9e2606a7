//! Appointments (Termine): holds and bookings, their codes, the check of the mobile number, calendar files.
//!
//! A hold and a booking claim capacity; everything here is decided from facts and `now`.

pub mod booking;
pub mod calendar_file;
pub mod codes;
pub mod form;
pub mod guard;
pub mod moving;
pub mod proof;
pub mod replanning;
pub mod status;
pub mod verification;
pub mod waiting;
