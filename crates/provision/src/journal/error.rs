//! What can be wrong with a journal, and what to do about it.

use std::path::PathBuf;

/// Why a journal could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// No room to write.
    #[error("the disk is full: the journal `{0}` cannot be written. Free some space and run the same command again")]
    Full(PathBuf),
    /// Other processes hold it for too long.
    #[error("the journal `{0}` is held by another process. Wait for it to finish and run the same command again")]
    Busy(PathBuf),
    /// Not a journal, or damaged.
    #[error(
        "the journal `{path}` is damaged ({reason}). Look with your provider for instances whose names contain \
         `-gp-`, then move the file away or give another --state-dir"
    )]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Written by a later version.
    #[error(
        "the journal `{path}` has the format {found}, and this program knows {known} at most. Use the newer program, or give another \
         --state-dir"
    )]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format that is known.
        known: i64,
    },
    /// The state folder or file cannot be used.
    #[error(
        "the journal `{path}` cannot be used: {reason}. Check the folder and its permissions, or give another --state-dir"
    )]
    Unusable {
        /// Which file or folder.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Another live process is at the same request.
    #[error(
        "another process is at the same request ({key}). Wait for it to finish, or give this request a --request-id of its own"
    )]
    Claimed {
        /// The request's key.
        key: String,
    },
    /// The key belongs to an unfinished request of other words.
    #[error(
        "the request id `{key}` belongs to an unfinished request that asks for something else. Finish that one first, or give another --request-id"
    )]
    OtherWords {
        /// The request's key.
        key: String,
    },
    /// The journal speaks of another account or another API.
    #[error(
        "the journal holds open requests or running instances of {theirs}, and this is {ours}. Use that API and account again, or give \
         another --state-dir"
    )]
    OtherAccount {
        /// The API and account of the journal.
        theirs: String,
        /// The API and account at hand.
        ours: String,
    },
    /// It holds nothing by this name.
    #[error("the journal knows no {0}")]
    Unknown(String),
}
