//! The open connections, and which of them are closed to make room for others.

use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, timeout};

use super::activity::{Activity, ActivityCell};
use super::connection::{self, Answers};
use super::limits;
use super::listener::Connection;

/// The open connections, which are closed when this is dropped.
pub(super) struct Connections {
    answers: Arc<dyn Answers>,
    open: Vec<OpenConnection>,
    tasks: JoinSet<()>,
    stopping: watch::Sender<bool>,
}

struct OpenConnection {
    activity: Arc<ActivityCell>,
    task: AbortHandle,
}

impl Connections {
    pub(super) fn new(answers: Arc<dyn Answers>) -> Self {
        Self {
            answers,
            open: Vec::new(),
            tasks: JoinSet::new(),
            stopping: watch::Sender::new(false),
        }
    }

    /// Serves a connection. If there are too many, closes the one that has been idle the longest
    /// or, if none is idle, the one that has waited the longest: a new one is more likely to be a
    /// probe whose client is still waiting.
    pub(super) fn add(&mut self, connection: Pin<Box<dyn Connection>>) {
        if self.open.len() >= limits::CONNECTIONS {
            self.close_longest(|_, _| true);
        }
        let activity = ActivityCell::new();
        let served = connection::serve(
            connection,
            Arc::clone(&self.answers),
            Arc::clone(&activity),
            self.stopping.subscribe(),
        );
        let task = self.tasks.spawn(served);
        self.open.push(OpenConnection { activity, task });
    }

    /// Closes the connection that has been idle the longest, if it has been idle for long enough,
    /// and waits until it is closed. Returns whether there was one.
    pub(super) async fn close_longest_idle(&mut self) -> bool {
        let is_closed = self.close_longest(|activity, since| {
            activity != Activity::Asked && since.elapsed() >= limits::IDLE
        });
        if is_closed {
            self.ended().await;
        }
        is_closed
    }

    fn close_longest(&mut self, may_be_closed: impl Fn(Activity, Instant) -> bool) -> bool {
        let candidates = self.open.iter().enumerate().filter_map(|(index, open)| {
            let (activity, since) = open.activity.get();
            may_be_closed(activity, since).then_some(((activity == Activity::Asked, since), index))
        });
        let Some((_, index)) = candidates.min() else { return false };
        self.open.swap_remove(index).task.abort();
        true
    }

    /// Waits until a connection ends; forever if there is none. Cancel safe.
    pub(super) async fn ended(&mut self) {
        let ended = poll_fn(|context| match self.tasks.poll_join_next(context) {
            Poll::Ready(ended) => Poll::Ready(ended.is_some()),
            Poll::Pending => Poll::Pending,
        });
        if !ended.await {
            pending::<()>().await;
        }
        self.open.retain(|open| !open.task.is_finished());
    }

    /// Closes idle connections, and waits for answers in flight, within bounds.
    pub(super) async fn stop(mut self) {
        self.stopping.send_replace(true);
        let all_ended = async { while self.tasks.join_next().await.is_some() {} };
        let _ = timeout(limits::STOP, all_ended).await;
    }
}
