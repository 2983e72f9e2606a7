//! What is wrong in a file or a request that is read as a whole: every fault with its place.

use std::fmt;

use crate::language::{Language, Text};

/// One fault and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The place: a path such as `pools[3].zone`, or line and column of what is not JSON at all.
    pub place: String,
    /// A stable word for what is wrong.
    pub code: &'static str,
    /// What is wrong there, for people.
    pub text: Text,
}

impl Fault {
    /// A fault in German and English.
    pub fn new(place: &str, code: &'static str, (de, en): (impl Into<String>, impl Into<String>)) -> Self {
        Self { place: place.to_owned(), code, text: Text::new(de, en) }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.text.get(Language::En))
    }
}
