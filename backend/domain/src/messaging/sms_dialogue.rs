//! What people write to us, read as one command: total on any text, whole messages only. A text that merely contains a
//! command word ("Termin nicht absagen!") is not that command; nothing is ever cancelled on a guess. What is no command may
//! be the answer to a question, and is handed on as words.

use crate::catalog::search::slips_between;
use crate::language::Language;
use crate::locales;

/// A command word of a language, as the locales list them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// Show my appointments.
    Info,
    /// Cancel an appointment.
    Cancel,
    /// Yes.
    Yes,
    /// No.
    No,
    /// One of the offered choices; 0 is back or none.
    Choice(u32),
    /// I am here.
    Here,
    /// Show all commands.
    Help,
    /// No more messages.
    Stop,
    /// Messages again.
    Start,
    /// Book an appointment.
    Book,
    /// Move an appointment.
    Move,
    /// Later ones.
    Later,
    /// Answers in this language.
    Speak(Language),
}

/// What an inbound message asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Show my appointments (INFO).
    Info,
    /// Cancel an appointment (STORNO), perhaps the one with these first digits of its check-in code.
    Cancel {
        /// Four digits, where given.
        code: Option<String>,
    },
    /// JA.
    Yes,
    /// NEIN.
    No,
    /// A number out of a list; 0 is back or none.
    Choice(u32),
    /// I am here (DA).
    Here,
    /// HILFE.
    Help,
    /// No more messages (HALT, STOP).
    Stop,
    /// Messages again (START).
    Start,
    /// Book (TERMIN), perhaps for what these words say (TERMIN PERSO).
    Book {
        /// What for, where given.
        about: Option<String>,
    },
    /// Move an appointment (VERSCHIEBEN), perhaps the one with these first digits of its check-in code.
    Move {
        /// Four digits, where given.
        code: Option<String>,
    },
    /// Later slots (SPÄTER).
    Later,
    /// Answers in this language (EN, DE).
    Speak(Language),
    /// Anything else, in its normal form.
    Words(String),
}

impl Command {
    /// Its word, without anything somebody wrote.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Cancel { .. } => "cancel",
            Self::Yes => "yes",
            Self::No => "no",
            Self::Choice(_) => "choice",
            Self::Here => "here",
            Self::Help => "help",
            Self::Stop => "stop",
            Self::Start => "start",
            Self::Book { .. } => "book",
            Self::Move { .. } => "move",
            Self::Later => "later",
            Self::Speak(_) => "speak",
            Self::Words(_) => "words",
        }
    }
}

/// A command, and the language its word belongs to where only one has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inbound {
    /// What is asked for.
    pub command: Command,
    /// The language to answer in, where the word tells.
    pub language: Option<Language>,
}

/// Reads a text. Never fails: what is no command is [`Command::Words`].
pub fn parse(body: &str) -> Inbound {
    // Who sends a picture without a word, or nothing at all, is told what can be written.
    if matches!(body.trim(), "" | "?") {
        return Inbound { command: Command::Help, language: None };
    }
    let text = plain(body);
    // As written first: "Hallo" alone is courtesy, "KEINE SMS BITTE" is a command with courtesy.
    lookup(&text)
        .or_else(|| lookup(without_courtesy(&text)))
        .or_else(|| mistyped(without_courtesy(&text)))
        .unwrap_or_else(|| Inbound {
            command: Command::Words(without_courtesy(&text).to_owned()),
            language: None,
        })
}

/// The normal form every comparison uses: upper case, letters and digits, single spaces.
fn plain(body: &str) -> String {
    let mut out = String::with_capacity(body.len());
    let mut space = false;
    // Longer texts are letters, not commands; nothing after this is looked at.
    for c in body.chars().take(200).map(narrow) {
        if c.is_alphanumeric() || c == '\u{308}' {
            if space && !out.is_empty() {
                out.push(' ');
            }
            space = false;
            match c {
                '\u{308}' => compose(&mut out),
                'ß' => out.push('ß'),
                _ => out.extend(c.to_uppercase()),
            }
        } else {
            space = true;
        }
    }
    out
}

/// Full-width forms as some keyboards send them.
fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

fn compose(out: &mut String) {
    let composed = match out.pop() {
        Some('A') => 'Ä',
        Some('O') => 'Ö',
        Some('U') => 'Ü',
        Some(other) => other,
        None => return,
    };
    out.push(composed);
}

fn without_courtesy(text: &str) -> &str {
    let mut rest = text;
    loop {
        let before = rest;
        for word in locales::de::COURTESY.iter().chain(locales::en::COURTESY) {
            if let Some(tail) = rest.strip_prefix(word).and_then(|tail| tail.strip_prefix(' ')) {
                rest = tail;
            }
            if let Some(head) = rest.strip_suffix(word).and_then(|head| head.strip_suffix(' ')) {
                rest = head;
            }
        }
        if rest == before {
            return rest;
        }
    }
}

