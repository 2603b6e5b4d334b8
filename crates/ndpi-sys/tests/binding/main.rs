//! The binding against the library that is installed.
#![allow(unsafe_code, reason = "the binding is unsafe to call")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may panic, too"
)]

mod packets;
mod safe;

use std::ffi::CStr;
use std::mem::offset_of;
use std::ptr;

use ndpi_sys::*;
use packets::{Direction, Ipv4, dns_query, tcp, tls_client_hello, udp};
use safe::{Flow, Module, alone};

/// nDPI 4.10, as [`ndpi_sys_header_version`] counts.
const SET_CONFIG_SINCE: u32 = 4010;

fn version() -> u32 {
    ndpi_sys_header_version()
}

#[test]
fn headers_are_those_of_the_loaded_library() {
    assert_eq!(ndpi_sys_check(), 0);
    let loaded = ndpi_sys_runtime_version();
    // SAFETY: the library's own constant string.
    let loaded = unsafe { CStr::from_ptr(loaded) }.to_str().unwrap();
    assert!(
        loaded.starts_with(&format!("{}.{}.", version() / 1000, version() % 1000)),
        "{loaded}"
    );
}

#[test]
fn declarations_are_those_of_c() {
    let ours = [
        i32::try_from(size_of::<ndpi_sys_result>()).unwrap(),
        i32::try_from(offset_of!(ndpi_sys_result, master)).unwrap(),
        i32::try_from(offset_of!(ndpi_sys_result, application)).unwrap(),
        i32::try_from(offset_of!(ndpi_sys_result, category)).unwrap(),
        i32::try_from(offset_of!(ndpi_sys_result, confidence)).unwrap(),
        i32::try_from(offset_of!(ndpi_sys_result, guessed)).unwrap(),
        i32::try_from(offset_of!(ndpi_sys_result, unknown)).unwrap(),
        i32::try_from(offset_of!(ndpi_sys_result, more)).unwrap(),
        i32::try_from(offset_of!(ndpi_sys_result, family)).unwrap(),
        i32::try_from(offset_of!(ndpi_sys_result, reserved)).unwrap(),
        NDPI_SYS_CONFIDENCE_UNKNOWN.into(),
        NDPI_SYS_CONFIDENCE_BY_PORT.into(),
        NDPI_SYS_CONFIDENCE_NBPF.into(),
        NDPI_SYS_CONFIDENCE_DPI_PARTIAL.into(),
        NDPI_SYS_CONFIDENCE_DPI_PARTIAL_CACHE.into(),
        NDPI_SYS_CONFIDENCE_DPI_CACHE.into(),
        NDPI_SYS_CONFIDENCE_DPI.into(),
        NDPI_SYS_CONFIDENCE_BY_IP.into(),
        NDPI_SYS_CONFIDENCE_DPI_AGGRESSIVE.into(),
        NDPI_SYS_CONFIDENCE_CUSTOM_RULE.into(),
        NDPI_SYS_CONFIDENCE_OTHER.into(),
        NDPI_SYS_FAMILY_OTHER.into(),
        NDPI_SYS_FAMILY_DHCP.into(),
        NDPI_SYS_FAMILY_HTTP.into(),
        NDPI_SYS_FAMILY_SSH.into(),
        NDPI_SYS_FAMILY_TLS.into(),
        NDPI_SYS_WRONG_FLOW_SIZE,
        NDPI_SYS_WRONG_VERSION,
        NDPI_SYS_WRONG_API_VERSION,
        NDPI_SYS_HAS_JA3_CLIENT.try_into().unwrap(),
        NDPI_SYS_HAS_JA4_CLIENT.try_into().unwrap(),
        NDPI_SYS_HAS_SET_CONFIG.try_into().unwrap(),
        NDPI_SYS_HAS_TCP_FINGERPRINT.try_into().unwrap(),
        NDPI_SYS_NEEDS_LICENCE.try_into().unwrap(),
        NDPI_SYS_LICENCE_NONE.try_into().unwrap(),
        NDPI_SYS_LICENCE_NOT_FOR_PROFIT.try_into().unwrap(),
        NDPI_SYS_LICENCE_FOR_PROFIT_WITH_LICENCE.try_into().unwrap(),
        NDPI_SYS_LICENCE_FOR_PROFIT_WITHOUT_LICENCE
            .try_into()
            .unwrap(),
        NDPI_SYS_UNSUPPORTED,
        NDPI_SYS_TEXT_SERVER_NAME.try_into().unwrap(),
        NDPI_SYS_TEXT_URL.try_into().unwrap(),
        NDPI_SYS_TEXT_USER_AGENT.try_into().unwrap(),
        NDPI_SYS_TEXT_CONTENT_TYPE.try_into().unwrap(),
        NDPI_SYS_TEXT_JA3_CLIENT.try_into().unwrap(),
        NDPI_SYS_TEXT_JA3_SERVER.try_into().unwrap(),
        NDPI_SYS_TEXT_JA4_CLIENT.try_into().unwrap(),
        NDPI_SYS_TEXT_HASSH_CLIENT.try_into().unwrap(),
        NDPI_SYS_TEXT_HASSH_SERVER.try_into().unwrap(),
        NDPI_SYS_TEXT_DHCP_FINGERPRINT.try_into().unwrap(),
        NDPI_SYS_TEXT_ALPN.try_into().unwrap(),
        NDPI_SYS_TEXT_TCP_FINGERPRINT.try_into().unwrap(),
        NDPI_SYS_PACKET_MAX.try_into().unwrap(),
        NDPI_SYS_FLOW_ALIGNMENT.try_into().unwrap(),
    ];
    let mut theirs = [0; 64];
    // SAFETY: the pointer and the length are those of one array.
    let count = unsafe { ndpi_sys_layout(theirs.as_mut_ptr(), theirs.len()) };
    assert_eq!(theirs[..count], ours);
}

