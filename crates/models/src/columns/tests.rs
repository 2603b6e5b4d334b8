//! Columns of flows, found, refused and picked.

use std::net::{IpAddr, Ipv4Addr};

use nfstream_flow::features::TimeUnit;
use nfstream_flow::record::RowWriter;
use nfstream_flow::{FlowTableConfig, Schema};

use super::{Picker, Picks};
use crate::ModelError;

fn with_everything() -> Schema {
    let mut config = FlowTableConfig::default();
    config.statistical_analysis = true;
    config.splt_analysis = 4;
    config.n_dissections = 20;
    config.columns()
}

fn picks(wanted: &[&str], flows: &Schema) -> Result<Picks, ModelError> {
    let wanted: Vec<String> = wanted.iter().map(|&name| name.to_owned()).collect();
    Picks::of(&wanted, flows)
}

/// What is said of a column that cannot be a feature.
fn refusal(wanted: &str, flows: &Schema) -> String {
    picks(&[wanted], flows).unwrap_err().to_string()
}

#[test]
fn a_column_that_a_setting_would_add_is_said_with_the_setting() {
    let flows = FlowTableConfig::default().columns();
    for (column, setting) in [
        (
            "bidirectional_mean_ps",
            ": statistical_analysis would add it",
        ),
        ("splt_ps[2]", ": splt_analysis would add it"),
        ("application_confidence", ": n_dissections would add it"),
        ("src2dst_duration_us", ": times in us would add it"),
        (
            "src2dst_mean_piat_ns",
            ": statistical_analysis and times in ns would add it",
        ),
    ] {
        let refusal = refusal(column, &flows);
        assert!(refusal.ends_with(setting), "{refusal}");
    }
    let mut config = FlowTableConfig::default();
    config.tunnel_column = false;
    config.time_unit = TimeUnit::Microseconds;
    let refusal = refusal("tunnel_id", &config.columns());
    assert!(
        refusal.ends_with(": decode_tunnels would add it"),
        "{refusal}"
    );
}

#[test]
fn a_misspelt_column_is_said_with_the_nearest_one() {
    let refusal = refusal("src2dst_packet", &with_everything());
    assert!(
        refusal.ends_with("did you mean \"src2dst_packets\""),
        "{refusal}"
    );
}

#[test]
fn what_holds_no_numbers_is_refused() {
    for column in ["src_ip", "src_mac", "dst_oui", "application_name"] {
        assert!(matches!(
            picks(&[column], &with_everything()),
            Err(ModelError::NoNumbers { column: name }) if name == column
        ));
    }
}

#[test]
fn the_number_of_the_record_is_no_column_of_a_flow() {
    assert!(matches!(
        picks(&["id"], &with_everything()),
        Err(ModelError::UnknownColumn { .. })
    ));
}

#[test]
fn a_list_needs_an_index_and_a_number_has_none() {
    assert!(matches!(
        picks(&["splt_ps"], &with_everything()),
        Err(ModelError::List { is_list: true, .. })
    ));
    assert!(matches!(
        picks(&["src2dst_packets[0]"], &with_everything()),
        Err(ModelError::List { is_list: false, .. })
    ));
}

#[test]
fn an_item_behind_the_end_of_the_lists_is_refused() {
    assert!(picks(&["splt_ps[3]"], &with_everything()).is_ok());
    assert!(matches!(
        picks(&["splt_ps[4]"], &with_everything()),
        Err(ModelError::ShortList { items: 4, .. })
    ));
}

/// A row of an address, a number, a list and three more numbers, after the id.
fn write_row(row: &mut impl RowWriter) {
    row.ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
    row.uint(7);
    row.begin_list();
    row.int(-1);
    row.int(20);
    row.end_list();
    row.bool(true);
    row.null();
    row.timestamp(None);
    row.float(0.1);
}

#[test]
fn values_come_to_the_features_that_they_are_picked_for() {
    let places = [
        (8, 0, 0),
        (2, 0, 1),
        (3, 1, 2),
        (3, 9, 3),
        (4, 0, 4),
        (5, 0, 5),
        (7, 0, 6),
        (2, 0, 7),
    ];
    let mut picks: Vec<_> = places
        .into_iter()
        .map(|(column, item, feature)| super::Pick {
            column,
            item,
            feature,
        })
        .collect();
    picks.sort_unstable();
    let mut features = [f32::NAN; 8];
    write_row(&mut Picker {
        left: &picks,
        column: 1,
        item: None,
        features: &mut features,
    });
    let expected = [f32::NAN, 7.0, 20.0, f32::NAN, 1.0, f32::NAN, 0.1, 7.0];
    for (feature, expected) in features.iter().zip(expected) {
        assert!(
            feature.to_bits() == expected.to_bits() || (feature.is_nan() && expected.is_nan()),
            "{features:?}"
        );
    }
}
