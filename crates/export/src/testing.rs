//! What several tests need.

use core::mem::swap;
use core::net::IpAddr;

use nfstream_decode::{MacAddress, Packet, PacketFields, TcpFlags, Timestamp};
use nfstream_flow::features::TimeUnit;
use nfstream_flow::record::{Column, ColumnType, RowWriter, Value};
use nfstream_flow::{
    Flow, FlowRecord, FlowSink, FlowTable, FlowTableConfig, NFPlugin, Record, Schema,
};

use crate::format::Format;
use crate::{ExportError, WriterSink};

/// A TCP packet of 60 bytes, `millis` after the start, from one end to the other or back.
pub(crate) fn packet(port: u16, millis: u64, back: bool, tcp_flags: TcpFlags) -> Packet<'static> {
    let (here, there) = (
        IpAddr::from([192, 0, 2, 1]),
        IpAddr::from([198, 51, 100, 2]),
    );
    let (mut source, mut destination) = (
        (here, port, MacAddress([2, 0, 0, 0, 0, 1])),
        (there, 443, MacAddress([2, 0xab, 0, 0, 0, 2])),
    );
    if back {
        swap(&mut source, &mut destination);
    }
    PacketFields {
        timestamp: Timestamp::from_millis(1_700_000_000_000 + millis),
        src_ip: source.0,
        dst_ip: destination.0,
        src_port: source.1,
        dst_port: destination.1,
        protocol: 6,
        tcp_flags,
        src_mac: source.2,
        dst_mac: destination.2,
        raw_size: 60,
        ip_size: 46,
        transport_size: 20,
        ..PacketFields::default()
    }
    .into()
}

/// One packet of each of so many flows, from port 1 on.
pub(crate) fn syns(flows: u16) -> Vec<Packet<'static>> {
    let syn = |port: u16| packet(port, port.into(), false, TcpFlags::SYN);
    (1..=flows).map(syn).collect()
}

/// Columns of the core alone.
pub(crate) fn schema<P: NFPlugin>(plugin: &P) -> Schema {
    nfstream_flow::schema(&FlowTableConfig::default(), plugin)
}

/// Hands the flows of `packets` to a sink, which is not finished.
pub(crate) fn meter<P: NFPlugin, K: FlowSink<P::Output>>(
    plugin: P,
    packets: &[Packet<'_>],
    sink: &mut K,
) -> Result<(), K::Error> {
    let config = FlowTableConfig::default();
    sink.begin(&schema(&plugin))?;
    let mut table = FlowTable::new(&config, plugin);
    for packet in packets {
        table.push(packet, sink)?;
    }
    table.finish(sink)
}

/// The flows of `packets` in a format.
pub(crate) fn written<P: NFPlugin>(
    format: impl Format,
    plugin: P,
    packets: &[Packet<'_>],
) -> Result<Vec<u8>, ExportError> {
    let mut bytes = Vec::new();
    let mut sink = WriterSink::new(&mut bytes, format);
    meter(plugin, packets, &mut sink)?;
    FlowSink::<P::Output>::finish(&mut sink)?;
    drop(sink);
    Ok(bytes)
}

/// Hands records over as another core does: encoded, with the number of the record apart.
#[derive(Debug)]
pub(crate) struct Encoded<'a, K>(pub(crate) &'a mut K);

impl<O: Record, K: FlowSink<O>> FlowSink<O> for Encoded<'_, K> {
    type Error = K::Error;

    fn begin(&mut self, schema: &Schema) -> Result<(), K::Error> {
        self.0.begin(schema)
    }

    fn record(&mut self, mut record: FlowRecord<'_, O>) -> Result<(), K::Error> {
        let id = core::mem::replace(&mut record.id, u64::MAX);
        // What is encoded stands behind other rows.
        let mut rows = b"0,0\r\n".to_vec();
        self.0.encoder().unwrap().encode(&record, &mut rows);
        self.0.encoded(id, rows.strip_prefix(b"0,0\r\n").unwrap())
    }
}

/// A column of every type. Values depend on the source port: those of port 1 are plain, all of port 2 are missing, and those of
/// others are the ends of what their types hold.
#[derive(Clone, Debug)]
pub(crate) struct EveryType;

