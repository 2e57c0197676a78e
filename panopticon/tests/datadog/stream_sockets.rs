//! The Agent's stream socket, `unixstream://`.
#![cfg(unix)]

use std::io::Read as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::{Duration, Instant};

use panopticon::datadog::Stats;

use crate::agent::PATIENCE;
use crate::socket_folder::Folder;
use crate::sockets::NO_WAIT;

/// Reads a packet with its length from a stream.
fn framed_packet(stream: &mut UnixStream) -> String {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut length = [0; 4];
    stream.read_exact(&mut length).unwrap();
    let mut packet = vec![0; u32::from_le_bytes(length) as usize];
    stream.read_exact(&mut packet).unwrap();
    String::from_utf8(packet).unwrap()
}

fn stream_client(path: &Path) -> Stats {
    let url = format!("unixstream://{}", path.display());
    Stats::builder().enabled(true).dogstatsd_url(url).build().unwrap()
}

#[test]
fn packets_in_a_stream_have_their_length() {
    let folder = Folder::new("stream");
    let listener = UnixListener::bind(folder.socket()).unwrap();
    let stats = stream_client(&folder.socket());
    for value in 0..3_000 {
        stats.histogram("size", value, &[]);
    }
    stats.flush(PATIENCE).unwrap();
    let (mut stream, _) = listener.accept().unwrap();
    let mut values = Vec::new();
    while values.len() < 3_000 {
        let packet = framed_packet(&mut stream);
        assert!(packet.len() <= 8_192, "{} bytes", packet.len());
        for line in packet.lines() {
            let line = line.strip_prefix("panopticon.size:").unwrap();
            values.extend(line.strip_suffix("|h").unwrap().split(':').map(str::to_owned));
        }
    }
    assert!(values.into_iter().eq((0..3_000).map(|value| value.to_string())));
}

#[test]
fn a_restarted_agent_with_a_stream_is_found() {
    let folder = Folder::new("stream-restart");
    let stats = stream_client(&folder.socket());
    stats.gauge("lost", 1, &[]);
    stats.flush(PATIENCE).unwrap();
    assert_eq!((stats.delivery().sent, stats.delivery().dropped), (0, 1));
    for round in 0..2 {
        let listener = UnixListener::bind(folder.socket()).unwrap();
        let sent = stats.delivery().sent;
        // Until the client connects again.
        while stats.delivery().sent == sent {
            stats.gauge("found", round, &[]);
            stats.flush(PATIENCE).unwrap();
            std::thread::sleep(Duration::from_millis(10));
        }
        let (mut stream, _) = listener.accept().unwrap();
        assert_eq!(framed_packet(&mut stream), format!("panopticon.found:{round}|g\n"));
        drop((stream, listener));
        std::fs::remove_file(folder.socket()).unwrap();
    }
}

#[test]
fn an_agent_that_does_not_read_its_stream_delays_no_calls() {
    let folder = Folder::new("stream-slow");
    let listener = UnixListener::bind(folder.socket()).unwrap();
    let url = format!("unixstream://{}", folder.socket().display());
    let builder = Stats::builder().enabled(true).dogstatsd_url(url).aggregation(false);
    let stats = builder.build().unwrap();
    let start = Instant::now();
    for _ in 0..100_000 {
        stats.increment("orders.placed", 1, &[]);
    }
    assert!(start.elapsed() < NO_WAIT, "{:?}", start.elapsed());
    stats.flush(Duration::from_secs(60)).unwrap();
    let delivery = stats.delivery();
    assert_eq!(delivery.sent + delivery.dropped, 100_000, "{delivery:?}");
    assert!(delivery.dropped > 0, "{delivery:?}");
    // What has arrived are whole packets, but for the last one.
    let (mut stream, _) = listener.accept().unwrap();
    let mut received = Vec::new();
    drop(stats);
    stream.set_nonblocking(true).unwrap();
    let _ = stream.read_to_end(&mut received);
    let mut rest = &received[..];
    while let Some((length, after)) = rest.split_first_chunk() {
        let length = u32::from_le_bytes(*length) as usize;
        let Some((packet, after)) = after.split_at_checked(length) else { break };
        let text = std::str::from_utf8(packet).unwrap();
        assert!(text.lines().all(|line| line == "panopticon.orders.placed:1|c"), "{text}");
        rest = after;
    }
}

/// The kernel lets a connection wait for as long as too many others do.
#[cfg(target_os = "linux")]
#[test]
fn an_agent_that_accepts_no_connection_is_reported() {
    let folder = Folder::new("stream-hung");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    let listener = runtime.block_on(async {
        let socket = tokio::net::UnixSocket::new_stream().unwrap();
        socket.bind(folder.socket()).unwrap();
        socket.listen(0).unwrap().into_std().unwrap()
    });
    let waiting = UnixStream::connect(folder.socket()).unwrap();

    let stats = stream_client(&folder.socket());
    stats.increment("lost", 1, &[]);
    stats.flush(Duration::from_secs(60)).unwrap();
    let delivery = stats.delivery();
    assert_eq!((delivery.sent, delivery.dropped), (0, 1));
    let problem = delivery.problem.unwrap();
    assert!(problem.ends_with("dsd.socket: the Agent is too slow"), "{problem}");
    assert_eq!(stats.health().status(), panopticon::Status::Degraded);

    // Once it does, the connection that waits is used.
    listener.set_nonblocking(false).unwrap();
    drop((waiting, listener.accept().unwrap()));
    while stats.delivery().sent == 0 {
        stats.increment("found", 1, &[]);
        stats.flush(Duration::from_secs(60)).unwrap();
    }
    let (mut stream, _) = listener.accept().unwrap();
    assert!(framed_packet(&mut stream).starts_with("panopticon.found:"));
}
