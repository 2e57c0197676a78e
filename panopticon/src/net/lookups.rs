//! Name lookups, on a fixed number of threads.
//!
//! The system's lookup cannot be interrupted: it outlives a caller that gives up, often by half a
//! minute. With a thread for each caller, or for each name, threads would pile up while DNS hangs.
//! Therefore, callers that look up the same name share a lookup, and all lookups share
//! [`MAX_THREADS`] threads.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::process;
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::cancellation::{Cancellation, Expired};
use crate::blocking_threads;
use crate::panics::contain_panics;

/// The number of threads. A lookup that DNS answers takes milliseconds, so that a few threads look
/// up hundreds of names in a second, and an answer is missing for many names at once at most while
/// DNS is down.
pub(crate) const MAX_THREADS: usize = 8;

/// The number of threads that slow names may occupy, so that the names of one broken zone do not
/// keep those of all others waiting.
const MAX_THREADS_OF_SLOW_NAMES: usize = MAX_THREADS / 2;

/// The duration of a lookup from which on its name is slow, until it is looked up faster.
const SLOW: Duration = Duration::from_secs(1);

/// The maximum number of names that are looked up or wait for it, and of slow names that are
/// remembered. There is one because a server may redirect to any name.
const MAX_NAMES: usize = 256;

static OF_PROCESS: LazyLock<Arc<Lookups>> =
    LazyLock::new(|| Lookups::new(SLOW, |name| Ok((name, 0).to_socket_addrs()?.collect())));

/// The addresses of a name. Their port is 0.
type Addresses = io::Result<Vec<SocketAddr>>;

/// The lookups of a process.
pub(crate) struct Lookups {
    slow: Duration,
    resolve: Box<dyn Fn(&str) -> Addresses + Send + Sync>,
    state: Mutex<State>,
    /// Notified when a lookup has ended.
    ended: Condvar,
}

#[derive(Default)]
struct State {
    /// Those that run and those that wait. Once a lookup has ended, nothing of it is kept.
    by_name: BTreeMap<String, Arc<Lookup>>,
    /// Those that wait for a thread, even if their callers have given up: their next calls find
    /// them further ahead.
    waiting: VecDeque<Arc<Lookup>>,
    running: Vec<Running>,
    slow_names: BTreeSet<String>,
    /// The process whose threads they run on.
    process: u32,
}

struct Lookup {
    name: String,
    /// `None` while it waits for a thread, or runs.
    result: OnceLock<Addresses>,
}

struct Running {
    lookup: Arc<Lookup>,
    since: Instant,
    is_slow: bool,
}

/// Why a name has no addresses.
#[derive(Debug)]
pub(crate) enum LookupError {
    /// The system's error.
    Failed(io::Error),
    /// The lookup has not ended in time.
    NoAnswer,
    /// The lookup has not begun in time, since all threads wait for these other names.
    NoThread {
        names: usize,
        longest: Duration,
    },
    /// This many other names are being looked up.
    TooManyNames(usize),
    Cancelled,
}

impl Lookups {
    /// Returns those of this process.
    pub(crate) fn of_process() -> Arc<Self> {
        Arc::clone(&OF_PROCESS)
    }

