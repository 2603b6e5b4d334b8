//! Tests that hang fail, and so do those that leave threads behind.

use std::fs;
use std::panic::resume_unwind;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Longer than anything takes that does not hang.
const PATIENCE: Duration = Duration::from_secs(20);

/// One at a time: threads are counted.
static TURN: Mutex<()> = Mutex::new(());

/// Runs a test, which must neither hang nor leave a thread of a streamer behind.
pub(crate) fn watched(test: impl FnOnce() + Send + 'static) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let (ended, end) = channel::<()>();
    let thread = thread::spawn(move || {
        let _ended = ended;
        test();
    });
    match end.recv_timeout(PATIENCE) {
        Err(RecvTimeoutError::Timeout) => panic!("it hangs; threads: {:?}", threads()),
        _ => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
    }
    assert_threads_end();
}

/// No thread of a streamer is left, or will be soon: a pool does not wait for its threads.
pub(crate) fn assert_threads_end() {
    assert!(
        soon(|| threads().is_empty()),
        "threads are left: {:?}",
        threads()
    );
}

/// The names of the threads that streamers have started.
fn threads() -> Vec<String> {
    // Elsewhere nobody tells.
    let Ok(tasks) = fs::read_dir("/proc/self/task") else {
        return Vec::new();
    };
    let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|it| it.starts_with("nfstream-")).collect()
}

/// Whether that becomes true within a few seconds.
pub(crate) fn soon(mut is_so: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(5) {
        if is_so() {
            return true;
        }
        thread::sleep(Duration::from_millis(2));
    }
    is_so()
}

#[test]
fn what_is_left_is_seen() {
    watched(|| {
        let (end, ended) = channel::<()>();
        let thread = thread::Builder::new().name("nfstream-test".to_owned());
        let thread = thread.spawn(move || ended.recv()).unwrap();
        if cfg!(target_os = "linux") {
            assert!(soon(|| threads() == ["nfstream-test\n"]));
        }
        drop(end);
        assert!(thread.join().unwrap().is_err());
    });
}
