//! The plugin.

use nfstream_decode::Packet;
use nfstream_flow::record::{Column, ColumnType};
use nfstream_flow::{Flow, NFPlugin, PluginError, Schema};
use slab::Slab;

use crate::columns::Picks;
use crate::labels::Labels;
use crate::metadata::Metadata;
use crate::{Model, ModelError, Prediction, Predictor};

/// Predicts with a model when a flow ends, or early, at its n-th packet.
///
/// # Columns
///
/// With the default prefix `model`:
///
/// | column | type | |
/// |---|---|---|
/// | `udps.model_class` | text or integer | the class, as the model's labels are |
/// | `udps.model_probability_<label>` | floating-point | the probability of a class, one column for each |
/// | `udps.model_value` | floating-point | what a model predicts that has no classes |
///
/// They are missing where the model computes no number, as networks do of missing features. Probabilities are of single precision: a sum of
/// votes may exceed 1 in the seventh digit.
///
/// # Memory
///
/// A prediction takes no allocation with up to 32 classes, and one a flow with more. An early prediction waits for the end of
/// its flow: 160 bytes for each flow that is alive and has come so far, which are used again. A flow that ends with a
/// panic, or in a table that is thrown away, leaves its prediction behind until the plugin goes.
///
/// # Examples
///
/// ```
/// use nfstream_flow::{FlowTable, FlowTableConfig, NFPlugin};
/// use nfstream_models::{Model, ModelPrediction};
///
/// # let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/models");
/// # let path = std::path::Path::new(directory).join("forest.onnx");
/// let mut config = FlowTableConfig::default();
/// config.statistical_analysis = true;
/// let mut plugin = ModelPrediction::new(Model::load(path)?).prefix("application");
/// plugin.begin(&config.columns())?; // `Builder` does it
/// let table = FlowTable::new(&config, plugin);
/// # assert_eq!(table.active_flows(), 0);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ModelPrediction {
    model: Model,
    prefix: String,
    /// At which packet; 0: at the end.
    at_packet: u32,
    picks: Picks,
    predictor: Predictor,
    early: Slab<Prediction>,
}

impl ModelPrediction {
    /// Predicts with this model, at the packet that its metadata names, or without one at the end of each flow.
    pub fn new(model: Model) -> Self {
        Self {
            prefix: "model".to_owned(),
            at_packet: model.at_packet().unwrap_or(0),
            picks: Picks::default(),
            predictor: model.predictor(),
            early: Slab::new(),
            model,
        }
    }

    /// Predicts at a packet, counted from 1 in both directions, from what the flow's columns are then. A flow that ends
    /// before gets its prediction at its end. 0: at the end.
    ///
    /// A run does not begin if the model says otherwise in its metadata `nfstream.packets`.
    #[must_use]
    pub fn at_packet(mut self, packet: u32) -> Self {
        self.at_packet = packet;
        self
    }

    /// Begins the names of the columns so, in place of `model`, by which several models can predict in one run.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Finds the columns that the model takes.
    fn bind(&mut self, flows: &Schema) -> Result<(), ModelError> {
        let metadata: &Metadata = &self.model.metadata;
        let wanted = metadata.columns.as_ref().ok_or(ModelError::NoColumns)?;
        metadata.check_settings(flows)?;
        if let Some(model) = metadata.at_packet
            && model != self.at_packet
        {
            return Err(ModelError::AtPacket {
                model,
                asked: self.at_packet,
            });
        }
        self.picks = Picks::of(wanted, flows)?;
        Ok(())
    }

    fn predict(&mut self, flow: &Flow<'_>) -> Prediction {
        self.picks.pick(flow, self.predictor.row());
        self.predictor.predict_row()
    }

    /// Where the prediction of a flow waits, if it was this packet's turn.
    fn predict_early(&mut self, flow: &Flow<'_>) -> Option<u32> {
        if flow.bidirectional().packets != u64::from(self.at_packet) {
            return None;
        }
        let prediction = self.predict(flow);
        // A table has no more flows than that.
        u32::try_from(self.early.insert(prediction)).ok()
    }
}

impl NFPlugin for ModelPrediction {
    /// Where the early prediction waits.
    type State = Option<u32>;
    type Output = Prediction;

    fn begin(&mut self, columns: &Schema) -> Result<(), PluginError> {
        Ok(self.bind(columns)?)
    }

    fn on_init(&mut self, _packet: &Packet<'_>, flow: &mut Flow<'_>) -> Option<u32> {
        self.predict_early(flow)
    }

    #[inline]
    fn on_update(&mut self, _packet: &Packet<'_>, flow: &mut Flow<'_>, early: &mut Option<u32>) {
        if self.at_packet > 0 && early.is_none() {
            *early = self.predict_early(flow);
        }
    }

    fn on_expire(&mut self, flow: &Flow<'_>, early: Option<u32>) -> Prediction {
        let waiting = early.and_then(|place| self.early.try_remove(place as usize));
        waiting.unwrap_or_else(|| self.predict(flow))
    }

    fn columns(&self, schema: &mut Schema) {
        let prefix = &self.prefix;
        let Some(labels) = self.model.labels() else {
            schema.push(
                Column::new(format!("{prefix}_value"), ColumnType::Float)
                    .nullable(true)
                    .doc("number that the model predicts"),
            );
            return;
        };
        let ty = match labels {
            Labels::Integers(_) => ColumnType::Int,
            Labels::Texts(_) => ColumnType::Text,
        };
        schema.push(
            Column::new(format!("{prefix}_class"), ty)
                .nullable(true)
                .doc("class that the model predicts"),
        );
        for label in labels.iter() {
            schema.push(
                Column::new(format!("{prefix}_probability_{label}"), ColumnType::Float).doc(
                    format!("probability of class {label}, as the model predicts it"),
                ),
            );
        }
    }
}

#[cfg(test)]
mod tests;
