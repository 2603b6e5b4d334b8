//! What can go wrong.

use crate::Summary;

/// An error of someone else's type.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What can go wrong while metering.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A parameter has a value that cannot be used. No packet was read.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A plugin cannot work with the flows that are asked for: see [`NFPlugin::begin`](crate::NFPlugin::begin). No packet was
    /// read.
    #[error("{0}")]
    Plugin(#[source] BoxError),
    /// The input cannot be opened. No packet was read.
    #[error("{0}")]
    Open(#[source] BoxError),
    /// Part of the input could not be read. What could be was metered, and its records have been handed over.
    #[error("{}", list(errors))]
    #[non_exhaustive]
    Input {
        /// What could not be read, in the order of the input; at least one. Several sources that say the same say it once.
        errors: Vec<BoxError>,
        /// The run as a whole.
        summary: Box<Summary>,
    },
    /// The sink did not take a record. The run ended there.
    #[error("{source}")]
    #[non_exhaustive]
    Sink {
        /// The sink's error.
        source: BoxError,
        /// What of the input could not be read before.
        input_errors: Vec<BoxError>,
        /// The run up to that moment.
        summary: Box<Summary>,
    },
}

impl Error {
    /// What was done before it went wrong, if anything was.
    pub fn summary(&self) -> Option<&Summary> {
        match self {
            Self::Input { summary, .. } | Self::Sink { summary, .. } => Some(summary),
            Self::Config(_) | Self::Plugin(_) | Self::Open(_) => None,
        }
    }
}

/// One error a line.
fn list(errors: &[BoxError]) -> String {
    let lines: Vec<_> = errors.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// A parameter has a value that cannot be used: which, what value, and what is allowed.
#[derive(Debug, thiserror::Error)]
#[error("{parameter}: {problem}; allowed: {allowed}")]
#[non_exhaustive]
pub struct ConfigError {
    /// Name of the parameter.
    pub parameter: &'static str,
    /// The value, and what is wrong with it.
    pub problem: String,
    /// What would be right.
    pub allowed: &'static str,
}

impl ConfigError {
    pub(crate) fn new(
        parameter: &'static str,
        problem: impl Into<String>,
        allowed: &'static str,
    ) -> Self {
        Self {
            parameter,
            problem: problem.into(),
            allowed,
        }
    }
}
