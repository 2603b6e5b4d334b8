//! Layer 7: nDPI, where the program was built with it.

#[cfg(feature = "ndpi")]
pub(crate) use with_ndpi::{Layer7, add, protocols};
#[cfg(not(feature = "ndpi"))]
pub(crate) use without::{Layer7, add};

#[cfg(feature = "ndpi")]
mod with_ndpi {
    use std::fmt::Write as _;
    use std::io::{self, Write as _};

    use nfstream::dissect::{NdpiError, ndpi_version};
    use nfstream::{Builder, Ndpi};

    use crate::args::{Layer7Args, NdpiArgs};
    use crate::failure::Failure;

    /// What looks into packets.
    pub(crate) type Layer7 = Option<Ndpi>;

    /// Adds nDPI, unless no packet is looked into.
    pub(crate) fn add(builder: Builder, args: &Layer7Args) -> Result<Builder<(), Layer7>, Failure> {
        let is_wanted = args.n_dissections > 0;
        let ndpi = is_wanted.then(|| ndpi(&args.ndpi)).transpose()?;
        Ok(builder.dissector(ndpi))
    }

    /// Lists what nDPI knows.
    pub(crate) fn protocols(args: &NdpiArgs) -> Result<(), Failure> {
        let ndpi = ndpi(args)?;
        let protocols: Vec<_> = ndpi.protocols().collect();
        let names = protocols.iter().map(|protocol| protocol.name.len());
        let width = names.max().unwrap_or_default();
        let mut page = format!("nDPI {}: {} protocols\n", ndpi_version(), protocols.len());
        for protocol in &protocols {
            let _ = writeln!(page, "{:width$}  {}", protocol.name, protocol.category);
        }
        Failure::of_stdout(io::stdout().write_all(page.as_bytes()))
    }

    fn ndpi(args: &NdpiArgs) -> Result<Ndpi, Failure> {
        let mut builder = Ndpi::builder();
        if let Some(fingerprint) = args.client_fingerprint {
            builder = builder.client_fingerprint(fingerprint.into());
        }
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
        builder.build().map_err(Failure::from)
    }

    impl From<NdpiError> for Failure {
        /// What was asked for cannot be had, or nDPI itself cannot be used.
        fn from(error: NdpiError) -> Self {
            match error {
                NdpiError::Licence { .. } => Self::Usage(format!(
                    "--ndpi-licence: {error}; allowed: not-for-profit, for-profit-with-licence, \
                     for-profit-without-licence"
                )),
                NdpiError::OtherLibrary { .. } | NdpiError::Module => Self::Layer7(error.into()),
                _ => Self::Usage(error.to_string()),
            }
        }
    }
}

#[cfg(not(feature = "ndpi"))]
mod without {
    use nfstream::Builder;

    use crate::args::Layer7Args;
    use crate::failure::Failure;

    /// Nothing looks into packets.
    pub(crate) type Layer7 = ();

    /// Adds nothing; the builder refuses to look into packets.
    pub(crate) fn add(builder: Builder, _args: &Layer7Args) -> Result<Builder, Failure> {
        Ok(builder)
    }
}
