//! nDPI behind safe types: the only file of this crate with `unsafe`.

#![allow(
    unsafe_code,
    reason = "the calls of ndpi-sys; every block says why it is sound"
)]

use std::ffi::{CStr, c_char, c_int};
use std::ptr::{self, NonNull};
use std::slice;
use std::sync::{Mutex, OnceLock, PoisonError};

use ndpi_sys as sys;
use ndpi_sys::ndpi_sys_result;

use crate::{Licence, NdpiError};

/// What [`Module::set`] returns where nDPI has no settings.
pub(crate) const UNSUPPORTED: c_int = sys::NDPI_SYS_UNSUPPORTED;

/// Modules are set up and torn down one at a time in a process: nDPI fills tables then that all of them share, and splits
/// the lines of files with `strtok`.
static SET_UP: Mutex<()> = Mutex::new(());

/// The version of the nDPI library that is loaded, as it says itself.
pub fn ndpi_version() -> &'static str {
    let version = sys::ndpi_sys_runtime_version();
    // SAFETY: nDPI returns a constant.
    unsafe { static_text(version) }.unwrap_or("unknown")
}

/// What this version of nDPI can do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Capabilities {
    /// JA3 of TLS clients.
    pub(crate) ja3: bool,
    /// JA4 of TLS clients.
    pub(crate) ja4: bool,
    needs_licence: bool,
}

/// What this version of nDPI can do.
pub(crate) fn capabilities() -> Capabilities {
    let bits = sys::ndpi_sys_capabilities();
    Capabilities {
        ja3: bits & sys::NDPI_SYS_HAS_JA3_CLIENT != 0,
        ja4: bits & sys::NDPI_SYS_HAS_JA4_CLIENT != 0,
        needs_licence: bits & sys::NDPI_SYS_NEEDS_LICENCE != 0,
    }
}

/// The version that this program was built for: 1000 times the major plus the minor.
pub(crate) fn version_number() -> u32 {
    sys::ndpi_sys_header_version()
}

/// How many categories there are.
pub(crate) fn categories() -> u32 {
    sys::ndpi_sys_categories()
}

/// The names of the risks, by their bit. Bit 0, which stands for no risk, and a risk that nDPI did not name are "unknown".
pub(crate) fn risk_names() -> &'static [&'static str] {
    static NAMES: OnceLock<Vec<&'static str>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let name = |bit| {
            let name = sys::ndpi_sys_risk_name(bit);
            // SAFETY: null, or a text of nDPI's that is copied at once.
            let name = unsafe { text(name) };
            // Never freed, but made once a process: whoever holds risks may ask for their names at any time.
            name.map_or("unknown", |name| &*name.leak())
        };
        (0..sys::ndpi_sys_risks()).map(name).collect()
    })
}

/// A detection module of nDPI.
#[derive(Debug)]
pub(crate) struct Module(NonNull<sys::ndpi_sys_module>);

// SAFETY: a module may move to another thread; it is used by one at a time, as it is not `Sync`.
unsafe impl Send for Module {}

impl Module {
    /// A module that is not ready before [`finalize`](Self::finalize). The only way to one, so that everything below may
    /// rely on the check.
    pub(crate) fn new(licence: Licence) -> Result<Self, NdpiError> {
        if sys::ndpi_sys_check() != 0 {
            let headers = version_number();
            return Err(NdpiError::OtherLibrary {
                headers: format!("{}.{}", headers / 1000, headers % 1000),
                library: ndpi_version().to_owned(),
            });
        }
        if licence == Licence::Unsaid && capabilities().needs_licence {
            return Err(NdpiError::Licence {
                library: ndpi_version().to_owned(),
            });
        }
        let licence = match licence {
            Licence::Unsaid => sys::NDPI_SYS_LICENCE_NONE,
            Licence::NotForProfit => sys::NDPI_SYS_LICENCE_NOT_FOR_PROFIT,
            Licence::ForProfitWithLicence => sys::NDPI_SYS_LICENCE_FOR_PROFIT_WITH_LICENCE,
            Licence::ForProfitWithoutLicence => sys::NDPI_SYS_LICENCE_FOR_PROFIT_WITHOUT_LICENCE,
        };
        let _alone = SET_UP.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: the library is the right one, and nobody else sets up a module now.
        let module = unsafe { sys::ndpi_sys_module_new(licence) };
        NonNull::new(module).map(Self).ok_or(NdpiError::Module)
    }

