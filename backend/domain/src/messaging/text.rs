//! From facts to one SMS: picks the language, takes the fullest wording that fits one segment, and makes it GSM-7.
//! The wordings themselves stand in `locales/<lang>.rs`.

use crate::language::Language;
use crate::locales;
use crate::messaging::notification::{AppointmentLine, Notification};
use crate::messaging::sms_encoding::{is_one_segment, normalise};

/// Version of all wordings. Stored with each message; raised with every change of a text.
pub const VERSION: i32 = 4;

/// The text of a message.
pub fn render(notification: &Notification, language: Language) -> String {
    let wordings = match language {
        Language::De => locales::de::wordings(notification),
        Language::En => locales::en::wordings(notification),
    };
    fullest(wordings)
}

/// The first wording that is one segment; the last one where none is, because a long message is better than none.
fn fullest(wordings: Vec<String>) -> String {
    let mut shortest = String::new();
    for wording in wordings {
        shortest = normalise(&wording);
        if is_one_segment(&shortest) {
            break;
        }
    }
    shortest
}

/// A name cut to so many characters at a word's end where possible; names of offices can be any length.
pub(crate) fn shortened(name: &str, most: usize) -> String {
    if name.chars().count() <= most {
        return name.to_owned();
    }
    let cut: String = name.chars().take(most.saturating_sub(1)).collect();
    let at_word = cut.rfind([' ', ',', '-']).filter(|at| *at > cut.len() / 2);
    let kept = at_word.map_or(cut.as_str(), |at| &cut[..at]);
    format!("{}.", kept.trim_end_matches([' ', ',', '-', '.']))
}

/// Names cut to so many characters so that each can be told from the others: where they begin alike, what differs is kept.
/// Nothing where there is no room for that.
fn told_apart(names: &[String], most: usize) -> Option<Vec<String>> {
    let cut = |name: &String| {
        let short = shortened(name, most);
        let twin = names.iter().find(|other| *other != name && shortened(other, most) == short);
        let Some(twin) = twin else { return short };
        let alike: String =
            name.chars().zip(twin.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect();
        let differs = &name[alike.rfind(' ').map_or(0, |at| at + 1)..];
        let first = name.split(' ').next().unwrap_or_default();
        shortened(&format!("{first} .. {differs}"), most)
    };
    let cut: Vec<String> = names.iter().map(cut).collect();
    let twins =
        |at: usize| cut[..at].iter().zip(names).any(|(other, name)| *other == cut[at] && *name != names[at]);
    (0..names.len()).all(|at| !twins(at)).then_some(cut)
}

/// Services as they are offered, numbered, each list with the tail that goes with it, the best first. Where the tail says how
/// to have no more messages, it is worth more than long names, not more than different ones.
pub(crate) fn offered<'a>(names: &[String], tail: &'a str) -> Vec<(String, &'a str)> {
    let ways = [(40, tail), (26, tail), (18, tail), (40, ""), (30, ""), (20, "")];
    let different = ways.into_iter().filter_map(|(most, tail)| Some((told_apart(names, most)?, tail)));
    let shortest = names.iter().map(|name| shortened(name, 12)).collect();
    different.chain([(shortest, "")]).map(|(names, tail)| (numbered(names.into_iter()), tail)).collect()
}

/// Whether no other of these appointments is at this time, and in this place where that is said.
pub(crate) fn stands_alone(line: &AppointmentLine, all: &[AppointmentLine], with_place: bool) -> bool {
    let same =
        |other: &&AppointmentLine| other.starts == line.starts && (!with_place || other.place == line.place);
    all.iter().filter(same).count() < 2
}

/// The first digits of the check-in code, by which a command may name an appointment.
pub(crate) fn first_digits(line: &AppointmentLine) -> &str {
    line.check_in_code.split('-').next().unwrap_or_default()
}

/// Choices as they are numbered in an answer: `1) … 2) …`.
pub(crate) fn numbered(choices: impl Iterator<Item = String>) -> String {
    let numbered: Vec<String> =
        choices.zip(1..).map(|(choice, number)| format!("{number}) {choice}")).collect();
    numbered.join(" ")
}

