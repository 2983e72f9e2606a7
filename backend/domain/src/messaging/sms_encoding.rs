//! How many parts an SMS costs: GSM 03.38 septets with the extension table, UCS-2 otherwise, exact segment count,
//! and the replacement of typographic characters that would silently triple the price.

/// The alphabet a text is sent in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// GSM 03.38: 160 septets alone, 153 per part.
    Gsm7,
    /// UCS-2: 70 units alone, 67 per part.
    Ucs2,
}

/// What a text needs on the air.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// The alphabet.
    pub encoding: Encoding,
    /// Septets or UTF-16 units.
    pub units: usize,
    /// Parts the provider bills; at least one.
    pub segments: u32,
}

/// Characters of one septet. The escape (0x1B) itself is no character.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡\
                     ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// Characters of two septets: an escape and one more.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// The size of a text, exactly as providers count it: neither an escape pair nor a surrogate pair straddles a part.
pub fn measure(text: &str) -> Size {
    let widths: Option<Vec<usize>> = text.chars().map(septets).collect();
    match widths {
        Some(widths) => size(Encoding::Gsm7, &widths, 160, 153),
        None => {
            let widths: Vec<usize> = text.chars().map(char::len_utf16).collect();
            size(Encoding::Ucs2, &widths, 70, 67)
        }
    }
}

/// Whether a text is one GSM-7 segment: the bar for every text of ours.
pub fn is_one_segment(text: &str) -> bool {
    let size = measure(text);
    size.encoding == Encoding::Gsm7 && size.segments == 1
}

/// The text with typographic and decorated characters replaced by their nearest GSM-7 ones.
///
/// Characters without a near one (emoji, other scripts) stay: dropping them could change the meaning.
pub fn normalise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match replacement(c) {
            Some(nearest) => out.push_str(nearest),
            None if c == '\u{308}' => umlaut_last(&mut out),
            None => out.push(c),
        }
    }
    out
}

fn size(encoding: Encoding, widths: &[usize], alone: usize, per_part: usize) -> Size {
    let units = widths.iter().sum();
    if units <= alone {
        return Size { encoding, units, segments: 1 };
    }
    let mut segments = 1;
    let mut used = 0;
    for width in widths {
        if used + width > per_part {
            segments += 1;
            used = 0;
        }
        used += width;
    }
    Size { encoding, units, segments }
}

fn septets(c: char) -> Option<usize> {
    if BASIC.contains(c) {
        Some(1)
    } else if EXTENSION.contains(c) {
        Some(2)
    } else {
        None
    }
}

/// A letter followed by a combining diaeresis, as some keyboards send umlauts.
fn umlaut_last(out: &mut String) {
    let composed = match out.pop() {
        Some('a') => 'ä',
        Some('o') => 'ö',
        Some('u') => 'ü',
        Some('A') => 'Ä',
        Some('O') => 'Ö',
        Some('U') => 'Ü',
        Some(other) => other,
        None => return,
    };
    out.push(composed);
}

