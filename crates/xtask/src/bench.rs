//! Benchmarks of whole programs, ours and others, on captures that are made here.

mod captures;
mod comparisons;
mod live;
mod measure;
mod peers;
mod programs;
mod random;
mod table;

use std::fs;
use std::net::UdpSocket;
use std::path::PathBuf;

use serde_json::Value;

use crate::run::{Failure, output, run};
use crate::setup;
use captures::Scale;
use comparisons::{COMPARISONS, Comparison};

const USAGE: &str = "\
usage: cargo xtask bench [COMPARISON]... [OPTION]...

Without names all comparisons are run; live needs Linux and root. Options:
  --list               names the comparisons
  --install            installs the programs to compare with (apt-get, pip)
  --scale NUMBER       size of the captures: 1 for millions of packets and 8 GB of disk (default), 0.05 to try
  --rounds NUMBER      how often each program runs, in turn with the others (default 5)
  --slow-rounds NUMBER the same for programs that take minutes (default 1)";

/// What is asked for.
#[derive(Debug)]
struct Options {
    comparisons: Vec<&'static Comparison>,
    /// Whether rates without loss are measured too.
    live: bool,
    list: bool,
    install: bool,
    scale: Scale,
    rounds: Rounds,
}

/// How often programs run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rounds {
    usual: u32,
    /// For programs that take minutes.
    slow: u32,
}

/// Where things are.
#[derive(Debug)]
struct Workbench {
    /// Our command, built in release.
    nfstream: PathBuf,
    /// `target/bench`.
    folder: PathBuf,
    /// Where programs write; emptied after each.
    out: PathBuf,
    /// Takes the datagrams of those that export to a network; they are not read.
    collector: UdpSocket,
}

/// Runs the comparisons, and prints a table for each.
pub(crate) fn run_comparisons(arguments: &[String]) -> Result<(), Failure> {
    if arguments == [live::HOLD] {
        return live::hold();
    }
    let options = Options::parse(arguments)?;
    if options.list {
        for Comparison { name, title, .. } in COMPARISONS {
            println!("{name:<26} {title}");
        }
        println!("{:<26} {}", live::NAME, live::TITLE);
        return Ok(());
    }
    setup::install()?;
    if options.install {
        peers::install(&target_folder()?.join("bench"))?;
    }
    // Where it is one of all it is left out.
    let obstacle = live::obstacle().filter(|_| options.live);
    if let Some(obstacle) = obstacle.filter(|_| options.comparisons.is_empty()) {
        return Err(Failure::new(obstacle));
    }
    let workbench = Workbench::new()?;
    peers::compile(&workbench.folder);
    measure::check()?;
    println!("{}", table::preface(options.scale, options.rounds));
    let mut failed = Vec::new();
    for comparison in options.comparisons {
        println!("## {}\n", comparison.title);
        let rows = table::measure(comparison, &workbench, options.scale, options.rounds)?;
        println!("{}", rows.markdown());
        failed.extend(rows.failed());
    }
    if options.live {
        println!("## {}\n", live::TITLE);
        if let Some(obstacle) = obstacle {
            println!("Not measured: {obstacle}.\n");
        } else {
            let rows = live::measure(&workbench, options.rounds)?;
            println!("{}", rows.markdown());
            failed.extend(rows.failed());
        }
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(format!("failed: {}", failed.join("; "))))
    }
}