fn lookup(text: &str) -> Option<Inbound> {
    if let Ok(number) = text.parse::<u32>() {
        return (text.len() == 1).then_some(Inbound { command: Command::Choice(number), language: None });
    }
    if let Some((word, language)) = word(text) {
        return Some(Inbound { command: command(word), language });
    }
    let (head, rest) = text.split_once(' ')?;
    if locales::POINTING.contains(&head) {
        return lookup(rest).filter(|pointed| matches!(pointed.command, Command::Choice(_)));
    }
    let (word, language) = word(head)?;
    let command = match word {
        // STORNO 4829, STORNO 4829-1376
        Word::Cancel => Command::Cancel { code: Some(first_digits(rest)?) },
        Word::Move => Command::Move { code: Some(first_digits(rest)?) },
        // TERMIN PERSO
        Word::Book if is_about(rest) => Command::Book { about: Some(without_courtesy(rest).to_owned()) },
        _ => return None,
    };
    Some(Inbound { command, language })
}

/// The first half of a check-in code, or all of it.
fn first_digits(rest: &str) -> Option<String> {
    let digits = rest.replace(' ', "");
    let is_code = matches!(digits.len(), 4 | 8) && digits.bytes().all(|b| b.is_ascii_digit());
    is_code.then(|| digits[..4].to_owned())
}

/// Whether these words can name a matter: none of them denies or means another command.
pub(crate) fn is_about(rest: &str) -> bool {
    let other = |one: &str| matches!(word(one), Some((Word::Cancel | Word::Stop | Word::No | Word::Move, _)));
    !rest
        .split(' ')
        .any(|one| other(one) || locales::de::NOT.contains(&one) || locales::en::NOT.contains(&one))
}

/// A command that changes nothing by itself, with one slip in its one word: with two it may be another word.
fn mistyped(text: &str) -> Option<Inbound> {
    if text.contains(' ') || text.chars().count() < 5 {
        return None;
    }
    words()
        .find(|(known, word, _)| harmless(*word) && known.len() > 4 && slips_between(text, known) == 1)
        .map(|(_, word, language)| Inbound { command: command(word), language })
}

fn harmless(word: Word) -> bool {
    match word {
        Word::Info | Word::Help | Word::Book | Word::Move => true,
        Word::Cancel
        | Word::Yes
        | Word::No
        | Word::Choice(_)
        | Word::Here
        | Word::Stop
        | Word::Start
        | Word::Later
        | Word::Speak(_) => false,
    }
}

/// All words, and the language each belongs to where only one has it.
fn words() -> impl Iterator<Item = (&'static str, Word, Option<Language>)> {
    let shared = locales::SHARED.iter().map(|(known, word)| match word {
        Word::Speak(language) => (*known, *word, Some(*language)),
        _ => (*known, *word, None),
    });
    let own = Language::ALL.into_iter().flat_map(|language| {
        let words = match language {
            Language::De => locales::de::WORDS,
            Language::En => locales::en::WORDS,
        };
        words.iter().map(move |(known, word)| (*known, *word, Some(language)))
    });
    shared.chain(own)
}

fn word(text: &str) -> Option<(Word, Option<Language>)> {
    words().find(|(known, ..)| *known == text).map(|(_, word, language)| (word, language))
}

/// Whether this word alone is a command, or nearly one: no service may be called so.
pub fn is_command(word: &str) -> bool {
    !matches!(parse(word).command, Command::Words(_))
}

