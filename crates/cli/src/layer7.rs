//! Layer 7: nDPI, where the program was built with it.

use crate::args::Layer7Args;
use crate::failure::Failure;

#[cfg(feature = "ndpi")]
pub(crate) use with_ndpi::{Layer7, add, protocols};
#[cfg(not(feature = "ndpi"))]
pub(crate) use without::{Layer7, add};

/// Refuses options that have no effect, as no packet is looked into.
fn refuse_without_layer7(args: &Layer7Args, needed: &str) -> Result<(), Failure> {
    let given = [
        ("--fingerprint-columns", args.fingerprint_columns),
        ("--risk-column", args.risk_column),
        #[cfg(feature = "ndpi")]
        ("--client-fingerprint", args.client_fingerprint.is_some()),
        #[cfg(feature = "ndpi")]
        ("--max-dissected-flows", args.max_dissected_flows.is_some()),
        #[cfg(feature = "ndpi")]
        ("--protocols-file", !args.ndpi.protocols_file.is_empty()),
        #[cfg(feature = "ndpi")]
        ("--categories-file", !args.ndpi.categories_file.is_empty()),
        #[cfg(feature = "ndpi")]
        ("--ndpi-set", !args.ndpi.settings.is_empty()),
        #[cfg(feature = "ndpi")]
        ("--ndpi-licence", args.ndpi.ndpi_licence.is_some()),
    ];
    match given.into_iter().find(|(_, is_given)| *is_given) {
        Some((option, _)) => Err(Failure::Usage(format!("{option}: {needed}"))),
        None => Ok(()),
    }
}

#[cfg(feature = "ndpi")]
mod with_ndpi {
    use std::fmt::Write as _;
    use std::io::{self, Write as _};

    use nfstream::dissect::{Feature, NdpiBuilder, NdpiError, ndpi_version};
    use nfstream::{Builder, Ndpi};

    use super::refuse_without_layer7;
    use crate::args::{Layer7Args, NdpiArgs};
    use crate::failure::Failure;

    /// What looks into packets.
    pub(crate) type Layer7 = Option<Ndpi>;

    /// Adds nDPI, unless no packet is looked into.
    pub(crate) fn add(builder: Builder, args: &Layer7Args) -> Result<Builder<(), Layer7>, Failure> {
        if args.n_dissections == 0 {
            refuse_without_layer7(args, "needs --n-dissections of at least 1")?;
            return Ok(builder.dissector(None));
        }
        let mut ndpi = Ndpi::builder();
        if let Some(flows) = args.max_dissected_flows {
            ndpi = ndpi.max_flows(flows);
        }
        if let Some(fingerprint) = args.client_fingerprint {
            ndpi = ndpi.client_fingerprint(fingerprint.into());
        }
        let ndpi = build(ndpi, &args.ndpi).map_err(|failure| match failure {
            Failure::Layer7(error) => {
                Failure::Layer7(format!("{error} (--n-dissections 0 needs no nDPI)").into())
            }
            other => other,
        })?;
        Ok(builder.dissector(Some(ndpi)))
    }

    /// Lists what nDPI knows.
    pub(crate) fn protocols(args: &NdpiArgs) -> Result<(), Failure> {
        let ndpi = build(Ndpi::builder(), args)?;
        let protocols: Vec<_> = ndpi.protocols().collect();
        let names = protocols
            .iter()
            .map(|protocol| protocol.name.chars().count());
        let width = names.max().unwrap_or_default();
        let mut page = format!("nDPI {}: {} protocols\n", ndpi_version(), protocols.len());
        for protocol in &protocols {
            let _ = writeln!(page, "{:width$}  {}", protocol.name, protocol.category);
        }
        Failure::of_stdout(io::stdout().write_all(page.as_bytes()))
    }

    fn build(mut builder: NdpiBuilder, args: &NdpiArgs) -> Result<Ndpi, Failure> {
        if let Some(licence) = args.ndpi_licence {
            builder = builder.licence(licence.into());
        }
        for path in &args.protocols_file {
            builder = builder.protocols_file(path);
        }
        for path in &args.categories_file {
            builder = builder.categories_file(path);
        }
        for setting in &args.settings {
            builder = builder.set(setting.protocol.as_deref(), &setting.key, &setting.value);
        }
        builder.build().map_err(|error| failure(error, args))
    }

    /// What was asked for cannot be had, under the name of its option, or nDPI itself cannot be used.
    fn failure(error: NdpiError, args: &NdpiArgs) -> Failure {
        let option = match &error {
            NdpiError::OtherLibrary { .. } | NdpiError::Module => {
                return Failure::Layer7(error.into());
            }
            NdpiError::Licence { .. } => {
                return Failure::Usage(format!(
                    "--ndpi-licence: is not given, and nDPI {} wants to know it; allowed: not-for-profit, \
                     for-profit-with-licence, for-profit-without-licence",
                    ndpi_version()
                ));
            }
            NdpiError::File { path, .. } | NdpiError::Rule { path, .. } => {
                if args.protocols_file.contains(path) {
                    "--protocols-file"
                } else if args.categories_file.contains(path) {
                    "--categories-file"
                } else {
                    return Failure::Layer7(error.into());
                }
            }
            NdpiError::Setting { .. } => "--ndpi-set",
            NdpiError::Unsupported { feature, .. } => match feature {
                Feature::Settings => "--ndpi-set",
                _ => "--client-fingerprint",
            },
            _ => return Failure::Layer7(error.into()),
        };
        Failure::Usage(format!("{option}: {error}"))
    }
}

#[cfg(not(feature = "ndpi"))]
mod without {
    use nfstream::Builder;

    use super::refuse_without_layer7;
    use crate::args::Layer7Args;
    use crate::failure::Failure;

    /// Nothing looks into packets.
    pub(crate) type Layer7 = ();

    /// How to get layer 7.
    const HOW: &str = "this program was built without nDPI; install it with the feature `ndpi`: \
                       cargo install nfstream-cli --features ndpi (in a clone: --path crates/cli)";

    /// Adds nothing, and refuses to look into packets.
    pub(crate) fn add(builder: Builder, args: &Layer7Args) -> Result<Builder, Failure> {
        if args.n_dissections > 0 {
            let packets = args.n_dissections;
            return Err(Failure::Usage(format!(
                "--n-dissections: {packets}; allowed: 0, as {HOW}"
            )));
        }
        refuse_without_layer7(args, HOW)?;
        Ok(builder)
    }
}
