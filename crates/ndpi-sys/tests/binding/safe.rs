//! As much of a safe wrapper as the tests need.

use std::slice;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ndpi_sys::*;

/// Modules are made, set up, finalized and freed one at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

pub(crate) fn alone() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) struct Module(*mut ndpi_sys_module);

impl Module {
    pub(crate) fn unfinished() -> Self {
        let _alone = alone();
        // SAFETY: a test checks the version; no other module is made meanwhile.
        let module = unsafe { ndpi_sys_module_new(NDPI_SYS_LICENCE_NOT_FOR_PROFIT) };
        assert!(!module.is_null());
        Self(module)
    }

    pub(crate) fn new() -> Self {
        let module = Self::unfinished();
        let _alone = alone();
        // SAFETY: the module is alive and not finalized; no other is made meanwhile.
        assert_eq!(unsafe { ndpi_sys_module_finalize(module.0) }, 0);
        module
    }

    pub(crate) fn as_ptr(&self) -> *mut ndpi_sys_module {
        self.0
    }

    pub(crate) fn application_name(&mut self, result: &ndpi_sys_result) -> String {
        let mut buffer = [0_u8; 64];
        // SAFETY: the module and the result are alive, the capacity is that of the buffer.
        let length = unsafe {
            ndpi_sys_application_name(self.0, result, buffer.as_mut_ptr().cast(), buffer.len())
        };
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        let _alone = alone();
        // SAFETY: the module is alive and not used again; no other is made meanwhile.
        unsafe { ndpi_sys_module_free(self.0) };
    }
}

/// A flow in a block of its own.
pub(crate) struct Flow {
    /// 16 bytes each, and as aligned.
    block: Vec<u128>,
    pub(crate) result: ndpi_sys_result,
}

impl Flow {
    pub(crate) fn new() -> Self {
        let size = ndpi_sys_flow_size();
        // Not zeros: to make it a flow is not the allocator's task.
        let mut block = vec![u128::MAX; size.div_ceil(16)];
        // SAFETY: the block is at least that large.
        let initialized = unsafe { ndpi_sys_flow_init(block.as_mut_ptr().cast(), size) };
        assert_eq!(initialized, 0);
        Self {
            block,
            result: ndpi_sys_result::default(),
        }
    }

    pub(crate) fn as_ptr(&mut self) -> *mut std::ffi::c_void {
        self.block.as_mut_ptr().cast()
    }

    pub(crate) fn process(&mut self, module: &mut Module, packet: &[u8], time_ms: u64) -> bool {
        let flow = self.as_ptr();
        // SAFETY: module, flow and result are alive, pointer and length are those of one slice.
        let taken = unsafe {
            ndpi_sys_process(
                module.0,
                flow,
                packet.as_ptr(),
                packet.len(),
                time_ms,
                &raw mut self.result,
            )
        };
        taken == 1
    }

    pub(crate) fn give_up(&mut self, module: &mut Module) {
        let flow = self.as_ptr();
        // SAFETY: module, flow and result are alive.
        unsafe { ndpi_sys_give_up(module.0, flow, &raw mut self.result) };
    }

    pub(crate) fn text(&self, module: &mut Module, which: u32) -> Option<Vec<u8>> {
        let mut length = 0;
        // SAFETY: module and flow are alive, the result is the last of the flow.
        let text = unsafe {
            ndpi_sys_flow_text(
                module.0,
                self.block.as_ptr().cast(),
                &raw const self.result,
                which,
                &raw mut length,
            )
        };
        if text.is_null() {
            return None;
        }
        // SAFETY: so many bytes are there until the flow changes, which it does not here.
        Some(unsafe { slice::from_raw_parts(text.cast::<u8>(), length) }.to_vec())
    }

    pub(crate) fn release(&mut self) {
        let flow = self.as_ptr();
        // SAFETY: the block is a flow.
        unsafe { ndpi_sys_flow_release(flow) };
        self.result = ndpi_sys_result::default();
    }

    /// Whether the block is as good as new.
    pub(crate) fn is_zero(&self) -> bool {
        let size = ndpi_sys_flow_size();
        self.block[..size / 16].iter().all(|&word| word == 0)
    }
}

impl Drop for Flow {
    fn drop(&mut self) {
        self.release();
    }
}
