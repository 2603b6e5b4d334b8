//! What one end has sent so far.

use core::time::Duration;

use nfstream_decode::{TcpFlags, TcpHeader, Timestamp};

use super::options::SynOptions;
use super::round_trip::RoundTrip;
use super::sequence::{is_before, is_within_window};

/// How many gaps of one direction are known at a time.
const MAX_GAPS: usize = 4;

/// How far before the first packet that was seen another may begin that was sent before it: a window that is not scaled.
const BEFORE_FIRST: u32 = 1 << 16;

/// What is taken for the round trip where the handshake was not seen, as Wireshark does.
const UNKNOWN_ROUND_TRIP: Duration = Duration::from_millis(3);

/// A TCP packet.
pub(super) struct Segment<'a> {
    pub(super) time: Timestamp,
    pub(super) flags: TcpFlags,
    /// As the IP header has it, captured or not.
    pub(super) payload_size: u32,
    pub(super) header: TcpHeader<'a>,
}

/// One end of a connection, by what it sends.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sender {
    pub(super) counts: Counts,
    round_trip: RoundTrip,
    /// Known from the first packet on.
    position: Option<Position>,
    gaps: [Gap; MAX_GAPS],
    syn: Option<Syn>,
    last_ack: Option<Ack>,
}

/// What is counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) retransmitted_packets: u64,
    pub(super) retransmitted_bytes: u64,
    pub(super) out_of_order_packets: u64,
    pub(super) zero_window_packets: u64,
    pub(super) duplicate_acks: u64,
}

/// Where the sender is.
#[derive(Clone, Copy, Debug)]
struct Position {
    /// The number behind everything that it has sent.
    next: u32,
    /// The number behind everything that the other end has acknowledged.
    acknowledged: u32,
}

/// A range of numbers that was passed over when others came: empty where `start` is `end`.
#[derive(Clone, Copy, Debug, Default)]
struct Gap {
    start: u32,
    end: u32,
    since: Timestamp,
}

/// The SYN of the connection.
#[derive(Clone, Copy, Debug)]
struct Syn {
    sequence_number: u32,
    window: u16,
    options: SynOptions,
}

/// An acknowledgment that it has sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ack {
    number: u32,
    window: u16,
}

impl Segment<'_> {
    fn has(&self, flag: TcpFlags) -> bool {
        self.flags.contains(flag)
    }

    /// SYN, FIN or RST.
    fn is_control(&self) -> bool {
        [TcpFlags::SYN, TcpFlags::FIN, TcpFlags::RST]
            .iter()
            .any(|flag| self.has(*flag))
    }

    /// As keep-alives and probes are.
    fn is_single_byte(&self) -> bool {
        self.payload_size == 1 && !self.is_control()
    }

    fn start(&self) -> u32 {
        self.header.sequence_number
    }

    /// The numbers that it takes: SYN and FIN take one each (RFC 9293 §3.4).
    fn length(&self) -> u32 {
        let control = u32::from(self.has(TcpFlags::SYN)) + u32::from(self.has(TcpFlags::FIN));
        self.payload_size.saturating_add(control)
    }
}

impl Sender {
    /// The window of the SYN, which is never scaled (RFC 7323 §2.2).
    pub(super) fn initial_window(&self) -> Option<u16> {
        self.syn.map(|syn| syn.window)
    }

    pub(super) fn options(&self) -> SynOptions {
        self.syn.map(|syn| syn.options).unwrap_or_default()
    }

    pub(super) fn round_trip(&self) -> &RoundTrip {
        &self.round_trip
    }

    /// The other end acknowledges what this one has sent.
    pub(super) fn acknowledged(&mut self, segment: &Segment<'_>) {
        let number = segment.header.acknowledgment_number;
        let Some(position) = &mut self.position else {
            return;
        };
        // What acknowledges more than was seen may be forged, or come too early.
        let is_of_what_was_sent = !is_before(position.next, number);
        if is_of_what_was_sent && is_before(position.acknowledged, number) {
            position.acknowledged = number;
            self.round_trip.acknowledged(number, segment.time);
        }
    }

    /// It sends a segment to `receiver`. `round_trip` is that of the handshake, in nanoseconds.
    pub(super) fn sends(
        &mut self,
        segment: &Segment<'_>,
        receiver: &Self,
        round_trip: Option<u64>,
    ) {
        if segment.has(TcpFlags::RST) {
            return;
        }
        if segment.has(TcpFlags::SYN) {
            self.meets(segment);
        }
        let window = segment.header.window;
        self.counts.zero_window_packets += u64::from(window == 0 && !segment.is_control());
        if segment.has(TcpFlags::ACK) {
            self.acknowledges(segment, receiver);
        }
        self.moves(segment, receiver, round_trip);
    }

    /// A SYN begins the connection, again or another one.
    fn meets(&mut self, segment: &Segment<'_>) {
        let is_known = |syn: &Syn| syn.sequence_number == segment.start();
        if self.syn.as_ref().is_some_and(is_known) {
            return;
        }
        self.position = None;
        self.gaps = [Gap::default(); MAX_GAPS];
        self.round_trip.discard();
        let first = self.syn;
        self.syn = Some(Syn {
            sequence_number: segment.start(),
            window: first.map_or(segment.header.window, |syn| syn.window),
            options: first.map_or_else(
                || SynOptions::read(segment.header.options),
                |syn| syn.options,
            ),
        });
    }

