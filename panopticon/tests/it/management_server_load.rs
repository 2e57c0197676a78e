//! A management server under attack still answers probes, and its memory and threads stay bounded.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use panopticon::{CheckOptions, Health, Panopticon, Probe};

use crate::child_process::{Service, get, receive, scenario, send};

const CHILD: &str = "management_server_load::child";
const CLIENTS: &str = "management_server_load::clients";

/// How many connections are open at once, in all client processes.
const CONNECTIONS: usize = 10_000;

/// How long a probe waits, much longer than on an idle machine.
const PROBE: Duration = Duration::from_secs(10);

/// How much a process may grow, in KiB: about 100 for each of the 128 connections that it keeps.
const GROWTH: u64 = 16 << 10;

#[test]
#[ignore = "started by the tests below"]
fn child() {
    let Some(scenario) = scenario() else { return };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let health = Panopticon::empty()
            .timeout(Duration::from_secs(30))
            .check("alive", CheckOptions::new().probe(Probe::Liveness), || async {})
            .check("slow", CheckOptions::new().no_probe(), || {
                tokio::time::sleep(Duration::from_secs(3))
            })
            .check("long", CheckOptions::new().no_probe(), || async {
                Health::healthy("").with("text", "x".repeat(60_000))
            })
            .build()
            .unwrap();
        let server = health.serve("127.0.0.1:0").unwrap();
        if scenario == "lacks descriptors" {
            use_up_descriptors();
        }
        println!("\nlistening {}", server.local_addr().unwrap());
        std::future::pending::<()>().await;
    });
}

/// Sets how many files this process may open, and opens as many.
fn use_up_descriptors() {
    limit_descriptors("64");
    let mut files = Vec::new();
    while let Ok(file) = fs::File::open("/dev/null") {
        files.push(file);
    }
    std::mem::forget(files);
}

fn limit_descriptors(limit: &str) {
    let id = std::process::id().to_string();
    let limit = format!("--nofile={limit}:");
    assert!(Command::new("prlimit").args(["--pid", &id, &limit]).status().unwrap().success());
}

/// Returns how many files a process may open if it raises its limit.
fn most_descriptors() -> usize {
    let limits = fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let hard = line.split_whitespace().nth(4).unwrap();
    hard.parse().unwrap_or(usize::MAX)
}

#[test]
#[ignore = "started by the test below"]
fn clients() {
    let Some(scenario) = scenario() else { return };
    let (address, count) = scenario.split_once(' ').unwrap();
    let (address, count): (SocketAddr, usize) = (address.parse().unwrap(), count.parse().unwrap());
    limit_descriptors(&(count + 100).to_string());
    let mut connections: Vec<TcpStream> = Vec::new();
    for number in 0..count {
        let mut connection = TcpStream::connect(address).unwrap();
        // Every other connection begins a request and never completes it.
        if number % 2 == 0 {
            let _ = connection.write_all(b"GET /healthcheck HTTP/1.1\r\nX-Slow: ");
        }
        connections.push(connection);
    }
    println!("\nconnected");
    loop {
        for connection in connections.iter_mut().step_by(2) {
            let _ = connection.write_all(b"a");
        }
        thread::sleep(Duration::from_millis(500));
    }
}

