//! Columns and rows: what a record consists of, known before the first one.

mod nearest;
mod schema;
mod value;

pub use nearest::nearest_name;
pub use schema::{Column, ColumnType, Schema};
pub use value::Value;

use core::net::IpAddr;

use nfstream_decode::MacAddress;

/// Named, typed columns and their values: what a plugin adds to a flow record.
///
/// `#[derive(Record)]` (crate `nfstream-derive`) implements it for a struct, one column a field; tuples put their members
/// side by side; `()` has no columns; `None` of an `Option` is a null in each column.
pub trait Record {
    /// Declares the columns, in the order in which [`write`](Self::write) writes them.
    fn columns(schema: &mut Schema);

    /// Writes one value for each column.
    fn write<W: RowWriter + ?Sized>(&self, row: &mut W);

    /// Writes a null for each column.
    fn write_null<W: RowWriter + ?Sized>(row: &mut W);
}

/// Takes the values of one row, one call a column (or a list) in the order of the [`Schema`].
///
/// Implemented by sinks; object-safe.
pub trait RowWriter {
    /// A truth value.
    fn bool(&mut self, value: bool);
    /// A signed integer.
    fn int(&mut self, value: i64);
    /// An unsigned integer.
    fn uint(&mut self, value: u64);
    /// A floating-point number.
    fn float(&mut self, value: f64);
    /// Text.
    fn text(&mut self, value: &str);
    /// An IP address.
    fn ip(&mut self, value: IpAddr);
    /// A point in time, in the unit of its column since 1970-01-01T00:00:00Z; `None` where there is none.
    ///
    /// Default: an unsigned integer, 0 where there is none, as in NFStream.
    #[inline]
    fn timestamp(&mut self, value: Option<u64>) {
        self.uint(value.unwrap_or(0));
    }
    /// A hardware address, in a column of texts.
    fn mac(&mut self, octets: [u8; 6]) {
        self.text(MacAddress(octets).text().as_str());
    }
    /// The organisationally unique identifier that a hardware address begins with, in a column of texts.
    fn oui(&mut self, octets: [u8; 3]) {
        let [a, b, c] = octets;
        self.text(MacAddress([a, b, c, 0, 0, 0]).text().oui());
    }
    /// No value.
    fn null(&mut self);
    /// A list starts; its items follow.
    fn begin_list(&mut self);
    /// The list ends.
    fn end_list(&mut self);
}

impl<W: RowWriter + ?Sized> RowWriter for &mut W {
    fn bool(&mut self, value: bool) {
        (**self).bool(value);
    }

    fn int(&mut self, value: i64) {
        (**self).int(value);
    }

    fn uint(&mut self, value: u64) {
        (**self).uint(value);
    }

    fn float(&mut self, value: f64) {
        (**self).float(value);
    }

    fn text(&mut self, value: &str) {
        (**self).text(value);
    }

    fn ip(&mut self, value: IpAddr) {
        (**self).ip(value);
    }

    fn timestamp(&mut self, value: Option<u64>) {
        (**self).timestamp(value);
    }

    fn mac(&mut self, octets: [u8; 6]) {
        (**self).mac(octets);
    }

    fn oui(&mut self, octets: [u8; 3]) {
        (**self).oui(octets);
    }

    fn null(&mut self) {
        (**self).null();
    }

    fn begin_list(&mut self) {
        (**self).begin_list();
    }

    fn end_list(&mut self) {
        (**self).end_list();
    }
}

impl<R: Record> Record for Option<R> {
    fn columns(schema: &mut Schema) {
        schema.nullable(R::columns);
    }

    fn write<W: RowWriter + ?Sized>(&self, row: &mut W) {
        match self {
            Some(record) => record.write(row),
            None => R::write_null(row),
        }
    }

    fn write_null<W: RowWriter + ?Sized>(row: &mut W) {
        R::write_null(row);
    }
}

/// Implements [`Record`] for a tuple of records.
macro_rules! tuple {
    ($($member:ident $index:tt),*) => {
        impl<$($member: Record),*> Record for ($($member,)*) {
            #[allow(unused_variables, reason = "the empty tuple")]
            fn columns(schema: &mut Schema) {
                $($member::columns(schema);)*
            }

            #[allow(unused_variables, reason = "the empty tuple")]
            fn write<Z: RowWriter + ?Sized>(&self, row: &mut Z) {
                $(self.$index.write(row);)*
            }

            #[allow(unused_variables, reason = "the empty tuple")]
            fn write_null<Z: RowWriter + ?Sized>(row: &mut Z) {
                $($member::write_null(row);)*
            }
        }
    };
}

for_each_tuple!(tuple);
