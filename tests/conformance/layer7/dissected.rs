//! Our flows with their applications.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

use nfstream::export::{Csv, WriterSink};
use nfstream::{Error, Ndpi, Streamer};

use crate::golden::Table;

/// What flows of different programs are matched by: both ends, the smaller one first, and the protocol.
pub(super) type Key = ([(String, u16); 2], u8);

/// A flow of ours.
#[derive(Clone, Debug)]
pub(super) struct Dissected {
    pub(super) key: Key,
    pub(super) vlan_id: u16,
    pub(super) first_seen_ms: u64,
    pub(super) application: String,
    pub(super) category: String,
    pub(super) server_name: String,
    pub(super) client_fingerprint: String,
    pub(super) client_ja3: String,
    pub(super) server_fingerprint: String,
}

/// nDPI with one module for all flows, as other programs have it: flows of a module influence each other.
pub(super) fn ndpi() -> Ndpi {
    Ndpi::builder().modules(NonZeroU32::MIN).build().unwrap()
}

/// The key of a flow, whichever end is given first. Addresses are texts, as one program does not write what can be
/// read (see [`spelled`]).
pub(super) fn key(a: (String, u16), b: (String, u16), protocol: u8) -> Key {
    let mut ends = [a, b];
    ends.sort();
    (ends, protocol)
}

/// An address as ndpiReader writes it: every `:0:` becomes `::`, even beside another one.
pub(super) fn spelled(ip: IpAddr) -> String {
    ip.to_string().replace(":0:", "::")
}

/// The flows of a capture without timeouts: one for each key, as other programs have them.
pub(super) fn dissect(path: &Path) -> Vec<Dissected> {
    const NEVER: Duration = Duration::from_hours(100 * 365 * 24);

    let mut text = Vec::new();
    let streamer = Streamer::builder()
        .source(path)
        .dissector(ndpi())
        .n_dissections(20)
        .fingerprint_columns(true)
        .idle_timeout(NEVER)
        .active_timeout(NEVER)
        .build()
        .unwrap();
    match streamer.run(WriterSink::new(&mut text, Csv::default())) {
        Ok(_) | Err(Error::Input { .. }) => {}
        Err(error) => panic!("{}: {error}", path.display()),
    }
    let table = Table::parse(std::str::from_utf8(&text).unwrap());
    (0..table.rows.len())
        .map(|row| {
            let text = |column: &str| {
                assert!(table.column(column).is_some(), "{column}");
                table.cell(row, column).to_owned()
            };
            let number = |column: &str| table.cell(row, column).parse::<u64>().unwrap();
            let end = |ip: &str, port: &str| {
                let ip = table.cell(row, ip).parse().unwrap();
                (spelled(ip), u16::try_from(number(port)).unwrap())
            };
            Dissected {
                key: key(
                    end("src_ip", "src_port"),
                    end("dst_ip", "dst_port"),
                    u8::try_from(number("protocol")).unwrap(),
                ),
                vlan_id: u16::try_from(number("vlan_id")).unwrap(),
                first_seen_ms: number("bidirectional_first_seen_ms"),
                application: text("application_name"),
                category: text("application_category_name"),
                server_name: text("requested_server_name"),
                client_fingerprint: text("client_fingerprint"),
                client_ja3: text("client_ja3"),
                server_fingerprint: text("server_fingerprint"),
            }
        })
        .collect()
}
