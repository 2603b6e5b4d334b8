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
const VARIABLES: [&str; 8] = [
    "NDPI_LIB_DIR",
    "NDPI_INCLUDE_DIR",
    "NDPI_STATIC",
    "PKG_CONFIG",
    "PKG_CONFIG_LIBDIR",
    "PKG_CONFIG_PATH",
    "PKG_CONFIG_SYSROOT_DIR",
    "DOCS_RS",
];

/// What the shim asks of a version, and the words in the headers that show it. For development snapshots, whose numbers say
/// little; releases go by their number, in the shim.
const TRAITS: [(&str, &str); 21] = [
    ("INPUT_INFO", "input_info"),
    ("GLOBAL_CONTEXT", "ndpi_global_context"),
    ("LICENCE", "ndpi_license_type"),
    ("SET_CONFIG", "ndpi_set_config"),
    ("INT_FINALIZE", "int ndpi_finalize_initialization"),
    ("BITMASK", "ndpi_set_protocol_detection_bitmask2"),
    ("NESTED_PROTO", "ndpi_master_app_protocol proto;"),
    ("NAME_OF_PAIR", "ndpi_master_app_protocol proto, char *buf"),
    ("STATE", "NDPI_STATE_CLASSIFIED"),
    ("ENABLE_GUESS", "enable_guess"),
    ("NUM_PROTOCOLS", "ndpi_get_num_protocols"),
    ("CATEGORY_USER_DATA", "path, void *user_data"),
    ("SPLIT_ALPN", "advertised_alpns"),
    ("JA3_CLIENT", "ja3_client"),
    ("JA4_CLIENT", "ja4_client"),
    ("TCP_FINGERPRINT", "char *fingerprint"),
    ("CONFIDENCE_BY_IP", "NDPI_CONFIDENCE_MATCH_BY_IP"),
    ("CONFIDENCE_PARTIAL", "NDPI_CONFIDENCE_DPI_PARTIAL_CACHE"),
    ("CONFIDENCE_NBPF", "NDPI_CONFIDENCE_NBPF"),
    ("CONFIDENCE_AGGRESSIVE", "NDPI_CONFIDENCE_DPI_AGGRESSIVE"),
    ("CONFIDENCE_CUSTOM_RULE", "NDPI_CONFIDENCE_CUSTOM_RULE"),
];

/// The headers that say what a version is and has.
const HEADERS: [&str; 3] = ["ndpi_api.h", "ndpi_define.h", "ndpi_typedefs.h"];

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
            watch(&library);
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
ndpi-sys needs nDPI {OLDEST} or newer, the library and its headers, and a C compiler: {}

Install them:
    Debian, Ubuntu    apt-get install libndpi-dev pkg-config gcc
    Fedora            dnf install ndpi-devel pkgconf-pkg-config gcc
    macOS             brew install ndpi pkgconf; xcode-select --install
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
        dependencies: dependencies(&directory),
        search: vec![directory],
        is_static,
    })
}

/// What the library needs, as the file for pkg-config beside it says. nDPI 4.2 needs libgcrypt, later builds may not.
fn dependencies(directory: &Path) -> Vec<String> {
    let Ok(text) = fs::read_to_string(directory.join("pkgconfig/libndpi.pc")) else {
        return vec!["m".to_owned()];
    };
    text.lines()
        .filter(|line| line.starts_with("Libs"))
        .flat_map(str::split_whitespace)
        .filter_map(|word| word.strip_prefix("-l"))
        .filter(|&name| name != "ndpi")
        .map(ToOwned::to_owned)
        .collect()
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
        .env_metadata(false)
        .statik(is_static)
        .probe("libndpi")
        .map_err(|error| {
            Missing(match error {
                pkg_config::Error::Command { .. } => "pkg-config cannot be run".to_owned(),
                _ => format!("pkg-config finds no libndpi {OLDEST} or newer"),
            })
        })?;
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

/// Has the shim compiled again after an upgrade of nDPI: with the lines above, Cargo watches nothing that it is not told to.
fn watch(library: &Library) {
    for directory in &library.include {
        let headers = HEADERS.iter().map(|name| directory.join(name));
        // A file that is not there counts as changed, each time.
        for header in headers.filter(|header| header.is_file()) {
            println!("cargo:rerun-if-changed={}", header.display());
        }
    }
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
    for directory in &library.include {
        if let Some((_, minor)) = version(directory)
            && minor % 2 == 1
        {
            look_for_traits(&mut build, directory);
        }
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
        if let Some((major, minor)) = version(directory) {
            println!("cargo:version={major}.{minor}");
        }
    }
}

/// Major and minor version as the headers have it.
fn version(include: &Path) -> Option<(u32, u32)> {
    let text = fs::read_to_string(include.join("ndpi_define.h")).ok()?;
    let number = |name: &str| {
        text.lines().find_map(|line| {
            let mut words = line.split_whitespace();
            let is_it = words.next() == Some("#define") && words.next() == Some(name);
            is_it.then(|| words.next()?.parse().ok()).flatten()
        })
    };
    Some((number("NDPI_MAJOR")?, number("NDPI_MINOR")?))
}

fn look_for_traits(build: &mut cc::Build, include: &Path) {
    let read = |name: &str| fs::read_to_string(include.join(name));
    let (Ok(functions), Ok(types)) = (read("ndpi_api.h"), read("ndpi_typedefs.h")) else {
        return;
    };
    for (name, words) in TRAITS {
        let is_there = functions.contains(words) || types.contains(words);
        let value = if is_there { "1" } else { "0" };
        build.define(&format!("NDPI_SYS_HAVE_{name}"), value);
    }
}
