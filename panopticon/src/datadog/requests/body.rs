//! The body of the layer's responses, which waits for the status of a gRPC call.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::Response;
use http::header::CONTENT_TYPE;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::record::{GrpcStatus, Record, RequestOutcome};

pin_project! {
    /// The body of a response of [`RequestMetrics`](super::RequestMetrics): the inner service's. If
    /// it is that of a gRPC call, the request is counted when the body ends.
    #[derive(Debug, Default)]
    pub struct ResponseBody<B> {
        #[pin]
        inner: B,
        record: Option<Record>,
    }
}

impl<B> ResponseBody<B> {
    /// Returns the inner service's body. A gRPC call whose body has not ended counts as dropped.
    #[must_use]
    pub fn into_inner(self) -> B {
        self.inner
    }

    /// Ends the record with the response, or with the end of its body if that has the status of a
    /// gRPC call.
    pub(super) fn wrap(response: Response<B>, record: Option<Record>) -> Response<Self> {
        let Some(mut record) = record else {
            return response.map(|inner| Self { inner, record: None });
        };
        let status = response.status();
        let is_grpc = response.headers().get(CONTENT_TYPE).is_some_and(|it| is_grpc(it.as_bytes()));
        let record = match response.headers().get(GrpcStatus::HEADER) {
            Some(grpc) if is_grpc => {
                record.end(RequestOutcome::Grpc(status, GrpcStatus::parse(grpc)));
                None
            }
            None if is_grpc => {
                record.begin_body(status);
                Some(record)
            }
            _ => {
                record.end(RequestOutcome::Response(status));
                None
            }
        };
        response.map(|inner| Self { inner, record })
    }
}

/// Returns whether a body of this type ends with trailers that have the call's status. That of
/// gRPC-Web does not.
fn is_grpc(content_type: &[u8]) -> bool {
    content_type
        .strip_prefix(b"application/grpc")
        .is_some_and(|rest| matches!(rest.first(), None | Some(b'+' | b';')))
}

impl<B: Body> Body for ResponseBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let polled = this.inner.as_mut().poll_frame(context);
        let grpc = match &polled {
            Poll::Pending => return polled,
            Poll::Ready(Some(Ok(frame))) => match frame.trailers_ref() {
                // A server does not poll a body that says that this frame was its last.
                None if this.record.is_some() && this.inner.is_end_stream() => None,
                None => return polled,
                Some(trailers) => trailers.get(GrpcStatus::HEADER).map(GrpcStatus::parse),
            },
            Poll::Ready(_) => None,
        };
        if let Some(record) = this.record.take() {
            record.end_body(grpc.unwrap_or(GrpcStatus::UNKNOWN));
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
