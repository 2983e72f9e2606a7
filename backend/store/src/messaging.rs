//! The outbox as rows.
