//! The values of a record, as they are or anonymised.

use nfstream_flow::record::RowWriter;
use nfstream_flow::{FlowRecord, Record};

#[cfg(feature = "anonymize")]
pub(crate) use crate::anonymize::Plan as Rewrite;

/// Nothing is rewritten.
#[cfg(not(feature = "anonymize"))]
#[allow(unnameable_types, reason = "formats are those of this crate")]
#[derive(Clone, Debug)]
pub enum Rewrite {}

/// Writes the values behind the id. The id itself is never rewritten.
pub(crate) fn write_after_id<O: Record, W: RowWriter>(
    record: &FlowRecord<'_, O>,
    rewrite: Option<&mut Rewrite>,
    row: &mut W,
) {
    match rewrite {
        None => record.write_after_id(row),
        #[cfg(feature = "anonymize")]
        Some(plan) => record.write_after_id(&mut plan.over_after_id(row)),
        #[cfg(not(feature = "anonymize"))]
        Some(never) => match *never {},
    }
}