    fn new(
        slow: Duration,
        resolve: impl Fn(&str) -> Addresses + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            slow,
            resolve: Box::new(resolve),
            state: Mutex::default(),
            ended: Condvar::new(),
        })
    }

    /// Waits for the addresses of a name, from the lookup in flight or, if there is none, from a
    /// new one. There is at least one address.
    pub(crate) fn look_up(
        self: &Arc<Self>,
        name: &str,
        port: u16,
        deadline: Instant,
        cancellation: &Cancellation,
    ) -> Result<Vec<SocketAddr>, LookupError> {
        // DNS ignores case.
        let lookup = self.find_or_start(name.to_ascii_lowercase())?;
        let mut state = self.lock();
        let addresses = loop {
            if let Some(addresses) = lookup.result.get() {
                break addresses;
            }
            let wait = match cancellation.next_wait(deadline) {
                Ok(wait) => wait,
                Err(Expired::Cancelled) => return Err(LookupError::Cancelled),
                Err(Expired::DeadlinePassed) => return Err(state.why_late(&lookup)),
            };
            let waited = self.ended.wait_timeout(state, wait);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        };
        match addresses {
            Ok(addresses) if addresses.is_empty() => {
                Err(LookupError::Failed(io::Error::other("the name has no address")))
            }
            Ok(addresses) => Ok(addresses
                .iter()
                .map(|&(mut address)| {
                    address.set_port(port);
                    address
                })
                .collect()),
            // An error cannot be cloned.
            Err(error) => Err(LookupError::Failed(io::Error::new(error.kind(), error.to_string()))),
        }
    }

    fn find_or_start(self: &Arc<Self>, name: String) -> Result<Arc<Lookup>, LookupError> {
        let mut state = self.lock();
        if let Some(known) = state.by_name.get(&name) {
            return Ok(Arc::clone(known));
        }
        if state.by_name.len() >= MAX_NAMES {
            return Err(LookupError::TooManyNames(MAX_NAMES));
        }
        let lookup = Arc::new(Lookup { name: name.clone(), result: OnceLock::new() });
        state.by_name.insert(name, Arc::clone(&lookup));
        state.waiting.push_back(Arc::clone(&lookup));
        if let Some(next) = state.run_next() {
            drop(state);
            let lookups = Arc::clone(self);
            blocking_threads::spawn(move |thread| lookups.run(next, &thread));
        }
        Ok(lookup)
    }

    /// Runs one lookup after another, until none can run. If there is no thread for it, all of them
    /// fail, since this is the caller's, which must not wait for the system.
    fn run(&self, mut lookup: Arc<Lookup>, thread: &io::Result<()>) {
        loop {
            let addresses = match thread {
                Ok(()) => contain_panics(|| (self.resolve)(&lookup.name))
                    .unwrap_or_else(|_| Err(io::Error::other("the lookup panicked"))),
                Err(error) => Err(io::Error::new(
                    error.kind(),
                    format!("no thread could be started: {error}"),
                )),
            };
            let mut state = self.lock();
            state.end(&lookup, self.slow);
            // Under the lock, so that no caller begins to wait in between.
            let _ = lookup.result.set(addresses);
            self.ended.notify_all();
            match state.run_next() {
                Some(next) => lookup = next,
                None => return,
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let process = process::id();
        if state.process != process {
            // A fork has none of its parent's threads.
            *state = State { process, ..State::default() };
        }
        state
    }
}

impl State {
    /// Takes the next lookup that may run, if there is one and a thread for it.
    fn run_next(&mut self) -> Option<Arc<Lookup>> {
        if self.running.len() >= MAX_THREADS {
            return None;
        }
        let slow = self.running.iter().filter(|running| running.is_slow).count();
        let may_run = |lookup: &Arc<Lookup>| {
            slow < MAX_THREADS_OF_SLOW_NAMES || !self.slow_names.contains(&lookup.name)
        };
        let next = self.waiting.iter().position(may_run)?;
        let lookup = self.waiting.remove(next)?;
        let is_slow = self.slow_names.contains(&lookup.name);
        let since = Instant::now();
        self.running.push(Running { lookup: Arc::clone(&lookup), since, is_slow });
        Some(lookup)
    }

    /// Forgets a lookup, and remembers whether its name is slow.
    fn end(&mut self, lookup: &Arc<Lookup>, slow: Duration) {
        let is_this = |running: &Running| Arc::ptr_eq(&running.lookup, lookup);
        // It belongs to the parent of this process if it is not found.
        let Some(index) = self.running.iter().position(is_this) else { return };
        let running = self.running.swap_remove(index);
        self.by_name.remove(&lookup.name);
        if running.since.elapsed() < slow {
            self.slow_names.remove(&lookup.name);
        } else {
            if self.slow_names.len() >= MAX_NAMES {
                self.slow_names.pop_first();
            }
            self.slow_names.insert(lookup.name.clone());
        }
    }

    /// Returns why a lookup has not ended.
    fn why_late(&self, lookup: &Arc<Lookup>) -> LookupError {
        let waits = self.waiting.iter().any(|waiting| Arc::ptr_eq(waiting, lookup));
        match self.running.iter().map(|running| running.since).min() {
            Some(first) if waits => {
                LookupError::NoThread { names: self.running.len(), longest: first.elapsed() }
            }
            _ => LookupError::NoAnswer,
        }
    }
}

impl LookupError {
    /// Returns whether it is only that time ran out.
    pub(crate) fn is_late(&self) -> bool {
        matches!(self, Self::NoAnswer | Self::NoThread { .. })
    }
}

impl fmt::Display for LookupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => write!(f, "{error}"),
            Self::NoAnswer => f.write_str("no answer from DNS"),
            Self::NoThread { names, longest } => write!(
                f,
                "no answer from DNS: all threads for name lookups are taken by {names} other names, \
                 which have no answer either, the first for {} s",
                longest.as_secs()
            ),
            Self::TooManyNames(count) => write!(f, "{count} other names are being looked up"),
            Self::Cancelled => f.write_str("cancelled"),
        }
    }
}

