//! All outgoing texts and SMS command words, one module per language.
//!
//! A new language is a new module here and a variant in [`crate::language::Language`]; `messaging::text` and
//! `messaging::sms_dialogue` then ask for it, and their tests are red until every text fits one SMS.

pub(crate) mod de;
pub(crate) mod en;

use crate::language::Language;
use crate::messaging::sms_dialogue::Word;

/// Words that are advertised or written in every language: they say nothing about the language of who writes.
pub(crate) const SHARED: &[(&str, Word)] = &[
    ("TERMIN", Word::Book),
    ("INFO", Word::Info),
    ("STATUS", Word::Info),
    ("STORNO", Word::Cancel),
    ("DA", Word::Here),
    ("STOP", Word::Stop),
    ("HALT", Word::Stop),
    ("START", Word::Start),
    ("OK", Word::Yes),
    ("OKAY", Word::Yes),
    ("N", Word::No),
    ("DE", Word::Speak(Language::De)),
    ("DEUTSCH", Word::Speak(Language::De)),
    ("GERMAN", Word::Speak(Language::De)),
    ("EN", Word::Speak(Language::En)),
    ("ENGLISH", Word::Speak(Language::En)),
    ("ENGLISCH", Word::Speak(Language::En)),
];

/// Words that point at a number of a list ("die 2", "Nr. 1").
pub(crate) const POINTING: &[&str] = &["DIE", "DEN", "DAS", "NR", "NUMMER", "NUMBER", "OPTION"];