#[test]
fn names_a_dns_query() {
    let mut module = Module::new();
    let mut flow = Flow::new();
    let query = udp(&Ipv4::new(17), 40_000, 53, &dns_query("www.example.org"));
    assert!(flow.process(&mut module, &query, 1));
    assert_eq!(flow.result.unknown, 0);
    assert_eq!(module.application_name(&flow.result), "DNS");
    assert_eq!(
        flow.text(&mut module, NDPI_SYS_TEXT_SERVER_NAME).as_deref(),
        Some(&b"www.example.org"[..])
    );
    assert_eq!(flow.result.confidence, NDPI_SYS_CONFIDENCE_DPI);
    assert_eq!(flow.result.guessed, 0);
    assert_eq!(flow.result.family, NDPI_SYS_FAMILY_OTHER);
}

#[test]
fn reads_what_an_http_request_says() {
    let mut module = Module::new();
    let mut flow = Flow::new();
    http(&mut module, &mut flow);
    assert_eq!(module.application_name(&flow.result), "HTTP");
    assert_eq!(flow.result.family, NDPI_SYS_FAMILY_HTTP);
    assert_eq!(
        flow.text(&mut module, NDPI_SYS_TEXT_SERVER_NAME).as_deref(),
        Some(&b"www.example.org"[..])
    );
    assert_eq!(
        flow.text(&mut module, NDPI_SYS_TEXT_URL).as_deref(),
        Some(&b"www.example.org/index"[..])
    );
    assert_eq!(
        flow.text(&mut module, NDPI_SYS_TEXT_USER_AGENT).as_deref(),
        Some(&b"test/1.0"[..])
    );
    // The members of other protocols are not read.
    for which in [
        NDPI_SYS_TEXT_JA3_SERVER,
        NDPI_SYS_TEXT_HASSH_CLIENT,
        NDPI_SYS_TEXT_DHCP_FINGERPRINT,
        NDPI_SYS_TEXT_ALPN,
    ] {
        assert_eq!(flow.text(&mut module, which), None);
    }
    assert_eq!(flow.text(&mut module, 1000), None);
}

/// A connection as far as its first request.
fn http(module: &mut Module, flow: &mut Flow) {
    let ip = Ipv4::new(6);
    let request = b"GET /index HTTP/1.1\r\nHost: www.example.org\r\nUser-Agent: test/1.0\r\n\r\n";
    handshake(module, flow, 40_000, 80);
    assert!(flow.process(
        module,
        &tcp(
            &ip,
            Direction::Request,
            40_000,
            80,
            (101, 501),
            0x18,
            request
        ),
        3
    ));
}

fn handshake(module: &mut Module, flow: &mut Flow, client: u16, server: u16) {
    let ip = Ipv4::new(6);
    assert!(flow.process(
        module,
        &tcp(&ip, Direction::Request, client, server, (100, 0), 0x02, b""),
        1
    ));
    assert!(flow.process(
        module,
        &tcp(
            &ip,
            Direction::Response,
            client,
            server,
            (500, 101),
            0x12,
            b""
        ),
        2
    ));
    assert!(flow.process(
        module,
        &tcp(
            &ip,
            Direction::Request,
            client,
            server,
            (101, 501),
            0x10,
            b""
        ),
        2
    ));
}

