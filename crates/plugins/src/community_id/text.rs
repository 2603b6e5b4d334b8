//! The text of a community id, without heap.

use core::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use nfstream_flow::record::{ColumnType, RowWriter, Value};

/// The text of a community id: the version, a colon, and a SHA-1 in base64.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CommunityIdText([u8; Self::LEN]);

impl CommunityIdText {
    /// Its length in bytes, all ASCII.
    pub const LEN: usize = VERSION.len() + 28;

    pub(super) fn of(digest: &[u8; 20]) -> Self {
        let mut bytes = [0; Self::LEN];
        let (version, hash) = bytes.split_at_mut(VERSION.len());
        version.copy_from_slice(VERSION);
        // 20 bytes are 28 characters, for which there is room.
        let _ = STANDARD.encode_slice(digest, hash);
        Self(bytes)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// What the text begins with.
const VERSION: &[u8] = b"1:";

impl fmt::Debug for CommunityIdText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for CommunityIdText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Value for CommunityIdText {
    const TYPE: ColumnType = ColumnType::Text;

    fn write<W: RowWriter + ?Sized>(&self, row: &mut W) {
        row.text(self.as_str());
    }
}
