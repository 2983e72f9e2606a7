//! Why somebody did something, in their own words, as the event log may keep it.

use std::ops::Deref;

/// Longer reasons are cut: sentences, not letters.
const MOST_LETTERS: usize = 200;
/// So many digits may be a telephone number.
const NUMBER_FROM: usize = 7;
/// What stands for a number or a mailbox.
const MASK: &str = "•••";

/// A reason as it was typed, without numbers and mailboxes: whoever watches may read the log, and it is kept for long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason(String);

impl Reason {
    /// Reads what was typed; `None` when nobody said why.
    #[must_use]
    pub fn typed(text: &str) -> Option<Self> {
        let text = text.trim();
        let cut: String = without_numbers(&without_mailboxes(text)).chars().take(MOST_LETTERS).collect();
        (!text.is_empty()).then_some(Self(cut))
    }
}

impl Deref for Reason {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Reason> for String {
    fn from(reason: Reason) -> Self {
        reason.0
    }
}

/// Hides every word with an @ between other letters.
fn without_mailboxes(text: &str) -> String {
    let is_edge = |c: char| !(c.is_alphanumeric() || c == '@');
    let word = |word: &str| {
        let core = word.trim_matches(is_edge);
        let mailbox = core.find('@').is_some_and(|at| at > 0 && at + 1 < core.len());
        if mailbox { word.replace(core, MASK) } else { word.to_owned() }
    };
    text.split_inclusive(char::is_whitespace).map(word).collect()
}

/// Hides runs of digits that may be a number, however they are set apart.
fn without_numbers(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let run = run_of_digits(&rest[start..]);
        kept.push_str(rest[..start].trim_end_matches(if is_number(run) { BEFORE_NUMBER } else { NOTHING }));
        kept.push_str(if is_number(run) { MASK } else { run });
        rest = &rest[start + run.len()..];
    }
    kept.push_str(rest);
    kept
}

/// What belongs to a number that follows: a plus and an open bracket.
const BEFORE_NUMBER: &[char] = &['+', '('];
const NOTHING: &[char] = &[];

/// The digits at the beginning with what sets them apart, up to the last digit.
fn run_of_digits(text: &str) -> &str {
    let apart = |c: char| c.is_whitespace() || "/-()\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}".contains(c);
    let whole = text.find(|c: char| !(c.is_ascii_digit() || apart(c))).map_or(text, |end| &text[..end]);
    whole.trim_end_matches(apart)
}

fn is_number(run: &str) -> bool {
    run.chars().filter(char::is_ascii_digit).count() >= NUMBER_FROM
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(typed: &str) -> String {
        Reason::typed(typed).map(String::from).unwrap_or_default()
    }

    #[test]
    fn numbers_and_mailboxes_are_hidden_however_they_are_typed() {
        for typed in [
            "01713920012",
            "0171 3920012",
            "0171/39 200-12",
            "+49 171 3920012",
            "(0171) 39 20 012",
            "0171\u{2013}3920012",
            "3920012",
        ] {
            assert_eq!(kept(&format!("Anruf von {typed}, bitte")), "Anruf von •••, bitte", "{typed}");
        }
        assert_eq!(kept("an <ida.exempel@stadt.example>."), "an <•••>.");
        assert_eq!(kept("ida@stadt.example, 0171 3920012"), "•••, •••");
    }

    #[test]
    fn days_times_tickets_and_amounts_stay() {
        for typed in [
            "Störung am 14.09.2026 um 9:36 behoben",
            "Nr. B012, 5000 SMS",
            "12 @ Platz 3",
            "Ausfall 8-10 Uhr",
        ] {
            assert_eq!(kept(typed), typed);
        }
    }

    #[test]
    fn nothing_is_no_reason_and_a_letter_is_cut() {
        assert_eq!(Reason::typed("  \n"), None);
        assert_eq!(kept(&"ä".repeat(300)).chars().count(), 200);
        let late = format!("{} 0171 3920012", "x".repeat(190));
        assert!(!kept(&late).contains("0171"), "a number that is cut is hidden, too");
    }
}
