//! What only one process may do, and what only the owner may read.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

use crate::id::RequestKey;
use crate::journal::JournalError;

/// The right of one process to be at a request. The operating system takes it back when the process dies, however it dies.
#[derive(Debug)]
pub struct Claim {
    _file: File,
}

impl Claim {
    pub(super) fn take(folder: &Path, key: &RequestKey) -> Result<Claim, JournalError> {
        let locks = folder.join("locks");
        make_private_folder(&locks)?;
        let path = locks.join(key.lock_file());
        let file = open_private(&path).map_err(|e| unusable(&path, &e))?;
        match file.try_lock() {
            Ok(()) => Ok(Claim { _file: file }),
            Err(TryLockError::WouldBlock) => Err(JournalError::Claimed { key: key.to_string() }),
            Err(TryLockError::Error(error)) => Err(unusable(&path, &error)),
        }
    }
}

/// Makes a folder that nobody else may enter; one that exists stays as it is.
pub(super) fn make_private_folder(path: &Path) -> Result<(), JournalError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|e| unusable(path, &e))
}

/// Refuses a journal that is empty although requests were made in its folder: what it knew is lost, and must not be taken for nothing.
pub(super) fn refuse_emptied(folder: &Path, path: &Path) -> Result<(), JournalError> {
    let empty = path.metadata().is_ok_and(|file| file.len() == 0);
    let used = fs::read_dir(folder.join("locks")).is_ok_and(|mut locks| locks.next().is_some());
    if empty && used {
        return Err(JournalError::Damaged {
            path: path.to_owned(),
            reason: "it is empty, although requests were made in this folder".into(),
        });
    }
    Ok(())
}

/// Makes an empty file that nobody else may read, and takes others' rights to one that exists.
pub(super) fn make_private_file(path: &Path) -> Result<(), JournalError> {
    let file = open_private(path).map_err(|e| unusable(path, &e))?;
    restrict(&file).map_err(|e| unusable(path, &e))
}

fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(unix)]
fn restrict(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn restrict(_: &File) -> io::Result<()> {
    Ok(())
}

fn unusable(path: &Path, error: &io::Error) -> JournalError {
    match error.kind() {
        io::ErrorKind::StorageFull => JournalError::Full(path.to_owned()),
        _ => JournalError::Unusable {
            path: path.to_owned(),
            reason: error.to_string(),
        },
    }
}