/// A link as people see it in an SMS: phones recognise it without `https://`.
pub(crate) fn short_link(link: &str) -> &str {
    link.strip_prefix("https://").or_else(|| link.strip_prefix("http://")).unwrap_or(link)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messaging::notification::{AppointmentLine, Kind, Reply, SlotLine, Visit};
    use crate::messaging::sms_encoding::{Encoding, measure};
    use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

    fn at(day: u32, hour: u32, minute: u32) -> NaiveDateTime {
        NaiveDate::from_ymd_opt(2026, 9, day).unwrap().and_hms_opt(hour, minute, 0).unwrap()
    }

    fn long_name() -> String {
        "Fachdienst Zuwanderung und Staatsangehörigkeit, Außenstelle Nord–West".into()
    }

    fn long_slot() -> SlotLine {
        SlotLine { starts: at(14, 10, 20), place: long_name() }
    }

    fn visit() -> Visit {
        Visit {
            starts: at(14, 10, 20),
            office: "Bürgeramt Mitte".into(),
            address: "Rathausplatz 1".into(),
            entrance: None,
            sensitive: false,
            check_in_code: "4829-1376".into(),
        }
    }

    fn long_visit(sensitive: bool) -> Visit {
        Visit {
            office: "Fachdienst Zuwanderung und Staatsangehörigkeit, Außenstelle Nord–West".into(),
            address: "Bürgermeister-Dr.-Mustermann-Straße 117a".into(),
            entrance: Some("Eingang B, Hinterhof rechts".into()),
            sensitive,
            ..visit()
        }
    }

    fn line(place: &str) -> AppointmentLine {
        AppointmentLine { starts: at(24, 9, 0), place: place.into(), check_in_code: "4829-1376".into() }
    }

    const LINK: &str = "https://t.stadt.de/7FQ2MKD9TR";
    const LONG_LINK: &str = "https://terminvergabe.verbandsgemeinde-exempelhausen.de/t/7FQ2MKD9TR";

    /// Every kind with the longest values a town could plausibly have.
    fn longest() -> Vec<Notification> {
        let long_line = || line("Fachdienst Zuwanderung und Staatsangehörigkeit, Außenstelle Nord–West");
        let telephone = || "+49 6731 408-99999".to_owned();
        let link = || LONG_LINK.to_owned();
        let mut all = vec![
            Notification::VerificationCode {
                code: "482913".into(),
                host: "terminvergabe.verbandsgemeinde-exempelhausen.de".into(),
            },
            Notification::BookingCancelledByOffice { starts: at(14, 10, 20), link: link() },
            Notification::BookingCancelled { starts: at(14, 10, 20) },
            Notification::SlotOffered {
                starts: at(14, 10, 20),
                until: NaiveTime::from_hms_opt(11, 20, 0).unwrap(),
                link: link(),
            },
            Notification::LostCode { visit: long_visit(true) },
            Notification::QueueStage {
                number: "AB999".into(),
                ahead: 12,
                zone: "Wartebereich im Lichthof, 2. Obergeschoss".into(),
                office: "Fachdienst Zuwanderung und Staatsangehörigkeit, Außenstelle Nord–West".into(),
            },
            Notification::QueueComeIn {
                number: "AB999".into(),
                zone: "Wartebereich im Lichthof, 2. Obergeschoss".into(),
                office: "Fachdienst Zuwanderung und Staatsangehörigkeit, Außenstelle Nord–West".into(),
            },
            Notification::QueueCalled {
                number: "AB999".into(),
                counter: "Zimmer 2.117a (Beratung Familien)".into(),
            },
            Notification::QueueMissed {
                number: "AB999".into(),
                rejoin_until: NaiveTime::from_hms_opt(11, 20, 0).unwrap(),
            },
            Notification::QueueTransferred {
                number: "A10999".into(),
                was: "B10999".into(),
                zone: "Wartebereich im Lichthof, 2. Obergeschoss".into(),
                office: "Fachdienst Zuwanderung und Staatsangehörigkeit, Außenstelle Nord–West".into(),
            },
        ];
        for sensitive in [false, true] {
            all.push(Notification::BookingConfirmed { visit: long_visit(sensitive), link: link() });
            for code_stays in [false, true] {
                all.push(Notification::BookingMoved {
                    visit: long_visit(sensitive),
                    was: at(15, 9, 40),
                    code_stays,
                    link: link(),
                });
            }
            all.push(Notification::Reminder { visit: long_visit(sensitive) });
            all.push(Notification::EarlyReminder { visit: long_visit(sensitive) });
        }
        let replies = [
            Reply::Help { telephone: telephone(), privacy_link: link() },
            Reply::Appointments { lines: vec![], total: 0, begun: false },
            Reply::Appointments { lines: vec![long_line()], total: 1, begun: true },
            Reply::Appointments { lines: vec![long_line(); 5], total: 17, begun: false },
            Reply::ConfirmCancel { line: long_line() },
            Reply::PickCancel { lines: vec![long_line(); 2] },
            Reply::PickCancel { lines: vec![long_line(); 5] },
            Reply::PickMove { lines: vec![long_line(); 5] },
            Reply::PickService { options: vec![long_name(); 3], privacy_link: link() },
            Reply::OtherService { link: link() },
            Reply::NoService { link: link() },
            Reply::PickOffice { options: vec![long_name(); 5] },
            Reply::PickSlot { place: None, lines: vec![long_slot(); 3], gone: false },
            Reply::PickSlot { place: Some(long_name()), lines: vec![long_slot(); 3], gone: false },
            Reply::PickSlot { place: None, lines: vec![long_slot(); 3], gone: true },
            Reply::NoSlots { link: link() },
            Reply::ConfirmSlot { line: long_slot(), was: None, minutes: 10 },
            Reply::ConfirmSlot { line: long_slot(), was: Some(at(15, 9, 40)), minutes: 10 },
            Reply::Stopped,
            Reply::TooManyOpen { open: 2, telephone: telephone() },
            Reply::SameService { starts: at(14, 10, 20) },
            Reply::CannotMove { telephone: telephone() },
            Reply::OfferGone,
            Reply::OfferDeclined,
            Reply::Cancelled { starts: at(14, 10, 20) },
            Reply::Kept { starts: at(14, 10, 20) },
            Reply::CannotCancel { telephone: telephone() },
            Reply::NothingOpen { link: link() },
            Reply::Arrived {
                number: "AB999".into(),
                zone: "Wartebereich im Lichthof, 2. Obergeschoss".into(),
                too_late: false,
                at: None,
            },
            Reply::Arrived {
                number: "AB999".into(),
                zone: "Wartebereich im Lichthof, 2. Obergeschoss".into(),
                too_late: true,
                at: NaiveTime::from_hms_opt(10, 20, 0),
            },
            Reply::IsHere {
                number: "AB999".into(),
                zone: "Wartebereich im Lichthof, 2. Obergeschoss".into(),
                telephone: telephone(),
            },
            Reply::CannotArrive { line: long_line() },
            Reply::OptedOut,
            Reply::OptedIn,
            Reply::NotUnderstood { choices: None, yes_or_no: true, telephone: Some(telephone()) },
            Reply::NotUnderstood { choices: Some(5), yes_or_no: false, telephone: Some(telephone()) },
            Reply::TooLate { telephone: telephone() },
        ];
        all.extend(replies.map(|reply| Notification::InboundReply { reply }));
        all
    }

    #[test]
    fn every_kind_in_every_language_is_one_gsm_segment_with_the_longest_values() {
        let all = longest();
        for kind in Kind::ALL {
            assert!(all.iter().any(|n| n.kind() == kind), "no sample of {kind:?}");
        }
        for language in Language::ALL {
            for notification in &all {
                let text = render(notification, language);
                let size = measure(&text);
                assert_eq!(
                    (size.encoding, size.segments),
                    (Encoding::Gsm7, 1),
                    "{} septets, {language:?} {notification:?}: {text}",
                    size.units
                );
                assert!(!text.contains("  ") && !text.contains(" ,") && !text.trim().is_empty(), "{text}");
            }
        }
    }

    #[test]
    fn the_confirmation_always_keeps_time_code_and_link() {
        for language in Language::ALL {
            for sensitive in [false, true] {
                let visit = long_visit(sensitive);
                let link = LONG_LINK.to_owned();
                let text = render(&Notification::BookingConfirmed { visit, link }, language);
                assert!(text.contains("10:20") && text.contains("4829-1376"), "{text}");
                assert!(text.contains("/t/7FQ2MKD9TR"), "{text}");
            }
        }
    }

    #[test]
    fn a_sensitive_office_is_never_named() {
        for language in Language::ALL {
            for notification in longest() {
                let (Notification::BookingConfirmed { ref visit, .. }
                | Notification::BookingMoved { ref visit, .. }
                | Notification::Reminder { ref visit, .. }
                | Notification::EarlyReminder { ref visit }) = notification
                else {
                    continue;
                };
                if visit.sensitive {
                    let text = render(&notification, language);
                    assert!(!text.contains("Zuwanderung") && !text.contains("Fachdienst"), "{text}");
                }
            }
        }
    }

    #[test]
    fn the_german_texts_are_those_of_the_design() {
        let de = |n: Notification| render(&n, Language::De);
        assert_eq!(
            de(Notification::BookingConfirmed { visit: visit(), link: LINK.into() }),
            "Termin bestätigt: Mo 14.09. 10:20 Uhr, Bürgeramt Mitte, Rathausplatz 1. Check-in-Code 4829-1376. \
             Absagen: Antwort STORNO. t.stadt.de/7FQ2MKD9TR"
        );
        assert_eq!(
            de(Notification::BookingConfirmed {
                visit: Visit { sensitive: true, entrance: Some("Eingang B".into()), ..visit() },
                link: LINK.into()
            }),
            "Termin bestätigt: Mo 14.09. 10:20 Uhr, Rathausplatz 1, Eingang B. Check-in-Code 4829-1376. \
             Absagen: Antwort STORNO. t.stadt.de/7FQ2MKD9TR"
        );
        assert_eq!(
            de(Notification::BookingMoved {
                visit: Visit { starts: at(15, 9, 40), ..visit() },
                was: at(14, 10, 20),
                code_stays: true,
                link: LINK.into()
            }),
            "Neuer Termin: Di 15.09. 09:40 statt Mo 14.09. 10:20 Uhr, Bürgeramt Mitte. Code bleibt 4829-1376. \
             Absagen: Antwort STORNO. t.stadt.de/7FQ2MKD9TR"
        );
        assert_eq!(
            de(Notification::Reminder { visit: visit() }),
            "Erinnerung: Morgen, Mo 14.09. 10:20 Uhr, Bürgeramt Mitte, Rathausplatz 1, Code 4829-1376. \
             Ausweis mitbringen. Keine Zeit? STORNO antworten, andere warten."
        );
        assert_eq!(
            de(Notification::QueueCalled { number: "B012".into(), counter: "3".into() }),
            "Nr. B012: Bitte jetzt zu Platz 3."
        );
        assert_eq!(
            de(Notification::VerificationCode { code: "482913".into(), host: "termine.stadt.de".into() }),
            "Ihr Code: 482913. Gültig 10 Min. Nicht weitergeben.\n\n@termine.stadt.de #482913"
        );
    }

    #[test]
    fn a_counter_with_its_own_word_is_not_called_platz_twice() {
        for (counter, said) in
            [("Platz 3", "zu Platz 3."), ("7", "zu Platz 7."), ("Zimmer 12", "zu Zimmer 12.")]
        {
            let call = Notification::QueueCalled { number: "B012".into(), counter: counter.into() };
            assert!(render(&call, Language::De).ends_with(said));
        }
    }

    #[test]
    fn what_is_offered_can_be_told_apart() {
        let names =
            ["Beglaubigung von Kopien bis 5 Seiten", "Beglaubigung von Kopien 6 bis 20 Seiten", "Reisepass"];
        let names = names.map(str::to_owned);
        assert_eq!(told_apart(&names, 40), Some(names.to_vec()));
        let short = ["Beglaubigung .. bis 5.", "Beglaubigung .. 6 bis 20.", "Reisepass"];
        assert_eq!(told_apart(&names, 26), Some(short.map(str::to_owned).to_vec()));
        assert_eq!(told_apart(&names, 14), None);
        let offered = [
            "Personalausweis beantragen",
            "Personalausweis für Kinder unter 16 Jahren",
            "Reisepass beantragen",
        ];
        let asked = Reply::PickService {
            options: offered.map(str::to_owned).to_vec(),
            privacy_link: LONG_LINK.into(),
        };
        let text = render(&Notification::InboundReply { reply: asked }, Language::De);
        assert!(text.contains("1) Personalausweis beantragen 2) Personalausweis"), "{text}");
        assert!(!text.contains("2) Personalausweis. "), "{text}");
        let same =
            vec![line("Rathaus"), AppointmentLine { check_in_code: "1111-2222".into(), ..line("Rathaus") }];
        for language in Language::ALL {
            let asked = Reply::PickCancel { lines: same.clone() };
            let text = render(&Notification::InboundReply { reply: asked }, language);
            assert!(text.contains("4829") && text.contains("1111"), "{text}");
            let other = vec![line("Rathaus"), line("Bürgerhaus")];
            let asked = Reply::PickCancel { lines: other };
            let text = render(&Notification::InboundReply { reply: asked }, language);
            assert!(!text.contains("4829"), "{text}");
        }
    }

    #[test]
    fn the_first_question_says_how_to_have_no_more_of_them() {
        let options = ["Personalausweis beantragen", "Reisepass beantragen", "Wohnsitz ummelden"];
        let options = options.map(str::to_owned).to_vec();
        let asked = Reply::PickService { options, privacy_link: "https://t.stadt.de/ds".into() };
        for language in Language::ALL {
            let text = render(&Notification::InboundReply { reply: asked.clone() }, language);
            assert!(text.contains("HALT") && text.contains("t.stadt.de/ds"), "{text}");
        }
    }

    #[test]
    fn names_are_cut_at_a_word() {
        assert_eq!(shortened("Bürgeramt Mitte", 20), "Bürgeramt Mitte");
        assert_eq!(shortened("Bürgeramt Neustadt Süd", 20), "Bürgeramt Neustadt.");
        assert_eq!(shortened("Staatsangehörigkeitsangelegenheiten", 10), "Staatsang.");
    }
}
