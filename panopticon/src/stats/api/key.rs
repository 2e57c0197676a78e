//! Keeps the key out of what ureq logs.
//!
//! At `trace`, ureq-proto 0.7 logs every byte of a request, its headers among them, whatever
//! `HeaderValue::set_sensitive` says. So ureq is given a header with a stand-in of the same length,
//! in the place of which the key is put where the bytes leave: below ureq-proto, above TLS.

use std::fmt;
use std::sync::Arc;

use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

/// The last of a chain of connectors.
pub(super) struct KeyConnector {
    header: Arc<Header>,
}

/// The header with the stand-in, and with the key: of one length.
struct Header {
    stand_in: Vec<u8>,
    real: Vec<u8>,
}

pub(super) struct KeyTransport<T> {
    transport: T,
    header: Arc<Header>,
}

impl KeyConnector {
    pub(super) fn new(key: &str, stand_in: &str) -> Self {
        // A line break is in no body, for JSON escapes it.
        let header = |value| format!("\r\ndd-api-key: {value}\r\n").into_bytes();
        Self { header: Arc::new(Header { stand_in: header(stand_in), real: header(key) }) }
    }
}

impl<T: Transport> Connector<T> for KeyConnector {
    type Out = KeyTransport<T>;

    fn connect(
        &self,
        _: &ConnectionDetails<'_>,
        chained: Option<T>,
    ) -> Result<Option<Self::Out>, Error> {
        let header = Arc::clone(&self.header);
        Ok(chained.map(|transport| KeyTransport { transport, header }))
    }
}

impl<T: Transport> Transport for KeyTransport<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.transport.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let Header { stand_in, real } = &*self.header;
        let output = &mut self.transport.buffers().output()[..amount];
        // Headers are written at once, at the beginning.
        if output.starts_with(b"POST ") {
            let place = output.windows(stand_in.len()).position(|window| window == stand_in);
            if let Some(place) = place {
                output[place..place + real.len()].copy_from_slice(real);
            }
        }
        self.transport.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.transport.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.transport.is_open()
    }

    fn is_tls(&self) -> bool {
        self.transport.is_tls()
    }
}

impl fmt::Debug for KeyConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyConnector")
    }
}

impl<T: fmt::Debug> fmt::Debug for KeyTransport<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeyTransport").field(&self.transport).finish()
    }
}
