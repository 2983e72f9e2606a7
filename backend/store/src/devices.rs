//! Terminals and displays as rows.
