//! Finding a service by everyday words ("Perso", "neuer Pass", "Umelden"), as people write them into an SMS. The pages search
//! by the same rules in `mobile/src/shared/find.ts`.

use std::cmp::Reverse;

/// A service as it is searched for.
#[derive(Clone, Debug)]
pub struct Searched<'a> {
    /// The word by which it is booked by SMS.
    pub sms_keyword: Option<&'a str>,
    /// Its names in all languages.
    pub names: Vec<&'a str>,
    /// Everyday words.
    pub keywords: Vec<&'a str>,
    /// Whether many ask for it.
    pub popular: bool,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The places in the list of what fits most of the words, best first.
    pub places: Vec<usize>,
    /// Whether all words that say something fit: then one that is found alone is what was meant.
    pub sure: bool,
}

/// Looks for what fits most of the words. A keyword for SMS decides alone. A word that fits nothing is looked for as
/// mistyped, and does not count if that fits nothing either; where most words fit nothing, something else is spoken of.
pub fn search(typed: &str, services: &[Searched<'_>]) -> Found {
    let all = words(typed);
    let matter: Vec<&String> = all.iter().filter(|word| !AROUND.contains(&word.as_str())).collect();
    let wanted = if matter.is_empty() { all.iter().collect() } else { matter };
    if let [only] = wanted.as_slice() {
        let named =
            |one: &Searched<'_>| one.sms_keyword.is_some_and(|keyword| words(keyword) == [only.as_str()]);
        if let Some(place) = services.iter().position(named) {
            return Found { places: vec![place], sure: true };
        }
    }
    let known: Vec<Known> = services.iter().map(Known::of).collect();
    let ranks: Vec<Vec<u32>> = wanted
        .iter()
        .map(|word| {
            let direct: Vec<u32> = known.iter().map(|of| of.rank(word)).collect();
            if direct.iter().any(|rank| *rank > 0) {
                return direct;
            }
            known.iter().map(|of| of.rank_mistyped(word)).collect()
        })
        .collect();
    let fitting = |place: usize| ranks.iter().filter(|of| of[place] > 0).count();
    let most = (0..services.len()).map(fitting).max().unwrap_or(0);
    if most == 0 || most * 2 < wanted.len() {
        return Found::default();
    }
    let score =
        |place: usize| ranks.iter().map(|of| of[place]).sum::<u32>() + u32::from(services[place].popular);
    let mut found: Vec<usize> = (0..services.len()).filter(|place| fitting(*place) == most).collect();
    found.sort_by_key(|place| (Reverse(score(*place)), *place));
    // One or two characters begin many a word.
    let is_whole = |(word, ranks): (&&String, &Vec<u32>)| {
        word.chars().count() > 2 || found.iter().all(|place| ranks[*place] == WHOLE)
    };
    let whole = wanted.iter().zip(&ranks).all(is_whole);
    Found { places: found, sure: most == wanted.len() && whole }
}

/// Whether two words are the same but for slips, at most as many as people make in a word of this length.
fn is_mistyped(typed: &str, word: &str) -> bool {
    let most = slips(plain(typed).chars().count());
    slips_between(typed, word) <= most
}

/// How many letters are left out, added, mistaken or swapped between two words.
pub fn slips_between(typed: &str, word: &str) -> usize {
    let letters = |text: &str| plain(text).chars().collect::<Vec<char>>();
    distance(&letters(typed), &letters(word))
}

/// Words around the matter that say nothing about it.
const AROUND: &[&str] = &[
    "ich",
    "wir",
    "brauche",
    "brauchen",
    "moechte",
    "moechten",
    "will",
    "wollen",
    "muss",
    "bitte",
    "hallo",
    "ein",
    "eine",
    "einen",
    "einer",
    "eines",
    "mein",
    "meine",
    "meinen",
    "meiner",
    "neu",
    "neue",
    "neuen",
    "neuer",
    "neues",
    "der",
    "die",
    "das",
    "den",
    "dem",
    "fuer",
    "und",
    "im",
    "in",
    "zu",
    "zum",
    "zur",
    "mit",
    "termin",
    "i",
    "we",
    "need",
    "want",
    "would",
    "like",
    "a",
    "an",
    "my",
    "new",
    "the",
    "for",
    "to",
    "please",
    "appointment",
    "book",
];

/// What a word counts that is one of the service's.
const WHOLE: u32 = 5;

struct Known {
    names: Vec<String>,
    words: Vec<String>,
}

impl Known {
    fn of(one: &Searched<'_>) -> Self {
        let texts = one.names.iter().chain(&one.keywords).copied().chain(one.sms_keyword);
        Self {
            names: one.names.iter().map(|name| plain(name)).collect(),
            words: texts.flat_map(words).collect(),
        }
    }

    /// The word itself, the beginning of the name or of a word, then anywhere; 0 is no match.
    fn rank(&self, wanted: &str) -> u32 {
        let any = |fits: &dyn Fn(&str) -> bool| self.words.iter().any(|word| fits(word));
        if any(&|word| word == wanted) {
            WHOLE
        } else if self.names.iter().any(|name| name.starts_with(wanted)) {
            4
        } else if any(&|word| word.starts_with(wanted)) {
            3
        } else {
            u32::from(wanted.len() > 2 && any(&|word| word.contains(wanted)))
        }
    }

    fn rank_mistyped(&self, wanted: &str) -> u32 {
        if self.words.iter().any(|word| is_mistyped(wanted, word)) {
            return 2;
        }
        let typed: Vec<char> = wanted.chars().collect();
        let begins = |word: &String| {
            let start: Vec<char> = word.chars().take(typed.len()).collect();
            distance(&typed, &start) <= 1
        };
        u32::from(typed.len() > 4 && self.words.iter().any(begins))
    }
}

fn slips(length: usize) -> usize {
    match length {
        0..4 => 0,
        4..8 => 1,
        _ => 2,
    }
}

fn words(text: &str) -> Vec<String> {
    let plain = plain(text);
    plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Small letters, umlauts written out, accents away as far as towns use them.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'ß' => out.push_str("ss"),
            'ä' => out.push_str("ae"),
            'ö' => out.push_str("oe"),
            'ü' => out.push_str("ue"),
            'á' | 'à' | 'â' => out.push('a'),
            'é' | 'è' | 'ê' => out.push('e'),
            'ç' => out.push('c'),
            'ı' => out.push('i'),
            'ş' => out.push('s'),
            'ğ' => out.push('g'),
            other => out.push(other),
        }
    }
    out
}

