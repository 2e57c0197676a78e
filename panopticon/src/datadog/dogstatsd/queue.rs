//! The lines that wait for their packet, and the thread that sends them.
//!
//! cadence has a queue too, but one whose `flush` passes by what is queued, which leaves a packet
//! that is not full where it is, and which loses what is queued when it is dropped full. It also
//! wakes its thread for each line, which costs more than the line. Ours wakes it for a packet.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use cadence::MetricSink;
use cadence::ext::MultiLineWriter;

use crate::datadog::delivery::Tally;

/// How many bytes wait at most: some ten thousand lines.
const CAPACITY: usize = 1 << 20;

/// How long a line waits at most for others to share its packet.
const LINGER: Duration = Duration::from_millis(100);

/// Where lines are put. The thread sends what is left and ends when this is gone.
#[derive(Debug)]
pub(super) struct Queue {
    shared: Arc<Shared>,
    tally: Arc<Tally>,
}

#[derive(Debug)]
struct Shared {
    waiting: Mutex<Waiting>,
    max_packet: usize,
    /// For the thread: there is a line, a packet is full, or somebody flushes.
    work: Condvar,
    /// For those who flush.
    is_flushed: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    /// Lines, each with its line break.
    lines: String,
    /// How often a flush was asked for, and up to which of them all is sent.
    flushes: u64,
    flushed: u64,
    /// Whether the thread waits for a first line.
    is_thread_idle: bool,
    is_closed: bool,
}

/// Starts the thread that packs lines into packets for the socket, which counts what it cannot send
/// and never fails.
pub(super) fn start(
    socket: impl Write + Send + 'static,
    max_packet: usize,
    tally: Arc<Tally>,
) -> io::Result<Queue> {
    let shared = Arc::new(Shared {
        waiting: Mutex::default(),
        max_packet,
        work: Condvar::new(),
        is_flushed: Condvar::new(),
    });
    let writer = MultiLineWriter::new(socket, max_packet);
    let queue = Queue { shared: Arc::clone(&shared), tally };
    thread::Builder::new()
        .name("panopticon-dogstatsd".to_owned())
        .spawn(move || shared.send_all(writer))?;
    Ok(queue)
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send_all(&self, mut writer: MultiLineWriter<impl Write>) {
        let mut lines = String::new();
        // When what the writer holds must be sent, if it holds something.
        let mut due = None;
        loop {
            let Taken { flushes, is_packet_due, is_closed } = self.take(&mut lines, due);
            for line in lines.split_terminator('\n') {
                let _ = writer.write(line.as_bytes());
            }
            lines.clear();
            due = Some(Instant::now() + LINGER);
            if is_packet_due {
                let _ = writer.flush();
                due = None;
                self.lock().flushed = flushes;
                self.is_flushed.notify_all();
            }
            if is_closed {
                return;
            }
        }
    }

    /// Waits until something is to be sent, and takes it.
    fn take(&self, lines: &mut String, due: Option<Instant>) -> Taken {
        let is_urgent = |waiting: &Waiting| waiting.flushes > waiting.flushed || waiting.is_closed;
        let mut waiting = self.lock();
        if due.is_none() {
            waiting.is_thread_idle = true;
            waiting = self
                .work
                .wait_while(waiting, |waiting| waiting.lines.is_empty() && !is_urgent(waiting))
                .unwrap_or_else(PoisonError::into_inner);
            waiting.is_thread_idle = false;
        }
        let left = due.map_or(LINGER, |due| due.saturating_duration_since(Instant::now()));
        let (mut waiting, timeout) = self
            .work
            .wait_timeout_while(waiting, left, |waiting| {
                waiting.lines.len() < self.max_packet && !is_urgent(waiting)
            })
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(lines, &mut waiting.lines);
        Taken {
            flushes: waiting.flushes,
            is_packet_due: timeout.timed_out() || is_urgent(&waiting),
            is_closed: waiting.is_closed,
        }
    }
}

/// What the thread is to do with the lines that it has taken.
struct Taken {
    /// The latest flush that they are for.
    flushes: u64,
    /// Whether a packet is to be sent though it is not full.
    is_packet_due: bool,
    /// Whether they are the last.
    is_closed: bool,
}

impl Queue {
    /// The longest line that fits a packet, in bytes, without its line break.
    pub(super) fn max_line(&self) -> usize {
        self.shared.max_packet - 1
    }

    /// Puts a line into the queue, if there is room.
    pub(super) fn put(&self, line: &str) {
        if line.len() > self.max_line() {
            let (length, most) = (line.len(), self.max_line());
            let name = line.split(':').next().unwrap_or_default();
            return self.tally.refused(&format_args!(
                "`{name}` with its tags takes {length} bytes, and a packet to the Agent {most}"
            ));
        }
        let mut waiting = self.shared.lock();
        let before = waiting.lines.len();
        let after = before + line.len() + 1;
        if after > CAPACITY {
            drop(waiting);
            let problem = "the queue is full, for the Agent is slower than the calls";
            return self.tally.dropped(1, &problem);
        }
        waiting.lines.push_str(line);
        waiting.lines.push('\n');
        let max_packet = self.shared.max_packet;
        let is_packet_full = before < max_packet && after >= max_packet;
        let is_awaited = std::mem::take(&mut waiting.is_thread_idle) || is_packet_full;
        drop(waiting);
        if is_awaited {
            self.shared.work.notify_one();
        }
    }

    /// Waits until all that was put before is sent; false if that takes too long.
    pub(super) fn flush(&self, timeout: Duration) -> bool {
        let mut waiting = self.shared.lock();
        waiting.flushes += 1;
        let flush = waiting.flushes;
        self.shared.work.notify_one();
        let (waiting, _) = self
            .shared
            .is_flushed
            .wait_timeout_while(waiting, timeout, |waiting| waiting.flushed < flush)
            .unwrap_or_else(PoisonError::into_inner);
        waiting.flushed >= flush
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.shared.lock().is_closed = true;
        self.shared.work.notify_one();
    }
}

/// What cadence writes its lines to.
#[derive(Debug, Clone)]
pub(super) struct Lines(pub(super) Arc<Queue>);

impl MetricSink for Lines {
    fn emit(&self, line: &str) -> io::Result<usize> {
        self.0.put(line);
        Ok(line.len())
    }
}
