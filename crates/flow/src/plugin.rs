//! Features of the user's own.

mod erased;

pub use erased::{BoxedOutput, BoxedPlugin, BoxedState};

use std::error::Error;

use nfstream_decode::Packet;

use crate::Flow;
use crate::record::{Record, Schema};

/// Why a plugin cannot work with the flows that are asked for.
pub type PluginError = Box<dyn Error + Send + Sync>;

/// Extends flows with features of your own.
///
/// A plugin is a type parameter of the flow table: its hooks are compiled into the metering loop, and its state lies in
/// the table beside the flow. Settings, models and scratch buffers are fields of the plugin itself.
///
/// Several plugins are a tuple, each called in order with every packet; `Option<P>` is a plugin that may be off (its
/// columns are null then); `()` is none and costs nothing.
///
/// Hooks cannot fail. What can fail belongs in the plugin's constructor, and a value that could not be computed is `None`,
/// a null in its column. A panic in a hook is the caller's panic.
///
/// # Several meters
///
/// Several meters, each a flow table in a thread of its own, can share the flows of one capture out. Each works with a copy
/// of the plugin, which is why plugins are [`Clone`]; `#[derive(Clone)]` does it. All packets of a flow come to the same copy,
/// so columns that are computed from the state of their flow and from settings are the same for any number of meters.
///
/// What a plugin keeps in its own fields from one flow to the next, such as a count of all flows, is that of one meter:
/// columns that depend on it depend on the number of meters. What is large and only read, such as a model, is shared by the
/// copies if it lies in an [`Arc`](std::sync::Arc). As meters are threads, plugins borrow nothing (`'static`).
///
/// # Examples
///
/// ```
/// use nfstream_decode::Packet;
/// use nfstream_flow::{Flow, NFPlugin};
///
/// /// Counts the packets of a flow that carry no payload.
/// #[derive(Clone)]
/// struct EmptyPackets;
///
/// impl NFPlugin for EmptyPackets {
///     type State = u64;
///     type Output = (); // a struct with #[derive(Record)] adds columns
///
///     fn on_init(&mut self, packet: &Packet<'_>, _flow: &mut Flow<'_>) -> u64 {
///         u64::from(packet.payload_size() == 0)
///     }
///
///     fn on_update(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>, empty: &mut u64) {
///         *empty += u64::from(packet.payload_size() == 0);
///         if *empty == 1_000 {
///             flow.expire();
///         }
///     }
///
///     fn on_expire(&mut self, _flow: &Flow<'_>, _empty: u64) {}
/// }
/// ```
pub trait NFPlugin: Clone + Send + 'static {
    /// What one flow carries for this plugin. It lies in the flow table: keep it small, and allocate nothing in it if the
    /// loop is to allocate nothing.
    type State: Send;
    /// The columns that this plugin adds, as `udps.<field>`.
    type Output: Record + Send;

    /// The built-in columns of the flows to come ([`FlowTableConfig::columns`](crate::FlowTableConfig::columns)), before the
    /// first packet: for plugins that need some of them ([`Flow::write`] writes their values). `nfstream`'s `Builder` calls
    /// it; whoever makes a flow table does so before.
    ///
    /// Default: any columns will do.
    ///
    /// # Errors
    ///
    /// It cannot work with such flows: which column is missing, and what would be right.
    fn begin(&mut self, columns: &Schema) -> Result<(), PluginError> {
        let _ = columns;
        Ok(())
    }

    /// The first packet of a flow, which is not passed to [`on_update`](Self::on_update) again. The flow already counts
    /// it.
    fn on_init(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>) -> Self::State;

    /// Every later packet. The flow already counts it.
    #[inline]
    fn on_update(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>, state: &mut Self::State) {
        let _ = (packet, flow, state);
    }

    /// The flow ended, for the reason that [`Flow::end`] tells: turn its state into columns. It comes before
    /// [`on_init`](Self::on_init) of a flow that follows with the same key; the record leaves later, in its order.
    fn on_expire(&mut self, flow: &Flow<'_>, state: Self::State) -> Self::Output;

    /// After the last flow, once per flow table: with several meters once for each, on its own copy.
    fn cleanup(&mut self) {}

    /// Declares the columns of [`Output`](Self::Output). A plugin whose columns are known only at run time overrides
    /// it; the `Output` of such a plugin declares none by itself, and writes none as nulls.
    fn columns(&self, schema: &mut Schema) {
        Self::Output::columns(schema);
    }
}

impl<P: NFPlugin> NFPlugin for Option<P> {
    type State = Option<P::State>;
    type Output = Option<P::Output>;

    fn begin(&mut self, columns: &Schema) -> Result<(), PluginError> {
        self.as_mut().map_or(Ok(()), |plugin| plugin.begin(columns))
    }

    #[inline]
    fn on_init(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>) -> Self::State {
        self.as_mut().map(|plugin| plugin.on_init(packet, flow))
    }

    #[inline]
    fn on_update(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>, state: &mut Self::State) {
        if let (Some(plugin), Some(state)) = (self, state) {
            plugin.on_update(packet, flow, state);
        }
    }

    fn on_expire(&mut self, flow: &Flow<'_>, state: Self::State) -> Self::Output {
        let plugin = self.as_mut()?;
        state.map(|state| plugin.on_expire(flow, state))
    }

    fn cleanup(&mut self) {
        if let Some(plugin) = self {
            plugin.cleanup();
        }
    }

    fn columns(&self, schema: &mut Schema) {
        match self {
            Some(plugin) => schema.nullable(|schema| plugin.columns(schema)),
            None => Self::Output::columns(schema),
        }
    }
}

/// Implements [`NFPlugin`] and [`Record`] for a tuple: every hook calls each member in order.
macro_rules! tuple {
    ($($member:ident $index:tt),*) => {
        impl<$($member: NFPlugin),*> NFPlugin for ($($member,)*) {
            type State = ($($member::State,)*);
            type Output = ($($member::Output,)*);

            #[allow(unused_variables, reason = "the empty tuple")]
            fn begin(&mut self, columns: &Schema) -> Result<(), PluginError> {
                $(self.$index.begin(columns)?;)*
                Ok(())
            }

            #[inline]
            #[allow(unused_variables, clippy::unused_unit, reason = "the empty tuple")]
            fn on_init(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>) -> Self::State {
                ($(self.$index.on_init(packet, flow),)*)
            }

            #[inline]
            #[allow(unused_variables, reason = "the empty tuple")]
            fn on_update(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>, state: &mut Self::State) {
                $(self.$index.on_update(packet, flow, &mut state.$index);)*
            }

            #[inline]
            #[allow(unused_variables, clippy::unused_unit, reason = "the empty tuple")]
            fn on_expire(&mut self, flow: &Flow<'_>, state: Self::State) -> Self::Output {
                ($(self.$index.on_expire(flow, state.$index),)*)
            }

            fn cleanup(&mut self) {
                $(self.$index.cleanup();)*
            }

            #[allow(unused_variables, reason = "the empty tuple")]
            fn columns(&self, schema: &mut Schema) {
                $(self.$index.columns(schema);)*
            }
        }
    };
}

for_each_tuple!(tuple);

#[cfg(test)]
mod tests;
