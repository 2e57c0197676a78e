//! Serves one connection: one request after the other, each within a time limit.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::sync::watch;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep_until, timeout};

use super::activity::{Activity, ActivityCell};
use super::listener::Connection;
use super::{limits, protocols};
use crate::http::HealthService;

/// The body of an answer.
#[cfg(not(feature = "grpc"))]
pub(super) type AnswerBody = crate::http::HealthBody;
#[cfg(feature = "grpc")]
pub(super) use super::answer_body::AnswerBody;

/// The answer to a request, or `None` if the service no longer exists.
pub(super) type AnswerFuture = Pin<Box<dyn Future<Output = Option<Response<AnswerBody>>> + Send>>;

/// Answers requests.
pub(super) trait Answers: Send + Sync + 'static {
    /// Returns the answer to a request. If it goes on, it ends once the server is `stopping`.
    fn answer(&self, request: Request<Incoming>, stopping: watch::Receiver<bool>) -> AnswerFuture;
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

/// Serves a connection until the client closes it or takes too long, or the server stops. An answer
/// in flight is still sent.
pub(super) async fn serve(
    connection: Pin<Box<dyn Connection>>,
    answers: Arc<dyn Answers>,
    activity: Arc<ActivityCell>,
    mut stopping: watch::Receiver<bool>,
) {
    let service = {
        let (activity, stopping) = (Arc::clone(&activity), stopping.clone());
        service_fn(move |request| {
            let asked = answers.answer(request, stopping.clone());
            answer(asked, Arc::clone(&activity))
        })
    };
    let builder = protocols::builder();
    let mut connection = pin!(builder.serve_connection(TokioIo::new(connection), service));
    let mut deadline = pin!(sleep_until(activity.deadline()));
    let mut stop = pin!(async { stopping.wait_for(|&stops| stops).await.map(drop) });
    // Set once the client has been told to send no more requests.
    let mut closes_at = None;
    std::future::poll_fn(|context| {
        loop {
            // An error, such as a request that is not HTTP, concerns only the client.
            if connection.as_mut().poll(context).is_ready() {
                return Poll::Ready(());
            }
            let stops = closes_at.is_none() && stop.as_mut().poll(context).is_ready();
            if !stops {
                let latest = closes_at.unwrap_or_else(|| activity.deadline());
                // It is earlier if it was set while the client was waiting for an answer that it
                // now has.
                if latest < deadline.deadline() {
                    deadline.as_mut().reset(latest);
                }
                if deadline.as_mut().poll(context).is_pending() {
                    return Poll::Pending;
                }
                if latest > Instant::now() {
                    deadline.as_mut().reset(latest);
                    continue;
                }
            }
            if closes_at.is_some() || activity.get().0 == Activity::New {
                return Poll::Ready(());
            }
            // The next request may be on its way. With HTTP/2, it is answered, or the client learns
            // that it may send it again.
            connection.as_mut().graceful_shutdown();
            closes_at = Some(Instant::now() + limits::STOP);
        }
    })
    .await;
}

async fn answer(
    asked: AnswerFuture,
    activity: Arc<ActivityCell>,
) -> Result<Response<AnswerBody>, ServiceDropped> {
    let pending = activity.ask();
    // One client that sends many requests at once must not hold up the others.
    yield_now().await;
    let response = match timeout(limits::ANSWER, asked).await {
        Ok(response) => response,
        Err(_) => Some(too_late(limits::ANSWER)),
    };
    #[cfg(feature = "grpc")]
    let response =
        response.map(|response| response.map(|body| body.while_it_goes_on(|| activity.stream())));
    drop(pending);
    response.ok_or(ServiceDropped)
}

