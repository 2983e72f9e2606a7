//! What goes over the wire, written once for all who are told the same.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use poem::web::sse::Event;
use poem_openapi::types::ToJSON;
use tokio_util::bytes::Bytes;

/// An event of a live stream, as it goes over the wire. Cloning it copies nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written(Bytes);

impl Written {
    /// Nothing new, but the line is alive.
    pub const ALIVE: Self = Self(Bytes::from_static(b":\n\n"));

    /// A snapshot.
    pub fn snapshot(snapshot: &impl ToJSON) -> Self {
        Self(Event::message(snapshot.to_json_string()).to_string().into())
    }

    /// Its bytes.
    pub(super) fn bytes(self) -> Bytes {
        self.0
    }
}

/// What was written so far of one moment, by what it is about.
#[derive(Debug)]
pub struct Pages<K>(Mutex<HashMap<K, Written>>);

impl<K> Default for Pages<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash> Pages<K> {
    /// What is written about this; `write` is called by the first who asks, and by all of them while it gives nothing.
    pub fn page(&self, about: K, write: impl FnOnce() -> Option<Written>) -> Option<Written> {
        // A page that could not be written leaves the others as they are.
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(page) = pages.get(&about) {
            return Some(page.clone());
        }
        let page = write()?;
        pages.insert(about, page.clone());
        Some(page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_one_event_of_one_line() {
        let written = Written::snapshot(&"Nr. B 012\nPlatz 3".to_owned());
        assert_eq!(&*written.bytes(), b"data: \"Nr. B 012\\nPlatz 3\"\n\n");
    }

    #[test]
    fn a_page_is_written_by_the_first_who_asks() {
        let pages = Pages::default();
        let write = |text: &str| Some(Written::snapshot(&text.to_owned()));
        assert_eq!(pages.page(1, || None), None);
        let first = pages.page(1, || write("one"));
        assert_eq!(first, write("one"));
        assert_eq!(pages.page(1, || write("another")), first);
        assert_eq!(pages.page(2, || write("two")), write("two"));
    }
}
