//! The three secrets of an appointment: check-in code, link token and verification code.
//!
//! They are made from random bytes that the caller hands in; here is only their shape.

use thiserror::Error;

/// The check-in code (Terminnummer): seven digits and a Damm check digit, valid at one office on one day.
///
/// A slip of a finger, or two digits swapped, is caught before anything is looked up (H. M. Damm, 2004).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CheckInCode(u32);

/// Why something typed is not a check-in code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CheckInCodeRefused {
    /// It holds something else than digits, spaces and dashes.
    #[error("a check-in code has digits only")]
    NotDigits,
    /// It does not have eight digits.
    #[error("a check-in code has eight digits")]
    WrongLength,
    /// The check digit does not fit the others: a typing slip.
    #[error("the check digit does not fit")]
    WrongCheckDigit,
}

impl CheckInCode {
    /// A code out of 64 random bits.
    pub fn from_random(random: u64) -> Self {
        let body = u32::try_from(random % 10_000_000).expect("less than ten million");
        Self(body * 10 + u32::from(damm(&digits(body))))
    }

    /// Reads what was typed; spaces and dashes do not matter.
    pub fn parse(typed: &str) -> Result<Self, CheckInCodeRefused> {
        let mut number = 0_u32;
        let mut count = 0;
        for character in typed.chars().filter(|character| !is_filler(*character)) {
            let digit = character.to_digit(10).ok_or(CheckInCodeRefused::NotDigits)?;
            count += 1;
            if count > 8 {
                return Err(CheckInCodeRefused::WrongLength);
            }
            number = number * 10 + digit;
        }
        if count != 8 {
            return Err(CheckInCodeRefused::WrongLength);
        }
        let code = Self(number);
        if damm(&code.digits()) == 0 { Ok(code) } else { Err(CheckInCodeRefused::WrongCheckDigit) }
    }

    /// The eight digits without a dash: how it is stored.
    pub fn compact(self) -> String {
        format!("{:08}", self.0)
    }

    fn digits(self) -> [u8; 8] {
        let mut all = [0; 8];
        all[..7].copy_from_slice(&digits(self.0 / 10));
        all[7] = (self.0 % 10) as u8;
        all
    }
}

impl std::fmt::Display for CheckInCode {
    /// As it is shown: 4829-1376.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:04}", self.0 / 10_000, self.0 % 10_000)
    }
}

impl std::fmt::Debug for CheckInCode {
    /// Not the whole code: logs must not let anybody in.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CheckInCode(…{:02})", self.0 % 100)
    }
}

/// What people and scanners put between digits: spaces of any kind and dashes of any length.
fn is_filler(character: char) -> bool {
    character.is_whitespace() || matches!(character, '-' | '.' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

fn digits(body: u32) -> [u8; 7] {
    let mut digits = [0; 7];
    let mut rest = body;
    for digit in digits.iter_mut().rev() {
        *digit = (rest % 10) as u8;
        rest /= 10;
    }
    digits
}

/// The totally anti-symmetric quasigroup of order 10 with zeros on its diagonal.
const DAMM: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

/// The interim digit after all digits; 0 when the last one is the right check digit.
fn damm(digits: &[u8]) -> u8 {
    digits.iter().fold(0, |interim, digit| DAMM[usize::from(interim)][usize::from(*digit)])
}

/// The secret in the citizen's link: letters and digits that nobody mistakes for another.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct LinkToken(String);

/// Something that cannot be a link token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a link token")]
pub struct NotALinkToken;

impl LinkToken {
    /// Ten characters of thirty: 49 bits, short enough for an SMS.
    pub const LENGTH: usize = 10;
    /// Digits and letters without 0 o, 1 i l, and u that is read as v.
    const ALPHABET: &[u8; 30] = b"23456789abcdefghjkmnpqrstvwxyz";

    /// A token out of 128 random bits.
    pub fn from_random(random: [u8; 16]) -> Self {
        // 30^10 divides 2^128 but for a part in 10^23, so no character is likelier than another.
        let mut rest = u128::from_le_bytes(random);
        let mut token = String::with_capacity(Self::LENGTH);
        for _ in 0..Self::LENGTH {
            let at = usize::try_from(rest % 30).expect("less than thirty");
            token.push(char::from(Self::ALPHABET[at]));
            rest /= 30;
        }
        Self(token)
    }

    /// Reads a token; capitals do not matter.
    pub fn parse(text: &str) -> Result<Self, NotALinkToken> {
        let token = text.trim().to_ascii_lowercase();
        let fits = token.len() == Self::LENGTH && token.bytes().all(|byte| Self::ALPHABET.contains(&byte));
        if fits { Ok(Self(token)) } else { Err(NotALinkToken) }
    }

    /// The secret itself, to be put into a link or hashed.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LinkToken(…)")
    }
}

/// The six digits sent by SMS to prove that a mobile number is one's own.
#[derive(Clone, PartialEq, Eq)]
pub struct VerificationCode(String);

/// Something typed that cannot be a verification code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a verification code has six digits")]
pub struct NotAVerificationCode;

impl VerificationCode {
    /// A code out of 64 random bits.
    pub fn from_random(random: u64) -> Self {
        Self(format!("{:06}", random % 1_000_000))
    }

    /// Reads what was typed; spaces and dashes do not matter.
    pub fn parse(typed: &str) -> Result<Self, NotAVerificationCode> {
        let code: String = typed.chars().filter(|character| !is_filler(*character)).collect();
        let fits = code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
        if fits { Ok(Self(code)) } else { Err(NotAVerificationCode) }
    }

    /// The secret itself, to be sent or hashed.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for VerificationCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("VerificationCode(…)")
    }
}
