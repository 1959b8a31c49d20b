//! SQLite's errors, told apart by what to do about them.

use std::path::Path;

use rusqlite::{Error, ErrorCode};

use crate::journal::JournalError;

/// What an error means for the user of this file.
pub(super) fn explain(error: Error, path: &Path) -> JournalError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => JournalError::Full(path),
        Some(_) if is_busy(&error) => JournalError::Busy(path),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => damaged(path, &error),
        None => damaged(path, &error),
        Some(_) => JournalError::Unusable {
            path,
            reason: error.to_string(),
        },
    }
}

/// Whether other processes are in the way.
pub(super) fn is_busy(error: &Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

fn damaged(path: std::path::PathBuf, error: &Error) -> JournalError {
    JournalError::Damaged {
        path,
        reason: error.to_string(),
    }
}

/// An entry that no version of this program writes.
pub(super) fn odd(column: &str, found: impl std::fmt::Display) -> Error {
    let reason = format!("column {column} holds `{found}`");
    Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, reason.into())
}
