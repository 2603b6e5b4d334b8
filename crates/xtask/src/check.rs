//! Checks of the workspace as a whole.

mod licence;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::run::{Failure, output, root};

/// Files that may contain `unsafe`: the binding to nDPI, its tests, and the safe types around it.
const UNSAFE_FILES: &[&str] = &[
    "crates/dissect/src/ffi.rs",
    "crates/ndpi-sys/src/lib.rs",
    "crates/ndpi-sys/tests/binding/main.rs",
    "crates/ndpi-sys/tests/controls.rs",
    "crates/ndpi-sys/tests/binding/safe.rs",
];

/// The version of Arrow and Parquet that `DataFusion` 55 uses: record batches of two versions are two types.
const ARROW: &str = "59.3.";

/// Which crate of the workspace may depend on which: the diagram of ARCHITECTURE.md.
const EDGES: &[(&str, &[&str])] = &[
    ("nfstream-decode", &[]),
    ("nfstream-derive", &[]),
    ("nfstream-features", &["nfstream-decode"]),
    ("nfstream-capture", &["nfstream-decode"]),
    ("nfstream-flow", &["nfstream-decode", "nfstream-features"]),
    ("ndpi-sys", &[]),
    (
        "nfstream-dissect",
        &["ndpi-sys", "nfstream-decode", "nfstream-flow"],
    ),
    ("nfstream-export", &["nfstream-decode", "nfstream-flow"]),
    (
        "nfstream-plugins",
        &["nfstream-decode", "nfstream-derive", "nfstream-flow"],
    ),
    ("nfstream-report", &["nfstream-decode", "nfstream-flow"]),
    ("nfstream-models", &["nfstream-decode", "nfstream-flow"]),
    ("nfstream-visibility", &["nfstream-decode", "nfstream-flow"]),
    (
        "nfstream",
        &[
            "nfstream-capture",
            "nfstream-decode",
            "nfstream-derive",
            "nfstream-dissect",
            "nfstream-export",
            "nfstream-flow",
            "nfstream-models",
            "nfstream-plugins",
            "nfstream-report",
            "nfstream-visibility",
        ],
    ),
    ("nfstream-cli", &["nfstream"]),
    ("xtask", &[]),
];

/// Checks where `unsafe` stands, that dependencies inside the workspace point one way, and that there is one version of Arrow.
pub(crate) fn fences() -> Result<(), Failure> {
    let mut problems = Vec::new();
    for file in rust_files(&root())? {
        let name = file
            .strip_prefix(root())
            .unwrap_or(&file)
            .display()
            .to_string();
        let text =
            fs::read_to_string(&file).map_err(|error| Failure::new(format!("{name}: {error}")))?;
        let code = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        let uses = code.filter(|line| has_word(line, "unsafe")).count();
        if uses > 0 && !UNSAFE_FILES.contains(&name.as_str()) {
            problems.push(format!("{name}: `unsafe` {uses} times"));
        }
    }
    for (package, dependencies) in workspace_edges()? {
        let allowed = EDGES.iter().find(|(name, _)| *name == package);
        for dependency in dependencies {
            if !allowed.is_some_and(|(_, allowed)| allowed.contains(&dependency.as_str())) {
                problems.push(format!("{package} depends on {dependency}"));
            }
        }
    }
    problems.extend(other_arrows()?);
    report("fences hold", "over the fence", &problems)
}

/// The crates of Arrow and Parquet in the dependency tree that are not of the one version.
fn other_arrows() -> Result<Vec<String>, Failure> {
    let metadata = metadata(&["--all-features", "--locked"])?;
    let packages = array(&metadata["packages"]).iter();
    let named = packages.map(|package| (text(&package["name"]), text(&package["version"])));
    let arrows: Vec<_> = named
        .filter(|(name, _)| name == "parquet" || name == "arrow" || name.starts_with("arrow-"))
        .collect();
    if arrows.is_empty() {
        return Err(Failure::new("there is no Arrow in the dependency tree"));
    }
    let others = arrows
        .into_iter()
        .filter(|(_, version)| !version.starts_with(ARROW));
    Ok(others
        .map(|(name, version)| format!("{name} is {version}, not {ARROW}x"))
        .collect())
}

/// Checks that every crate of the dependency trees has a licence that is compatible with ours.
pub(crate) fn licences() -> Result<(), Failure> {
    let mut problems = Vec::new();
    for manifest in ["Cargo.toml", "fuzz/Cargo.toml"] {
        let metadata = metadata(&["--all-features", "--locked", "--manifest-path", manifest])?;
        for package in array(&metadata["packages"]) {
            let licence = package["license"].as_str().unwrap_or("none");
            // The fuzz targets themselves are not given to anybody.
            let own = package["source"].is_null() && package["publish"] == serde_json::json!([]);
            if !own && !licence::is_compatible(licence) {
                problems.push(format!("{manifest}: {}: {licence}", text(&package["name"])));
            }
        }
    }
    report(
        "licences are compatible",
        "licence not on the list",
        &problems,
    )
}

fn report(fine: &str, problem: &str, problems: &[String]) -> Result<(), Failure> {
    if problems.is_empty() {
        println!("{fine}");
        return Ok(());
    }
    Err(Failure::new(format!(
        "{problem}:\n  {}",
        problems.join("\n  ")
    )))
}

/// Every Rust file of the repository, generated ones apart. Symbolic links are not followed.
fn rust_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |error: io::Error| Failure::new(format!("{}: {error}", folder.display()));
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let kind = entry.file_type().map_err(failed)?;
        let (path, name) = (entry.path(), entry.file_name());
        if kind.is_dir() {
            if name != "target" && !name.to_string_lossy().starts_with('.') {
                files.extend(rust_files(&path)?);
            }
        } else if kind.is_file() && path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(files)
}

/// Whether a line has this word: not as part of another, and not in text or an attribute about it.
fn has_word(line: &str, word: &str) -> bool {
    let boundary =
        |byte: Option<char>| !byte.is_some_and(|c| c.is_alphanumeric() || "_\"'`".contains(c));
    line.match_indices(word).any(|(at, _)| {
        let (before, rest) = line.split_at(at);
        boundary(before.chars().next_back()) && boundary(rest.chars().nth(word.len()))
    })
}

/// The packages of the workspace, and what of the workspace they depend on (not for their tests alone).
fn workspace_edges() -> Result<Vec<(String, Vec<String>)>, Failure> {
    let metadata = metadata(&["--no-deps"])?;
    let packages = array(&metadata["packages"]).iter().map(|package| {
        let dependencies = array(&package["dependencies"])
            .iter()
            .filter(|dependency| dependency["kind"] != "dev" && !dependency["path"].is_null())
            .map(|dependency| text(&dependency["name"]));
        (text(&package["name"]), dependencies.collect())
    });
    Ok(packages.collect())
}

fn metadata(arguments: &[&str]) -> Result<Value, Failure> {
    let json = output(
        "cargo",
        &[&["metadata", "--format-version", "1"], arguments].concat(),
    )?;
    serde_json::from_str(&json).map_err(|error| Failure::new(format!("cargo metadata: {error}")))
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
