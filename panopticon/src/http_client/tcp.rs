//! TCP connections for ureq, whose own connector tries one address after the other.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, ShutdownHandle, Transport,
};

use crate::check::duration;
use crate::net::{Cancellation, connect};

/// Opens a connection unless a connector before it has done so, as that of a SOCKS proxy does.
#[derive(Debug)]
pub(super) struct SharedTcpConnector(pub(super) Cancellation);

pub(super) struct TcpTransport {
    /// Shared, so that a request that nobody waits for can be shut down.
    stream: Arc<Shared>,
    buffers: LazyBuffers,
}

struct Shared(TcpStream);

impl<In: Transport> Connector<In> for SharedTcpConnector {
    type Out = Box<dyn Transport>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        if let Some(transport) = chained {
            return Ok(Some(Box::new(transport)));
        }
        let stream =
            connect(&details.addrs, deadline(details.timeout), &self.0).map_err(io::Error::from)?;
        let stream = Arc::new(Shared(stream));
        let weak = Arc::downgrade(&stream);
        (details.register_shutdown)(weak as Weak<dyn ShutdownHandle>)?;
        let config = details.config;
        let buffers = LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
        Ok(Some(Box::new(TcpTransport { stream, buffers })))
    }
}

/// Returns when a timeout that begins now ends.
pub(super) fn deadline(timeout: NextTimeout) -> Instant {
    Instant::now() + duration::MAX.min(*timeout.after)
}

impl Transport for TcpTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let timeout = timeout.for_write();
        let mut stream = &self.stream.0;
        accept_closed(stream.set_write_timeout(Some(not_zero(timeout)?)))?;
        stream
            .write_all(&self.buffers.output()[..amount])
            .map_err(|error| timed_out(error, timeout))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let timeout = timeout.for_read();
        let deadline = deadline(timeout);
        let mut stream = &self.stream.0;
        let mut left = not_zero(timeout)?;
        let amount = loop {
            accept_closed(stream.set_read_timeout(Some(left)))?;
            match stream.read(self.buffers.input_append_buf()) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                    left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Err(Error::Timeout(timeout.reason));
                    }
                }
                result => break result.map_err(|error| timed_out(error, timeout))?,
            }
        };
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    /// Returns whether the other side could still answer: it has neither closed the connection, nor
    /// sent anything without a request.
    fn is_open(&mut self) -> bool {
        let mut stream = &self.stream.0;
        let read = stream.set_nonblocking(true).and_then(|()| stream.read(&mut [0]));
        let is_silent = read.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
        is_silent && stream.set_nonblocking(false).is_ok()
    }
}

/// Returns the time that is left. A timeout of zero would mean none at all.
fn not_zero(timeout: NextTimeout) -> Result<Duration, Error> {
    let left = duration::MAX.min(*timeout.after);
    if left.is_zero() { Err(Error::Timeout(timeout.reason)) } else { Ok(left) }
}

/// Accepts that macOS sets no timeout once the other side has closed the connection, whose last
/// bytes can still be read.
fn accept_closed(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error)
            if cfg!(target_vendor = "apple") && error.kind() == io::ErrorKind::InvalidInput =>
        {
            Ok(())
        }
        result => result,
    }
}

fn timed_out(error: io::Error, timeout: NextTimeout) -> Error {
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Error::Timeout(timeout.reason),
        _ => error.into(),
    }
}

impl ShutdownHandle for Shared {
    fn shutdown(&self) {
        // An error means that it has been closed already.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

impl fmt::Debug for TcpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TcpTransport").field(&self.stream.0.peer_addr().ok()).finish()
    }
}