/// Letters left out, added, mistaken or swapped (the optimal string alignment of Damerau and Levenshtein).
fn distance(one: &[char], other: &[char]) -> usize {
    let mut rows: Vec<Vec<usize>> = vec![(0..=other.len()).collect()];
    for i in 1..=one.len() {
        let mut row = vec![i];
        for j in 1..=other.len() {
            let same = usize::from(one[i - 1] != other[j - 1]);
            let mut cost = (rows[i - 1][j] + 1).min(row[j - 1] + 1).min(rows[i - 1][j - 1] + same);
            if i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] {
                cost = cost.min(rows[i - 2][j - 2] + 1);
            }
            row.push(cost);
        }
        rows.push(row);
    }
    rows[one.len()][other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn services() -> Vec<Searched<'static>> {
        let one = |sms_keyword, name, keywords: &[&'static str], popular| Searched {
            sms_keyword: Some(sms_keyword),
            names: vec![name],
            keywords: keywords.to_vec(),
            popular,
        };
        vec![
            one("PERSO", "Personalausweis beantragen", &["Ausweis", "neuer Ausweis", "ID card"], true),
            one("ABHOLPA", "Personalausweis abholen", &["Perso abholen"], true),
            one("PASS", "Reisepass beantragen", &["Pass", "passport"], true),
            one("UM", "Wohnsitz ummelden", &["Umzug", "Ummeldung"], false),
        ]
    }

    #[test]
    fn everyday_words_slips_and_words_around_are_understood() {
        for (typed, first) in [
            ("PERSO", 0),
            ("neuer Pass", 2),
            ("ICH BRAUCHE EINEN AUSWEIS", 0),
            ("Perso abholen", 1),
            ("Umelden", 3),
            ("Presonalausweis", 0),
            ("reisepas", 2),
        ] {
            assert_eq!(search(typed, &services()).places.first(), Some(&first), "{typed}");
        }
        // The keyword alone decides, though other words begin like it.
        assert_eq!(search("pass", &services()), Found { places: vec![2], sure: true });
        for nothing in ["Xylophon", " ?! ", "bin ab morgen wieder im Umzug da"] {
            assert_eq!(search(nothing, &services()), Found::default(), "{nothing}");
        }
    }

    #[test]
    fn one_word_of_many_is_no_wish() {
        for (typed, sure) in [
            ("Umzug", true),
            ("ich brauche einen neuen Ausweis", true),
            ("bin Umzug", false),
            ("1", false),
            ("Ummeldung und Xylophon", false),
        ] {
            assert_eq!(search(typed, &services()).sure, sure, "{typed}");
        }
    }

    proptest! {
        #[test]
        fn any_text_finds_each_service_at_most_once(typed in "\\PC{0,60}") {
            let mut found = search(&typed, &services()).places;
            found.sort_unstable();
            found.dedup();
            prop_assert_eq!(found.len(), search(&typed, &services()).places.len());
        }

        #[test]
        fn a_word_is_not_far_from_itself_and_distances_are_symmetric(one in "[a-z]{0,9}", other in "[a-z]{0,9}") {
            let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
            prop_assert_eq!(distance(&one, &one), 0);
            prop_assert_eq!(distance(&one, &other), distance(&other, &one));
        }
    }
}
