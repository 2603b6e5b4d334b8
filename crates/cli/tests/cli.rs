//! The real program on real captures.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests, too, fail by panicking"
)]

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_nfstream");
const HEADER: &str = "id,expiration_id,src_ip,";

/// A capture of `tests/data`.
fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/data")
        .join(name)
}

fn nfstream<A: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = A>) -> Output {
    Command::new(PROGRAM)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// `nfstream read` with a capture of `tests/data` and options.
fn read(capture: &str, options: &[&str]) -> Output {
    let mut arguments = vec!["read".into(), data(capture)];
    arguments.extend(options.iter().map(PathBuf::from));
    nfstream(arguments)
}

fn shell(script: &str) -> Output {
    let script = script.replace("nfstream", PROGRAM);
    Command::new("sh").args(["-c", &script]).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The rows below the header.
fn rows(csv: &[u8]) -> Vec<String> {
    let text = String::from_utf8(csv.to_vec()).unwrap();
    let mut lines = text.lines().map(str::to_owned);
    assert!(lines.next().unwrap().starts_with(HEADER), "{text}");
    lines.collect()
}

/// The rows of a run that went well.
fn good_rows(output: &Output) -> Vec<String> {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    rows(&output.stdout)
}

fn usage_error(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{}", stderr(output));
    assert!(output.stdout.is_empty());
    stderr(output)
}

#[test]
fn csv_goes_into_a_pipe() {
    let output = read("small.pcap", &[]);
    assert_eq!(good_rows(&output).len(), 5);
    assert!(output.stdout.ends_with(b"\r\n"));
    let summary = stderr(&output);
    assert!(summary.contains("packets read     38\n"), "{summary}");
    assert!(summary.contains("flows            5\n"), "{summary}");
    assert!(summary.contains(" packets/s\n"), "{summary}");
}

#[test]
fn quiet_says_nothing() {
    let output = read("small.pcap", &["--quiet"]);
    assert_eq!(good_rows(&output).len(), 5);
    assert_eq!(stderr(&output), "");
    let output = read("small.pcap", &["--quiet=false"]);
    assert!(stderr(&output).contains("packets read     38\n"));
}

#[test]
fn compressed_captures_are_the_same() {
    let plain = read("small.pcap", &[]).stdout;
    for capture in ["small.pcap.zst", "small.pcap.lz4", "small.pcapng.gz"] {
        assert_eq!(read(capture, &["-o", "-"]).stdout, plain, "{capture}");
    }
}

#[test]
fn standard_input_is_a_capture() {
    for capture in ["small.pcap", "small.pcapng.gz"] {
        let output = Command::new(PROGRAM)
            .args(["read", "-"])
            .stdin(File::open(data(capture)).unwrap())
            .output()
            .unwrap();
        assert_eq!(good_rows(&output).len(), 5);
    }
}

/// A directory with the two halves of a capture, whose names are in the order of time, and what is no capture.
fn directory() -> TempDir {
    let directory = TempDir::new().unwrap();
    fs::copy(data("rotated-1.pcap"), directory.path().join("a")).unwrap();
    fs::copy(data("rotated-2.pcap"), directory.path().join("b")).unwrap();
    fs::write(directory.path().join("notes.pcap"), "no capture").unwrap();
    fs::create_dir(directory.path().join("c")).unwrap();
    fs::copy(data("small.pcap"), directory.path().join("c/small.pcap")).unwrap();
    directory
}

/// Packets of the only flow from this port, and nothing else may be from it.
fn packets_from_port(rows: &[String], port: &str) -> u64 {
    let found: Vec<_> = rows
        .iter()
        .map(|row| row.split(',').collect::<Vec<_>>())
        .filter(|row| row[5] == port)
        .map(|row| row[17].parse().unwrap())
        .collect();
    assert_eq!(found.len(), 1, "{rows:?}");
    found[0]
}

#[test]
fn rotated_files_are_one_capture() {
    let both = nfstream([
        "read".into(),
        data("rotated-1.pcap"),
        data("rotated-2.pcap"),
    ]);
    let rows = good_rows(&both);
    let first = packets_from_port(&good_rows(&read("rotated-1.pcap", &[])), "40203");
    let second = good_rows(&read("rotated-2.pcap", &[]));
    assert!(second.iter().any(|row| row.contains(",40203,")));
    assert!(packets_from_port(&rows, "40203") > first);
    assert!(stderr(&both).contains("packets read     181\n"));
}

#[test]
fn a_directory_is_the_captures_in_it() {
    let directory = directory();
    let both = nfstream([
        "read".into(),
        data("rotated-1.pcap"),
        data("rotated-2.pcap"),
    ]);
    let output = nfstream([Path::new("read"), directory.path()]);
    assert_eq!(good_rows(&output), good_rows(&both));

    let empty = TempDir::new().unwrap();
    let output = nfstream([Path::new("read"), empty.path()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("no capture is in this directory"));
}

#[test]
fn a_pattern_is_the_files_that_it_matches() {
    let directory = directory();
    let both = nfstream([
        "read".into(),
        data("rotated-1.pcap"),
        data("rotated-2.pcap"),
    ]);
    let output = nfstream([Path::new("read"), &directory.path().join("[ab]")]);
    assert_eq!(good_rows(&output), good_rows(&both));

    let output = nfstream([Path::new("read"), &directory.path().join("x*")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("x*: no file matches"));

    // The directory c is passed over.
    let output = nfstream([Path::new("read"), &directory.path().join("[a-c]")]);
    assert_eq!(good_rows(&output), good_rows(&both));
    let output = nfstream([Path::new("read"), &directory.path().join("[c]")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("[c]: no file matches"));

    // A file of that very name comes first.
    fs::copy(data("small.pcap"), directory.path().join("[ab]")).unwrap();
    let output = nfstream([Path::new("read"), &directory.path().join("[ab]")]);
    assert_eq!(good_rows(&output).len(), 5);
}

#[test]
fn files_can_be_ordered_by_time() {
    let both = nfstream([
        "read".into(),
        data("rotated-1.pcap"),
        data("rotated-2.pcap"),
    ]);
    let swapped = [
        "read".into(),
        data("rotated-2.pcap"),
        data("rotated-1.pcap"),
    ];
    let ordered = nfstream(
        swapped
            .iter()
            .cloned()
            .chain(["--order-by-first-timestamp".into()]),
    );
    assert_eq!(good_rows(&ordered), good_rows(&both));
    let unordered = nfstream(swapped.iter().cloned());
    assert_ne!(good_rows(&unordered), good_rows(&both));
    let told = "--order-by-first-timestamp=false".into();
    let output = nfstream(swapped.into_iter().chain([told]));
    assert_eq!(good_rows(&output), good_rows(&unordered));
}

#[test]
fn what_precedes_damage_is_metered() {
    let directory = TempDir::new().unwrap();
    let cut = directory.path().join("cut.pcap");
    let capture = fs::read(data("small.pcap")).unwrap();
    fs::write(&cut, &capture[..capture.len() - 10]).unwrap();
    let output = nfstream([Path::new("read"), &cut, &cut]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(rows(&output.stdout).len(), 5);
    let errors = stderr(&output);
    let errors: Vec<_> = errors
        .lines()
        .filter(|line| line.starts_with("nfstream: "))
        .collect();
    assert_eq!(errors.len(), 2);
    for error in errors {
        assert!(error.contains("cut.pcap: at byte 13"), "{error}");
    }
}

#[test]
fn a_closed_pipe_hides_no_input_error() {
    let directory = directory();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = Command::new(PROGRAM)
        .arg("read")
        .args([&directory.path().join("notes.pcap"), &data("mixed.pcap")])
        .stdout(writer)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let errors = stderr(&output);
    assert!(errors.starts_with("nfstream: "), "{errors}");
    assert!(errors.contains("notes.pcap: "), "{errors}");
    assert_eq!(errors.lines().count(), 1, "{errors}");
}

#[test]
fn missing_files_are_told_before_anything_is_read() {
    let directory = TempDir::new().unwrap();
    let out = directory.path().join("out.csv");
    let output = nfstream([
        Path::new("read"),
        &data("small.pcap"),
        Path::new("/nonexistent.pcap"),
        Path::new("-o"),
        &out,
    ]);
    assert_eq!(output.status.code(), Some(1));
    let error = stderr(&output);
    assert!(error.starts_with("nfstream: "), "{error}");
    assert!(error.contains("/nonexistent.pcap"), "{error}");
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
}

#[test]
fn wrong_values_are_refused_by_name_and_with_what_is_allowed() {
    for (option, value, allowed) in [
        ("--idle-timeout", "-1", "0 or more"),
        ("--active-timeout", "soon", "0 or more"),
        ("--accounting-mode", "4", "0, 1, 2, 3"),
        ("--n-dissections", "256", "from 0 to 255"),
        ("--n-dissections", "-1", "from 0 to 255"),
        ("--statistical-analysis", "maybe", "true"),
        ("--splt-analysis", "65536", "from 0 to 65535"),
        ("--n-meters", "256", "0 to 255"),
        ("--max-nflows", "-1", "from 0"),
        ("--max-active-flows", "0", "from 1"),
        ("--time-unit", "s", "ms, us, ns"),
        ("--line-ending", "cr", "crlf, lf"),
        (
            "--format",
            "xml",
            "csv, json, parquet, arrow, arrow-stream, table, none",
        ),
        ("--output", "flows.xyz", ".csv"),
        ("--output", "flows", ".csv"),
    ] {
        let error = usage_error(&read("small.pcap", &[&format!("{option}={value}")]));
        assert!(error.contains(option), "{error}");
        assert!(error.contains(value), "{error}");
        assert!(error.contains(allowed), "{error}");
    }
    usage_error(&read("small.pcap", &["--flows-per-file", "3"]));
    usage_error(&read("small.pcap", &["-o", "x.csv", "--rotate-files", "3"]));
    let error = usage_error(&read("small.pcap", &["--statistical-analysis", "true"]));
    assert!(error.contains("--statistical-analysis=true"), "{error}");
    usage_error(&nfstream(["read"]));
    usage_error(&nfstream(["frobnicate"]));
}

#[cfg(all(feature = "libpcap", unix))]
#[test]
fn wrong_values_of_live_captures_are_refused_too() {
    for (option, value, allowed) in [
        ("--snapshot-length", "0", "from 1"),
        ("--socket-buffer-size", "2147483648", "from 0 to 2147483647"),
        ("--duration", "-1", "0 or more"),
        ("--max-packets", "0", "from 1"),
        ("--spread", "wide", "kernel, flow"),
        ("--rotate", "5x", "5m"),
        ("--performance-report", "-1", "from 0"),
        ("--metrics", "everywhere", "127.0.0.1:9500"),
        ("--system-visibility-mode", "2", "from 0 to 1"),
        ("--system-visibility-poll-ms", "0", "from 1"),
    ] {
        let error = usage_error(&nfstream([
            "live",
            "-i",
            "lo",
            &format!("{option}={value}"),
        ]));
        assert!(error.contains(option), "{error}");
        assert!(error.contains(value), "{error}");
        assert!(error.contains(allowed), "{error}");
    }
    let error = usage_error(&nfstream(["live", "-i", "lo", "--rotate", "5m"]));
    assert!(error.contains("--output"), "{error}");
}

#[test]
fn parameters_reach_the_meter() {
    let columns = |options: &[&str]| {
        let output = read("small.pcap", options);
        good_rows(&output);
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().next().unwrap().to_owned()
    };
    let count = |options: &[&str]| columns(options).split(',').count();
    assert_eq!(count(&["--n-dissections", "0"]), 29);
    let all = count(&[]);
    assert_eq!(all, if cfg!(feature = "ndpi") { 38 } else { 29 });
    assert_eq!(count(&["--decode-tunnels=false"]), all - 1);
    assert_eq!(count(&["--statistical-analysis"]), all + 48);
    assert_eq!(count(&["--statistical-analysis=false"]), all);
    assert_eq!(count(&["--splt-analysis", "3"]), all + 3);
    assert!(columns(&["--time-unit", "us"]).contains("bidirectional_duration_us"));

    let flows = |options: &[&str]| good_rows(&read("small.pcap", options)).len();
    assert_eq!(flows(&["--idle-timeout", "0"]), 38);
    assert_eq!(flows(&["--active-timeout", "0"]), 38);
    assert!(flows(&["--idle-timeout", "0.001"]) > 5);
    assert_eq!(flows(&["--max-nflows", "2"]), 2);
    for meters in ["0", "1", "2", "16"] {
        assert_eq!(flows(&["--n-meters", meters]), 5);
    }

    let bytes = |mode: &str| {
        let rows = good_rows(&read("small.pcap", &["--accounting-mode", mode]));
        let bytes = |row: &String| row.split(',').nth(18).unwrap().parse::<u64>().unwrap();
        rows.iter().map(bytes).sum::<u64>()
    };
    assert_eq!(bytes("0"), bytes("raw"));
    assert_eq!(bytes("0") - bytes("1"), 38 * 14);
    assert_eq!(bytes("ip"), bytes("1"));
    assert!(bytes("transport") > bytes("payload"));

    let lf = read("small.pcap", &["--line-ending", "lf"]);
    assert!(!lf.stdout.contains(&b'\r'));
}

#[test]
#[cfg(feature = "libpcap")]
fn a_filter_takes_packets_away() {
    assert_eq!(good_rows(&read("small.pcap", &["-f", "tcp"])).len(), 2);
    assert_eq!(
        good_rows(&read("small.pcap", &["--bpf-filter", ""])).len(),
        5
    );
    let error = usage_error(&read("small.pcap", &["-f", "my filter"]));
    assert!(error.starts_with("nfstream: --bpf-filter: "), "{error}");
    assert_eq!(error.matches("filter of").count(), 0, "{error}");
}

#[test]
#[cfg(not(feature = "libpcap"))]
fn without_libpcap_there_is_no_filter() {
    let error = usage_error(&read("small.pcap", &["-f", "tcp"]));
    assert!(error.contains("--bpf-filter"), "{error}");
}

#[test]
fn a_file_gets_its_name_when_it_is_complete() {
    let directory = TempDir::new().unwrap();
    let out = directory.path().join("x.csv");
    let output = read("small.pcap", &["-o", out.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout.is_empty());
    assert_eq!(rows(&fs::read(&out).unwrap()).len(), 5);
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
}

#[test]
fn a_missing_directory_of_the_output_is_named() {
    let output = read("small.pcap", &["-o", "/nonexistent/x.csv"]);
    assert_eq!(output.status.code(), Some(1));
    let error = stderr(&output);
    let expected =
        "nfstream: /nonexistent/x.csv: no file can be created in the directory /nonexistent: ";
    assert!(error.starts_with(expected), "{error}");
    assert!(!error.contains("partial"), "{error}");
}

#[test]
fn the_output_can_be_split() {
    let directory = TempDir::new().unwrap();
    let out = directory.path().join("x.csv");
    let output = read(
        "small.pcap",
        &["-o", out.to_str().unwrap(), "--flows-per-file", "2"],
    );
    assert_eq!(output.status.code(), Some(0));
    let rows = [0, 1, 2].map(|number| {
        let name = format!("x.{number}.csv");
        rows(&fs::read(directory.path().join(name)).unwrap()).len()
    });
    assert_eq!(rows, [2, 2, 1]);
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 3);
}

#[test]
fn a_capture_is_not_overwritten() {
    let directory = TempDir::new().unwrap();
    let capture = directory.path().join("x.csv");
    fs::copy(data("small.pcap"), &capture).unwrap();
    let error = usage_error(&nfstream([
        Path::new("read"),
        &capture,
        Path::new("-o"),
        &capture,
    ]));
    assert!(error.contains("is one of the captures"), "{error}");
}

#[test]
fn a_table_can_be_had_in_a_pipe() {
    let output = read("small.pcap", &["--format", "table"]);
    let table = String::from_utf8(output.stdout).unwrap();
    assert_eq!(table.lines().count(), 6);
    assert!(table.contains("192.0.2.10:40100 "), "{table}");
    assert!(table.contains(" UDP "), "{table}");
    assert!(!table.contains('\u{1b}'));
    let header = table.lines().next().unwrap();
    assert_eq!(header.contains("application"), cfg!(feature = "ndpi"));
    assert_eq!(table.contains("www.example.test"), cfg!(feature = "ndpi"));

    let output = read("small.pcap", &["--format", "table", "--n-dissections=0"]);
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(!table.contains("application"), "{table}");
    assert!(!table.contains("example.test"), "{table}");
}

#[test]
fn without_a_format_flows_are_only_counted() {
    let output = read("small.pcap", &["--format", "none"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout.is_empty());
    let summary = stderr(&output);
    assert!(summary.contains("packets read     38\n"), "{summary}");
    assert!(summary.contains("flows            5\n"), "{summary}");
    for path in ["x.csv", "-"] {
        let error = usage_error(&read("small.pcap", &["--format", "none", "-o", path]));
        assert!(error.contains("--output: "), "{error}");
        assert!(error.contains("--format none"), "{error}");
    }
    let split = read("small.pcap", &["--format", "none", "--flows-per-file", "3"]);
    assert!(usage_error(&split).contains("--flows-per-file"));
}

#[test]
fn completions_and_manual_are_printed() {
    for shell in ["bash", "zsh", "fish"] {
        let output = nfstream(["completions", shell]);
        assert_eq!(output.status.code(), Some(0));
        assert!(String::from_utf8_lossy(&output.stdout).contains("splt-analysis"));
    }
    let output = nfstream(["man"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout.starts_with(b".ie"));
    let page = String::from_utf8(output.stdout).unwrap();
    assert!(page.contains("splt\\-analysis"), "{page}");
    assert!(page.contains(".SH EXAMPLES\n"), "{page}");
    // No other page exists, and this one has no summary.
    assert!(!page.contains("(1)"), "{page}");
    assert!(!page.contains("see a summary"), "{page}");
    let synopsis = page.split(".SH ").find(|it| it.starts_with("SYNOPSIS"));
    let synopsis = synopsis.unwrap();
    assert!(synopsis.contains("nfstream read"), "{synopsis}");
    assert!(synopsis.contains("splt\\-analysis"), "{synopsis}");
    let has_layer7 = cfg!(feature = "ndpi");
    assert_eq!(synopsis.contains("nfstream protocols"), has_layer7);
    assert_eq!(
        page.contains(".TP\n\\fBprotocols\\fR\n"),
        has_layer7,
        "{page}"
    );
    assert!(page.contains("n\\-dissections"), "{page}");
}

#[cfg(not(feature = "ndpi"))]
#[test]
fn without_ndpi_there_is_no_layer_7() {
    let error = usage_error(&read("small.pcap", &["--n-dissections", "20"]));
    assert!(
        error.starts_with("nfstream: --n-dissections: 20; allowed: 0, "),
        "{error}"
    );
    assert!(
        error.contains("cargo install nfstream-cli --features ndpi"),
        "{error}"
    );
    for option in ["--risk-column", "--fingerprint-columns"] {
        let error = usage_error(&read("small.pcap", &[option]));
        assert!(
            error.starts_with(&format!("nfstream: {option}: ")),
            "{error}"
        );
        assert!(error.contains("--features ndpi"), "{error}");
    }
    let error = usage_error(&nfstream(["protocols"]));
    assert!(error.contains("protocols"), "{error}");
    usage_error(&read("small.pcap", &["--protocols-file", "x"]));
}

#[cfg(feature = "ndpi")]
mod layer7 {
    use super::*;

    const COLUMNS: &str = "application_name,application_category_name,application_is_guessed,application_confidence,\
                           requested_server_name,client_fingerprint,server_fingerprint,user_agent,content_type";

    fn header(options: &[&str]) -> String {
        let output = read("small.pcap", options);
        good_rows(&output);
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().next().unwrap().to_owned()
    }

    /// What a column says of the only TCP or UDP flow from this port.
    fn value(output: &Output, src_port: &str, column: &str) -> String {
        good_rows(output);
        let text = String::from_utf8(output.stdout.clone()).unwrap();
        let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
        let header = lines.next().unwrap();
        let place = |name: &str| header.iter().position(|it| *it == name).unwrap();
        let (src, wanted) = (place("src_port"), place(column));
        let mut found = lines.filter(|row| row[src] == src_port);
        let row = found.next().unwrap();
        assert!(found.next().is_none(), "{src_port}");
        row[wanted].to_owned()
    }

    /// Version of nDPI: major and minor.
    fn version() -> (u32, u32) {
        let output = nfstream(["protocols"]);
        let page = String::from_utf8(output.stdout).unwrap();
        let version = page.strip_prefix("nDPI ").unwrap();
        let mut numbers = version.split(['.', ':']).map(str::parse);
        let mut next = || numbers.next().unwrap().unwrap();
        (next(), next())
    }

    /// A file in a directory of its own.
    fn file(content: &str) -> (TempDir, String) {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("file.txt");
        fs::write(&path, content).unwrap();
        let path = path.to_str().unwrap().to_owned();
        (directory, path)
    }

    #[test]
    fn nine_columns_are_there_unless_no_packet_is_looked_into() {
        for options in [&[][..], &["--n-dissections", "1"], &["--n-dissections=255"]] {
            let header = header(options);
            assert!(header.ends_with(&format!(",{COLUMNS}")), "{header}");
        }
        let without = header(&["--n-dissections", "0"]);
        assert!(!without.contains("application"), "{without}");
        assert!(!without.contains("requested_server_name"), "{without}");
    }

    #[test]
    fn columns_can_be_added() {
        let columns = |options| header(options).split(',').count();
        let default = columns(&[]);
        assert_eq!(columns(&["--risk-column"]), default + 1);
        assert!(header(&["--risk-column"]).contains(",flow_risks"));
        assert_eq!(columns(&["--fingerprint-columns"]), default + 2);
        assert!(header(&["--fingerprint-columns"]).contains(",client_ja3,client_ja4"));
        assert_eq!(columns(&["--risk-column=false"]), default);
    }

    #[test]
    fn applications_and_servers_have_names() {
        let output = read("mixed.pcap", &[]);
        for (src_port, application, server_name) in [
            ("40100", "DNS", "www.example.test"),
            ("40103", "DNS", "cdn.example.test"),
            ("40104", "HTTP", "www.example.test"),
            ("40300", "TLS", "www.example.test"),
            ("40302", "TLS", "api.example.test"),
            ("40401", "HTTP", "vlan.example.test"),
            ("60710", "SSH", ""),
        ] {
            let name = value(&output, src_port, "application_name");
            assert_eq!(name.split('.').next(), Some(application), "{src_port}");
            let server = value(&output, src_port, "requested_server_name");
            assert_eq!(server, server_name, "{src_port}");
        }
        let user_agent = value(&output, "40104", "user_agent");
        assert!(user_agent.starts_with("curl/"), "{user_agent}");
    }

    #[test]
    fn one_packet_tells_less_than_twenty() {
        let one = read("mixed.pcap", &["--n-dissections", "1"]);
        assert_eq!(value(&one, "40300", "requested_server_name"), "");
        assert_eq!(
            value(&one, "40100", "requested_server_name"),
            "www.example.test"
        );
    }

    #[test]
    fn options_without_layer_7_are_refused_by_name() {
        for option in [
            "--risk-column",
            "--fingerprint-columns",
            "--client-fingerprint=ja3",
            "--protocols-file=missing",
            "--categories-file=missing",
            "--max-dissected-flows=1",
            "--ndpi-set=a=b",
        ] {
            let error = usage_error(&read("small.pcap", &["--n-dissections=0", option]));
            let name = option.split('=').next().unwrap();
            assert!(error.starts_with(&format!("nfstream: {name}: ")), "{error}");
            assert!(error.contains("--n-dissections of at least 1"), "{error}");
        }
    }

    #[test]
    fn fingerprints_depend_on_the_version() {
        let version = version();
        for (fingerprint, versions, is_there) in [
            ("ja3", "4.2 to 4.12", version < (4, 14)),
            ("ja4", "4.10 and newer", version >= (4, 10)),
        ] {
            let output = read("mixed.pcap", &["--client-fingerprint", fingerprint]);
            if is_there {
                let client = value(&output, "40300", "client_fingerprint");
                let length = if fingerprint == "ja3" { 32 } else { 36 };
                assert_eq!(client.len(), length, "{client}");
            } else {
                let error = usage_error(&output);
                let option = "nfstream: --client-fingerprint: ";
                assert!(error.starts_with(option), "{error}");
                assert!(error.contains(versions), "{error}");
                assert!(
                    error.contains(&format!("nDPI {}.{}", version.0, version.1)),
                    "{error}"
                );
            }
        }
        let error = usage_error(&read("small.pcap", &["--client-fingerprint=ja5"]));
        assert!(error.contains("ja3, ja4"), "{error}");
    }

    #[test]
    fn settings_depend_on_the_version() {
        let version = version();
        let setting = ["--ndpi-set", "nothing.of.this.name=1"];
        let error = usage_error(&read("small.pcap", &setting));
        assert!(error.starts_with("nfstream: --ndpi-set: "), "{error}");
        if version < (4, 10) {
            assert!(error.contains("4.10 and newer"), "{error}");
            assert!(
                error.contains(&format!("nDPI {}.{}", version.0, version.1)),
                "{error}"
            );
        } else {
            assert!(error.contains("nothing.of.this.name"), "{error}");
        }
        for malformed in ["dns", "=1", ":key=1", "dns:=1"] {
            let setting = format!("--ndpi-set={malformed}");
            let error = usage_error(&read("small.pcap", &[&setting]));
            assert!(error.contains("--ndpi-set"), "{error}");
            assert!(error.contains("key=value or protocol:key=value"), "{error}");
        }
    }

    #[test]
    fn files_that_are_not_there_are_named() {
        for option in ["--protocols-file", "--categories-file"] {
            let expected = format!("nfstream: {option}: missing.txt: ");
            let error = usage_error(&read("small.pcap", &[option, "missing.txt"]));
            assert!(error.starts_with(&expected), "{error}");
            let error = usage_error(&nfstream(["protocols", option, "missing.txt"]));
            assert!(error.starts_with(&expected), "{error}");
        }
    }

    #[test]
    fn lines_that_are_wrong_are_named_and_nothing_else_is_said() {
        for (option, content, expected) in [
            (
                "--protocols-file",
                "tcp:81@Mine\nhost:\"@x",
                ":2: the host name \"\\\"\"; allowed: letters, ",
            ),
            (
                "--categories-file",
                "# Mine\n\n/\t5\n",
                ":3: the address \"/\"; allowed: an IPv4 address",
            ),
            (
                "--categories-file",
                "a.example\t9999\n",
                ":1: the category \"9999\"; allowed: 0 to ",
            ),
        ] {
            let (_directory, path) = file(content);
            let output = read("small.pcap", &[option, &path]);
            let error = usage_error(&output);
            let expected = format!("nfstream: {option}: {path}{expected}");
            assert!(error.starts_with(&expected), "{error}");
            assert!(output.stdout.is_empty());
        }
    }

    #[test]
    fn directories_are_no_files() {
        for option in ["--protocols-file", "--categories-file"] {
            let error = usage_error(&read("small.pcap", &[option, "."]));
            let expected = format!("nfstream: {option}: .: ");
            assert!(error.starts_with(&expected), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_a_file_of_protocols() {
        let mut child = Command::new(PROGRAM)
            .args([Path::new("read"), &data("mixed.pcap")])
            .args(["--protocols-file", "/dev/stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(b"host:\"api.example.test\"@Mine").unwrap();
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        assert_eq!(value(&output, "40302", "application_name"), "TLS.Mine");
    }

    #[test]
    fn flows_looked_into_have_a_bound() {
        let output = read("mixed.pcap", &["--max-dissected-flows=1"]);
        let summary = stderr(&output);
        assert!(summary.contains("\nnot dissected    "), "{summary}");
        let output = read("mixed.pcap", &[]);
        assert!(!stderr(&output).contains("not dissected"));
        let error = usage_error(&read("small.pcap", &["--max-dissected-flows=0"]));
        assert!(error.contains("from 1"), "{error}");
    }

    #[test]
    fn protocols_of_a_file_are_found() {
        let (_directory, path) = file("host:\"api.example.test\"@MyApplication\ntcp:81@MyPort\n");
        let output = read("mixed.pcap", &["--protocols-file", &path]);
        let name = value(&output, "40302", "application_name");
        assert_eq!(name, "TLS.MyApplication");
        let name = value(&output, "40104", "application_name");
        assert!(!name.contains("MyApplication"), "{name}");

        let output = nfstream(["protocols", "--protocols-file", &path]);
        let page = String::from_utf8(output.stdout).unwrap();
        assert!(page.contains("\nMyApplication "), "{page}");
        assert!(page.contains("\nMyPort "), "{page}");
    }

    #[test]
    fn categories_of_a_file_are_found() {
        // Cryptocurrency mining in all versions.
        let (_directory, path) = file("api.example.test\t99\n");
        let category = |output| value(&output, "40302", "application_category_name");
        let usual = category(read("mixed.pcap", &[]));
        assert_eq!(usual, "Web");
        let changed = category(read("mixed.pcap", &["--categories-file", &path]));
        assert_eq!(changed, "Mining");
    }

    #[test]
    fn protocols_are_listed_below_the_version() {
        let output = nfstream(["protocols"]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let page = String::from_utf8(output.stdout).unwrap();
        let (first, rest) = page.split_once('\n').unwrap();
        let count = rest.lines().count();
        assert!(first.starts_with("nDPI "), "{first}");
        assert!(first.ends_with(&format!(": {count} protocols")), "{first}");
        for name in ["DNS", "TLS", "HTTP", "QUIC", "SSH"] {
            let mut names = rest.lines().map(|line| line.split_whitespace().next());
            assert!(names.any(|it| it == Some(name)), "{name}");
        }
    }
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::FileTypeExt;
    use std::process::Child;
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_device_stays_a_device() {
        let output = read("small.pcap", &["-o", "/dev/null"]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let device = fs::metadata("/dev/null").unwrap();
        assert!(device.file_type().is_char_device());
    }

    #[test]
    fn standard_output_by_its_path_needs_no_ending() {
        let directory = TempDir::new().unwrap();
        let out = directory.path().join("out");
        let script = format!(
            "nfstream read {} -o /dev/stdout > {}",
            data("small.pcap").display(),
            out.display()
        );
        let output = shell(&script);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert_eq!(rows(&fs::read(&out).unwrap()).len(), 5);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_is_an_error() {
        for script in [
            "nfstream read CAPTURE -o /dev/full",
            "nfstream read CAPTURE > /dev/full",
            "nfstream read CAPTURE --format table > /dev/full",
            // The run is over before the rows are flushed for who looks on.
            "nfstream read CAPTURE --max-nflows 3 --idle-timeout 0 > /dev/full",
            "nfstream man > /dev/full",
        ] {
            let capture = data("small.pcap").display().to_string();
            let output = shell(&script.replace("CAPTURE", &capture));
            assert_eq!(output.status.code(), Some(1), "{script}");
            let error = stderr(&output);
            let last = error.lines().last().unwrap();
            assert!(last.starts_with("nfstream: "), "{error}");
            assert!(last.contains("cannot be written: No space left"), "{error}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_cannot_be_read_in_a_directory_stops_nothing() {
        let directory = directory();
        let good = nfstream([Path::new("read"), directory.path()]);
        // Nothing is at its first byte, also for root.
        std::os::unix::fs::symlink("/proc/self/mem", directory.path().join("aa")).unwrap();
        let output = nfstream([Path::new("read"), directory.path()]);
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(rows(&output.stdout), good_rows(&good));
        let errors = stderr(&output);
        let last = errors.lines().last().unwrap();
        assert!(last.starts_with("nfstream: "), "{errors}");
        assert!(last.contains("aa: cannot be read: "), "{errors}");
    }

    #[test]
    fn a_closed_pipe_is_no_error() {
        let capture = data("mixed.pcap").display().to_string();
        for command in [
            "read CAPTURE --idle-timeout 0 --statistical-analysis",
            "read CAPTURE --idle-timeout 0 --format table",
            "man",
            "completions bash",
            "--help",
            #[cfg(feature = "ndpi")]
            "protocols",
        ] {
            let command = command.replace("CAPTURE", &capture);
            // `true` closes the pipe without reading.
            for reader in ["head -1 >/dev/null", "true"] {
                let script = format!("{{ nfstream {command}; echo $? >&2; }} | {reader}");
                let error = stderr(&shell(&script));
                assert_eq!(error.lines().last(), Some("0"), "{command}: {error}");
                assert!(!error.contains("panicked"), "{command}: {error}");
            }
        }
    }

    #[test]
    fn a_named_pipe_is_a_capture_and_an_output() {
        let directory = TempDir::new().unwrap();
        let (input, out) = (directory.path().join("in"), directory.path().join("out"));
        for pipe in [&input, &out] {
            assert!(Command::new("mkfifo").arg(pipe).status().unwrap().success());
        }
        let script = format!(
            "cat {} > {} & nfstream read {} -q -o {} & cat {}; wait",
            data("small.pcap").display(),
            input.display(),
            input.display(),
            out.display(),
            out.display(),
        );
        let output = shell(&script);
        assert_eq!(stderr(&output), "");
        assert_eq!(rows(&output.stdout).len(), 5);
        assert!(fs::metadata(&out).unwrap().file_type().is_fifo());
    }

    fn signal(child: &Child, name: &str) {
        let status = Command::new("kill")
            .args([format!("-{name}"), child.id().to_string()])
            .status();
        assert!(status.unwrap().success());
    }

    /// A run whose input is not over, at the moment when it has printed the header.
    fn waiting<A: AsRef<std::ffi::OsStr>>(
        options: &[A],
    ) -> (Child, std::process::ChildStdin, std::process::ChildStdout) {
        let mut child = Command::new(PROGRAM)
            .arg("read")
            .args(options)
            .arg("-")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let capture = fs::read(data("small.pcap")).unwrap();
        stdin.write_all(&capture).unwrap();
        let mut first = [0; HEADER.len()];
        stdout.read_exact(&mut first).unwrap();
        assert_eq!(first, HEADER.as_bytes());
        (child, stdin, stdout)
    }

    #[test]
    fn a_file_can_be_followed_while_it_is_written() {
        const TRIES: u32 = 500;
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("flows.csv");
        let mut child = Command::new(PROGRAM)
            .args(["read", "-", "-q", "--idle-timeout", "0", "-o"])
            .arg(&path)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let capture = fs::read(data("small.pcap")).unwrap();
        stdin.write_all(&capture).unwrap();
        let partial = directory.path().join("flows.csv.partial");
        let is_there = (0..TRIES).any(|_| {
            std::thread::sleep(Duration::from_millis(20));
            fs::read(&partial).is_ok_and(|text| text.starts_with(HEADER.as_bytes()))
        });
        assert!(is_there);
        drop(stdin);
        assert_eq!(child.wait().unwrap().code(), Some(0));
        assert!(!rows(&fs::read(&path).unwrap()).is_empty());
    }

    #[test]
    fn a_signal_ends_a_run_that_waits_for_input() {
        for name in ["INT", "TERM"] {
            let (child, mut stdin, mut stdout) = waiting(&["--idle-timeout", "0.05"]);
            // A piece of a packet, which is nothing to complain of here.
            stdin.write_all(&[0; 6]).unwrap();
            signal(&child, name);
            let mut rest = Vec::new();
            stdout.read_to_end(&mut rest).unwrap();
            let output = child.wait_with_output().unwrap();
            drop(stdin);
            assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
            assert_eq!(String::from_utf8(rest).unwrap().lines().count(), 6);
            let summary = stderr(&output);
            assert!(summary.contains("packets read     38\n"), "{summary}");
            assert!(
                summary.contains("stopped          by a signal\n"),
                "{summary}"
            );
            assert!(!summary.contains("nfstream: "), "{summary}");
        }
    }

    #[test]
    fn a_closed_pipe_ends_a_run_whose_input_goes_on() {
        // Once a thousand packets a flow ends: far less than what makes the output write by itself.
        const PACKETS_PER_FLOW: u32 = 1_000;
        const PACKETS_AT_MOST: u32 = 300_000;
        let (mut child, mut stdin, stdout) = waiting(&["--idle-timeout", "1", "-q"]);
        drop(stdout);
        let capture = fs::read(data("small.pcap")).unwrap();
        let length = u32::from_le_bytes(capture[32..36].try_into().unwrap());
        let mut packet = capture[24..40 + length as usize].to_vec();
        let mut seconds = u32::from_le_bytes(packet[..4].try_into().unwrap());
        let refused = (0..PACKETS_AT_MOST).find_map(|number| {
            if number % PACKETS_PER_FLOW == 0 {
                seconds += 10;
                packet[..4].copy_from_slice(&seconds.to_le_bytes());
            }
            stdin.write_all(&packet).err()
        });
        assert!(refused.is_some(), "all of the input was read");
        assert_eq!(child.wait().unwrap().code(), Some(0));
        let mut errors = String::new();
        let mut stderr = child.stderr.take().unwrap();
        stderr.read_to_string(&mut errors).unwrap();
        assert_eq!(errors, "");
    }

    #[test]
    fn a_signal_hides_no_input_error() {
        let directory = directory();
        let damaged = directory.path().join("notes.pcap");
        let options = [damaged.as_os_str(), "--idle-timeout=0.05".as_ref()];
        let (child, stdin, mut stdout) = waiting(&options);
        std::thread::sleep(Duration::from_millis(200));
        signal(&child, "INT");
        stdout.read_to_end(&mut Vec::new()).unwrap();
        let output = child.wait_with_output().unwrap();
        drop(stdin);
        assert_eq!(output.status.code(), Some(1));
        let errors = stderr(&output);
        let errors: Vec<_> = errors
            .lines()
            .filter(|line| line.starts_with("nfstream: "))
            .collect();
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(errors[0].contains("notes.pcap: "), "{errors:?}");
    }

    #[test]
    fn the_second_signal_ends_the_process_at_once() {
        // Nobody reads the many rows, so that the run hangs where no first signal reaches it.
        let (mut child, mut stdin, stdout) = waiting(&["--idle-timeout", "0"]);
        let capture = fs::read(data("mixed.pcap")).unwrap();
        let feeder = std::thread::spawn(move || while stdin.write_all(&capture[24..]).is_ok() {});
        std::thread::sleep(Duration::from_millis(500));
        signal(&child, "INT");
        std::thread::sleep(Duration::from_millis(200));
        assert_eq!(child.try_wait().unwrap(), None);
        signal(&child, "INT");
        assert_eq!(child.wait().unwrap().code(), Some(130));
        drop(stdout);
        feeder.join().unwrap();
    }
}

#[test]
fn options_come_from_a_file_and_the_command_line_wins() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("nfstream.toml");
    let config = |text: &str| {
        fs::write(&file, text).unwrap();
        format!("--config={}", file.display())
    };
    let text = "n_dissections = 0\nplugin = 'packet-size-counter=60'\n[read]\nidle_timeout = 0\nquiet = true\n";
    let output = read("small.pcap", &[&config(text)]);
    assert_eq!(stderr(&output), "");
    let header = String::from_utf8(output.stdout.clone()).unwrap();
    let header = header.lines().next().unwrap();
    assert!(header.ends_with(",udps.packet_60_count"), "{header}");
    assert!(!header.contains("application_name"), "{header}");
    assert_eq!(good_rows(&output).len(), 38);
    // Positions of the option and of the command make no difference.
    let by_command_line = Command::new(PROGRAM)
        .args([&config(text), "read", "--idle-timeout=120"])
        .arg(data("small.pcap"))
        .output()
        .unwrap();
    assert_eq!(good_rows(&by_command_line).len(), 5);

    for (text, message) in [
        (
            "idle_timeout = -1",
            "invalid value '-1' for '--idle-timeout <SECONDS>': allowed: seconds",
        ),
        (
            "idle_timout = 1",
            "idle_timout: there is no such option: did you mean \"idle-timeout\"",
        ),
        ("idle_timeout = ", "TOML parse error at line 1, column 16"),
    ] {
        let error = usage_error(&read("small.pcap", &[&config(text)]));
        let start = format!("nfstream: --config: {}: ", file.display());
        assert!(
            error.starts_with(&start) && error.contains(message),
            "{error}"
        );
    }
    let error = usage_error(&read("small.pcap", &["--config", "/nonexistent.toml"]));
    assert!(
        error.contains("--config: /nonexistent.toml: No such file"),
        "{error}"
    );
}

#[test]
fn a_plugin_that_is_named_adds_its_columns() {
    let output = read(
        "small.pcap",
        &[
            "--plugin",
            "packet-size-counter=74",
            "--plugin=flow-slicer=2",
        ],
    );
    let rows = good_rows(&output);
    assert_eq!(rows.len(), 19 + 1);
    let error = usage_error(&read("small.pcap", &["--plugin", "packet-size-counter"]));
    assert_eq!(
        error,
        "nfstream: --plugin: packet-size-counter: a value is missing; allowed: packet-size-counter=BYTES\n"
    );
}

#[test]
fn the_columns_are_told() {
    let output = nfstream(["schema"]);
    assert_eq!(output.status.code(), Some(0));
    let page = String::from_utf8(output.stdout).unwrap();
    let header = read(
        "small.pcap",
        &["--statistical-analysis", "--splt-analysis=3"],
    )
    .stdout;
    let header = String::from_utf8(header).unwrap();
    for column in header.lines().next().unwrap().split(',') {
        assert!(
            page.lines()
                .any(|line| line.starts_with(&format!("{column} "))),
            "{column}"
        );
    }
    let output = shell("nfstream schema | head -n 1");
    assert_eq!(stderr(&output), "");
}

/// What `nfstream report` makes of these files.
fn report(files: &[PathBuf], options: &[&str]) -> Output {
    let mut arguments = vec!["report".into()];
    arguments.extend_from_slice(files);
    arguments.extend(options.iter().map(PathBuf::from));
    nfstream(arguments)
}

/// The figure that a page tells under a name.
fn figure<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = page.split_once(&format!("data-figure=\"{name}\" data-value=\""))?;
    rest.split('"').next()
}

#[test]
fn a_report_shows_captures_and_what_was_made_of_them() {
    let directory = TempDir::new().unwrap();
    let path = |name: &str| directory.path().join(name);
    let text = |it: PathBuf| it.to_str().unwrap().to_owned();
    let [page, flows, other] = ["a.html", "flows.parquet", "b.html"].map(path);
    let output = report(&[data("small.pcap")], &["-o", &text(page.clone())]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("packets read     38\n"));
    let of_capture = fs::read_to_string(&page).unwrap();
    assert_eq!(figure(&of_capture, "flows"), Some("5"));
    assert_eq!(figure(&of_capture, "packets"), Some("38"));
    assert!(of_capture.contains("<title>small.pcap"));

    assert_eq!(
        read("small.pcap", &["-q", "-o", &text(flows.clone())])
            .status
            .code(),
        Some(0)
    );
    let options = ["-o", &text(other.clone()), "--title", "<b>Monday"];
    let output = report(std::slice::from_ref(&flows), &options);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let of_flows = fs::read_to_string(other).unwrap();
    assert_eq!(figure(&of_flows, "bytes"), figure(&of_capture, "bytes"));
    assert!(of_flows.contains("&lt;b&gt;Monday") && !of_flows.contains("<b>Monday"));

    let error = usage_error(&report(&[flows, data("small.pcap")], &["-o", "-"]));
    assert!(
        error.contains("flows.parquet has flows and ")
            && error.contains("allowed: a report of either")
    );
}

#[test]
fn a_report_tells_what_could_not_be_read() {
    let directory = TempDir::new().unwrap();
    let cut = directory.path().join("cut.pcap");
    let whole = fs::read(data("small.pcap")).unwrap();
    fs::write(&cut, &whole[..whole.len() - 10]).unwrap();
    let output = report(&[cut], &["-o", "-", "-q"]);
    assert_eq!(output.status.code(), Some(1));
    let page = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(figure(&page, "packets"), Some("37"));
    let error = stderr(&output);
    let what = error.trim_end().strip_prefix("nfstream: ").unwrap();
    assert!(
        page.contains("cut.pcap") && what.contains("cut.pcap"),
        "{error}"
    );

    let nowhere = directory.path().join("page.html");
    let output = report(
        &["/nonexistent.pcap".into()],
        &["-o", nowhere.to_str().unwrap()],
    );
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        fs::read_dir(&directory).unwrap().count(),
        1,
        "no page, no rest of one"
    );
}

#[test]
fn a_model_adds_its_columns() {
    let model = data("models/mixed.onnx");
    let model = model.to_str().unwrap();
    let options = [
        "--n-dissections=0",
        "--statistical-analysis",
        "--model",
        model,
    ];
    let output = read("mixed.pcap", &options);
    let header = String::from_utf8(output.stdout.clone()).unwrap();
    let header = header.lines().next().unwrap();
    assert!(
        header.contains(",udps.model_class,udps.model_probability_"),
        "{header}"
    );
    assert_eq!(good_rows(&output).len(), 55);

    let error = usage_error(&read(
        "mixed.pcap",
        &["--n-dissections=0", "--model", model],
    ));
    assert!(
        error.contains("statistical_analysis would add it"),
        "{error}"
    );
    let error = usage_error(&read("mixed.pcap", &["--model", "/nonexistent.onnx"]));
    assert!(
        error.starts_with("nfstream: --model: /nonexistent.onnx: "),
        "{error}"
    );
    let error = usage_error(&read("mixed.pcap", &["--model-at-packet", "3"]));
    assert_eq!(error, "nfstream: --model-at-packet: needs --model\n");
    // Either from a file.
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("nfstream.toml");
    fs::write(
        &file,
        format!("model = '{model}'\nstatistical_analysis = true\nn_dissections = 0"),
    )
    .unwrap();
    let config = format!("--config={}", file.display());
    assert_eq!(
        good_rows(&read("mixed.pcap", &[&config, "--model-at-packet=3"])).len(),
        55
    );
}
