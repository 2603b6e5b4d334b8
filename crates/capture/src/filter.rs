//! Filters in libpcap's language, on any source.

use std::collections::{BTreeMap, VecDeque};

use nfstream_decode::{Frame, LinkType};
use pcap::{Capture, Linktype};

use crate::bpf::{self, Instruction};
use crate::{
    CaptureStats, FrameLocation, Frames, OwnedFrames, PacketSource, Received, UnknownBlock,
};

/// The link types for which an expression is tried when it is given: the first that accepts it will do.
const TRIED: [LinkType; 6] = [
    LinkType::ETHERNET,
    LinkType::RAW,
    LinkType::LINUX_SLL2,
    LinkType::IEEE802_11_RADIOTAP,
    LinkType::PPP,
    LinkType::NULL,
];

/// How many link types that the expression cannot be applied to a source tells one by one.
const TOLD: u64 = 3;

/// A filter expression, as in pcap-filter(7).
///
/// libpcap compiles it for each link type that turns up, with its optimiser; the program runs here. `len`, `greater` and
/// `less` look at the length on the wire. BSD loopback headers are taken to be in this system's byte order. There is no
/// netmask, so that `ip broadcast` finds 255.255.255.255 and 0.0.0.0 and no subnet's broadcast address.
///
/// ```
/// use nfstream_capture::Filter;
///
/// assert!(Filter::new("tcp port 443").is_ok());
/// assert!(Filter::new("tcp prot 443").is_err());
/// ```
#[derive(Clone, Debug)]
pub struct Filter {
    expression: String,
    /// One program for the number of each link type seen; `None` where libpcap has none.
    programs: BTreeMap<u16, Option<Vec<Instruction>>>,
}

/// A filter expression that libpcap refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FilterError {
    /// It is wrong for every link type.
    #[error(
        "filter `{expression}` is refused by libpcap: {message}; see pcap-filter(7) for what is right"
    )]
    Refused {
        /// The expression.
        expression: String,
        /// What libpcap says of it.
        message: String,
    },
    /// It cannot be applied to one link type. All frames of that type are filtered out.
    #[error(
        "filter `{expression}` cannot be applied to link type {}: {message}; all its packets are filtered out", .link_type.0
    )]
    LinkType {
        /// The expression.
        expression: String,
        /// The link type.
        link_type: LinkType,
        /// What libpcap says of it.
        message: String,
    },
    /// It cannot be applied to more link types than those that have been told.
    #[error(
        "filter `{expression}` cannot be applied to {link_types} further link types; all their packets are filtered out"
    )]
    FurtherLinkTypes {
        /// The expression.
        expression: String,
        /// How many.
        link_types: u64,
    },
}

impl Filter {
    /// A filter of this expression. The empty one matches everything.
    ///
    /// # Errors
    ///
    /// No link type accepts the expression; the message is what libpcap says of it for Ethernet.
    pub fn new(expression: impl Into<String>) -> Result<Self, FilterError> {
        let expression = expression.into();
        let mut refusal = None;
        for link_type in TRIED {
            match compile(&expression, link_type) {
                Ok(program) => {
                    return Ok(Self {
                        expression,
                        programs: BTreeMap::from([(link_type.0, Some(program))]),
                    });
                }
                Err(message) => refusal = refusal.or(Some(message)),
            }
        }
        Err(FilterError::Refused {
            expression,
            message: refusal.unwrap_or_default(),
        })
    }

    /// The expression.
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// Whether the frame matches.
    ///
    /// # Errors
    ///
    /// The first frame of a link type that the expression cannot be applied to. Later frames of that type do not match.
    pub fn matches(&mut self, frame: &Frame<'_>) -> Result<bool, FilterError> {
        if let Some(program) = self.programs.get(&frame.link_type.0) {
            return Ok(program
                .as_ref()
                .is_some_and(|program| bpf::accepts(program, frame.data, frame.wire_len)));
        }
        match compile(&self.expression, frame.link_type) {
            Ok(program) => {
                self.programs.insert(frame.link_type.0, Some(program));
                self.matches(frame)
            }
            Err(message) => {
                self.programs.insert(frame.link_type.0, None);
                Err(FilterError::LinkType {
                    expression: self.expression.clone(),
                    link_type: frame.link_type,
                    message,
                })
            }
        }
    }
}

/// A source without the frames that a filter takes away.
///
/// A window of which nothing matches is lent empty. Frames of a link type that the expression cannot be applied to are
/// filtered out; that is told once for each of the first three such link types, and by number for the others when the
/// source ends.
#[derive(Debug)]
pub struct Filtered<S> {
    source: S,
    /// The frames of the window that match.
    index: Vec<FrameLocation>,
    sieve: Sieve,
}

/// The filter, and what became of the frames.
#[derive(Debug)]
struct Sieve {
    filter: Filter,
    /// What is to be told behind the window.
    pending: VecDeque<FilterError>,
    /// Link types that the filter cannot be applied to.
    refused: u64,
    taken_away: u64,
}

/// What can go wrong in a filtered source.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FilteredError<E> {
    /// The source failed.
    #[error(transparent)]
    Source(E),
    /// The filter cannot be applied.
    #[error(transparent)]
    Filter(FilterError),
}

impl<S: PacketSource> Filtered<S> {
    /// The frames of `source` that match `filter`.
    pub fn new(source: S, filter: Filter) -> Self {
        Self {
            source,
            index: Vec::new(),
            sieve: Sieve {
                filter,
                pending: VecDeque::new(),
                refused: 0,
                taken_away: 0,
            },
        }
    }

