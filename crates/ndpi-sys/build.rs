//! Finds nDPI, compiles the C shim against its headers and tells Cargo what to link.
#![allow(
    clippy::print_stdout,
    reason = "Cargo reads a build script's standard output"
)]
#![allow(
    clippy::print_stderr,
    reason = "one message, without a backtrace, when the library is missing"
)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fmt, fs};

/// Each of them changes what is found.
const VARIABLES: [&str; 5] = [
    "NDPI_LIB_DIR",
    "NDPI_INCLUDE_DIR",
    "NDPI_STATIC",
    "PKG_CONFIG_PATH",
    "DOCS_RS",
];

/// The oldest version whose API the shim knows.
const OLDEST: &str = "4.2";

fn main() -> ExitCode {
    for variable in VARIABLES {
        println!("cargo:rerun-if-env-changed={variable}");
    }
    for file in ["shim/ndpi_sys.c", "shim/ndpi_sys.h"] {
        println!("cargo:rerun-if-changed={file}");
    }
    // docs.rs has no libndpi, and needs none: the declarations are written by hand.
    if env::var_os("DOCS_RS").is_some() {
        return ExitCode::SUCCESS;
    }
    match find() {
        Ok(library) => {
            compile(&library);
            link(&library);
            ExitCode::SUCCESS
        }
        Err(missing) => {
            eprintln!("{missing}");
            ExitCode::FAILURE
        }
    }
}

/// An installed nDPI.
struct Library {
    include: Vec<PathBuf>,
    search: Vec<PathBuf>,
    /// What nDPI itself needs, for static linking: a static archive does not say.
    dependencies: Vec<String>,
    is_static: bool,
}

/// Why there is nothing to build against.
struct Missing(String);

impl fmt::Display for Missing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "\
ndpi-sys needs nDPI {OLDEST} or newer, the library and its headers: {}

Install it:
    Debian, Ubuntu    apt-get install libndpi-dev
    Fedora            dnf install ndpi-devel
    macOS             brew install ndpi
Alpine packages no version that is new enough: build nDPI from source there, and wherever you want a newer one
(https://github.com/ntop/nDPI).

pkg-config finds what is installed; PKG_CONFIG_PATH leads it elsewhere. Without pkg-config, set
    NDPI_LIB_DIR        the directory of libndpi
    NDPI_INCLUDE_DIR    the directory of ndpi_api.h, if it is not $NDPI_LIB_DIR/../include/ndpi
and for linking the archive into the program
    NDPI_STATIC=1
",
            self.0
        )
    }
}

fn find() -> Result<Library, Missing> {
    let is_static = env::var("NDPI_STATIC").is_ok_and(|value| value != "0");
    match env::var_os("NDPI_LIB_DIR") {
        Some(directory) => at(PathBuf::from(directory), is_static),
        None => ask_pkg_config(is_static),
    }
}

/// The library in a directory that the user names.
fn at(directory: PathBuf, is_static: bool) -> Result<Library, Missing> {
    let include = env::var_os("NDPI_INCLUDE_DIR")
        .map_or_else(|| directory.join("../include/ndpi"), PathBuf::from);
    if !include.join("ndpi_api.h").is_file() {
        return Err(Missing(format!(
            "no ndpi_api.h in {} (NDPI_INCLUDE_DIR)",
            include.display()
        )));
    }
    if !holds_library(&directory) {
        return Err(Missing(format!(
            "no libndpi in {} (NDPI_LIB_DIR)",
            directory.display()
        )));
    }
    Ok(Library {
        include: vec![include],
        search: vec![directory],
        dependencies: vec!["m".to_owned()],
        is_static,
    })
}

fn holds_library(directory: &Path) -> bool {
    ["libndpi.so", "libndpi.dylib", "libndpi.a"]
        .iter()
        .any(|name| directory.join(name).is_file())
}

fn ask_pkg_config(is_static: bool) -> Result<Library, Missing> {
    let found = pkg_config::Config::new()
        .atleast_version(OLDEST)
        // The lines for the linker come from here, after the shim: an archive must follow what needs it.
        .cargo_metadata(false)
        .statik(is_static)
        .probe("libndpi")
        .map_err(|error| Missing(first_line(&error.to_string())))?;
    let mut search = found.link_paths;
    if is_static {
        // pkg-config hides the system's own directory, but rustc looks for archives only where it is told to.
        search.extend(pkg_config::get_variable("libndpi", "libdir").map(PathBuf::from));
    }
    let dependencies = found
        .libs
        .into_iter()
        .filter(|name| name != "ndpi")
        .collect();
    Ok(Library {
        include: found.include_paths,
        search,
        dependencies,
        is_static,
    })
}

fn first_line(text: &str) -> String {
    text.lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default()
        .to_owned()
}

fn compile(library: &Library) {
    let mut build = cc::Build::new();
    build
        .file("shim/ndpi_sys.c")
        .include("shim")
        .warnings(true)
        .extra_warnings(true);
    for directory in &library.include {
        // As system headers: their warnings are not ours to mend.
        build.flag("-isystem").flag(directory);
    }
    build.compile("ndpi_sys");
}

fn link(library: &Library) {
    for directory in &library.search {
        println!("cargo:rustc-link-search=native={}", directory.display());
    }
    if library.is_static {
        println!("cargo:rustc-link-lib=static=ndpi");
        for name in &library.dependencies {
            println!("cargo:rustc-link-lib={name}");
        }
    } else {
        println!("cargo:rustc-link-lib=ndpi");
    }
    if let Some(directory) = library.include.first() {
        println!("cargo:include={}", directory.display());
        if let Some(version) = version(directory) {
            println!("cargo:version={version}");
        }
    }
}

/// `MAJOR.MINOR` as the headers have it.
fn version(include: &Path) -> Option<String> {
    let text = fs::read_to_string(include.join("ndpi_define.h")).ok()?;
    let number = |name: &str| {
        text.lines().find_map(|line| {
            let mut words = line.split_whitespace();
            (words.next() == Some("#define") && words.next() == Some(name))
                .then(|| words.next())
                .flatten()
        })
    };
    Some(format!(
        "{}.{}",
        number("NDPI_MAJOR")?,
        number("NDPI_MINOR")?
    ))
}
