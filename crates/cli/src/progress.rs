//! The progress bar.

mod margin;

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use nfstream::Progress;

use self::margin::WithMargin;
use crate::clock::Stopwatch;
use crate::scaled::Scaled;

/// A run that ends sooner shows no bar.
const SHOWN_AFTER: Duration = Duration::from_secs(1);
/// How often the bar is drawn at most.
const DRAWN_PER_SECOND: u8 = 10;
/// How often time goes on where no packets come.
const TICK: Duration = Duration::from_millis(200);

const WITH_TOTAL: &str = "{wide_bar} {percent:>3}% of {total_bytes}  {msg}  {eta} left";
const WITHOUT_TOTAL: &str = "{spinner} {bytes} read  {msg}  {elapsed}";
const LIVE: &str = "{spinner} {msg}  {elapsed}";
/// Over how long the rate of a live capture is taken.
const RATE_OVER: Duration = Duration::from_secs(1);

/// A bar on standard error, once the run turns out to take a while.
#[derive(Debug)]
pub(crate) struct Bar {
    inner: ProgressBar,
    stopwatch: Stopwatch,
    /// Not to be shown, or shown already.
    settled: bool,
    /// The rate of a live capture.
    rate: Option<Rate>,
}

/// Packets a second, of late.
#[derive(Debug, Default)]
struct Rate {
    packets_per_second: u64,
    /// When it was taken, and the packets up to then.
    taken: (Duration, u64),
}

impl Rate {
    fn update(&mut self, now: Duration, packets: u64) -> u64 {
        let (before, packets_before) = self.taken;
        let passed = now.saturating_sub(before);
        if passed >= RATE_OVER {
            let millis = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
            let packets_since = packets.saturating_sub(packets_before);
            self.packets_per_second = packets_since.saturating_mul(1_000) / millis;
            self.taken = (now, packets);
        }
        self.packets_per_second
    }
}

impl Bar {
    /// A bar, which stays hidden unless it is `wanted` and standard error is a terminal.
    pub(crate) fn new(wanted: bool, is_live: bool, stopwatch: Stopwatch) -> Self {
        Self {
            rate: is_live.then(Rate::default),
            inner: ProgressBar::hidden(),
            stopwatch,
            settled: !(wanted && console::user_attended_stderr()),
        }
    }

    /// For who writes to the same terminal, and must do so while the bar is suspended.
    pub(crate) fn handle(&self) -> ProgressBar {
        self.inner.clone()
    }

    pub(crate) fn update(&mut self, progress: &Progress) {
        if self.settled && self.inner.is_hidden() {
            return;
        }
        self.inner.set_position(progress.capture.bytes_read);
        let message = match &mut self.rate {
            None => format!(
                "{} packets/s  {} flows",
                Scaled(self.stopwatch.per_second(progress.packets_read)),
                Scaled(progress.records),
            ),
            Some(rate) => format!(
                "{} packets/s  {} flows alive, {} ended  {} packets dropped",
                Scaled(rate.update(self.stopwatch.elapsed(), progress.packets_read)),
                Scaled(progress.active_flows),
                Scaled(progress.records),
                progress.capture.live.unwrap_or_default().packets_dropped,
            ),
        };
        self.inner.set_message(message);
        if !self.settled && self.stopwatch.elapsed() >= SHOWN_AFTER {
            self.show(progress.capture.bytes_total);
        }
    }

    fn show(&mut self, total: Option<u64>) {
        self.settled = true;
        let template = match total {
            Some(total) => {
                self.inner.set_length(total);
                WITH_TOTAL
            }
            None if self.rate.is_some() => LIVE,
            None => WITHOUT_TOTAL,
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.inner.set_style(style.progress_chars("=> "));
        }
        self.inner
            .set_draw_target(ProgressDrawTarget::term_like_with_hz(
                Box::new(WithMargin::stderr()),
                DRAWN_PER_SECOND,
            ));
        self.inner.enable_steady_tick(TICK);
    }
}
