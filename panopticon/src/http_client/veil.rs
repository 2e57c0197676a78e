//! Keeps secrets out of what ureq logs.
//!
//! At `trace`, ureq-proto 0.7 logs every byte of a request, its headers among them, whatever
//! `HeaderValue::set_sensitive` says. So ureq is given stand-ins of the same length, in the place of
//! which the secrets are put where the bytes leave: below ureq-proto, above TLS.
//!
//! A stand-in is known by its place in the head of the request, not by its bytes alone, which may be
//! those of something else. A head that is not as expected is not sent.

use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use ureq::Error;
use ureq::http::header::HeaderValue;
use ureq::http::{Request, Uri, uri};
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

use super::head::{Covered, Head, Place};

/// The last of a chain of connectors. Its clones share the request that is covered.
#[derive(Clone, Default)]
pub(super) struct Veil(Arc<Mutex<Option<Arc<Covered>>>>);

pub(super) struct VeiledTransport<T> {
    transport: T,
    veil: Veil,
    place: Place,
}

impl Veil {
    /// Puts stand-ins in the place of the request's path and query, and of each header's value that
    /// is marked as sensitive. They are for this request, which must be sent before the next.
    pub(super) fn cover<B>(&self, request: &mut Request<B>) -> Result<(), Error> {
        let real = Head { target: target(request.uri()), headers: request.headers().clone() };
        let target = format!("/{}", stand_in(real.target.len().saturating_sub(1)));
        *request.uri_mut() = with_target(mem::take(request.uri_mut()), &target)?;
        for value in request.headers_mut().values_mut().filter(|value| value.is_sensitive()) {
            *value =
                HeaderValue::from_str(&stand_in(value.len())).map_err(ureq::http::Error::from)?;
            value.set_sensitive(true);
        }
        let shown = Head { target, headers: request.headers().clone() };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Arc::new(Covered { shown, real }));
        Ok(())
    }

    fn covered(&self) -> Option<Arc<Covered>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl<T: Transport> Connector<T> for Veil {
    type Out = VeiledTransport<T>;

    fn connect(
        &self,
        _: &ConnectionDetails<'_>,
        chained: Option<T>,
    ) -> Result<Option<Self::Out>, Error> {
        let veil = self.clone();
        Ok(chained.map(|transport| VeiledTransport { transport, veil, place: Place::Start }))
    }
}

impl<T: Transport> Transport for VeiledTransport<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.transport.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let output = &mut self.transport.buffers().output()[..amount];
        self.place.write(output, || self.veil.covered())?;
        self.transport.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.place.read();
        self.transport.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.transport.is_open()
    }

    fn is_tls(&self) -> bool {
        self.transport.is_tls()
    }
}

impl fmt::Debug for Veil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Veil")
    }
}

impl<T: fmt::Debug> fmt::Debug for VeiledTransport<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VeiledTransport").field(&self.transport).finish()
    }
}

fn stand_in(length: usize) -> String {
    "-".repeat(length)
}

/// The path and query, as it is sent.
fn target(uri: &Uri) -> String {
    match uri.path_and_query().map_or("/", uri::PathAndQuery::as_str) {
        // `http://host?query` has no path, but must be asked for with one.
        query if query.starts_with('?') => format!("/{query}"),
        target => target.to_owned(),
    }
}

fn with_target(uri: Uri, target: &str) -> Result<Uri, Error> {
    let mut parts = uri.into_parts();
    parts.path_and_query = Some(target.parse().map_err(ureq::http::Error::from)?);
    Ok(Uri::from_parts(parts).map_err(ureq::http::Error::from)?)
}
