//! The command line.

mod anonymize;
#[cfg(all(feature = "libpcap", unix))]
mod live;
mod report;
mod values;

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand};
use clap_complete::Shell;

pub(crate) use anonymize::AnonymizeArgs;
#[cfg(all(feature = "libpcap", unix))]
pub(crate) use live::LiveArgs;
pub(crate) use report::ReportArgs;
pub(crate) use values::seconds;
use values::whole;
pub(crate) use values::{Accounting, Format, LineEnd, Times, Unit};
#[cfg(feature = "ndpi")]
pub(crate) use values::{Fingerprint, NdpiLicence, NdpiSetting};

use crate::plugins;

/// Turns captured packets into bidirectional flows with NFStream's features.
#[derive(Debug, Parser)]
#[command(name = "nfstream", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// Take options from this file, in TOML
    ///
    /// Keys are the names of options: `idle-timeout = 15`, `plugin = ["ja4", "rates"]`. Those in a table with the name of a
    /// command, such as [live], are for it alone. What the command line says wins.
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Meter captures into flows
    ///
    /// Writes one row for each flow: a table on a terminal, CSV into a file or a pipe. Progress, a summary and errors go
    /// to standard error.
    #[command(after_long_help = after_help())]
    Read(Box<ReadArgs>),
    /// Make a page that shows what captures hold
    ///
    /// One HTML file without scripts: totals and what was ignored, applications, traffic over time, sizes and durations of flows, who
    /// talks to whom. It takes captures as `read` does, or Parquet files that `read` wrote (options of metering and layer 7 have
    /// no effect on these).
    #[command(after_long_help = report::EXAMPLES)]
    Report(Box<ReportArgs>),
    /// Meter the packets of a network interface into flows
    ///
    /// Writes one row for each flow when it has ended, until Ctrl-C, SIGTERM, or what options say: then the flows that are
    /// left are written too. Rows go where those of `read` go; a status line, a summary and errors go to standard error.
    #[cfg(all(feature = "libpcap", unix))]
    #[command(after_long_help = live::EXAMPLES)]
    Live(Box<LiveArgs>),
    /// List the network interfaces that can be captured from
    #[cfg(all(feature = "libpcap", unix))]
    Devices,
    /// List the protocols and applications that the installed nDPI knows
    #[cfg(feature = "ndpi")]
    Protocols(Box<NdpiArgs>),
    /// List the columns: name, type, unit, what turns it on, meaning
    Schema,
    /// Print completions for a shell
    Completions {
        /// The shell to print them for
        shell: Shell,
    },
    /// Print the manual page (roff)
    Man,
}

/// Examples of layer 7.
const LAYER7_EXAMPLES: &str = if cfg!(feature = "ndpi") {
    "
  nfstream read capture.pcap -o flows.csv --risk-column    also what looks dangerous
  nfstream read capture.pcap --protocols-file mine.txt     names for applications of your own
  nfstream read capture.pcap --n-dissections 0             no look into payloads, no applications"
} else {
    ""
};

fn after_help() -> String {
    format!(
        "\
Examples:
  nfstream read capture.pcap                        a table on the terminal, CSV into a pipe
  nfstream read capture.pcap -o flows.csv           CSV into a file
  nfstream read capture.pcap -o flows.parquet       Parquet, for pandas, Polars, DuckDB, Spark
  nfstream read mon.pcap tue.pcapng.zst -o week.csv several files are one capture
  nfstream read captures/ --order-by-first-timestamp
  nfstream read 'captures/*.pcap.gz' -f 'tcp port 443' --statistical-analysis
  nfstream read capture.pcap --format none          only count packets and flows
  tcpdump -i eth0 -U -w - | nfstream read - --idle-timeout 15{LAYER7_EXAMPLES}

Exit status:
  0    done, also where Ctrl-C or SIGTERM ended the run early, or the reader of a pipe had enough
  1    an input could not be read (to its end), or the output could not be written; what was metered is written
  2    wrong usage; nothing was metered
  130  a second Ctrl-C: left at once"
    )
}