#[derive(Clone, Debug)]
pub(crate) struct Values {
    flag: bool,
    balance: i64,
    count: u64,
    ratio: f64,
    name: &'static str,
    server: IpAddr,
    seen: Option<u64>,
    sizes: Vec<u64>,
    ratios: Vec<Option<f64>>,
    names: Vec<Vec<&'static str>>,
}

impl NFPlugin for EveryType {
    type State = ();
    type Output = Option<Values>;

    fn on_init(&mut self, _packet: &Packet<'_>, _flow: &mut Flow<'_>) {}

    fn on_expire(&mut self, flow: &Flow<'_>, (): ()) -> Option<Values> {
        match flow.src_port() {
            1 => Some(Values {
                flag: true,
                balance: -7,
                count: 7,
                ratio: 0.5,
                name: "Zürich",
                server: IpAddr::from([192, 0, 2, 7]),
                seen: Some(1_700_000_000_000_007),
                sizes: vec![1, 2, 3],
                ratios: vec![Some(1e-7), None],
                names: vec![vec!["a", "it's"], vec![]],
            }),
            2 => None,
            _ => Some(Values {
                flag: false,
                balance: i64::MIN,
                count: u64::MAX,
                ratio: f64::NAN,
                name: "a \"b\"\\\r\n\t\u{1}\u{2028}",
                server: "2001:db8::1".parse().unwrap(),
                seen: None,
                sizes: vec![],
                ratios: vec![Some(f64::INFINITY), Some(f64::NEG_INFINITY)],
                names: vec![],
            }),
        }
    }
}

impl Record for Values {
    fn columns(schema: &mut Schema) {
        let column = Column::new;
        schema.push(column("flag", ColumnType::Bool).doc("Whether it is so."));
        schema.push(column("balance", ColumnType::Int).unit("bytes"));
        schema.push(column("count", ColumnType::UInt));
        schema.push(column("ratio", ColumnType::Float));
        schema.push(column("name", ColumnType::Text));
        schema.push(column("server", ColumnType::Ip));
        let seen = ColumnType::Timestamp(TimeUnit::Microseconds);
        schema.push(column("seen_us", seen));
        schema.push(column("sizes", <Vec<u64> as Value>::TYPE));
        schema.push(column("ratios", <Vec<f64> as Value>::TYPE));
        schema.push(column("names", <Vec<Vec<&str>> as Value>::TYPE));
    }

    fn write<W: RowWriter + ?Sized>(&self, row: &mut W) {
        self.flag.write(row);
        self.balance.write(row);
        self.count.write(row);
        self.ratio.write(row);
        self.name.write(row);
        self.server.write(row);
        row.timestamp(self.seen);
        self.sizes.write(row);
        self.ratios.write(row);
        self.names.write(row);
    }

    fn write_null<W: RowWriter + ?Sized>(row: &mut W) {
        (0..10).for_each(|_| row.null());
    }
}

/// A plugin whose values do not fit its columns, which are `count`, an integer, and `sizes`, a list of integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    TooFew,
    TooMany,
    TextForInteger,
    ListForInteger,
    IntegerForList,
    TextForItem,
    ListForItem,
    MissingValue,
}

impl NFPlugin for Wrong {
    type State = ();
    type Output = Self;

    fn on_init(&mut self, _packet: &Packet<'_>, _flow: &mut Flow<'_>) {}

    fn on_expire(&mut self, _flow: &Flow<'_>, (): ()) -> Self {
        *self
    }
}

impl Record for Wrong {
    fn columns(schema: &mut Schema) {
        schema.push(Column::new("count", ColumnType::UInt));
        schema.push(Column::new("sizes", <Vec<u64> as Value>::TYPE));
    }

    fn write<W: RowWriter + ?Sized>(&self, row: &mut W) {
        match self {
            Self::TooFew => {}
            Self::TextForInteger => row.text("1"),
            Self::ListForInteger => [1_u64, 2].write(row),
            Self::MissingValue => row.null(),
            _ => row.uint(1),
        }
        match self {
            Self::IntegerForList => row.uint(1),
            Self::TextForItem => ["1"].write(row),
            Self::ListForItem => [[1_u64]].write(row),
            _ => [1_u64].write(row),
        }
        if *self == Self::TooMany {
            row.uint(1);
        }
    }

    fn write_null<W: RowWriter + ?Sized>(row: &mut W) {
        row.null();
        row.null();
    }
}
