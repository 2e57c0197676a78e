//! The response future of the layer.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use http::Response;
use pin_project_lite::pin_project;

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
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if this.record.is_none() {
            return this.inner.poll(context);
        }
        // The panic is resumed, so the caller sees the same broken invariants as without this
        // layer.
        let polled = catch_unwind(AssertUnwindSafe(|| this.inner.poll(context)));
        let outcome = match &polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(Ok(response))) => RequestOutcome::Response(response.status()),
            Ok(Poll::Ready(Err(error))) => RequestOutcome::error(error),
            Err(payload) => RequestOutcome::panic(&**payload),
        };
        if let Some(record) = this.record.take() {
            record.end(outcome);
        }
        polled.unwrap_or_else(|payload| resume_unwind(payload))
    }
}
