//! The options of `nfstream report`.

use std::path::PathBuf;

use clap::Args;

use super::{InputArgs, Layer7Args, MeteringArgs, QuietArgs};

pub(super) const EXAMPLES: &str = "\
Examples:
  nfstream report capture.pcap                 writes report.html
  nfstream report day/*.pcap.zst -o day.html --title 'Monday'
  nfstream report flows.parquet -o - | gzip > report.html.gz";

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,

    /// Write the page to this file, - for standard output
    ///
    /// The file has a temporary name until it is complete.
    #[arg(short, long, value_name = "FILE", default_value = "report.html")]
    #[arg(help_heading = "Output")]
    pub(crate) output: PathBuf,

    /// The heading of the page
    ///
    /// Default: the name of the first file.
    #[arg(long, value_name = "TEXT", help_heading = "Output")]
    pub(crate) title: Option<String>,

    #[command(flatten)]
    pub(crate) quiet: QuietArgs,

    #[command(flatten)]
    pub(crate) metering: MeteringArgs,
    #[command(flatten)]
    pub(crate) layer7: Layer7Args,
}
