//! Where the result of a flight appears, for all who wait for it.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Poll, ready};

use tokio::sync::Notify;
use tokio::time::{Instant, Sleep};

use crate::report::Component;

/// The end of whoever waits.
#[derive(Clone)]
pub(crate) struct Answer(Arc<Place>);

/// The end of the flight. Dropped unused, it says that there will be no answer.
pub(crate) struct Answering(Arc<Place>);

/// A channel of tokio's would do, but takes several times the memory and time of this, for each run.
struct Place {
    has_begun: AtomicBool,
    /// `None` if there will be none.
    answer: OnceLock<Option<Arc<Component>>>,
    given: Notify,
}

/// That a deadline has passed.
pub(crate) struct Passed;

pub(crate) fn awaited() -> (Answering, Answer) {
    let (has_begun, answer, given) = (AtomicBool::new(false), OnceLock::new(), Notify::new());
    let place = Arc::new(Place { has_begun, answer, given });
    (Answering(Arc::clone(&place)), Answer(place))
}

impl Answering {
    /// Says that the flight has a thread.
    pub(crate) fn begin(&self) {
        self.0.has_begun.store(true, Ordering::Release);
    }

    pub(crate) fn answer(self, component: Arc<Component>) {
        // It is set once: here, or by the drop.
        let _ = self.0.answer.set(Some(component));
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.answer.get_or_init(|| None);
        self.0.given.notify_waiters();
    }
}

impl Answer {
    /// Whether the flight has had a thread.
    pub(crate) fn has_begun(&self) -> bool {
        self.0.has_begun.load(Ordering::Acquire)
    }

    /// The answer, if it is there by now.
    pub(crate) fn now(&self) -> Option<Arc<Component>> {
        self.0.answer.get().cloned().flatten()
    }

    /// Waits for it until a deadline has passed; `None` if there will be none. The alarm is set
    /// for that, or for an earlier deadline that was waited for before: to set it costs more than
    /// all the rest here, and is seldom needed a second time.
    pub(crate) async fn wait_until(
        &self,
        deadline: Instant,
        mut alarm: Pin<&mut Sleep>,
    ) -> Result<Option<Arc<Component>>, Passed> {
        let mut answer = pin!(self.wait());
        poll_fn(|context| {
            if let Poll::Ready(answer) = answer.as_mut().poll(context) {
                return Poll::Ready(Ok(answer));
            }
            loop {
                ready!(alarm.as_mut().poll(context));
                if alarm.deadline() >= deadline {
                    return Poll::Ready(Err(Passed));
                }
                alarm.as_mut().reset(deadline);
            }
        })
        .await
    }

    async fn wait(&self) -> Option<Arc<Component>> {
        // Counts as waiting from here on, so that what is given before the await is not missed.
        let given = self.0.given.notified();
        if self.0.answer.get().is_none() {
            given.await;
        }
        self.now()
    }
}
