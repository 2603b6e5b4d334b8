//! What goes wrong, as the user is told it.

use std::io;
use std::process::ExitCode;

use nfstream::export::ExportError;
use nfstream::models::ModelError;
use nfstream::{BoxError, ConfigError, Error};

/// Why a command did not do what it was asked to.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It was asked for something that cannot be.
    Usage(String),
    /// Inputs that cannot be read, or not to their end; at least one.
    Inputs(Vec<BoxError>),
    /// The output cannot be written; before that, these inputs could not be read to their end.
    Output(BoxError, Vec<BoxError>),
    /// nDPI cannot be used.
    #[cfg(feature = "ndpi")]
    Layer7(BoxError),
    /// Signals cannot be caught.
    Signals(ctrlc::Error),
}

impl Failure {
    /// Where writing to standard output stopped: nothing to complain of where its reader had enough.
    pub(crate) fn of_stdout(result: io::Result<()>) -> Result<(), Self> {
        match result {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Self::Output(
                format!("standard output: cannot be written: {error}").into(),
                Vec::new(),
            )),
            _ => Ok(()),
        }
    }

    /// 2 for a wrong command line, 1 for what failed.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::from(2),
            #[cfg(feature = "ndpi")]
            Self::Layer7(_) => ExitCode::FAILURE,
            Self::Inputs(_) | Self::Output(..) | Self::Signals(_) => ExitCode::FAILURE,
        }
    }

    /// One line for each thing that went wrong.
    pub(crate) fn messages(&self) -> Vec<String> {
        match self {
            Self::Usage(message) => vec![message.clone()],
            Self::Inputs(errors) => errors.iter().map(ToString::to_string).collect(),
            Self::Output(error, inputs) => inputs
                .iter()
                .chain([error])
                .map(ToString::to_string)
                .collect(),
            #[cfg(feature = "ndpi")]
            Self::Layer7(error) => vec![error.to_string()],
            Self::Signals(error) => vec![format!("signals cannot be caught: {error}")],
        }
    }
}

impl From<ConfigError> for Failure {
    /// The parameter under the name of its option.
    fn from(error: ConfigError) -> Self {
        let option = match error.parameter {
            "udps" => "plugin".to_owned(),
            parameter => parameter.replace('_', "-"),
        };
        // libpcap says what it does not understand, and that it is its language.
        if error.parameter == "bpf_filter" && cfg!(feature = "libpcap") {
            return Self::Usage(format!("--{option}: {}", error.problem));
        }
        Self::Usage(format!(
            "--{option}: {}; allowed: {}",
            error.problem, error.allowed
        ))
    }
}

impl From<Error> for Failure {
    /// Why a run cannot begin.
    fn from(error: Error) -> Self {
        match error {
            Error::Config(error) => error.into(),
            Error::Plugin(error) if error.is::<ModelError>() => {
                Self::Usage(format!("--model: {error}"))
            }
            Error::Plugin(error) => Self::Usage(format!("--plugin: {error}")),
            error => Self::Inputs(vec![error.into()]),
        }
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::RotationWithoutSplit { rotate_files } => Self::Usage(format!(
                "--rotate-files: {rotate_files}; needs --flows-per-file of at least 1"
            )),
            ExportError::SplitStream { .. }
            | ExportError::RotateStream { .. }
            | ExportError::NoFileName { .. } => Self::Usage(format!("--output: {error}")),
            ExportError::ShortInterval { .. } => Self::Usage(error.to_string()),
            _ => Self::Output(error.into(), Vec::new()),
        }
    }
}
