//! Snapshot files: read whole or not at all, written whole or not at all.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use jiff::Timestamp;

/// Most bytes of a snapshot once it is uncompressed: what would be larger is taken for a trap.
pub const LARGEST: u64 = 4 << 30;
/// The name that means standard input.
const STDIN: &str = "-";
const GZIP: &[u8] = b"\x1f\x8b";
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";

/// Why a snapshot file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It can't be opened or read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is compressed, but not whole.
    #[error("cannot uncompress {} ({kind}): {source}; it is damaged or was cut off", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How it is compressed.
        kind: &'static str,
        /// What the decompressor says.
        source: io::Error,
    },
    /// It is larger than any honest snapshot.
    #[error("{} holds more than {most} bytes uncompressed; no snapshot is as large", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Most bytes that are read.
        most: u64,
    },
    /// It can't be written. What was there before is still there.
    #[error("cannot write {}: {source}; nothing was changed", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// The uncompressed bytes of a file, or of standard input for `-`. Gzip and zstd are told by their first bytes.
pub fn load(path: &Path) -> Result<Vec<u8>, StoreError> {
    load_at_most(path, LARGEST)
}

/// The same, with another limit on the uncompressed size in bytes.
pub fn load_at_most(path: &Path, most: u64) -> Result<Vec<u8>, StoreError> {
    let failed = |source| StoreError::Read {
        path: path.to_owned(),
        source,
    };
    let raw = if path == Path::new(STDIN) {
        take(io::stdin().lock(), most, 0)
    } else {
        File::open(path).and_then(|file| {
            let size = file.metadata().map_or(0, |meta| meta.len());
            take(file, most, size)
        })
    };
    let raw = raw.map_err(failed)?;
    let unpacked = match raw.get(..4) {
        Some(start) if start.starts_with(ZSTD) => Some(("zstd", unzstd(&raw, most))),
        Some(start) if start.starts_with(GZIP) => Some(("gzip", take(MultiGzDecoder::new(&raw[..]), most, 0))),
        _ => None,
    };
    let bytes = match unpacked {
        None => raw,
        Some((_, Ok(bytes))) => bytes,
        Some((kind, Err(source))) => {
            return Err(StoreError::Damaged {
                path: path.to_owned(),
                kind,
                source,
            });
        }
    };
    if bytes.len() as u64 > most {
        return Err(StoreError::TooLarge {
            path: path.to_owned(),
            most,
        });
    }
    Ok(bytes)
}

fn unzstd(raw: &[u8], most: u64) -> io::Result<Vec<u8>> {
    take(zstd::Decoder::with_buffer(raw)?, most, 0)
}

/// Reads to the end, but stops as soon as it is too much.
fn take(from: impl Read, most: u64, expected: u64) -> io::Result<Vec<u8>> {
    let expected = usize::try_from(expected.min(most)).unwrap_or(0);
    let mut bytes = Vec::with_capacity(expected.saturating_add(1));
    from.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Writes a document so that a reader sees the whole old file or the whole new one. Names that end in `.zst` or `.gz` are compressed.
pub fn save(path: &Path, document: &[u8]) -> Result<(), StoreError> {
    let written = match std::fs::metadata(path) {
        // Devices and pipes can't be replaced, and must not be.
        Ok(meta) if !meta.is_file() => File::create(path).and_then(|file| pack(path, document, file).map(drop)),
        // A link goes on pointing at its target.
        Ok(_) => path.canonicalize().and_then(|path| replace(&path, document)),
        Err(_) => replace(path, document),
    };
    written.map_err(|source| StoreError::Write {
        path: path.to_owned(),
        source,
    })
}

fn replace(path: &Path, document: &[u8]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".gpu-place-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As for any new file: what the user's mask leaves of it.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    pack(path, document, file.as_file_mut())?.sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    // The new name has to last, too. Not every system can sync a folder.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// Writes a document the way the file's name asks for.
fn pack<W: Write>(path: &Path, document: &[u8], mut file: W) -> io::Result<W> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("zst") => {
            let mut encoder = zstd::Encoder::new(file, 9)?;
            encoder.include_checksum(true)?;
            encoder.write_all(document)?;
            encoder.finish()
        }
        Some("gz") => {
            let mut encoder = GzEncoder::new(file, Compression::default());
            encoder.write_all(document)?;
            encoder.finish()
        }
        _ => file.write_all(document).map(|()| file),
    }
}

/// How old a snapshot is, or why that is too old or unknown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AgeError {
    /// It states no time, and one is needed.
    #[error("the snapshot states no time (taken_at), so it may be older than {}; record it again", in_words(*.most))]
    NotStated {
        /// The age that was allowed.
        most: Duration,
    },
    /// It is older than allowed.
    #[error("the snapshot is {} old, and at most {} are allowed; record it again", in_words(*.age), in_words(*.most))]
    TooOld {
        /// Its age.
        age: Duration,
        /// The age that was allowed.
        most: Duration,
    },
}

