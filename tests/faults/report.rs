//! What a fault test found, as a line of `RESULTS.md` with the commit it was found on (`LOTSE_TEST_FAULTS_OF`), and how
//! large it is to be.

use std::path::PathBuf;
use std::time::Duration;

use crate::invariants::Findings;

/// The folder lines are written to, where there is one.
fn folder() -> Option<PathBuf> {
    std::env::var_os("LOTSE_TEST_FAULTS").map(PathBuf::from)
}

/// The small count for `make test`, the full one for `make faults`.
pub fn count(small: usize, full: usize) -> usize {
    if self::full() { full } else { small }
}

/// Whether the full counts are wanted, and real time may pass.
pub fn full() -> bool {
    folder().is_some() && std::env::var_os("LOTSE_TEST_FAULTS_SMALL").is_none()
}

/// A fault test of the list; until it has passed, its line says that it has not.
pub struct Row {
    number: u32,
    what: String,
    /// The name of its file.
    name: String,
}

impl Row {
    /// The fault with this number in the list, and what is done here, counts included.
    pub fn of(number: u32, what: &str) -> Self {
        let letters: String = what.chars().filter(char::is_ascii_alphanumeric).take(120).collect();
        let row = Self { number, what: what.to_owned(), name: format!("{number:02}-{letters}") };
        row.write("– | – | – | **not passed**");
        row
    }

    /// Nothing was lost, nothing sent twice, no invariant broken.
    #[track_caller]
    pub fn passes(self, findings: &Findings) {
        self.passes_with(findings, "");
    }

    /// The same, with a figure worth telling.
    #[track_caller]
    pub fn passes_with(mut self, findings: &Findings, figure: &str) {
        if !figure.is_empty() {
            self.what = format!("{}; {figure}", self.what);
        }
        let numbers = format!(
            "{} | {} | {:.1} s",
            findings.lost.len(),
            findings.twice.len(),
            findings.worst_delay_ms as f64 / 1000.0
        );
        let sound = findings.lost.is_empty() && findings.twice.is_empty() && findings.broken.is_empty();
        self.write(&format!("{numbers} | {}", if sound { "passed" } else { "**not passed**" }));
        println!("{}: {numbers}", self.what);
        assert!(sound, "{}: {findings:#?}", self.what);
    }

    /// The same, and what the provider accepted was known here within this time.
    #[track_caller]
    pub fn passes_known_within(self, findings: &Findings, most: Duration) {
        let unknown = findings.longest_unknown_ms;
        assert!(unknown <= most.as_millis() as i64, "{}: known after {unknown} ms", self.what);
        self.passes_with(findings, &format!("known after {:.1} s at most", unknown as f64 / 1000.0));
    }

    /// It has passed, and there is nothing to count.
    pub fn holds(self) {
        self.write("– | – | – | passed");
    }

    fn write(&self, rest: &str) {
        let Some(folder) = folder() else { return };
        let of = std::env::var("LOTSE_TEST_FAULTS_OF").unwrap_or_else(|_| "–".to_owned());
        let line = format!("| {} | {} | {rest} | {of} |\n", self.number, self.what);
        std::fs::create_dir_all(&folder).expect("the folder of the lines");
        std::fs::write(folder.join(&self.name), line).expect("a line is written");
    }
}
