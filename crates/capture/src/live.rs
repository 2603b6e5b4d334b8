//! Frames as they come in on a network interface.

mod clock;
mod counters;
mod error;
mod interface;
mod limit;
#[cfg(target_os = "linux")]
mod socket;

use std::fmt;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Duration;

use nfstream_decode::{Frame, LinkType, Timestamp};
use nix::poll::{PollFd, PollFlags, poll};
use pcap::{Active, Capture, Precision};

use crate::{CaptureStats, OwnedFrames, PacketSource, Received};
use counters::Counters;
pub use error::LiveError;
pub use interface::{Interface, InterfaceInfo, interfaces};
use limit::PacketLimit;

/// The system shows packets when a block of its buffer is full, or after this time: soon enough for flows to end in time, and
/// seldom enough that a trickle of packets does not use the buffer up, block by block.
const BLOCK_TIMEOUT_MS: i32 = 40;
/// How old a packet is at most when the system shows it: it looks after a block once in a timeout, and shows it when it is
/// unchanged the second time.
const SETTLED_AFTER: Duration = Duration::from_millis(100);
/// How long to wait for packets before saying that there are none.
const TICK_MS: u8 = 40;
/// How many frames a window has at most, so that a flood of packets leaves time for other things.
const MOST_FRAMES: usize = 512;
/// How often the system's counters are read: often enough that 32 bits do not run over in between.
const COUNT_EVERY: Duration = Duration::from_millis(100);
/// After so many ticks without the packets that the system has received, they do not come.
const MOST_TICKS: u32 = 4;
/// A filter that matches nothing. The optimiser would refuse it.
const NOTHING: &str = "1 = 2";

/// Frames as they come in on a network interface: one socket of an [`Interface`].
///
/// A window holds what has come since the last one, up to 512 frames. Where nothing comes for 40 ms,
/// [`Received::Idle`] says so, with the time up to which everything has come: the wall clock less 100 ms, as the system
/// shows packets up to that late.
///
/// It ends when the interface goes away (an error tells), with the last packet that was asked for
/// ([`Interface::max_packets`]), or when it is told to [stop](PacketSource::stop). While an interface is down its capture
/// waits for it to come up again.
///
/// Times are those of the system's clock. Where that is set back, packets count as late until it has come to where it was, and
/// no flow ends by time.
pub struct LiveCapture {
    capture: Capture<Active>,
    interface: Box<str>,
    link_type: LinkType,
    window: OwnedFrames,
    counters: Counters,
    /// When the system's counters are to be read next.
    next_count: Timestamp,
    limit: Option<Arc<PacketLimit>>,
    ending: Ending,
}

/// How far a capture is from its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// It goes on.
    NotYet,
    /// It was stopped: so many frames are still to come (where it is not known how many, those until then), and so many
    /// ticks have passed without any.
    Stopped {
        remaining: Option<u64>,
        at: Timestamp,
        ticks: u32,
    },
    /// There is nothing more.
    Over,
}

impl LiveCapture {
    /// A socket that takes nothing in yet.
    fn prepare(interface: &Interface, limit: Option<Arc<PacketLimit>>) -> Result<Self, LiveError> {
        let name = interface.name();
        let failed = |error| LiveError::from_pcap(name, error);
        let mut capture = Capture::from_device(name)
            .map_err(failed)?
            .promisc(interface.is_promiscuous())
            .snaplen(interface.snaplen())
            .buffer_size(interface.buffer_bytes())
            .timeout(BLOCK_TIMEOUT_MS)
            .precision(Precision::Nano)
            .open()
            .and_then(Capture::setnonblock)
            .map_err(failed)?;
        capture.filter(NOTHING, false).map_err(failed)?;
        let link_type = u16::try_from(capture.get_datalink().0).unwrap_or(u16::MAX);
        Ok(Self {
            capture,
            interface: name.into(),
            link_type: LinkType(link_type),
            window: OwnedFrames::default(),
            counters: Counters::default(),
            next_count: Timestamp::EPOCH,
            limit,
            ending: Ending::NotYet,
        })
    }

    /// Throws away what came before the socket took nothing in; so long ago that the system has shown it.
    fn discard(&mut self) -> Result<(), LiveError> {
        while self.fill(MOST_FRAMES)? > 0 {}
        Ok(())
    }

    /// Takes packets in from now on, and counts from here.
    fn start(&mut self, interface: &Interface) -> Result<(), LiveError> {
        let stats = self.capture.stats().map_err(|error| self.error(error))?;
        self.counters = Counters::start(stats, interface.is_any());
        let filter = interface.filter_expression();
        let filtered = self.capture.filter(filter, true);
        filtered.map_err(|error| LiveError::of_filter(filter, error))
    }

    /// The interface's name.
    pub fn interface(&self) -> &str {
        &self.interface
    }

