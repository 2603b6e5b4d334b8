//! The options of `nfstream live`.

use std::net::SocketAddr;
use std::time::Duration;

use clap::{ArgAction, Args, ValueEnum};

use super::values::{address, interval, seconds, whole};
use super::{Layer7Args, MeteringArgs, OutputArgs, PluginArgs};

pub(super) const EXAMPLES: &str = "\
Examples:
  nfstream live -i eth0                                a table on the terminal, until Ctrl-C
  nfstream live -i eth0 -o flows.csv --rotate 5m       a file of CSV for every five minutes
  nfstream live -i any -f 'tcp port 443' --duration 60
  nfstream live -i eth0 -o /var/lib/flows/f.csv --user flows
                                                       as the user flows, who owns that directory

Capturing needs permission: run it as root, or once: sudo setcap cap_net_raw=ep $(which nfstream)

Exit status:
  0    done, also where Ctrl-C or SIGTERM ended the run, or the reader of a pipe had enough
  1    the interface cannot be captured from, or not any longer, or the output cannot be written
  2    wrong usage; nothing was metered
  130  a second Ctrl-C: left at once";

#[derive(Debug, Args)]
pub(crate) struct LiveArgs {
    #[command(flatten)]
    pub(crate) capture: CaptureArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) metering: MeteringArgs,
    #[command(flatten)]
    pub(crate) layer7: Layer7Args,
    #[command(flatten)]
    pub(crate) plugins: PluginArgs,
    #[command(flatten)]
    pub(crate) watch: WatchArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Capture")]
pub(crate) struct CaptureArgs {
    /// The network interface to capture from, any for all of them
    #[arg(short, long, value_name = "NAME")]
    pub(crate) interface: String,

    /// Meter only packets that this filter matches
    ///
    /// It is in the language of tcpdump and libpcap: 'tcp port 443', 'net 192.0.2.0/24 and not icmp'. An empty one matches
    /// all. The kernel runs it: what does not match is in no counter.
    #[arg(short = 'f', long, value_name = "FILTER")]
    pub(crate) bpf_filter: Option<String>,

    /// Capture packets for others too
    #[arg(
        long,
        value_name = "BOOL",
        default_value = "true",
        default_missing_value = "true"
    )]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set)]
    pub(crate) promiscuous_mode: bool,

    /// Bytes to capture of each packet
    #[arg(
        long,
        value_name = "BYTES",
        default_value = "1536",
        allow_negative_numbers = true
    )]
    #[arg(value_parser = whole(1, u32::MAX))]
    pub(crate) snapshot_length: u32,

    /// Bytes of each meter's capture buffer, 0 for 16 MiB
    ///
    /// Packets wait there while nobody takes them. When it is full they are dropped, and counted.
    #[arg(
        long,
        value_name = "BYTES",
        default_value = "0",
        allow_negative_numbers = true
    )]
    #[arg(value_parser = whole(0, u32::MAX / 2))]
    pub(crate) socket_buffer_size: u32,

    /// How packets come to several meters
    #[arg(long, value_name = "WAY", default_value = "kernel")]
    pub(crate) spread: Spread,

    /// Stop after so many seconds
    ///
    /// Also with a fraction (0.5).
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    #[arg(value_parser = seconds)]
    pub(crate) duration: Option<Duration>,

    /// Stop behind so many packets
    #[arg(long, value_name = "PACKETS", allow_negative_numbers = true)]
    #[arg(value_parser = whole(1, u64::MAX))]
    pub(crate) max_packets: Option<u64>,

    /// Begin a new file of output after so long: 30s, 5m, 1h, 1d
    ///
    /// flows.csv becomes flows.20261123T174500Z.csv and so on, after the beginning of the interval in UTC. An interval without
    /// flows has a file without rows. Each has its name when it is complete.
    #[arg(long, value_name = "INTERVAL", help_heading = "Output")]
    #[arg(value_parser = interval)]
    pub(crate) rotate: Option<Duration>,

    /// Run as this user from when the interface is open
    ///
    /// Needs root. Files of output are made by that user. With --system-visibility-mode 1 only processes of that user are seen.
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Watching")]
pub(crate) struct WatchArgs {
    /// Seconds between performance reports, 0 for none
    ///
    /// Each is a line of JSON on standard error. The last one comes at the end.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value = "0",
        allow_negative_numbers = true
    )]
    #[arg(value_parser = whole(0, u64::MAX))]
    pub(crate) performance_report: u64,

    /// Answer HTTP requests at this address with figures for Prometheus
    ///
    /// Such as 127.0.0.1:9500, which is for this machine alone; 0.0.0.0:9500 is for everybody who can reach it.
    #[arg(long, value_name = "ADDRESS:PORT")]
    #[arg(value_parser = address)]
    pub(crate) metrics: Option<SocketAddr>,

    /// 1 to name the local process behind each flow
    ///
    /// Adds the columns `system_process_pid` and `system_process_name`.
    #[arg(
        long,
        value_name = "MODE",
        default_value = "0",
        allow_negative_numbers = true
    )]
    #[arg(value_parser = whole(0, 1_u8))]
    pub(crate) system_visibility_mode: u8,

    /// Milliseconds between looks at the local sockets
    #[arg(
        long,
        value_name = "MILLISECONDS",
        default_value = "100",
        allow_negative_numbers = true
    )]
    #[arg(value_parser = whole(1, u64::MAX))]
    pub(crate) system_visibility_poll_ms: u64,
}

/// How packets come to several meters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Spread {
    /// A socket for each meter, by the kernel's hash of addresses and ports: fastest; may split flows of ESP, SCTP, GRE and tunnels
    Kernel,
    /// One socket, by the flow's own key: right inside of all tunnels, and rows in the order in which flows are due
    Flow,
}

impl From<Spread> for nfstream::Spread {
    fn from(spread: Spread) -> Self {
        match spread {
            Spread::Kernel => Self::Kernel,
            Spread::Flow => Self::Flow,
        }
    }
}