fn too_late(limit: Duration) -> Response<AnswerBody> {
    let answer = HealthService::unavailable(format!(
        "the checks did not finish within {limit:?}; set `PANOPTICON_REPORT_TIMEOUT` for a report on \
         those that do"
    ));
    answer.map(AnswerBody::from)
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::task::JoinHandle;
    use tokio::time::sleep;

    use super::*;

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const SECOND: Duration = Duration::from_secs(1);

    /// Answers at once, or never.
    struct Scripted(bool);

    impl Answers for Scripted {
        fn answer(&self, _: Request<Incoming>, _: watch::Receiver<bool>) -> AnswerFuture {
            if self.0 {
                let answer = HealthService::unavailable("test".to_owned());
                Box::pin(ready(Some(answer.map(AnswerBody::from))))
            } else {
                Box::pin(pending())
            }
        }
    }

    /// Answers at once, and counts how often.
    #[derive(Clone, Default)]
    struct Counting(Arc<AtomicUsize>);

    impl Answers for Counting {
        fn answer(
            &self,
            request: Request<Incoming>,
            stopping: watch::Receiver<bool>,
        ) -> AnswerFuture {
            // What it does for a request begins when it is polled.
            let (count, answer) = (self.clone(), Scripted(true).answer(request, stopping));
            Box::pin(async move {
                count.0.fetch_add(1, Ordering::SeqCst);
                answer.await
            })
        }
    }

    fn start(answers: bool, buffer: usize) -> (DuplexStream, JoinHandle<()>) {
        start_with(Scripted(answers), buffer)
    }

    fn start_with(answers: impl Answers, buffer: usize) -> (DuplexStream, JoinHandle<()>) {
        let (client, server) = duplex(buffer);
        let (stopping, stops) = watch::channel(false);
        let task = tokio::spawn(async move {
            let activity = ActivityCell::new();
            serve(Box::pin(server), Arc::new(answers), activity, stops).await;
            drop(stopping);
        });
        (client, task)
    }

    /// Returns how long the connection is served.
    async fn served_for(task: JoinHandle<()>) -> Duration {
        let start = Instant::now();
        task.await.unwrap();
        start.elapsed()
    }

    async fn read_answer(client: &mut DuplexStream) -> String {
        let mut buffer = vec![0; 4096];
        let length = client.read(&mut buffer).await.unwrap();
        buffer.truncate(length);
        String::from_utf8(buffer).unwrap()
    }

    fn assert_about(actual: Duration, expected: Duration) {
        // Timers have a resolution of a millisecond.
        assert!(actual.abs_diff(expected) < SECOND / 10, "{actual:?}, not {expected:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_sends_nothing_is_closed() {
        let (_client, task) = start(true, 4096);
        assert_about(served_for(task).await, limits::FIRST_REQUEST);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_is_sent_slowly_has_no_more_time() {
        let (mut client, task) = start(true, 4096);
        let sends = tokio::spawn(async move {
            loop {
                if client.write_all(b"G").await.is_err() {
                    return;
                }
                sleep(SECOND / 4).await;
            }
        });
        assert_about(served_for(task).await, limits::FIRST_REQUEST);
        sends.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_between_two_requests_has_time_and_is_then_closed() {
        let (mut client, task) = start(true, 4096);
        for _ in 0..3 {
            client.write_all(REQUEST).await.unwrap();
            assert!(read_answer(&mut client).await.starts_with("HTTP/1.1 503"));
            sleep(limits::NEXT_REQUEST / 2).await;
            assert!(!task.is_finished());
        }
        assert_about(served_for(task).await, limits::NEXT_REQUEST / 2);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_is_not_read_does_not_keep_the_connection_open() {
        let (mut client, task) = start(true, 64);
        client.write_all(REQUEST).await.unwrap();
        assert_about(served_for(task).await, limits::NEXT_REQUEST + limits::STOP);
    }

    #[tokio::test(start_paused = true)]
    async fn requests_that_are_sent_at_once_are_answered_one_in_each_turn() {
        let answered = Counting::default();
        let (mut client, _task) = start_with(answered.clone(), 1 << 16);
        client.write_all(&REQUEST.repeat(10)).await.unwrap();
        for turns in 1..=20 {
            yield_now().await;
            assert!(answered.0.load(Ordering::SeqCst) <= turns);
        }
        sleep(SECOND).await;
        assert_eq!(answered.0.load(Ordering::SeqCst), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_takes_too_long_is_replaced() {
        let (mut client, _task) = start(false, 4096);
        client.write_all(REQUEST).await.unwrap();
        let asked = Instant::now();
        let answer = read_answer(&mut client).await;
        assert_about(asked.elapsed(), limits::ANSWER);
        assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
        assert!(answer.contains("the checks did not finish within 60s"), "{answer}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_takes_long_is_waited_for() {
        let (mut client, task) = start(false, 4096);
        client.write_all(REQUEST).await.unwrap();
        sleep(limits::ANSWER / 2).await;
        assert!(!task.is_finished());
    }
}
