//! How to use nDPI.

use std::ffi::CString;
use std::fs::File;
use std::num::NonZeroU32;
use std::os::raw::c_int;
use std::path::{Path, PathBuf};

use crate::ffi::{Module, UNSUPPORTED, capabilities, ndpi_version};
use crate::modules::Modules;
use crate::{Ndpi, NdpiError};

/// Says how to use nDPI. The defaults are NFStream's, and a bound on memory.
#[derive(Clone, Debug)]
#[must_use = "nothing is set up before it is built"]
pub struct NdpiBuilder {
    licence: Licence,
    client_fingerprint: ClientFingerprint,
    max_flows: u32,
    pub(crate) modules: NonZeroU32,
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

#[derive(Clone, Debug)]
struct Setting {
    protocol: Option<String>,
    key: String,
    value: String,
}

impl NdpiBuilder {
    pub(crate) fn new() -> Self {
        Self {
            licence: Licence::Unsaid,
            client_fingerprint: ClientFingerprint::Newest,
            max_flows: 1 << 20,
            modules: const { NonZeroU32::new(8).unwrap() },
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
    /// with nDPI 4.2, 1,208 with 5.0) while it is looked into. One more is not looked into, and counted. Default: 2²⁰.
    pub fn max_flows(mut self, flows: u32) -> Self {
        self.max_flows = flows;
        self
    }

    /// How many detection modules of nDPI share the flows out. Default: 8.
    ///
    /// nDPI remembers hosts that it has seen, and labels some flows by what others of the same module were. A flow's key
    /// decides which module looks at it, so labels do not depend on how many tables or threads share the work, as long as
    /// all have the same number of modules and each flow that a module sees comes to the same table. One module gives
    /// NFStream's labels with one meter.
    pub fn modules(mut self, modules: NonZeroU32) -> Self {
        self.modules = modules;
        self
    }

    /// Adds a file with protocols of your own, in nDPI's format (`protos.txt`): ports, addresses and host names.
    pub fn protocols_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.protocols_files.push(path.into());
        self
    }

    /// Adds a file with categories of your own, in nDPI's format (`categories.txt`): host names or addresses.
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

    /// Checks the library and sets its first detection module up: some 20 ms and 10 MB. The others follow when their first
    /// flow comes; then the files are read again.
    ///
    /// # Errors
    ///
    /// The library is not the one that this program was built for, or does not take a file or setting.
    pub fn build(&self) -> Result<Ndpi, NdpiError> {
        let fingerprint_is_ja4 = self.fingerprint_is_ja4()?;
        let modules = Modules::new(self.clone())?;
        Ok(Ndpi::from_modules(
            modules,
            fingerprint_is_ja4,
            self.max_flows,
        ))
    }

    /// One detection module.
    pub(crate) fn module(&self) -> Result<Module, NdpiError> {
        let mut module = Module::new(self.licence)?;
        for setting in &self.settings {
            setting.apply(&mut module)?;
        }
        for path in &self.protocols_files {
            load(path, "protocols", |path| module.load_protocols(path))?;
        }
        for path in &self.categories_files {
            load(path, "categories", |path| module.load_categories(path))?;
        }
        module.finalize()?;
        Ok(module)
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
            ClientFingerprint::Ja3 if !capabilities.ja3 => {
                unsupported("JA3 of clients", "4.2 to 4.12")
            }
            ClientFingerprint::Ja4 if !capabilities.ja4 => unsupported("JA4", "4.10 and newer"),
            fingerprint => Ok(fingerprint == ClientFingerprint::Ja4),
        }
    }
}

impl Setting {
    fn apply(&self, module: &mut Module) -> Result<(), NdpiError> {
        let refused = |code| NdpiError::Setting {
            setting: match &self.protocol {
                Some(protocol) => format!("{protocol}.{}", self.key),
                None => self.key.clone(),
            },
            value: self.value.clone(),
            code,
        };
        // A text with a zero inside is no text of C's.
        let text = |text: &str| CString::new(text).map_err(|_| refused(-1));
        let protocol = self.protocol.as_deref().map(text).transpose()?;
        let (key, value) = (text(&self.key)?, text(&self.value)?);
        match module.set(protocol.as_deref(), &key, &value) {
            0 => Ok(()),
            UNSUPPORTED => Err(NdpiError::Unsupported {
                feature: "settings",
                library: ndpi_version().to_owned(),
                versions: "4.10 and newer",
            }),
            code => Err(refused(code)),
        }
    }
}

/// Lets nDPI load a file.
fn load(
    path: &Path,
    kind: &'static str,
    load: impl FnOnce(&CString) -> c_int,
) -> Result<(), NdpiError> {
    let unreadable = |source| NdpiError::File {
        path: path.to_owned(),
        source,
    };
    // nDPI does not tell why.
    File::open(path).map_err(unreadable)?;
    let in_c = CString::new(path.as_os_str().as_encoded_bytes())
        .map_err(|error| unreadable(error.into()))?;
    if load(&in_c) < 0 {
        return Err(NdpiError::FileContent {
            path: path.to_owned(),
            kind,
        });
    }
    Ok(())
}
