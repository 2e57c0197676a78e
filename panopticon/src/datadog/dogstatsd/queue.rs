//! The queue of lines, and the thread that sends them in packets, together with what the aggregator
//! has.
//!
//! The thread wakes up once per packet, and at each flush of the aggregator.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::aggregator::Aggregator;
use super::packets::{Packets, SendPacket, describe_long};
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
    lines: Lines,
    /// The number of flushes requested.
    flushes: u64,
    /// The number of flushes done.
    flushes_done: u64,
    /// Whether the thread waits for a first line.
    is_thread_idle: bool,
    is_closed: bool,
}

/// Lines, and the number of calls in each.
#[derive(Debug, Default)]
struct Lines {
    /// Each with its line break.
    text: String,
    calls: Vec<u64>,
}

/// The aggregator that the thread empties, and how often.
#[derive(Debug)]
pub(super) struct Aggregation {
    pub(super) aggregator: Arc<Aggregator>,
    pub(super) interval: Duration,
}

impl QueueState {
    /// Returns whether a packet must be sent even if it is not full.
    fn is_urgent(&self) -> bool {
        self.flushes > self.flushes_done || self.is_closed
    }
}

/// Starts the thread that packs lines into packets for the socket.
pub(super) fn start(
    socket: impl SendPacket + Send + 'static,
    max_packet: usize,
    aggregation: Option<Aggregation>,
    tally: Arc<Tally>,
) -> io::Result<LineQueue> {
    let shared = Arc::new(SharedQueue {
        state: Mutex::default(),
        max_packet,
        work: Condvar::new(),
        flushed: Condvar::new(),
    });
    let packets = Packets::new(socket, max_packet, Arc::clone(&tally));
    let queue = LineQueue { shared: Arc::clone(&shared), tally };
    thread::Builder::new()
        .name("panopticon-dogstatsd".to_owned())
        .spawn(move || shared.send_all(packets, aggregation.as_ref()))?;
    Ok(queue)
}

impl SharedQueue {
    fn lock(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send_all(&self, mut packets: Packets<impl SendPacket>, aggregation: Option<&Aggregation>) {
        let mut lines = Lines::default();
        // When to send what is in the packet, if it has anything.
        let mut due = None;
        let next_drain = || aggregation.map(|it| Instant::now() + it.interval);
        let mut drain_at = next_drain();
        loop {
            let batch = self.take(&mut lines, due, drain_at);
            for (line, calls) in lines.text.split_terminator('\n').zip(&lines.calls) {
                packets.push(line, *calls);
            }
            lines.text.clear();
            lines.calls.clear();
            due = Some(Instant::now() + LINGER);
            if batch.is_drain_due {
                if let Some(aggregation) = aggregation {
                    aggregation.aggregator.drain(|line, calls| packets.push(line, calls));
                }
                drain_at = next_drain();
            }
            if batch.is_packet_due || batch.is_drain_due {
                packets.send();
                due = None;
                self.lock().flushes_done = batch.flushes;
                self.flushed.notify_all();
            }
            if batch.is_closed {
                return;
            }
        }
    }

    /// Waits until there is something to send, and takes it.
    fn take(&self, lines: &mut Lines, due: Option<Instant>, drain_at: Option<Instant>) -> Batch {
        let mut state = self.lock();
        let is_idle = |state: &mut QueueState| state.lines.text.is_empty() && !state.is_urgent();
        if due.is_none() {
            state.is_thread_idle = true;
            state = wait_while(&self.work, state, drain_at, is_idle);
            state.is_thread_idle = false;
        }
        // Without a line, it is time for the aggregator.
        let due = due.or_else(|| (!is_idle(&mut state)).then(|| Instant::now() + LINGER));
        if let Some(due) = due {
            let until = drain_at.map_or(due, |drain_at| drain_at.min(due));
            state = wait_while(&self.work, state, Some(until), |state| {
                state.lines.text.len() < self.max_packet && !state.is_urgent()
            });
        }
        let now = Instant::now();
        let is_past = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        std::mem::swap(lines, &mut state.lines);
        Batch {
            flushes: state.flushes,
            is_packet_due: is_past(due) || state.is_urgent(),
            is_drain_due: is_past(drain_at) || state.is_urgent(),
            is_closed: state.is_closed,
        }
    }
}

/// Waits while the condition is true, until the given time if any.
fn wait_while<'a>(
    condvar: &Condvar,
    state: MutexGuard<'a, QueueState>,
    until: Option<Instant>,
    condition: impl FnMut(&mut QueueState) -> bool,
) -> MutexGuard<'a, QueueState> {
    let Some(until) = until else {
        return condvar.wait_while(state, condition).unwrap_or_else(PoisonError::into_inner);
    };
    let left = until.saturating_duration_since(Instant::now());
    let result = condvar.wait_timeout_while(state, left, condition);
    result.unwrap_or_else(PoisonError::into_inner).0
}

/// The way to send the lines taken from the queue.
struct Batch {
    /// The latest flush done by sending them.
    flushes: u64,
    /// Whether to send a packet that is not full.
    is_packet_due: bool,
    /// Whether to send what the aggregator has as well.
    is_drain_due: bool,
    /// Whether they are the last lines.
    is_closed: bool,
}

impl LineQueue {
    /// Returns the maximum length of a line in bytes, without its line break.
    pub(super) fn max_line(&self) -> usize {
        self.shared.max_packet - 1
    }

    /// Adds a line of this number of calls to the queue if there is room.
    pub(super) fn push(&self, line: &str, calls: u64) {
        if line.len() > self.max_line() {
            return self.tally.count_refused(calls, &describe_long(line, self.shared.max_packet));
        }
        let mut state = self.shared.lock();
        let before = state.lines.text.len();
        let after = before + line.len() + 1;
        if after > CAPACITY {
            drop(state);
            let problem = "the queue is full because the Agent is slower than the calls";
            return self.tally.count_dropped(calls, problem);
        }
        state.lines.text.push_str(line);
        state.lines.text.push('\n');
        state.lines.calls.push(calls);
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