/// The age of a snapshot that states this time; `None` where it states none that can be read. One from the future is new.
pub fn age(taken_at: Option<&str>, now: Timestamp) -> Option<Duration> {
    let taken: Timestamp = taken_at?.trim().parse().ok()?;
    Some(Duration::try_from(now.duration_since(taken)).unwrap_or_default())
}

/// Refuses a snapshot that is, or may be, older than allowed.
pub fn check_age(taken_at: Option<&str>, now: Timestamp, most: Duration) -> Result<Duration, AgeError> {
    match age(taken_at, now) {
        None => Err(AgeError::NotStated { most }),
        Some(age) if age > most => Err(AgeError::TooOld { age, most }),
        Some(age) => Ok(age),
    }
}

/// A duration in its largest unit and the next, for a person.
fn in_words(duration: Duration) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let seconds = duration.as_secs();
    let largest = UNITS
        .iter()
        .position(|(size, _)| seconds >= *size)
        .unwrap_or(UNITS.len() - 1);
    let mut rest = seconds;
    let mut words = Vec::new();
    for (size, unit) in UNITS.iter().skip(largest).take(2) {
        let count = rest / size;
        rest %= size;
        if count > 0 || words.is_empty() {
            words.push(format!("{count} {unit}{}", if count == 1 { "" } else { "s" }));
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = b"{\"hostnodes\":[]}";

    #[test]
    fn what_is_saved_is_loaded_whatever_the_name() {
        let folder = tempfile::tempdir().unwrap();
        for (name, magic) in [("a.json", &b"{"[..]), ("a.json.gz", GZIP), ("a.json.zst", ZSTD)] {
            let path = folder.path().join(name);
            std::fs::write(&path, b"old").unwrap();
            save(&path, TEXT).unwrap();
            assert!(std::fs::read(&path).unwrap().starts_with(magic), "{name}");
            assert_eq!(load(&path).unwrap(), TEXT);
            // The bytes tell, not the name.
            let renamed = folder.path().join("b.json");
            std::fs::rename(&path, &renamed).unwrap();
            assert_eq!(load(&renamed).unwrap(), TEXT);
            std::fs::remove_file(renamed).unwrap();
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_bomb_is_defused() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["bomb.gz", "bomb.zst", "bomb.json"] {
            let path = folder.path().join(name);
            save(&path, &vec![b' '; 1 << 20]).unwrap();
            assert!(
                matches!(load_at_most(&path, 1000), Err(StoreError::TooLarge { most: 1000, .. })),
                "{name}"
            );
            assert_eq!(load_at_most(&path, 1 << 20).unwrap().len(), 1 << 20);
        }
    }

    #[test]
    fn a_cut_file_is_told() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["cut.gz", "cut.zst"] {
            let path = folder.path().join(name);
            save(&path, &TEXT.repeat(100)).unwrap();
            let whole = std::fs::read(&path).unwrap();
            std::fs::write(&path, &whole[..whole.len() - 9]).unwrap();
            assert!(matches!(load(&path), Err(StoreError::Damaged { .. })), "{name}");
        }
        let missing = load(&folder.path().join("none")).unwrap_err().to_string();
        assert!(missing.starts_with("cannot read ") && missing.contains("none"));
    }

    #[test]
    fn a_failed_write_leaves_everything_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("no such folder").join("a.json");
        assert!(matches!(save(&path, TEXT), Err(StoreError::Write { .. })));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn devices_are_written_to_and_links_followed() {
        save(Path::new("/dev/null"), TEXT).unwrap();
        assert!(!std::fs::metadata("/dev/null").unwrap().is_file());
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        std::fs::write(&target, b"old").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        save(&link, TEXT).unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), TEXT);
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn an_age_is_told_or_refused() {
        let now: Timestamp = "2026-11-23T12:10:00Z".parse().unwrap();
        let most = Duration::from_secs(600);
        assert_eq!(check_age(Some("2026-11-23T12:00:00Z"), now, most), Ok(most));
        assert_eq!(
            check_age(Some("2026-11-23T14:05:00+02:00"), now, most),
            Ok(Duration::from_secs(300))
        );
        assert_eq!(age(Some("2027-01-01T00:00:00Z"), now), Some(Duration::ZERO));
        let old = check_age(Some("2026-11-23T11:59:59Z"), now, most).unwrap_err();
        assert_eq!(
            old.to_string(),
            "the snapshot is 10 minutes 1 second old, and at most 10 minutes are allowed; record it again"
        );
        assert!(matches!(
            check_age(Some("yesterday"), now, most),
            Err(AgeError::NotStated { .. })
        ));
    }
}
