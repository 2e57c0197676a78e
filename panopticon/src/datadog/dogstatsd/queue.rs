//! The queue of lines, and the thread that sends them in packets.
//!
//! cadence has a queue as well, but its `flush` skips queued lines, it never sends a packet that is
//! not full, and it loses queued lines when dropped. It also wakes its thread for each line, which
//! costs more than encoding the line; this queue wakes it once per packet.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use cadence::MetricSink;
use cadence::ext::MultiLineWriter;

use crate::datadog::delivery::Tally;

/// The maximum number of queued bytes, about ten thousand lines.
const CAPACITY: usize = 1 << 20;

/// The longest time that a line waits for others to fill its packet.
const LINGER: Duration = Duration::from_millis(100);

/// The callers' side of the queue. When it is dropped, the thread sends the remaining lines and
/// ends.
#[derive(Debug)]
pub(super) struct LineQueue {
    shared: Arc<SharedQueue>,
    tally: Arc<Tally>,
}

#[derive(Debug)]
struct SharedQueue {
    state: Mutex<QueueState>,
    max_packet: usize,
    /// Wakes the thread: a first line is there, a packet is full, or a flush was requested.
    work: Condvar,
    /// Wakes callers of `flush`.
    flushed: Condvar,
}

#[derive(Debug, Default)]
struct QueueState {
    /// Lines, each with its line break.
    lines: String,
    /// The number of flushes requested.
    flushes: u64,
    /// The number of flushes done.
    flushes_done: u64,
    /// Whether the thread waits for a first line.
    is_thread_idle: bool,
    is_closed: bool,
}

impl QueueState {
    /// Returns whether a packet must be sent even if it is not full.
    fn is_urgent(&self) -> bool {
        self.flushes > self.flushes_done || self.is_closed
    }
}

/// Starts the thread that packs lines into packets for the socket. Writing to the socket must not
/// fail; it counts lost lines itself.
pub(super) fn start(
    socket: impl Write + Send + 'static,
    max_packet: usize,
    tally: Arc<Tally>,
) -> io::Result<LineQueue> {
    let shared = Arc::new(SharedQueue {
        state: Mutex::default(),
        max_packet,
        work: Condvar::new(),
        flushed: Condvar::new(),
    });
    let writer = MultiLineWriter::new(socket, max_packet);
    let queue = LineQueue { shared: Arc::clone(&shared), tally };
    thread::Builder::new()
        .name("panopticon-dogstatsd".to_owned())
        .spawn(move || shared.send_all(writer))?;
    Ok(queue)
}

impl SharedQueue {
    fn lock(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send_all(&self, mut writer: MultiLineWriter<impl Write>) {
        let mut lines = String::new();
        // When to send what the writer holds, if it holds anything.
        let mut due = None;
        loop {
            let Batch { flushes, is_packet_due, is_closed } = self.take(&mut lines, due);
            for line in lines.split_terminator('\n') {
                let _ = writer.write(line.as_bytes());
            }
            lines.clear();
            due = Some(Instant::now() + LINGER);
            if is_packet_due {
                let _ = writer.flush();
                due = None;
                self.lock().flushes_done = flushes;
                self.flushed.notify_all();
            }
            if is_closed {
                return;
            }
        }
    }

    /// Waits until there is something to send, and takes it.
    fn take(&self, lines: &mut String, due: Option<Instant>) -> Batch {
        let mut state = self.lock();
        if due.is_none() {
            state.is_thread_idle = true;
            state = self
                .work
                .wait_while(state, |state| state.lines.is_empty() && !state.is_urgent())
                .unwrap_or_else(PoisonError::into_inner);
            state.is_thread_idle = false;
        }
        let left = due.map_or(LINGER, |due| due.saturating_duration_since(Instant::now()));
        let (mut state, timeout) = self
            .work
            .wait_timeout_while(state, left, |state| {
                state.lines.len() < self.max_packet && !state.is_urgent()
            })
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(lines, &mut state.lines);
        Batch {
            flushes: state.flushes,
            is_packet_due: timeout.timed_out() || state.is_urgent(),
            is_closed: state.is_closed,
        }
    }
}

/// The way to send the lines taken from the queue.
struct Batch {
    /// The latest flush done by sending them.
    flushes: u64,
    /// Whether to send a packet that is not full.
    is_packet_due: bool,
    /// Whether they are the last lines.
    is_closed: bool,
}

impl LineQueue {
    /// Returns the maximum length of a line in bytes, without its line break.
    pub(super) fn max_line(&self) -> usize {
        self.shared.max_packet - 1
    }

    /// Adds a line to the queue if there is room.
    pub(super) fn push(&self, line: &str) {
        if line.len() > self.max_line() {
            let (length, max) = (line.len(), self.max_line());
            let name = line.split(':').next().unwrap_or_default();
            return self.tally.count_refused(&format!(
                "`{name}` with its tags has {length} bytes; a packet to the Agent has at most {max}"
            ));
        }
        let mut state = self.shared.lock();
        let before = state.lines.len();
        let after = before + line.len() + 1;
        if after > CAPACITY {
            drop(state);
            let problem = "the queue is full because the Agent is slower than the calls";
            return self.tally.count_dropped(1, problem);
        }
        state.lines.push_str(line);
        state.lines.push('\n');
        let max_packet = self.shared.max_packet;
        let is_packet_full = before < max_packet && after >= max_packet;
        let should_wake = std::mem::take(&mut state.is_thread_idle) || is_packet_full;
        drop(state);
        if should_wake {
            self.shared.work.notify_one();
        }
    }

    /// Waits until all lines added before are sent. Returns whether that was done in time.
    pub(super) fn flush(&self, timeout: Duration) -> bool {
        let mut state = self.shared.lock();
        state.flushes += 1;
        let flush = state.flushes;
        self.shared.work.notify_one();
        let (state, _) = self
            .shared
            .flushed
            .wait_timeout_while(state, timeout, |state| state.flushes_done < flush)
            .unwrap_or_else(PoisonError::into_inner);
        state.flushes_done >= flush
    }
}

impl Drop for LineQueue {
    fn drop(&mut self) {
        self.shared.lock().is_closed = true;
        self.shared.work.notify_one();
    }
}

/// The sink that cadence writes its lines to.
#[derive(Debug, Clone)]
pub(super) struct QueueSink(pub(super) Arc<LineQueue>);

impl MetricSink for QueueSink {
    fn emit(&self, line: &str) -> io::Result<usize> {
        self.0.push(line);
        Ok(line.len())
    }
}
