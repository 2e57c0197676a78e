//! Name lookups that callers share: at most one for each name is in flight, however many ask.
//!
//! The system's lookup cannot be interrupted, so it has a thread of its own, which outlives a
//! caller that gives up. With a thread for each caller, they would pile up while DNS hangs.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{io, process};

use crate::blocking_threads;

/// The maximum number of lookups in flight, each of a different name. There is one because a server
/// may redirect to any name.
pub(super) const MAX_IN_FLIGHT: usize = 256;

/// The lookups of this process.
pub(super) static OF_PROCESS: LazyLock<Arc<SharedLookups>> =
    LazyLock::new(|| SharedLookups::new(start_on_thread));

pub(super) type Addresses = io::Result<Vec<SocketAddr>>;

/// Takes the result of a lookup.
pub(super) type End = Box<dyn FnOnce(Addresses) + Send>;

/// Starts the lookup of a name and port, such as `example.org:443`, without waiting for its end.
type Start = dyn Fn(String, End) + Send + Sync;

/// The lookups in flight. Once a lookup has ended, nothing of it is kept.
pub(super) struct SharedLookups {
    start: Box<Start>,
    in_flight: Mutex<InFlight>,
}

#[derive(Default)]
struct InFlight {
    by_name: BTreeMap<String, Arc<Lookup>>,
    /// The process whose threads they run on.
    process: u32,
}

#[derive(Default)]
struct Lookup {
    /// Shared, since an error cannot be cloned.
    result: Mutex<Option<Arc<Addresses>>>,
    ended: Condvar,
}

impl SharedLookups {
    pub(super) fn new(start: impl Fn(String, End) + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { start: Box::new(start), in_flight: Mutex::default() })
    }

    /// Returns the result of the lookup in flight or, if there is none, of a new one. Returns
    /// `None` if the timeout ends first.
    pub(super) fn look_up(
        self: &Arc<Self>,
        name: String,
        timeout: Duration,
    ) -> Option<Arc<Addresses>> {
        let lookup = Arc::default();
        let mut in_flight = self.lock();
        let is_full = in_flight.by_name.len() >= MAX_IN_FLIGHT;
        match in_flight.by_name.entry(name) {
            Entry::Occupied(known) => {
                let known = Arc::clone(known.get());
                drop(in_flight);
                return known.wait(timeout);
            }
            Entry::Vacant(_) if is_full => {
                let problem = format!("{MAX_IN_FLIGHT} other names are being looked up");
                return Some(Arc::new(Err(io::Error::other(problem))));
            }
            Entry::Vacant(vacant) => {
                let name = vacant.key().clone();
                vacant.insert(Arc::clone(&lookup));
                drop(in_flight);
                let end = {
                    let (lookups, name) = (Arc::clone(self), name.clone());
                    let lookup = Arc::clone(&lookup);
                    move |result| lookups.end(&name, &lookup, result)
                };
                (self.start)(name, Box::new(end));
            }
        }
        lookup.wait(timeout)
    }

    fn end(&self, name: &str, lookup: &Lookup, result: Addresses) {
        // Before any caller gets the result, so that its next call starts a new lookup.
        self.lock().by_name.remove(name);
        *lookup.lock() = Some(Arc::new(result));
        lookup.ended.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, InFlight> {
        let mut in_flight = self.in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        let process = process::id();
        if in_flight.process != process {
            // A fork has none of its parent's threads.
            *in_flight = InFlight { process, ..InFlight::default() };
        }
        in_flight
    }
}

impl Lookup {
    fn wait(&self, timeout: Duration) -> Option<Arc<Addresses>> {
        let (result, _) = self
            .ended
            .wait_timeout_while(self.lock(), timeout, |result| result.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        result.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<Addresses>>> {
        self.result.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn start_on_thread(name: String, end: End) {
    blocking_threads::spawn(move |thread| {
        end(thread.and_then(|()| name.to_socket_addrs()).map(Iterator::collect));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fork_waits_for_no_lookup_of_its_parent() {
        let lookups = SharedLookups::new(|_, end| drop(end));
        let look_up = || lookups.look_up("a.test:80".to_owned(), Duration::ZERO);
        let in_flight = || Arc::clone(&lookups.in_flight.lock().unwrap().by_name["a.test:80"]);
        look_up();
        let first = in_flight();
        look_up();
        assert!(Arc::ptr_eq(&in_flight(), &first));
        lookups.in_flight.lock().unwrap().process += 1;
        look_up();
        assert!(!Arc::ptr_eq(&in_flight(), &first));
    }
}
