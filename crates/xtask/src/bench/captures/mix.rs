//! Traffic of many kinds.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;

use super::super::random::Random;
use super::pcap::PcapWriter;
use super::recording::Recording;
use super::transfer::{Noise, Transfer};

/// Steps at full size: about two million packets and a hundred thousand flows.
pub(super) const STEPS: u32 = 1_740;
/// Transfers that start in a step, beside one replica of the recording.
pub(super) const TRANSFERS_PER_STEP: u32 = 12;
/// Over how long the steps are spread, in microseconds.
const DURATION: u64 = 600_000_000;
/// Clients of transfers have numbers from here on; those of replicas have lower ones.
const FIRST_TRANSFER: u32 = 1 << 20;

/// What is on its way at a time.
#[derive(Debug)]
enum Session {
    /// The recording, at this packet.
    Replica {
        client: u32,
        start: u64,
        packet: usize,
    },
    Transfer(Box<Transfer>),
}

/// A session by the time of its next packet; the number tells two of the same time apart.
#[derive(Debug)]
struct Scheduled {
    time: u64,
    number: u64,
    session: Session,
}

/// Replicas of the recording and transfers, each with a client of its own, in the order of time.
pub(super) fn generate<W: io::Write>(
    steps: u32,
    recording: &Recording,
    writer: &mut PcapWriter<W>,
) -> io::Result<()> {
    let mut random = Random::new(1);
    let noise = Noise::new(&mut random);
    let mut frame = Vec::new();
    let mut sessions = BinaryHeap::new();
    let mut step = 0;
    loop {
        let start = u64::from(step) * DURATION / u64::from(steps);
        let is_due = sessions
            .peek()
            .is_none_or(|Reverse(Scheduled { time, .. })| *time >= start);
        if step < steps && is_due {
            let end = u64::from(step + 1) * DURATION / u64::from(steps);
            start_step(step, start..end, &mut random, &mut sessions);
            step += 1;
            continue;
        }
        let Some(Reverse(mut scheduled)) = sessions.pop() else {
            return Ok(());
        };
        let next = build(&mut scheduled, &mut frame, recording, &noise, &mut random);
        writer.write(scheduled.time, &frame)?;
        if let Some(next) = next {
            scheduled.time = next;
            sessions.push(Reverse(scheduled));
        }
    }
}

/// The sessions that start in a step.
fn start_step(
    step: u32,
    time: std::ops::Range<u64>,
    random: &mut Random,
    sessions: &mut BinaryHeap<Reverse<Scheduled>>,
) {
    let replica = Session::Replica {
        client: step,
        start: time.start,
        packet: 0,
    };
    sessions.push(Reverse(Scheduled {
        time: time.start,
        number: u64::from(step),
        session: replica,
    }));
    let length = u32::try_from(time.end - time.start).unwrap_or(u32::MAX);
    for transfer in 0..TRANSFERS_PER_STEP {
        let client = FIRST_TRANSFER + step * TRANSFERS_PER_STEP + transfer;
        sessions.push(Reverse(Scheduled {
            time: time.start + u64::from(random.below(length)),
            number: u64::from(client),
            session: Session::Transfer(Box::new(Transfer::new(client, random))),
        }));
    }
}

/// Puts a session's next packet into the buffer; the time of the one after it.
fn build(
    scheduled: &mut Scheduled,
    frame: &mut Vec<u8>,
    recording: &Recording,
    noise: &Noise,
    random: &mut Random,
) -> Option<u64> {
    match &mut scheduled.session {
        Session::Replica {
            client,
            start,
            packet,
        } => {
            recording.packet(*packet)?.build(frame, *client);
            *packet += 1;
            Some(*start + recording.packet(*packet)?.micros)
        }
        Session::Transfer(transfer) => {
            let wait = transfer.build(frame, noise, random)?;
            Some(scheduled.time + wait)
        }
    }
}

impl Scheduled {
    fn key(&self) -> (u64, u64) {
        (self.time, self.number)
    }
}

impl Ord for Scheduled {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Scheduled {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Scheduled {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Scheduled {}
