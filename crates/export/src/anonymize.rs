//! Records that do not tell whose traffic it was: hashed columns, and addresses that keep only their prefixes in common.
//!
//! An [`Anonymizer`] says which columns, and with which [`AnonymizationKey`]. Whoever has the key can tell again whether a
//! value is the one that they think of; whoever has not cannot. What is equal stays equal, in all columns of all files
//! with one key: how often something occurs, and with what, still shows. So do all columns that are not anonymised: times
//! and sizes, ports, and the names that servers were asked for tell a lot as well.
//!
//! A sink applies it to the [`Schema`], and writes each record through the [`Plan`] that it gets:
//!
//! ```
//! use nfstream_export::{AnonymizationKey, Anonymizer};
//! use nfstream_flow::FlowTableConfig;
//! use nfstream_flow::record::ColumnType;
//!
//! let anonymizer = Anonymizer::new(AnonymizationKey::random()?)
//!     .hash(["src_mac", "dst_mac", "src_port"])
//!     .prefix_preserving(["src_ip", "dst_ip"]);
//! let (schema, _plan) = anonymizer.apply_to(&FlowTableConfig::default().columns())?;
//!
//! let port = schema.columns().iter().find(|column| column.name == "src_port");
//! assert_eq!(port.unwrap().column_type, ColumnType::Text);
//! let error = anonymizer.hash(["requested_server"]).apply_to(&schema).unwrap_err();
//! assert!(error.to_string().starts_with("there is no column \"requested_server\" to anonymise"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod crypto_pan;
mod error;
mod hasher;
mod key;
mod plan;

use nfstream_flow::Schema;
use nfstream_flow::record::{Column, ColumnType};

use crate::ExportError;
use crypto_pan::CryptoPan;
pub use error::AnonymizeError;
use hasher::Hasher;
pub use key::AnonymizationKey;
pub use plan::Plan;
use plan::Treatment;

/// Which columns are anonymised, how, and with which key.
///
/// # Hashed columns
///
/// A value becomes 128 hexadecimal digits in lower case: `BLAKE2b` of its text, with the key, of 64 bytes. The text is that of
/// a cell of [`Csv`](crate::Csv) without quotes, which is Python's `str`, so values, keys and hashes are NFStream's. The column
/// is one of texts then. Of a list each item is hashed (NFStream hashes the text of the list). A missing value stays missing;
/// an empty text is hashed. A time that there is not is hashed as the `0` that CSV has for it.
///
/// # Prefix-preserving columns
///
/// An IP address becomes another one, of the same version. Two that have their first *n* bits in common, and no more,
/// become two that have their first *n* bits in common, and no more: networks stay networks, under other numbers. No address is
/// left as it is on purpose, those of loopback and multicast neither. That is weaker than a hash: who knows one address knows
/// the prefixes of its neighbours.
///
/// # Source
///
/// `BLAKE2b`: RFC 7693. Prefixes: Xu, Fan, Ammar, Moon, *Prefix-Preserving IP Address Anonymization: Measurement-Based Security
/// Evaluation and a New Cryptography-Based Scheme* (ICNP 2002), called Crypto-PAn; for IPv6 the same over 128 bits.
#[derive(Clone, Debug)]
pub struct Anonymizer {
    key: AnonymizationKey,
    columns: Vec<(String, Treatment)>,
}

impl Anonymizer {
    /// Anonymises with this key; no column yet.
    pub fn new(key: AnonymizationKey) -> Self {
        Self {
            key,
            columns: Vec::new(),
        }
    }

    /// The same with these columns hashed, beside those that were named before.
    #[must_use]
    pub fn hash<N: Into<String>>(self, columns: impl IntoIterator<Item = N>) -> Self {
        self.with(columns, Treatment::Hash)
    }

    /// The same with the addresses in these columns replaced by others that have the same prefixes in common, beside those that
    /// were named before.
    #[must_use]
    pub fn prefix_preserving<N: Into<String>>(self, columns: impl IntoIterator<Item = N>) -> Self {
        self.with(columns, Treatment::PrefixPreserving)
    }

    fn with<N: Into<String>>(
        mut self,
        columns: impl IntoIterator<Item = N>,
        treatment: Treatment,
    ) -> Self {
        let columns = columns.into_iter().map(Into::into);
        self.columns.extend(columns.map(|name| (name, treatment)));
        self
    }

    /// The columns of anonymised records, and what anonymises them, for records whose columns are `schema`.
    ///
    /// Hashed columns have no unit; they and the others may lack values where they could before.
    ///
    /// # Errors
    ///
    /// [`ExportError::Anonymize`]: a column does not exist, was named twice, or cannot be anonymised in this way.
    pub fn apply_to(&self, schema: &Schema) -> Result<(Schema, Plan), ExportError> {
        let columns = schema.columns();
        let mut treatments = vec![Treatment::Keep; columns.len()];
        for (name, treatment) in &self.columns {
            let named = columns
                .iter()
                .zip(&mut treatments)
                .find(|(column, _)| column.name == *name);
            let Some((column, place)) = named else {
                return Err(AnonymizeError::unknown(name, schema).into());
            };
            if *place != Treatment::Keep {
                return Err(AnonymizeError::NamedTwice {
                    column: name.clone(),
                }
                .into());
            }
            check(column, *treatment, schema)?;
            *place = *treatment;
        }
        let mut treatment = treatments.iter();
        let anonymized = schema.map(|column| match treatment.next() {
            Some(treatment) => treated(column, *treatment),
            None => column.clone(),
        });
        let hasher = Hasher::new(self.key.as_bytes());
        let crypto_pan = CryptoPan::new(&self.key.prefix_key());
        Ok((anonymized, Plan::new(treatments, hasher, crypto_pan)))
    }
}

/// Whether a column can be treated so.
fn check(column: &Column, treatment: Treatment, schema: &Schema) -> Result<(), AnonymizeError> {
    match treatment {
        Treatment::PrefixPreserving if !holds_addresses(column.column_type) => {
            Err(AnonymizeError::no_address(column, schema))
        }
        Treatment::Hash if column.name == "id" => Err(AnonymizeError::RowNumber),
        _ if is_nested(column.column_type) => Err(AnonymizeError::NestedList {
            column: column.name.to_string(),
        }),
        _ => Ok(()),
    }
}

fn holds_addresses(column_type: ColumnType) -> bool {
    matches!(
        column_type,
        ColumnType::Ip | ColumnType::List(ColumnType::Ip)
    )
}

fn is_nested(column_type: ColumnType) -> bool {
    matches!(column_type, ColumnType::List(ColumnType::List(_)))
}

/// What becomes of a column.
fn treated(column: &Column, treatment: Treatment) -> Column {
    let doc = &column.doc;
    match treatment {
        Treatment::Keep => column.clone(),
        Treatment::Hash => {
            let mut hashed = column.clone().unit("").doc(format!("hash of: {doc}"));
            hashed.column_type = match column.column_type {
                ColumnType::List(_) => ColumnType::List(&ColumnType::Text),
                _ => ColumnType::Text,
            };
            hashed
        }
        Treatment::PrefixPreserving => column
            .clone()
            .doc(format!("anonymised, prefixes preserved: {doc}")),
    }
}

#[cfg(test)]
mod tests;
