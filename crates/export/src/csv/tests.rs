use std::io::{self, Write};

use nfstream_decode::{Packet, TcpFlags, Timestamp};
use nfstream_flow::{FlowSink, FlowTable, FlowTableConfig, NFPlugin, schema};

use super::*;
use crate::WriterSink;
use crate::testing::{Encoded, EveryType, Values, Wrong, meter, packet, syns, written};

const SYN_ACK: TcpFlags = TcpFlags::from_bits(0x12);

/// Writes the flows of `packets` as CSV.
fn csv<P: NFPlugin>(config: &FlowTableConfig, plugin: P, packets: &[Packet<'_>]) -> String {
    let mut text = Vec::new();
    let mut csv = WriterSink::new(&mut text, Csv::default());
    FlowSink::<P::Output>::begin(&mut csv, &schema(config, &plugin)).unwrap();
    let mut table = FlowTable::new(config, plugin);
    for packet in packets {
        table.push(packet, &mut csv).unwrap();
    }
    table.finish(&mut csv).unwrap();
    FlowSink::<P::Output>::finish(&mut csv).unwrap();
    String::from_utf8(text).unwrap()
}

#[test]
fn a_flow_is_a_row() {
    let mut config = FlowTableConfig::default();
    config.statistical_analysis = true;
    config.splt_analysis = 4;
    let packets = [
        packet(49152, 0, false, TcpFlags::SYN),
        packet(49152, 10, true, SYN_ACK),
        packet(49152, 25, false, TcpFlags::ACK),
    ];
    let text = csv(&config, (), &packets);
    let mut lines = text.split("\r\n");
    let header = lines.next().unwrap();
    assert_eq!(header.split(',').count(), 29 + 48 + 3);
    assert!(header.starts_with("id,expiration_id,src_ip,src_mac,src_oui,src_port,dst_ip,"));
    assert!(header.ends_with(",dst2src_fin_packets,splt_direction,splt_ps,splt_piat_ms"));
    let expected = [
        "0,0,192.0.2.1,02:00:00:00:00:01,02:00:00,49152",
        "198.51.100.2,02:ab:00:00:00:02,02:ab:00,443,6,4,0,0",
        "1700000000000,1700000000025,25,3,180",
        "1700000000000,1700000000025,25,2,120",
        "1700000000010,1700000000010,0,1,60",
        "60,60.0,0.0,60,60,60.0,0.0,60,60,60.0,0.0,60",
        "10,12.5,3.5355339059327378,15,25,25.0,0.0,25,0,0.0,0.0,0",
        "2,0,0,0,2,0,0,0,1,0,0,0,1,0,0,0,1,0,0,0,1,0,0,0",
        "\"[0, 1, 0, -1]\",\"[60, 60, 60, -1]\",\"[0, 10, 15, -1]\"",
    ];
    assert_eq!(lines.next().unwrap(), expected.join(","));
    assert_eq!(lines.next(), Some(""));
    assert_eq!(lines.next(), None);
}

#[test]
fn columns_of_plugins_follow() {
    let text = written(Csv::default(), EveryType, &syns(3)).unwrap();
    let text = String::from_utf8(text).unwrap();
    let (header, rows) = text.split_once("\r\n").unwrap();
    let names = "flag,balance,count,ratio,name,server,seen_us,sizes,ratios,names";
    let names = names.replace(',', ",udps.");
    assert!(
        header.ends_with(&format!(",dst2src_bytes,udps.{names}")),
        "{header}"
    );
    let (first, rows) = rows.split_once("\r\n1,0,").unwrap();
    let (second, third) = rows.split_once("\r\n2,0,").unwrap();
    let expected = ",True,-7,7,0.5,Zürich,192.0.2.7,1700000000000007,\"[1, 2, 3]\",\"[1e-07, None]\",\"[['a', \"\"it's\"\"], []]\"";
    assert!(first.ends_with(expected), "{first}");
    assert!(second.ends_with(",0,0,0,0,0,,,,,,,,,,"), "{second}");
    let expected = ",False,-9223372036854775808,18446744073709551615,nan,\"a \"\"b\"\"\\\r\n\t\u{1}\u{2028}\",2001:db8::1,0,[],\"[inf, -inf]\",[]\r\n";
    assert!(third.ends_with(expected), "{third}");
}

#[test]
fn without_flows_there_is_a_header() {
    let text = csv(&FlowTableConfig::default(), (), &[]);
    assert_eq!(text.lines().count(), 1);
    assert!(text.ends_with(",dst2src_bytes\r\n"));
}

#[test]
fn rows_are_written_when_time_advances() {
    let config = FlowTableConfig::default();
    let mut text = Vec::new();
    let mut csv = WriterSink::new(&mut text, Csv::default());
    FlowSink::<()>::begin(&mut csv, &config.columns()).unwrap();
    let mut table = FlowTable::new(&config, ());
    table
        .push(&packet(1, 0, false, TcpFlags::SYN), &mut csv)
        .unwrap();
    table.finish(&mut csv).unwrap();
    FlowSink::<()>::advance(&mut csv, Timestamp::EPOCH).unwrap();
    // Neither finished nor full.
    drop(csv);
    assert_eq!(String::from_utf8(text).unwrap().lines().count(), 2);
}

#[test]
fn encoded_elsewhere_rows_are_the_same() {
    let mut config = FlowTableConfig::default();
    config.statistical_analysis = true;
    config.splt_analysis = 3;
    let packets = [1, 2, 1, 3, 2, 1].map(|port| packet(port, 0, false, TcpFlags::ACK));
    for line_ending in [LineEnding::CrLf, LineEnding::Lf] {
        let mut texts = [Vec::new(), Vec::new()];
        for (text, elsewhere) in texts.iter_mut().zip([false, true]) {
            let mut csv = WriterSink::new(text, Csv::default().line_ending(line_ending));
            FlowSink::<Option<Values>>::begin(&mut csv, &schema(&config, &EveryType)).unwrap();
            let mut table = FlowTable::new(&config, EveryType);
            for packet in &packets {
                table.push(packet, &mut csv).unwrap();
            }
            if elsewhere {
                table.finish(&mut Encoded(&mut csv)).unwrap();
            } else {
                table.finish(&mut csv).unwrap();
            }
            FlowSink::<Option<Values>>::finish(&mut csv).unwrap();
        }
        let [here, elsewhere] = texts.map(|text| String::from_utf8(text).unwrap());
        assert_eq!(here.matches("\n2,0,192.0.2.1,").count(), 1);
        assert_eq!(elsewhere, here);
    }
}

#[test]
fn a_row_that_does_not_fit_the_header_is_an_error_and_leaves_nothing() {
    for (wrong, values) in [(Wrong::TooFew, 30), (Wrong::TooMany, 32)] {
        for elsewhere in [false, true] {
            let mut text = Vec::new();
            let mut csv = WriterSink::new(&mut text, Csv::default());
            let error = if elsewhere {
                meter(wrong, &syns(1), &mut Encoded(&mut csv))
            } else {
                meter(wrong, &syns(1), &mut csv)
            };
            let expected = format!("record 0 has {values} values for 31 columns");
            assert_eq!(error.unwrap_err().to_string(), expected);
            FlowSink::<Wrong>::finish(&mut csv).unwrap();
            assert!(text.ends_with(b",udps.count,udps.sizes\r\n"));
        }
    }
}

/// CSV has no types: what a column was declared as does not matter.
#[test]
fn values_are_written_as_what_they_are() {
    for (wrong, cells) in [
        (Wrong::TextForInteger, ",1,[1]"),
        (Wrong::ListForInteger, ",\"[1, 2]\",[1]"),
        (Wrong::IntegerForList, ",1,1"),
        (Wrong::TextForItem, ",1,['1']"),
        (Wrong::ListForItem, ",1,[[1]]"),
        (Wrong::MissingValue, ",,[1]"),
    ] {
        let text = written(Csv::default(), wrong, &syns(1)).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.ends_with(&format!(",0,0,0{cells}\r\n")), "{text}");
    }
}