#[derive(Debug, Args)]
pub(crate) struct ReadArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) metering: MeteringArgs,
    #[command(flatten)]
    pub(crate) layer7: Layer7Args,
    #[command(flatten)]
    pub(crate) plugins: PluginArgs,
}

#[derive(Debug, Args)]
pub(crate) struct InputArgs {
    /// Captures: files, directories, patterns, or - for standard input
    ///
    /// Files are pcap or pcapng, also in gzip, zstd or lz4, recognised by content. Of a directory the captures in it are
    /// read, by name, but not those in directories below. Patterns with *, ? and [] are for shells that do not expand
    /// them, and pass over directories. Several are read as one capture, in this order: a flow that goes on in the next file stays one flow.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// Read files in the order of their first packets' timestamps
    ///
    /// Default: in the given order. Standard input and pipes come last.
    #[arg(
        long,
        help_heading = "Input",
        value_name = "BOOL",
        default_value = "false",
        default_missing_value = "true"
    )]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set)]
    pub(crate) order_by_first_timestamp: bool,

    /// Meter only packets that this filter matches
    ///
    /// It is in the language of tcpdump and libpcap: 'tcp port 443', 'net 192.0.2.0/24 and not icmp'. An empty one matches
    /// all.
    #[arg(short = 'f', long, value_name = "FILTER", help_heading = "Input")]
    pub(crate) bpf_filter: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// Write to this file, - for standard output
    ///
    /// The format is the one that the ending names: .csv, .jsonl, .ndjson, .parquet, .arrow, .feather (Arrow file), .arrows
    /// (Arrow stream). The file has a temporary name until it is complete. Devices and pipes are written to as they are.
    /// Default: standard output.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// What to write
    ///
    /// Default: by the ending of the output's name; on standard output a table where that is a terminal, else CSV. A table
    /// has a choice of columns, and times in UTC. With none, flows are metered and counted in the summary, and no row is
    /// written.
    #[arg(long)]
    pub(crate) format: Option<Format>,

    /// How Parquet and Arrow have points in time
    #[arg(long, value_name = "TYPE", default_value = "typed")]
    pub(crate) timestamps: Times,

    /// How lines of CSV end
    #[arg(long, value_name = "END", default_value = "crlf")]
    pub(crate) line_ending: LineEnd,

    /// Flows in a file of output, 0 for all in one
    ///
    /// With 1 or more, flows.csv becomes flows.0.csv, flows.1.csv and so on. Files of an earlier run with higher numbers stay.
    #[arg(
        long,
        value_name = "FLOWS",
        default_value = "0",
        allow_negative_numbers = true
    )]
    #[arg(value_parser = whole(0, u64::MAX))]
    pub(crate) flows_per_file: u64,

    /// Files of output after which the oldest is replaced, 0 for never
    ///
    /// Needs --flows-per-file, or --rotate of a live capture.
    #[arg(
        long,
        value_name = "FILES",
        default_value = "0",
        allow_negative_numbers = true
    )]
    #[arg(value_parser = whole(0, u64::MAX))]
    pub(crate) rotate_files: u64,

    #[command(flatten)]
    pub(crate) quiet: QuietArgs,

    #[command(flatten)]
    pub(crate) anonymize: AnonymizeArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct QuietArgs {
    /// Print neither progress nor summary, only errors
    #[arg(
        short,
        long,
        value_name = "BOOL",
        default_value = "false",
        default_missing_value = "true"
    )]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Metering")]
