//! Ctrl-C and SIGTERM.

use std::error::Error;
use std::fmt;
use std::io::{self, Read};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use nfstream::StopHandle;

/// Exit status of a program that Ctrl-C ended: 128 and the number of SIGINT, as shells have it.
const EXIT_INTERRUPTED: i32 = 130;
/// How much is read at a time of what may keep its reader waiting.
const CHUNK_SIZE: usize = 64 * 1024;
/// How many chunks are read ahead.
const CHUNKS_AHEAD: usize = 4;

/// What a signal sets in motion: the run stops, and whoever waits for input wakes up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interrupt(Arc<State>);

#[derive(Debug, Default)]
struct State {
    requested: AtomicBool,
    waiting: Mutex<Vec<SyncSender<Message>>>,
}

#[derive(Debug)]
enum Message {
    /// What was read; nothing at the end of the input.
    Chunk(io::Result<Vec<u8>>),
    WakeUp,
}

impl Interrupt {
    /// From now on the first signal stops the run, and the second one ends the process at once.
    pub(crate) fn install(&self, stop: StopHandle) -> Result<(), ctrlc::Error> {
        let state = Arc::clone(&self.0);
        ctrlc::set_handler(move || {
            stop.stop();
            if state.requested.swap(true, Ordering::SeqCst) {
                process::exit(EXIT_INTERRUPTED);
            }
            for reader in state.waiting().iter() {
                // One whose channel is full is not waiting; it looks at `requested` before it does.
                let _ = reader.try_send(Message::WakeUp);
            }
        })
    }

    /// A reader of `open`'s result that an interrupt wakes up: a thread of its own waits for the input.
    pub(crate) fn reader<R: Read>(
        &self,
        open: impl FnOnce() -> io::Result<R> + Send + 'static,
    ) -> impl Read + Send + 'static {
        InterruptibleReader {
            interrupt: self.clone(),
            start: Some(Box::new(move |chunks| read_ahead(open, &chunks))),
            chunks: None,
            chunk: io::Cursor::default(),
        }
    }

    /// Whether a signal came.
    pub(crate) fn is_requested(&self) -> bool {
        self.0.requested.load(Ordering::SeqCst)
    }
}

/// What a reader says that an interrupt woke up.
#[derive(Debug)]
struct Interrupted;

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted")
    }
}

impl Error for Interrupted {}

/// Whether this is no error of the input but the interrupt that was asked for.
pub(crate) fn is_interrupt(error: &(dyn Error + 'static)) -> bool {
    if error.is::<Interrupted>() {
        return true;
    }
    // An I/O error's source is not what it holds but the source of that.
    let held = error.downcast_ref().and_then(io::Error::get_ref);
    match held {
        Some(held) => is_interrupt(held),
        None => error.source().is_some_and(is_interrupt),
    }
}

impl State {
    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<SyncSender<Message>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads what another thread read, so that something else than input can end the wait for it.
struct InterruptibleReader {
    interrupt: Interrupt,
    /// Taken by the first read.
    start: Option<Box<dyn FnOnce(SyncSender<Message>) + Send>>,
    /// `None` before the first read and behind the end.
    chunks: Option<Receiver<Message>>,
    chunk: io::Cursor<Vec<u8>>,
}

impl Read for InterruptibleReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if let Some(start) = self.start.take() {
            let (sender, receiver) = sync_channel(CHUNKS_AHEAD);
            self.interrupt.0.waiting().push(sender.clone());
            self.chunks = Some(receiver);
            thread::Builder::new()
                .name("input".to_owned())
                .spawn(move || start(sender))?;
        }
        loop {
            let read = self.chunk.read(into)?;
            if read > 0 {
                return Ok(read);
            }
            let Some(chunks) = &self.chunks else {
                return Ok(0);
            };
            if self.interrupt.is_requested() {
                return Err(io::Error::other(Interrupted));
            }
            match chunks.recv() {
                Ok(Message::WakeUp) => {}
                Ok(Message::Chunk(Ok(chunk))) if !chunk.is_empty() => {
                    self.chunk = io::Cursor::new(chunk);
                }
                Ok(Message::Chunk(Err(error))) => {
                    self.chunks = None;
                    return Err(error);
                }
                Ok(Message::Chunk(Ok(_))) | Err(_) => self.chunks = None,
            }
        }
    }
}

/// Reads until the end or an error, which it passes on, or until nobody listens any more.
fn read_ahead<R: Read>(open: impl FnOnce() -> io::Result<R>, chunks: &SyncSender<Message>) {
    let mut input = match open() {
        Ok(input) => input,
        Err(error) => {
            let _ = chunks.send(Message::Chunk(Err(error)));
            return;
        }
    };
    let mut buffer = vec![0; CHUNK_SIZE];
    loop {
        let chunk = match input.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read.map(|length| buffer.get(..length).unwrap_or_default().to_vec()),
        };
        let last = !matches!(&chunk, Ok(bytes) if !bytes.is_empty());
        if chunks.send(Message::Chunk(chunk)).is_err() || last {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_the_input_arrives_in_order() {
        let input: Vec<u8> = (0..1_000_000_u32)
            .map(|number| number.to_le_bytes()[0] ^ 0x5a)
            .collect();
        let expected = input.clone();
        let mut reader = Interrupt::default().reader(|| Ok(io::Cursor::new(input)));
        let mut read = Vec::new();
        reader.read_to_end(&mut read).unwrap();
        assert_eq!(read, expected);
        assert_eq!(reader.read(&mut [0]).unwrap(), 0);
    }

    #[test]
    fn an_error_while_opening_is_told_once() {
        let missing = || Err::<io::Empty, _>(io::ErrorKind::NotFound.into());
        let mut reader = Interrupt::default().reader(missing);
        assert_eq!(
            reader.read(&mut [0]).unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
        assert_eq!(reader.read(&mut [0]).unwrap(), 0);
    }

    #[test]
    fn an_interrupt_is_told_before_more_input() {
        let interrupt = Interrupt::default();
        let mut reader = interrupt.reader(|| Ok(io::repeat(1)));
        assert_eq!(reader.read(&mut [0; 10]).unwrap(), 10);
        interrupt.0.requested.store(true, Ordering::SeqCst);
        let mut rest = Vec::new();
        let told = reader.read_to_end(&mut rest).unwrap_err();
        assert!(is_interrupt(&told));
        assert_eq!(rest.len(), CHUNK_SIZE - 10);
    }

    #[test]
    fn an_interrupt_is_found_below_other_errors() {
        let told = || io::Error::other(Interrupted);
        assert!(is_interrupt(&io::Error::other(told())));
        assert!(is_interrupt(&nfstream::Error::Open(told().into())));
        assert!(!is_interrupt(&io::Error::other("interrupted")));
        assert!(!is_interrupt(&io::Error::from(io::ErrorKind::Interrupted)));
    }
}
