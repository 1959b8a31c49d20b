//! The journal: what was intended, written before it is tried, and what is known of it since.
//!
//! [`Journal`] is the boundary behind which a shared database fits; [`SqliteJournal`] is the store of one machine. A journal holds no
//! token, no key and no cloud-init. Money is promised in the same transaction as the intent, so that no two processes can promise
//! the same dollar.

mod book;
mod error;
mod record;
mod sqlite;

pub use book::Book;
pub use error::JournalError;
pub use record::{
    Attempt, AttemptState, Change, Deal, Ending, Opening, Over, Purse, Removal, RequestId, Reservation, SetAside,
    Stamp, Why,
};
pub use sqlite::{Claim, SqliteJournal};

use gpu_place_core::money::Money;

use crate::id::AttemptName;

/// Where a buyer writes down what it is about to do, and what came of it.
///
/// Each method is one transaction: done whole or not at all, and on disk when it returns, but for [`Journal::sending`].
pub trait Journal {
    /// Opens a request, before anything is bought for it.
    fn open(&mut self, opening: &Opening) -> Result<Book, JournalError>;

    /// Takes an unfinished request up again, as a new run of it.
    fn resume(&mut self, request: RequestId) -> Result<Book, JournalError>;

    /// Writes down a new attempt and promises its price, if the purse has room for it.
    fn intend(&mut self, request: RequestId, attempt: &Attempt, purse: &Purse) -> Result<Reservation, JournalError>;

    /// Notes that the create of an attempt is being sent now. The note survives this process; the machine's end it may not survive,
    /// which is why [`Attempt::boot`] is kept as well.
    fn sending(&mut self, attempt: &AttemptName) -> Result<(), JournalError>;

    /// Writes down what an instance really costs; says whether the purse has room for that.
    fn granted(
        &mut self,
        request: RequestId,
        attempt: &AttemptName,
        rate: Money,
        purse: &Purse,
    ) -> Result<Reservation, JournalError>;

    /// Writes down what has become known, all of it or nothing.
    fn record(&mut self, request: RequestId, changes: &[Change]) -> Result<(), JournalError>;
}
