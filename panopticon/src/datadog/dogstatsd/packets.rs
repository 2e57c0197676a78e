//! Packets of lines.

use std::sync::Arc;

use crate::datadog::delivery::Tally;

/// Where packets are sent. Counts the calls in them as sent or dropped itself.
pub(super) trait SendPacket {
    fn send_packet(&mut self, packet: &[u8], calls: u64);
}

/// A packet that is being filled with lines, and then sent.
#[derive(Debug)]
pub(super) struct Packets<S> {
    socket: S,
    max_packet: usize,
    tally: Arc<Tally>,
    /// The lines, each with its line break.
    packet: String,
    /// The number of calls in them.
    calls: u64,
}

impl<S: SendPacket> Packets<S> {
    pub(super) fn new(socket: S, max_packet: usize, tally: Arc<Tally>) -> Self {
        let packet = String::with_capacity(max_packet);
        Self { socket, max_packet, tally, packet, calls: 0 }
    }

    /// Adds a line, after sending the packet if it has no room. A line that is too long for any
    /// packet is refused.
    pub(super) fn push(&mut self, line: &str, calls: u64) {
        if line.len() + 1 > self.max_packet {
            return self.tally.count_refused(calls, &describe_long(line, self.max_packet));
        }
        if self.packet.len() + line.len() + 1 > self.max_packet {
            self.send();
        }
        self.packet.push_str(line);
        self.packet.push('\n');
        self.calls += calls;
    }

    /// Sends the packet, unless it is empty.
    pub(super) fn send(&mut self) {
        if !self.packet.is_empty() {
            self.socket.send_packet(self.packet.as_bytes(), self.calls);
        }
        self.packet.clear();
        self.calls = 0;
    }
}

/// Describes a line that is too long for a packet.
pub(super) fn describe_long(line: &str, max_packet: usize) -> String {
    let name = line.split(':').next().unwrap_or_default();
    let (length, max) = (line.len(), max_packet - 1);
    format!("`{name}` with its tags has {length} bytes; a packet to the Agent has at most {max}")
}
