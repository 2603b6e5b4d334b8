//! Errors on purpose, to see that valgrind would find one. `cargo xtask valgrind` runs them.

#![allow(unsafe_code, reason = "calls of the binding")]

mod packets {
    /// An HTTP request, in TCP and IPv4: nDPI allocates memory for its URL.
    pub(super) const HTTP_REQUEST: &[u8] =
        b"\x45\0\0\x5d\0\0\0\0\x40\x06\0\0\xc0\0\x02\x01\xc0\0\x02\x02\
        \xc0\0\0\x50\0\0\0\x01\0\0\0\x01\x50\x18\xff\xff\0\0\0\0\
        GET /index.html HTTP/1.1\r\nHost: www.example.test\r\n\r\n   ";
}

use ndpi_sys::{
    ndpi_sys_check, ndpi_sys_flow_init, ndpi_sys_flow_size, ndpi_sys_module,
    ndpi_sys_module_finalize, ndpi_sys_module_free, ndpi_sys_module_new, ndpi_sys_process,
    ndpi_sys_result,
};

/// A module that is ready.
fn module() -> *mut ndpi_sys_module {
    assert_eq!(ndpi_sys_check(), 0);
    // SAFETY: checked; `cargo xtask valgrind` runs the tests of this file one by one, and nothing else runs them unasked.
    let module = unsafe { ndpi_sys_module_new(1) };
    // SAFETY: just made.
    assert_eq!(unsafe { ndpi_sys_module_finalize(module) }, 0);
    module
}

/// Memory for a flow.
fn flow() -> Vec<u128> {
    let size = ndpi_sys_flow_size();
    let mut flow = vec![0; size.div_ceil(16)];
    // SAFETY: as large as asked for, and aligned.
    let initialized = unsafe { ndpi_sys_flow_init(flow.as_mut_ptr().cast(), size) };
    assert_eq!(initialized, 0);
    flow
}

fn process(module: *mut ndpi_sys_module, flow: &mut [u128], packet: *const u8, length: usize) {
    let mut result = ndpi_sys_result::default();
    // SAFETY: all are alive; the tests below say where the length is wrong.
    unsafe {
        ndpi_sys_process(
            module,
            flow.as_mut_ptr().cast(),
            packet,
            length,
            0,
            &raw mut result,
        )
    };
}

#[test]
#[ignore = "leaks on purpose"]
fn a_flow_that_is_not_released() {
    let (module, mut flow) = (module(), flow());
    let packet = packets::HTTP_REQUEST;
    process(module, &mut flow, packet.as_ptr(), packet.len());
    // SAFETY: not used again.
    unsafe { ndpi_sys_module_free(module) };
}

#[test]
#[ignore = "reads behind its memory on purpose"]
fn a_packet_that_is_shorter_than_said() {
    let (module, mut flow) = (module(), flow());
    let packet: Box<[u8]> = [0x45; 40].into();
    // Eight bytes more than there are.
    process(module, &mut flow, packet.as_ptr(), packet.len() + 8);
    // SAFETY: not used again.
    unsafe { ndpi_sys_module_free(module) };
}
