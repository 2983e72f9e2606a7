//! The texts on the simulated phones, in memory and, where wanted, in an append-only file.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::Path;

use chrono::{DateTime, Utc};
use domain::contact::PhoneNumber;
use domain::messaging::attempt::Outgoing;
use domain::messaging::delivery::{Receipt, merge};
use serde::{Deserialize, Serialize};

/// Texts a phone keeps; older ones are forgotten, as on old phones.
const MOST_TEXTS: usize = 200;

/// Who wrote a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The town.
    ToPhone,
    /// The person with the phone.
    FromPhone,
}

/// One text on a phone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// Its id; also the reference of the message at this "provider".
    pub id: String,
    /// Whose phone.
    pub number: PhoneNumber,
    /// Who wrote it.
    pub direction: Direction,
    /// What it says.
    pub body: String,
    /// When.
    pub at: DateTime<Utc>,
    /// How far it got; `None` for what the person wrote.
    pub state: Option<Receipt>,
}

/// Shows neither the number nor the text.
impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Text({})", self.id)
    }
}

/// A phone in the list of phones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phone {
    /// Its number.
    pub number: PhoneNumber,
    /// When its last text came or went.
    pub last_at: DateTime<Utc>,
    /// The last text.
    pub preview: String,
    /// How many texts it has.
    pub texts: usize,
}

/// A line of the file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Text(Text),
    State { number: PhoneNumber, id: String, state: Receipt },
}

#[derive(Default)]
pub(super) struct Phones {
    /// By number in E.164 form.
    phones: BTreeMap<String, Vec<Text>>,
    last_id: u64,
    file: Option<File>,
}

/// Shows no number.
impl std::fmt::Debug for Phones {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Phones({})", self.phones.len())
    }
}

impl Phones {
    pub(super) fn open(path: &Path) -> std::io::Result<Self> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let mut phones = Self::default();
        let mut torn = false;
        for line in BufReader::new(&file).lines() {
            match serde_json::from_str(&line?) {
                Ok(line) => phones.replay(line),
                Err(_) => torn = true,
            }
        }
        file.seek(SeekFrom::End(0))?;
        if torn {
            // A process that was killed while writing left half a line: end it, so that the next one stands alone.
            file.write_all(b"\n")?;
        }
        phones.file = Some(file);
        Ok(phones)
    }

    fn replay(&mut self, line: Line) {
        match line {
            Line::Text(text) => {
                let number = text.id.rsplit('-').next().and_then(|digits| digits.parse().ok());
                self.last_id = self.last_id.max(number.unwrap_or(0));
                self.put(text);
            }
            Line::State { number, id, state } => self.set_state(&number, &id, state),
        }
    }

    pub(super) fn receive(&mut self, outgoing: &Outgoing) -> Text {
        // The message's id makes the reference unique even when the file was thrown away and the database was not.
        let id = format!("SIM-{}-{}", outgoing.message, self.next_id());
        self.add(Text {
            id,
            number: outgoing.to.clone(),
            direction: Direction::ToPhone,
            body: outgoing.body.clone(),
            at: outgoing.at,
            state: Some(Receipt::Accepted),
        })
    }

    pub(super) fn write(&mut self, number: &PhoneNumber, body: &str, at: DateTime<Utc>) -> Text {
        let id = format!("SIM-{}-{}", at.timestamp_micros(), self.next_id());
        self.add(Text {
            id,
            number: number.clone(),
            direction: Direction::FromPhone,
            body: body.to_owned(),
            at,
            state: None,
        })
    }

    pub(super) fn mark(&mut self, number: &PhoneNumber, id: &str, state: Receipt) {
        self.set_state(number, id, state);
        self.keep(&Line::State { number: number.clone(), id: id.to_owned(), state });
    }

    pub(super) fn find(&self, outgoing: &Outgoing) -> Option<&Text> {
        let texts = self.phones.get(outgoing.to.e164())?;
        texts.iter().rev().find(|text| {
            text.direction == Direction::ToPhone && text.body == outgoing.body && text.at >= outgoing.at
        })
    }

    pub(super) fn all(&self) -> Vec<Phone> {
        let mut phones: Vec<Phone> = self
            .phones
            .values()
            .filter_map(|texts| {
                let last = texts.last()?;
                Some(Phone {
                    number: last.number.clone(),
                    last_at: last.at,
                    preview: last.body.clone(),
                    texts: texts.len(),
                })
            })
            .collect();
        phones.sort_by_key(|phone| std::cmp::Reverse(phone.last_at));
        phones
    }

    pub(super) fn texts(&self, number: &PhoneNumber) -> Vec<Text> {
        self.phones.get(number.e164()).cloned().unwrap_or_default()
    }

    fn add(&mut self, text: Text) -> Text {
        self.put(text.clone());
        self.keep(&Line::Text(text.clone()));
        text
    }

    fn put(&mut self, text: Text) {
        let texts = self.phones.entry(text.number.e164().to_owned()).or_default();
        texts.push(text);
        if texts.len() > MOST_TEXTS {
            texts.remove(0);
        }
    }

    fn set_state(&mut self, number: &PhoneNumber, id: &str, state: Receipt) {
        let texts = self.phones.get_mut(number.e164());
        if let Some(text) = texts.and_then(|texts| texts.iter_mut().rev().find(|text| text.id == id)) {
            text.state = Some(text.state.map_or(state, |known| merge(known, state)));
        }
    }

    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    fn keep(&mut self, line: &Line) {
        let Some(file) = &mut self.file else { return };
        let mut json = serde_json::to_string(line).expect("our own types have string keys only");
        json.push('\n');
        if let Err(error) = file.write_all(json.as_bytes()) {
            tracing::warn!(%error, "the simulated phones cannot be kept any more");
            self.file = None;
        }
    }
}