    /// The source.
    pub fn get_ref(&self) -> &S {
        &self.source
    }
}

impl<S: PacketSource> PacketSource for Filtered<S> {
    type Error = FilteredError<S::Error>;

    fn receive(&mut self) -> Result<Received<'_>, Self::Error> {
        self.sieve.tell().map_err(FilteredError::Filter)?;
        self.index.clear();
        let frames = match self.source.receive().map_err(FilteredError::Source)? {
            Received::Frames(frames) => frames,
            Received::Idle(now) => return Ok(Received::Idle(now)),
            Received::End => {
                self.sieve.tell_further().map_err(FilteredError::Filter)?;
                return Ok(Received::End);
            }
        };
        for (location, frame) in frames.locations().iter().zip(frames.iter()) {
            if self.sieve.keeps(&frame) {
                self.index.push(*location);
            }
        }
        Ok(Received::Frames(Frames::new(frames.buffer(), &self.index)))
    }

    fn receive_into<'w>(
        &mut self,
        window: &'w mut OwnedFrames,
    ) -> Result<Received<'w>, Self::Error> {
        window.clear();
        self.sieve.tell().map_err(FilteredError::Filter)?;
        match self
            .source
            .receive_into(window)
            .map_err(FilteredError::Source)?
        {
            Received::Frames(_) => {
                window.retain(|frame| self.sieve.keeps(frame));
                Ok(Received::Frames(window.frames()))
            }
            Received::Idle(now) => Ok(Received::Idle(now)),
            Received::End => {
                self.sieve.tell_further().map_err(FilteredError::Filter)?;
                Ok(Received::End)
            }
        }
    }

    fn stop(&mut self) -> bool {
        self.source.stop()
    }

    fn never_waits(&self) -> bool {
        self.source.never_waits()
    }

    fn stats(&self) -> CaptureStats {
        let mut stats = self.source.stats();
        stats.packets_filtered += self.sieve.taken_away;
        stats
    }

    fn unknown_blocks(&self) -> &[UnknownBlock] {
        self.source.unknown_blocks()
    }
}

impl Sieve {
    /// Whether the frame stays.
    fn keeps(&mut self, frame: &Frame<'_>) -> bool {
        let matches = self.filter.matches(frame).unwrap_or_else(|error| {
            self.refused += 1;
            if self.refused <= TOLD {
                self.pending.push_back(error);
            }
            false
        });
        self.taken_away += u64::from(!matches);
        matches
    }

    /// Tells what is to be told next.
    fn tell(&mut self) -> Result<(), FilterError> {
        self.pending.pop_front().map_or(Ok(()), Err)
    }

    /// Tells what is to be told at the end, once.
    fn tell_further(&mut self) -> Result<(), FilterError> {
        match self.refused.saturating_sub(TOLD) {
            0 => Ok(()),
            link_types => {
                self.refused = TOLD;
                Err(FilterError::FurtherLinkTypes {
                    expression: self.filter.expression.clone(),
                    link_types,
                })
            }
        }
    }
}

/// Lets libpcap compile; the error is its text.
fn compile(expression: &str, link_type: LinkType) -> Result<Vec<Instruction>, String> {
    // For a capture file libpcap takes IPv6 over BSD loopback for what any system wrote, else for what this system would.
    let program = match offline(link_type) {
        Some(handle) => handle.compile(expression, true),
        None => Capture::dead(Linktype(dlt(link_type)))
            .and_then(|handle| handle.compile(expression, true)),
    };
    let program = program.map_err(|error| match error {
        pcap::Error::PcapError(text) => text,
        other => other.to_string(),
    })?;
    // The fields of an instruction are private; its text holds them all.
    program
        .get_instructions()
        .iter()
        .map(|instruction| {
            let instruction = instruction.to_string();
            Instruction::parse(&instruction).ok_or(format!(
                "libpcap compiled to an unknown instruction: {instruction}"
            ))
        })
        .collect()
}

/// libpcap's handle of a capture file without packets, which it reads from a pipe; `None` where pipes have no path.
#[cfg(unix)]
fn offline(link_type: LinkType) -> Option<Capture<pcap::Offline>> {
    use std::io::Write;
    use std::os::fd::AsRawFd;

    let (read, mut write) = std::io::pipe().ok()?;
    // Magic number, version 2.4, time zone and accuracy, snaplen, link type; in the byte order of this system.
    let mut header = Vec::with_capacity(24);
    header.extend(0xa1b2_c3d4_u32.to_ne_bytes());
    header.extend([2_u16, 4].iter().flat_map(|version| version.to_ne_bytes()));
    let fields = [0_u32, 0, 262_144, link_type.0.into()];
    header.extend(fields.iter().flat_map(|field| field.to_ne_bytes()));
    write.write_all(&header).ok()?;
    // The writing end stays open, or libpcap would wait for one.
    Capture::from_file(format!("/dev/fd/{}", read.as_raw_fd())).ok()
}

#[cfg(not(unix))]
fn offline(_: LinkType) -> Option<Capture<pcap::Offline>> {
    None
}

/// libpcap's number for a link type on this system.
///
/// # Source
///
/// `pcap-common.c` of libpcap, `linktype_to_dlt`, and `pcap/dlt.h`.
fn dlt(link_type: LinkType) -> i32 {
    match link_type.0 {
        100 => 11,
        101 if cfg!(target_os = "openbsd") => 14,
        101 => 12,
        102 => 15,
        103 => 16,
        106 => 19,
        other => other.into(),
    }
}

#[cfg(test)]
mod tests;
