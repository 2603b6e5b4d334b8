//! Types that can stand in a column.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use nfstream_decode::MacAddress;

use super::{ColumnType, RowWriter};

/// A type that can stand in a column: integers, floats, `bool`, text, IP and MAC addresses, lists of those, and an
/// `Option` of any.
pub trait Value {
    /// The type of the column.
    const TYPE: ColumnType;
    /// Whether a value may be missing.
    const NULLABLE: bool = false;

    /// Writes the value.
    fn write<W: RowWriter + ?Sized>(&self, row: &mut W);
}

/// Implements [`Value`] for types that one method of [`RowWriter`] takes.
macro_rules! value {
    ($column_type:ident $method:ident: $($ty:ty => |$value:ident| $convert:expr;)+) => {$(
        impl Value for $ty {
            const TYPE: ColumnType = ColumnType::$column_type;

            #[inline]
            fn write<W: RowWriter + ?Sized>(&self, row: &mut W) {
                let $value = self;
                row.$method($convert);
            }
        }
    )+};
}

value! { Bool bool: bool => |value| *value; }
value! { Int int:
    i8 => |value| i64::from(*value);
    i16 => |value| i64::from(*value);
    i32 => |value| i64::from(*value);
    i64 => |value| *value;
}
value! { UInt uint:
    u8 => |value| u64::from(*value);
    u16 => |value| u64::from(*value);
    u32 => |value| u64::from(*value);
    u64 => |value| *value;
    usize => |value| *value as u64;
}
value! { Float float:
    f32 => |value| f64::from(*value);
    f64 => |value| *value;
}
value! { Text text:
    String => |value| value.as_str();
    Box<str> => |value| value;
    Arc<str> => |value| value;
    &str => |value| value;
}
value! { Ip ip:
    IpAddr => |value| *value;
    Ipv4Addr => |value| IpAddr::V4(*value);
    Ipv6Addr => |value| IpAddr::V6(*value);
}

impl Value for MacAddress {
    const TYPE: ColumnType = ColumnType::Text;

    fn write<W: RowWriter + ?Sized>(&self, row: &mut W) {
        row.mac(self.0);
    }
}

impl<T: Value> Value for Option<T> {
    const TYPE: ColumnType = T::TYPE;
    const NULLABLE: bool = true;

    fn write<W: RowWriter + ?Sized>(&self, row: &mut W) {
        match self {
            Some(value) => value.write(row),
            None => row.null(),
        }
    }
}

/// Implements [`Value`] for lists.
macro_rules! list {
    ($([$($parameters:tt)*] $ty:ty;)+) => {$(
        impl<$($parameters)*> Value for $ty {
            const TYPE: ColumnType = ColumnType::List(&T::TYPE);

            fn write<W: RowWriter + ?Sized>(&self, row: &mut W) {
                row.begin_list();
                for item in self {
                    item.write(row);
                }
                row.end_list();
            }
        }
    )+};
}

list! {
    [T: Value] Vec<T>;
    [T: Value, const N: usize] [T; N];
}
