//! The fields of TCP's header that no flow key needs.

use smoltcp::wire::TcpPacket;

use super::MIN_TCP_HEADER_LEN;

/// What a TCP header tells beside ports and flags (RFC 9293 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TcpHeader<'a> {
    /// Sequence number of the first byte of the payload, or of the SYN.
    pub sequence_number: u32,
    /// Sequence number that its sender expects next; means something only with the flag ACK.
    pub acknowledgment_number: u32,
    /// The window field: bytes that its sender takes, before scaling (RFC 7323 §2).
    pub window: u16,
    /// Length of the header with its options, in bytes, as the header has it: 0 to 60, and less than 20 where it is malformed.
    pub header_len: u8,
    /// What was captured of the options; empty where the header is malformed.
    pub options: &'a [u8],
}

impl<'a> TcpHeader<'a> {
    /// Reads the header that `segment` begins with. `None`: it was not captured whole, but for its options.
    pub(crate) fn read(segment: &'a [u8]) -> Option<Self> {
        let fixed = segment.get(..MIN_TCP_HEADER_LEN as usize)?;
        let header = TcpPacket::new_unchecked(fixed);
        let header_len = header.header_len();
        let end = usize::from(header_len).min(segment.len());
        Some(Self {
            sequence_number: u32::from_be_bytes(header.seq_number().0.to_be_bytes()),
            acknowledgment_number: u32::from_be_bytes(header.ack_number().0.to_be_bytes()),
            window: header.window_len(),
            header_len,
            options: segment.get(fixed.len()..end).unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sequence number 2³¹ + 2, acknowledgment 2³² − 1, four bytes of options, two of payload.
    const SEGMENT: &[u8] = &[
        0x30, 0x39, 0x00, 0x50, // ports
        0x80, 0x00, 0x00, 0x02, // sequence number
        0xff, 0xff, 0xff, 0xff, // acknowledgment number
        0x60, 0x12, 0xfa, 0xf0, // header length 24, SYN and ACK, window 64240
        0, 0, 0, 0, // checksum, urgent pointer
        2, 4, 5, 0xb4, // maximum segment size 1460
        0xca, 0xfe, // payload
    ];

    #[test]
    fn every_field_is_read() {
        let header = TcpHeader::read(SEGMENT).unwrap();
        assert_eq!(header.sequence_number, 0x8000_0002);
        assert_eq!(header.acknowledgment_number, u32::MAX);
        assert_eq!((header.window, header.header_len), (64_240, 24));
        assert_eq!(header.options, [2, 4, 5, 0xb4]);
    }

    #[test]
    fn what_was_cut_or_is_malformed_has_fewer_options() {
        assert_eq!(TcpHeader::read(&SEGMENT[..19]), None);
        assert_eq!(TcpHeader::read(&SEGMENT[..22]).unwrap().options, [2, 4]);
        let mut malformed = SEGMENT.to_vec();
        malformed[12] = 0x10;
        let header = TcpHeader::read(&malformed).unwrap();
        assert_eq!((header.header_len, header.options), (4, &[][..]));
    }
}
