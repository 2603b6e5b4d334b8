//! The values of a row as text.

use core::net::IpAddr;

use nfstream_flow::record::RowWriter;

use super::quote;
use crate::text::{address, float, integer, truth};

/// Takes the values of a row, and appends each with a comma before it.
#[derive(Debug)]
pub(super) struct Row<'a> {
    out: &'a mut Vec<u8>,
    /// How many values there are.
    values: usize,
    /// The list that is being written: it is known only at its end whether it must be quoted.
    list: &'a mut Vec<u8>,
    /// How many lists are open.
    depth: usize,
}

impl<'a> Row<'a> {
    /// A row at the end of `out`; `list` is what lists are put together in.
    pub(super) fn new(out: &'a mut Vec<u8>, list: &'a mut Vec<u8>) -> Self {
        Self {
            out,
            values: 0,
            list,
            depth: 0,
        }
    }

    /// How many values there are.
    pub(super) fn values(&self) -> usize {
        self.values
    }

    /// Appends a value that needs no quotes, as a cell or as an item of the open list.
    #[inline]
    fn value(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        if self.depth > 0 {
            self.separate_item();
            write(self.list);
        } else {
            self.separate_cell();
            write(self.out);
        }
    }

    /// Appends a text that needs no quotes as a cell, but as an item of the open list.
    #[inline]
    fn quoted_item(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        if self.depth > 0 {
            self.separate_item();
            self.list.push(b'\'');
            write(self.list);
            self.list.push(b'\'');
        } else {
            self.separate_cell();
            write(self.out);
        }
    }

    #[inline(never)]
    fn long_uint(&mut self, value: u64) {
        self.value(|out| integer::push(out, value));
    }

    #[inline(never)]
    fn long_float(&mut self, value: f64) {
        self.value(|out| float::push(out, value));
    }

    #[inline]
    fn separate_cell(&mut self) {
        self.out.push(b',');
        self.values += 1;
    }

    #[inline]
    fn separate_item(&mut self) {
        if self.list.last() != Some(&b'[') {
            self.list.extend_from_slice(b", ");
        }
    }
}

/// Python's `str` of each value, as its csv module writes it.
impl RowWriter for Row<'_> {
    #[inline]
    fn bool(&mut self, value: bool) {
        self.value(|out| out.extend_from_slice(truth(value)));
    }

    #[inline]
    fn int(&mut self, value: i64) {
        self.value(|out| integer::push_signed(out, value));
    }

    #[inline]
    fn uint(&mut self, value: u64) {
        // Most are: few flows have many packets.
        if value < 10 && self.depth == 0 {
            let [digit, ..] = value.to_le_bytes();
            self.out.extend_from_slice(&[b',', b'0' + digit]);
            self.values += 1;
        } else {
            self.long_uint(value);
        }
    }

    #[inline]
    fn float(&mut self, value: f64) {
        match float::small_integer(value).map(u32::to_le_bytes) {
            Some([digit @ ..10, 0, 0, 0]) if self.depth == 0 => {
                self.out
                    .extend_from_slice(&[b',', b'0' + digit, b'.', b'0']);
                self.values += 1;
            }
            _ => self.long_float(value),
        }
    }

    fn text(&mut self, value: &str) {
        if self.depth > 0 {
            self.separate_item();
            quote::push_item(self.list, value);
        } else {
            self.separate_cell();
            quote::push_cell(self.out, value.as_bytes());
        }
    }

    fn ip(&mut self, value: IpAddr) {
        self.quoted_item(|out| address::push(out, value));
    }

    fn mac(&mut self, octets: [u8; 6]) {
        self.quoted_item(|out| address::push_octets(out, octets));
    }

    fn oui(&mut self, octets: [u8; 3]) {
        self.quoted_item(|out| address::push_octets(out, octets));
    }

    fn null(&mut self) {
        let text: &[u8] = if self.depth > 0 { b"None" } else { b"" };
        self.value(|out| out.extend_from_slice(text));
    }

    fn begin_list(&mut self) {
        if self.depth > 0 {
            self.separate_item();
        } else {
            self.list.clear();
        }
        self.list.push(b'[');
        self.depth += 1;
    }

    fn end_list(&mut self) {
        self.list.push(b']');
        self.depth = self.depth.saturating_sub(1);
        if self.depth == 0 {
            self.separate_cell();
            quote::push_cell(self.out, self.list);
        }
    }
}

#[cfg(test)]
mod tests {
    use nfstream_decode::MacAddress;
    use nfstream_flow::record::Value;

    use super::*;

    fn cell(value: &(impl Value + ?Sized)) -> String {
        let (mut out, mut list) = (Vec::new(), Vec::new());
        let mut row = Row::new(&mut out, &mut list);
        value.write(&mut row);
        assert_eq!(row.values(), 1);
        row.uint(1);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn values_are_written_as_python_does() {
        assert_eq!(cell(&true), ",True,1");
        assert_eq!(cell(&false), ",False,1");
        assert_eq!(cell(&i64::MIN), ",-9223372036854775808,1");
        assert_eq!(cell(&u64::MAX), ",18446744073709551615,1");
        assert_eq!(cell(&2.0), ",2.0,1");
        assert_eq!(cell(&None::<f64>), ",,1");
        assert_eq!(cell(&"a, \"b\""), ",\"a, \"\"b\"\"\",1");
        assert_eq!(cell(&IpAddr::from([192, 0, 2, 1])), ",192.0.2.1,1");
    }

    #[test]
    fn lists_are_written_as_python_does() {
        assert_eq!(cell(&[0, 1, -1]), ",\"[0, 1, -1]\",1");
        assert_eq!(cell(&[1]), ",[1],1");
        assert_eq!(cell(&Vec::<u8>::new()), ",[],1");
        assert_eq!(cell(&[Some(0.5), None]), ",\"[0.5, None]\",1");
        assert_eq!(cell(&[true, false]), ",\"[True, False]\",1");
        assert_eq!(cell(&["x", "it's"]), ",\"['x', \"\"it's\"\"]\",1");
        assert_eq!(cell(&["["]), ",['['],1");
        assert_eq!(
            cell(&[MacAddress([2, 0, 0, 0, 0xab, 1])]),
            ",['02:00:00:00:ab:01'],1"
        );
        assert_eq!(cell(&[IpAddr::from([192, 0, 2, 1])]), ",['192.0.2.1'],1");
        assert_eq!(
            cell(&[vec![], vec![1, 2], vec![]]),
            ",\"[[], [1, 2], []]\",1"
        );
    }
}
