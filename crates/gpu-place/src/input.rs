//! Files that a user names: read whole, within bounds, with errors that name them.

use std::io::Read;
use std::path::Path;

use gpu_place_core::fleet_file;
use gpu_place_core::request::Request;

use crate::failure::Failure;

/// No text file that a user writes is larger than this.
const MOST_BYTES: u64 = 64 << 20;

/// The text of a file, or of standard input for `-`.
pub fn text(path: &Path) -> Result<String, Failure> {
    let shown = path.display();
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(MOST_BYTES + 1).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_string(&mut text))
    };
    match read {
        Ok(n) if n as u64 > MOST_BYTES => Err(Failure::could_not(format!("{shown} is larger than {} MiB", MOST_BYTES >> 20))),
        Ok(_) => Ok(text),
        Err(e) => Err(Failure::could_not(format!("cannot read {shown}: {e}"))),
    }
}

/// A fleet file, checked.
pub fn fleet_file(path: &Path) -> Result<Request, Failure> {
    let name = if path == Path::new("-") { "standard input".into() } else { path.display().to_string() };
    fleet_file::read(&text(path)?, &name).map_err(|e| Failure::bad_input(e.to_string()))
}
