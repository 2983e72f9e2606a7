//! A town's own wording of an SMS (Textvorlage): text with placeholders, what is wrong with it, and the text it makes.
//!
//! What it may say follows the rules of all our texts: one GSM-7 part with the longest values there are, no person, no
//! service, and the word to cancel with where there is something to cancel.

use super::sms_encoding::{Encoding, is_one_segment, measure, normalise};
use super::text::{short_link, shortened};
use super::{Kind, Notification};
use crate::language::{Language, Text};
use crate::locales;
use crate::messaging::notification::Visit;

/// The longest wording that is read at all.
pub const LONGEST: usize = 400;
/// The most faults that are told at once.
const MOST_FAULTS: usize = 20;
/// The word that cancels; it is understood in every language.
const CANCEL: &str = "STORNO";
/// Words the provider takes for itself (Twilio's default opt-out words), in whatever case: whoever answers one hears nothing
/// from us any more.
const TAKEN: [&str; 4] = ["STOP", "STOPALL", "UNSUBSCRIBE", "OPTOUT"];
/// More of them, which are ordinary words as well: as what one is asked to answer.
const TAKEN_AS_ANSWERS: [&str; 4] = ["CANCEL", "END", "QUIT", "REVOKE"];
/// Placeholders and words that would name a person.
const PERSONS: [&str; 6] = ["name", "vorname", "nachname", "person", "first_name", "surname"];
/// Placeholders that would name what somebody comes for.
const SERVICES: [&str; 4] = ["service", "services", "anliegen", "dienstleistung"];

/// A value that a wording asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Placeholder {
    /// Day and time, `Mo 14.09. 10:20`.
    When,
    /// The former day and time.
    Was,
    /// Office and street; only the street where the office's name would tell too much.
    Place,
    /// The code: for the check-in, or the six digits.
    Code,
    /// The link to the appointment.
    Link,
    /// Until what time.
    Until,
    /// The ticket's number.
    Number,
    /// How many are ahead.
    Ahead,
    /// The waiting zone.
    Zone,
    /// The counter.
    Counter,
}

impl Placeholder {
    /// Every placeholder, for tables and tests.
    pub const ALL: [Placeholder; 10] = [
        Self::When,
        Self::Was,
        Self::Place,
        Self::Code,
        Self::Link,
        Self::Until,
        Self::Number,
        Self::Ahead,
        Self::Zone,
        Self::Counter,
    ];

    /// The word between the braces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::When => "when",
            Self::Was => "was",
            Self::Place => "place",
            Self::Code => "code",
            Self::Link => "link",
            Self::Until => "until",
            Self::Number => "number",
            Self::Ahead => "ahead",
            Self::Zone => "zone",
            Self::Counter => "counter",
        }
    }

    /// The placeholder of a word, if it is one.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|placeholder| placeholder.as_str() == word)
    }
}

/// What a kind's wording may and must say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Placeholders it must have.
    pub required: &'static [Placeholder],
    /// Placeholders it may have besides.
    pub optional: &'static [Placeholder],
    /// Whether it must say how to cancel.
    pub cancel_hint: bool,
}

/// The rules of a kind; `None` for answers of the dialogue, which have no single wording.
pub fn rules(kind: Kind) -> Option<Rules> {
    use Placeholder::{Ahead, Code, Counter, Link, Number, Place, Until, Was, When, Zone};
    let (required, optional, cancel_hint): (&[Placeholder], &[Placeholder], bool) = match kind {
        Kind::VerificationCode => (&[Code], &[], false),
        Kind::BookingConfirmed => (&[When, Code, Link], &[Place], true),
        Kind::BookingMoved => (&[When, Code, Link], &[Was, Place], true),
        Kind::BookingCancelledByOffice => (&[When, Link], &[], false),
        Kind::BookingCancelled => (&[When], &[], false),
        Kind::Reminder | Kind::EarlyReminder => (&[When, Place], &[Code], true),
        Kind::SlotOffered => (&[When, Until, Link], &[], false),
        Kind::LostCode => (&[Code], &[When], false),
        Kind::QueueStage => (&[Number, Ahead], &[Zone, Place], false),
        Kind::QueueComeIn => (&[Number], &[Zone, Place], false),
        Kind::QueueCalled => (&[Number, Counter], &[], false),
        Kind::QueueMissed => (&[Number, Until], &[], false),
        Kind::QueueTransferred => (&[Number, Zone], &[Place], false),
        Kind::InboundReply => return None,
    };
    Some(Rules { required, optional, cancel_hint })
}