pub(crate) struct MeteringArgs {
    /// Look into GTP-U, CAPWAP and TZSP tunnels
    ///
    /// Without it there is no column `tunnel_id`.
    #[arg(
        long,
        value_name = "BOOL",
        default_value = "true",
        default_missing_value = "true"
    )]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set)]
    pub(crate) decode_tunnels: bool,

    /// End a flow that had no packet for so long
    ///
    /// In seconds of packet time, also with a fraction (0.5). 0 makes each packet a flow.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value = "120",
        allow_negative_numbers = true
    )]
    #[arg(value_parser = seconds)]
    pub(crate) idle_timeout: Duration,

    /// Cut a flow that has lasted so long
    ///
    /// In seconds of packet time, also with a fraction (0.5). 0 makes each packet a flow.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value = "1800",
        allow_negative_numbers = true
    )]
    #[arg(value_parser = seconds)]
    pub(crate) active_timeout: Duration,

    /// Which of a packet's sizes the byte columns count
    #[arg(
        long,
        value_name = "MODE",
        default_value = "0",
        allow_negative_numbers = true
    )]
    pub(crate) accounting_mode: Accounting,

    /// Add 48 columns of statistics
    ///
    /// Least, mean, deviation and greatest of packet sizes and inter-arrival times, and counts of TCP flags.
    #[arg(
        long,
        value_name = "BOOL",
        default_value = "false",
        default_missing_value = "true"
    )]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set)]
    pub(crate) statistical_analysis: bool,

    /// First packets of each flow to list (SPLT), 0 for none
    ///
    /// Three columns have their directions, sizes and inter-arrival times.
    #[arg(
        long,
        value_name = "PACKETS",
        default_value = "0",
        allow_negative_numbers = true
    )]
    #[arg(value_parser = whole(0, u16::MAX))]
    pub(crate) splt_analysis: u16,

    /// Meters at work at the same time, 0 for one a physical core
    ///
    /// At most 255. The output does not depend on it: each flow belongs to one meter, and rows leave in the order that one
    /// meter has. With layer 7 no more than four are at work, one for each of nDPI's modules.
    #[arg(
        long,
        value_name = "METERS",
        default_value = "0",
        allow_negative_numbers = true
    )]
    #[arg(value_parser = whole(0, usize::MAX))]
    pub(crate) n_meters: usize,

    /// Stop after so many flows, 0 for no limit
    #[arg(
        long,
        value_name = "FLOWS",
        default_value = "0",
        allow_negative_numbers = true
    )]
    #[arg(value_parser = whole(0, u64::MAX))]
    pub(crate) max_nflows: u64,

    /// The unit of times in columns
    ///
    /// Columns are named after it (`bidirectional_duration_us`). Timeouts have this grain too.
    #[arg(long, value_name = "UNIT", default_value = "ms")]
    pub(crate) time_unit: Unit,

    /// The most flows alive at a time
    ///
    /// A bound on memory: when another one starts, the flow unseen for longest ends early.
    #[arg(
        long,
        value_name = "FLOWS",
        default_value = "4194304",
        allow_negative_numbers = true
    )]
    #[arg(value_parser = whole(1, u32::MAX))]
    pub(crate) max_active_flows: u32,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Plugins")]
pub(crate) struct PluginArgs {
    /// Add a plugin that comes with nfstream
    #[arg(long = "plugin", value_name = "NAME[=VALUES]", long_help = plugins::help())]
    pub(crate) plugins: Vec<String>,

    /// Predict with this ONNX model when a flow ends
    ///
    /// Trees, linear models and small networks. The columns that it wants stand in its metadata, and must be among those of the run. It adds
    /// `udps.model_class` and a column for the probability of each class, or `udps.model_value`.
    #[arg(long, value_name = "FILE")]
    pub(crate) model: Option<PathBuf>,

    /// Predict with packet number so much of a flow, not when it ends
    ///
    /// A flow that ends before is predicted at its end. Default: what the model's metadata says, else at the end.
    #[arg(long, value_name = "PACKET", allow_negative_numbers = true)]
    #[arg(value_parser = whole(1, u32::MAX))]
    pub(crate) model_at_packet: Option<u32>,
}

/// How many packets to look into where it is not said: NFStream's 20, where there is something to look with.
const N_DISSECTIONS: &str = if cfg!(feature = "ndpi") { "20" } else { "0" };

