//! The management server answers over real sockets, and ends when it should.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use panopticon::{Builder, CheckOptions, Disclosure, Health, ManagementServer, Panopticon};

use crate::schemas;
use crate::without_a_runtime::block_on;

/// Much longer than anything takes. Only a failing test waits that long.
const LIMIT: Duration = Duration::from_secs(60);

fn options() -> CheckOptions {
    CheckOptions::new()
}

fn healthy() -> Panopticon {
    Panopticon::empty()
        .check("database", options(), || async { Health::healthy("answers") })
        .build()
        .unwrap()
}

fn serve(health: &Panopticon) -> (ManagementServer, SocketAddr) {
    let server = health.serve("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    (server, address)
}

fn connect(address: SocketAddr) -> TcpStream {
    let connection = TcpStream::connect(address).unwrap();
    connection.set_read_timeout(Some(LIMIT)).unwrap();
    connection
}

/// Sends this, and returns everything that the server sends until it closes the connection.
fn exchange(address: SocketAddr, sent: &str) -> String {
    let mut connection = connect(address);
    connection.write_all(sent.as_bytes()).unwrap();
    let mut answer = String::new();
    // A connection that was closed with unread bytes is reset.
    let _ = connection.read_to_string(&mut answer);
    answer
}

fn request(method: &str, path: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
}

/// Returns the status, the head and the body of the answer to a request.
fn ask(address: SocketAddr, method: &str, path: &str) -> (u16, String, String) {
    split(&exchange(address, &request(method, path)))
}

fn split(answer: &str) -> (u16, String, String) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{answer:?}"));
    let head = head.to_ascii_lowercase();
    schemas::assert_raw_answer_valid(&head, body);
    (head[9..12].parse().unwrap(), head, body.to_owned())
}

/// Reads one answer of known length, and leaves the connection open.
fn read_answer(connection: &mut impl Read) -> (u16, String) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        connection.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    connection.read_exact(&mut body).unwrap();
    (head[9..12].parse().unwrap(), String::from_utf8(body).unwrap())
}