fn replacement(c: char) -> Option<&'static str> {
    Some(match c {
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' | '\t' => " ",
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => "",
        '\u{2010}'..='\u{2015}' | '\u{2212}' => "-",
        '„' | '“' | '”' | '‟' | '«' | '»' | '″' => "\"",
        '‚' | '‘' | '’' | '‛' | '‹' | '›' | '′' | '`' | '´' => "'",
        '…' => "...",
        '•' | '·' => "-",
        'ẞ' => "SS",
        'á' | 'â' | 'ã' | 'ā' | 'ă' | 'ą' => "a",
        'Á' | 'À' | 'Â' | 'Ã' | 'Ā' | 'Ă' | 'Ą' => "A",
        'ç' | 'ć' | 'č' => "c",
        'Ć' | 'Č' => "C",
        'ď' | 'đ' => "d",
        'Ď' | 'Đ' => "D",
        'ê' | 'ë' | 'ē' | 'ę' | 'ě' => "e",
        'È' | 'Ê' | 'Ë' | 'Ē' | 'Ę' | 'Ě' => "E",
        'ğ' => "g",
        'Ğ' => "G",
        'í' | 'î' | 'ï' | 'ī' | 'ı' => "i",
        'Í' | 'Ì' | 'Î' | 'Ï' | 'Ī' | 'İ' => "I",
        'ł' => "l",
        'Ł' => "L",
        'ń' | 'ň' => "n",
        'Ń' | 'Ň' => "N",
        'ó' | 'ô' | 'õ' | 'ō' => "o",
        'ő' => "ö",
        'Ó' | 'Ò' | 'Ô' | 'Õ' | 'Ō' => "O",
        'Ő' => "Ö",
        'ř' => "r",
        'Ř' => "R",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'Ś' | 'Š' | 'Ş' | 'Ș' => "S",
        'ť' | 'ţ' | 'ț' => "t",
        'Ť' | 'Ţ' | 'Ț' => "T",
        'ú' | 'û' | 'ū' | 'ů' => "u",
        'ű' => "ü",
        'Ú' | 'Ù' | 'Û' | 'Ū' | 'Ů' => "U",
        'Ű' => "Ü",
        'ý' | 'ÿ' => "y",
        'Ý' => "Y",
        'ź' | 'ż' | 'ž' => "z",
        'Ź' | 'Ż' | 'Ž' => "Z",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alphabet_has_its_127_characters_and_ten_extensions() {
        assert_eq!(BASIC.chars().count(), 127);
        assert_eq!(EXTENSION.chars().count(), 10);
    }

    #[test]
    fn german_letters_cost_one_septet_and_the_euro_two() {
        assert_eq!(measure("äöüÄÖÜß§"), Size { encoding: Encoding::Gsm7, units: 8, segments: 1 });
        assert_eq!(measure("5 €").units, 4);
    }

    #[test]
    fn the_borders_of_one_and_two_parts_are_exact() {
        assert_eq!(measure(&"a".repeat(160)).segments, 1);
        assert_eq!(measure(&"a".repeat(161)).segments, 2);
        assert_eq!(measure(&"a".repeat(306)).segments, 2);
        assert_eq!(measure(&"a".repeat(307)).segments, 3);
        assert_eq!(measure(&"ş".repeat(70)).segments, 1);
        assert_eq!(measure(&"ş".repeat(71)).segments, 2);
        assert_eq!(measure(&"ş".repeat(135)).segments, 3);
    }

    #[test]
    fn an_escape_pair_does_not_straddle_a_part() {
        let text = format!("{}€{}", "a".repeat(152), "b".repeat(152));
        assert_eq!(measure(&text), Size { encoding: Encoding::Gsm7, units: 306, segments: 3 });
    }

    #[test]
    fn a_surrogate_pair_does_not_straddle_a_part() {
        let text = format!("{}😀{}", "ş".repeat(66), "ş".repeat(66));
        assert_eq!(measure(&text), Size { encoding: Encoding::Ucs2, units: 134, segments: 3 });
    }

    #[test]
    fn typography_becomes_plain_and_stays_one_segment() {
        let plain = normalise("„Café“ – Straße\u{a0}5 … Yılmaz u\u{308}ber");
        assert_eq!(plain, "\"Café\" - Straße 5 ... Yilmaz über");
        assert!(is_one_segment(&plain));
    }

    /// `vectors.json` was written by Python from the table of 3GPP TS 23.038 by positions: the text as septets or UTF-16 units,
    /// cut where a part is full, but never behind an escape or the first half of a surrogate pair.
    #[test]
    fn texts_are_as_long_as_a_second_implementation_says() {
        let all: Vec<(String, String, usize, u32)> =
            serde_json::from_str(include_str!("sms_encoding/vectors.json")).unwrap();
        assert!(all.len() >= 250, "{}", all.len());
        for (text, encoding, units, segments) in all {
            let encoding = if encoding == "gsm7" { Encoding::Gsm7 } else { Encoding::Ucs2 };
            assert_eq!(measure(&text), Size { encoding, units, segments }, "{text:?}");
        }
    }

    #[test]
    fn emoji_are_kept_because_dropping_them_could_change_the_meaning() {
        assert_eq!(normalise("👍"), "👍");
    }
}
