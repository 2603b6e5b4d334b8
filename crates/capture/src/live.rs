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
use std::thread;
use std::time::Duration;

use nfstream_decode::{Frame, LinkType, Timestamp};
use nix::poll::{PollFd, PollFlags, poll};
use pcap::{Active, Capture, Precision};

use crate::{CaptureStats, OwnedFrames, PacketSource, Received, format};
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
    /// When the system's counters were read last.
    counted: Timestamp,
    limit: Option<Arc<PacketLimit>>,
    ending: Ending,
}

/// What came of filling a window.
#[derive(Clone, Copy, Debug)]
struct Filled {
    frames: usize,
    /// How many there could have been.
    most: usize,
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
        let capture = Capture::from_device(name)
            .map_err(failed)?
            .promisc(interface.is_promiscuous())
            .snaplen(interface.snaplen())
            .buffer_size(interface.buffer_bytes())
            .timeout(BLOCK_TIMEOUT_MS)
            .precision(Precision::Nano)
            .open()
            .and_then(Capture::setnonblock)
            .map_err(failed)?;
        #[cfg(target_os = "linux")]
        socket::take_nothing(&capture).map_err(|error| LiveError::Capture {
            interface: name.to_owned(),
            message: error.to_string(),
        })?;
        // libpcap's numbers are those of files but for raw IP.
        let number = u16::try_from(capture.get_datalink().0).unwrap_or(u16::MAX);
        Ok(Self {
            capture,
            interface: name.into(),
            link_type: format::link_type(number),
            window: OwnedFrames::default(),
            counters: Counters::default(),
            counted: Timestamp::EPOCH,
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

    /// Fills the window as [`fill`](Self::fill) does, up to what may still be taken; `None` where that is nothing any more.
    fn fill_within_limit(&mut self, most: usize) -> Result<Option<Filled>, LiveError> {
        let Some(limit) = self.limit.clone() else {
            let frames = self.fill(most)?;
            return Ok(Some(Filled { frames, most }));
        };
        let Some(most) = limit.reserve(most) else {
            return Ok(None);
        };
        let frames = self.fill(most);
        limit.settle(most, *frames.as_ref().unwrap_or(&0));
        Ok(Some(Filled {
            frames: frames?,
            most,
        }))
    }

    /// Waits a tick for packets.
    fn wait(&self) {
        // Where it is interrupted or fails, the next look for packets tells.
        let _ = poll(
            &mut [PollFd::new(self.capture.as_fd(), PollFlags::POLLIN)],
            TICK_MS,
        );
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

    /// Fills the window, with what comes within a tick if there is nothing yet; `None` behind the last one.
    fn next(&mut self) -> Result<Option<Filled>, LiveError> {
        let Some(most) = self.wanted() else {
            return Ok(None);
        };
        match self.fill_within_limit(most)? {
            Some(Filled { frames: 0, most: 0 }) => {
                // Other sockets are about to take all that may still be taken: packets may be there, but not for us.
                thread::sleep(Duration::from_millis(TICK_MS.into()));
                self.fill_within_limit(most)
            }
            Some(Filled { frames: 0, .. }) => {
                self.wait();
                self.fill_within_limit(most)
            }
            filled => Ok(filled),
        }
    }

    /// Notes what has come.
    fn note(&mut self, Filled { frames, most }: Filled) {
        self.counters.read += frames as u64;
        self.counters.bytes += self.window.frames().buffer().len() as u64;
        if let Ending::Stopped {
            remaining,
            at,
            ticks,
        } = &mut self.ending
        {
            let left = remaining.map(|it| it.saturating_sub(frames as u64));
            // Also where the system counts packets that libpcap takes away: what comes much later was not meant.
            let newest = self.window.frames().locations().last();
            let is_late = newest.is_some_and(|it| it.timestamp > clock::after(*at, SETTLED_AFTER));
            *remaining = if is_late { Some(0) } else { left };
            match frames {
                0 => *ticks += u32::from(most > 0),
                _ => *ticks = 0,
            }
        }
    }

    /// Reads the system's counters. Where the interface is gone, what was known before stands.
    fn count(&mut self) {
        if let Ok(stats) = self.capture.stats() {
            self.counters.update(stats);
        }
    }

    /// Nothing more comes. Where it was not stopped, what the system has left is counted.
    fn end(&mut self) {
        if self.ending == Ending::NotYet {
            self.count();
        }
        self.ending = Ending::Over;
    }

    fn error(&self, error: pcap::Error) -> LiveError {
        LiveError::from_pcap(&self.interface, error)
    }
}

impl PacketSource for LiveCapture {
    type Error = LiveError;

    fn receive(&mut self) -> Result<Received<'_>, LiveError> {
        let now = clock::now();
        // The clock may be set back.
        let is_due = now < self.counted || now.saturating_since(self.counted) >= COUNT_EVERY;
        // What comes behind a stop is not for us.
        if is_due && self.ending == Ending::NotYet {
            self.count();
            self.counted = now;
        }
        match self.next() {
            Ok(Some(filled)) => {
                self.note(filled);
                Ok(match filled {
                    // Not where there may be packets that others take.
                    Filled { frames: 0, most } if most > 0 => {
                        Received::Idle(clock::before(now, SETTLED_AFTER))
                    }
                    _ => Received::Frames(self.window.frames()),
                })
            }
            Ok(None) => {
                self.end();
                Ok(Received::End)
            }
            Err(error) => {
                self.end();
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
fn timestamp(seconds: impl Into<i64>, nanos: impl Into<i64>) -> Timestamp {
    let nanos = i128::from(seconds.into()) * 1_000_000_000 + i128::from(nanos.into());
    Timestamp::from_nanos(u64::try_from(nanos.max(0)).unwrap_or(u64::MAX))
}
