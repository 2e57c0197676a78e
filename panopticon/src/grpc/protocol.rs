//! The three methods of the health service.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use tokio::sync::watch;
use tonic::{Request, Response, Status};

use super::health_v1::health_check_response::ServingStatus;
use super::health_v1::health_server::Health;
use super::health_v1::{
    HealthCheckRequest, HealthCheckResponse, HealthListRequest, HealthListResponse,
};
use super::names;
use super::status_stream::StatusStream;
use crate::panopticon::{Panopticon, ServingQuestion};

/// The largest number of names that are listed, which is that of gRPC's own implementations.
const MAX_LISTED: usize = 100;

#[derive(Debug)]
pub(super) struct Protocol {
    pub(super) health: Panopticon,
    /// Whether the server that this serves stops, if it tells.
    pub(super) stopping: Option<watch::Receiver<bool>>,
}

impl Protocol {
    fn question(&self, name: &str) -> Result<ServingQuestion, Status> {
        names::question(&self.health, name)
            .ok_or_else(|| Status::not_found(names::unknown(&self.health, name)))
    }

    async fn status(&self, question: &ServingQuestion) -> Result<HealthCheckResponse, Status> {
        let serves = self.health.serves(question).await;
        // Names do not change, so each is known.
        serves.map(serving).map_err(|error| Status::not_found(error.to_string()))
    }
}

#[tonic::async_trait]
impl Health for Protocol {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        let question = self.question(&request.get_ref().service)?;
        self.status(&question).await.map(Response::new)
    }

    async fn list(
        &self,
        _: Request<HealthListRequest>,
    ) -> Result<Response<HealthListResponse>, Status> {
        let names = names::all(&self.health);
        if names.len() > MAX_LISTED {
            return Err(Status::resource_exhausted(format!(
                "there are {} names, and at most {MAX_LISTED} can be listed; call `Check` for each \
                 that you need",
                names.len()
            )));
        }
        let statuses = names.into_iter().map(|name| async move {
            let status = self.status(&self.question(name)?).await?;
            Ok::<_, Status>((name.to_owned(), status))
        });
        let statuses = all_at_once(statuses).await.into_iter().collect::<Result<_, _>>()?;
        Ok(Response::new(HealthListResponse { statuses }))
    }

    type WatchStream = StatusStream;

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<StatusStream>, Status> {
        let question = names::question(&self.health, &request.get_ref().service);
        let stopping = self.stopping.clone();
        let stream = match question {
            Some(question) => {
                self.health.watch(question).map(|answer| StatusStream::new(answer, stopping))
            }
            None => self
                .health
                .watch_nothing()
                .map(|unanswered| StatusStream::of_unknown(unanswered, stopping)),
        };
        stream.map(Response::new).map_err(Status::unavailable)
    }
}

pub(super) fn serving(serves: bool) -> HealthCheckResponse {
    with_status(if serves { ServingStatus::Serving } else { ServingStatus::NotServing })
}

pub(super) fn with_status(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse { status: status.into() }
}

/// Waits for all futures at once, so that checks that they share run once.
async fn all_at_once<F: Future + Send>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut pending: Vec<Pin<Box<F>>> = futures.map(Box::pin).collect();
    let mut outputs: Vec<Option<F::Output>> = pending.iter().map(|_| None).collect();
    poll_fn(move |context| {
        for (future, output) in pending.iter_mut().zip(&mut outputs) {
            if output.is_none() {
                if let Poll::Ready(ready) = future.as_mut().poll(context) {
                    *output = Some(ready);
                }
            }
        }
        if outputs.iter().any(Option::is_none) {
            return Poll::Pending;
        }
        Poll::Ready(outputs.drain(..).flatten().collect())
    })
    .await
}
