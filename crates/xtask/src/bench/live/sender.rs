//! Sending packets at a rate.

use std::path::Path;
use std::process::Command;

use super::link::{Link, SENDING};
use super::search::Speed;
use crate::run::Failure;

/// How long a trial sends.
const SECONDS: f64 = 3.0;
/// A sender that reaches less than this part of what it is asked for is at its top.
const AT_TOP: f64 = 0.95;

/// What was sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sent {
    pub(super) packets: u64,
    /// Packets in a second.
    pub(super) rate: f64,
    pub(super) seconds: f64,
}

impl Sent {
    /// Whether the sender could not have been faster.
    pub(super) fn is_at_top(self, asked: Speed) -> bool {
        match asked {
            Speed::Top => true,
            Speed::Rate(rate) => self.rate < rate * AT_TOP,
        }
    }
}

/// Sends a file again and again for some seconds.
pub(super) fn send(link: &Link, file: &Path, speed: Speed) -> Result<Sent, Failure> {
    let whole = |number: f64| format!("{number:.0}");
    let mut options = match speed {
        Speed::Top => vec!["--topspeed".to_owned()],
        Speed::Rate(rate) => vec![
            format!("--pps={}", whole(rate)),
            format!("--limit={}", whole(rate * SECONDS)),
        ],
    };
    options.push(format!("--duration={}", whole(SECONDS)));
    options.push("--loop=1000000".to_owned());
    replay(link, file, &options)
}

/// Sends the first packet of a file.
pub(super) fn send_one(link: &Link, file: &Path) -> Result<Sent, Failure> {
    replay(
        link,
        file,
        &["--topspeed".to_owned(), "--limit=1".to_owned()],
    )
}

fn replay(link: &Link, file: &Path, options: &[String]) -> Result<Sent, Failure> {
    let output = Command::new("ip")
        .args(["netns", "exec", link.sender(), "tcpreplay"])
        .args(["--intf1", SENDING, "--preload-pcap", "--no-flow-stats"])
        .args(options)
        .arg(file)
        .output()
        .map_err(|error| Failure::new(format!("tcpreplay: {error}")))?;
    let said = String::from_utf8_lossy(&output.stdout);
    Sent::parse(&said).ok_or_else(|| {
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().last().unwrap_or_default();
        Failure::new(format!("tcpreplay: {}: {last}", output.status))
    })
}

impl Sent {
    /// From what tcpreplay reports. Packets that the device refused were not sent.
    pub(super) fn parse(report: &str) -> Option<Self> {
        let after = |what: &str| report.split(what).nth(1)?.split_whitespace().next();
        let number = |what: &str| after(what)?.parse::<f64>().ok();
        Some(Self {
            packets: after("Successful packets:")?.parse().ok()?,
            rate: report
                .lines()
                .find_map(|line| line.strip_suffix(" pps")?.rsplit(' ').next()?.parse().ok())?,
            seconds: number("sent in")?,
        })
    }
}
