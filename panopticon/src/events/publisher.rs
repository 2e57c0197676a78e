use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, TrySendError, sync_channel};
use std::{io, thread};

use super::transition::Transition;
use crate::panics::contain_panics;
use crate::report::Component;

/// Something told of every result and every transition: a metrics recorder, an alarm. To be given
/// to [`Builder::publish`](crate::Builder::publish).
///
/// It has a thread of its own, so it may block. One that falls more than
/// [1,024 notices](Self::CAPACITY) behind misses the newest and is told how many; one that panics
/// is called again for the next notice. No check waits for it in either case.
///
/// ```
/// use panopticon::{Publisher, Transition};
///
/// struct Pager;
///
/// impl Publisher for Pager {
///     fn transition(&mut self, transition: &Transition) {
///         if transition.critical() && !transition.to().is_healthy() {
///             eprintln!("wake somebody up: {transition}");
///         }
///     }
/// }
/// ```
pub trait Publisher: Send + 'static {
    /// How many notices wait at most, from 1.
    const CAPACITY: usize = 1024;

    /// A run has ended, was given up, or goes on although it was: that is one result more for each
    /// timeout that passes, once it is asked for. Or, told once until it is run again, it is not
    /// run, since another one that it depends on is unhealthy: then nothing
    /// [was checked](Component::checked_at). What is reported may still differ, see
    /// [`Component::damped`].
    fn result(&mut self, name: &str, component: &Component) {
        let _ = (name, component);
    }

    /// A component's reported status has changed. Comes after the result that changed it.
    fn transition(&mut self, transition: &Transition) {
        let _ = transition;
    }

    /// So many notices were missed, since this publisher was too slow.
    fn missed(&mut self, count: u64) {
        let _ = count;
    }
}

/// What publishers are told.
#[derive(Clone)]
pub(crate) enum Notice {
    Result(Arc<str>, Arc<Component>),
    Transition(Arc<Transition>),
    /// All before has been told once the sender is dropped.
    Told(#[expect(dead_code, reason = "its drop is what tells")] Sender<Infallible>),
}

/// The way to a publisher's thread, which ends with this.
pub(crate) struct Outlet {
    sender: SyncSender<Notice>,
    missed: Arc<AtomicU64>,
    /// Whether it has any use for results now.
    pub(crate) takes_results: fn() -> bool,
}

/// A publisher whose thread is yet to be started.
pub(crate) type Opening = Box<dyn FnOnce() -> io::Result<Outlet> + Send>;

/// Starts the publisher's thread when it is called.
pub(crate) fn opening<P: Publisher>(publisher: P, takes_results: fn() -> bool) -> Opening {
    Box::new(move || {
        let (sender, receiver) = sync_channel(P::CAPACITY.max(1));
        let missed = Arc::new(AtomicU64::new(0));
        let outlet = Outlet { sender, missed: Arc::clone(&missed), takes_results };
        thread::Builder::new()
            .name("panopticon-publisher".to_owned())
            .spawn(move || publish(publisher, &receiver, &missed))?;
        Ok(outlet)
    })
}

impl Outlet {
    /// Hands a notice over without waiting.
    pub(crate) fn send(&self, notice: Notice) {
        if let Err(TrySendError::Full(_)) = self.sender.try_send(notice) {
            self.missed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn publish<P: Publisher>(mut publisher: P, notices: &Receiver<Notice>, missed: &AtomicU64) {
    for notice in notices {
        tell_missed(&mut publisher, missed);
        tell(|| match &notice {
            Notice::Result(name, component) => publisher.result(name, component),
            Notice::Transition(transition) => publisher.transition(transition),
            Notice::Told(_) => {}
        });
    }
    tell_missed(&mut publisher, missed);
}

fn tell_missed(publisher: &mut impl Publisher, missed: &AtomicU64) {
    match missed.swap(0, Ordering::Relaxed) {
        0 => {}
        count => tell(|| publisher.missed(count)),
    }
}

fn tell(notice: impl FnOnce()) {
    // The panic hook has had the panic already; nothing else can be done about it here.
    let _ = contain_panics(notice);
}
