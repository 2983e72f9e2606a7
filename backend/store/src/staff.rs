//! Staff and their sessions as rows.
