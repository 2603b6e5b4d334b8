//! What a model says about the flows that it was trained on.

use nfstream_flow::Schema;

use crate::ModelError;
use crate::labels::Labels;
use crate::node::shown;
use crate::onnx::ModelProto;

/// What flows depend on beside their packets: names of [`Schema::metadata`].
const SETTINGS: [&str; 5] = [
    "nfstream.accounting_mode",
    "nfstream.active_timeout",
    "nfstream.idle_timeout",
    "nfstream.n_dissections",
    "nfstream.time_unit",
];

/// What a model says of itself.
#[derive(Debug, Default)]
pub(crate) struct Metadata {
    /// The columns that it takes, in order.
    pub(crate) columns: Option<Vec<String>>,
    /// The names of its classes.
    pub(crate) labels: Option<Labels>,
    /// The packet at which it predicts.
    pub(crate) at_packet: Option<u32>,
    /// How the flows were made: some of [`SETTINGS`].
    settings: Vec<(String, String)>,
}

impl Metadata {
    pub(crate) fn of(model: &ModelProto) -> Result<Self, ModelError> {
        let mut metadata = Self::default();
        for property in model.properties() {
            let property = property?;
            let key = &*property.key;
            match key {
                "nfstream.columns" => metadata.columns = Some(columns(key, &property.value)?),
                "nfstream.labels" => {
                    let labels = serde_json::from_str(&property.value).ok();
                    let wanted = "a list of texts or integers in JSON";
                    metadata.labels =
                        Some(labels.ok_or_else(|| wrong(key, wanted, &property.value))?);
                }
                "nfstream.packets" => {
                    let packets = property.value.parse().ok();
                    let wanted = "a number of packets";
                    metadata.at_packet =
                        Some(packets.ok_or_else(|| wrong(key, wanted, &property.value))?);
                }
                _ if SETTINGS.contains(&key) => {
                    metadata.settings.push((property.key, property.value));
                }
                _ => {}
            }
        }
        Ok(metadata)
    }

    /// The flows of a run are made as those were.
    pub(crate) fn check_settings(&self, run: &Schema) -> Result<(), ModelError> {
        for (key, model) in &self.settings {
            let run = run.metadata().iter().find(|(name, _)| name == key);
            if run.is_none_or(|(_, value)| value != model) {
                return Err(ModelError::Setting {
                    key: key.clone(),
                    model: model.clone(),
                    run: run.map(|(_, value)| value.clone()),
                });
            }
        }
        Ok(())
    }
}

/// The names of columns from JSON that stands at `key`.
pub(crate) fn columns(key: &str, json: &str) -> Result<Vec<String>, ModelError> {
    serde_json::from_str(json).map_err(|_| wrong(key, "a list of names in JSON", json))
}

fn wrong(key: &str, wanted: &'static str, value: &str) -> ModelError {
    ModelError::Metadata {
        key: key.to_owned(),
        wanted,
        value: shown(value),
    }
}
