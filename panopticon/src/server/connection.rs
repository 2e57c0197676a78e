//! Serves one connection: one request after the other, each within its time.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

use super::limits;
use super::listener::Connection;
use crate::http::{HealthBody, HealthService};

/// What a connection does, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Activity {
    /// Has not sent a whole request.
    New,
    /// Receives an answer, or has received it and sends the next request.
    Answered,
    /// Waits for an answer.
    Asked,
}

/// The activity of a connection, which its task and the list of connections share.
pub(super) struct ActivityCell(Mutex<(Activity, Instant)>);

impl ActivityCell {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new((Activity::New, Instant::now()))))
    }

    pub(super) fn get(&self) -> (Activity, Instant) {
        *self.lock()
    }

    fn set(&self, activity: Activity) {
        *self.lock() = (activity, Instant::now());
    }

    /// Returns until when the client must have sent the next request.
    fn deadline(&self) -> Instant {
        let (activity, since) = self.get();
        since
            + match activity {
                Activity::New => limits::FIRST_REQUEST,
                Activity::Answered => limits::NEXT_REQUEST,
                // The answer has a limit of its own, and is then written.
                Activity::Asked => limits::ANSWER + limits::NEXT_REQUEST,
            }
    }

    fn lock(&self) -> MutexGuard<'_, (Activity, Instant)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The answer to a request, or `None` if the service no longer exists.
pub(super) type AnswerFuture = Pin<Box<dyn Future<Output = Option<Response<HealthBody>>> + Send>>;

/// Answers requests.
pub(super) trait Answers: Send + Sync + 'static {
    fn answer(&self, request: Request<Incoming>) -> AnswerFuture;
}

/// The service no longer exists; ends the connection.
#[derive(Debug)]
struct ServiceDropped;

impl fmt::Display for ServiceDropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the last handle to the service was dropped")
    }
}

impl Error for ServiceDropped {}

/// Serves a connection until the client closes it, takes too long, or the server stops. Then,
/// an answer in flight is still sent.
pub(super) async fn serve(
    connection: Pin<Box<dyn Connection>>,
    answers: Arc<dyn Answers>,
    activity: Arc<ActivityCell>,
    mut stopping: watch::Receiver<bool>,
) {
    let service = service_fn(|request| answer(&*answers, &activity, request));
    let connection = http1::Builder::new()
        .max_buf_size(limits::HEAD)
        .serve_connection(TokioIo::new(connection), service);
    let mut connection = pin!(connection);
    let mut deadline = pin!(sleep_until(activity.deadline()));
    let mut stop = pin!(async { stopping.wait_for(|&stops| stops).await.map(drop) });
    let mut stops = false;
    std::future::poll_fn(|context| {
        // An error, such as that of a request that is no HTTP, concerns nobody but the client.
        if connection.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        if !stops && stop.as_mut().poll(context).is_ready() {
            stops = true;
            if activity.get().0 == Activity::New {
                return Poll::Ready(());
            }
            connection.as_mut().graceful_shutdown();
            if connection.as_mut().poll(context).is_ready() {
                return Poll::Ready(());
            }
        }
        while deadline.as_mut().poll(context).is_ready() {
            let latest = activity.deadline();
            if latest <= Instant::now() {
                return Poll::Ready(());
            }
            deadline.as_mut().reset(latest);
        }
        Poll::Pending
    })
    .await;
}

async fn answer(
    answers: &dyn Answers,
    activity: &ActivityCell,
    request: Request<Incoming>,
) -> Result<Response<HealthBody>, ServiceDropped> {
    activity.set(Activity::Asked);
    let response = match timeout(limits::ANSWER, answers.answer(request)).await {
        Ok(response) => response,
        Err(_) => Some(too_late(limits::ANSWER)),
    };
    activity.set(Activity::Answered);
    response.ok_or(ServiceDropped)
}

fn too_late(limit: Duration) -> Response<HealthBody> {
    HealthService::unavailable(format!(
        "the checks have not answered within {limit:?}; set `PANOPTICON_REPORT_TIMEOUT` for a report \
         of those that have"
    ))
}