fn command(word: Word) -> Command {
    match word {
        Word::Info => Command::Info,
        Word::Cancel => Command::Cancel { code: None },
        Word::Yes => Command::Yes,
        Word::No => Command::No,
        Word::Choice(number) => Command::Choice(number),
        Word::Here => Command::Here,
        Word::Help => Command::Help,
        Word::Stop => Command::Stop,
        Word::Start => Command::Start,
        Word::Book => Command::Book { about: None },
        Word::Move => Command::Move { code: None },
        Word::Later => Command::Later,
        Word::Speak(language) => Command::Speak(language),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(body: &str) -> Command {
        parse(body).command
    }

    #[test]
    fn commands_are_read_as_people_write_them() {
        for (body, command) in [
            ("STORNO", Command::Cancel { code: None }),
            ("storno", Command::Cancel { code: None }),
            (" Storno! ", Command::Cancel { code: None }),
            ("Bitte stornieren", Command::Cancel { code: None }),
            ("Termin absagen, danke", Command::Cancel { code: None }),
            ("STORNO 4829", Command::Cancel { code: Some("4829".into()) }),
            ("Storno 4829-1376", Command::Cancel { code: Some("4829".into()) }),
            ("ja bitte", Command::Yes),
            ("JA 👍", Command::Yes),
            ("ok.", Command::Yes),
            ("Nein", Command::No),
            ("1", Command::Choice(1)),
            ("1)", Command::Choice(1)),
            ("2.", Command::Choice(2)),
            ("３", Command::Choice(3)),
            ("zwei", Command::Choice(2)),
            ("die 2 bitte", Command::Choice(2)),
            ("Nr. 1", Command::Choice(1)),
            ("Nummer drei", Command::Choice(3)),
            ("ja gerne", Command::Yes),
            ("Ja, gern!", Command::Yes),
            ("okay", Command::Yes),
            ("english", Command::Speak(Language::En)),
            ("Deutsch bitte", Command::Speak(Language::De)),
            ("0", Command::Choice(0)),
            ("zurück", Command::Choice(0)),
            ("zuru\u{308}ck", Command::Choice(0)),
            ("DA", Command::Here),
            ("Ich bin da!", Command::Here),
            ("?", Command::Help),
            ("", Command::Help),
            (" \r\n", Command::Help),
            ("Hilfe", Command::Help),
            ("HALT", Command::Stop),
            ("stopp!!", Command::Stop),
            ("CANCEL", Command::Stop),
            ("START", Command::Start),
            ("Hallo Termin", Command::Book { about: None }),
            ("Termin Perso bitte", Command::Book { about: Some("PERSO".into()) }),
            ("Termin für neuen Pass", Command::Book { about: Some("FÜR NEUEN PASS".into()) }),
            ("Tremin", Command::Book { about: None }),
            ("verschiben", Command::Move { code: None }),
            ("Verschieben 4829", Command::Move { code: Some("4829".into()) }),
            ("später", Command::Later),
            ("INFO", Command::Info),
            ("Meine Termine", Command::Info),
        ] {
            assert_eq!(read(body), command, "{body}");
        }
    }

    #[test]
    fn a_text_that_only_contains_a_command_is_none() {
        for body in [
            "Bitte den Termin NICHT absagen",
            "Termin nicht absagen",
            "Termin morgen stornieren",
            "strono",
            "absgen",
            "stoppp",
            "nicht stornieren",
            "storno?? oder doch nicht",
            "JA NICHT",
            "ja aber später",
            "Storno morgen",
            "STORNO 12",
            "STORNO 12345",
            "Stornogebühr",
            "11",
            "1 und 2",
            "die 2 nicht",
            "Nr. 11",
            "JA 2",
            "anmelden",
            "verloren",
            "Ich komme 10 Minuten später",
            "👍",
            "hallo",
        ] {
            assert!(matches!(read(body), Command::Words(_)), "{body}");
        }
    }

    #[test]
    fn the_word_tells_the_language_of_the_answer() {
        assert_eq!(parse("help").language, Some(Language::En));
        assert_eq!(parse("hilfe").language, Some(Language::De));
        for every in
            ["1", "TERMIN", "termin pass", "STORNO 4829", "ok", "Ok danke", "da", "INFO", "halt", "start"]
        {
            assert_eq!(parse(every).language, None, "{every}");
        }
        assert_eq!(parse("EN").language, Some(Language::En));
        assert_eq!(parse("deutsch").language, Some(Language::De));
    }

    #[test]
    fn no_word_has_two_meanings_and_every_word_is_in_normal_form() {
        let own = locales::de::WORDS.iter().chain(locales::en::WORDS);
        let all: Vec<_> = locales::SHARED.iter().chain(own).collect();
        for (index, (text, _)) in all.iter().enumerate() {
            assert!(all[index + 1..].iter().all(|(other, _)| other != text), "{text} twice");
            assert_eq!(plain(text), *text);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_fail(body in "\\PC{0,300}") {
            parse(&body);
        }

        #[test]
        fn nothing_is_cancelled_unless_the_text_is_a_cancel_word(body in "\\PC{0,60}") {
            if let Command::Cancel { .. } = read(&body) {
                let text = plain(&body);
                let mut cancels = words().filter(|(_, word, _)| *word == Word::Cancel);
                prop_assert!(cancels.any(|(word, ..)| without_courtesy(&text).starts_with(word)));
            }
        }

        #[test]
        fn a_cancel_word_inside_other_words_cancels_nothing(
            before in "[a-zäöü]{1,12}", after in "[a-zäöü]{1,12}"
        ) {
            let courtesy = |word: &str| {
                let word = plain(word);
                locales::de::COURTESY.iter().chain(locales::en::COURTESY).any(|known| *known == word)
            };
            prop_assume!(!courtesy(&before) && !courtesy(&after));
            for word in ["storno", "absagen", "stornieren"] {
                let body = format!("{before} {word} {after}");
                prop_assert!(!matches!(read(&body), Command::Cancel { .. }), "{}", body);
            }
        }
    }
}
