//! Rows whose values are replaced on their way.

use core::net::IpAddr;

use nfstream_flow::record::RowWriter;

use super::crypto_pan::CryptoPan;
use super::hasher::Hasher;
use crate::text::{address, float, integer, truth};

/// What happens to the values of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Treatment {
    Keep,
    Hash,
    PrefixPreserving,
}

/// What anonymises the values of records, column by column.
///
/// Each thread that writes rows has a clone. Once the longest text was hashed, no row allocates.
#[derive(Clone, Debug)]
pub struct Plan {
    treatments: Vec<Treatment>,
    hasher: Hasher,
    crypto_pan: CryptoPan,
}

impl Plan {
    pub(super) fn new(treatments: Vec<Treatment>, hasher: Hasher, crypto_pan: CryptoPan) -> Self {
        Self {
            treatments,
            hasher,
            crypto_pan,
        }
    }

    /// A row that anonymises what is [written](nfstream_flow::FlowRecord::write) to it, and hands it on to `row`.
    pub fn over<'a, W: RowWriter + ?Sized>(&'a mut self, row: &'a mut W) -> impl RowWriter {
        Anonymized::new(self, row, 0)
    }

    /// The same for a row [without its first column](nfstream_flow::FlowRecord::write_after_id).
    pub fn over_after_id<'a, W: RowWriter + ?Sized>(
        &'a mut self,
        row: &'a mut W,
    ) -> impl RowWriter {
        Anonymized::new(self, row, 1)
    }
}

/// A row on its way to another.
struct Anonymized<'a, W: ?Sized> {
    plan: &'a mut Plan,
    row: &'a mut W,
    /// The column of the next value, or of the list that is open.
    column: usize,
    /// How many lists are open.
    depth: usize,
}

impl<'a, W: RowWriter + ?Sized> Anonymized<'a, W> {
    fn new(plan: &'a mut Plan, row: &'a mut W, column: usize) -> Self {
        Self {
            plan,
            row,
            column,
            depth: 0,
        }
    }

    /// Goes on to the next value, and says what happens to this one. Sinks refuse rows with more values than columns.
    #[inline]
    fn next(&mut self) -> Treatment {
        let treatment = self.plan.treatments.get(self.column);
        let treatment = treatment.copied().unwrap_or(Treatment::Hash);
        self.end_value();
        treatment
    }

    #[inline]
    fn end_value(&mut self) {
        if self.depth == 0 {
            self.column += 1;
        }
    }

    /// Hands a value on that is no address, or the hash of its text.
    #[inline]
    fn value(&mut self, keep: impl FnOnce(&mut W), write: impl FnOnce(&mut Vec<u8>)) {
        match self.next() {
            Treatment::Keep => keep(self.row),
            Treatment::Hash => self.row.text(self.plan.hasher.hash(write)),
            // It has no business in this column; but it does not get out.
            Treatment::PrefixPreserving => self.row.null(),
        }
    }
}

impl<W: RowWriter + ?Sized> RowWriter for Anonymized<'_, W> {
    fn bool(&mut self, value: bool) {
        self.value(
            |row| row.bool(value),
            |out| out.extend_from_slice(truth(value)),
        );
    }

    #[inline]
    fn int(&mut self, value: i64) {
        self.value(|row| row.int(value), |out| integer::push_signed(out, value));
    }

    #[inline]
    fn uint(&mut self, value: u64) {
        self.value(|row| row.uint(value), |out| integer::push(out, value));
    }

    #[inline]
    fn float(&mut self, value: f64) {
        self.value(|row| row.float(value), |out| float::push(out, value));
    }

    fn text(&mut self, value: &str) {
        self.value(
            |row| row.text(value),
            |out| out.extend_from_slice(value.as_bytes()),
        );
    }

    fn ip(&mut self, value: IpAddr) {
        match self.next() {
            Treatment::Keep => self.row.ip(value),
            Treatment::Hash => {
                let hash = self.plan.hasher.hash(|out| address::push(out, value));
                self.row.text(hash);
            }
            Treatment::PrefixPreserving => self.row.ip(self.plan.crypto_pan.replace(value)),
        }
    }

    fn timestamp(&mut self, value: Option<u64>) {
        self.value(
            |row| row.timestamp(value),
            |out| integer::push(out, value.unwrap_or(0)),
        );
    }

    fn mac(&mut self, octets: [u8; 6]) {
        self.value(
            |row| row.mac(octets),
            |out| address::push_octets(out, octets),
        );
    }

    fn oui(&mut self, octets: [u8; 3]) {
        self.value(
            |row| row.oui(octets),
            |out| address::push_octets(out, octets),
        );
    }

    fn null(&mut self) {
        self.end_value();
        self.row.null();
    }

    fn begin_list(&mut self) {
        self.depth += 1;
        self.row.begin_list();
    }

    fn end_list(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.end_value();
        self.row.end_list();
    }
}
