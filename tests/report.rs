//! Reports: of a run and of its Parquet file, and what a browser makes of the page.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test, helpers included"
)]

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use nfstream::export::{FileSink, Parquet, Timestamps};
use nfstream::flow::FlowKey;
use nfstream::report::{Context, Ignored, Report};
use nfstream::{Application, Builder, Dissection, Dissector, Packet, Streamer, Summary, TimeUnit};

/// Flows of many kinds, tunnels and VLANs among them, and packets that cannot be metered.
const MIXED: &str = "tests/data/mixed.pcap";

/// What a server may be called by those who want to break the page.
const HOSTILE: &str = "</td></table><script>document.title='broken'</script>\u{202e}";

/// Set where a browser must be there.
const REQUIRE_BROWSER: &str = "NFSTREAM_REQUIRE_BROWSER";

/// Names of the same browser.
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Names flows by their protocols, and every server by a hostile name.
struct ByProtocol;

impl Dissector for ByProtocol {
    type State = u8;

    fn start(&mut self, key: &FlowKey) -> Option<u8> {
        // One protocol is not looked into.
        Some(key.protocol()).filter(|&protocol| protocol != 1)
    }

    fn dissect<'a>(&'a mut self, _packet: &Packet<'_>, _state: &'a mut u8) -> Dissection<'a> {
        Dissection::Done
    }

    fn finish<'a>(&'a mut self, protocol: &'a mut u8) -> Application<'a> {
        let mut application = Application::UNKNOWN;
        if *protocol == 6 {
            application.name = "TCP.Something";
            application.category = "Web";
            application.server_name = HOSTILE;
        }
        application
    }
}

/// A run into a report.
fn report<D: Dissector>(builder: Builder<(), D>) -> (Report, Summary) {
    let mut report = Report::default();
    let summary = builder
        .source(MIXED)
        .build()
        .unwrap()
        .run(&mut report)
        .unwrap();
    (report, summary)
}

fn context(summary: &Summary) -> Context {
    let mut context = Context::new("mixed.pcap");
    context.inputs = vec![MIXED.to_owned()];
    context.ignored = Some(Ignored::list(&summary.packets_ignored));
    context
}

/// The value of a figure in the page: the first that has this name.
fn figure(page: &str, name: &str) -> u64 {
    let (_, rest) = page
        .split_once(&format!("data-figure=\"{name}\" data-value=\""))
        .unwrap_or_else(|| panic!("no figure {name}"));
    rest.split('"').next().unwrap().parse().unwrap()
}

/// Totals of a page are those of the run.
fn assert_totals(page: &str, summary: &Summary) {
    for (name, right) in [
        ("flows", summary.records()),
        ("packets", summary.packets_in_records),
        ("packets", summary.packets_metered),
        ("bytes", summary.bytes_metered),
        ("ignored", summary.packets_ignored.total()),
    ] {
        assert_eq!(figure(page, name), right, "{name}");
    }
}

#[test]
fn a_run_and_its_parquet_file_give_the_same_page() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flows.parquet");
    for unit in [
        TimeUnit::Milliseconds,
        TimeUnit::Microseconds,
        TimeUnit::Nanoseconds,
    ] {
        let of_run = |with_application| {
            let builder = Streamer::builder().time_unit(unit);
            if with_application {
                report(builder.dissector(ByProtocol))
            } else {
                report(builder)
            }
        };
        for timestamps in [Timestamps::Typed, Timestamps::Integers] {
            for with_application in [false, true] {
                let (report, summary) = of_run(with_application);
                let page = report.render(&context(&summary));
                let sink =
                    FileSink::create(&path, Parquet::default().timestamps(timestamps)).unwrap();
                let builder = Streamer::builder().time_unit(unit).source(MIXED);
                if with_application {
                    builder
                        .dissector(ByProtocol)
                        .build()
                        .unwrap()
                        .run(sink)
                        .unwrap();
                } else {
                    builder.build().unwrap().run(sink).unwrap();
                }
                let mut of_file = Report::default();
                assert_eq!(of_file.add_parquet(&path).unwrap(), summary.records());
                let file_page = of_file.render(&context(&summary));
                assert_eq!(
                    page, file_page,
                    "{unit:?} {timestamps:?} {with_application}"
                );
                assert_totals(&page, &summary);
                assert_eq!(page.contains("TCP.Something"), with_application);
            }
        }
    }
}

#[test]
fn the_page_does_not_depend_on_the_number_of_meters() {
    let (one, summary) = report(Streamer::builder().n_meters(1));
    let (four, _) = report(Streamer::builder().n_meters(4));
    let context = context(&summary);
    assert_eq!(one.render(&context), four.render(&context));
}

#[test]
fn a_browser_shows_the_figures_of_the_run_and_loads_nothing() {
    let (report, summary) = report(Streamer::builder().dissector(ByProtocol));
    let page = report.render(&context(&summary));
    for reference in ["http:", "https:", "url(", "src=", "href=", "@import"] {
        assert!(!page.contains(reference), "{reference}");
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("report.html");
    fs::write(&path, &page).unwrap();
    let Some(document) = document(&path, &directory.path().join("profile")) else {
        return;
    };
    assert_totals(&document, &summary);
    assert!(
        document.contains("<title>mixed.pcap</title>"),
        "a script has run"
    );
    assert!(!document.contains("<script"), "a script is in the page");
    // What the parser mends is other than what was written: each element closes where it should.
    for tag in ["section", "table", "tr", "td", "svg", "details"] {
        let count = |text: &str| text.matches(&format!("<{tag}")).count();
        assert_eq!(count(&document), count(&page), "{tag}");
    }
    assert!(summary.packets_ignored.total() > 0 && document.contains("TCP.Something"));
}

/// The document that a browser makes of a page. `None`, and a message that nobody can miss, where there is no browser.
fn document(page: &Path, profile: &Path) -> Option<String> {
    let is_there = |browser: &&str| {
        let version = Command::new(browser)
            .arg("--version")
            .stdout(Stdio::null())
            .status();
        version.is_ok_and(|status| status.success())
    };
    let Some(browser) = BROWSERS.into_iter().find(is_there) else {
        let required = std::env::var_os(REQUIRE_BROWSER).is_some_and(|value| value == "1");
        assert!(
            !required,
            "{REQUIRE_BROWSER} is 1, but there is none of {BROWSERS:?}"
        );
        let rule = "=".repeat(100);
        let message = format!(
            "{rule}\nSKIPPED: reports are NOT TESTED in a browser: there is none of {BROWSERS:?}\n{rule}\n"
        );
        // Not by `eprintln`, whose output is only seen when a test fails.
        io::stderr().write_all(message.as_bytes()).unwrap();
        return None;
    };
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{browser}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(String::from_utf8(output.stdout).unwrap())
}
