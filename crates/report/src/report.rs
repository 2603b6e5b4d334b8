//! The figures of a report.

use core::convert::Infallible;
use core::fmt::Write as _;
use std::collections::{BTreeMap, HashMap};

use nfstream_decode::Timestamp;
use nfstream_decode::protocol::{TCP, UDP};
use nfstream_flow::{Flow, FlowEnd, FlowRecord, FlowSink, Record, Schema};

use crate::heavy_hitters::HeavyHitters;
use crate::histogram::Histogram;
use crate::names;
use crate::shares::{LONGEST_NAME, Shares, bounded};
use crate::tally::Tally;
use crate::timeline::Timeline;
use crate::{Context, FlowFacts, page};

/// Figures about any number of flows, and the page that shows them.
///
/// Memory is bounded whatever the flows are: 20 MB at most, as a rule less than one. For that, addresses, pairs of addresses and server names have 1,024
/// counters each (Space-Saving, by bytes): with `N` bytes in all, no name of more than `N / 1024` bytes is missed, and the page
/// marks figures as lower bounds where there were more names. All else is exact, up to 2,048 applications; sizes and durations
/// are counted by powers of two. A flow allocates nothing unless it brings a new name.
///
/// Times are those of the columns, which are cut to their unit, so that flows from a run and from its file give one page.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub(crate) total: Tally,
    /// Bytes by direction, of flows that tell: from source to destination, and back.
    pub(crate) directions: Option<(u64, u64)>,
    pub(crate) time_span: Option<(Timestamp, Timestamp)>,
    pub(crate) timeline: Timeline,
    pub(crate) sizes: Histogram,
    pub(crate) packets: Histogram,
    /// In nanoseconds.
    pub(crate) durations: Histogram,
    /// Empty where no flow was looked into.
    pub(crate) applications: Shares,
    pub(crate) categories: Shares,
    /// Flows that were not looked into.
    pub(crate) without_application: Tally,
    /// What the ports say, instead of applications.
    pub(crate) services: Shares,
    pub(crate) server_names: HeavyHitters,
    pub(crate) sources: HeavyHitters,
    pub(crate) destinations: HeavyHitters,
    pub(crate) pairs: HeavyHitters,
    pub(crate) protocols: BTreeMap<u8, Tally>,
    /// By protocol and destination port, of TCP and UDP.
    pub(crate) ports: HashMap<(u8, u16), Tally, ahash::RandomState>,
    pub(crate) ip_versions: BTreeMap<u8, Tally>,
    pub(crate) vlans: BTreeMap<u16, Tally>,
    pub(crate) tunnels: BTreeMap<u8, Tally>,
    pub(crate) ends: BTreeMap<i8, Tally>,
    /// What is known about all flows.
    pub(crate) metadata: Vec<(String, String)>,
    /// The addresses of the flow at hand, as text.
    addresses: [String; 2],
    /// Both together.
    pair: String,
}

/// How many things are known about all flows at most.
const MOST_METADATA: usize = 16;

impl Report {
    /// Counts a flow.
    pub fn add(&mut self, flow: &FlowFacts<'_>) {
        let tally = Tally::of(flow);
        self.total += tally;
        if let Some(sent) = flow.src2dst_bytes {
            let (src2dst, dst2src) = self.directions.get_or_insert_default();
            *src2dst = src2dst.saturating_add(sent);
            *dst2src = dst2src.saturating_add(flow.bytes.saturating_sub(sent));
        }
        self.sizes.add(flow.bytes);
        self.packets.add(flow.packets);
        self.add_times(flow);
        self.add_application(flow, tally);
        self.add_hosts(flow, tally);
        let with_ports = matches!(flow.protocol, TCP | UDP);
        if with_ports {
            *self
                .ports
                .entry((flow.protocol, flow.dst_port))
                .or_default() += tally;
        }
        *self.protocols.entry(flow.protocol).or_default() += tally;
        *self.ip_versions.entry(flow.ip_version).or_default() += tally;
        *self.vlans.entry(flow.vlan_id).or_default() += tally;
        *self.tunnels.entry(flow.tunnel_id).or_default() += tally;
        if let Some(end) = flow.expiration_id {
            *self.ends.entry(end).or_default() += tally;
        }
    }

