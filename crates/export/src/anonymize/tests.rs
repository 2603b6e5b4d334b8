use core::net::IpAddr;

use nfstream_decode::MacAddress;
use nfstream_flow::FlowTableConfig;
use nfstream_flow::features::TimeUnit;
use nfstream_flow::record::{Record, RowWriter, Value};

use super::*;

/// A key; in Python the same text is one.
pub(super) const KEY: [u8; 64] =
    *b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";

/// What a row was told.
#[derive(Debug, Default, PartialEq)]
struct Told(Vec<String>);

impl RowWriter for Told {
    fn bool(&mut self, value: bool) {
        self.0.push(format!("bool {value}"));
    }

    fn int(&mut self, value: i64) {
        self.0.push(format!("int {value}"));
    }

    fn uint(&mut self, value: u64) {
        self.0.push(format!("uint {value}"));
    }

    fn float(&mut self, value: f64) {
        self.0.push(format!("float {value}"));
    }

    fn text(&mut self, value: &str) {
        self.0.push(format!("text {value}"));
    }

    fn ip(&mut self, value: IpAddr) {
        self.0.push(format!("ip {value}"));
    }

    fn timestamp(&mut self, value: Option<u64>) {
        self.0.push(format!("timestamp {value:?}"));
    }

    fn mac(&mut self, octets: [u8; 6]) {
        self.0.push(format!("mac {octets:?}"));
    }

    fn oui(&mut self, octets: [u8; 3]) {
        self.0.push(format!("oui {octets:?}"));
    }

    fn null(&mut self) {
        self.0.push("null".to_owned());
    }

    fn begin_list(&mut self) {
        self.0.push("[".to_owned());
    }

    fn end_list(&mut self) {
        self.0.push("]".to_owned());
    }
}

fn anonymizer() -> Anonymizer {
    Anonymizer::new(AnonymizationKey::from_bytes(KEY))
}

/// A column of this name for a value of this type.
fn column<V: Value>(schema: &mut Schema, name: &'static str) {
    schema.push(Column::new(name, V::TYPE).nullable(V::NULLABLE));
}

/// What becomes of one value in a hashed column, and of one behind it that is kept.
fn hashed<V: Value>(value: &V) -> Vec<String> {
    let mut schema = Schema::default();
    column::<V>(&mut schema, "value");
    column::<V>(&mut schema, "kept");
    let (_, mut plan) = anonymizer().hash(["value"]).apply_to(&schema).unwrap();
    let (mut told, mut kept) = (Told::default(), Told::default());
    let mut row = plan.over(&mut told);
    value.write(&mut row);
    value.write(&mut row);
    drop(row);
    value.write(&mut kept);
    assert!(told.0.ends_with(&kept.0), "{told:?}");
    told.0.truncate(told.0.len() - kept.0.len());
    told.0
}

/// The first digits of the hash of a text with the key of [`anonymizer`].
fn hash_of(text: &str) -> String {
    let mut hasher = Hasher::new(&KEY);
    let hash = hasher.hash(|out| out.extend_from_slice(text.as_bytes()));
    format!("text {hash}")
}

#[test]
fn values_are_hashed_as_their_text() {
    // hashlib.blake2b(b"443", key=KEY, digest_size=64).hexdigest()
    let port = "text 11ac595c55ef2e9ddad125c54d4b02c082bea456abc54d0e6d0ef3e0b1fb1327bd409c927a2c05e1d1913b92f7964359b724bf46cb0debc47d48824a0711800a";
    assert_eq!(hashed(&443_u16), [port]);
    assert_eq!(hashed(&-1), [hash_of("-1")]);
    assert_eq!(hashed(&2.0), [hash_of("2.0")]);
    assert_eq!(hashed(&1e-7), [hash_of("1e-07")]);
    assert_eq!(hashed(&true), [hash_of("True")]);
    assert_eq!(hashed(&"a, \"b\""), [hash_of("a, \"b\"")]);
    assert_eq!(hashed(&""), [hash_of("")]);
    let address = IpAddr::from([192, 0, 2, 1]);
    assert_eq!(hashed(&address), [hash_of("192.0.2.1")]);
    let address: IpAddr = "::1.2.3.4".parse().unwrap();
    assert_eq!(hashed(&address), [hash_of("::1.2.3.4")]);
    let mac = MacAddress([2, 0, 0, 0, 0xab, 1]);
    assert_eq!(hashed(&mac), [hash_of("02:00:00:00:ab:01")]);
}

