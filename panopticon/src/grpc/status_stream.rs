//! The stream with which `Watch` answers.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::sync::watch;
use tonic::Status;
use tonic::codegen::tokio_stream::Stream;

use super::health_v1::HealthCheckResponse;
use super::health_v1::health_check_response::ServingStatus;
use super::protocol::{serving, with_status};
use crate::events::Watched;
use crate::panopticon::Answer;

/// A status at once, and then each time it changes. Ends when the service shuts down.
pub(super) struct StatusStream {
    /// What is sent next, if that is known.
    next: Option<HealthCheckResponse>,
    last: Option<HealthCheckResponse>,
    answer: Watched<Option<bool>>,
    stopping: Option<Watched<bool>>,
}

impl StatusStream {
    pub(super) fn new(mut answer: Answer, stopping: Option<watch::Receiver<bool>>) -> Self {
        let next = answer.borrow_and_update().map(serving);
        Self {
            next,
            last: None,
            answer: Watched::new(answer),
            stopping: stopping.map(Watched::new),
        }
    }

    /// Returns the stream of a name that is unknown, and stays so.
    pub(super) fn of_unknown(answer: Answer, stopping: Option<watch::Receiver<bool>>) -> Self {
        let next = Some(with_status(ServingStatus::ServiceUnknown));
        Self { next, ..Self::new(answer, stopping) }
    }

    fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(stopping) = &mut self.stopping else { return Poll::Pending };
        while let Some(stops) = ready!(stopping.poll_change(context)) {
            if stops {
                break;
            }
        }
        Poll::Ready(())
    }
}

impl Stream for StatusStream {
    type Item = Result<HealthCheckResponse, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(next) = self.next.take() {
                // Two changes that were not seen in between may cancel each other.
                if self.last != Some(next) {
                    self.last = Some(next);
                    return Poll::Ready(Some(Ok(next)));
                }
            }
            if self.poll_end(context).is_ready() {
                return Poll::Ready(None);
            }
            match ready!(self.answer.poll_change(context)) {
                Some(answer) => self.next = answer.map(serving),
                None => return Poll::Ready(None),
            }
        }
    }
}
