//! Where results and transitions go: to subscribers and publishers, none of whom is waited for.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::broadcast;

use super::publisher::{Notice, Outlet};
use super::transition::{Transition, Transitions};
use crate::report::Component;

/// The ways out. Closed, it tells nobody any more.
pub(super) struct News(Mutex<Option<Channels>>);

struct Channels {
    subscribers: broadcast::Sender<Arc<Transition>>,
    publishers: Vec<Outlet>,
}

impl News {
    pub(super) fn new(publishers: Vec<Outlet>) -> Self {
        let (subscribers, _) = broadcast::channel(Transitions::CAPACITY);
        Self(Mutex::new(Some(Channels { subscribers, publishers })))
    }

    pub(super) fn subscribe(&self) -> Transitions {
        let receiver = match &*self.lock() {
            Some(channels) => channels.subscribers.subscribe(),
            // One whose sender is gone.
            None => broadcast::channel(1).1,
        };
        Transitions::new(receiver)
    }

    pub(super) fn result(&self, name: &Arc<str>, component: &Arc<Component>) {
        if let Some(channels) = &*self.lock() {
            for publisher in &channels.publishers {
                publisher.send(Notice::Result(Arc::clone(name), Arc::clone(component)));
            }
        }
    }

    pub(super) fn transition(&self, transition: Transition) {
        if let Some(channels) = &*self.lock() {
            let transition = Arc::new(transition);
            for publisher in &channels.publishers {
                publisher.send(Notice::Transition(Arc::clone(&transition)));
            }
            // An error says that nobody subscribes.
            let _ = channels.subscribers.send(transition);
        }
    }

    /// Ends the subscriptions, and the publishers' threads once they have read what they were told.
    pub(super) fn close(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> MutexGuard<'_, Option<Channels>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
