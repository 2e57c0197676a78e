//! The lines that wait for their packet, and the thread that sends them.
//!
//! cadence has a queue too, but one whose `flush` passes by what is queued, which leaves a packet
//! that is not full where it is, and which loses what is queued when it is dropped full. Ours tells
//! when all before a flush is sent, and never leaves a line waiting longer than [`LINGER`].

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use cadence::MetricSink;
use cadence::ext::MultiLineWriter;

use crate::stats::sink::Tally;

/// How many lines wait at most.
const CAPACITY: usize = 8_192;

/// How long a line waits at most for others to share its packet.
const LINGER: Duration = Duration::from_millis(100);

/// How often a flush looks whether a full queue has room.
const RETRY: Duration = Duration::from_millis(1);

enum Message {
    Line(String),
    /// All before is to be sent now, and the sender told.
    Flush(SyncSender<()>),
}

/// The way to the thread, which sends what is left and ends when all of these are gone.
#[derive(Clone)]
pub(super) struct Lines {
    sender: SyncSender<Message>,
    max_line: usize,
    tally: Arc<Tally>,
}

/// The same way, for who waits.
pub(super) struct Queue {
    sender: SyncSender<Message>,
}

/// Starts the thread that packs lines into packets for the socket, which counts what it cannot send
/// and never fails.
pub(super) fn start(
    socket: impl Write + Send + 'static,
    max_packet: usize,
    tally: Arc<Tally>,
) -> io::Result<(Queue, Lines)> {
    let (sender, receiver) = sync_channel(CAPACITY);
    let writer = MultiLineWriter::new(socket, max_packet);
    thread::Builder::new()
        .name("panopticon-dogstatsd".to_owned())
        .spawn(move || send_all(&receiver, writer))?;
    // A line break follows each line.
    let lines = Lines { sender: sender.clone(), max_line: max_packet - 1, tally };
    Ok((Queue { sender }, lines))
}

fn send_all(messages: &Receiver<Message>, mut writer: MultiLineWriter<impl Write>) {
    // When the oldest line that may still be in the writer must be sent.
    let mut due = None::<Instant>;
    loop {
        let message = match due {
            None => messages.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(due) => messages.recv_timeout(due.saturating_duration_since(Instant::now())),
        };
        match message {
            Ok(Message::Line(line)) => {
                let _ = writer.write(line.as_bytes());
                due.get_or_insert_with(|| Instant::now() + LINGER);
            }
            Ok(Message::Flush(done)) => {
                let _ = writer.flush();
                due = None;
                // Whoever asked may have given up.
                let _ = done.try_send(());
            }
            Err(RecvTimeoutError::Timeout) => {
                let _ = writer.flush();
                due = None;
            }
            Err(RecvTimeoutError::Disconnected) => {
                let _ = writer.flush();
                return;
            }
        }
    }
}

impl Lines {
    /// The longest line that fits a packet, in bytes.
    pub(super) fn max_line(&self) -> usize {
        self.max_line
    }

    /// Puts a line into the queue, if there is room.
    pub(super) fn put(&self, line: String) {
        if line.len() > self.max_line {
            let (len, max, name) = (line.len(), self.max_line, line.split(':').next());
            let name = name.unwrap_or_default();
            return self.tally.refused(&format!(
                "`{name}` with its tags takes {len} bytes, and a packet to the Agent {max}"
            ));
        }
        match self.sender.try_send(Message::Line(line)) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => {
                self.tally.dropped(1, &"the queue is full, for the Agent is slower than the calls");
            }
            Err(TrySendError::Disconnected(_)) => {
                self.tally.dropped(1, &"the thread that sends has ended");
            }
        }
    }
}

impl MetricSink for Lines {
    fn emit(&self, line: &str) -> io::Result<usize> {
        self.put(line.to_owned());
        Ok(line.len())
    }
}

impl Queue {
    /// Waits until all that was put before is sent; false if that takes too long.
    pub(super) fn flush(&self, timeout: Duration) -> bool {
        let start = Instant::now();
        let left = || timeout.saturating_sub(start.elapsed());
        let (done, is_done) = mpsc::sync_channel(1);
        let mut message = Message::Flush(done);
        loop {
            match self.sender.try_send(message) {
                Ok(()) => return is_done.recv_timeout(left()).is_ok(),
                Err(TrySendError::Disconnected(_)) => return false,
                Err(TrySendError::Full(_)) if left().is_zero() => return false,
                Err(TrySendError::Full(back)) => message = back,
            }
            thread::sleep(RETRY.min(left()));
        }
    }
}
