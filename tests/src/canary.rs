//! A canary: somebody whose number, name and mailbox may be found nowhere but in sealed columns and on the far side of the
//! network; and the searcher that finds them however they are written.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// First name and surname.
pub const NAME: &str = "Kunigunde Canarova";
/// The number, as a form shows it.
pub const PHONE: &str = "0171 3920068";
/// The mailbox, at a domain of the family's own.
pub const EMAIL: &str = "kunigunde@canarova.example";
/// The address.
pub const ADDRESS: &str = "Canarovaweg 1, 12345 Musterstadt";

/// The number as people type it.
pub const SPELLINGS: [&str; 9] = [
    PHONE,
    "01713920068",
    "0171/39 200 68",
    "(0171) 3920-068",
    "+491713920068",
    "+49 171 39 200 68",
    "0049 171 3920068",
    "00491713920068",
    "491713920068",
];

/// What is in every spelling, without what stands between letters and digits.
const PLAIN: [&str; 3] = ["1713920068", "kunigunde", "canarova"];
/// What may stand packed into something else.
const PACKED: [&str; 5] = ["1713920068", "Kunigunde", "Canarova", "kunigunde", "canarova"];

/// Every line of a text that names the canary, as `place: line`.
pub fn found_in(place: &str, text: &str) -> Vec<String> {
    let packed: Vec<String> = PACKED.iter().flat_map(|it| packed(it)).collect();
    let names_it = |line: &&str| {
        let plain = squeezed(line);
        PLAIN.iter().any(|it| plain.contains(it)) || packed.iter().any(|it| line.contains(it.as_str()))
    };
    let shown = |line: &str| format!("{place}: {}", line.chars().take(300).collect::<String>());
    text.lines().filter(names_it).map(shown).collect()
}

/// The same of every file in a folder and the folders in it.
pub fn found_in_files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(found_in_files(&path));
        } else {
            let bytes = std::fs::read(&path).unwrap_or_default();
            let name = path.display().to_string();
            found.extend(found_in(&name, &name));
            found.extend(found_in(&name, &String::from_utf8_lossy(&bytes)));
        }
    }
    found
}

/// Only letters and digits, small, with what an address spells in percents read.
fn squeezed(line: &str) -> String {
    let mut read = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('%') {
        read.push_str(before);
        let code = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code.filter(u8::is_ascii) {
            Some(byte) => {
                read.push(char::from(byte));
                rest = &after[2..];
            }
            None => rest = after,
        }
    }
    read.push_str(rest);
    read.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A word in hexadecimal digits, and in base64 wherever it begins in what was packed.
fn packed(word: &str) -> Vec<String> {
    let hex: String = word.bytes().map(|byte| format!("{byte:02x}")).collect();
    let inside = |before: usize| {
        let all = [vec![0; before], word.as_bytes().to_vec()].concat();
        // Only the digits that are made of nothing but the word.
        let (first, last) = ((before * 8).div_ceil(6), all.len() * 8 / 6);
        STANDARD.encode(all)[first..last].to_owned()
    };
    [vec![hex], (0..3).map(inside).collect()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_canary_is_found_however_it_is_written() {
        let url_safe = base64::engine::general_purpose::URL_SAFE_NO_PAD;
        let mut planted: Vec<String> = SPELLINGS.map(str::to_owned).to_vec();
        planted.extend([NAME, EMAIL, ADDRESS, "CANAROVA", "kunigunde"].map(str::to_owned));
        planted.push("GET /search?q=%2B49%20171%20392%2000%2068".to_owned());
        planted.push("KUNIGUNDE%20X".to_owned());
        planted.push(format!(
            "\\x{}",
            "Tel 01713920068".bytes().map(|it| format!("{it:02x}")).collect::<String>()
        ));
        for before in ["", "a", "ab", "abc"] {
            planted.push(STANDARD.encode(format!("{before}{NAME}!")));
            planted.push(url_safe.encode(format!("{before}+491713920068 ruft an")));
        }
        for one in planted {
            let text = format!("all is well\nsomething: {one} (and more)\nall is well");
            assert_eq!(found_in("here", &text).len(), 1, "{one}");
        }
    }

    #[test]
    fn others_are_not_taken_for_the_canary() {
        let others = "0171 3920069\n…0068\n0171 •••••68\nk•••••@•••••.example\n100 % 1\n50%\n%zz%C3%A4";
        assert_eq!(found_in("here", others), Vec::<String>::new());
    }

    #[test]
    fn it_is_found_in_a_file_and_in_its_name() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("below")).unwrap();
        std::fs::write(
            folder.path().join("below").join("log"),
            [b"\xFF\x00 x ".as_slice(), NAME.as_bytes()].concat(),
        )
        .unwrap();
        std::fs::write(folder.path().join("canarova"), "nothing").unwrap();
        assert_eq!(found_in_files(folder.path()).len(), 2);
    }
}
