//! A line of figures now and then, on standard error.

use std::io::{self, Write};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::Monitor;

/// Prints a line now and then, and a last one when it is dropped.
#[derive(Debug)]
pub(crate) struct Reporter {
    /// Dropped to tell the thread to end.
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Reporter {
    pub(crate) fn start(monitor: Monitor, every: Duration) -> io::Result<Self> {
        let (end, ended) = channel::<()>();
        let thread = thread::Builder::new().name("nfstream-report".to_owned());
        let thread = thread.spawn(move || {
            loop {
                let is_over = ended.recv_timeout(every) != Err(RecvTimeoutError::Timeout);
                // Where standard error is closed there is nobody to tell.
                let _ = writeln!(io::stderr(), "{}", monitor.report());
                if is_over {
                    return;
                }
            }
        })?;
        Ok(Self {
            end: Some(end),
            thread: Some(thread),
        })
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        self.end = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
