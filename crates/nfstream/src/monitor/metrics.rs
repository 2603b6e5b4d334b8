//! Figures for Prometheus, over HTTP.
//!
//! # Source
//!
//! Prometheus text-based exposition format 0.0.4.

use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::{Monitor, PerformanceReport};
use crate::clock::Stopwatch;

/// How long a client has to say what it wants, and to take the answer.
const PATIENCE: Duration = Duration::from_secs(1);
/// More bytes than a request has that we understand.
const MAX_REQUEST: usize = 8 * 1024;

impl PerformanceReport {
    /// The figures in Prometheus' text format, with names that begin with `nfstream_`.
    pub fn to_prometheus(&self) -> String {
        let mut page = String::new();
        let mut add = |name: &str, kind: &str, help: &str, value: u64| {
            let _ = writeln!(
                page,
                "# HELP nfstream_{name} {help}\n# TYPE nfstream_{name} {kind}\nnfstream_{name} {value}"
            );
        };
        add(
            "flows_expired_total",
            "counter",
            "Flows that have ended.",
            self.flows_expired,
        );
        add(
            "flows_active",
            "gauge",
            "Flows that are alive.",
            self.active_flows,
        );
        add(
            "packets_received_total",
            "counter",
            "Packets that the system received, dropped ones included.",
            self.packets_received,
        );
        add(
            "packets_metered_total",
            "counter",
            "Packets that count in a flow.",
            self.packets_processed,
        );
        add(
            "packets_ignored_total",
            "counter",
            "Packets that cannot be metered.",
            self.packets_ignored,
        );
        add(
            "packets_dropped_total",
            "counter",
            "Packets that the system dropped because nobody took them in time.",
            self.packets_dropped,
        );
        add(
            "packets_dropped_by_interface_total",
            "counter",
            "Packets that the interface or its driver dropped.",
            self.packets_dropped_by_interface,
        );
        if let Some(bytes) = self.resident_memory_bytes {
            add(
                "resident_memory_bytes",
                "gauge",
                "Memory of the process that is in RAM.",
                bytes,
            );
        }
        page.push_str(
            "# HELP nfstream_meter_packets_total Packets that each meter counted in a flow.\n\
             # TYPE nfstream_meter_packets_total counter\n",
        );
        for (meter, packets) in self.meters.iter().enumerate() {
            let _ = writeln!(
                page,
                "nfstream_meter_packets_total{{meter=\"{meter}\"}} {packets}"
            );
        }
        page
    }
}

/// Answers each request with the figures of the moment, from when it is started until it is dropped.
#[derive(Debug)]
pub(crate) struct MetricsServer {
    address: SocketAddr,
    /// Taken when it is started.
    listener: Option<TcpListener>,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl MetricsServer {
    /// Listens at an address.
    pub(crate) fn bind(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        Ok(Self {
            address: listener.local_addr()?,
            listener: Some(listener),
            is_over: Arc::default(),
            thread: None,
        })
    }

    /// Answers from now on, in a thread of its own.
    pub(crate) fn start(&mut self, monitor: Monitor) -> io::Result<()> {
        let Some(listener) = self.listener.take() else {
            return Ok(());
        };
        let is_over = Arc::clone(&self.is_over);
        let thread = thread::Builder::new().name("nfstream-metrics".to_owned());
        let thread = thread.spawn(move || {
            for client in listener.incoming() {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                match client {
                    // A client that does not behave gets no answer.
                    Ok(client) => drop(answer(client, &monitor)),
                    // Too many open files, say: not again at once.
                    Err(_) => thread::sleep(PATIENCE),
                }
            }
        })?;
        self.thread = Some(thread);
        Ok(())
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for MetricsServer {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take()
            // Wakes it up.
            && TcpStream::connect_timeout(&self.address, PATIENCE).is_ok()
        {
            let _ = thread.join();
        }
    }
}

/// Answers one request.
fn answer(mut client: TcpStream, monitor: &Monitor) -> io::Result<()> {
    let since = Stopwatch::start();
    client.set_write_timeout(Some(PATIENCE))?;
    let mut request = Vec::new();
    let mut part = [0; 1024];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        // However seldom it says a bit of it. No time at all is an error.
        client.set_read_timeout(Some(PATIENCE.saturating_sub(since.elapsed())))?;
        let length = client.read(&mut part)?;
        if length == 0 || request.len() + length > MAX_REQUEST {
            return Ok(());
        }
        request.extend_from_slice(part.get(..length).unwrap_or_default());
    }
    let is_asked_for = [&b"GET / "[..], b"GET /metrics ", b"GET /metrics?"]
        .iter()
        .any(|start| request.starts_with(start));
    let (status, page) = if is_asked_for {
        ("200 OK", monitor.report().to_prometheus())
    } else {
        ("404 Not Found", "GET /metrics has the figures\n".to_owned())
    };
    let length = page.len();
    client.write_all(
        format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n\
             Content-Length: {length}\r\nConnection: close\r\n\r\n{page}"
        )
        .as_bytes(),
    )
}
