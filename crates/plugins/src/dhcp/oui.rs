//! Who made a network interface.

use nfstream_flow::record::{ColumnType, RowWriter, Value};

/// Organisationally unique identifier: the first three bytes of a hardware address; in its column, as `0a:1b:2c`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Oui(pub [u8; 3]);

impl Value for Oui {
    const TYPE: ColumnType = ColumnType::Text;

    fn write<W: RowWriter + ?Sized>(&self, row: &mut W) {
        row.oui(self.0);
    }
}
