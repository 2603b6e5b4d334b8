//! Names of columns, and what to say of those that there are not.

use std::iter;

use nfstream_flow::features::TimeUnit;
use nfstream_flow::record::nearest_name;
use nfstream_flow::{FlowTableConfig, Schema};

use crate::ModelError;

/// A setting that adds columns, by the name that `nfstream`'s `Builder` has for it, and what it changes.
type Setting = (&'static str, fn(&mut FlowTableConfig));

/// The settings that add columns, after none.
const SETTINGS: [Setting; 5] = [
    ("", |_| {}),
    ("decode_tunnels", |config| config.tunnel_column = true),
    ("statistical_analysis", |config| {
        config.statistical_analysis = true;
    }),
    ("splt_analysis", |config| config.splt_analysis = 1),
    ("n_dissections", |config| config.n_dissections = 1),
];

/// A column, and which item of its list: `splt_ps[3]`.
pub(super) fn split(wanted: &str) -> (&str, Option<usize>) {
    let item = wanted
        .strip_suffix(']')
        .and_then(|rest| rest.split_once('['));
    match item.and_then(|(name, item)| Some((name, item.parse().ok()?))) {
        Some((name, item)) => (name, Some(item)),
        None => (wanted, None),
    }
}

/// Where the column with this name is. The first, the number of the record, is known only when the record is written.
pub(super) fn find(name: &str, flows: &Schema) -> Result<usize, ModelError> {
    let mut names = flows.columns().iter().map(|column| &*column.name);
    match names.position(|column| column == name) {
        None | Some(0) => Err(unknown(name, flows)),
        Some(column) => Ok(column),
    }
}

fn unknown(name: &str, flows: &Schema) -> ModelError {
    let names = flows.columns().iter().skip(1).map(|column| &*column.name);
    ModelError::UnknownColumn {
        column: name.to_owned(),
        turned_on_by: turned_on_by(name, flows),
        nearest: nearest_name(name, names).map(str::to_owned),
    }
}

/// What would add such a column: settings, and the unit of times, that these flows are not made with.
fn turned_on_by(name: &str, flows: &Schema) -> Option<String> {
    let has_duration =
        |unit: &TimeUnit| has(flows, &format!("bidirectional_duration_{}", unit.symbol()));
    let run = TimeUnit::ALL.into_iter().find(has_duration)?;
    // With the unit of the run first, as most columns have none.
    for unit in iter::once(run).chain(TimeUnit::ALL) {
        for (setting, change) in SETTINGS {
            let mut config = FlowTableConfig::default();
            config.tunnel_column = false;
            change(&mut config);
            config.time_unit = unit;
            if !has(&config.columns(), name) {
                continue;
            }
            let unit = (unit != run).then(|| format!("times in {}", unit.symbol()));
            config.time_unit = run;
            let is_on = config
                .columns()
                .columns()
                .iter()
                .skip(1)
                .all(|column| has(flows, &column.name));
            let setting = (!is_on).then(|| setting.to_owned());
            let lacking: Vec<_> = setting.into_iter().chain(unit).collect();
            return (!lacking.is_empty()).then(|| lacking.join(" and "));
        }
    }
    None
}

/// Whether there is such a column behind the first, the number of the record.
fn has(schema: &Schema, name: &str) -> bool {
    schema
        .columns()
        .iter()
        .skip(1)
        .any(|column| column.name == name)
}