/// What is wrong with a wording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Problem {
    /// There is nothing in it.
    Empty,
    /// It is longer than anything that could be one SMS.
    FarTooLong,
    /// It has more than one line.
    LineBreak,
    /// A brace that begins or ends nothing.
    LooseBrace,
    /// A placeholder that this kind does not have.
    UnknownPlaceholder,
    /// A placeholder is missing that this kind needs.
    Missing(Placeholder),
    /// A character that would triple the price.
    NotGsm,
    /// It names a person.
    PersonNamed,
    /// It names what somebody comes for.
    ServiceNamed,
    /// It does not say how to cancel.
    NoCancelHint,
    /// A word that is the provider's own.
    ProvidersWord,
    /// With the longest values it is more than one part.
    MoreThanOneSegment {
        /// So many characters too long.
        over: usize,
    },
}

/// One thing that is wrong, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TemplateFault {
    /// The character it begins at, from 0.
    pub at: usize,
    /// What it is.
    pub problem: Problem,
}

impl Problem {
    /// The stable word of the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::FarTooLong => "far_too_long",
            Self::LineBreak => "line_break",
            Self::LooseBrace => "loose_brace",
            Self::UnknownPlaceholder => "unknown_placeholder",
            Self::Missing(_) => "missing_placeholder",
            Self::NotGsm => "not_gsm",
            Self::PersonNamed => "person_named",
            Self::ServiceNamed => "service_named",
            Self::NoCancelHint => "no_cancel_hint",
            Self::ProvidersWord => "providers_word",
            Self::MoreThanOneSegment { .. } => "more_than_one_segment",
        }
    }

    /// What is wrong, for people.
    pub fn text(self) -> Text {
        let (de, en) = match self {
            Self::Empty => ("Der Text ist leer.".into(), "The text is empty.".into()),
            Self::FarTooLong => {
                (format!("Höchstens {LONGEST} Zeichen."), format!("At most {LONGEST} characters."))
            }
            Self::LineBreak => ("Eine SMS hat hier nur eine Zeile.".into(), "One line only.".into()),
            Self::LooseBrace => (
                "Diese Klammer gehört zu keinem Platzhalter.".into(),
                "This brace belongs to no placeholder.".into(),
            ),
            Self::UnknownPlaceholder => (
                "Diesen Platzhalter gibt es für diese Nachricht nicht.".into(),
                "This message has no such placeholder.".into(),
            ),
            Self::Missing(missing) => (
                format!("Der Platzhalter {{{}}} fehlt.", missing.as_str()),
                format!("The placeholder {{{}}} is missing.", missing.as_str()),
            ),
            Self::NotGsm => (
                "Dieses Zeichen gibt es in SMS nur zum dreifachen Preis.".into(),
                "This character triples the price of an SMS.".into(),
            ),
            Self::PersonNamed => (
                "Namen gehören nicht in eine SMS: Andere lesen mit.".into(),
                "Names do not belong into an SMS: others may read it.".into(),
            ),
            Self::ServiceNamed => (
                "Das Anliegen gehört nicht in eine SMS: Andere lesen mit.".into(),
                "The service does not belong into an SMS: others may read it.".into(),
            ),
            Self::NoCancelHint => (
                format!("Es fehlt, wie man absagt: „Absagen: Antwort {CANCEL}“."),
                format!("It does not say how to cancel: \"To cancel reply {CANCEL}\"."),
            ),
            Self::ProvidersWord => (
                "Wer mit diesem Wort antwortet, hört nichts mehr von uns: Der Anbieter sperrt die Nummer."
                    .into(),
                "Whoever replies this word hears nothing from us any more: the provider blocks the number."
                    .into(),
            ),
            Self::MoreThanOneSegment { over } => (
                format!("Mit langen Angaben {over} Zeichen zu lang für eine SMS."),
                format!("With long values {over} characters too long for one SMS."),
            ),
        };
        Text::new(de, en)
    }
}