    /// Settings, before [`finalize`](Self::finalize).
    pub(crate) fn set(&mut self, protocol: Option<&CStr>, key: &CStr, value: &CStr) -> c_int {
        let protocol = protocol.map_or(ptr::null(), CStr::as_ptr);
        let _alone = SET_UP.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: the module is alive, the texts outlive the call, and nobody else sets up a module now.
        unsafe { sys::ndpi_sys_module_set(self.0.as_ptr(), protocol, key.as_ptr(), value.as_ptr()) }
    }

    /// Protocols of the user, before [`finalize`](Self::finalize). Only [`Rules`](crate::rules::Rules) call it: they are
    /// right.
    pub(crate) fn load_protocols(&mut self, path: &CStr) -> c_int {
        let _alone = SET_UP.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: the module is alive, the path outlives the call, and nobody else sets up a module now.
        unsafe { sys::ndpi_sys_module_load_protocols(self.0.as_ptr(), path.as_ptr()) }
    }

    /// Categories of the user, before [`finalize`](Self::finalize). Once: what was loaded before would be forgotten. Only
    /// [`Rules`](crate::rules::Rules) call it: they are right.
    pub(crate) fn load_categories(&mut self, path: &CStr) -> c_int {
        let _alone = SET_UP.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: the module is alive, the path outlives the call, and nobody else sets up a module now.
        unsafe { sys::ndpi_sys_module_load_categories(self.0.as_ptr(), path.as_ptr()) }
    }

    /// Makes the module ready.
    pub(crate) fn finalize(&mut self) -> Result<(), NdpiError> {
        let _alone = SET_UP.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: the module is alive, and nobody else sets up a module now.
        match unsafe { sys::ndpi_sys_module_finalize(self.0.as_ptr()) } {
            0 => Ok(()),
            _ => Err(NdpiError::Module),
        }
    }

    /// Name and category of each protocol.
    pub(crate) fn protocols(&self) -> impl Iterator<Item = (String, String)> + '_ {
        // SAFETY: the module is alive.
        let count = unsafe { sys::ndpi_sys_module_protocols(self.0.as_ptr()) };
        (0..count).filter_map(|id| {
            let id = u16::try_from(id).ok()?;
            // SAFETY: the module is alive; any number may be asked for.
            let name = unsafe { sys::ndpi_sys_protocol_name(self.0.as_ptr(), id) };
            // SAFETY: the text lives as long as the module, and is copied at once.
            let name = unsafe { text(name) }?;
            // SAFETY: the module is alive; any number may be asked for.
            let category = unsafe { sys::ndpi_sys_protocol_category(self.0.as_ptr(), id) };
            Some((name, self.category_name(category)))
        })
    }

    /// Such as `TLS.Google`.
    pub(crate) fn application_name(&self, result: &ndpi_sys_result) -> String {
        let mut buffer = [0; 256];
        // SAFETY: the module is alive; the buffer has the capacity that is told.
        let length = unsafe {
            sys::ndpi_sys_application_name(
                self.0.as_ptr(),
                result,
                buffer.as_mut_ptr().cast::<c_char>(),
                buffer.len(),
            )
        };
        String::from_utf8_lossy(buffer.get(..length).unwrap_or_default()).into_owned()
    }

    /// Such as `Web`.
    pub(crate) fn category_name(&self, category: u16) -> String {
        // SAFETY: the module is alive; any number may be asked for.
        let name = unsafe { sys::ndpi_sys_category_name(self.0.as_ptr(), category) };
        // SAFETY: the text lives as long as the module, and is copied at once.
        unsafe { text(name) }.unwrap_or_default()
    }

    /// Shows nDPI a packet from its IP header on.
    pub(crate) fn process(&mut self, flow: &mut Flow, ip_packet: &[u8], time_ms: u64) {
        // SAFETY: module and flow are alive and borrowed by this call alone; the packet has the length that is told.
        unsafe {
            sys::ndpi_sys_process(
                self.0.as_ptr(),
                flow.memory.as_mut_ptr().cast(),
                ip_packet.as_ptr(),
                ip_packet.len(),
                time_ms,
                &raw mut flow.result,
            )
        };
    }

    /// Makes nDPI say what it thinks of a flow.
    pub(crate) fn give_up(&mut self, flow: &mut Flow) {
        // SAFETY: module and flow are alive and borrowed by this call alone.
        unsafe {
            sys::ndpi_sys_give_up(
                self.0.as_ptr(),
                flow.memory.as_mut_ptr().cast(),
                &raw mut flow.result,
            );
        }
    }

    /// A text of a flow, if there is one.
    pub(crate) fn text<'a>(&self, flow: &'a Flow, which: Text) -> Option<&'a [u8]> {
        let mut length = 0;
        // SAFETY: module and flow are alive; nothing changes the flow now.
        let text = unsafe {
            sys::ndpi_sys_flow_text(
                self.0.as_ptr(),
                flow.memory.as_ptr().cast(),
                &raw const flow.result,
                which as u32,
                &raw mut length,
            )
        };
        if text.is_null() {
            return None;
        }
        // SAFETY: the text has this length, and stays until the flow is changed, which takes a mutable borrow.
        Some(unsafe { slice::from_raw_parts(text.cast(), length) })
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        let _alone = SET_UP.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: nobody has the module any more, and nobody else tears one down now. Flows do not point into it.
        unsafe { sys::ndpi_sys_module_free(self.0.as_ptr()) }
    }
}

