//! The datagram socket that systemd listens on.
//!
//! The crate `sd-notify` 0.5 has no abstract sockets, reads the environment for each message, and
//! blocks the thread while systemd's queue is full.

use std::io::{self, ErrorKind};
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::sleep;

/// How often a message is tried again while systemd's queue is full.
const RETRIES: u32 = 20;

const RETRY_INTERVAL: Duration = Duration::from_millis(50);

/// A socket that sends messages to systemd until the last one.
pub(super) struct NotifySocket {
    socket: UnixDatagram,
    address: SocketAddr,
    /// Whether the last message has been sent. Locked while one is sent, so that none follows it.
    is_closed: Mutex<bool>,
}

impl NotifySocket {
    pub(super) fn new(address: SocketAddr) -> io::Result<Self> {
        let socket = UnixDatagram::unbound()?;
        socket.set_nonblocking(true)?;
        Ok(Self { socket, address, is_closed: Mutex::new(false) })
    }

    /// Sends a message, and tries again for a second while systemd does not receive any.
    pub(super) async fn send(&self, message: &str) -> io::Result<()> {
        for _ in 0..RETRIES {
            match self.try_send(message) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => sleep(RETRY_INTERVAL).await,
                result => return result,
            }
        }
        self.try_send(message)
    }

    /// Sends a message without waiting.
    pub(super) fn try_send(&self, message: &str) -> io::Result<()> {
        let is_closed = self.is_closed.lock().unwrap_or_else(PoisonError::into_inner);
        if *is_closed {
            return Err(ErrorKind::NotConnected.into());
        }
        self.send_now(message)
    }

    /// Sends the last message without waiting: it is for a process that is about to end.
    pub(super) fn send_last(&self, message: &str) {
        let mut is_closed = self.is_closed.lock().unwrap_or_else(PoisonError::into_inner);
        *is_closed = true;
        // There is nobody left to tell.
        let _ = self.send_now(message);
    }

    fn send_now(&self, message: &str) -> io::Result<()> {
        // By its address each time, since systemd may have created the socket again.
        self.socket.send_to_addr(message.as_bytes(), &self.address).map(drop)
    }
}
