//! The response future of the layer.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use http::Response;
use pin_project_lite::pin_project;

use super::body::ResponseBody;
use super::record::{Record, RequestOutcome};

pin_project! {
    /// The response future of [`RequestMetrics`](super::RequestMetrics).
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        // Dropped before the record, so that the request's time includes this drop.
        #[pin]
        inner: F,
        record: Option<Record>,
    }
}

impl<F> ResponseFuture<F> {
    pub(super) fn new(inner: F, record: Option<Record>) -> Self {
        Self { inner, record }
    }
}

impl<F, R, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    E: fmt::Display + 'static,
{
    type Output = Result<Response<ResponseBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if this.record.is_none() {
            let polled = this.inner.poll(context);
            return polled.map_ok(|response| ResponseBody::wrap(response, None));
        }
        // The panic is resumed, so the caller sees the same broken invariants as without this
        // layer.
        let polled = catch_unwind(AssertUnwindSafe(|| this.inner.poll(context)));
        if matches!(polled, Ok(Poll::Pending)) {
            return Poll::Pending;
        }
        let record = this.record.take();
        match polled {
            Ok(polled) => polled.map(|result| match result {
                Ok(response) => Ok(ResponseBody::wrap(response, record)),
                Err(error) => {
                    if let Some(record) = record {
                        let outcome = RequestOutcome::error(&error, record.has_error_texts());
                        record.end(outcome);
                    }
                    Err(error)
                }
            }),
            Err(payload) => {
                if let Some(record) = record {
                    record.end(RequestOutcome::panic(&*payload));
                }
                resume_unwind(payload)
            }
        }
    }
}
