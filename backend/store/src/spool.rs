//! A file for what must not be lost while the database is away: each record is sealed and on the disk before it counts as
//! kept. One process holds a file at a time; what a killed one left behind is taken over by the next.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::StoreError;
use crate::sealed::Sealer;

const PURPOSE: &str = "spool";
/// As many processes of one machine may hold a file at the same time.
const FILES: u32 = 64;
/// A record begins with a mark, by which it is found behind damaged bytes, and the length of what follows.
const HEAD: u64 = 8;
const MARK: [u8; 4] = *b"LoSR";
/// The file of what could not be dealt with.
const ASIDE: &str = "set-aside";
/// No record is longer; a length above it is a torn one.
const LARGEST: u64 = 1024 * 1024;

/// Why a record was not kept.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// There is no room for it.
    #[error("the spool is full")]
    Full,
    /// The disk refused.
    #[error("the spool cannot be written")]
    Io(#[from] io::Error),
    /// It cannot be sealed.
    #[error("the record cannot be sealed")]
    Sealed(#[source] StoreError),
}

/// One file of records, held by this process; clones are the same file.
#[derive(Clone, Debug)]
pub struct Spool(Arc<Mutex<Held>>);

#[derive(Debug)]
struct Held {
    file: File,
    path: PathBuf,
    limit: u64,
    /// Whole records end here.
    end: u64,
    /// What lies before has been dealt with.
    done: u64,
    /// Where records begin that could not be put aside: the disk had no room. The file keeps them until it has.
    kept_back: Vec<u64>,
}

/// A whole record: where it begins, what it holds, and where the next one begins.
struct Record {
    at: u64,
    sealed: Vec<u8>,
    next: u64,
}

/// The oldest record that has not been dealt with.
#[derive(Debug)]
pub enum Oldest<T> {
    /// It can be read.
    Whole(T),
    /// Another key, or a broken disk: nobody will ever read it.
    Unreadable,
}

impl Spool {
    /// The first file in the folder that nobody holds, with what was left in it.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub fn open(folder: &Path, limit: u64) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        for number in 1..=FILES {
            if let Some(held) = Held::take(folder.join(format!("spool-{number}")), true, limit)? {
                File::open(folder)?.sync_all()?;
                return Ok(Self(Arc::new(Mutex::new(held))));
            }
        }
        Err(io::Error::other("all files of the spool are in use"))
    }

    /// The files in the folder with records of processes that are gone.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn left_behind(folder: &Path) -> io::Result<Vec<Self>> {
        let mut found = Vec::new();
        for number in 1..=FILES {
            let path = folder.join(format!("spool-{number}"));
            if std::fs::metadata(&path).is_ok_and(|file| file.len() > 0)
                && let Some(held) = Held::take(path, false, 0)?
            {
                found.push(Self(Arc::new(Mutex::new(held))));
            }
        }
        Ok(found)
    }

    /// Whether everything in it has been dealt with.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let held = self.held();
        held.done == held.end
    }

    /// How many bytes wait in it.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let held = self.held();
        held.end - held.done
    }

    /// Keeps a record; when this returns, it is on the disk. Blocks while the disk works.
    ///
    /// # Errors
    /// When there is no room or the disk refuses; nothing was kept then.
    pub fn append<T: Serialize>(
        &self,
        sealer: &Sealer,
        nonce: [u8; 12],
        record: &T,
    ) -> Result<(), SpoolError> {
        let sealed = sealer.seal(record, nonce, PURPOSE).map_err(SpoolError::Sealed)?;
        let length = u32::try_from(sealed.len()).map_err(|_| SpoolError::Full)?;
        let mut bytes = MARK.to_vec();
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&sealed);
        self.held().append(&bytes)
    }

    /// The oldest record that has not been dealt with; it stays until [`Spool::settle`].
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn oldest<T: DeserializeOwned>(&self, sealer: &Sealer) -> io::Result<Option<Oldest<T>>> {
        let Some(record) = self.held().oldest()? else { return Ok(None) };
        Ok(Some(sealer.open(&record.sealed, PURPOSE).map_or(Oldest::Unreadable, Oldest::Whole)))
    }

    /// The oldest record has been dealt with. A process that ends before the last one deals with all of them again.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn settle(&self) -> io::Result<()> {
        self.held().settle()
    }

    /// The oldest record cannot be dealt with: it is put beside the others, sealed as it is, for people to look at. Where
    /// the disk has no room for that, it stays where it is and lets those behind it pass.
    ///
    /// # Errors
    /// When the disk refuses to read.
    pub fn set_aside(&self) -> io::Result<()> {
        let mut held = self.held();
        let Some(record) = held.oldest()? else { return Ok(()) };
        if let Err(error) = held.put_aside(&record.sealed) {
            tracing::error!(%error, "a record of the spool cannot be put aside yet");
            held.kept_back.push(record.at);
        }
        held.settle()
    }

    /// Puts aside what could not be put aside before.
    ///
    /// # Errors
    /// When the disk still refuses; they stay.
    pub fn set_aside_kept_back(&self) -> io::Result<()> {
        let mut held = self.held();
        while let Some(at) = held.kept_back.last().copied() {
            if let Some(record) = held.record_at(at)? {
                held.put_aside(&record.sealed)?;
            }
            held.kept_back.pop();
        }
        held.empty_when_done()
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Takes a file for this process; nothing when another one holds it.
    fn take(path: PathBuf, create: bool, limit: u64) -> io::Result<Option<Self>> {
        let file = OpenOptions::new().read(true).write(true).create(create).mode(0o600).open(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Ok(None),
            Err(std::fs::TryLockError::Error(error)) => return Err(error),
        }
        let length = file.metadata()?.len();
        let mut held = Self { file, path, limit, end: length, done: 0, kept_back: Vec::new() };
        held.find_whole_ones(length)?;
        Ok(Some(held))
    }

    /// Finds where the whole records end. What is damaged is put aside: between them, and at the end the last one, which
    /// was being written when the process was killed.
    fn find_whole_ones(&mut self, length: u64) -> io::Result<()> {
        let mut end = 0;
        while let Some(record) = self.whole_from(end)? {
            if record.at > end {
                tracing::error!(bytes = record.at - end, path = %self.path.display(), "the spool is damaged");
                self.put_range_aside(end, record.at)?;
            }
            end = record.next;
        }
        if end < length {
            tracing::error!(bytes = length - end, path = %self.path.display(), "the last record of the spool is torn");
            self.put_range_aside(end, length)?;
            self.file.set_len(end)?;
        }
        self.end = end;
        Ok(())
    }

    /// The first whole record from there on.
    fn whole_from(&self, at: u64) -> io::Result<Option<Record>> {
        if let Some(record) = self.record_at(at)?
            && self.first_in(&record.sealed, at + HEAD)?.is_none()
        {
            return Ok(Some(record));
        }
        let from = at + 1;
        let mut rest = vec![0; usize::try_from(self.end.saturating_sub(from)).unwrap_or_default()];
        self.file.read_exact_at(&mut rest, from)?;
        self.first_in(&rest, from)
    }

    /// The first record that begins in these bytes of the file. One that begins inside another says that the other's length
    /// is wrong.
    fn first_in(&self, bytes: &[u8], at: u64) -> io::Result<Option<Record>> {
        for (offset, _) in bytes.windows(MARK.len()).enumerate().filter(|(_, some)| *some == MARK) {
            if let Some(record) = self.record_at(at + offset as u64)? {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    /// A whole record that begins there.
    fn record_at(&self, at: u64) -> io::Result<Option<Record>> {
        if at + HEAD > self.end {
            return Ok(None);
        }
        let mut head = [0; HEAD as usize];
        self.file.read_exact_at(&mut head, at)?;
        let [m, a, r, k, length @ ..] = head;
        let length = u64::from(u32::from_le_bytes(length));
        let next = at + HEAD + length;
        if [m, a, r, k] != MARK || length == 0 || length > LARGEST || next > self.end {
            return Ok(None);
        }
        let mut sealed = vec![0; usize::try_from(length).unwrap_or_default()];
        self.file.read_exact_at(&mut sealed, at + HEAD)?;
        Ok(Some(Record { at, sealed, next }))
    }

    fn put_range_aside(&self, from: u64, until: u64) -> io::Result<()> {
        let mut bytes = vec![0; usize::try_from(until - from).unwrap_or_default()];
        self.file.read_exact_at(&mut bytes, from)?;
        self.put_aside(&bytes)
    }

    fn put_aside(&self, bytes: &[u8]) -> io::Result<()> {
        let path = self.path.with_file_name(ASIDE);
        let mut aside = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
        let before = aside.metadata()?.len();
        let mut record = u32::try_from(bytes.len()).unwrap_or_default().to_le_bytes().to_vec();
        record.extend_from_slice(bytes);
        let written = aside.write_all(&record).and_then(|()| aside.sync_data());
        if written.is_err() {
            drop(aside.set_len(before));
        }
        written
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), SpoolError> {
        let end = self.end + bytes.len() as u64;
        if end > self.limit || bytes.len() as u64 > LARGEST {
            return Err(SpoolError::Full);
        }
        let written = self.file.write_all_at(bytes, self.end).and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            // What is behind the end is overwritten by the next record, or found torn after a restart.
            drop(self.file.set_len(self.end));
            return Err(error.into());
        }
        self.end = end;
        Ok(())
    }

    fn oldest(&self) -> io::Result<Option<Record>> {
        self.whole_from(self.done)
    }

    fn settle(&mut self) -> io::Result<()> {
        if let Some(record) = self.oldest()? {
            self.done = record.next;
        }
        self.empty_when_done()
    }

    fn empty_when_done(&mut self) -> io::Result<()> {
        if self.done == self.end && self.kept_back.is_empty() {
            self.file.set_len(0)?;
            self.file.sync_data()?;
            (self.done, self.end) = (0, 0);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: u64 = 10_000;

    fn sealer() -> Sealer {
        Sealer::new(&[7; 32])
    }

    fn keep(spool: &Spool, text: &str) {
        spool.append(&sealer(), [1; 12], &text).expect("it is kept");
    }

    /// Everything in it that can be read, in its order; afterwards it is empty.
    fn drained(spool: &Spool) -> Vec<String> {
        let mut all = Vec::new();
        while let Some(oldest) = spool.oldest::<String>(&sealer()).expect("it can be read") {
            let end = match oldest {
                Oldest::Whole(text) => {
                    all.push(text);
                    Spool::settle
                }
                Oldest::Unreadable => Spool::set_aside,
            };
            end(spool).expect("it can be written");
        }
        all
    }

    #[test]
    fn what_was_kept_comes_back_in_its_order_and_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let spool = Spool::open(folder.path(), ROOM).expect("it opens");
        for text in ["one", "two", "three"] {
            keep(&spool, text);
        }
        assert!(!spool.is_empty());
        assert_eq!(drained(&spool), ["one", "two", "three"]);
        assert!(spool.is_empty());
        keep(&spool, "four");
        assert_eq!(drained(&spool), ["four"]);
    }

    #[test]
    fn what_cannot_be_dealt_with_is_kept_beside_the_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let spool = Spool::open(folder.path(), ROOM).expect("it opens");
        for text in ["one", "two", "three"] {
            keep(&spool, text);
        }
        spool.set_aside().expect("it is put aside");
        assert_eq!(drained(&spool), ["two", "three"]);
        let aside = std::fs::read(folder.path().join(ASIDE)).expect("a file");
        let text: String = sealer().open(&aside[4..], PURPOSE).expect("it can be opened");
        assert_eq!(text, "one");
        spool.set_aside().expect("there is nothing to put aside");
        assert_eq!(std::fs::read(folder.path().join(ASIDE)).expect("a file").len(), aside.len());
    }

    #[test]
    fn the_next_process_takes_over_and_two_never_hold_the_same_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = Spool::open(folder.path(), ROOM).expect("it opens");
        keep(&first, "of the first");
        let second = Spool::open(folder.path(), ROOM).expect("a file of its own");
        assert!(second.is_empty());
        assert!(Spool::left_behind(folder.path()).expect("a list").is_empty(), "the first one lives");
        drop(first);
        let orphans = Spool::left_behind(folder.path()).expect("a list");
        assert_eq!(orphans.len(), 1);
        assert_eq!(drained(&orphans[0]), ["of the first"]);
    }

    #[test]
    fn a_torn_record_at_the_end_is_skipped_wherever_it_was_torn() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("spool-1");
        let spool = Spool::open(folder.path(), ROOM).expect("it opens");
        keep(&spool, "whole");
        let whole = std::fs::metadata(&path).expect("a file").len();
        keep(&spool, "torn");
        let all = std::fs::read(&path).expect("it can be read");
        drop(spool);
        for length in whole..all.len() as u64 {
            std::fs::write(&path, &all[..usize::try_from(length).expect("small")])
                .expect("it can be written");
            let spool = Spool::open(folder.path(), ROOM).expect("it opens");
            keep(&spool, "new");
            assert_eq!(drained(&spool), ["whole", "new"], "torn at {length}");
        }
    }

    #[test]
    fn what_lies_behind_damaged_bytes_is_found_and_they_are_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("spool-1");
        let spool = Spool::open(folder.path(), ROOM).expect("it opens");
        for text in ["one", "two", "three"] {
            keep(&spool, text);
        }
        let all = std::fs::read(&path).expect("it can be read");
        drop(spool);
        let record = all.len() / 3;
        // Each bit of the head and of what follows, of the first and of the second record.
        for (at, left) in
            (0..20).map(|at| (at, ["two", "three"])).chain((0..20).map(|at| (record + at, ["one", "three"])))
        {
            let mut damaged = all.clone();
            damaged[at] ^= 0x10;
            std::fs::write(&path, &damaged).expect("it can be written");
            let aside = folder.path().join(ASIDE);
            drop(std::fs::remove_file(&aside));
            let spool = Spool::open(folder.path(), ROOM).expect("it opens");
            assert_eq!(drained(&spool), left, "damaged at {at}");
            assert!(aside.exists() && spool.is_empty(), "damaged at {at}");
        }
    }

    #[test]
    fn what_cannot_be_put_aside_lets_the_others_pass_and_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let spool = Spool::open(folder.path(), ROOM).expect("it opens");
        for text in ["one", "two"] {
            keep(&spool, text);
        }
        let aside = folder.path().join(ASIDE);
        std::os::unix::fs::symlink("/dev/full", &aside).expect("a link");
        spool.set_aside().expect("it lets the others pass");
        assert_eq!(drained(&spool), ["two"]);
        assert!(spool.is_empty() && spool.set_aside_kept_back().is_err());
        keep(&spool, "three");
        assert_eq!(drained(&spool), ["three"]);
        std::fs::remove_file(&aside).expect("it can be removed");
        spool.set_aside_kept_back().expect("there is room again");
        let kept = std::fs::read(&aside).expect("a file");
        let text: String = sealer().open(&kept[4..], PURPOSE).expect("it can be opened");
        assert_eq!(text, "one");
        assert_eq!(std::fs::metadata(folder.path().join("spool-1")).expect("a file").len(), 0);
    }

    #[test]
    fn a_full_spool_refuses_and_keeps_what_it_has() {
        let folder = tempfile::tempdir().expect("a folder");
        let spool = Spool::open(folder.path(), 100).expect("it opens");
        keep(&spool, "fits");
        let refused = spool.append(&sealer(), [1; 12], &"x".repeat(100));
        assert!(matches!(refused, Err(SpoolError::Full)));
        assert_eq!(drained(&spool), ["fits"]);
    }

    #[test]
    fn a_disk_that_is_full_refuses_each_record() {
        let folder = tempfile::tempdir().expect("a folder");
        std::os::unix::fs::symlink("/dev/full", folder.path().join("spool-1")).expect("a link");
        let spool = Spool::open(folder.path(), ROOM).expect("it opens");
        for _ in 0..2 {
            let refused = spool.append(&sealer(), [1; 12], &"anything");
            assert!(matches!(refused, Err(SpoolError::Io(_))), "{refused:?}");
        }
        assert!(spool.is_empty());
    }

    #[test]
    fn nobody_else_reads_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let spool = Spool::open(&folder.path().join("spool"), ROOM).expect("it opens");
        keep(&spool, "0171 3920012");
        let path = folder.path().join("spool/spool-1");
        let mode = std::fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let bytes = std::fs::read(&path).expect("root reads it");
        assert!(!String::from_utf8_lossy(&bytes).contains("39200"));
        let other = Sealer::new(&[8; 32]);
        assert!(matches!(spool.oldest::<String>(&other), Ok(Some(Oldest::Unreadable))));
    }
}
