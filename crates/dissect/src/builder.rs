//! How to use nDPI.

use std::num::NonZeroU32;
use std::path::PathBuf;

use crate::ffi::{capabilities, ndpi_version};
use crate::modules::Modules;
use crate::recipe::{Recipe, Setting};
use crate::rules::Rules;
use crate::{Feature, Ndpi, NdpiError};

/// Says how to use nDPI. The defaults are NFStream's, but for a bound on memory and the number of modules.
#[derive(Clone, Debug)]
#[must_use = "nothing is set up before it is built"]
pub struct NdpiBuilder {
    licence: Licence,
    client_fingerprint: ClientFingerprint,
    max_flows: u32,
    modules: NonZeroU32,
    protocols_files: Vec<PathBuf>,
    categories_files: Vec<PathBuf>,
    settings: Vec<Setting>,
}

/// What `client_fingerprint` is for TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientFingerprint {
    /// JA4 where nDPI has it (4.10 on), as NFStream 6.6, else JA3.
    #[default]
    Newest,
    /// JA3, as NFStream up to 6.5 (nDPI up to 4.12).
    Ja3,
    /// JA4 (nDPI 4.10 on).
    Ja4,
}

/// Under which licence nDPI is used. Versions before 6.0 do not ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Licence {
    /// Not said: fine before nDPI 6.0, refused from then on.
    #[default]
    Unsaid,
    /// Not for profit.
    NotForProfit,
    /// For profit, with a licence of ntop.
    ForProfitWithLicence,
    /// For profit, without a licence of ntop: nDPI leaves out some of its dissectors.
    ForProfitWithoutLicence,
}

impl NdpiBuilder {
    pub(crate) fn new() -> Self {
        Self {
            licence: Licence::Unsaid,
            client_fingerprint: ClientFingerprint::Newest,
            max_flows: 1 << 20,
            modules: const { NonZeroU32::new(4).unwrap() },
            protocols_files: Vec::new(),
            categories_files: Vec::new(),
            settings: Vec::new(),
        }
    }

    /// Under which licence nDPI is used; it must be said from nDPI 6.0 on.
    pub fn licence(mut self, licence: Licence) -> Self {
        self.licence = licence;
        self
    }

    /// What `client_fingerprint` is for TLS. Default: the newest that this nDPI has.
    pub fn client_fingerprint(mut self, fingerprint: ClientFingerprint) -> Self {
        self.client_fingerprint = fingerprint;
        self
    }

    /// The most flows that are looked into at a time: a bound on memory. A flow takes what nDPI needs for it (720 bytes
    /// with nDPI 4.2, 1,208 with 5.0) while it is looked into. Default: 2²⁰.
    ///
    /// Each of the [`modules`](Self::modules) has room for its share, rounded up. One more flow of a module is not looked
    /// into, and counted, even if others have room: so which flows have no application does not depend on how the modules
    /// are shared out among tables.
    pub fn max_flows(mut self, flows: u32) -> Self {
        self.max_flows = flows;
        self
    }

    /// How many detection modules of nDPI share the flows out. Default: 4.
    ///
    /// nDPI remembers hosts that it has seen, and labels some flows by what others of the same module were. A flow's key
    /// decides which module looks at it, so labels do not depend on how many tables or threads share the modules out among
    /// them (see [`share_out`](nfstream_flow::Dissector::share_out)), which can be no more than there are modules. One module
    /// gives NFStream's labels with one meter.
    pub fn modules(mut self, modules: NonZeroU32) -> Self {
        self.modules = modules;
        self
    }

    /// Adds a file with protocols of your own, in nDPI's format (`protos.txt`): ports, addresses and host names. Each line is
    /// checked, as nDPI does not.
    pub fn protocols_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.protocols_files.push(path.into());
        self
    }

    /// Adds a file with categories of your own, in nDPI's format (`categories.txt`): host names or addresses. Each line is
    /// checked, as nDPI does not.
    pub fn categories_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.categories_files.push(path.into());
        self
    }

    /// A setting of nDPI (4.10 on), of a protocol or, with `None`, of nDPI as a whole; see nDPI's
    /// `doc/configuration_parameters.md`.
    pub fn set(
        mut self,
        protocol: Option<&str>,
        key: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        self.settings.push(Setting {
            protocol: protocol.map(str::to_owned),
            key: key.into(),
            value: value.into(),
        });
        self
    }

    /// Checks the library, reads the files and sets the detection modules up: some 20 ms and 6 to 10 MB each.
    ///
    /// # Errors
    ///
    /// The library is not the one that this program was built for, does not take a setting, or a file cannot be read or has
    /// a line that is wrong.
    pub fn build(&self) -> Result<Ndpi, NdpiError> {
        let fingerprint_is_ja4 = self.fingerprint_is_ja4()?;
        let recipe = Recipe {
            licence: self.licence,
            settings: self.settings.clone(),
            rules: Rules::read(&self.protocols_files, &self.categories_files)?,
        };
        let room = self.max_flows.div_ceil(self.modules.get());
        let modules = Modules::new(&recipe, self.modules, room)?;
        Ok(Ndpi::from_modules(modules, fingerprint_is_ja4))
    }

    fn fingerprint_is_ja4(&self) -> Result<bool, NdpiError> {
        let capabilities = capabilities();
        let unsupported = |feature, versions| {
            Err(NdpiError::Unsupported {
                feature,
                library: ndpi_version().to_owned(),
                versions,
            })
        };
        match self.client_fingerprint {
            ClientFingerprint::Newest => Ok(capabilities.ja4),
            ClientFingerprint::Ja3 if !capabilities.ja3 => unsupported(Feature::Ja3, "4.2 to 4.12"),
            ClientFingerprint::Ja4 if !capabilities.ja4 => {
                unsupported(Feature::Ja4, "4.10 and newer")
            }
            fingerprint => Ok(fingerprint == ClientFingerprint::Ja4),
        }
    }
}
