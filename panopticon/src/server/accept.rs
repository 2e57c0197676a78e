//! Accepts connections until the server stops.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use tokio::task::yield_now;
use tokio::time::{Sleep, sleep};

use super::connection::Answers;
use super::connections::Connections;
use super::limits;
use super::listener::{Accepted, Listener, is_of_client};

/// What happens next.
enum Event {
    Stopped,
    ConnectionEnded,
    PauseEnded,
    Accepted(Accepted),
}

/// Serves all connections until `stop` completes, and then those that are waiting for an answer.
pub(super) async fn serve_until(
    stop: impl Future<Output = ()>,
    mut listener: Listener,
    answers: Arc<dyn Answers>,
) {
    let mut connections = Connections::new(answers);
    let mut stop = pin!(stop);
    // During a pause, nothing is accepted.
    let mut pause: Option<Pin<Box<Sleep>>> = None;
    let mut accepted: usize = 0;
    loop {
        match next_event(stop.as_mut(), &mut connections, pause.as_mut(), &mut listener).await {
            Event::Stopped => break,
            Event::PauseEnded => pause = None,
            Event::ConnectionEnded => {
                listener.refill_reserve();
                pause = None;
            }
            Event::Accepted(Ok(connection)) => {
                connections.add(connection);
                accepted = accepted.wrapping_add(1);
                // Each connection is polled before others may replace it.
                if accepted % limits::ACCEPTED_AT_ONCE == 0 {
                    yield_now().await;
                }
                listener.refill_reserve();
            }
            Event::Accepted(Err(error)) => {
                if !is_of_client(&error) && !connections.close_longest_idle().await {
                    pause = Some(Box::pin(sleep(limits::REFUSED)));
                }
            }
        }
    }
    // Closes the socket, so that clients go elsewhere at once.
    drop(listener);
    connections.stop().await;
}

async fn next_event(
    mut stop: Pin<&mut impl Future<Output = ()>>,
    connections: &mut Connections,
    mut pause: Option<&mut Pin<Box<Sleep>>>,
    listener: &mut Listener,
) -> Event {
    let mut ended = pin!(connections.ended());
    poll_fn(|context| {
        if stop.as_mut().poll(context).is_ready() {
            return Poll::Ready(Event::Stopped);
        }
        if ended.as_mut().poll(context).is_ready() {
            return Poll::Ready(Event::ConnectionEnded);
        }
        match &mut pause {
            Some(pause) => pause.as_mut().poll(context).map(|()| Event::PauseEnded),
            None => listener.poll_accept(context).map(Event::Accepted),
        }
    })
    .await
}
