//! What a look costs with many sockets.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "tests fail by panics")]

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use nfstream_visibility::{SocketWatch, WatchConfig};

/// Processor time of the thread that watches, as the system counts it (`/proc/PID/task/TID/schedstat`).
fn processor_time() -> Duration {
    let threads = fs::read_dir("/proc/self/task").unwrap();
    let is_watch = |name: &str| name.starts_with("nfstream-socket");
    let time = threads.flatten().find_map(|thread| {
        let read = |file| fs::read_to_string(thread.path().join(file)).unwrap();
        is_watch(&read("comm")).then(|| read("schedstat"))
    });
    let time = time.unwrap();
    Duration::from_nanos(time.split(' ').next().unwrap().parse().unwrap())
}

/// `cargo test -p nfstream-visibility --release --test cost -- --ignored --nocapture`
#[test]
#[ignore = "it measures"]
fn of_a_look() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut connections = Vec::new();
    for sockets in [10, 1_000, 10_000] {
        while connections.len() < sockets {
            connections.push(TcpStream::connect(address).unwrap());
            connections.push(listener.accept().unwrap().0);
        }
        let mut config = WatchConfig::default();
        config.poll = Duration::ZERO;
        let watch = SocketWatch::start(&config).unwrap();
        // All are new to this one.
        let first = watch.stats();
        assert!(first.sockets >= sockets);
        // The thread gets its name when it runs.
        thread::sleep(Duration::from_millis(100));
        let (before, began) = (processor_time(), watch.stats());
        thread::sleep(Duration::from_secs(3));
        let (after, ended) = (processor_time(), watch.stats());
        let looks = u32::try_from(ended.looks - began.looks).unwrap();
        assert!(looks > 1);
        let time = ended.look_time.saturating_sub(began.look_time);
        let processor = after.saturating_sub(before);
        println!(
            "{sockets} sockets: first look {:?}; of {looks} in 3 s, each {:?}, processor {:?}, share {:.1} %",
            first.look_time,
            time / looks,
            processor / looks,
            processor.as_secs_f64() / 3.0 * 100.0,
        );
    }
}