#[test]
fn reads_what_a_tls_client_says() {
    let mut module = Module::new();
    let mut flow = Flow::new();
    handshake(&mut module, &mut flow, 40_000, 443);
    let hello = tls_client_hello("www.example.org");
    let packet = tcp(
        &Ipv4::new(6),
        Direction::Request,
        40_000,
        443,
        (101, 501),
        0x18,
        &hello,
    );
    assert!(flow.process(&mut module, &packet, 3));
    assert_eq!(module.application_name(&flow.result), "TLS");
    assert_eq!(flow.result.family, NDPI_SYS_FAMILY_TLS);
    assert_eq!(flow.result.confidence, NDPI_SYS_CONFIDENCE_DPI);
    assert_eq!(
        flow.text(&mut module, NDPI_SYS_TEXT_SERVER_NAME).as_deref(),
        Some(&b"www.example.org"[..])
    );
    assert_eq!(
        flow.text(&mut module, NDPI_SYS_TEXT_ALPN).as_deref(),
        Some(&b"h2,http/1.1"[..])
    );
    assert_eq!(flow.text(&mut module, NDPI_SYS_TEXT_HASSH_CLIENT), None);

    let capabilities = ndpi_sys_capabilities();
    let ja3 = flow
        .text(&mut module, NDPI_SYS_TEXT_JA3_CLIENT)
        .map(|text| text.len());
    assert_eq!(
        ja3,
        (capabilities & NDPI_SYS_HAS_JA3_CLIENT != 0).then_some(32)
    );
    let ja4 = flow
        .text(&mut module, NDPI_SYS_TEXT_JA4_CLIENT)
        .map(|text| text.len());
    assert_eq!(
        ja4,
        (capabilities & NDPI_SYS_HAS_JA4_CLIENT != 0).then_some(36)
    );

    // The same label, but not by the dissector: its pointers are not followed.
    flow.result.confidence = NDPI_SYS_CONFIDENCE_BY_PORT;
    assert_eq!(flow.text(&mut module, NDPI_SYS_TEXT_ALPN), None);
}

#[test]
fn a_released_block_is_as_good_as_new() {
    let mut fresh_module = Module::new();
    let mut fresh = Flow::new();
    let query = udp(&Ipv4::new(17), 40_000, 53, &dns_query("www.example.org"));
    assert!(fresh.process(&mut fresh_module, &query, 5));

    let mut module = Module::new();
    let mut pooled = Flow::new();
    http(&mut module, &mut pooled);
    pooled.release();
    assert!(pooled.is_zero());
    // Twice does no harm.
    pooled.release();
    assert!(pooled.process(&mut module, &query, 5));
    assert_eq!(pooled.result, fresh.result);
    for which in 0..=NDPI_SYS_TEXT_TCP_FINGERPRINT {
        assert_eq!(
            pooled.text(&mut module, which),
            fresh.text(&mut fresh_module, which)
        );
    }
}

#[test]
fn guesses_when_it_gives_up() {
    let mut module = Module::new();
    let mut flow = Flow::new();
    assert!(flow.process(
        &mut module,
        &tcp(
            &Ipv4::new(6),
            Direction::Request,
            40_000,
            22,
            (100, 0),
            0x02,
            b""
        ),
        1
    ));
    assert_eq!(
        (flow.result.unknown, flow.result.more, flow.result.guessed),
        (1, 1, 0)
    );
    flow.give_up(&mut module);
    assert_eq!(module.application_name(&flow.result), "SSH");
    assert_eq!((flow.result.unknown, flow.result.guessed), (0, 1));
    assert_eq!(flow.result.confidence, NDPI_SYS_CONFIDENCE_BY_PORT);
    // A label by port over a union that no dissector wrote: nothing to read.
    assert_eq!(flow.result.family, NDPI_SYS_FAMILY_SSH);
    assert_eq!(flow.text(&mut module, NDPI_SYS_TEXT_HASSH_CLIENT), None);
}