impl Options {
    fn parse(arguments: &[String]) -> Result<Self, Failure> {
        let wrong = |what: &str| Failure::new(format!("{what}\n\n{USAGE}"));
        let mut options = Self {
            comparisons: Vec::new(),
            live: false,
            list: false,
            install: false,
            scale: Scale::FULL,
            rounds: Rounds { usual: 5, slow: 1 },
        };
        let mut arguments = arguments.iter().map(String::as_str);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().unwrap_or_default();
            let count = |text: &str| {
                let number = text.parse().ok().filter(|number| *number > 0);
                number.ok_or_else(|| wrong(&format!("{argument}: allowed: 1 or more")))
            };
            match argument {
                "--list" => options.list = true,
                "--install" => options.install = true,
                "--scale" => {
                    options.scale = Scale::parse(value())
                        .ok_or_else(|| wrong("--scale: allowed: 0.001 to 10"))?;
                }
                "--rounds" => options.rounds.usual = count(value())?,
                "--slow-rounds" => options.rounds.slow = count(value())?,
                live::NAME => options.live = true,
                name => {
                    let found = COMPARISONS.iter().find(|it| it.name == name);
                    let found = found.ok_or_else(|| wrong(&format!("{name}: no comparison")))?;
                    options.comparisons.push(found);
                }
            }
        }
        if options.comparisons.is_empty() && !options.live {
            options.live = true;
            options.comparisons = COMPARISONS.iter().collect();
        }
        Ok(options)
    }
}

impl Workbench {
    /// Builds our command, and makes the folders.
    fn new() -> Result<Self, Failure> {
        let package = ["--package", "nfstream-cli"];
        run(
            "cargo",
            &[&["build", "--release", "--locked"], &package[..]].concat(),
        )?;
        let target = target_folder()?;
        let folder = target.join("bench");
        let out = folder.join("out");
        fs::create_dir_all(&out)
            .map_err(|error| Failure::new(format!("{}: {error}", out.display())))?;
        let collector = UdpSocket::bind("127.0.0.1:0")
            .map_err(|error| Failure::new(format!("no port for datagrams: {error}")))?;
        Ok(Self {
            nfstream: target.join("release/nfstream"),
            folder,
            out,
            collector,
        })
    }
}

/// Where Cargo builds.
fn target_folder() -> Result<PathBuf, Failure> {
    let json = output("cargo", &["metadata", "--no-deps", "--format-version", "1"])?;
    let metadata: Value = serde_json::from_str(&json)
        .map_err(|error| Failure::new(format!("cargo metadata: {error}")))?;
    let folder = metadata["target_directory"].as_str();
    folder
        .map(PathBuf::from)
        .ok_or_else(|| Failure::new("cargo metadata: no target_directory"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, Failure> {
        let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
        Options::parse(&words)
    }

    #[test]
    fn all_comparisons_are_the_default() {
        let options = parse("").unwrap();
        assert_eq!(options.comparisons.len(), COMPARISONS.len());
        assert_eq!(options.scale, Scale::FULL);
        assert!(options.live && !options.list && !options.install);
    }

    #[test]
    fn options_and_names_are_in_any_order() {
        let options = parse("growth --rounds 3 --scale 0.1 layer7 --slow-rounds 2").unwrap();
        let names: Vec<_> = options.comparisons.iter().map(|it| it.name).collect();
        assert_eq!(names, ["growth", "layer7"]);
        assert!(!options.live);
        assert_eq!(options.rounds, Rounds { usual: 3, slow: 2 });
        assert_eq!(options.scale.to_string(), "0.100");
    }

    #[test]
    fn live_is_measured_alone() {
        let options = parse("live --rounds 3").unwrap();
        assert!(options.live && options.comparisons.is_empty());
    }

    #[test]
    fn wrong_words_are_named() {
        for (line, what) in [
            ("frobnicate", "frobnicate: no comparison"),
            ("--rounds 0", "--rounds: allowed: 1 or more"),
            ("--rounds", "--rounds: allowed: 1 or more"),
            ("--scale 100", "--scale: allowed: 0.001 to 10"),
        ] {
            let failure = parse(line).unwrap_err().to_string();
            assert!(failure.starts_with(what), "{failure}");
        }
    }

    #[test]
    fn names_are_different() {
        let mut names: Vec<_> = COMPARISONS.iter().map(|it| it.name).collect();
        names.push(live::NAME);
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), COMPARISONS.len() + 1);
    }
}
