//! The plugins that read payloads, over any payload on their ports.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use nfstream_decode::PacketFields;
use nfstream_flow::{FlowRecord, FlowTable, FlowTableConfig, schema, sink_fn};
use nfstream_plugins::{Dhcp, DhcpColumns, Mdns, MdnsColumns};

use super::rows::TextRow;

/// DHCP, multicast DNS.
const PORTS: [u16; 2] = [67, 5_353];

/// First byte: which port, at which end, over which version of IP, between which addresses. The rest: what the datagram
/// carries.
pub fn run(input: &[u8]) {
    let [settings, payload @ ..] = input else {
        return;
    };
    let port = PORTS[usize::from(settings & 1)];
    let (src_port, dst_port) = if settings & 2 == 0 {
        (50_000, port)
    } else {
        (port, 50_000)
    };
    let ip = if settings & 4 == 0 {
        IpAddr::V4(Ipv4Addr::from_bits(u32::from(settings >> 3)))
    } else {
        IpAddr::V6(Ipv6Addr::LOCALHOST)
    };
    let size = u32::try_from(payload.len()).unwrap();
    let packet = PacketFields {
        src_ip: ip,
        dst_ip: ip,
        src_port,
        dst_port,
        protocol: 17,
        transport_size: size,
        payload_size: size,
        transport: payload,
        ..PacketFields::default()
    };
    let once = meter(&[packet]);
    for (dhcp, mdns) in &once {
        check_dhcp(dhcp);
        check_mdns(mdns);
    }
    for columns in meter(&[packet, packet]) {
        assert_eq!(columns, once[0], "the same message again tells nothing new");
    }
}

/// What the plugins tell of each flow of these packets.
fn meter(packets: &[PacketFields<'_>]) -> Vec<(DhcpColumns, MdnsColumns)> {
    let config = FlowTableConfig::default();
    let columns = schema(&config, &(Dhcp, Mdns)).columns().len();
    let mut found = Vec::new();
    let mut sink = sink_fn(|record: FlowRecord<'_, (DhcpColumns, MdnsColumns)>| {
        assert_eq!(TextRow::of(&record).len(), columns);
        found.push(record.output);
        Ok::<_, Infallible>(())
    });
    let mut table = FlowTable::new(&config, (Dhcp, Mdns));
    for &packet in packets {
        let Ok(()) = table.push(&packet.into(), &mut sink);
    }
    let Ok(()) = table.finish(&mut sink);
    found
}

/// Texts of at most 512 bytes, each of which may have become U+FFFD; 255 codes.
fn check_dhcp(dhcp: &DhcpColumns) {
    for text in [&dhcp.dhcp_12, &dhcp.dhcp_60, &dhcp.dhcp_77] {
        let length = text.as_ref().map(|text| text.len());
        assert!(length.is_none_or(|length| (1..=3 * 512).contains(&length)));
    }
    let requests = dhcp.dhcp_55.as_deref().unwrap_or("0").split(',');
    assert!(requests.clone().count() <= 512);
    assert!(requests.into_iter().all(|code| code.parse::<u8>().is_ok()));
    assert!(dhcp.dhcp_options.len() <= 255);
    assert!(!dhcp.dhcp_options.contains(&0) && !dhcp.dhcp_options.contains(&255));
}

/// At most 64 names, each once.
fn check_mdns(mdns: &MdnsColumns) {
    let names = &mdns.mdns_ptr;
    assert!(names.len() <= 64);
    for (index, name) in names.iter().enumerate() {
        assert!((1..=3 * 253).contains(&name.len()));
        assert!(!names[..index].contains(name));
    }
}