#[test]
fn missing_values_stay_missing() {
    assert_eq!(hashed(&None::<u16>), ["null"]);
    assert_eq!(hashed(&Some(5_u16)), [hash_of("5")]);
}

#[test]
fn items_of_lists_are_hashed_one_by_one() {
    let both = [
        "[".to_owned(),
        hash_of("1"),
        "null".to_owned(),
        "]".to_owned(),
    ];
    assert_eq!(hashed(&[Some(1), None]), both);
    assert_eq!(hashed(&Vec::<u8>::new()), ["[", "]"]);
}

#[test]
fn times_are_hashed_as_integers() {
    let mut schema = Schema::default();
    for name in ["hashed", "never", "kept", "never kept"] {
        let time = ColumnType::Timestamp(TimeUnit::Milliseconds);
        schema.push(Column::new(name, time));
    }
    let anonymizer = anonymizer().hash(["hashed", "never"]);
    let (_, mut plan) = anonymizer.apply_to(&schema).unwrap();
    let mut told = Told::default();
    let mut row = plan.over(&mut told);
    row.timestamp(Some(1_700_000_000_000));
    row.timestamp(None);
    row.timestamp(Some(5));
    row.timestamp(None);
    drop(row);
    let kept = ["timestamp Some(5)".to_owned(), "timestamp None".to_owned()];
    assert_eq!(told.0[..2], [hash_of("1700000000000"), hash_of("0")]);
    assert_eq!(told.0[2..], kept);
}

/// Two addresses, a list of some, and how many there are.
struct Addresses(IpAddr, Option<IpAddr>, Vec<IpAddr>, u64);

impl Record for Addresses {
    fn columns(schema: &mut Schema) {
        column::<IpAddr>(schema, "one");
        column::<Option<IpAddr>>(schema, "other");
        column::<Vec<IpAddr>>(schema, "all");
        column::<u64>(schema, "count");
    }

    fn write<W: RowWriter + ?Sized>(&self, row: &mut W) {
        self.0.write(row);
        self.1.write(row);
        self.2.write(row);
        self.3.write(row);
    }

    fn write_null<W: RowWriter + ?Sized>(row: &mut W) {
        for _ in 0..4 {
            row.null();
        }
    }
}

#[test]
fn addresses_are_replaced_in_columns_and_lists() {
    let mut schema = Schema::default();
    Addresses::columns(&mut schema);
    let (_, mut plan) = anonymizer()
        .prefix_preserving(["one", "other", "all"])
        .apply_to(&schema)
        .unwrap();
    let address = IpAddr::from([192, 0, 2, 1]);
    let mut told = Told::default();
    let record = Addresses(address, Some(address), vec![address], 1);
    record.write(&mut plan.over(&mut told));
    // yacryptopan 1.0.2, with hashlib.blake2b(b"nfstream prefix-preserving", key=KEY, digest_size=32).digest()
    let replaced = "ip 95.7.250.1";
    assert_eq!(told.0, [replaced, replaced, "[", replaced, "]", "uint 1"]);

    // What a wrong record writes instead does not get out.
    let mut told = Told::default();
    let mut row = plan.over(&mut told);
    row.text("192.0.2.1");
    row.null();
    drop(row);
    assert_eq!(told.0, ["null", "null"]);
}

#[test]
fn rows_may_begin_behind_the_id() {
    let columns = FlowTableConfig::default().columns();
    let anonymizer = anonymizer().hash(["expiration_id"]);
    let (_, mut plan) = anonymizer.apply_to(&columns).unwrap();
    let mut told = Told::default();
    let mut row = plan.over(&mut told);
    row.uint(7);
    row.int(0);
    drop(row);
    assert_eq!(told.0, ["uint 7", &hash_of("0")]);
    let mut told = Told::default();
    let mut other = plan.clone();
    let mut row = other.over_after_id(&mut told);
    row.int(0);
    drop(row);
    assert_eq!(told.0, [hash_of("0")]);
}

