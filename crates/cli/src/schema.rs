//! `nfstream schema`: the columns that there can be.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use nfstream::Schema;
use nfstream::flow::record::{Column, ColumnType};
use nfstream::flow::{self, FlowTableConfig};

use crate::failure::Failure;
use crate::plugins;

/// What is always there.
const ALWAYS: &str = "always";

/// Prints name, type, unit, the option that turns it on, and meaning of each column.
pub(crate) fn run() -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    let printed = stdout.write_all(page().as_bytes());
    Failure::of_stdout(printed.and_then(|()| stdout.flush()))
}

fn page() -> String {
    let mut rows = vec![["COLUMN", "TYPE", "UNIT", "TURNED ON BY", "MEANING"].map(str::to_owned)];
    rows.extend(
        built_in()
            .iter()
            .map(|(column, option)| row(column, option)),
    );
    for shipped in plugins::SHIPPED {
        let option = format!("--plugin {}", shipped.usage());
        let columns = shipped.columns();
        rows.extend(columns.columns().iter().map(|column| row(column, &option)));
    }
    let widths: [usize; 5] = std::array::from_fn(|index| {
        let cells = rows.iter().filter_map(|row| row.get(index));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    });
    let mut page = String::new();
    for [name, column_type, unit, option, meaning] in &rows {
        let [name_width, type_width, unit_width, option_width, _] = widths;
        // Writing into a text does not fail.
        let _ = writeln!(
            page,
            "{name:name_width$}  {column_type:type_width$}  {unit:unit_width$}  {option:option_width$}  {meaning}"
        );
    }
    page.push_str("\nA type with ? may lack a value. Options are those of `nfstream read`. Built-in times are in the unit of --time-unit; plugins have their own.\n\
         --model FILE adds udps.model_class (text or int64) and udps.model_probability_<label> (float64) for each class, or udps.model_value (float64).\n");
    page
}

fn row(column: &Column, option: &str) -> [String; 5] {
    let nullable = if column.nullable { "?" } else { "" };
    [
        column.name.to_string(),
        format!("{}{nullable}", name_of(column.column_type)),
        column.unit.to_string(),
        option.to_owned(),
        column.doc.to_string(),
    ]
}

fn name_of(column_type: ColumnType) -> String {
    match column_type {
        ColumnType::Bool => "bool".to_owned(),
        ColumnType::Int => "int64".to_owned(),
        ColumnType::UInt => "uint64".to_owned(),
        ColumnType::Float => "float64".to_owned(),
        ColumnType::Text => "text".to_owned(),
        ColumnType::Ip => "address".to_owned(),
        ColumnType::Timestamp(unit) => format!("timestamp[{}]", unit.symbol()),
        ColumnType::List(items) => format!("list<{}>", name_of(*items)),
        other => format!("{other:?}").to_lowercase(),
    }
}

/// An option that adds columns.
struct Switch {
    option: &'static str,
    set: fn(&mut FlowTableConfig, on: bool),
}

/// All of them.
const SWITCHES: &[Switch] = &[
    Switch {
        option: "--decode-tunnels (the default)",
        set: |config, on| config.tunnel_column = on,
    },
    Switch {
        option: "--fingerprint-columns",
        set: |config, on| config.fingerprint_columns = on,
    },
    Switch {
        option: "--risk-column",
        set: |config, on| config.risk_column = on,
    },
    Switch {
        option: "--n-dissections 1 to 255 (default 20)",
        set: |config, on| config.n_dissections = on.into(),
    },
    Switch {
        option: "--statistical-analysis",
        set: |config, on| config.statistical_analysis = on,
    },
    Switch {
        option: "--splt-analysis 1 to 65535",
        set: |config, on| config.splt_analysis = on.into(),
    },
    Switch {
        option: "live --system-visibility-mode 1",
        set: |config, on| config.process_columns = on,
    },
];

/// The columns of the flow table, and what turns each on.
fn built_in() -> Vec<(Column, &'static str)> {
    let all = with_all_but(None);
    let without: Vec<(&str, Schema)> = SWITCHES
        .iter()
        .map(|switch| (switch.option, with_all_but(Some(switch))))
        .collect();
    let has =
        |schema: &Schema, column: &Column| schema.columns().iter().any(|it| it.name == column.name);
    let turned_on_by = |column: &Column| {
        let switch = without.iter().find(|(_, schema)| !has(schema, column));
        switch.map_or(ALWAYS, |(option, _)| option)
    };
    let columns = all.columns().iter();
    columns
        .map(|column| (column.clone(), turned_on_by(column)))
        .collect()
}

fn with_all_but(off: Option<&Switch>) -> Schema {
    let mut config = FlowTableConfig::default();
    for switch in SWITCHES {
        (switch.set)(&mut config, true);
    }
    if let Some(switch) = off {
        (switch.set)(&mut config, false);
    }
    flow::schema(&config, &())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_there_with_what_turns_it_on() {
        let columns = built_in();
        let option = |name: &str| {
            let found = columns.iter().find(|(column, _)| column.name == name);
            found.map(|(_, option)| *option)
        };
        assert_eq!(columns.len(), 28 + 1 + 48 + 3 + 9 + 2 + 1 + 2);
        assert_eq!(option("id"), Some(ALWAYS));
        assert_eq!(option("tunnel_id"), Some("--decode-tunnels (the default)"));
        assert_eq!(option("client_ja4"), Some("--fingerprint-columns"));
        assert_eq!(option("splt_ps"), Some("--splt-analysis 1 to 65535"));
        for switch in SWITCHES {
            assert!(columns.iter().any(|(_, option)| *option == switch.option));
        }
    }

    #[test]
    fn a_line_tells_all_of_a_column() {
        let page = page();
        let line = |name: &str| page.lines().find(|line| line.starts_with(name)).unwrap();
        let words = |name| line(name).split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(
            words("splt_piat_ms "),
            "splt_piat_ms list<int64> ms --splt-analysis 1 to 65535 time from the previous packet of the flow to each of the first packets, -1 behind the last packet"
        );
        assert!(
            words("dst2src_first_seen_ms ")
                .starts_with("dst2src_first_seen_ms timestamp[ms]? ms always ")
        );
        assert!(line("udps.packet_40_count ").contains("--plugin packet-size-counter=BYTES"));
    }
}
