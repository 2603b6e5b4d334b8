//! Raw binding to the installed [nDPI] library.
//!
//! nDPI changes its structs and its functions with every version. A small C file, compiled against the headers that are
//! installed, hides the differences between 4.2 and 6.0; what follows is the surface of that file. It neither allocates
//! flows nor decides how many packets one gets: that is the caller's.
//!
//! # Order of calls
//!
//! 1. [`ndpi_sys_check`], once, before anything else: every build of nDPI 4 has the same name and another layout, so the
//!    library that was loaded need not be the one whose headers were compiled.
//! 2. [`ndpi_sys_module_new`]; then, where wanted, [`ndpi_sys_module_set`], [`ndpi_sys_module_load_protocols`],
//!    [`ndpi_sys_module_load_categories`]; then [`ndpi_sys_module_finalize`].
//! 3. For each flow: a block of [`ndpi_sys_flow_size`] bytes, aligned to [`NDPI_SYS_FLOW_ALIGNMENT`],
//!    [`ndpi_sys_flow_init`]; [`ndpi_sys_process`] for its packets, [`ndpi_sys_give_up`] if they did not tell;
//!    [`ndpi_sys_flow_text`] and the names; [`ndpi_sys_flow_release`], after which the block may serve the next flow.
//! 4. [`ndpi_sys_module_free`], after the last flow.
//!
//! # Threads
//!
//! [`ndpi_sys_module_new`], [`ndpi_sys_module_set`], [`ndpi_sys_module_load_protocols`], [`ndpi_sys_module_load_categories`],
//! [`ndpi_sys_module_finalize`] and [`ndpi_sys_module_free`] must never run at the same time as one another in the whole
//! process, whatever the module: hold one lock around them. A module is used by one thread at a time, and so is a flow. A
//! flow stays with the module that saw its first packet.
//!
//! [nDPI]: https://github.com/ntop/nDPI
//!
//! # Examples
//!
//! ```
//! assert_eq!(ndpi_sys::ndpi_sys_check(), 0);
//! ```
#![no_std]
#![allow(unsafe_code, reason = "a binding declares foreign functions")]

use core::ffi::{c_char, c_int, c_void};
use core::marker::{PhantomData, PhantomPinned};

/// No confidence is known.
pub const NDPI_SYS_CONFIDENCE_UNKNOWN: u8 = 0;
/// By the ports alone.
pub const NDPI_SYS_CONFIDENCE_BY_PORT: u8 = 1;
/// By a filter expression of the user.
pub const NDPI_SYS_CONFIDENCE_NBPF: u8 = 2;
/// By some, not all, of what a dissector wants to see.
pub const NDPI_SYS_CONFIDENCE_DPI_PARTIAL: u8 = 3;
/// By a partial dissection and a cache of earlier flows.
pub const NDPI_SYS_CONFIDENCE_DPI_PARTIAL_CACHE: u8 = 4;
/// By a cache of earlier flows.
pub const NDPI_SYS_CONFIDENCE_DPI_CACHE: u8 = 5;
/// By the payload.
pub const NDPI_SYS_CONFIDENCE_DPI: u8 = 6;
/// By the addresses alone.
pub const NDPI_SYS_CONFIDENCE_BY_IP: u8 = 7;
/// By a heuristic that may be wrong.
pub const NDPI_SYS_CONFIDENCE_DPI_AGGRESSIVE: u8 = 8;
/// By a rule of the user.
pub const NDPI_SYS_CONFIDENCE_CUSTOM_RULE: u8 = 9;
/// By something that nDPI did not have yet when this crate was written.
pub const NDPI_SYS_CONFIDENCE_OTHER: u8 = 255;

/// None of the families below.
pub const NDPI_SYS_FAMILY_OTHER: u8 = 0;
/// DHCP.
pub const NDPI_SYS_FAMILY_DHCP: u8 = 1;
/// HTTP.
pub const NDPI_SYS_FAMILY_HTTP: u8 = 2;
/// SSH.
pub const NDPI_SYS_FAMILY_SSH: u8 = 3;
/// TLS, DTLS, QUIC, SMTPS, IMAPS and POP3S.
pub const NDPI_SYS_FAMILY_TLS: u8 = 4;

/// The loaded library's flow struct has another size than the headers'.
pub const NDPI_SYS_WRONG_FLOW_SIZE: c_int = 1;
/// The loaded library has another version than the headers.
pub const NDPI_SYS_WRONG_VERSION: c_int = 2;
/// The loaded library is another development snapshot than the headers.
pub const NDPI_SYS_WRONG_API_VERSION: c_int = 3;

