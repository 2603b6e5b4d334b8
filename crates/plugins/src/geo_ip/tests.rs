mod mmdb;

use std::fs;
use std::io;
use std::path::PathBuf;

use nfstream_decode::PacketFields;
use nfstream_flow::FlowTableConfig;

use super::*;
use crate::testing::{assert_allocates, meter};
use mmdb::Value::{self, Map, Number, Text};
use mmdb::write;

/// A place as `GeoIP2` describes it; `None` for a city that is not known.
fn place(country: &'static str, city: Option<&'static str>) -> Value {
    let names = |name| {
        Map(vec![(
            "names",
            Map(vec![("de", Text("?")), ("en", Text(name))]),
        )])
    };
    let mut entry = vec![(
        "country",
        Map(vec![("geoname_id", Number(1)), ("iso_code", Text(country))]),
    )];
    entry.extend(city.map(|city| ("city", names(city))));
    Map(entry)
}

fn network(asn: u32, organization: &'static str) -> Value {
    Map(vec![
        ("autonomous_system_number", Number(asn)),
        ("autonomous_system_organization", Text(organization)),
    ])
}

/// Databases in a directory of the test's own.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn cities(&self) -> PathBuf {
        let networks = [
            ("192.0.2.0/25", place("UT", Some("Amaurot"))),
            ("192.0.2.128/25", place("LI", None)),
            ("2001:db8::/32", place("AT", Some("Poseidonis"))),
        ];
        self.write("cities.mmdb", &write("Test-City", 6, &networks))
    }

    fn networks(&self) -> PathBuf {
        let networks = [("192.0.2.0/24", network(64_496, "Example Networks"))];
        self.write("networks.mmdb", &write("Test-ASN", 4, &networks))
    }
}

fn columns(plugin: GeoIp, src_ip: &str, dst_ip: &str) -> GeoIpColumns {
    let packet = PacketFields {
        src_ip: src_ip.parse().unwrap(),
        dst_ip: dst_ip.parse().unwrap(),
        ..PacketFields::default()
    };
    let mut records = meter(&FlowTableConfig::default(), plugin, &[packet]);
    records.remove(0).output
}

#[test]
fn both_ends_are_looked_up_in_both_databases() {
    let files = Files::new();
    let plugin = GeoIp::open([files.cities(), files.networks()]).unwrap();
    let right = GeoIpColumns {
        src_country: Some("UT".into()),
        src_city: Some("Amaurot".into()),
        src_asn: Some(64_496),
        src_as_organization: Some("Example Networks".into()),
        dst_country: Some("LI".into()),
        dst_city: None,
        dst_asn: Some(64_496),
        dst_as_organization: Some("Example Networks".into()),
    };
    assert_eq!(columns(plugin, "192.0.2.1", "192.0.2.200"), right);
}

#[test]
fn ipv6_is_told_by_databases_that_have_it() {
    let files = Files::new();
    let plugin = GeoIp::open([files.networks(), files.cities()]).unwrap();
    let right = GeoIpColumns {
        src_country: Some("AT".into()),
        src_city: Some("Poseidonis".into()),
        ..GeoIpColumns::default()
    };
    assert_eq!(columns(plugin, "2001:db8::1", "2001:db9::1"), right);
}

#[test]
fn private_and_unknown_addresses_have_nothing() {
    let files = Files::new();
    let plugin = GeoIp::open([files.cities(), files.networks()]).unwrap();
    let nothing = GeoIpColumns::default();
    assert_eq!(columns(plugin.clone(), "10.0.0.1", "198.51.100.1"), nothing);
    assert_eq!(columns(plugin, "fe80::1", "::1"), nothing);
}

#[test]
fn a_database_alone_leaves_the_other_columns_empty() {
    let files = Files::new();
    let networks = columns(
        GeoIp::open([files.networks()]).unwrap(),
        "192.0.2.1",
        "192.0.2.2",
    );
    assert_eq!(
        (networks.src_country, networks.src_asn),
        (None, Some(64_496))
    );
    let cities = columns(
        GeoIp::open([files.cities()]).unwrap(),
        "192.0.2.1",
        "192.0.2.2",
    );
    assert_eq!(
        (cities.src_country.as_deref(), cities.src_asn),
        (Some("UT"), None)
    );
}

#[test]
fn values_of_other_types_are_nothing() {
    let files = Files::new();
    let odd = Map(vec![
        ("country", Text("UT")),
        ("city", Map(vec![("names", Number(1))])),
    ]);
    let path = files.write(
        "odd.mmdb",
        &write("Odd-Country", 4, &[("192.0.2.0/24", odd)]),
    );
    let columns = columns(GeoIp::open([path]).unwrap(), "192.0.2.1", "192.0.2.2");
    assert_eq!(columns, GeoIpColumns::default());
}

#[test]
fn copies_share_the_databases() {
    let files = Files::new();
    let plugin = GeoIp::open([files.cities()]).unwrap();
    assert!(Arc::ptr_eq(&plugin.databases, &plugin.clone().databases));
}

#[test]
fn what_cannot_be_used_is_named() {
    let files = Files::new();
    let error = |paths: &[&PathBuf]| GeoIp::open(paths).unwrap_err();

    let missing = files.0.path().join("missing.mmdb");
    let read = error(&[&missing]);
    assert!(
        matches!(&read, GeoIpError::Read { path, source } if *path == missing && source.kind() == io::ErrorKind::NotFound),
        "{read}"
    );

    let text = files.write("text.mmdb", b"Country,City");
    let no_database = error(&[&files.cities(), &text]).to_string();
    let start = format!(
        "{}: is not a database in MaxMind's format (.mmdb): ",
        text.display()
    );
    assert!(no_database.starts_with(&start), "{no_database}");

    let other = files.write("other.mmdb", &write("Connection-Type", 4, &[]));
    let other_type = error(&[&other]).to_string();
    let right = "is a database of type \"Connection-Type\": its type must have Country, City or Enterprise in it, or ASN or ISP";
    assert_eq!(other_type, format!("{}: {right}", other.display()));

    let second = files.write("countries.mmdb", &write("Test-Country", 4, &[]));
    let twice = error(&[&files.cities(), &second]).to_string();
    assert_eq!(
        twice,
        format!(
            "{}: is a second database of countries and cities",
            second.display()
        )
    );
}

#[test]
fn a_damaged_database_does_no_harm() {
    let whole = fs::read(Files::new().cities()).unwrap();
    let ips = ["192.0.2.1", "2001:db8::1"].map(|ip| ip.parse().unwrap());
    let [mut refused, mut known] = [0, 0];
    for place in 0..whole.len() {
        for value in [0, 0x20, 0x3f, 0x7f, 0xff] {
            let mut bytes = whole.clone();
            bytes[place] = value;
            let mut databases = Databases::default();
            match databases.add(Path::new("damaged.mmdb"), bytes) {
                Err(_) => refused += 1,
                Ok(()) => known += usize::from(ips.map(|ip| databases.place(ip).city) != [None; 2]),
            }
        }
    }
    assert!(refused > 0 && known > 0, "{refused} {known}");
}

#[test]
fn a_flow_whose_names_are_known_allocates_nothing() {
    let files = Files::new();
    assert_allocates(0, GeoIp::open([files.cities(), files.networks()]).unwrap());
}
