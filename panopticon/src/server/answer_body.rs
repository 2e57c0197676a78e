//! The body of an answer: a report, or messages of gRPC.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tonic::Status;
use tonic::body::Body as GrpcBody;

use super::activity::Pending;
use crate::http::HealthBody;

/// The body of an answer.
pub(super) enum AnswerBody {
    Report(HealthBody),
    Grpc { body: GrpcBody, _pending: Option<Pending> },
}

impl AnswerBody {
    /// Returns the body with a value that is dropped with it, if it may go on for long.
    pub(super) fn while_it_goes_on(self, pending: impl FnOnce() -> Pending) -> Self {
        match self {
            Self::Report(_) => self,
            Self::Grpc { body, .. } => Self::Grpc { body, _pending: Some(pending()) },
        }
    }
}

impl From<HealthBody> for AnswerBody {
    fn from(body: HealthBody) -> Self {
        Self::Report(body)
    }
}

impl From<GrpcBody> for AnswerBody {
    fn from(body: GrpcBody) -> Self {
        Self::Grpc { body, _pending: None }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        match &mut *self {
            Self::Report(body) => {
                let frame = Pin::new(body).poll_frame(context);
                frame.map(|frame| frame.map(|Ok(frame)| frame).map(Ok))
            }
            Self::Grpc { body, .. } => Pin::new(body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Report(body) => body.is_end_stream(),
            Self::Grpc { body, .. } => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Report(body) => body.size_hint(),
            Self::Grpc { body, .. } => body.size_hint(),
        }
    }
}