/// [`NDPI_SYS_TEXT_JA3_CLIENT`] is there.
pub const NDPI_SYS_HAS_JA3_CLIENT: u32 = 0x01;
/// [`NDPI_SYS_TEXT_JA4_CLIENT`] is there.
pub const NDPI_SYS_HAS_JA4_CLIENT: u32 = 0x02;
/// [`ndpi_sys_module_set`] works.
pub const NDPI_SYS_HAS_SET_CONFIG: u32 = 0x04;
/// [`NDPI_SYS_TEXT_TCP_FINGERPRINT`] is there.
pub const NDPI_SYS_HAS_TCP_FINGERPRINT: u32 = 0x08;
/// [`ndpi_sys_module_new`] refuses [`NDPI_SYS_LICENCE_NONE`].
pub const NDPI_SYS_NEEDS_LICENCE: u32 = 0x10;

/// Nothing declared. Enough below nDPI 6.0, refused from there on.
pub const NDPI_SYS_LICENCE_NONE: u32 = 0;
/// Used not for profit: all dissectors.
pub const NDPI_SYS_LICENCE_NOT_FOR_PROFIT: u32 = 1;
/// Used for profit, with a licence from ntop: all dissectors.
pub const NDPI_SYS_LICENCE_FOR_PROFIT_WITH_LICENCE: u32 = 2;
/// Used for profit without one: the dissectors that are under the LGPL alone; TLS, QUIC, DNS and DHCP are not.
pub const NDPI_SYS_LICENCE_FOR_PROFIT_WITHOUT_LICENCE: u32 = 3;

/// The installed version cannot do it.
pub const NDPI_SYS_UNSUPPORTED: c_int = -100;

/// Server name: SNI, HTTP host, DNS query and others.
pub const NDPI_SYS_TEXT_SERVER_NAME: u32 = 0;
/// URL of an HTTP request.
pub const NDPI_SYS_TEXT_URL: u32 = 1;
/// User agent of HTTP, or of QUIC where the version reads it.
pub const NDPI_SYS_TEXT_USER_AGENT: u32 = 2;
/// Content type of an HTTP response.
pub const NDPI_SYS_TEXT_CONTENT_TYPE: u32 = 3;
/// JA3 of the TLS client, up to nDPI 4.12.
pub const NDPI_SYS_TEXT_JA3_CLIENT: u32 = 4;
/// JA3S of the TLS server.
pub const NDPI_SYS_TEXT_JA3_SERVER: u32 = 5;
/// JA4 of the TLS client, from nDPI 4.10.
pub const NDPI_SYS_TEXT_JA4_CLIENT: u32 = 6;
/// HASSH of the SSH client.
pub const NDPI_SYS_TEXT_HASSH_CLIENT: u32 = 7;
/// HASSH of the SSH server.
pub const NDPI_SYS_TEXT_HASSH_SERVER: u32 = 8;
/// DHCP fingerprint: the list of requested parameters.
pub const NDPI_SYS_TEXT_DHCP_FINGERPRINT: u32 = 9;
/// Application protocols that a TLS client offers (ALPN).
pub const NDPI_SYS_TEXT_ALPN: u32 = 10;
/// TCP fingerprint, from nDPI 4.12.
pub const NDPI_SYS_TEXT_TCP_FINGERPRINT: u32 = 11;

/// The longest packet that [`ndpi_sys_process`] looks at, in bytes. Of longer ones it sees as much.
pub const NDPI_SYS_PACKET_MAX: usize = 65_535;
/// The alignment of a flow's block, in bytes.
pub const NDPI_SYS_FLOW_ALIGNMENT: usize = 16;

/// What nDPI says about a flow so far.
///
/// Protocol and category numbers belong to the loaded library; they change with its version. Keep names. The default is what
/// is known of a flow without a packet: nothing, and more may come.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ndpi_sys_result {
    /// The protocol that carries the application, 0 if there is none.
    pub master: u16,
    /// The application, 0 while unknown.
    pub application: u16,
    /// The category of the application.
    pub category: u16,
    /// `NDPI_SYS_CONFIDENCE_*`: nDPI 5.0's numbers, whatever version is installed, and [`NDPI_SYS_CONFIDENCE_OTHER`].
    pub confidence: u8,
    /// 1: [`ndpi_sys_give_up`] guessed it.
    pub guessed: u8,
    /// 1: no application yet.
    pub unknown: u8,
    /// 1: later packets may still add something.
    pub more: u8,
    /// `NDPI_SYS_FAMILY_*`: which strings belong to the flow.
    pub family: u8,
    /// Zeros.
    pub reserved: [u8; 5],
}

