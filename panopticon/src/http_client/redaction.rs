//! Keeps the secrets of a request out of ureq's log.
//!
//! At `trace`, ureq-proto 0.7 logs every byte of a request, even header values marked with
//! `HeaderValue::set_sensitive`, and this cannot be turned off. So ureq is given a request for
//! `/redacted` without headers, with a body of zeros, and the transport sends the real head and body
//! in place of that request's: above TLS, below ureq-proto. If ureq writes anything else, nothing is
//! sent.
//!
//! Other clients were no simpler: hyper and reqwest do not log heads, but need an async runtime
//! under callers that block, and bring 37 and 79 crates where ureq brings 22; minreq and attohttpc
//! have no SOCKS proxies. The price of ureq is its `unversioned` interface, which is why
//! `Cargo.toml` accepts only patches of one minor version.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ureq::Error;
use ureq::http::header::{CONTENT_LENGTH, HeaderMap};
use ureq::http::{Method, Request, Uri, uri::PathAndQuery};
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

/// What ureq asks for, and so logs.
const REDACTED_PATH: &str = "/redacted";

/// The last of a chain of connectors, and the next request. Clones share the request.
#[derive(Clone, Default)]
pub(super) struct Redaction(Arc<Mutex<Unsent>>);

/// What has not been sent of a request.
#[derive(Default)]
struct Unsent {
    head: Option<Vec<u8>>,
    body: Vec<u8>,
    /// How much of the body has been sent.
    sent: usize,
}

struct RedactedTransport {
    transport: Box<dyn Transport>,
    redaction: Redaction,
}

impl Redaction {
    /// Keeps a request, and returns the one that ureq sends in its place, with a body of the same
    /// length. It must be sent before the next one is redacted. It goes to the proxy, if there is one
    /// that forwards it.
    pub(super) fn redact(
        &self,
        method: &Method,
        uri: Uri,
        proxy: Option<Uri>,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Request<Vec<u8>>, Error> {
        let mut redacted = Request::builder().method(method);
        // ureq sends as much of the body as this says.
        if let Some(length) = headers.get(CONTENT_LENGTH) {
            redacted = redacted.header(CONTENT_LENGTH, length);
        }
        let head = Some(head(method, &uri, proxy.is_some(), headers));
        *self.lock() = Unsent { head, body: body.to_vec(), sent: 0 };
        let mut parts = proxy.unwrap_or(uri).into_parts();
        parts.path_and_query = Some(PathAndQuery::from_static(REDACTED_PATH));
        let uri = Uri::from_parts(parts).map_err(ureq::http::Error::from)?;
        Ok(redacted.uri(uri).body(vec![0; body.len()])?)
    }

    fn lock(&self) -> MutexGuard<'_, Unsent> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the next part of the body, if there is as much left of it.
    fn next_of_body(&self, amount: usize) -> Option<Vec<u8>> {
        let mut unsent = self.lock();
        let end = unsent.sent.checked_add(amount)?;
        let part = unsent.body.get(unsent.sent..end)?.to_vec();
        unsent.sent = end;
        Some(part)
    }
}

impl<In: Transport> Connector<In> for Redaction {
    type Out = Box<dyn Transport>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        let chained = chained.map(|transport| Box::new(transport) as Box<dyn Transport>);
        if !is_redacted(details.uri) {
            return Ok(chained);
        }
        let redaction = self.clone();
        Ok(chained.map(|transport| Box::new(RedactedTransport { transport, redaction }) as _))
    }
}

impl Transport for RedactedTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.transport.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let unexpected = || io::Error::other("the HTTP client wrote an unexpected request");
        let head = self.redaction.lock().head.take();
        let output = self.transport.buffers().output();
        let Some(head) = head else {
            // The head has been sent, and this is of the body.
            let part = self.redaction.next_of_body(amount).ok_or_else(unexpected)?;
            output[..amount].copy_from_slice(&part);
            return self.transport.transmit_output(amount, timeout);
        };
        if !output[..amount].ends_with(b"\r\n\r\n") {
            return Err(unexpected().into());
        }
        let capacity = output.len();
        for part in head.chunks(capacity) {
            self.transport.buffers().output()[..part.len()].copy_from_slice(part);
            self.transport.transmit_output(part.len(), timeout)?;
        }
        Ok(())
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

impl fmt::Debug for Redaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redaction")
    }
}

impl fmt::Debug for RedactedTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RedactedTransport").field(&self.transport).finish()
    }
}

/// Returns whether a connection is for one of our requests. That to a proxy is ureq's own; the tunnel
/// through it has our URI.
pub(super) fn is_redacted(uri: &Uri) -> bool {
    uri.path() == REDACTED_PATH
}

/// Returns the request line and the headers, as they are sent. A proxy that forwards the request
/// needs the origin too (RFC 9112, section 3.2.2).
fn head(method: &Method, uri: &Uri, is_forwarded: bool, headers: &HeaderMap) -> Vec<u8> {
    let target = uri.path_and_query().map_or("/", PathAndQuery::as_str);
    // `http://host?query` has no path, but a request must have one.
    let slash = if target.starts_with('/') { "" } else { "/" };
    let origin = match (uri.scheme(), uri.authority()) {
        (Some(scheme), Some(authority)) if is_forwarded => format!("{scheme}://{authority}"),
        _ => String::new(),
    };
    let mut head = format!("{method} {origin}{slash}{target} HTTP/1.1\r\n").into_bytes();
    for (name, value) in headers {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            head.extend_from_slice(part);
        }
    }
    head.extend_from_slice(b"\r\n");
    head
}

#[cfg(test)]
mod tests {
    use ureq::unversioned::transport::LazyBuffers;

    use super::*;

    #[derive(Debug)]
    struct Sent(LazyBuffers, Arc<Mutex<String>>);

    impl Transport for Sent {
        fn buffers(&mut self) -> &mut dyn Buffers {
            &mut self.0
        }

        fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), Error> {
            let output = &self.0.output()[..amount];
            self.1.lock().unwrap().push_str(std::str::from_utf8(output).unwrap());
            Ok(())
        }

        fn await_input(&mut self, _: NextTimeout) -> Result<bool, Error> {
            Ok(false)
        }

        fn is_open(&mut self) -> bool {
            true
        }
    }

    /// Returns what is sent of these writes through a buffer of eight bytes.
    fn transmit(writes: &[&str]) -> Result<String, Error> {
        let (redaction, sent) = (Redaction::default(), Arc::default());
        let head = Some(b"the real head".to_vec());
        *redaction.lock() = Unsent { head, body: b", the real body".to_vec(), sent: 0 };
        let transport = Box::new(Sent(LazyBuffers::new(1, 8), Arc::clone(&sent)));
        let mut transport = RedactedTransport { transport, redaction };
        for write in writes {
            transport.buffers().output()[..write.len()].copy_from_slice(write.as_bytes());
            transport.transmit_output(write.len(), NextTimeout::default())?;
        }
        let sent = sent.lock().unwrap().clone();
        Ok(sent)
    }

    #[test]
    fn the_head_and_the_body_are_replaced() {
        let sent = transmit(&["a\r\n\r\n", "1234567", "12345678"]);
        assert_eq!(sent.unwrap(), "the real head, the real body");
    }

    #[test]
    fn more_than_the_body_is_not_sent() {
        transmit(&["a\r\n\r\n", "12345678", "12345678"]).unwrap_err();
    }

    #[test]
    fn a_head_in_parts_is_not_sent() {
        transmit(&["a\r\n", "\r\n"]).unwrap_err();
    }
}