#[test]
fn hashed_columns_are_of_texts() {
    let mut schema = Schema::default();
    schema.push(
        Column::new("duration", ColumnType::UInt)
            .unit("ms")
            .doc("how long"),
    );
    schema.push(Column::new("sizes", ColumnType::List(&ColumnType::Int)).nullable(true));
    schema.push(Column::new("address", ColumnType::Ip).nullable(true));
    schema.push(Column::new("kept", ColumnType::Float).unit("ms"));
    let (anonymized, _) = anonymizer()
        .hash(["duration", "sizes"])
        .prefix_preserving(["address"])
        .apply_to(&schema)
        .unwrap();
    let [duration, sizes, address, kept] = anonymized.columns() else {
        panic!("{anonymized:?}");
    };
    let expected = Column::new("duration", ColumnType::Text).doc("hash of: how long");
    assert_eq!(*duration, expected);
    assert_eq!(sizes.column_type, ColumnType::List(&ColumnType::Text));
    assert!(sizes.nullable);
    assert_eq!(address.column_type, ColumnType::Ip);
    assert!(address.nullable);
    assert_eq!(*kept, schema.columns()[3]);
}

#[test]
fn what_cannot_be_anonymised_is_refused_by_name() {
    let mut schema = FlowTableConfig::default().columns();
    column::<Vec<Vec<u8>>>(&mut schema, "nested");
    let refused = |anonymizer: Anonymizer| match anonymizer.apply_to(&schema) {
        Err(ExportError::Anonymize(error)) => error.to_string(),
        other => panic!("{other:?}"),
    };
    let error = refused(anonymizer().hash(["src_pi"]));
    let expected = "there is no column \"src_pi\" to anonymise: did you mean \"src_ip\"; there are: id, expiration_id, src_ip, ";
    assert!(error.starts_with(expected), "{error}");
    let error = refused(anonymizer().hash(["???"]));
    let expected = "there is no column \"???\" to anonymise; there are: id, ";
    assert!(error.starts_with(expected), "{error}");
    assert_eq!(
        refused(anonymizer().prefix_preserving(["src_port"])),
        "column \"src_port\" holds no IP addresses, so it has no prefixes to preserve; these do: src_ip, dst_ip"
    );
    let twice = "column \"src_ip\" is to be anonymised twice";
    assert_eq!(refused(anonymizer().hash(["src_ip", "src_ip"])), twice);
    let both = anonymizer().hash(["src_ip"]).prefix_preserving(["src_ip"]);
    assert_eq!(refused(both), twice);
    assert!(refused(anonymizer().hash(["id"])).contains("\"id\" is the number of the row"));
    assert!(refused(anonymizer().hash(["nested"])).contains("\"nested\" holds lists of lists"));
}

#[test]
fn no_row_allocates_once_the_longest_text_was_hashed() {
    let mut schema = Schema::default();
    column::<&str>(&mut schema, "name");
    column::<[u8; 3]>(&mut schema, "sizes");
    column::<IpAddr>(&mut schema, "hashed");
    column::<IpAddr>(&mut schema, "address");
    let (_, mut plan) = anonymizer()
        .hash(["name", "sizes", "hashed"])
        .prefix_preserving(["address"])
        .apply_to(&schema)
        .unwrap();
    let mut write = |rows: u32| {
        for number in 0..rows {
            let mut nowhere = Nowhere;
            let mut row = plan.over(&mut nowhere);
            row.text("example.org");
            [1_u8, 2, 3].write(&mut row);
            row.ip(IpAddr::from(number.to_be_bytes()));
            row.ip(IpAddr::from(u128::from(number).to_le_bytes()));
        }
    };
    write(1);
    let allocations = allocation_counter::measure(|| write(1_000));
    assert_eq!(allocations.count_total, 0);
}

/// A row that is dropped.
struct Nowhere;

impl RowWriter for Nowhere {
    fn bool(&mut self, _: bool) {}
    fn int(&mut self, _: i64) {}
    fn uint(&mut self, _: u64) {}
    fn float(&mut self, _: f64) {}
    fn text(&mut self, _: &str) {}
    fn ip(&mut self, _: IpAddr) {}
    fn null(&mut self) {}
    fn begin_list(&mut self) {}
    fn end_list(&mut self) {}
}
