//! Waits for the answer to a ping, and opens a connection if there is none.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use tokio::time::Instant;

use super::{AnyFuture, IsBusy};
use crate::engine::callers_clock;
use crate::health::{Health, IntoHealth};
use crate::timer::Timer;

/// What a ping tries.
pub(super) struct Attempt<'a, E> {
    pub(super) future: AnyFuture<'a, E>,
    pub(super) connect: Option<AnyFuture<'a, E>>,
    pub(super) busy_if: Option<IsBusy<'a, E>>,
}

/// What is known when the time is over, or before that if more would change nothing.
pub(super) struct Outcome {
    pub(super) answer: Answer,
    pub(super) connection: Connection,
}

// Errors become results at once, because they may not be `Send`.
pub(super) enum Answer {
    Good,
    /// An error for which `busy_if` returns true.
    Busy(Health),
    Error(Health),
    None,
}

/// Whether the dependency accepts a connection outside of the pool.
pub(super) enum Connection {
    /// It does, or would if it were not busy, or none was to be opened.
    Possible,
    Failed(Health),
    /// The time is over.
    Hung,
}

impl<E> Attempt<'_, E>
where
    Result<(), E>: IntoHealth,
{
    pub(super) async fn within(self, limit: Duration) -> Result<Outcome, String> {
        let Self { mut future, connect, mut busy_if } = self;
        // The caller's runtime may have no timers.
        let clock = callers_clock()?;
        let timer = |limit| {
            let _context = clock.enter();
            Timer::new(Instant::now() + limit)
        };
        let Some(mut connect) = connect else {
            let answer = Answer::of(timer(limit).limit(future).await, busy_if.as_mut());
            return Ok(Outcome { answer, connection: Connection::Possible });
        };
        let (mut half, mut whole) = (timer(limit / 2), timer(limit));
        let mut answer = Answer::of(half.limit(&mut future).await, busy_if.as_mut());
        let mut connection = Connection::Hung;
        let both = poll_fn(|context| {
            if matches!(answer, Answer::None) {
                answer = Answer::of(ready(future.as_mut().poll(context)), busy_if.as_mut());
            }
            if matches!(answer, Answer::Good | Answer::Error(_)) {
                return Poll::Ready(());
            }
            if matches!(connection, Connection::Hung) {
                connection =
                    match Answer::of(ready(connect.as_mut().poll(context)), busy_if.as_mut()) {
                        Answer::Good | Answer::Busy(_) => Connection::Possible,
                        Answer::Error(health) => Connection::Failed(health),
                        Answer::None => return Poll::Pending,
                    };
            }
            if matches!(answer, Answer::Busy(_)) { Poll::Ready(()) } else { Poll::Pending }
        });
        // What it has found is in the variables.
        let _ = whole.limit(both).await;
        Ok(Outcome { answer, connection })
    }
}

impl Answer {
    fn of<E>(result: Option<Result<(), E>>, busy_if: Option<&mut IsBusy<'_, E>>) -> Self
    where
        Result<(), E>: IntoHealth,
    {
        match result {
            None => Self::None,
            Some(Ok(())) => Self::Good,
            Some(Err(error)) if busy_if.is_some_and(|busy_if| busy_if(&error)) => {
                Self::Busy(Err(error).into_health())
            }
            Some(Err(error)) => Self::Error(Err(error).into_health()),
        }
    }
}

fn ready<T>(poll: Poll<T>) -> Option<T> {
    match poll {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