/// A piece of a wording.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Value(Placeholder),
}

/// A wording that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

impl Template {
    /// Reads a wording and says all that is wrong with it. `link` is a link as long as they get in this town.
    ///
    /// # Errors
    /// Every fault, by its place.
    pub fn check(
        typed: &str,
        kind: Kind,
        language: Language,
        link: &str,
    ) -> Result<Self, Vec<TemplateFault>> {
        let Some(rules) = rules(kind) else {
            return Err(vec![TemplateFault { at: 0, problem: Problem::UnknownPlaceholder }]);
        };
        let mut faults = Vec::new();
        let template = read(typed, rules, &mut faults);
        whole(typed, rules, &template, &mut faults);
        if faults.is_empty() {
            let text = template.render_longest(kind, language, link);
            let units = measure(&text).units;
            if !is_one_segment(&text) {
                let over = units.saturating_sub(160).max(1);
                faults.push(TemplateFault { at: 0, problem: Problem::MoreThanOneSegment { over } });
            }
        }
        if faults.is_empty() {
            return Ok(template);
        }
        faults.sort_by_key(|fault| fault.at);
        faults.truncate(MOST_FAULTS);
        Err(faults)
    }

    /// Reads a wording that was checked when it was kept.
    pub fn kept(typed: &str) -> Self {
        let every = Rules { required: &Placeholder::ALL, optional: &[], cancel_hint: false };
        read(typed, every, &mut Vec::new())
    }

    /// The text of a message; `None` where it would not be one part, and our own wording is the better one.
    pub fn render(&self, notification: &Notification, language: Language) -> Option<String> {
        let mut places = places_of(notification);
        if places.is_empty() {
            places.push(String::new());
        }
        let texts = places.iter().map(|place| self.text_with(notification, language, place));
        texts.into_iter().find(|text| is_one_segment(text))
    }

    /// The text with these values, whatever its size: what whoever writes it sees.
    pub fn example(&self, notification: &Notification, language: Language) -> String {
        let fitting = self.render(notification, language);
        let place = places_of(notification).into_iter().next().unwrap_or_default();
        fitting.unwrap_or_else(|| self.text_with(notification, language, &place))
    }

    /// The longest text this can become.
    fn render_longest(&self, kind: Kind, language: Language, link: &str) -> String {
        let longest = sample(kind, link, Length::Longest);
        let shortest_place = places_of(&longest).pop().unwrap_or_default();
        self.text_with(&longest, language, &shortest_place)
    }

    fn text_with(&self, notification: &Notification, language: Language, place: &str) -> String {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Value(placeholder) => {
                    text.push_str(&value(*placeholder, notification, language, place));
                }
            }
        }
        if let Notification::VerificationCode { code, host } = notification {
            // Phones fill the code in by themselves when its last line is this (WebOTP).
            text.push_str(&format!("\n\n@{host} #{code}"));
        }
        normalise(&text)
    }
}

/// Reads text and placeholders; never fails, faults are noted with their place.
fn read(typed: &str, rules: Rules, faults: &mut Vec<TemplateFault>) -> Template {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let characters: Vec<char> = typed.chars().take(LONGEST).collect();
    let mut at = 0;
    while let Some(c) = characters.get(at).copied() {
        let fault = |problem| TemplateFault { at, problem };
        match c {
            '{' => {
                let word: String =
                    characters[at + 1..].iter().take_while(|c| c.is_alphanumeric() || **c == '_').collect();
                let length = word.chars().count();
                if word.is_empty() || characters.get(at + 1 + length) != Some(&'}') {
                    faults.push(fault(Problem::LooseBrace));
                } else {
                    match known(&word, rules) {
                        Ok(placeholder) => {
                            parts.push(Part::Text(std::mem::take(&mut literal)));
                            parts.push(Part::Value(placeholder));
                        }
                        Err(problem) => faults.push(fault(problem)),
                    }
                    at += length + 1;
                }
            }
            '}' => faults.push(fault(Problem::LooseBrace)),
            '\r' | '\n' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                faults.push(fault(Problem::LineBreak));
            }
            _ if measure(&normalise(&c.to_string())).encoding == Encoding::Ucs2 => {
                faults.push(fault(Problem::NotGsm));
            }
            _ => literal.push(c),
        }
        at += 1;
    }
    parts.push(Part::Text(literal));
    Template { parts }
}

