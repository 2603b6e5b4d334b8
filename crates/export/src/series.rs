//! The names of several files.

use std::path::{Path, PathBuf};

/// The names of the files that the flows are split into: `flows.csv` becomes `flows.0.csv`, `flows.1.csv` and so on.
#[derive(Clone, Debug)]
pub(crate) struct FileSeries {
    path: PathBuf,
    /// 0: no name is used twice.
    rotate_files: u64,
    next: u64,
}

impl FileSeries {
    pub(crate) fn new(path: PathBuf, rotate_files: u64) -> Self {
        Self {
            path,
            rotate_files,
            next: 0,
        }
    }

    /// The name of the next file.
    pub(crate) fn next_path(&mut self) -> PathBuf {
        let index = self
            .next
            .checked_rem(self.rotate_files)
            .unwrap_or(self.next);
        self.next += 1;
        numbered(&self.path, index)
    }
}

/// The path with a number before its extension, or at the end where it has none.
fn numbered(path: &Path, index: u64) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!(".{index}"));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_stands_before_the_extension() {
        for (path, expected) in [
            ("flows.csv", "flows.7.csv"),
            ("flows", "flows.7"),
            ("/csv/x.pcap.csv", "/csv/x.pcap.7.csv"),
            ("out/.flows", "out/.flows.7"),
            ("a.csv/flows", "a.csv/flows.7"),
            ("flows.", "flows.7."),
        ] {
            assert_eq!(numbered(Path::new(path), 7), Path::new(expected));
        }
    }

    #[test]
    fn numbers_start_again_where_files_are_rotated() {
        let names = |rotate_files| {
            let mut series = FileSeries::new("f.csv".into(), rotate_files);
            [(); 4].map(|()| series.next_path().display().to_string())
        };
        assert_eq!(names(0), ["f.0.csv", "f.1.csv", "f.2.csv", "f.3.csv"]);
        assert_eq!(names(3), ["f.0.csv", "f.1.csv", "f.2.csv", "f.0.csv"]);
        assert_eq!(names(1), ["f.0.csv", "f.0.csv", "f.0.csv", "f.0.csv"]);
    }
}
