//! Hold, book, verify, cancel.
