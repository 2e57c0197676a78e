//! Questions whose answers are watched: each is asked again and again by one task, however many
//! watch it, and by none once nobody does.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::sleep;

use super::handle::Panopticon;
use super::serving::ServingQuestion;
use super::weak_handle::WeakHandle;
use crate::engine::SurfaceRuntime;
use crate::events::{DrainingChanges, Transitions};
use crate::panics::contain_panics;

/// The answer to a question, once there is one. The channel closes when the service shuts down, or
/// when its last handle is dropped.
pub(crate) type Answer = watch::Receiver<Option<bool>>;

/// The questions that are watched. `None` once the service has shut down.
pub(super) struct WatchedQuestions(Mutex<Option<Open>>);

struct Open {
    questions: Vec<WatchedQuestion>,
    /// Never changes.
    unanswered: watch::Sender<Option<bool>>,
}

struct WatchedQuestion {
    question: ServingQuestion,
    answer: watch::Sender<Option<bool>>,
    task: AbortHandle,
}

impl Default for WatchedQuestions {
    fn default() -> Self {
        let open = Open { questions: Vec::new(), unanswered: watch::Sender::new(None) };
        Self(Mutex::new(Some(open)))
    }
}

impl WatchedQuestions {
    /// Stops asking, and closes the channels.
    pub(super) fn close(&self) {
        let open = self.lock().take();
        for question in open.iter().flat_map(|open| &open.questions) {
            question.task.abort();
        }
        // Without the lock, since closing a channel wakes tasks, which runs code of executors.
        let _ = contain_panics(|| drop(open));
    }

    fn lock(&self) -> MutexGuard<'_, Option<Open>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Panopticon {
    /// Watches the answer to a question, which is asked at once, at each change that is known, and
    /// otherwise when results may have become too old.
    ///
    /// # Errors
    ///
    /// If the service has shut down, or a thread cannot be started; the error says why.
    pub(crate) fn watch(&self, question: ServingQuestion) -> Result<Answer, String> {
        let shared = &*self.shared;
        let clock = shared.runtimes.without_caller()?.clock;
        let runtime = self.surface_runtime()?;
        shared.checks.context.bind_to_process();
        let mut open = shared.watched_questions.lock();
        let Open { questions, .. } = open.as_mut().ok_or_else(shut_down)?;
        if let Some(known) = questions.iter().find(|known| known.question == question) {
            return Ok(known.answer.subscribe());
        }
        let (answer, receiver) = watch::channel(None);
        let asked = Asked {
            health: self.weak(),
            at_transitions: self.recurrence(&question).at_transitions,
            question: question.clone(),
            answer: answer.clone(),
            runtime,
        };
        let task = clock.spawn(asked.until_unwatched()).abort_handle();
        questions.push(WatchedQuestion { question, answer, task });
        Ok(receiver)
    }

    /// Watches a question that has no answer, which ends as others do.
    ///
    /// # Errors
    ///
    /// If the service has shut down.
    pub(crate) fn watch_nothing(&self) -> Result<Answer, String> {
        let open = self.shared.watched_questions.lock();
        Ok(open.as_ref().ok_or_else(shut_down)?.unanswered.subscribe())
    }

    /// Removes a question, unless somebody watches it. Returns whether it is removed.
    fn forget_unwatched(&self, question: &ServingQuestion) -> bool {
        let mut open = self.shared.watched_questions.lock();
        let Some(Open { questions, .. }) = &mut *open else { return true };
        let Some(position) = questions.iter().position(|known| known.question == *question) else {
            return true;
        };
        let is_unwatched = questions[position].answer.receiver_count() == 0;
        if is_unwatched {
            questions.swap_remove(position);
        }
        is_unwatched
    }
}

fn shut_down() -> String {
    "health checks have been shut down".to_owned()
}

/// A question that is asked again and again.
struct Asked {
    health: WeakHandle,
    question: ServingQuestion,
    /// Whether it is also asked at each transition.
    at_transitions: bool,
    answer: watch::Sender<Option<bool>>,
    runtime: SurfaceRuntime,
}

/// The reason why a question is asked again, or not.
enum Next {
    Ask,
    Unwatched,
    HandlesDropped,
}

impl Asked {
    async fn until_unwatched(self) {
        // The service is held only while it is asked: the last holder drops users' resources.
        while let Some(mut events) = self.ask().await {
            match self.next(&mut events).await {
                Next::Ask => {}
                Next::Unwatched => {
                    let Some(held) = self.health.upgrade() else { return };
                    if held.handle().is_none_or(|health| health.forget_unwatched(&self.question)) {
                        return;
                    }
                }
                Next::HandlesDropped => return,
            }
        }
    }

    /// Asks the question, and returns what happens from then on, unless the last handle has been
    /// dropped.
    async fn ask(&self) -> Option<Events> {
        // Declared first, so dropped last.
        let held = self.health.upgrade()?;
        let health = held.handle()?;
        // Before asking, so that no change is missed.
        let transitions = self.at_transitions.then(|| health.subscribe());
        let draining = health.subscribe_draining();
        let serves = self.runtime.run(health.serves(&self.question)).await;
        // Its names were known when it was first asked, and names do not change.
        let serves = serves.unwrap_or(false);
        let _ = contain_panics(|| {
            self.answer.send_if_modified(|last| last.replace(serves) != Some(serves))
        });
        let pause = health.recurrence(&self.question).pause;
        Some(Events { transitions, draining, pause })
    }

    async fn next(&self, Events { transitions, draining, pause }: &mut Events) -> Next {
        let mut unwatched = pin!(self.answer.closed());
        let mut pause = pin!(sleep(*pause));
        let mut drains = pin!(draining.next());
        let mut changes = pin!(async {
            match transitions {
                Some(transitions) => transitions.next().await.is_some(),
                None => std::future::pending().await,
            }
        });
        let ask_if = |is_there| if is_there { Next::Ask } else { Next::HandlesDropped };
        poll_fn(|context| {
            if unwatched.as_mut().poll(context).is_ready() {
                return Poll::Ready(Next::Unwatched);
            }
            if let Poll::Ready(changed) = drains.as_mut().poll(context) {
                return Poll::Ready(ask_if(changed.is_some()));
            }
            if let Poll::Ready(is_there) = changes.as_mut().poll(context) {
                return Poll::Ready(ask_if(is_there));
            }
            pause.as_mut().poll(context).map(|()| Next::Ask)
        })
        .await
    }
}

/// What may change the answer.
struct Events {
    /// `None` if transitions must not cause questions.
    transitions: Option<Transitions>,
    draining: DrainingChanges,
    /// Until results may have become too old.
    pause: Duration,
}

impl fmt::Debug for WatchedQuestions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WatchedQuestions").finish_non_exhaustive()
    }
}
