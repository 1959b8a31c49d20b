//! Fleet files with mistakes, and what is said about them: one file per kind of mistake in `fleet_file/`, its messages beside it.

use std::fs;
use std::path::Path;

use expect_test::expect_file;
use gpu_place_core::fleet_file;

#[test]
fn mistakes_are_told_as_recorded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fleet_file");
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e != "txt"))
        .collect();
    files.sort();
    assert!(files.len() > 15, "the cases are in {}", folder.display());
    for path in files {
        let name = path.file_name().unwrap().to_str().unwrap();
        let error = fleet_file::read(&fs::read_to_string(&path).unwrap(), name).expect_err(name);
        expect_file![folder.join(format!("{name}.txt"))].assert_eq(&format!("{error}\n"));
    }
}
