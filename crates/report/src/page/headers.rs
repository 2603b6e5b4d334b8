//! What headers say: protocols, ports, tunnels; and how flows ended.

use std::borrow::Cow;
use std::collections::BTreeMap;

use maud::{Markup, html};
use nfstream_decode::protocol::TCP;

use crate::Report;
use crate::names;
use crate::tally::Tally;

use super::card;
use super::ranking::{self, Row};

/// Protocols, ports, IP versions, tunnels and VLANs if there are any, and how flows ended.
pub(super) fn section(report: &Report) -> Markup {
    let total = report.total;
    let table = |heading, rows| ranking::exact(heading, rows, total);
    let version = |version| match version {
        0 => "unknown".into(),
        _ => format!("IPv{version}").into(),
    };
    let vlan = |vlan| match vlan {
        0 => "none".into(),
        _ => format!("VLAN {vlan}").into(),
    };
    html! {
        div.columns {
            (card("", "Protocols", &html! {
                (table("Protocol", rows(&report.protocols, names::protocol)))
                (table("IP version", rows(&report.ip_versions, version)))
            }))
            @if !report.ends.is_empty() {
                (card("", "How flows ended", &table("Reason", rows(&report.ends, names::end))))
            }
            @if tells(&report.tunnels) {
                (card("", "Tunnels", &table("Tunnel", rows(&report.tunnels, names::tunnel))))
            }
            @if tells(&report.vlans) {
                (card("", "VLANs", &table("VLAN", rows(&report.vlans, vlan))))
            }
            @if !report.ports.is_empty() {
                (card("", "Destination ports", &table("Port of TCP and UDP", ports(report))))
            }
        }
    }
}

/// Whether anything but 0 occurs.
fn tells<K: Ord + Default>(tallies: &BTreeMap<K, Tally>) -> bool {
    tallies.keys().any(|key| *key != K::default())
}

fn rows<K: Copy>(tallies: &BTreeMap<K, Tally>, name: impl Fn(K) -> Cow<'static, str>) -> Vec<Row> {
    tallies
        .iter()
        .map(|(&key, &tally)| Row::exact(name(key), tally))
        .collect()
}

fn ports(report: &Report) -> Vec<Row> {
    let ports = report.ports.iter().map(|(&(protocol, port), &tally)| {
        let transport = if protocol == TCP { "TCP" } else { "UDP" };
        let name = match names::port(port) {
            Some(service) => format!("{transport} {port} {service}"),
            None => format!("{transport} {port}"),
        };
        Row::exact(name, tally)
    });
    ports.collect()
}