#[test]
fn the_server_answers_as_the_service_does() {
    let health = healthy();
    let (_server, address) = serve(&health);

    let (status, head, body) = ask(address, "GET", "/healthcheck");
    assert_eq!(status, 200);
    assert!(head.contains("cache-control: no-store"), "{head}");
    assert!(body.contains(r#""friendly_status":"answers""#), "{body}");

    assert_eq!(ask(address, "GET", "/healthcheck/liveness").0, 200);
    assert_eq!(ask(address, "GET", "/healthcheck/readiness?pretty").0, 200);
    assert_eq!(ask(address, "GET", "/livez").2, "ok");
    assert!(ask(address, "GET", "/readyz?verbose").2.contains("[+]database ok"));
    assert!(ask(address, "GET", "/healthcheck?format=text").2.contains("[+]database ok"));
    assert_eq!(ask(address, "GET", "/healthcheck/database").0, 200);
    assert_eq!(ask(address, "GET", "/healthcheck/mail").0, 404);
    assert_eq!(ask(address, "GET", "/").0, 404);
    assert_eq!(ask(address, "POST", "/healthcheck").0, 405);

    let (status, head, body) = ask(address, "HEAD", "/healthcheck");
    assert_eq!((status, &*body), (200, ""));
    assert!(head.contains("content-length: "), "{head}");
    let (status, head, body) = ask(address, "OPTIONS", "/healthcheck");
    assert_eq!((status, &*body), (204, ""));
    assert!(head.contains("allow: get, head, options"), "{head}");
}

#[test]
fn http_1_0_is_answered_and_closed() {
    let health = healthy();
    let (_server, address) = serve(&health);
    let (status, _, body) = split(&exchange(address, "GET /healthcheck HTTP/1.0\r\n\r\n"));
    assert_eq!(status, 200);
    assert!(body.contains("database"), "{body}");
    // HAProxy's default request.
    assert_eq!(split(&exchange(address, "OPTIONS /healthcheck HTTP/1.0\r\n\r\n")).0, 204);
}

#[test]
fn a_connection_takes_one_request_after_the_other() {
    let health = healthy();
    let (_server, address) = serve(&health);
    let mut connection = connect(address);
    for _ in 0..3 {
        connection.write_all(b"GET /healthcheck HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        assert_eq!(read_answer(&mut connection).0, 200);
    }
}

/// As `nc -N` does.
#[test]
fn a_client_that_sends_no_more_is_answered() {
    let health = Panopticon::empty()
        .check("slow", options(), || tokio::time::sleep(Duration::from_millis(50)))
        .build()
        .unwrap();
    let (_server, address) = serve(&health);
    for sent in ["GET /healthcheck HTTP/1.0\r\n\r\n", "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"] {
        let mut connection = connect(address);
        connection.write_all(sent.as_bytes()).unwrap();
        connection.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        assert_eq!(split(&answer).0, 200, "{answer}");
    }
}

#[test]
fn a_body_is_not_read() {
    let health = healthy();
    let (_server, address) = serve(&health);
    let mut connection = connect(address);
    let head =
        "GET /healthcheck HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000000\r\n\r\n";
    connection.write_all(head.as_bytes()).unwrap();
    // The body has not been sent.
    assert_eq!(read_answer(&mut connection).0, 200);
}

#[test]
fn an_invalid_request_is_refused() {
    let health = healthy();
    let (_server, address) = serve(&health);
    let with_header = |name: &str, value: &str| {
        format!("GET /healthcheck HTTP/1.1\r\nHost: localhost\r\n{name}: {value}\r\n\r\n")
    };
    let many = "x: 1\r\n".repeat(200);
    for (sent, expected) in [
        ("\x16\x03\x01 this is TLS\r\n\r\n".to_owned(), 400),
        ("GET\r\n\r\n".to_owned(), 400),
        (with_header("x y", "z"), 400),
        (request("GET", "/healthcheck/%zz"), 400),
        (request("GET", "/healthcheck?collection=%f"), 400),
        (request("BREW", "/healthcheck"), 405),
        (request("GET", &format!("/{}", "a".repeat(100_000))), 414),
        (with_header("x", &"y".repeat(100_000)), 431),
        (format!("GET /healthcheck HTTP/1.1\r\n{many}\r\n"), 431),
    ] {
        let answer = exchange(address, &sent);
        // If a request is too long, the connection may be reset before the answer is read.
        if sent.len() < 50_000 || !answer.is_empty() {
            let status = split(&answer).0;
            let is_expected = status == expected || (expected == 414 && status == 431);
            assert!(is_expected, "{status} for {sent:.100}");
        }
    }
    assert_eq!(ask(address, "GET", "/healthcheck").0, 200);
}

#[test]
fn addresses_are_accepted_in_the_usual_forms() {
    let health = healthy();
    let has_ipv6 = TcpListener::bind("[::1]:0").is_ok();
    for (address, needs_ipv6) in [("127.0.0.1:0", false), ("localhost:0", false), ("[::1]:0", true)]
    {
        if needs_ipv6 && !has_ipv6 {
            continue;
        }
        let server = health.serve(address).unwrap();
        let bound = server.local_addr().unwrap();
        assert!(bound.ip().is_loopback() && bound.port() != 0, "{bound}");
        assert_eq!(server.to_string(), bound.to_string());
        assert_eq!(ask(bound, "GET", "/healthcheck").0, 200);
    }
    let localhost = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let servers = [
        health.serve(localhost),
        health.serve((localhost.ip(), 0)),
        health.serve((Ipv4Addr::LOCALHOST, 0)),
        health.serve(("localhost", 0)),
        health.serve(("127.0.0.1", 0)),
        health.serve(String::from("127.0.0.1:0")),
    ];
    for server in servers {
        assert_eq!(ask(server.unwrap().local_addr().unwrap(), "GET", "/healthcheck").0, 200);
    }
}

#[test]
fn an_address_that_cannot_be_bound_is_named_in_the_error() {
    let health = healthy();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let error = health.serve(&*address).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    let expected = format!("the management server cannot listen on \"{address}\": ");
    assert!(error.to_string().starts_with(&expected), "{error}");

    for malformed in [
        "127.0.0.1",
        "9000",
        ":9000",
        "127.0.0.1:http",
        "127.0.0.1:99999",
        "",
        "unix:",
        "http://127.0.0.1:9000",
        "/run/a.sock:1",
    ] {
        let error = health.serve(malformed).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(
            error.to_string(),
            format!(
                "the management server cannot listen on {malformed:?}: write an address or a name \
                 and a port, such as `127.0.0.1:9000` or `localhost:9000`, or `unix:` and a path"
            )
        );
    }
}

#[test]
fn it_can_be_started_in_async_code_of_any_runtime() {
    for runtime in [
        tokio::runtime::Builder::new_current_thread().build().unwrap(),
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap(),
    ] {
        runtime.block_on(async {
            let health =
                Panopticon::empty().check_blocking("disk", options(), || {}).build().unwrap();
            let server = health.serve("localhost:0").unwrap();
            assert!(health.serve("localhost").is_err());
            let address = server.local_addr().unwrap();
            assert_eq!(ask(address, "GET", "/healthcheck").0, 200);
            server.stop().await;
            assert!(TcpStream::connect(address).is_err());
        });
    }
}

#[test]
fn checks_of_a_service_without_a_runtime_do_not_run_on_the_servers_thread() {
    let (sender, names) = mpsc::channel();
    let health = Panopticon::empty()
        .check("blocks", options(), move || {
            let _ = sender.send(thread::current().name().map(str::to_owned));
            async { thread::sleep(Duration::from_millis(1)) }
        })
        .build()
        .unwrap();
    let (_server, address) = serve(&health);
    assert_eq!(ask(address, "GET", "/healthcheck").0, 200);
    assert_eq!(names.recv().unwrap().as_deref(), Some("panopticon"));
}

#[test]
fn a_check_that_blocks_its_runtime_does_not_hold_up_other_requests() {
    let (release, released) = mpsc::channel::<()>();
    let released = Arc::new(std::sync::Mutex::new(released));
    let health = Panopticon::empty()
        .timeout(LIMIT)
        .check("database", options(), move || {
            let released = Arc::clone(&released);
            async move {
                let _ = released.lock().unwrap().recv();
            }
        })
        .build()
        .unwrap();
    let (_server, address) = serve(&health);
    let mut waiting = connect(address);
    waiting.write_all(request("GET", "/healthcheck").as_bytes()).unwrap();
    assert_eq!(ask(address, "GET", "/healthcheck/liveness").0, 200);
    release.send(()).unwrap();
    assert_eq!(read_answer(&mut waiting).0, 200);
}

#[test]
fn it_answers_while_the_service_drains_and_after_its_shutdown() {
    let health = healthy();
    let (_server, address) = serve(&health);
    health.drain();
    assert_eq!(ask(address, "GET", "/healthcheck/readiness").0, 503);
    assert_eq!(ask(address, "GET", "/healthcheck/liveness").0, 200);
    block_on(health.shutdown());
    assert_eq!(ask(address, "GET", "/healthcheck/liveness").0, 200);
}

fn failing(configure: impl FnOnce(Builder) -> Builder) -> Panopticon {
    let builder = Panopticon::empty()
        .check("database", options(), || async { Err::<(), _>(std::io::Error::other("at db-7")) });
    configure(builder).build().unwrap()
}

#[test]
fn everything_is_disclosed_only_on_loopback_addresses_unless_configured() {
    let ask_at = |health: &Panopticon, bound: &str| {
        let server = health.serve(bound).unwrap();
        let mut address = server.local_addr().unwrap();
        if address.ip().is_unspecified() {
            // The address that the server listens on counts, not the client's.
            address.set_ip(Ipv4Addr::LOCALHOST.into());
        }
        ask(address, "GET", "/healthcheck").2
    };
    let health = failing(|builder| builder);
    assert!(ask_at(&health, "127.0.0.1:0").contains("at db-7"));
    assert!(ask_at(&health, "localhost:0").contains("at db-7"));
    let anonymous = ask_at(&health, "0.0.0.0:0");
    assert!(anonymous.contains("the check returned an error"), "{anonymous}");
    assert!(!anonymous.contains("at db-7"), "{anonymous}");

    let health = failing(|builder| builder.disclosure(Disclosure::StatusOnly));
    assert!(!ask_at(&health, "127.0.0.1:0").contains("error"));
    let health = failing(|builder| builder.disclosure(Disclosure::Authored));
    assert!(!ask_at(&health, "127.0.0.1:0").contains("at db-7"));
    let health = failing(|builder| builder.disclosure(Disclosure::Full));
    assert!(ask_at(&health, "0.0.0.0:0").contains("at db-7"));
    let health = failing(|builder| builder.disclose_by(|_| Disclosure::StatusOnly));
    assert!(!ask_at(&health, "127.0.0.1:0").contains("error"));
}

/// Waits until nothing listens there.
fn wait_until_closed(address: SocketAddr) {
    let deadline = std::time::Instant::now() + LIMIT;
    while TcpStream::connect(address).is_ok() {
        assert!(std::time::Instant::now() < deadline, "the server does not stop");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn it_runs_as_long_as_a_handle_or_the_server_exists() {
    let health = healthy();
    let (server, address) = serve(&health);
    drop(server);
    assert_eq!(ask(address, "GET", "/healthcheck").0, 200);
    drop(health);
    wait_until_closed(address);

    let (server, address) = serve(&healthy());
    assert_eq!(ask(address, "GET", "/healthcheck").0, 200);
    drop(server);
    wait_until_closed(address);
}

#[test]
fn resources_of_a_service_that_is_dropped_during_an_answer_are_not_dropped_on_the_servers_thread() {
    struct Resource(mpsc::Sender<Option<String>>);

    impl Drop for Resource {
        fn drop(&mut self) {
            let _ = self.0.send(thread::current().name().map(str::to_owned));
        }
    }

    let (dropped, dropped_on) = mpsc::channel();
    let (begins, begun) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let released = std::sync::Mutex::new(released);
    let resource = Resource(dropped);
    let health = Panopticon::empty()
        .timeout(LIMIT)
        .check_blocking("disk", options(), move || {
            let _ = &resource;
            begins.send(()).unwrap();
            let _ = released.lock().unwrap().recv();
        })
        .build()
        .unwrap();
    let (server, address) = serve(&health);
    let mut waiting = connect(address);
    waiting.write_all(request("GET", "/healthcheck").as_bytes()).unwrap();
    begun.recv().unwrap();
    drop((server, health));
    release.send(()).unwrap();
    assert_eq!(read_answer(&mut waiting).0, 200);
    let thread = dropped_on.recv_timeout(LIMIT).unwrap();
    assert_eq!(thread.as_deref(), Some("panopticon-check"));
    wait_until_closed(address);
}

#[test]
fn stopping_waits_for_answers_and_closes_idle_connections() {
    let (begins, begun) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let released = std::sync::Mutex::new(released);
    let health = Panopticon::empty()
        .timeout(LIMIT)
        .cache(Duration::ZERO)
        .check_blocking("disk", options(), move || {
            begins.send(()).unwrap();
            let _ = released.lock().unwrap().recv();
        })
        .build()
        .unwrap();
    let (server, address) = serve(&health);

    let mut fresh = connect(address);
    let mut used = connect(address);
    used.write_all(b"GET /healthcheck/liveness HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    assert_eq!(read_answer(&mut used).0, 200);
    let mut waiting = connect(address);
    waiting.write_all(b"GET /healthcheck HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    begun.recv().unwrap();

    let stopped = thread::spawn(move || block_on(server.stop()));
    // Both are closed at once, although an answer is still in flight.
    assert_eq!(fresh.read(&mut [0]).unwrap(), 0);
    assert_eq!(used.read(&mut [0]).unwrap(), 0);
    assert!(TcpStream::connect(address).is_err());
    release.send(()).unwrap();
    assert_eq!(read_answer(&mut waiting).0, 200);
    assert_eq!(waiting.read(&mut [0]).unwrap(), 0);
    stopped.join().unwrap();
    // Another server can use the address at once.
    health.serve(address).unwrap();
}

#[test]
fn stopping_does_not_wait_long_for_a_check_that_hangs() {
    let (begins, begun) = mpsc::channel();
    let health = Panopticon::empty()
        .timeout(Duration::from_secs(3600))
        .check("hangs", options(), move || {
            begins.send(()).unwrap();
            std::future::pending::<()>()
        })
        .build()
        .unwrap();
    let (server, address) = serve(&health);
    let mut waiting = connect(address);
    waiting.write_all(request("GET", "/healthcheck").as_bytes()).unwrap();
    begun.recv().unwrap();
    block_on(server.stop());
    assert_eq!(waiting.read(&mut [0]).unwrap(), 0);
}

#[cfg(unix)]
mod unix_sockets {
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::path::{Path, PathBuf};
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::{fs, process};

    use super::*;

    /// A test's folder, removed when dropped.
    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Self {
            static NUMBER: AtomicU32 = AtomicU32::new(0);

            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let path = std::env::temp_dir().join(format!("panopticon-{}-{number}", process::id()));
            fs::create_dir(&path).unwrap();
            Self(path)
        }

        fn socket(&self) -> PathBuf {
            self.0.join("orders.sock")
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn status(path: &Path) -> u16 {
        let mut connection = UnixStream::connect(path).unwrap();
        connection.set_read_timeout(Some(LIMIT)).unwrap();
        connection.write_all(request("GET", "/healthcheck").as_bytes()).unwrap();
        read_answer(&mut connection).0
    }

    #[test]
    fn a_unix_socket_is_served_and_its_file_removed() {
        let (health, folder) = (healthy(), Folder::new());
        let socket = folder.socket();
        let text = format!("unix:{}", socket.display());
        let server = health.serve(&*text).unwrap();
        assert_eq!(status(&socket), 200);
        assert_eq!((server.local_addr(), server.socket_path()), (None, Some(&*socket)));
        assert_eq!(server.to_string(), text);
        block_on(server.stop());
        assert!(!socket.exists());
        let server = health.serve(&*socket).unwrap();
        assert_eq!(status(&socket), 200);
        block_on(server.stop());
    }

    #[test]
    fn everything_is_disclosed_on_a_unix_socket() {
        let folder = Folder::new();
        let health = failing(|builder| builder);
        let _server = health.serve(folder.socket()).unwrap();
        let mut connection = UnixStream::connect(folder.socket()).unwrap();
        connection.write_all(request("GET", "/healthcheck").as_bytes()).unwrap();
        let (status, body) = read_answer(&mut connection);
        assert_eq!(status, 503);
        assert!(body.contains("at db-7"), "{body}");
    }

    #[test]
    fn the_file_of_a_process_that_no_longer_runs_is_replaced() {
        let (health, folder) = (healthy(), Folder::new());
        let socket = folder.socket();
        drop(UnixListener::bind(&socket).unwrap());
        assert!(socket.exists());
        let server = health.serve(socket.clone()).unwrap();
        assert_eq!(status(&socket), 200);
        block_on(server.stop());
        assert!(!socket.exists());
    }

    #[test]
    fn a_socket_in_use_and_another_file_are_errors_and_stay() {
        let (health, folder) = (healthy(), Folder::new());
        let socket = folder.socket();
        let server = health.serve(&*socket).unwrap();
        let error = health.serve(&*socket).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
        assert!(error.to_string().contains("orders.sock"), "{error}");
        assert_eq!(status(&socket), 200);
        block_on(server.stop());

        fs::write(&socket, "precious").unwrap();
        let error = health.serve(&*socket).unwrap_err();
        assert!(error.to_string().contains("the file exists and is not a socket"), "{error}");
        assert_eq!(fs::read_to_string(&socket).unwrap(), "precious");
        let missing = folder.0.join("missing/orders.sock");
        let error = health.serve(missing).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }

    #[test]
    fn a_socket_file_that_another_process_created_is_not_removed() {
        let (health, folder) = (healthy(), Folder::new());
        let socket = folder.socket();
        let server = health.serve(&*socket).unwrap();
        fs::remove_file(&socket).unwrap();
        let other = UnixListener::bind(&socket).unwrap();
        block_on(server.stop());
        assert!(socket.exists());
        drop(other);
    }
}
