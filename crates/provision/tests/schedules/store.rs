//! A journal in memory that can fail, lose what was not synced, and be taken over after a crash. In some schedules every write goes to a
//! real one as well, which has to come out the same.

use std::cell::RefCell;
use std::rc::Rc;

use gpu_place_core::money::Money;
use gpu_place_provision::id::{AttemptName, RequestKey};
use gpu_place_provision::journal::{
    Attempt, AttemptState, Book, Change, Journal, JournalError, Opening, Purse, RequestId, Reservation, SqliteJournal,
};

/// What a write meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Nothing: it works.
    Works,
    /// The disk is full: nothing is written.
    Full,
    /// It is written, and yet an error is reported.
    Torn,
}

/// What is on disk.
#[derive(Debug, Default)]
pub struct Disk {
    pub books: Vec<(RequestKey, Book)>,
    /// Notes that the machine's end would lose.
    unsynced: Vec<AttemptName>,
    /// A real journal that is written alongside.
    pub real: Option<SqliteJournal>,
}

impl Disk {
    pub fn book(&self, request: RequestId) -> Option<&Book> {
        self.books
            .iter()
            .map(|(_, book)| book)
            .find(|book| book.request == request)
    }

    fn book_mut(&mut self, request: RequestId) -> Option<&mut Book> {
        self.books
            .iter_mut()
            .map(|(_, book)| book)
            .find(|book| book.request == request)
    }

    pub fn unfinished(&self, key: &RequestKey) -> Option<RequestId> {
        let mut books = self.books.iter();
        books
            .find(|(k, book)| k == key && !book.ended)
            .map(|(_, book)| book.request)
    }

    pub fn attempt(&self, name: &str) -> Option<(RequestId, &Attempt)> {
        self.books.iter().find_map(|(_, book)| {
            let attempt = book.attempts.iter().find(|attempt| attempt.name.as_str() == name)?;
            Some((book.request, attempt))
        })
    }

    /// The machine ends: what was not synced is gone.
    pub fn power_loss(&mut self) {
        let lost = std::mem::take(&mut self.unsynced);
        for (_, book) in &mut self.books {
            for attempt in &mut book.attempts {
                if lost.contains(&attempt.name) && attempt.state == AttemptState::Sent && !attempt.lost {
                    attempt.state = AttemptState::Intended;
                }
            }
        }
    }

    /// Writes to the real journal too, where there is one, and holds what it has against what is in memory.
    fn write_alongside<T: PartialEq + std::fmt::Debug>(
        &mut self,
        write: impl FnOnce(&mut SqliteJournal) -> Result<T, JournalError>,
        expected: &T,
    ) {
        let Some(real) = &mut self.real else { return };
        assert_eq!(write(real).as_ref(), Ok(expected));
        for (_, book) in &self.books {
            assert_eq!(real.book(book.request).as_ref(), Ok(book));
        }
        assert_eq!(
            real.running_cost(),
            Ok(self.books.iter().map(|(_, book)| book.price()).sum())
        );
    }

    fn everything(&self) -> Money {
        self.books.iter().map(|(_, book)| book.price()).sum()
    }
}

/// One process's handle on the disk.
#[derive(Debug, Clone)]
pub struct Store {
    pub disk: Rc<RefCell<Disk>>,
    /// What the next write meets.
    pub fate: Fate,
}

impl Store {
    fn write<T: PartialEq + std::fmt::Debug>(
        &mut self,
        real: impl FnOnce(&mut SqliteJournal) -> Result<T, JournalError>,
        work: impl FnOnce(&mut Disk) -> T,
    ) -> Result<T, JournalError> {
        let fate = std::mem::replace(&mut self.fate, Fate::Works);
        if fate == Fate::Full {
            return Err(JournalError::Full("memory".into()));
        }
        let mut disk = self.disk.borrow_mut();
        let result = work(&mut disk);
        disk.unsynced.clear();
        disk.write_alongside(real, &result);
        match fate {
            Fate::Torn => Err(JournalError::Unusable {
                path: "memory".into(),
                reason: "written, or not".into(),
            }),
            _ => Ok(result),
        }
    }
}

impl Journal for Store {
    fn open(&mut self, opening: &Opening) -> Result<Book, JournalError> {
        self.write(
            |real| real.open(opening),
            |disk| {
                let mut agreed = opening.agreed.clone();
                agreed.sort();
                let book = Book {
                    request: RequestId(disk.books.len() as i64 + 1),
                    run: 1,
                    agreed,
                    attempts: Vec::new(),
                    removals: Vec::new(),
                    ended: false,
                };
                disk.books.push((opening.key.clone(), book.clone()));
                book
            },
        )
    }

    fn resume(&mut self, request: RequestId) -> Result<Book, JournalError> {
        self.write(
            |real| real.resume(request),
            |disk| {
                let book = disk.book_mut(request).expect("a known request");
                book.run += 1;
                book.clone()
            },
        )
    }

    fn intend(&mut self, request: RequestId, attempt: &Attempt, purse: &Purse) -> Result<Reservation, JournalError> {
        self.write(
            |real| real.intend(request, attempt, purse),
            |disk| {
                let everything = disk.everything() + attempt.price();
                let book = disk.book_mut(request).expect("a known request");
                let reservation = purse.admits(book.price() + attempt.price(), everything);
                if reservation == Reservation::Held {
                    book.intend(attempt.clone());
                }
                reservation
            },
        )
    }

    fn sending(&mut self, attempt: &AttemptName) -> Result<(), JournalError> {
        self.write(
            |real| real.sending(attempt),
            |disk| {
                for (_, book) in &mut disk.books {
                    book.sending(attempt);
                }
            },
        )?;
        self.disk.borrow_mut().unsynced.push(attempt.clone());
        Ok(())
    }

    fn granted(
        &mut self,
        request: RequestId,
        attempt: &AttemptName,
        rate: Money,
        purse: &Purse,
    ) -> Result<Reservation, JournalError> {
        self.write(
            |real| real.granted(request, attempt, rate, purse),
            |disk| {
                let book = disk.book_mut(request).expect("a known request");
                book.granted(attempt, rate);
                let price = book.price();
                purse.admits(price, disk.everything())
            },
        )
    }

    fn record(&mut self, request: RequestId, changes: &[Change]) -> Result<(), JournalError> {
        self.write(
            |real| real.record(request, changes),
            |disk| {
                let book = disk.book_mut(request).expect("a known request");
                changes.iter().for_each(|change| book.apply(change));
            },
        )
    }
}
