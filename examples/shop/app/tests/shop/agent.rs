//! A stand-in for Datadog's Agent, which receives datagrams and keeps their lines.

use std::io::ErrorKind;
use std::net::UdpSocket;
use std::time::{Duration, Instant};

/// The time within which expected lines must arrive, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Agent {
    socket: UdpSocket,
    lines: Vec<String>,
}

impl Agent {
    pub(crate) fn new() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        socket.set_read_timeout(Some(Duration::from_millis(100))).expect("a timeout above zero");
        Self { socket, lines: Vec::new() }
    }

    /// Returns the value for `DD_DOGSTATSD_URL`.
    pub(crate) fn url(&self) -> String {
        format!("udp://{}", self.socket.local_addr().expect("it is bound"))
    }

    /// Receives lines until they are enough.
    pub(crate) fn receive_until(&mut self, is_enough: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_enough(self) {
            assert!(Instant::now() < deadline, "after {PATIENCE:?} only {:#?}", self.lines);
            self.receive();
        }
    }

    /// Receives what is left of a shop that has ended. A datagram to a loopback address arrives at
    /// once.
    pub(crate) fn receive_rest(&mut self) {
        self.socket.set_nonblocking(true).expect("a socket can be nonblocking");
        while self.receive() {}
    }

    fn receive(&mut self) -> bool {
        // More than the largest packet of the client.
        let mut packet = [0; 8_192];
        match self.socket.recv(&mut packet) {
            Ok(length) => {
                let lines = str::from_utf8(&packet[..length]).expect("a packet is UTF-8");
                self.lines.extend(lines.lines().map(str::to_owned));
                true
            }
            Err(error) if [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind()) => {
                false
            }
            Err(error) => panic!("the Agent's socket has failed: {error}"),
        }
    }

    /// Returns all lines so far, in the order of their arrival.
    pub(crate) fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Returns the values of a metric of this kind with exactly these tags, as `k:v,k:v` in any
    /// order. A line may have several.
    pub(crate) fn values(&self, name: &str, kind: &str, tags: &str) -> Vec<&str> {
        self.values_if(name, kind, |its_tags| sorted(its_tags) == sorted(tags))
    }

    /// Returns the values of a metric of this kind about a component.
    pub(crate) fn values_of_check(&self, name: &str, kind: &str, component: &str) -> Vec<&str> {
        let tag = format!("check:{component}");
        self.values_if(name, kind, |tags| tags.split(',').any(|its| its == tag))
    }

    fn values_if(&self, name: &str, kind: &str, is_wanted: impl Fn(&str) -> bool) -> Vec<&str> {
        let values = self.lines.iter().filter_map(|line| {
            let (values, rest) = line.strip_prefix(name)?.strip_prefix(':')?.split_once('|')?;
            let (its_kind, its_tags) = rest.split_once("|#").unwrap_or((rest, ""));
            (its_kind == kind && is_wanted(its_tags)).then_some(values.split(':'))
        });
        values.flatten().collect()
    }

    /// Returns the total count of a metric with exactly these tags.
    pub(crate) fn count(&self, name: &str, tags: &str) -> u64 {
        let counts = self.values(name, "c", tags);
        counts.iter().map(|count| count.parse::<u64>().expect("a whole number")).sum()
    }

    /// Returns the statuses in the service checks of a component.
    pub(crate) fn service_checks(&self, component: &str) -> Vec<&str> {
        let tag = format!("check:{component}");
        let statuses = self.lines.iter().filter_map(|line| {
            let (status, rest) = line.strip_prefix("_sc|shop.healthcheck|")?.split_once('|')?;
            let (tags, _message) = rest.strip_prefix('#')?.split_once("|m:")?;
            tags.split(',').any(|its| its == tag).then_some(status)
        });
        statuses.collect()
    }

    /// Returns the events with this title.
    pub(crate) fn events(&self, title: &str) -> Vec<&str> {
        let start = format!(":{title}|");
        let is_event = |line: &&str| line.starts_with("_e{") && line.contains(&start);
        self.lines.iter().map(String::as_str).filter(is_event).collect()
    }
}

fn sorted(tags: &str) -> Vec<&str> {
    let mut tags: Vec<_> = tags.split(',').collect();
    tags.sort_unstable();
    tags
}
