//! The parameters under which NFStream ran.

/// Parameters under which NFStream ran; its defaults for everything else, and one meter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Configuration {
    pub(crate) name: &'static str,
    pub(crate) accounting_mode: u8,
    pub(crate) decode_tunnels: bool,
    pub(crate) statistical_analysis: bool,
    /// Packets in the SPLT columns; 0 means that there are none.
    pub(crate) splt_analysis: u16,
    pub(crate) n_dissections: u8,
    pub(crate) idle_timeout_s: u64,
    pub(crate) active_timeout_s: u64,
    pub(crate) bpf_filter: Option<&'static str>,
}

impl Configuration {
    /// NFStream's defaults, without L7.
    const DEFAULT: Self = Self {
        name: "",
        accounting_mode: 0,
        decode_tunnels: true,
        statistical_analysis: false,
        splt_analysis: 0,
        n_dissections: 0,
        idle_timeout_s: 120,
        active_timeout_s: 1_800,
        bpf_filter: None,
    };

    /// Statistics and 20 packets of SPLT.
    const FULL: Self = Self {
        statistical_analysis: true,
        splt_analysis: 20,
        ..Self::DEFAULT
    };

    /// All that there are golden flows for.
    pub(crate) const ALL: [Self; 15] = [
        Self {
            name: "c0",
            ..Self::FULL
        },
        Self {
            name: "c1",
            accounting_mode: 1,
            ..Self::FULL
        },
        Self {
            name: "c2",
            accounting_mode: 2,
            ..Self::FULL
        },
        Self {
            name: "c3",
            accounting_mode: 3,
            ..Self::FULL
        },
        Self {
            name: "c4",
            decode_tunnels: false,
            splt_analysis: 0,
            ..Self::FULL
        },
        Self {
            name: "c5",
            idle_timeout_s: 1,
            active_timeout_s: 5,
            ..Self::FULL
        },
        Self {
            name: "c6",
            n_dissections: 20,
            ..Self::DEFAULT
        },
        Self {
            name: "c7",
            splt_analysis: 0,
            bpf_filter: Some("tcp"),
            ..Self::FULL
        },
        Self {
            name: "x0",
            splt_analysis: 5,
            idle_timeout_s: 0,
            active_timeout_s: 0,
            ..Self::FULL
        },
        Self {
            name: "x1",
            accounting_mode: 3,
            splt_analysis: 255,
            idle_timeout_s: 10,
            active_timeout_s: 1,
            ..Self::FULL
        },
        Self {
            name: "x2",
            bpf_filter: Some("udp port 53 or udp port 5353"),
            ..Self::DEFAULT
        },
        Self {
            name: "x3",
            bpf_filter: Some("ip6"),
            ..Self::DEFAULT
        },
        Self {
            name: "x4",
            bpf_filter: Some("vlan and ip"),
            ..Self::DEFAULT
        },
        Self {
            name: "x5",
            bpf_filter: Some("tcp[tcpflags] & (tcp-syn|tcp-fin|tcp-rst) != 0"),
            ..Self::DEFAULT
        },
        Self {
            name: "x6",
            n_dissections: 1,
            ..Self::DEFAULT
        },
    ];
}