/// nDPI 4.2 looks at the ports of a flow that it knows for `BitTorrent` from its cache, and dies where the packet has no TCP
/// header. Without the guard this test ends in a segmentation fault.
#[test]
fn refuses_what_crashes_a_bittorrent_flow() {
    let mut module = Module::new();
    let ip = Ipv4::new(6);

    // A first flow puts the two hosts into the cache.
    let mut first = Flow::new();
    let mut greeting = b"\x13BitTorrent protocol".to_vec();
    greeting.resize(68, 1);
    handshake(&mut module, &mut first, 40_000, 6899);
    assert!(first.process(
        &mut module,
        &tcp(
            &ip,
            Direction::Request,
            40_000,
            6899,
            (101, 501),
            0x18,
            &greeting
        ),
        3
    ));
    assert!(
        module
            .application_name(&first.result)
            .contains("BitTorrent")
    );

    // A second one is looked up there after eight packets, and then asks for three more.
    let mut second = Flow::new();
    handshake(&mut module, &mut second, 40_100, 6899);
    let mut sequence = 101;
    for time_ms in 0..9 {
        let data = tcp(
            &ip,
            Direction::Request,
            40_100,
            6899,
            (sequence, 501),
            0x18,
            b"\x01\x82\x03\x84zzzz",
        );
        assert!(second.process(&mut module, &data, 10 + time_ms));
        sequence += 8;
    }
    if version() == 4002 {
        assert!(
            module
                .application_name(&second.result)
                .contains("BitTorrent")
        );
        assert_eq!(second.result.more, 1);
    }
    let before = second.result;

    let whole = tcp(
        &ip,
        Direction::Response,
        40_100,
        6899,
        (501, sequence),
        0x18,
        b"zzzz",
    );
    let mut options_past_the_end = whole.clone();
    options_past_the_end[32] = 0xf0;
    let mut no_room_for_the_header = whole.clone();
    no_room_for_the_header[32] = 0x40;
    let mut cut = whole.clone();
    cut.truncate(30);
    cut[3] = 30;
    let mut cut_by_ip = whole.clone();
    cut_by_ip[3] = 39;
    let mut icmp = whole.clone();
    icmp[9] = 1;
    let mut udp = whole;
    udp[9] = 17;
    for packet in [
        options_past_the_end,
        no_room_for_the_header,
        cut,
        cut_by_ip,
        icmp,
        udp,
    ] {
        assert!(!second.process(&mut module, &packet, 20), "{packet:02x?}");
        assert_eq!(second.result, before);
    }
}

#[test]
fn refuses_what_is_no_packet() {
    let mut module = Module::new();
    let mut flow = Flow::new();
    let query = udp(&Ipv4::new(17), 40_000, 53, &dns_query("www.example.org"));
    assert!(!flow.process(&mut module, &[], 1));
    assert!(!flow.process(&mut module, &query[..19], 1));
    // The UDP header is cut, for IP agrees with the length.
    let mut short = query[..24].to_vec();
    short[2..4].copy_from_slice(&24_u16.to_be_bytes());
    assert!(!flow.process(&mut module, &short, 1));
    // SAFETY: everything but the packet is alive; null is what is tested.
    let refused = unsafe {
        ndpi_sys_process(
            module.as_ptr(),
            flow.as_ptr(),
            ptr::null(),
            query.len(),
            1,
            &raw mut flow.result,
        )
    };
    assert_eq!(refused, 0);
    assert_eq!(flow.result, ndpi_sys_result::default());
    assert!(flow.is_zero());
}

#[test]
fn looks_at_the_first_bytes_of_a_huge_packet() {
    let mut module = Module::new();
    let mut flow = Flow::new();
    let mut query = udp(&Ipv4::new(17), 40_000, 53, &dns_query("www.example.org"));
    query.resize(NDPI_SYS_PACKET_MAX + 1000, 0xff);
    assert!(flow.process(&mut module, &query, 1));
    assert_eq!(module.application_name(&flow.result), "DNS");
}

