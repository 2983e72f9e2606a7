//! All outgoing texts and SMS command words, one module per language.
//!
//! A new language is a new module here and a variant in [`crate::language::Language`]; `messaging::text` and
//! `messaging::sms_dialogue` then ask for it, and their tests are red until every text fits one SMS.

pub(crate) mod de;
pub(crate) mod en;
