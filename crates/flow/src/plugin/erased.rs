//! Plugins whose type is known only at run time.

use core::any::Any;
use core::fmt;

use nfstream_decode::Packet;

use super::{NFPlugin, PluginError};
use crate::Flow;
use crate::record::{Record, RowWriter, Schema};

/// A plugin of any type: for a command line, or for another language, that chooses plugins at run time.
///
/// It is a plugin like any other, and so is a `Vec` of them. Each costs two allocations a flow and an indirect call a
/// packet, and the `Vec` two allocations a flow more; if you know your plugins when you compile, use a tuple.
///
/// # Examples
///
/// ```
/// use nfstream_flow::{BoxedPlugin, FlowTable, FlowTableConfig};
/// # use nfstream_decode::Packet;
/// # use nfstream_flow::{Flow, NFPlugin};
/// # #[derive(Clone)]
/// # struct Nothing;
/// # impl NFPlugin for Nothing {
/// #     type State = ();
/// #     type Output = ();
/// #     fn on_init(&mut self, _: &Packet<'_>, _: &mut Flow<'_>) {}
/// #     fn on_expire(&mut self, _: &Flow<'_>, (): ()) {}
/// # }
/// let plugins: Vec<BoxedPlugin> = vec![BoxedPlugin::new(Nothing)];
/// let table = FlowTable::new(&FlowTableConfig::default(), plugins);
/// # assert_eq!(table.active_flows(), 0);
/// ```
pub struct BoxedPlugin(Box<dyn ErasedPlugin>);

/// What a [`BoxedPlugin`] keeps of a flow.
pub struct BoxedState(Box<dyn Any + Send>);

/// What a [`BoxedPlugin`] tells of a flow.
pub struct BoxedOutput(Box<dyn ErasedRecord>);

impl BoxedPlugin {
    /// Forgets the type of a plugin.
    pub fn new<P>(plugin: P) -> Self
    where
        P: NFPlugin<State: 'static, Output: 'static> + 'static,
    {
        Self(Box::new(plugin))
    }
}

/// [`NFPlugin`] without associated types.
trait ErasedPlugin: Send {
    fn begin(&mut self, columns: &Schema) -> Result<(), PluginError>;
    fn on_init(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>) -> BoxedState;
    fn on_update(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>, state: &mut BoxedState);
    fn on_expire(&mut self, flow: &Flow<'_>, state: BoxedState) -> BoxedOutput;
    fn cleanup(&mut self);
    fn columns(&self, schema: &mut Schema);
    fn clone_box(&self) -> Box<dyn ErasedPlugin>;
}

impl<P: NFPlugin<State: 'static, Output: 'static> + 'static> ErasedPlugin for P {
    fn begin(&mut self, columns: &Schema) -> Result<(), PluginError> {
        NFPlugin::begin(self, columns)
    }

    fn on_init(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>) -> BoxedState {
        BoxedState(Box::new(NFPlugin::on_init(self, packet, flow)))
    }

    fn on_update(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>, state: &mut BoxedState) {
        // Each plugin gets back the states that it made.
        if let Some(state) = state.0.downcast_mut() {
            NFPlugin::on_update(self, packet, flow, state);
        }
    }

    fn on_expire(&mut self, flow: &Flow<'_>, state: BoxedState) -> BoxedOutput {
        match state.0.downcast() {
            Ok(state) => BoxedOutput(Box::new(NFPlugin::on_expire(self, flow, *state))),
            // Of another plugin, which never happens.
            Err(_) => BoxedOutput(Box::new(())),
        }
    }

    fn cleanup(&mut self) {
        NFPlugin::cleanup(self);
    }

    fn columns(&self, schema: &mut Schema) {
        NFPlugin::columns(self, schema);
    }

    fn clone_box(&self) -> Box<dyn ErasedPlugin> {
        Box::new(self.clone())
    }
}

/// [`Record`] whose columns its plugin declares.
trait ErasedRecord: Send {
    fn write(&self, row: &mut dyn RowWriter);
}

impl<R: Record + Send> ErasedRecord for R {
    fn write(&self, row: &mut dyn RowWriter) {
        Record::write(self, row);
    }
}

impl NFPlugin for BoxedPlugin {
    type State = BoxedState;
    type Output = BoxedOutput;

    fn begin(&mut self, columns: &Schema) -> Result<(), PluginError> {
        self.0.begin(columns)
    }

    fn on_init(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>) -> BoxedState {
        self.0.on_init(packet, flow)
    }

    fn on_update(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>, state: &mut BoxedState) {
        self.0.on_update(packet, flow, state);
    }

    fn on_expire(&mut self, flow: &Flow<'_>, state: BoxedState) -> Self::Output {
        self.0.on_expire(flow, state)
    }

    fn cleanup(&mut self) {
        self.0.cleanup();
    }

    fn columns(&self, schema: &mut Schema) {
        self.0.columns(schema);
    }
}

/// The type does not know its columns: [`NFPlugin::columns`] of the plugin declares them.
impl Record for BoxedOutput {
    fn columns(_schema: &mut Schema) {}

    fn write<W: RowWriter + ?Sized>(&self, mut row: &mut W) {
        self.0.write(&mut row);
    }

    fn write_null<W: RowWriter + ?Sized>(_row: &mut W) {}
}

impl<P: NFPlugin> NFPlugin for Vec<P> {
    type State = Vec<P::State>;
    type Output = Vec<P::Output>;

    fn begin(&mut self, columns: &Schema) -> Result<(), PluginError> {
        self.iter_mut().try_for_each(|plugin| plugin.begin(columns))
    }

    fn on_init(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>) -> Self::State {
        let plugins = self.iter_mut();
        plugins.map(|plugin| plugin.on_init(packet, flow)).collect()
    }

    fn on_update(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>, state: &mut Self::State) {
        for (plugin, state) in self.iter_mut().zip(state) {
            plugin.on_update(packet, flow, state);
        }
    }

    fn on_expire(&mut self, flow: &Flow<'_>, state: Self::State) -> Self::Output {
        let plugins = self.iter_mut().zip(state);
        plugins
            .map(|(plugin, state)| plugin.on_expire(flow, state))
            .collect()
    }

    fn cleanup(&mut self) {
        for plugin in self {
            plugin.cleanup();
        }
    }

    fn columns(&self, schema: &mut Schema) {
        for plugin in self {
            plugin.columns(schema);
        }
    }
}

/// As many records as there were plugins, whose [`NFPlugin::columns`] declare the columns.
impl<R: Record> Record for Vec<R> {
    fn columns(_schema: &mut Schema) {}

    fn write<W: RowWriter + ?Sized>(&self, row: &mut W) {
        for record in self {
            record.write(row);
        }
    }

    fn write_null<W: RowWriter + ?Sized>(_row: &mut W) {}
}

impl Clone for BoxedPlugin {
    fn clone(&self) -> Self {
        Self(self.0.clone_box())
    }
}

impl fmt::Debug for BoxedPlugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoxedPlugin").finish_non_exhaustive()
    }
}

impl fmt::Debug for BoxedState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoxedState").finish_non_exhaustive()
    }
}

impl fmt::Debug for BoxedOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoxedOutput").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