#[test]
fn has_no_name_out_of_range() {
    let module = Module::new();
    // SAFETY: the module is alive.
    let protocols = unsafe { ndpi_sys_module_protocols(module.as_ptr()) };
    assert!(protocols > 200, "{protocols}");
    let past = u16::try_from(protocols).unwrap();
    for id in 0..past {
        // SAFETY: the module is alive.
        let name = unsafe { ndpi_sys_protocol_name(module.as_ptr(), id) };
        assert!(!name.is_null(), "{id}");
    }
    for id in [past, u16::MAX] {
        // SAFETY: the module is alive.
        assert!(unsafe { ndpi_sys_protocol_name(module.as_ptr(), id) }.is_null());
        // SAFETY: the module is alive.
        let category = unsafe { ndpi_sys_protocol_category(module.as_ptr(), id) };
        assert_eq!(category, 0);
    }
    // SAFETY: the module is alive.
    assert!(!unsafe { ndpi_sys_category_name(module.as_ptr(), 0) }.is_null());
    // SAFETY: the module is alive.
    assert!(unsafe { ndpi_sys_category_name(module.as_ptr(), u16::MAX) }.is_null());
    let categories = u16::try_from(ndpi_sys_categories()).unwrap();
    for (category, is_there) in [(categories - 1, true), (categories, false)] {
        // SAFETY: the module is alive.
        let name = unsafe { ndpi_sys_category_name(module.as_ptr(), category) };
        assert_eq!(!name.is_null(), is_there, "{category}");
    }

    let risks = ndpi_sys_risks();
    for bit in 1..risks {
        let name = ndpi_sys_risk_name(bit);
        assert!(!name.is_null(), "{bit}");
        // SAFETY: a string of the library's.
        let name = unsafe { CStr::from_ptr(name) };
        // Out of the one buffer, which nobody may keep.
        assert_ne!(name.to_str().unwrap(), bit.to_string());
    }
    for bit in [0, risks, u32::MAX] {
        assert!(ndpi_sys_risk_name(bit).is_null(), "{bit}");
    }
}

#[test]
fn cuts_a_name_that_does_not_fit() {
    let mut module = Module::new();
    let mut flow = Flow::new();
    let query = udp(&Ipv4::new(17), 40_000, 53, &dns_query("www.example.org"));
    assert!(flow.process(&mut module, &query, 1));
    let mut buffer = [1; 3];
    // SAFETY: the module and the result are alive; the capacity is below that of the buffer.
    let length = unsafe {
        ndpi_sys_application_name(
            module.as_ptr(),
            &raw const flow.result,
            buffer.as_mut_ptr(),
            2,
        )
    };
    assert!(length < 2);
    assert_eq!((buffer[length], buffer[2]), (0, 1));
    // SAFETY: nothing is written.
    let length = unsafe {
        ndpi_sys_application_name(module.as_ptr(), &raw const flow.result, ptr::null_mut(), 0)
    };
    assert_eq!(length, 0);
}

#[test]
fn sets_options_where_the_version_has_them() {
    let module = Module::unfinished();
    let _alone = alone();
    // SAFETY: the module is alive, the strings end in NUL; no other module is set up meanwhile.
    let set = unsafe {
        ndpi_sys_module_set(
            module.as_ptr(),
            c"dns".as_ptr(),
            c"subclassification".as_ptr(),
            c"enable".as_ptr(),
        )
    };
    let capable = ndpi_sys_capabilities() & NDPI_SYS_HAS_SET_CONFIG != 0;
    assert_eq!(capable, version() >= SET_CONFIG_SINCE);
    if !capable {
        assert_eq!(set, NDPI_SYS_UNSUPPORTED);
    }
}

#[test]
fn says_that_a_file_cannot_be_read() {
    let module = Module::unfinished();
    let _alone = alone();
    // SAFETY: the module is alive, the path ends in NUL; no other module is set up meanwhile.
    let loaded =
        unsafe { ndpi_sys_module_load_protocols(module.as_ptr(), c"/nonexistent".as_ptr()) };
    assert!(loaded < 0);
    // SAFETY: the module is alive, the path ends in NUL; no other module is set up meanwhile.
    let loaded =
        unsafe { ndpi_sys_module_load_categories(module.as_ptr(), c"/nonexistent".as_ptr()) };
    assert!(loaded < 0);
}

#[test]
fn takes_no_block_that_is_too_small_or_not_aligned() {
    let size = ndpi_sys_flow_size();
    let mut memory = vec![0_u128; size / 16 + 2];
    let block = memory.as_mut_ptr().cast();
    // SAFETY: the capacity is below that of the block.
    assert_eq!(unsafe { ndpi_sys_flow_init(block, size - 1) }, -1);
    // SAFETY: the block is that large.
    assert_eq!(unsafe { ndpi_sys_flow_init(block, size) }, 0);
    let odd = memory.as_mut_ptr().cast::<u8>().wrapping_add(8).cast();
    // SAFETY: 8 bytes into the block there are as many left.
    assert_eq!(unsafe { ndpi_sys_flow_init(odd, size) }, -1);
    // SAFETY: null is what is tested.
    assert_eq!(unsafe { ndpi_sys_flow_init(ptr::null_mut(), size) }, -1);
}
