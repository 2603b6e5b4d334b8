use super::*;

fn write(path: &Path, text: &str) -> Result<(), ExportError> {
    let mut output = FileOutput::create(path)?;
    output.write_all(text.as_bytes()).unwrap();
    output.finish()
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_file_gets_its_name_when_it_is_complete() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.csv");
    fs::write(&path, "old").unwrap();
    let mut output = FileOutput::create(&path).unwrap();
    output.write_all(b"new").unwrap();
    assert!(!output.is_stream());
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(names(directory.path()), ["a.csv", "a.csv.partial"]);
    output.finish().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert_eq!(names(directory.path()), ["a.csv"]);
}

#[test]
fn what_was_not_finished_is_kept_and_not_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.csv");
    for text in ["first", "second", "third"] {
        let mut output = FileOutput::create(&path).unwrap();
        output.write_all(text.as_bytes()).unwrap();
    }
    write(&path, "complete").unwrap();
    assert_eq!(
        names(directory.path()),
        [
            "a.csv",
            "a.csv.partial",
            "a.csv.partial.1",
            "a.csv.partial.2"
        ]
    );
    let second = fs::read(directory.path().join("a.csv.partial.1")).unwrap();
    assert_eq!(second, b"second");
}

#[test]
fn a_name_that_is_taken_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let place = |name: &str| directory.path().join(name);
    fs::write(place("0"), "old").unwrap();
    let mut output = FileOutput::unnamed(&place("a.csv")).unwrap();
    output.write_all(b"new").unwrap();
    assert_eq!(names(directory.path()), ["0", "a.csv.partial"]);
    let mut numbers = 0..;
    let next_name = || place(&numbers.next().unwrap().to_string());
    assert_eq!(output.finish_unnamed(next_name).unwrap(), place("1"));
    assert_eq!(fs::read(place("0")).unwrap(), b"old");
    assert_eq!(fs::read(place("1")).unwrap(), b"new");
    assert_eq!(names(directory.path()), ["0", "1"]);
    // A directory cannot have a second name, as nothing can on some file systems.
    fs::create_dir(place("directory")).unwrap();
    let error = rename_if_free(&place("directory"), &place("0")).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
    rename_if_free(&place("directory"), &place("2")).unwrap();
    assert_eq!(names(directory.path()), ["0", "1", "2"]);
    let error = rename_if_free(&place("none"), &place("3")).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
}

#[test]
fn a_path_that_names_no_file_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    for path in ["", "/", "..", "a/"].map(|path| directory.path().join(path)) {
        let error = FileOutput::create(&path).unwrap_err();
        assert!(matches!(error, ExportError::NoFileName { .. }), "{error}");
    }
    let error = FileOutput::create(directory.path()).unwrap_err();
    assert!(matches!(error, ExportError::Create { .. }), "{error}");
    assert!(names(directory.path()).is_empty());
}

#[test]
fn a_file_that_cannot_be_created_is_named_as_the_caller_did() {
    let error = FileOutput::create("/nonexistent/a.csv").unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with(
            "/nonexistent/a.csv: no file can be created in the directory /nonexistent: "
        ),
        "{text}"
    );
    assert!(matches!(error, ExportError::CreateTemporary { .. }));
    assert_eq!(directory(Path::new("a.csv")), Path::new("."));
}

#[test]
fn a_name_that_was_taken_meanwhile_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.csv");
    let output = FileOutput::create(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let error = output.finish().unwrap_err();
    assert!(matches!(error, ExportError::Rename { .. }), "{error}");
    assert_eq!(names(directory.path()), ["a.csv", "a.csv.partial"]);
}

#[cfg(unix)]
#[test]
fn a_link_stays_and_its_target_is_replaced() {
    use std::os::unix::fs::symlink;

    let directory = tempfile::tempdir().unwrap();
    let place = |name| directory.path().join(name);
    fs::create_dir(place("there")).unwrap();
    fs::write(place("there/a.csv"), "old").unwrap();
    symlink("there/a.csv", place("near")).unwrap();
    symlink(place("near"), place("far")).unwrap();
    symlink("there/none.csv", place("dangling")).unwrap();

    let output = FileOutput::create(place("far")).unwrap();
    assert_eq!(names(&place("there")), ["a.csv", "a.csv.partial"]);
    drop(output);
    assert_eq!(names(&place("there")), ["a.csv"]);

    write(&place("far"), "new").unwrap();
    write(&place("dangling"), "made").unwrap();
    for link in ["near", "far", "dangling"] {
        assert!(place(link).is_symlink());
    }
    assert_eq!(fs::read(place("there/a.csv")).unwrap(), b"new");
    assert_eq!(fs::read(place("there/none.csv")).unwrap(), b"made");
    assert_eq!(names(&place("there")), ["a.csv", "none.csv"]);

    symlink("loop", place("loop")).unwrap();
    let error = FileOutput::create(place("loop")).unwrap_err();
    assert!(matches!(error, ExportError::Create { .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn permissions_are_kept() {
    use std::os::unix::fs::PermissionsExt;

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.csv");
    fs::write(&path, "old").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    write(&path, "new").unwrap();
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[cfg(unix)]
#[test]
fn a_device_stays_a_device() {
    use std::os::unix::fs::FileTypeExt;

    assert!(FileOutput::create("/dev/null").unwrap().is_stream());
    write(Path::new("/dev/null"), "gone").unwrap();
    let null = fs::symlink_metadata("/dev/null").unwrap();
    assert!(null.file_type().is_char_device());
    assert!(!Path::new("/dev/null.partial").exists());
    for path in ["/dev/stdout", "/dev/stderr"] {
        assert!(is_stream(path), "wherever it is redirected");
        assert!(FileOutput::create(path).unwrap().is_stream());
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_written_to() {
    let directory = tempfile::tempdir().unwrap();
    let pipe = directory.path().join("pipe");
    make_pipe(&pipe);
    assert!(is_stream(&pipe));
    assert!(!is_stream(directory.path()));
    assert!(!is_stream(directory.path().join("none")));
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || fs::read_to_string(pipe).unwrap()
    });
    write(&pipe, "through").unwrap();
    assert_eq!(reader.join().unwrap(), "through");
    assert_eq!(names(directory.path()), ["pipe"]);
}

#[cfg(unix)]
pub(crate) fn make_pipe(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}