/// Returns a number from `/proc/{id}/status`.
fn status(id: u32, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

fn descriptors(id: u32) -> usize {
    fs::read_dir(format!("/proc/{id}/fd")).unwrap().count()
}

/// Probes like the kubelet, and returns the status.
fn probe(address: SocketAddr) -> u16 {
    let mut connection = TcpStream::connect_timeout(&address, PROBE).unwrap();
    connection.set_read_timeout(Some(PROBE)).unwrap();
    let request =
        "GET /healthcheck/liveness HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    connection.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer[9..12].parse().unwrap()
}

/// Sends what no client should send, again and again.
fn send_nonsense(address: SocketAddr, is_over: &AtomicBool) {
    let oversized = format!("GET /healthcheck HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(1 << 20));
    let kinds = [
        oversized.as_str(),
        "GET /healthcheck/%zz%f HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /healthcheck?collection=%f&tag=%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "BREW /healthcheck HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /no/such/path HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "POST /healthcheck HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n",
        "\u{0}\u{1}\u{2}\r\n\r\n",
    ];
    for sent in kinds.iter().cycle() {
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        let mut connection = TcpStream::connect(address).unwrap();
        let _ = connection.set_read_timeout(Some(Duration::from_millis(20)));
        let _ = connection.write_all(sent.as_bytes());
        let _ = connection.read(&mut [0; 1024]);
    }
}

#[test]
fn probes_are_answered_beside_10_000_idle_and_slow_connections_and_nonsense() {
    let (service, address) = Service::listening(CHILD, "serves");
    for _ in 0..20 {
        assert_eq!(probe(address), 200);
    }
    let (memory, threads) = (status(service.id(), "VmRSS:"), status(service.id(), "Threads:"));

    let per_process = CONNECTIONS.min(most_descriptors() - 200);
    let mut clients: Vec<Service> = (0..CONNECTIONS.div_ceil(per_process))
        .map(|_| Service::start(CLIENTS, &format!("{address} {per_process}")))
        .collect();
    for client in &mut clients {
        client.read_line("connected");
    }

    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let nonsense = scope.spawn(|| send_nonsense(address, &is_over));
        for _ in 0..200 {
            assert_eq!(probe(address), 200);
        }
        is_over.store(true, Ordering::Relaxed);
        nonsense.join().unwrap();
    });
    let grown = status(service.id(), "VmRSS:").saturating_sub(memory);
    assert!(grown < GROWTH, "{grown} KiB more");
    assert_eq!(status(service.id(), "Threads:"), threads);
    let open = descriptors(service.id());
    assert!(open < 200, "{open} files are open");
}

/// Returns the processor time that the server's thread has used, in hundredths of a second.
fn processor_time(id: u32) -> u64 {
    let tasks = fs::read_dir(format!("/proc/{id}/task")).unwrap();
    let stats = tasks.map(|task| fs::read_to_string(task.unwrap().path().join("stat")).unwrap());
    // Linux keeps 15 characters of a thread's name.
    let server = stats.into_iter().find(|stat| stat.contains("(panopticon-serv)")).unwrap();
    let (_, fields) = server.rsplit_once(") ").unwrap();
    fields.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum()
}

#[test]
fn a_process_without_file_descriptors_still_answers() {
    let (service, address) = Service::listening(CHILD, "lacks descriptors");
    for _ in 0..20 {
        assert_eq!(get(address, "/healthcheck/liveness").0, 200);
    }
    // Idle connections, which hold the reserved descriptors, are closed to make room.
    let idle: Vec<TcpStream> = (0..10).map(|_| TcpStream::connect(address).unwrap()).collect();
    assert_eq!(get(address, "/healthcheck/liveness").0, 200);
    drop(idle);

    // Connections waiting for an answer are not closed, and the server does not busy-wait for them.
    let waiting: Vec<TcpStream> = (0..10).map(|_| send(address, "/healthcheck/slow")).collect();
    let before = processor_time(service.id());
    assert_eq!(get(address, "/healthcheck/liveness").0, 200);
    let used = processor_time(service.id()) - before;
    // A busy wait for the slow check would take 300.
    assert!(used < 20, "{used} hundredths of a second");
    for connection in waiting {
        assert_eq!(receive(connection).0, 200);
    }
}

#[test]
fn a_probe_is_answered_beside_clients_that_send_many_requests_and_read_nothing() {
    let (_service, address) = Service::listening(CHILD, "serves");
    let requests = "GET /healthcheck/long HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(50);
    let _clients: Vec<TcpStream> = (0..200)
        .map(|_| {
            let mut connection = TcpStream::connect(address).unwrap();
            // This fails if the connection was closed to make room.
            let _ = connection.write_all(requests.as_bytes());
            connection
        })
        .collect();
    for _ in 0..3 {
        assert_eq!(probe(address), 200);
    }
}