impl Default for ndpi_sys_result {
    fn default() -> Self {
        Self {
            master: 0,
            application: 0,
            category: 0,
            confidence: NDPI_SYS_CONFIDENCE_UNKNOWN,
            guessed: 0,
            unknown: 1,
            more: 1,
            family: NDPI_SYS_FAMILY_OTHER,
            reserved: [0; 5],
        }
    }
}

/// A detection module: the protocols, their tables and caches.
#[repr(C)]
#[derive(Debug)]
pub struct ndpi_sys_module {
    opaque: [u8; 0],
    /// Neither `Send` nor `Sync` nor `Unpin`: the type stands for memory that is C's.
    marker: PhantomData<(*mut u8, PhantomPinned)>,
}

unsafe extern "C" {
    /// Version of the headers that were compiled: major times 1000 plus minor.
    pub safe fn ndpi_sys_header_version() -> u32;
    /// Version of the library that was loaded, as it calls itself. Never freed.
    pub safe fn ndpi_sys_runtime_version() -> *const c_char;
    /// Bytes that a flow takes.
    pub safe fn ndpi_sys_flow_size() -> usize;
    /// Whether the library that was loaded is the one whose headers were compiled: 0, or [`NDPI_SYS_WRONG_VERSION`],
    /// [`NDPI_SYS_WRONG_FLOW_SIZE`], [`NDPI_SYS_WRONG_API_VERSION`]. Unless it is 0, call nothing that is unsafe: the struct
    /// layouts differ.
    pub safe fn ndpi_sys_check() -> c_int;
    /// What the version has: `NDPI_SYS_HAS_*` and [`NDPI_SYS_NEEDS_LICENCE`], or-ed.
    pub safe fn ndpi_sys_capabilities() -> u32;

    /// A new module with all protocols, or null: no memory, or a licence that the version does not take.
    ///
    /// `licence` is `NDPI_SYS_LICENCE_*`; versions before 6.0 ignore it.
    ///
    /// # Safety
    ///
    /// [`ndpi_sys_check`] was 0. Not at the same time as another new, set, load, finalize or free.
    pub fn ndpi_sys_module_new(licence: u32) -> *mut ndpi_sys_module;
    /// Sets an option of nDPI, of `protocol` or, where that is null, of all: 0, nDPI's own error, or
    /// [`NDPI_SYS_UNSUPPORTED`] below 4.10.
    ///
    /// # Safety
    ///
    /// A live module that is not yet finalized; strings end in NUL. Not at the same time as another new, set, load, finalize
    /// or free.
    pub fn ndpi_sys_module_set(
        module: *mut ndpi_sys_module,
        protocol: *const c_char,
        key: *const c_char,
        value: *const c_char,
    ) -> c_int;
    /// Loads a protocols file of nDPI. Negative: it cannot be read.
    ///
    /// # Safety
    ///
    /// A live module that is not yet finalized; the path ends in NUL. Not at the same time as another new, set, load, finalize
    /// or free: nDPI splits lines with `strtok`. The lines are right: 4.2 crashes on a host without a name, and never returns
    /// from port 65535.
    pub fn ndpi_sys_module_load_protocols(
        module: *mut ndpi_sys_module,
        path: *const c_char,
    ) -> c_int;
    /// Loads a categories file of nDPI. Negative: it cannot be read.
    ///
    /// # Safety
    ///
    /// A live module that is not yet finalized; the path ends in NUL. Not at the same time as another new, set, load, finalize
    /// or free. The lines are right: 4.2 does not check them.
    pub fn ndpi_sys_module_load_categories(
        module: *mut ndpi_sys_module,
        path: *const c_char,
    ) -> c_int;
    /// Completes the module. 0: it is ready.
    ///
    /// # Safety
    ///
    /// A live module, once. Not at the same time as another new, set, load, finalize or free.
    pub fn ndpi_sys_module_finalize(module: *mut ndpi_sys_module) -> c_int;
    /// Frees the module. Null is allowed.
    ///
    /// # Safety
    ///
    /// A live module or null, not used afterwards, nor any string it gave. Not at the same time as another new, set, load,
    /// finalize or free.
    pub fn ndpi_sys_module_free(module: *mut ndpi_sys_module);

    /// How many protocols there are: their ids lie below.
    ///
    /// # Safety
    ///
    /// A live, finalized module.
    pub fn ndpi_sys_module_protocols(module: *mut ndpi_sys_module) -> u32;
    /// Name of a protocol, null out of range. Lives as long as the module.
    ///
    /// # Safety
    ///
    /// A live, finalized module.
    pub fn ndpi_sys_protocol_name(module: *mut ndpi_sys_module, id: u16) -> *const c_char;
    /// Category of a protocol, 0 out of range.
    ///
    /// # Safety
    ///
    /// A live, finalized module.
    pub fn ndpi_sys_protocol_category(module: *mut ndpi_sys_module, id: u16) -> u16;
    /// Name of a category, null out of range. Lives as long as the module.
    ///
    /// # Safety
    ///
    /// A live, finalized module.
    pub fn ndpi_sys_category_name(module: *mut ndpi_sys_module, category: u16) -> *const c_char;
    /// How many categories there are: their numbers lie below.
    pub safe fn ndpi_sys_categories() -> u32;
    /// Writes the name of a result as nDPI has it, `Master.Application` or one of the two, and a NUL; what does not fit is
    /// cut. Returns the length without the NUL.
    ///
    /// # Safety
    ///
    /// A live, finalized module, a result of it, and `capacity` writable bytes at `buffer`.
    pub fn ndpi_sys_application_name(
        module: *mut ndpi_sys_module,
        result: *const ndpi_sys_result,
        buffer: *mut c_char,
        capacity: usize,
    ) -> usize;

    /// Makes a block of memory a new flow. -1: null, too small or not aligned.
    ///
    /// # Safety
    ///
    /// `capacity` writable bytes at `memory`, which hold no flow or a released one: what a live one owns would leak.
    pub fn ndpi_sys_flow_init(memory: *mut c_void, capacity: usize) -> c_int;
    /// Frees what the flow owns and fills its block with zeros; does not free the block itself. A block of zeros is allowed.
    ///
    /// # Safety
    ///
    /// A block that [`ndpi_sys_flow_init`] accepted. Strings of the flow are not used afterwards.
    pub fn ndpi_sys_flow_release(memory: *mut c_void);
    /// Shows a packet to nDPI. 1: `result` has the news; 0: the packet was refused, and nothing has changed.
    ///
    /// Refused are packets that crash some version: whose TCP or UDP header is cut or says a length that cannot be, or whose
    /// protocol is not that of the flow. nDPI sees a copy with zeros behind it. A packet that is shorter than its IP header
    /// says, as snaplen leaves it, is taken but teaches nothing.
    ///
    /// `time_ms`: milliseconds since 1970. Once `more` is 0, or after [`ndpi_sys_give_up`], further packets cost time and
    /// change nothing that matters: stop there.
    ///
    /// # Safety
    ///
    /// A live, finalized module; a flow of it; `length` readable bytes at `ip_packet`, which begin with the IP header; a
    /// writable `result`.
    pub fn ndpi_sys_process(
        module: *mut ndpi_sys_module,
        flow: *mut c_void,
        ip_packet: *const u8,
        length: usize,
        time_ms: u64,
        result: *mut ndpi_sys_result,
    ) -> c_int;
    /// Ends the inspection of a flow: where the application is unknown, nDPI tries its caches, ports and addresses; what is
    /// known stays.
    ///
    /// # Safety
    ///
    /// A live, finalized module; a flow of it; a writable `result`.
    pub fn ndpi_sys_give_up(
        module: *mut ndpi_sys_module,
        flow: *mut c_void,
        result: *mut ndpi_sys_result,
    );

    /// A string of the flow, `NDPI_SYS_TEXT_*`, and its length. Null: it is absent, empty, or the version does not have it.
    ///
    /// The bytes come from the network, in no certain encoding; read `length` of them, a NUL need not follow. They are the
    /// flow's: gone with the next call that takes the flow mutably.
    ///
    /// # Safety
    ///
    /// A live module, a flow of it, the last result of that flow, and a writable `length`.
    pub fn ndpi_sys_flow_text(
        module: *mut ndpi_sys_module,
        flow: *const c_void,
        result: *const ndpi_sys_result,
        which: u32,
        length: *mut usize,
    ) -> *const c_char;
    /// The risks of the flow, a bit each.
    ///
    /// # Safety
    ///
    /// A flow.
    pub fn ndpi_sys_flow_risks(flow: *const c_void) -> u64;
    /// Name of a risk, null for bit 0, which stands for no risk, and out of range. A constant of nDPI's; a risk that a later
    /// version forgets to name has its number in a buffer that the next call overwrites, so copy it.
    pub safe fn ndpi_sys_risk_name(bit: u32) -> *const c_char;
    /// How many risks there are: their bits lie below.
    pub safe fn ndpi_sys_risks() -> u32;

    /// What C makes of the declarations of this file, in an order that the tests know. Writes at most `capacity` numbers,
    /// returns how many there are.
    ///
    /// # Safety
    ///
    /// `capacity` writable numbers at `numbers`.
    #[doc(hidden)]
    pub fn ndpi_sys_layout(numbers: *mut i32, capacity: usize) -> usize;
}
