//! The decoder alone: who talks to whom, packet by packet, without flows. It needs `nfstream-decode`, and here
//! `nfstream-capture` to read a file.
//!
//! `cargo run --example decode_only -- capture.pcap`

use nfstream_capture::{CaptureFiles, PacketSource, Received};
use nfstream_decode::{Decoder, IgnoredPackets};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let capture = std::env::args()
        .nth(1)
        .unwrap_or("tests/data/small.pcap".into());
    let mut source = CaptureFiles::open([capture.as_str()])?;
    let decoder = Decoder::new();
    let mut ignored = IgnoredPackets::default();

    while let Received::Frames(frames) = source.receive()? {
        for frame in frames.iter() {
            match decoder.decode(&frame) {
                Ok(packet) => println!(
                    "{} -> {}  protocol {}  {} bytes of payload",
                    packet.src_ip(),
                    packet.dst_ip(),
                    packet.protocol(),
                    packet.payload_size(),
                ),
                Err(error) => ignored.count(error),
            }
        }
    }
    for (error, packets) in ignored.iter() {
        println!("ignored: {packets} ({error})");
    }
    Ok(())
}
