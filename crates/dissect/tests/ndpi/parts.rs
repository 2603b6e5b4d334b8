//! One nDPI, shared out among several flow tables.

use std::num::NonZeroU32;
use std::path::Path;

use nfstream_capture::{CaptureFiles, PacketSource as _, Received};
use nfstream_decode::{Decoder, Frame, LinkType, Packet, Timestamp};
use nfstream_dissect::{Ndpi, NdpiBuilder};
use nfstream_flow::{
    Application, Dissection, Dissector, FlowKey, FlowTable, FlowTableConfig, OwnedFlowRecord,
};

use crate::conversation::Conversation;
use crate::driving::silent;
use crate::messages::dns_query;
use crate::world::{DEFAULT, builder, keep};

const MODULES: NonZeroU32 = NonZeroU32::new(4).unwrap();

fn ndpi() -> Ndpi {
    builder().modules(MODULES).build().unwrap()
}

/// Shares it out, into as many parts as it says.
fn share_out(ndpi: Ndpi, parts: u32) -> Vec<Ndpi> {
    let most = ndpi.max_parts().get();
    let shared_out = ndpi.share_out(NonZeroU32::new(parts).unwrap());
    assert_eq!(shared_out.len(), parts.min(most) as usize);
    shared_out
}

/// Flow tables that have the flows among them, each with a part of one nDPI.
struct Tables(Vec<FlowTable<(), Ndpi>>, Vec<OwnedFlowRecord<()>>);

impl Tables {
    fn new(ndpi: Ndpi, parts: u32) -> Self {
        let mut config = FlowTableConfig::default();
        config.n_dissections = DEFAULT;
        let tables = share_out(ndpi, parts)
            .into_iter()
            .map(|part| FlowTable::with_dissector(&config, (), part));
        Self(tables.collect(), Vec::new())
    }

    fn push(&mut self, packet: &Packet<'_>) {
        let parts = NonZeroU32::new(u32::try_from(self.0.len()).unwrap()).unwrap();
        let part = FlowKey::of(packet).0.part(MODULES, parts);
        let Ok(()) = self.0[part as usize].push(packet, &mut keep(&mut self.1));
    }

    /// What is known of each flow, in the order of the text, and the number of flows for which there was no room.
    fn finish(mut self) -> (Vec<String>, u64) {
        for table in &mut self.0 {
            let Ok(()) = table.finish(&mut keep(&mut self.1));
        }
        let of_flow = |record: &OwnedFlowRecord<()>| {
            let flow = record.flow();
            format!(
                "{:?} {:?} {} {}: {:?}",
                flow.source(),
                flow.destination(),
                flow.protocol(),
                flow.first_seen().as_nanos(),
                flow.application()
            )
        };
        let mut found: Vec<_> = self.1.iter().map(of_flow).collect();
        found.sort_unstable();
        (found, self.0.iter().map(FlowTable::undissected_flows).sum())
    }
}

#[test]
fn parts_say_of_recorded_flows_what_the_whole_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/mixed.pcap");
    let found = |parts| {
        let mut tables = Tables::new(ndpi(), parts);
        let mut source = CaptureFiles::open([&path]).unwrap();
        loop {
            match source.receive().unwrap() {
                Received::Frames(frames) => frames
                    .iter()
                    .filter_map(|frame| Decoder::new().decode(&frame).ok())
                    .for_each(|packet| tables.push(&packet)),
                Received::End => return tables.finish(),
                _ => {}
            }
        }
    };
    let whole = found(1);
    assert!(whole.0.len() > 40);
    assert_eq!(whole.1, 0);
    for parts in [2, 3, 4, 9] {
        assert_eq!(found(parts), whole, "{parts} parts");
    }
}

/// A packet as it comes from a link without a header of its own.
fn with_packet<T>(data: &[u8], of: impl FnOnce(&Packet<'_>) -> T) -> T {
    let frame = Frame {
        timestamp: Timestamp::from_millis(1_700_000_000_000),
        link_type: LinkType::RAW,
        wire_len: u32::try_from(data.len()).unwrap(),
        data,
    };
    of(&Decoder::new().decode(&frame).unwrap())
}

/// Five in all are two for each of four modules, whoever has them.
#[test]
fn each_module_has_room_for_its_share_of_the_flows() {
    const ROOM: usize = 2;
    let flows: Vec<_> = (40_000..40_040).map(|port| silent(port, 443)).collect();
    let mut in_module = [0; MODULES.get() as usize];
    for flow in &flows {
        let shard = with_packet(&flow.packets()[0], |packet| {
            FlowKey::of(packet).0.shard(MODULES)
        });
        in_module[shard as usize] += 1;
    }
    assert!(in_module.iter().all(|&flows| flows > ROOM));

    let found = |parts| {
        let bounded: NdpiBuilder = builder().modules(MODULES).max_flows(5);
        let mut tables = Tables::new(bounded.build().unwrap(), parts);
        for flow in &flows {
            with_packet(&flow.packets()[0], |packet| tables.push(packet));
        }
        tables.finish()
    };
    let (whole, refused) = found(1);
    let with_application = whole.iter().filter(|flow| flow.contains("TLS")).count();
    assert_eq!(with_application, ROOM * in_module.len());
    assert_eq!(refused, (flows.len() - with_application) as u64);
    for parts in [2, 3, 4] {
        assert_eq!(found(parts), (whole.clone(), refused), "{parts} parts");
    }
}

/// Where the system spreads flows as it likes, a part gets flows of others; what one part knows of a flow says nothing to another.
#[test]
fn a_part_looks_into_flows_of_another_one() {
    for parts in [2, 3, 4] {
        let mut parts = share_out(ndpi(), parts);
        let count = NonZeroU32::new(u32::try_from(parts.len()).unwrap()).unwrap();
        let mut flows_of_part = vec![0; parts.len()];
        for port in 40_000..40_040 {
            let query = Conversation::udp(port, 53).client(&dns_query("www.example.test"));
            with_packet(&query.packets()[0], |packet| {
                let (key, _) = FlowKey::of(packet);
                let its_part = key.part(MODULES, count) as usize;
                flows_of_part[its_part] += 1;
                for part in &mut parts {
                    let mut flow = part.start(&key).unwrap();
                    assert_ne!(part.dissect(packet, &mut flow), Dissection::Nothing);
                    assert_eq!(part.finish(&mut flow).name, "DNS");
                }
                let mut flow = parts[its_part].start(&key).unwrap();
                let other = (its_part + 1) % parts.len();
                assert_eq!(parts[other].dissect(packet, &mut flow), Dissection::Nothing);
                assert_eq!(parts[other].finish(&mut flow), Application::UNKNOWN);
                assert_ne!(
                    parts[its_part].dissect(packet, &mut flow),
                    Dissection::Nothing
                );
                assert_eq!(parts[its_part].finish(&mut flow).name, "DNS");
            });
        }
        assert!(flows_of_part.iter().all(|&flows| flows > 0));
    }
}

#[test]
fn a_part_is_not_shared_out_again() {
    let whole = ndpi();
    assert_eq!(whole.max_parts(), MODULES);
    let protocols: Vec<_> = whole.protocols().collect();
    for part in share_out(whole, 2) {
        assert_eq!(part.max_parts(), NonZeroU32::MIN);
        let [part] = <[Ndpi; 1]>::try_from(share_out(part, 2)).unwrap();
        assert!(part.protocols().eq(protocols.iter().cloned()));
    }
    // The only part there is is still the whole.
    let [whole] = <[Ndpi; 1]>::try_from(share_out(ndpi(), 1)).unwrap();
    assert_eq!(whole.max_parts(), MODULES);
}
