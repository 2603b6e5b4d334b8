//! How a detection module is made.

use std::ffi::CString;

use crate::ffi::{Module, UNSUPPORTED, ndpi_version};
use crate::rules::Rules;
use crate::{Feature, Licence, NdpiError};

/// How a detection module is made: all that are made by one recipe are the same.
#[derive(Debug)]
pub(crate) struct Recipe {
    pub(crate) licence: Licence,
    pub(crate) settings: Vec<Setting>,
    pub(crate) rules: Rules,
}

/// A setting of nDPI.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) protocol: Option<String>,
    pub(crate) key: String,
    pub(crate) value: String,
}

impl Recipe {
    /// One detection module.
    pub(crate) fn module(&self) -> Result<Module, NdpiError> {
        let mut module = Module::new(self.licence)?;
        for setting in &self.settings {
            setting.apply(&mut module)?;
        }
        self.rules.load(&mut module)?;
        module.finalize()?;
        self.rules.check_room(&module)?;
        Ok(module)
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
                feature: Feature::Settings,
                library: ndpi_version().to_owned(),
                versions: "4.10 and newer",
            }),
            code => Err(refused(code)),
        }
    }
}
