//! JSON lines.

use core::net::IpAddr;
use std::sync::Arc;

use nfstream_flow::record::RowWriter;
use nfstream_flow::{FlowRecord, Record, Schema};

use crate::lines::Lines;
use crate::text::{address, integer};
use crate::values::{self, Rewrite};

/// JSON lines: one object a flow, one line an object (<https://jsonlines.org>).
///
/// | value | JSON |
/// |---|---|
/// | text, address | string |
/// | truth value | `true`, `false` |
/// | integer | number, with all of its up to 20 digits |
/// | floating-point number | number, the shortest digits that read back as the same; `null` where it is not finite |
/// | time | integer in the unit of its column, 0 where there is none |
/// | list | array |
/// | no value | `null` |
///
/// # Examples
///
/// ```
/// use nfstream_export::{JsonLines, WriterSink};
/// use nfstream_flow::{FlowSink, FlowTable, FlowTableConfig};
/// use nfstream_decode::{Packet, PacketFields};
///
/// let mut text = Vec::new();
/// let mut sink = WriterSink::new(&mut text, JsonLines::default());
/// let config = FlowTableConfig::default();
/// let mut table = FlowTable::new(&config, ());
/// FlowSink::<()>::begin(&mut sink, &config.columns())?;
/// table.push(&Packet::from(PacketFields::default()), &mut sink)?;
/// table.finish(&mut sink)?;
/// FlowSink::<()>::finish(&mut sink)?;
/// assert!(text.starts_with(b"{\"id\":0,\"expiration_id\":0,\"src_ip\":\"0.0.0.0\","));
/// assert!(text.ends_with(b",\"dst2src_bytes\":0}\n"));
/// # Ok::<(), nfstream_export::ExportError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct JsonLines {
    /// What stands before each value: a brace or comma, the name, a colon.
    keys: Arc<[Box<[u8]>]>,
}

impl Lines for JsonLines {
    fn set_columns(&mut self, schema: &Schema) {
        let columns = schema.columns().iter().enumerate();
        let key = |(index, column): (usize, &nfstream_flow::record::Column)| {
            let mut key = vec![if index == 0 { b'{' } else { b',' }];
            push_text(&mut key, &column.name);
            key.push(b':');
            key.into_boxed_slice()
        };
        self.keys = columns.map(key).collect();
    }

    fn columns(&self) -> usize {
        self.keys.len()
    }

    fn push_header(&self, _out: &mut Vec<u8>) {}

    fn push_id(&self, id: u64, out: &mut Vec<u8>) {
        out.extend_from_slice(self.keys.first().map_or(b"{", |key| key));
        integer::push(out, id);
    }

    fn push_rest<O: Record>(
        &mut self,
        record: &FlowRecord<'_, O>,
        rewrite: Option<&mut Rewrite>,
        out: &mut Vec<u8>,
    ) -> usize {
        let mut object = Object {
            out,
            keys: self.keys.get(1..).unwrap_or_default(),
            values: 0,
            depth: 0,
        };
        values::write_after_id(record, rewrite, &mut object);
        let values = object.values;
        out.extend_from_slice(b"}\n");
        values
    }
}

/// Takes the values of a row, and appends each with its key before it.
struct Object<'a> {
    out: &'a mut Vec<u8>,
    keys: &'a [Box<[u8]>],
    /// How many values there are.
    values: usize,
    /// How many lists are open.
    depth: usize,
}

impl Object<'_> {
    /// Appends a value with what must stand before it.
    #[inline]
    fn value(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        if self.depth == 0 {
            if let Some(key) = self.keys.get(self.values) {
                self.out.extend_from_slice(key);
            }
            self.values += 1;
        } else if self.out.last() != Some(&b'[') {
            self.out.push(b',');
        }
        write(self.out);
    }

    /// Appends a text that needs no escapes.
    fn quoted(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.value(|out| {
            out.push(b'"');
            write(out);
            out.push(b'"');
        });
    }
}

impl RowWriter for Object<'_> {
    fn bool(&mut self, value: bool) {
        self.value(|out| out.extend_from_slice(if value { b"true" } else { b"false" }));
    }

    fn int(&mut self, value: i64) {
        self.value(|out| integer::push_signed(out, value));
    }

    fn uint(&mut self, value: u64) {
        self.value(|out| integer::push(out, value));
    }

    fn float(&mut self, value: f64) {
        self.value(|out| {
            // Writing into a vector does not fail; numbers that are not finite become null.
            let _ = serde_json::to_writer(out, &value);
        });
    }

    fn text(&mut self, value: &str) {
        self.value(|out| push_text(out, value));
    }

    fn ip(&mut self, value: IpAddr) {
        self.quoted(|out| address::push(out, value));
    }

    fn mac(&mut self, octets: [u8; 6]) {
        self.quoted(|out| address::push_octets(out, octets));
    }

    fn oui(&mut self, octets: [u8; 3]) {
        self.quoted(|out| address::push_octets(out, octets));
    }

    fn null(&mut self) {
        self.value(|out| out.extend_from_slice(b"null"));
    }

    fn begin_list(&mut self) {
        self.value(|out| out.push(b'['));
        self.depth += 1;
    }

    fn end_list(&mut self) {
        self.out.push(b']');
        self.depth = self.depth.saturating_sub(1);
    }
}

/// Appends a text in quotes, with escapes where JSON needs them (RFC 8259 §7).
fn push_text(out: &mut Vec<u8>, text: &str) {
    // Writing into a vector does not fail.
    let _ = serde_json::to_writer(out, text);
}

#[cfg(test)]
mod tests;
