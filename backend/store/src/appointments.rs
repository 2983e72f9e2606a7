//! Holds, bookings, challenges and contacts as rows.