fn known(word: &str, rules: Rules) -> Result<Placeholder, Problem> {
    let lower = word.to_lowercase();
    if PERSONS.contains(&lower.as_str()) {
        return Err(Problem::PersonNamed);
    }
    if SERVICES.contains(&lower.as_str()) {
        return Err(Problem::ServiceNamed);
    }
    let found = Placeholder::parse(word);
    found
        .filter(|one| rules.required.contains(one) || rules.optional.contains(one))
        .ok_or(Problem::UnknownPlaceholder)
}

/// Whether a word is the provider's, after the one before it.
fn is_taken(before: &str, word: &str) -> bool {
    let asks = ["antwort", "antworten", "reply", "answer", "text", "send"];
    let is_one_of = |words: &[&str], word: &str| words.iter().any(|one| one.eq_ignore_ascii_case(word));
    let shouted = word.len() > 2 && TAKEN_AS_ANSWERS.contains(&word);
    let as_answer = is_one_of(&TAKEN_AS_ANSWERS, word) && is_one_of(&asks, before);
    is_one_of(&TAKEN, word) || shouted || as_answer
}

/// What is wrong with a wording as a whole.
fn whole(typed: &str, rules: Rules, template: &Template, faults: &mut Vec<TemplateFault>) {
    let mut fault = |at: usize, problem| faults.push(TemplateFault { at, problem });
    if typed.trim().is_empty() {
        fault(0, Problem::Empty);
        return;
    }
    if typed.chars().count() > LONGEST {
        fault(LONGEST, Problem::FarTooLong);
    }
    for required in rules.required {
        if !template.parts.contains(&Part::Value(*required)) {
            fault(0, Problem::Missing(*required));
        }
    }
    for address in ["Herr ", "Frau ", "Mr ", "Mrs ", "Ms "] {
        if let Some(at) = typed.find(address) {
            fault(typed[..at].chars().count(), Problem::PersonNamed);
        }
    }
    // As it is sent: what nobody sees in a word is not in it then.
    let sent = normalise(typed);
    let words = || sent.split(|letter: char| !letter.is_alphanumeric());
    if rules.cancel_hint && !words().any(|word| word == CANCEL) {
        fault(0, Problem::NoCancelHint);
    }
    let spoken: Vec<&str> = words().filter(|word| !word.is_empty()).collect();
    let before = |nth: usize| nth.checked_sub(1).and_then(|nth| spoken.get(nth)).copied().unwrap_or_default();
    let taken = spoken.iter().enumerate().find(|(nth, word)| is_taken(before(*nth), word));
    if let Some((_, word)) = taken {
        let at = typed.find(word).unwrap_or(0);
        fault(typed[..at].chars().count(), Problem::ProvidersWord);
    }
}

/// Where to go, fullest first; the street alone where the office's name would tell too much.
fn places_of(notification: &Notification) -> Vec<String> {
    match notification {
        Notification::BookingConfirmed { visit, .. }
        | Notification::BookingMoved { visit, .. }
        | Notification::Reminder { visit }
        | Notification::EarlyReminder { visit }
        | Notification::LostCode { visit } => places_of_visit(visit),
        Notification::QueueStage { office, .. }
        | Notification::QueueComeIn { office, .. }
        | Notification::QueueTransferred { office, .. } => names(office),
        Notification::VerificationCode { .. }
        | Notification::BookingCancelledByOffice { .. }
        | Notification::BookingCancelled { .. }
        | Notification::SlotOffered { .. }
        | Notification::QueueCalled { .. }
        | Notification::QueueMissed { .. }
        | Notification::InboundReply { .. } => Vec::new(),
    }
}

fn places_of_visit(visit: &Visit) -> Vec<String> {
    let mut places = Vec::new();
    if visit.sensitive {
        places.extend(visit.entrance.iter().map(|entrance| format!("{}, {entrance}", visit.address)));
        places.extend(names(&visit.address));
    } else {
        places.push(format!("{}, {}", visit.office, visit.address));
        places.extend(names(&visit.office));
    }
    places
}

