//! Outgoing texts and SMS command words, one module per language.
