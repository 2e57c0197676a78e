//! Agents that are absent, restart, or are slow.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::time::{Duration, Instant};

use panopticon::datadog::{Event, Stats};

use crate::agent::{Agent, PATIENCE};

const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Far less than calls that wait for the Agent would take, and far more than calls that do not.
pub(crate) const NO_WAIT: Duration = Duration::from_secs(5);

#[test]
fn lines_share_packets_up_to_1432_bytes_over_udp() {
    let agent = Agent::new(LOCALHOST);
    let stats = agent.builder().aggregation(false).build().unwrap();
    for count in 0..500 {
        stats.increment("orders.placed", count, &[("kind", "book")]);
    }
    stats.flush(PATIENCE).unwrap();
    let (mut lines, mut packets, mut longest) = (0, 0, 0);
    while lines < 500 {
        let packet = agent.packet();
        lines += std::str::from_utf8(&packet).unwrap().lines().count();
        packets += 1;
        longest = longest.max(packet.len());
    }
    assert_eq!(lines, 500);
    assert!(longest <= 1_432 && longest > 1_380, "{longest} bytes");
    assert!(packets < 20, "{packets} packets");
}

#[test]
fn a_line_is_sent_without_a_flush() {
    let agent = Agent::new(LOCALHOST);
    let stats = agent.builder().build().unwrap();
    stats.gauge("queue.length", 1, &[]);
    assert_eq!(agent.lines(1), ["panopticon.queue.length:1|g"]);
}

#[test]
fn dropping_the_last_client_sends_the_remaining_lines() {
    let agent = Agent::new(LOCALHOST);
    let stats = agent.builder().build().unwrap();
    let clone = stats.clone();
    drop(stats);
    clone.gauge("queue.length", 1, &[]);
    drop(clone);
    assert_eq!(agent.lines(1), ["panopticon.queue.length:1|g"]);
}

#[test]
fn a_guard_flushes() {
    let agent = Agent::new(LOCALHOST);
    let stats = agent.builder().build().unwrap();
    let guard = stats.flush_on_drop();
    for count in 0..100 {
        stats.gauge("queue.length", 1, &[("count", &count.to_string())]);
    }
    drop(guard);
    assert_eq!(stats.delivery().sent, 100);
    assert_eq!(agent.lines(100).len(), 100);
}

#[test]
fn concurrent_calls_are_all_counted() {
    let agent = Agent::new(LOCALHOST);
    let stats = agent.builder().build().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let stats = &stats;
            scope.spawn(move || {
                for _ in 0..5_000 {
                    stats.increment("orders.placed", 1, &[("thread", &thread.to_string())]);
                }
            });
        }
    });
    stats.flush(PATIENCE).unwrap();
    let delivery = stats.delivery();
    assert_eq!(delivery.sent + delivery.dropped, 40_000, "{delivery:?}");
    assert_eq!(delivery.refused, 0);
}

#[test]
fn an_absent_agent_is_reported() {
    let socket = UdpSocket::bind((LOCALHOST, 0)).unwrap();
    let port = socket.local_addr().unwrap().port();
    drop(socket);
    let url = format!("udp://127.0.0.1:{port}");
    let stats = Stats::builder().enabled(true).dogstatsd_url(url).build().unwrap();
    // The kernel reports a refused packet when the next one is sent.
    for _ in 0..10 {
        stats.increment("orders.placed", 1, &[]);
        stats.flush(PATIENCE).unwrap();
    }
    let delivery = stats.delivery();
    assert_eq!(delivery.sent + delivery.dropped, 10);
    assert!(delivery.dropped >= 8, "{delivery:?}");
    let problem = delivery.problem.unwrap();
    assert!(
        problem.starts_with(&format!("no Agent accepts packets at 127.0.0.1, UDP port {port}: "))
    );
}

#[test]
fn a_restarted_agent_is_found_over_udp() {
    let first = Agent::new(LOCALHOST);
    let stats = first.builder().build().unwrap();
    stats.gauge("first", 1, &[]);
    assert_eq!(first.lines(1), ["panopticon.first:1|g"]);
    let address = first.address();
    drop(first);
    for _ in 0..4 {
        stats.gauge("lost", 1, &[]);
        stats.flush(PATIENCE).unwrap();
    }
    let second = Agent::at(address);
    stats.gauge("second", 1, &[]);
    stats.flush(PATIENCE).unwrap();
    assert_eq!(second.lines(1), ["panopticon.second:1|g"]);
    assert!(stats.delivery().dropped >= 2, "{:?}", stats.delivery());
}

#[test]
fn an_unknown_hostname_is_reported() {
    let stats =
        Stats::builder().enabled(true).dogstatsd_url("udp://agent.invalid:8125").build().unwrap();
    for _ in 0..100 {
        stats.increment("orders.placed", 1, &[]);
    }
    stats.flush(Duration::from_secs(60)).unwrap();
    let delivery = stats.delivery();
    assert_eq!((delivery.sent, delivery.dropped), (0, 100));
    assert!(delivery.problem.unwrap().contains("agent.invalid"));
}