fn names(name: &str) -> Vec<String> {
    vec![name.to_owned(), shortened(name, 40), shortened(name, 24)]
}

fn value(placeholder: Placeholder, notification: &Notification, language: Language, place: &str) -> String {
    let when = |at| match language {
        Language::De => locales::de::when(at),
        Language::En => locales::en::when(at),
    };
    match (placeholder, notification) {
        (Placeholder::Place, _) => place.to_owned(),
        (
            Placeholder::When,
            Notification::BookingConfirmed { visit, .. }
            | Notification::BookingMoved { visit, .. }
            | Notification::Reminder { visit }
            | Notification::EarlyReminder { visit }
            | Notification::LostCode { visit },
        ) => when(visit.starts),
        (
            Placeholder::When,
            Notification::BookingCancelledByOffice { starts, .. }
            | Notification::BookingCancelled { starts }
            | Notification::SlotOffered { starts, .. },
        ) => when(*starts),
        (Placeholder::Was, Notification::BookingMoved { was, .. }) => when(*was),
        (
            Placeholder::Code,
            Notification::BookingConfirmed { visit, .. }
            | Notification::BookingMoved { visit, .. }
            | Notification::Reminder { visit }
            | Notification::EarlyReminder { visit }
            | Notification::LostCode { visit },
        ) => visit.check_in_code.clone(),
        (Placeholder::Code, Notification::VerificationCode { code, .. }) => code.clone(),
        (
            Placeholder::Link,
            Notification::BookingConfirmed { link, .. }
            | Notification::BookingMoved { link, .. }
            | Notification::BookingCancelledByOffice { link, .. }
            | Notification::SlotOffered { link, .. },
        ) => short_link(link).to_owned(),
        (Placeholder::Until, Notification::SlotOffered { until, .. }) => until.format("%H:%M").to_string(),
        (Placeholder::Until, Notification::QueueMissed { rejoin_until, .. }) => {
            rejoin_until.format("%H:%M").to_string()
        }
        (
            Placeholder::Number,
            Notification::QueueStage { number, .. }
            | Notification::QueueComeIn { number, .. }
            | Notification::QueueCalled { number, .. }
            | Notification::QueueMissed { number, .. }
            | Notification::QueueTransferred { number, .. },
        ) => number.clone(),
        (Placeholder::Ahead, Notification::QueueStage { ahead, .. }) => ahead.to_string(),
        (
            Placeholder::Zone,
            Notification::QueueStage { zone, .. }
            | Notification::QueueComeIn { zone, .. }
            | Notification::QueueTransferred { zone, .. },
        ) => shortened(zone, 45),
        (Placeholder::Counter, Notification::QueueCalled { counter, .. }) => counter.clone(),
        // The rules of the kinds let no other pair through.
        _ => String::new(),
    }
}

/// Our own wording as a template: where whoever writes one begins.
pub fn start(kind: Kind, language: Language) -> Option<&'static str> {
    match language {
        Language::De => locales::de::template(kind),
        Language::En => locales::en::template(kind),
    }
}

/// How long the values of an example are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// As people usually see them.
    Usual,
    /// The longest there are.
    Longest,
}