#[derive(Debug, Args)]
#[command(next_help_heading = "Layer 7 (nDPI)")]
pub(crate) struct Layer7Args {
    /// Packets of a flow to look into for its application, 0 for none
    ///
    /// Nine columns have the application, the server that was asked for, fingerprints and such. Values other than 0 need
    /// a program that was built with nDPI. Of packets that were cut when they were captured (snaplen) nDPI learns nothing:
    /// their flows have at most a guess by port.
    #[arg(
        long,
        value_name = "PACKETS",
        default_value = N_DISSECTIONS,
        allow_negative_numbers = true
    )]
    #[arg(value_parser = whole(0, u8::MAX))]
    pub(crate) n_dissections: u8,

    /// Add the columns `client_ja3` and `client_ja4`
    #[arg(
        long,
        value_name = "BOOL",
        default_value = "false",
        default_missing_value = "true"
    )]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set)]
    pub(crate) fingerprint_columns: bool,

    /// Add the column `flow_risks`: what looks dangerous
    #[arg(
        long,
        value_name = "BOOL",
        default_value = "false",
        default_missing_value = "true"
    )]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set)]
    pub(crate) risk_column: bool,

    /// What the column `client_fingerprint` is for TLS
    ///
    /// Default: JA4 where nDPI has it (4.10 on), else JA3.
    #[cfg(feature = "ndpi")]
    #[arg(long, value_name = "FINGERPRINT")]
    pub(crate) client_fingerprint: Option<Fingerprint>,

    /// The most flows looked into at a time
    ///
    /// A bound on memory: one more is not looked into, its columns stay empty, and the summary counts it. Flows are spread
    /// over four modules of nDPI, each of which has room for a quarter of them. A flow takes about 1 kB meanwhile. Default:
    /// 1048576.
    #[cfg(feature = "ndpi")]
    #[arg(long, value_name = "FLOWS", allow_negative_numbers = true)]
    #[arg(value_parser = whole(1, u32::MAX))]
    pub(crate) max_dissected_flows: Option<u32>,

    /// How nDPI is set up.
    #[cfg(feature = "ndpi")]
    #[command(flatten)]
    pub(crate) ndpi: NdpiArgs,
}

#[cfg(feature = "ndpi")]
#[derive(Debug, Args)]
#[command(next_help_heading = "Layer 7 (nDPI)")]
pub(crate) struct NdpiArgs {
    /// A file with protocols of your own, in nDPI's format (protos.txt)
    ///
    /// A line is a list of elements and a name, such as host:"example.org",host:"example.net"@MyApplication or
    /// tcp:8443,udp:1-2@MyApplication; one that begins with # is a comment. Ports and addresses win over what packets
    /// contain. Can be given several times.
    #[arg(long, value_name = "FILE")]
    pub(crate) protocols_file: Vec<PathBuf>,

    /// A file with categories of your own, in nDPI's format (categories.txt)
    ///
    /// A line is a host name or an address, a tab and the number of a category, which is nDPI's. nDPI 4.2 compares
    /// addresses with the server name alone. Can be given several times.
    #[arg(long, value_name = "FILE")]
    pub(crate) categories_file: Vec<PathBuf>,

    /// A setting of nDPI (4.10 on), such as dns:subclassification=disable
    ///
    /// nDPI's `doc/configuration_parameters.md` says what there is to set. Can be given several times.
    #[arg(long = "ndpi-set", value_name = "[PROTOCOL:]KEY=VALUE")]
    pub(crate) settings: Vec<NdpiSetting>,

    /// Under which licence nDPI is used, which it asks from 6.0 on
    #[arg(long, value_name = "LICENCE")]
    pub(crate) ndpi_licence: Option<NdpiLicence>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_option_is_documented() {
        let command = Cli::command();
        for argument in command
            .get_subcommands()
            .flat_map(clap::Command::get_arguments)
        {
            assert!(argument.get_help().is_some(), "{}", argument.get_id());
        }
    }
}