#[test]
fn a_hostname_is_resolved() {
    let agent = Agent::new(LOCALHOST);
    let stats = agent
        .builder()
        .dogstatsd_url("")
        .agent_host("localhost")
        .dogstatsd_port(agent.address().port())
        .build()
        .unwrap();
    stats.gauge("queue.length", 1, &[]);
    stats.flush(PATIENCE).unwrap();
    // The first address of `localhost` may be ::1, which refuses packets.
    for _ in 0..3 {
        stats.gauge("queue.length", 1, &[]);
        stats.flush(PATIENCE).unwrap();
    }
    let delivery = stats.delivery();
    assert_eq!(delivery.sent + delivery.dropped, 4);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::net::UnixDatagram;
    use std::path::Path;

    use super::*;
    use crate::socket_folder::Folder;

    fn client(path: &Path) -> Stats {
        let url = format!("unix://{}", path.display());
        Stats::builder().enabled(true).dogstatsd_url(url).aggregation(false).build().unwrap()
    }

    fn packet(socket: &UnixDatagram) -> String {
        let mut buffer = vec![0; 65_536];
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let length = socket.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    }

    #[test]
    fn packets_have_up_to_8192_bytes() {
        let folder = Folder::new("packets");
        let socket = UnixDatagram::bind(folder.socket()).unwrap();
        let stats = client(&folder.socket());
        for count in 0..300 {
            stats.increment("orders.placed", count, &[("kind", "book")]);
        }
        stats.flush(PATIENCE).unwrap();
        let first = packet(&socket);
        assert!(first.len() <= 8_192 && first.len() > 8_100, "{} bytes", first.len());
        let second = packet(&socket);
        assert_eq!(first.lines().count() + second.lines().count(), 300);
    }

    #[test]
    fn an_event_over_8_kib_is_cut() {
        let folder = Folder::new("event");
        let socket = UnixDatagram::bind(folder.socket()).unwrap();
        let stats = client(&folder.socket());
        stats.event(Event::new("Import", "é".repeat(20_000)).tag("kind", "book"));
        stats.flush(PATIENCE).unwrap();
        let event = packet(&socket);
        assert!(event.len() <= 8_192 && event.len() > 8_100, "{} bytes", event.len());
        assert!(event.ends_with("é…|#kind:book\n"), "{event}");
    }

    #[test]
    fn a_late_or_restarted_agent_is_found() {
        let folder = Folder::new("restart");
        let stats = client(&folder.socket());
        stats.gauge("lost", 1, &[]);
        stats.flush(PATIENCE).unwrap();
        let delivery = stats.delivery();
        assert_eq!((delivery.sent, delivery.dropped), (0, 1));
        assert!(delivery.problem.unwrap().contains("dsd.socket: No such file"));

        for round in 0..2 {
            let socket = UnixDatagram::bind(folder.socket()).unwrap();
            let sent = stats.delivery().sent;
            // Until the client connects again.
            while stats.delivery().sent == sent {
                stats.gauge("found", round, &[]);
                stats.flush(PATIENCE).unwrap();
                std::thread::sleep(Duration::from_millis(10));
            }
            assert_eq!(packet(&socket), format!("panopticon.found:{round}|g\n"));
            drop(socket);
            std::fs::remove_file(folder.socket()).unwrap();
        }
    }

    #[test]
    fn a_restarted_agent_misses_nothing() {
        let folder = Folder::new("again");
        let first = UnixDatagram::bind(folder.socket()).unwrap();
        let stats = client(&folder.socket());
        stats.gauge("queue.length", 1, &[]);
        stats.flush(PATIENCE).unwrap();
        assert_eq!(packet(&first), "panopticon.queue.length:1|g\n");
        drop(first);
        std::fs::remove_file(folder.socket()).unwrap();
        let second = UnixDatagram::bind(folder.socket()).unwrap();
        stats.gauge("queue.length", 2, &[]);
        stats.flush(PATIENCE).unwrap();
        assert_eq!(packet(&second), "panopticon.queue.length:2|g\n");
        assert_eq!(stats.delivery().dropped, 0);
    }

    #[test]
    fn a_slow_agent_does_not_delay_calls() {
        let folder = Folder::new("slow");
        // Never reads, so its buffer fills up after a few packets.
        let _socket = UnixDatagram::bind(folder.socket()).unwrap();
        let stats = client(&folder.socket());
        let start = Instant::now();
        for _ in 0..200_000 {
            stats.increment("orders.placed", 1, &[]);
        }
        assert!(start.elapsed() < NO_WAIT, "{:?}", start.elapsed());
        let delivery = stats.delivery();
        assert!(delivery.dropped > 100_000, "{delivery:?}");
        assert!(
            delivery.problem.as_ref().is_some_and(
                |problem| problem.contains("queue is full") || problem.contains("too slow")
            ),
            "{delivery:?}"
        );

        // A flush ends after its timeout.
        let start = Instant::now();
        let error = stats.flush(Duration::from_millis(50)).unwrap_err();
        assert!(start.elapsed() < NO_WAIT);
        assert!(
            error.to_string().starts_with("not all statistics were sent within 50ms: "),
            "{error}"
        );

        stats.flush(Duration::from_secs(60)).unwrap();
        let delivery = stats.delivery();
        assert_eq!(delivery.sent + delivery.dropped, 200_000, "{delivery:?}");
        assert!(delivery.problem.unwrap().ends_with("dsd.socket: the Agent is too slow"));
    }
}