/// An example of a kind; `link` is one of this town's.
pub fn sample(kind: Kind, link: &str, length: Length) -> Notification {
    use chrono::{NaiveDate, NaiveTime};
    let long = length == Length::Longest;
    let pick = |usual: &str, longest: &str| if long { longest.to_owned() } else { usual.to_owned() };
    let at = |day| NaiveDate::from_ymd_opt(2026, 9, day).and_then(|day| day.and_hms_opt(10, 20, 0));
    let (starts, was) = (at(14).unwrap_or_default(), at(16).unwrap_or_default());
    let until = NaiveTime::from_hms_opt(11, 20, 0).unwrap_or_default();
    let visit = Visit {
        starts,
        office: pick("Bürgeramt Mitte", "Fachdienst Zuwanderung und Staatsangehörigkeit"),
        address: pick("Rathausplatz 1", "Bürgermeister-Dr.-Mustermann-Straße 117a"),
        entrance: None,
        sensitive: false,
        check_in_code: "4829-1376".to_owned(),
    };
    let (link, number) = (link.to_owned(), pick("B012", "AB999"));
    match kind {
        Kind::VerificationCode => Notification::VerificationCode {
            code: "482913".to_owned(),
            host: short_link(&link).split('/').next().unwrap_or_default().to_owned(),
        },
        Kind::BookingConfirmed => Notification::BookingConfirmed { visit, link },
        Kind::BookingMoved => Notification::BookingMoved { visit, was, code_stays: true, link },
        Kind::BookingCancelledByOffice => Notification::BookingCancelledByOffice { starts, link },
        Kind::BookingCancelled => Notification::BookingCancelled { starts },
        Kind::Reminder => Notification::Reminder { visit },
        Kind::EarlyReminder => Notification::EarlyReminder { visit },
        Kind::SlotOffered => Notification::SlotOffered { starts, until, link },
        Kind::LostCode => Notification::LostCode { visit },
        Kind::QueueStage => Notification::QueueStage {
            number,
            ahead: if long { 99 } else { 2 },
            zone: pick("Wartebereich A", "Wartebereich im Lichthof, 2. Obergeschoss"),
            office: visit.office,
        },
        Kind::QueueComeIn => Notification::QueueComeIn {
            number,
            zone: pick("Wartebereich A", "Wartebereich im Lichthof, 2. Obergeschoss"),
            office: visit.office,
        },
        Kind::QueueCalled => Notification::QueueCalled {
            number,
            counter: pick("Platz 3", "Zimmer 2.117a (Beratung Familien)"),
        },
        Kind::QueueMissed => Notification::QueueMissed { number, rejoin_until: until },
        Kind::QueueTransferred => Notification::QueueTransferred {
            number,
            was: pick("A031", "AB999"),
            zone: pick("Wartebereich A", "Wartebereich im Lichthof, 2. Obergeschoss"),
            office: visit.office,
        },
        Kind::InboundReply => {
            Notification::InboundReply { reply: crate::messaging::notification::Reply::Stopped }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LINK: &str = "https://termine.musterstadt.example/t/7FQ2MKD9TR";
    const GOOD: &str = "Ihr Termin: {when} Uhr, {place}. Code {code}. Absagen: STORNO antworten. {link}";

    fn codes(typed: &str, kind: Kind) -> Vec<(usize, &'static str)> {
        let faults = Template::check(typed, kind, Language::De, LINK).err().unwrap_or_default();
        faults.into_iter().map(|fault| (fault.at, fault.problem.code())).collect()
    }

    #[test]
    fn a_good_wording_makes_one_part_with_its_values() {
        let template = Template::check(GOOD, Kind::BookingConfirmed, Language::De, LINK).unwrap();
        let usual = sample(Kind::BookingConfirmed, LINK, Length::Usual);
        assert_eq!(
            template.render(&usual, Language::De).unwrap(),
            "Ihr Termin: Mo 14.09. 10:20 Uhr, Bürgeramt Mitte, Rathausplatz 1. Code 4829-1376. \
             Absagen: STORNO antworten. termine.musterstadt.example/t/7FQ2MKD9TR"
        );
        let longest = sample(Kind::BookingConfirmed, LINK, Length::Longest);
        assert!(is_one_segment(&template.render(&longest, Language::De).unwrap()));
        assert_eq!(Template::kept(GOOD), template);
    }

    #[test]
    fn everything_that_is_wrong_is_told_with_its_place() {
        let kind = Kind::BookingConfirmed;
        assert_eq!(codes("", kind), [(0, "empty")]);
        assert_eq!(codes("  \n ", kind), [(0, "empty"), (2, "line_break")]);
        let with = |extra: &str| codes(&format!("{extra}{GOOD}"), kind);
        assert_eq!(with("{wann} "), [(0, "unknown_placeholder")]);
        assert_eq!(with("ä {counter} "), [(2, "unknown_placeholder")], "another kind has it");
        assert_eq!(with("{name} "), [(0, "person_named")]);
        assert_eq!(with("Sehr geehrte Frau X, "), [(13, "person_named")]);
        assert_eq!(with("{service} "), [(0, "service_named")]);
        assert_eq!(with("a\r\nb "), [(1, "line_break"), (2, "line_break")]);
        assert_eq!(with("Hallo 🎉 "), [(6, "not_gsm")]);
        assert_eq!(with("ş "), [], "it has a near one");
        assert_eq!(with("{ when} } "), [(0, "loose_brace"), (6, "loose_brace"), (8, "loose_brace")]);
        assert_eq!(codes(&GOOD.replace("STORNO", "ja"), kind), [(0, "no_cancel_hint")]);
        assert_eq!(codes(&GOOD.replace("STORNO", "XSTORNOX"), kind), [(0, "no_cancel_hint")]);
        for taken in ["STOP ", "Stop ", "END ", "Reply cancel ", "ST\u{200b}OP ", "ST\u{ad}OP "] {
            let found = codes(&format!("{taken}{GOOD}"), kind);
            assert!(found.iter().any(|(_, code)| *code == "providers_word"), "{taken}");
        }
        assert!(codes(&format!("To cancel {GOOD}"), kind).iter().all(|(_, code)| *code != "providers_word"));
        assert_eq!(codes(&GOOD.replace("{code}", ""), kind), [(0, "missing_placeholder")]);
        assert_eq!(with(&"Guten Tag. ".repeat(4)), [(0, "more_than_one_segment")]);
        assert!(codes(&"x".repeat(LONGEST + 1), kind).contains(&(LONGEST, "far_too_long")));
        assert_eq!(codes("{code}", Kind::InboundReply), [(0, "unknown_placeholder")]);
    }

    #[test]
    fn a_sensitive_office_is_never_named() {
        let template = Template::check(GOOD, Kind::BookingConfirmed, Language::De, LINK).unwrap();
        let Notification::BookingConfirmed { visit, link } =
            sample(Kind::BookingConfirmed, LINK, Length::Longest)
        else {
            panic!("a confirmation")
        };
        let visit = Visit { sensitive: true, ..visit };
        let text = template.render(&Notification::BookingConfirmed { visit, link }, Language::De).unwrap();
        assert!(!text.contains("Zuwanderung") && text.contains("Mustermann"), "{text}");
    }

    #[test]
    fn the_code_keeps_the_line_phones_read() {
        let template = Template::check("Code {code}", Kind::VerificationCode, Language::De, LINK).unwrap();
        let text =
            template.render(&sample(Kind::VerificationCode, LINK, Length::Usual), Language::De).unwrap();
        assert_eq!(text, "Code 482913\n\n@termine.musterstadt.example #482913");
    }

    #[test]
    fn our_own_wordings_pass_where_they_are_offered_as_a_start() {
        for kind in Kind::ALL {
            for language in Language::ALL {
                let Some(start) = start(kind, language) else {
                    assert_eq!(rules(kind), None, "{kind:?}");
                    continue;
                };
                let checked = Template::check(start, kind, language, LINK);
                assert!(checked.is_ok(), "{kind:?} {language:?} {start}: {:?}", checked.err());
            }
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(typed in any::<String>(), kind in 0_usize..13) {
            for language in Language::ALL {
                let _ = Template::check(&typed, Kind::ALL[kind], language, LINK);
            }
            let _ = Template::kept(&typed).render(&sample(Kind::ALL[kind], LINK, Length::Longest), Language::De);
        }

        #[test]
        fn braces_and_words_in_any_order_are_read(
            pieces in prop::collection::vec(
                prop_oneof![
                    Just("{when}"), Just("{code}"), Just("{link}"), Just("{"), Just("}"), Just("{name}"),
                    Just("STORNO"), Just("{{"), Just("}}"), Just("{when"), Just("ä"), Just("€"), Just(" ")
                ],
                0..30,
            ),
        ) {
            let typed: String = pieces.concat();
            let checked = Template::check(&typed, Kind::BookingConfirmed, Language::De, LINK);
            if let Ok(template) = checked {
                let longest = sample(Kind::BookingConfirmed, LINK, Length::Longest);
                prop_assert!(template.render(&longest, Language::De).is_some());
            }
        }
    }
}
