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

/// A bar on standard error, once the run turns out to take a while.
#[derive(Debug)]
pub(crate) struct Bar {
    inner: ProgressBar,
    stopwatch: Stopwatch,
    /// Not to be shown, or shown already.
    settled: bool,
}

impl Bar {
    /// A bar, which stays hidden unless it is `wanted` and standard error is a terminal.
    pub(crate) fn new(wanted: bool, stopwatch: Stopwatch) -> Self {
        Self {
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
        let speed = self.stopwatch.per_second(progress.packets_read);
        self.inner.set_message(format!(
            "{} packets/s  {} flows",
            Scaled(speed),
            Scaled(progress.records),
        ));
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