impl fmt::Debug for Lookups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lookups")
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    /// Lookups that end when the test says so.
    #[derive(Default)]
    struct Dns {
        state: Mutex<DnsState>,
        changed: Condvar,
    }

    #[derive(Default)]
    struct DnsState {
        /// The names that were looked up, in order.
        started: Vec<String>,
        /// The results of names, each for one lookup.
        results: BTreeMap<String, Addresses>,
    }

    impl Dns {
        fn lookups(slow: Duration) -> (Arc<Self>, Arc<Lookups>) {
            let dns = Arc::new(Self::default());
            let answering = Arc::clone(&dns);
            (dns, Lookups::new(slow, move |name| answering.answer(name)))
        }

        fn answer(&self, name: &str) -> Addresses {
            let mut state = self.state.lock().unwrap();
            state.started.push(name.to_owned());
            self.changed.notify_all();
            let (mut state, waited) = self
                .changed
                .wait_timeout_while(state, PATIENCE, |state| !state.results.contains_key(name))
                .unwrap();
            assert!(!waited.timed_out(), "{name} was never answered");
            state.results.remove(name).unwrap()
        }

        fn end(&self, name: &str, result: Addresses) {
            self.state.lock().unwrap().results.insert(name.to_owned(), result);
            self.changed.notify_all();
        }

        /// Waits until this many lookups have started, and returns their names.
        fn started(&self, count: usize) -> Vec<String> {
            let state = self.state.lock().unwrap();
            let (state, _) = self
                .changed
                .wait_timeout_while(state, PATIENCE, |state| state.started.len() < count)
                .unwrap();
            assert_eq!(state.started.len(), count, "{:?}", state.started);
            state.started.clone()
        }
    }

    fn look_up_within(
        lookups: &Arc<Lookups>,
        name: &str,
        timeout: Duration,
    ) -> Result<Vec<SocketAddr>, String> {
        let deadline = Instant::now() + timeout;
        lookups
            .look_up(name, 80, deadline, &Cancellation::default())
            .map_err(|error| error.to_string())
    }

    /// Starts a lookup without waiting for it.
    fn start(lookups: &Arc<Lookups>, name: &str) -> String {
        look_up_within(lookups, name, Duration::ZERO).unwrap_err()
    }

    fn address(last: u8) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, last], 0))
    }

    fn names(numbers: std::ops::Range<usize>) -> Vec<String> {
        numbers.map(|number| format!("{number}.test")).collect()
    }

    #[test]
    fn while_dns_hangs_lookups_have_a_few_threads_and_say_so() {
        let (dns, lookups) = Dns::lookups(PATIENCE);
        for round in 0..20 {
            for (number, name) in names(0..50).iter().enumerate() {
                let error = start(&lookups, name);
                if number < MAX_THREADS {
                    assert_eq!(error, "no answer from DNS", "{name} in round {round}");
                } else {
                    assert_eq!(
                        error,
                        "no answer from DNS: all threads for name lookups are taken by 8 other \
                         names, which have no answer either, the first for 0 s"
                    );
                }
            }
        }
        let mut started = dns.started(MAX_THREADS);
        started.sort();
        assert_eq!(started, names(0..MAX_THREADS));
        // Once they end, the others get their turns, in order.
        for (ended, name) in names(0..50).iter().enumerate() {
            dns.end(name, Err(io::Error::other("no such name")));
            dns.started((ended + 1 + MAX_THREADS).min(50));
        }
    }

    #[test]
    fn slow_names_leave_threads_to_the_others() {
        let (dns, lookups) = Dns::lookups(Duration::ZERO);
        let slow = names(0..MAX_THREADS);
        for name in &slow {
            start(&lookups, name);
        }
        dns.started(MAX_THREADS);
        for name in &slow {
            dns.end(name, Ok(vec![address(1)]));
        }
        // Their ends are over as soon as another lookup of each starts.
        while !lookups.lock().by_name.is_empty() {
            thread::yield_now();
        }
        for name in &slow {
            start(&lookups, name);
        }
        dns.started(MAX_THREADS + MAX_THREADS_OF_SLOW_NAMES);
        // The other threads are for these.
        for name in names(100..200) {
            dns.end(&name, Ok(vec![address(2)]));
            assert!(look_up_within(&lookups, &name, PATIENCE).is_ok());
        }
        for name in &slow {
            dns.end(name, Ok(vec![address(1)]));
        }
        dns.started(2 * MAX_THREADS + 100);
    }

    #[test]
    fn all_callers_get_the_result_of_the_lookup_in_flight() {
        for result in [Ok(vec![address(1), address(2)]), Err(io::Error::other("no such name"))] {
            let (dns, lookups) = Dns::lookups(PATIENCE);
            start(&lookups, "a.test");
            dns.started(1);
            let known = Arc::clone(&lookups.lock().by_name["a.test"]);
            thread::scope(|scope| {
                let caller = || look_up_within(&lookups, "A.test", PATIENCE);
                let callers: Vec<_> = (0..8).map(|_| scope.spawn(caller)).collect();
                // The test's, the map's, the queue's or thread's two, and the callers'.
                while Arc::strong_count(&known) < 4 + callers.len() {
                    thread::yield_now();
                }
                // One that gives up takes nothing from the others.
                start(&lookups, "a.test");
                let expected = match &result {
                    Ok(_) => Ok(vec![
                        SocketAddr::from(([192, 0, 2, 1], 80)),
                        SocketAddr::from(([192, 0, 2, 2], 80)),
                    ]),
                    Err(error) => Err(error.to_string()),
                };
                dns.end("a.test", result);
                for caller in callers {
                    assert_eq!(caller.join().unwrap(), expected);
                }
            });
            dns.started(1);
        }
    }

    #[test]
    fn a_result_is_not_kept() {
        let (dns, lookups) = Dns::lookups(PATIENCE);
        for run in 1..=3 {
            dns.end("a.test", Ok(vec![address(run)]));
            let found = look_up_within(&lookups, "a.test", PATIENCE).unwrap();
            assert_eq!(found[0].ip(), address(run).ip());
        }
        dns.started(3);
    }

    #[test]
    fn the_number_of_names_is_bounded() {
        let (dns, lookups) = Dns::lookups(PATIENCE);
        for name in names(0..MAX_NAMES) {
            assert!(start(&lookups, &name).starts_with("no answer from DNS"));
        }
        assert_eq!(start(&lookups, "more.test"), "256 other names are being looked up");
        assert!(start(&lookups, "0.test").starts_with("no answer from DNS"), "a known one");
        for name in names(0..MAX_NAMES) {
            dns.end(&name, Ok(Vec::new()));
        }
        dns.end("more.test", Ok(Vec::new()));
        while !lookups.lock().by_name.is_empty() {
            thread::yield_now();
        }
        let error = look_up_within(&lookups, "more.test", PATIENCE).unwrap_err();
        assert_eq!(error, "the name has no address");
    }

    #[test]
    fn a_lookup_that_panics_is_an_error() {
        let lookups = Lookups::new(PATIENCE, |_| panic!("in the system"));
        for _ in 0..2 * MAX_THREADS {
            let error = look_up_within(&lookups, "a.test", PATIENCE).unwrap_err();
            assert_eq!(error, "the lookup panicked");
        }
    }

    #[test]
    fn without_a_thread_lookups_fail_and_none_runs_on_the_callers() {
        let (dns, lookups) = Dns::lookups(PATIENCE);
        let names = names(0..MAX_THREADS + 5);
        for name in &names[..MAX_THREADS] {
            start(&lookups, name);
        }
        dns.started(MAX_THREADS);
        // Its end gives this thread what waits.
        let first = Arc::clone(&lookups.lock().by_name[&names[0]]);
        for name in &names[MAX_THREADS..] {
            start(&lookups, name);
        }
        lookups.run(first, &Err(io::Error::from(io::ErrorKind::WouldBlock)));
        assert_eq!(dns.started(MAX_THREADS).len(), MAX_THREADS);
        assert_eq!(lookups.lock().by_name.len(), MAX_THREADS - 1);
        for name in &names[..MAX_THREADS] {
            dns.end(name, Ok(Vec::new()));
        }
    }

    #[test]
    fn a_cancelled_caller_waits_no_longer() {
        let (dns, lookups) = Dns::lookups(PATIENCE);
        let cancellation = Cancellation::default();
        let deadline = Instant::now() + crate::check::duration::MAX;
        thread::scope(|scope| {
            let caller = scope.spawn(|| lookups.look_up("a.test", 80, deadline, &cancellation));
            dns.started(1);
            cancellation.cancel();
            assert!(matches!(caller.join().unwrap(), Err(LookupError::Cancelled)));
        });
        dns.end("a.test", Ok(vec![address(1)]));
    }

    #[test]
    fn a_fork_waits_for_no_lookup_of_its_parent() {
        let (dns, lookups) = Dns::lookups(PATIENCE);
        start(&lookups, "a.test");
        dns.started(1);
        lookups.state.lock().unwrap().process += 1;
        start(&lookups, "a.test");
        dns.started(2);
        dns.end("a.test", Ok(vec![address(1)]));
        dns.end("a.test", Ok(vec![address(1)]));
    }

    #[test]
    fn the_system_resolves_localhost() {
        let found = look_up_within(&Lookups::of_process(), "localhost", PATIENCE).unwrap();
        assert!(found.iter().all(|address| address.ip().is_loopback() && address.port() == 80));
    }
}
