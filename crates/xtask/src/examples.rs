//! Running the examples, and comparing what they print.

use std::fs;

use crate::run::{Failure, cargo, output, root};

/// Runs every example and compares its output with `examples/expected/<name>.txt`; `--bless` writes that file.
pub(crate) fn compare(arguments: &[String]) -> Result<(), Failure> {
    let bless = arguments.iter().any(|argument| argument == "--bless");
    cargo(&[
        "build",
        "--quiet",
        "--locked",
        "--all-features",
        "--examples",
    ])?;
    let mut different = Vec::new();
    for name in names()? {
        let run = ["run", "--quiet", "--locked", "--all-features", "--example"];
        let printed = output("cargo", &[&run[..], &[&name]].concat())?;
        let path = root().join(format!("examples/expected/{name}.txt"));
        if bless {
            fs::write(&path, &printed).map_err(|error| Failure::new(error.to_string()))?;
        } else if fs::read_to_string(&path).ok().as_deref() == Some(&printed) {
            println!("example {name}: as expected");
        } else {
            println!("example {name}: printed\n{printed}");
            different.push(name);
        }
    }
    if different.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(format!(
            "not what examples/expected says: {}",
            different.join(", ")
        )))
    }
}

/// The examples, by file name.
fn names() -> Result<Vec<String>, Failure> {
    let entries =
        fs::read_dir(root().join("examples")).map_err(|error| Failure::new(error.to_string()))?;
    let mut names: Vec<_> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|file| file.strip_suffix(".rs").map(str::to_owned))
        .collect();
    names.sort();
    Ok(names)
}
