//! Figures over HTTP.

use std::convert::Infallible;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nfstream::{Builder, Error, StopHandle, Summary, sink_fn};

use crate::monitor::assert_prometheus;
use crate::script::{Gate, Script, Step, packet};
use crate::shape::Shape;
use crate::watchdog::{soon, watched};

/// Any port of this machine.
const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

fn quiet(shape: Shape) -> Builder {
    let source = Script::new([
        Step::Frames(vec![packet(1_000, 1, 0)]),
        Step::Quiet(Gate::default()),
    ]);
    shape.of(source).metrics(ANY)
}

fn connect(address: SocketAddr) -> TcpStream {
    let client = TcpStream::connect(address).unwrap();
    client
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    client
}

/// The status and the body of the answer to a request.
fn ask(address: SocketAddr, request: &str) -> (String, String) {
    let mut client = connect(address);
    client.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let length = format!("\r\nContent-Length: {}\r\n", body.len());
    assert!(head.contains(&length), "{head}");
    (head.lines().next().unwrap().to_owned(), body.to_owned())
}

/// A run that goes on until it is stopped.
struct Running {
    address: SocketAddr,
    stop: StopHandle,
    thread: JoinHandle<Result<Summary, Error>>,
}

impl Running {
    fn start(shape: Shape) -> Self {
        let streamer = quiet(shape).build().unwrap();
        Self {
            address: streamer.metrics_address().unwrap(),
            stop: streamer.stop_handle(),
            thread: thread::spawn(move || streamer.run(sink_fn(|_| Ok::<_, Infallible>(())))),
        }
    }

    fn stop(self) {
        self.stop.stop();
        self.thread.join().unwrap().unwrap();
    }
}

const REQUEST: &str = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";

fn assert_answers(address: SocketAddr) {
    let (status, page) = ask(address, REQUEST);
    assert_eq!(status, "HTTP/1.1 200 OK");
    assert_prometheus(&page);
}

#[test]
fn are_answered_during_the_run_alone() {
    for shape in Shape::ALL {
        watched(move || {
            let run = Running::start(shape);
            let address = run.address;
            let metered = "nfstream_packets_metered_total 1";
            let is_metered = || ask(address, REQUEST).1.lines().any(|line| line == metered);
            assert!(soon(is_metered), "{shape:?}");
            let (status, _) = ask(address, "GET /else HTTP/1.1\r\n\r\n");
            assert_eq!(status, "HTTP/1.1 404 Not Found");
            run.stop();
            assert!(TcpStream::connect(address).is_err());
        });
    }
}

#[test]
fn are_answered_after_what_is_no_request() {
    watched(|| {
        let run = Running::start(Shape::Spread);
        let address = run.address;
        let garbage: Vec<u8> = (0..=255).cycle().take(5_000).collect();
        let without_end = vec![b'x'; 100_000];
        for request in [garbage.as_slice(), &without_end, b"\r\n\r\n", b"GET ", b""] {
            let mut client = connect(address);
            // It may be told that nobody wants to hear it.
            let _ = client.write_all(request);
            let _ = client.shutdown(std::net::Shutdown::Write);
            let mut answer = Vec::new();
            let _ = client.read_to_end(&mut answer);
            assert!(!answer.starts_with(b"HTTP/1.1 200"));
        }
        assert_answers(address);
        run.stop();
    });
}

#[test]
fn are_answered_beside_clients_that_do_not_ask() {
    watched(|| {
        let run = Running::start(Shape::One);
        let address = run.address;
        let start = Instant::now();
        let _silent = connect(address);
        // A bit of a request now and then.
        let mut slow = connect(address);
        let dripping = thread::spawn(move || {
            while slow.write_all(b"x").is_ok() {
                thread::sleep(Duration::from_millis(100));
            }
        });
        assert_answers(address);
        assert!(start.elapsed() < Duration::from_secs(4));
        // Nor does the end of the run wait for one.
        let _silent = connect(address);
        let start = Instant::now();
        run.stop();
        assert!(start.elapsed() < Duration::from_secs(3));
        dripping.join().unwrap();
    });
}

#[test]
fn need_an_address_that_is_free() {
    watched(|| {
        let taken = TcpListener::bind(ANY).unwrap();
        let address = taken.local_addr().unwrap();
        for shape in Shape::ALL {
            let Err(Error::Config(error)) = quiet(shape).metrics(address).build() else {
                panic!("the address is taken");
            };
            assert_eq!(error.parameter, "metrics");
            assert!(error.problem.contains(&address.to_string()), "{error}");
        }
        drop(taken);
        let streamer = quiet(Shape::One).metrics(address).build().unwrap();
        assert_eq!(streamer.metrics_address(), Some(address));
    });
}