    /// Counts a flow that has ended.
    pub fn add_flow(&mut self, flow: &Flow<'_>) {
        let mut addresses = core::mem::take(&mut self.addresses);
        for (text, ip) in addresses.iter_mut().zip([flow.src_ip(), flow.dst_ip()]) {
            text.clear();
            // Writing into memory does not fail.
            let _ = write!(text, "{ip}");
        }
        let [src, dst] = &addresses;
        let (unit, counters) = (flow.time_unit(), flow.bidirectional());
        let in_unit = |time| Timestamp::from_nanos(unit.truncate(time) * unit.nanos());
        let application = flow.application();
        self.add(&FlowFacts {
            src,
            dst,
            src_port: flow.src_port(),
            dst_port: flow.dst_port(),
            protocol: flow.protocol(),
            ip_version: flow.ip_version(),
            vlan_id: flow.vlan_id(),
            tunnel_id: flow.tunnel().id(),
            expiration_id: flow.end().map(FlowEnd::expiration_id),
            seen: Some((in_unit(counters.first_seen), in_unit(counters.last_seen))),
            packets: counters.packets,
            bytes: counters.bytes,
            src2dst_bytes: Some(flow.src2dst().bytes),
            application: application.map(|found| found.name),
            category: application.map(|found| found.category),
            server_name: application.map_or("", |found| found.server_name),
        });
        self.addresses = addresses;
    }

    /// Tells something that is to be known about all flows, under a name such as `nfstream.accounting_mode`. What has another
    /// value already, as with several files, gets both. The first 16 names are kept, with 256 bytes or two values each.
    pub fn describe(&mut self, name: &str, value: &str) {
        let (name, value) = (bounded(name), bounded(value));
        let has_room = self.metadata.len() < MOST_METADATA;
        let known = self.metadata.iter_mut().find(|(known, _)| known == name);
        match known {
            None if has_room => {
                self.metadata.push((name.to_owned(), value.to_owned()));
            }
            Some((_, values)) if values != value && values.len() < LONGEST_NAME => {
                values.push_str("; ");
                values.push_str(value);
            }
            None | Some(_) => {}
        }
    }

    /// How many flows were counted.
    pub fn flows(&self) -> u64 {
        self.total.flows
    }

    /// The page: HTML of less than 200 kB.
    pub fn render(&self, context: &Context) -> String {
        page::render(self, context)
    }

    fn add_times(&mut self, flow: &FlowFacts<'_>) {
        let Some((first, last)) = flow.seen else {
            return;
        };
        let last = last.max(first);
        let (begin, end) = self.time_span.unwrap_or((first, last));
        self.time_span = Some((begin.min(first), end.max(last)));
        self.durations.add(last.nanos_since(first));
        self.timeline.add(first, last, flow.packets, flow.bytes);
    }

    fn add_application(&mut self, flow: &FlowFacts<'_>, tally: Tally) {
        match flow.application {
            Some(application) => self.applications.add(application, tally),
            None => self.without_application += tally,
        }
        if let Some(category) = flow.category {
            self.categories.add(category, tally);
        }
        if !flow.server_name.is_empty() {
            self.server_names.add(flow.server_name, tally);
        }
        let service = names::service(flow.protocol, flow.src_port, flow.dst_port);
        self.services.add(&service, tally);
    }

    fn add_hosts(&mut self, flow: &FlowFacts<'_>, tally: Tally) {
        self.sources.add(flow.src, tally);
        self.destinations.add(flow.dst, tally);
        self.pair.clear();
        self.pair.extend([flow.src, names::TO, flow.dst]);
        self.pairs.add(&self.pair, tally);
    }
}

/// Counts the flows of a run. It cannot fail.
impl<O: Record> FlowSink<O> for Report {
    type Error = Infallible;

    fn begin(&mut self, schema: &Schema) -> Result<(), Infallible> {
        for (name, value) in schema.metadata() {
            self.describe(name, value);
        }
        Ok(())
    }

    fn record(&mut self, record: FlowRecord<'_, O>) -> Result<(), Infallible> {
        self.add_flow(&record.flow);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
