//! The body of an answer.

use std::convert::Infallible;
use std::mem::take;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::formats::format::Rendered;

/// The body of an answer from [`HealthService`](crate::HealthService): bytes of known length, in at
/// most two frames, since reports of the same results share all but the beginning of their JSON. It
/// is always ready.
#[derive(Debug, Clone, Default)]
pub struct HealthBody {
    head: Bytes,
    rest: Bytes,
}

impl From<Rendered> for HealthBody {
    fn from(Rendered { head, rest }: Rendered) -> Self {
        Self { head, rest }
    }
}

impl HealthBody {
    /// Returns the rest of the body in one piece.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        [self.head, self.rest].concat()
    }

    /// Returns the number of bytes that are left.
    pub(super) fn len(&self) -> u64 {
        // Both are in memory, so the sum cannot overflow.
        (self.head.len() + self.rest.len()) as u64
    }
}

impl Body for HealthBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = if self.head.is_empty() { take(&mut self.rest) } else { take(&mut self.head) };
        Poll::Ready((!next.is_empty()).then(|| Ok(Frame::data(next))))
    }

    fn is_end_stream(&self) -> bool {
        self.len() == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.len())
    }
}