/// nDPI's memory of one flow.
#[derive(Debug)]
pub(crate) struct Flow {
    /// All zero, or as nDPI left it.
    memory: Box<[Chunk]>,
    result: ndpi_sys_result,
}

/// Memory as aligned as nDPI wants it.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(16))]
struct Chunk([u8; 16]);

impl Flow {
    /// A flow without a packet.
    pub(crate) fn new() -> Self {
        let size = sys::ndpi_sys_flow_size();
        let mut memory: Box<[Chunk]> =
            vec![Chunk([0; 16]); size.div_ceil(size_of::<Chunk>())].into();
        // SAFETY: the memory has at least this size, and holds no flow.
        let refused = unsafe { sys::ndpi_sys_flow_init(memory.as_mut_ptr().cast(), size) };
        debug_assert_eq!(refused, 0, "large enough, and aligned");
        Self {
            memory,
            result: ndpi_sys_result::default(),
        }
    }

    /// What nDPI thinks of it.
    pub(crate) fn result(&self) -> &ndpi_sys_result {
        &self.result
    }

    /// Which texts it has.
    pub(crate) fn family(&self) -> Family {
        match self.result.family {
            sys::NDPI_SYS_FAMILY_DHCP => Family::Dhcp,
            sys::NDPI_SYS_FAMILY_HTTP => Family::Http,
            sys::NDPI_SYS_FAMILY_SSH => Family::Ssh,
            sys::NDPI_SYS_FAMILY_TLS => Family::Tls,
            _ => Family::Other,
        }
    }

    /// A bit for each of the [`risk_names`].
    pub(crate) fn risks(&self) -> u64 {
        // SAFETY: the flow is alive.
        unsafe { sys::ndpi_sys_flow_risks(self.memory.as_ptr().cast()) }
    }

    /// Makes it a flow without a packet.
    pub(crate) fn reset(&mut self) {
        // SAFETY: the memory is all zero or as nDPI left it; it is all zero then.
        unsafe { sys::ndpi_sys_flow_release(self.memory.as_mut_ptr().cast()) };
        self.result = ndpi_sys_result::default();
    }
}

impl Drop for Flow {
    fn drop(&mut self) {
        self.reset();
    }
}

/// Which texts a flow has: at most those of one family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Other,
    Dhcp,
    Http,
    Ssh,
    /// TLS over whatever carries it.
    Tls,
}

/// A text of a flow.
#[derive(Clone, Copy, Debug)]
#[repr(u32)]
pub(crate) enum Text {
    ServerName = sys::NDPI_SYS_TEXT_SERVER_NAME,
    UserAgent = sys::NDPI_SYS_TEXT_USER_AGENT,
    ContentType = sys::NDPI_SYS_TEXT_CONTENT_TYPE,
    Ja3Client = sys::NDPI_SYS_TEXT_JA3_CLIENT,
    Ja3Server = sys::NDPI_SYS_TEXT_JA3_SERVER,
    Ja4Client = sys::NDPI_SYS_TEXT_JA4_CLIENT,
    HasshClient = sys::NDPI_SYS_TEXT_HASSH_CLIENT,
    HasshServer = sys::NDPI_SYS_TEXT_HASSH_SERVER,
    DhcpFingerprint = sys::NDPI_SYS_TEXT_DHCP_FINGERPRINT,
}

/// A copy of a text of C's.
///
/// # Safety
///
/// Null, or a text that ends with a zero and stays during the call.
unsafe fn text(text: *const c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: the caller's promise.
    let text = unsafe { CStr::from_ptr(text) };
    Some(text.to_string_lossy().into_owned())
}

/// A constant text of C's.
///
/// # Safety
///
/// Null, or a text that ends with a zero and stays for ever.
unsafe fn static_text(text: *const c_char) -> Option<&'static str> {
    if text.is_null() {
        return None;
    }
    // SAFETY: the caller's promise.
    let text: &'static CStr = unsafe { CStr::from_ptr(text) };
    text.to_str().ok()
}
