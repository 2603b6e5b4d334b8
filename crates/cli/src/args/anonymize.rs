//! Options that make records anonymous.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use nfstream::export::{AnonymizationKey, Anonymizer};

use crate::failure::Failure;

#[derive(Debug, Args)]
#[command(next_help_heading = "Anonymisation")]
pub(crate) struct AnonymizeArgs {
    /// Hash these columns, such as `src_mac,dst_mac`
    ///
    /// Values become 128 hexadecimal digits (keyed `BLAKE2b`, as in NFStream). Equal values have equal hashes in all columns of
    /// a run, and of all runs with the same key. All other columns stay as they are: server names and hardware addresses tell
    /// who it was too, and a community id or a fingerprint can be computed again from a guess.
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub(crate) anonymize: Vec<String>,

    /// Replace the addresses in these columns, such as `src_ip,dst_ip`
    ///
    /// Addresses that have their first bits in common become other addresses that have as many in common (Crypto-PAn):
    /// networks stay networks.
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub(crate) anonymize_prefix: Vec<String>,

    /// A file with the key: 64 bytes, or 128 hexadecimal digits
    ///
    /// Default: a random key, for this run alone.
    #[arg(long, value_name = "FILE")]
    pub(crate) anonymization_key: Option<PathBuf>,
}

impl AnonymizeArgs {
    /// What anonymises, if anything does.
    pub(crate) fn anonymizer(&self) -> Result<Option<Anonymizer>, Failure> {
        if self.anonymize.is_empty() && self.anonymize_prefix.is_empty() {
            return match &self.anonymization_key {
                None => Ok(None),
                Some(_) => Err(Failure::Usage(
                    "--anonymization-key: needs --anonymize or --anonymize-prefix".to_owned(),
                )),
            };
        }
        let key = match &self.anonymization_key {
            Some(path) => key(path)?,
            None => AnonymizationKey::random().map_err(|error| {
                Failure::Output(
                    format!("there is no random key: {error}").into(),
                    Vec::new(),
                )
            })?,
        };
        let names = |columns: &[String]| -> Vec<String> {
            columns.iter().map(|name| name.trim().to_owned()).collect()
        };
        let anonymizer = Anonymizer::new(key)
            .hash(names(&self.anonymize))
            .prefix_preserving(names(&self.anonymize_prefix));
        Ok(Some(anonymizer))
    }
}

fn key(path: &Path) -> Result<AnonymizationKey, Failure> {
    let wrong = |problem: &str| {
        let path = path.display();
        Failure::Usage(format!("--anonymization-key: {path}: {problem}"))
    };
    let content = fs::read(path).map_err(|error| wrong(&error.to_string()))?;
    if let Ok(bytes) = <[u8; 64]>::try_from(content.as_slice()) {
        return Ok(AnonymizationKey::from_bytes(bytes));
    }
    let bytes = from_hex(content.trim_ascii());
    bytes.map(AnonymizationKey::from_bytes).ok_or_else(|| {
        wrong("is no key; allowed: 64 bytes, or 128 hexadecimal digits, as `openssl rand -hex 64` gives")
    })
}

/// Bytes from twice as many hexadecimal digits.
fn from_hex<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let (pairs, []) = digits.as_chunks::<2>() else {
        return None;
    };
    let byte = |pair: &[u8; 2]| {
        let [high, low] = pair.map(|digit| char::from(digit).to_digit(16));
        u8::try_from(high? << 4 | low?).ok()
    };
    let bytes: Option<Vec<u8>> = pairs.iter().map(byte).collect();
    bytes?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_digits_are_read() {
        assert_eq!(from_hex(b"00fFa9"), Some([0, 0xff, 0xa9]));
        for wrong in ["00", "00ff0", "00fg00", "00ff0000"] {
            assert_eq!(from_hex::<3>(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