/// A pipe whose reader has gone away.
struct ClosedPipe;

impl Write for ClosedPipe {
    fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_closed_pipe_can_be_told_apart() {
    let mut csv = WriterSink::new(ClosedPipe, Csv::default()).named("standard output");
    FlowSink::<()>::begin(&mut csv, &FlowTableConfig::default().columns()).unwrap();
    let error = FlowSink::<()>::finish(&mut csv).unwrap_err();
    assert!(error.is_broken_pipe());
    assert_eq!(
        error.to_string(),
        "standard output: cannot be written: broken pipe"
    );
}

#[test]
fn rows_do_not_allocate() {
    let mut config = FlowTableConfig::default();
    config.statistical_analysis = true;
    config.splt_analysis = 20;
    let mut flow = None;
    let mut table = FlowTable::new(&config, ());
    let mut keep = nfstream_flow::sink_fn(|record: FlowRecord<'_, ()>| {
        flow = Some(record.into_owned());
        Ok::<(), core::convert::Infallible>(())
    });
    for index in 0..25 {
        let packet = packet(1, index * index, index % 3 == 1, TcpFlags::ACK);
        table.push(&packet, &mut keep).unwrap();
    }
    table.finish(&mut keep).unwrap();
    let flow = flow.unwrap();

    let mut csv = WriterSink::new(io::sink(), Csv::default());
    FlowSink::<&()>::begin(&mut csv, &schema(&config, &())).unwrap();
    let mut write = |rows: u32| {
        for _ in 0..rows {
            csv.record(flow.as_record()).unwrap();
        }
    };
    write(1);
    // Enough for the buffer to be handed over many times.
    let allocations = allocation_counter::measure(|| write(20_000));
    assert_eq!(allocations.count_total, 0);
}
