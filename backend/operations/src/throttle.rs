//! Counted tries in a window, kept in the database.
