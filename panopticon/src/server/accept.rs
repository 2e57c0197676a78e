//! Accepts connections until the server stops.

use std::future::{Future, poll_fn};
use std::io::{self, ErrorKind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use tokio::task::yield_now;
use tokio::time::{Sleep, sleep};

use super::connection::Answers;
use super::connections::Connections;
use super::limits;
use super::listener::{Connection, Listener};

/// What happens next.
enum Event {
    Stopped,
    ConnectionEnded,
    PauseEnded,
    Accepted(io::Result<Pin<Box<dyn Connection>>>),
}

/// Serves all connections until `stop` completes, and then those that wait for an answer.
pub(super) async fn serve_until(
    stop: impl Future<Output = ()>,
    mut listener: Listener,
    answers: Arc<dyn Answers>,
) {
    let mut connections = Connections::new(answers);
    let mut stop = pin!(stop);
    // While it lasts, nothing is accepted.
    let mut pause: Option<Pin<Box<Sleep>>> = None;
    loop {
        match next_event(stop.as_mut(), &mut connections, pause.as_mut(), &listener).await {
            Event::Stopped => break,
            Event::PauseEnded => pause = None,
            Event::ConnectionEnded => {
                listener.refill_reserve();
                pause = None;
            }
            Event::Accepted(Ok(connection)) => {
                connections.add(connection);
                // Each connection gets its turn before another may take its place.
                yield_now().await;
                listener.refill_reserve();
            }
            Event::Accepted(Err(error)) => {
                let may_go_on = is_of_client(&error)
                    || listener.use_reserve()
                    || connections.close_longest_idle().await;
                if !may_go_on {
                    #[cfg(feature = "tracing")]
                    log_refused(&error);
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
    listener: &Listener,
) -> Event {
    let mut ended = pin!(connections.ended());
    let mut accepted = pin!(listener.accept());
    poll_fn(|context| {
        if stop.as_mut().poll(context).is_ready() {
            return Poll::Ready(Event::Stopped);
        }
        if ended.as_mut().poll(context).is_ready() {
            return Poll::Ready(Event::ConnectionEnded);
        }
        match &mut pause {
            Some(pause) => pause.as_mut().poll(context).map(|()| Event::PauseEnded),
            None => accepted.as_mut().poll(context).map(Event::Accepted),
        }
    })
    .await
}

/// Returns whether the client gave up before it was accepted. All other errors are the system's,
/// such as a lack of file descriptors or memory.
fn is_of_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::ConnectionRefused
    )
}

#[cfg(feature = "tracing")]
fn log_refused(error: &io::Error) {
    tracing::warn!(
        target: crate::log_target::LOG_TARGET,
        %error,
        "the management server cannot accept a connection"
    );
}