    /// Counts duplicate acknowledgments: those without payload, SYN or FIN that repeat the one before, window included, while data
    /// is on its way (RFC 5681 §2).
    fn acknowledges(&mut self, segment: &Segment<'_>, receiver: &Self) {
        let ack = Ack {
            number: segment.header.acknowledgment_number,
            window: segment.header.window,
        };
        let is_outstanding = |position: Position| is_before(ack.number, position.next);
        let is_duplicate = segment.length() == 0
            && self.last_ack == Some(ack)
            && receiver.position.is_some_and(is_outstanding);
        self.counts.duplicate_acks += u64::from(is_duplicate);
        self.last_ack = Some(ack);
    }

    /// The segment takes sequence numbers: new ones, or some that others have passed over or had. One that takes none tells
    /// what was sent before it.
    fn moves(&mut self, segment: &Segment<'_>, receiver: &Self, round_trip: Option<u64>) {
        let start = segment.start();
        let end = start.wrapping_add(segment.length());
        let Some(position) = self.position else {
            self.begins(segment, end);
            return;
        };
        let next = position.next;
        if !is_within_window(start, next) || position.is_probed(segment, receiver) {
            return;
        }
        if !is_before(start, next) {
            self.proceeds(end);
            if start != next {
                self.gap(next, start, segment.time);
            }
            self.measure(segment, end);
        } else if segment.length() > 0 {
            if is_before(next, end) {
                self.proceeds(end);
            }
            self.round_trip.discard();
            let round_trip = round_trip.map_or(UNKNOWN_ROUND_TRIP, Duration::from_nanos);
            if self.fill(start, end, segment.time, round_trip) {
                self.counts.out_of_order_packets += 1;
            } else {
                self.counts.retransmitted_packets += 1;
                let before = next.wrapping_sub(start).min(segment.payload_size);
                self.counts.retransmitted_bytes += u64::from(before);
            }
        }
    }

    /// The first segment of the connection that is seen.
    fn begins(&mut self, segment: &Segment<'_>, end: u32) {
        // A single byte in a connection that was not seen before is rather a keep-alive than data.
        let acknowledged = if segment.is_single_byte() {
            end
        } else {
            segment.start()
        };
        self.position = Some(Position {
            next: end,
            acknowledged,
        });
        if !segment.has(TcpFlags::SYN) {
            // What was sent before it may come late.
            let start = segment.start();
            self.gap(start.wrapping_sub(BEFORE_FIRST), start, segment.time);
        }
        self.measure(segment, end);
    }

    fn proceeds(&mut self, next: u32) {
        if let Some(position) = &mut self.position {
            position.next = next;
        }
    }

    /// Has the round trip of a SYN or of payload measured.
    fn measure(&mut self, segment: &Segment<'_>, end: u32) {
        if segment.has(TcpFlags::SYN) {
            // Data that comes with it may be acknowledged later (RFC 7413).
            let behind = segment.start().wrapping_add(1);
            self.round_trip.sent(behind, true, segment.time);
        } else if segment.payload_size > 0 {
            self.round_trip.sent(end, false, segment.time);
        }
    }

    /// Remembers a gap, in the place of an empty or else of the oldest one.
    fn gap(&mut self, start: u32, end: u32, since: Timestamp) {
        let oldest = |gap: &&mut Gap| (gap.start != gap.end, gap.since);
        if let Some(place) = self.gaps.iter_mut().min_by_key(oldest) {
            *place = Gap { start, end, since };
        }
    }

    /// Takes a range out of the gap that it lies in, if that was seen less than a round trip ago. Whether there was one.
    fn fill(&mut self, start: u32, end: u32, now: Timestamp, round_trip: Duration) -> bool {
        let holds = |gap: &&mut Gap| {
            let is_inside = !is_before(start, gap.start) && !is_before(gap.end, end);
            is_inside && now.saturating_since(gap.since) < round_trip
        };
        let Some(gap) = self.gaps.iter_mut().find(holds) else {
            return false;
        };
        let (before, since) = (gap.start, gap.since);
        gap.start = end;
        if before != start {
            self.gap(before, start, since);
        }
        true
    }
}

impl Position {
    /// Whether a segment brings no data, but has the receiver answer: a keep-alive, or a probe of its closed window.
    fn is_probed(self, segment: &Segment<'_>, receiver: &Sender) -> bool {
        let start = segment.start();
        let is_last = start == self.next.wrapping_sub(1);
        // Whose acknowledgments do not come by here cannot be told from one who sends his last byte again.
        let is_acknowledged = self.acknowledged == self.next || receiver.position.is_none();
        let is_closed = receiver.last_ack.is_some_and(|ack| ack.window == 0);
        let is_keep_alive = is_last && is_acknowledged;
        let is_window_probe = is_closed && (is_last || start == self.next);
        segment.is_single_byte() && (is_keep_alive || is_window_probe)
    }
}