    /// Fills the window with what is there, up to so many frames; tells how many there are.
    fn fill(&mut self, most: usize) -> Result<usize, LiveError> {
        let Self {
            capture,
            window,
            link_type,
            ..
        } = self;
        window.clear();
        let taken = capture.dispatch(Some(most), |packet| {
            window.push(&Frame {
                timestamp: timestamp(packet.header.ts.tv_sec, packet.header.ts.tv_usec),
                link_type: *link_type,
                wire_len: packet.header.len,
                data: packet.data,
            });
        });
        taken.map_err(|error| self.error(error))?;
        Ok(self.window.frames().len())
    }

    /// Fills the window as [`fill`](Self::fill) does, but waits a tick for packets if there are none.
    fn fill_soon(&mut self, most: usize) -> Result<usize, LiveError> {
        let frames = self.fill(most)?;
        if frames > 0 {
            return Ok(frames);
        }
        // Where it is interrupted or fails, the next look for packets tells.
        let _ = poll(
            &mut [PollFd::new(self.capture.as_fd(), PollFlags::POLLIN)],
            TICK_MS,
        );
        self.fill(most)
    }

    /// How many frames the next window has at most; `None` behind the last one.
    fn wanted(&self) -> Option<usize> {
        match self.ending {
            Ending::NotYet => Some(MOST_FRAMES),
            Ending::Stopped {
                remaining, ticks, ..
            } if remaining != Some(0) && ticks < MOST_TICKS => {
                let remaining = remaining.and_then(|it| usize::try_from(it).ok());
                Some(remaining.map_or(MOST_FRAMES, |it| it.min(MOST_FRAMES)))
            }
            Ending::Stopped { .. } | Ending::Over => None,
        }
    }

    /// Fills the window, and tells how many frames it has; `None` behind the last one.
    fn next(&mut self) -> Result<Option<usize>, LiveError> {
        let Some(most) = self.wanted() else {
            return Ok(None);
        };
        let Some(limit) = self.limit.clone() else {
            return self.fill_soon(most).map(Some);
        };
        let Some(granted) = limit.reserve(most) else {
            return Ok(None);
        };
        let frames = self.fill_soon(granted);
        limit.settle(granted, *frames.as_ref().unwrap_or(&0));
        frames.map(Some)
    }

    /// Notes that so many frames have come.
    fn note(&mut self, frames: usize) {
        self.counters.read += frames as u64;
        self.counters.bytes += self.window.frames().buffer().len() as u64;
        if let Ending::Stopped {
            remaining,
            at,
            ticks,
        } = &mut self.ending
        {
            let newest = self.window.frames().locations().last();
            *remaining = match *remaining {
                Some(remaining) => Some(remaining.saturating_sub(frames as u64)),
                None => newest.filter(|it| it.timestamp > *at).map(|_| 0),
            };
            *ticks = if frames == 0 { *ticks + 1 } else { 0 };
        }
    }

    /// Reads the system's counters. Where the interface is gone, what was known before stands.
    fn count(&mut self) {
        if let Ok(stats) = self.capture.stats() {
            self.counters.update(stats);
        }
    }

    fn error(&self, error: pcap::Error) -> LiveError {
        LiveError::from_pcap(&self.interface, error)
    }
}

impl PacketSource for LiveCapture {
    type Error = LiveError;

    fn receive(&mut self) -> Result<Received<'_>, LiveError> {
        let now = clock::now();
        // What comes behind a stop is not for us.
        if now >= self.next_count && self.ending == Ending::NotYet {
            self.count();
            self.next_count = clock::after(now, COUNT_EVERY);
        }
        match self.next() {
            Ok(Some(frames)) => {
                self.note(frames);
                Ok(match frames {
                    0 => Received::Idle(clock::before(now, SETTLED_AFTER)),
                    _ => Received::Frames(self.window.frames()),
                })
            }
            Ok(None) => {
                self.ending = Ending::Over;
                Ok(Received::End)
            }
            Err(error) => {
                self.ending = Ending::Over;
                Err(error)
            }
        }
    }

    fn stop(&mut self) -> bool {
        if self.ending == Ending::NotYet {
            self.count();
            self.ending = Ending::Stopped {
                remaining: self.counters.in_flight(),
                at: clock::now(),
                ticks: 0,
            };
        }
        true
    }

    fn stats(&self) -> CaptureStats {
        self.counters.stats()
    }
}

impl fmt::Debug for LiveCapture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveCapture")
            .field("interface", &self.interface)
            .field("link_type", &self.link_type)
            .field("counters", &self.counters)
            .finish_non_exhaustive()
    }
}

/// When a packet came: libpcap has nanoseconds in the place of microseconds where it is asked for them.
fn timestamp(seconds: i64, nanos: i64) -> Timestamp {
    let nanos = i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
    Timestamp::from_nanos(u64::try_from(nanos.max(0)).unwrap_or(u64::MAX))
}
