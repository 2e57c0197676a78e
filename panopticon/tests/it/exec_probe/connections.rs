//! How the service is reached, and what happens if it cannot be.

use std::io::Write;
use std::net::{TcpListener, UdpSocket};
use std::thread;
use std::time::Duration;

use super::listener::{Listener, json, report};
use super::{Run, probe, program, run};

fn healthy() -> String {
    json("200 OK", &report(true, "", ""))
}

/// Asserts that a missing answer is a failure in every format.
#[track_caller]
fn assert_no_answer(target: &str, timeout: &str, why: &str) {
    for (format, exit_code, start) in [
        ("text", 1, ""),
        ("json", 1, r#"{"error":""#),
        ("nagios", 2, "PANOPTICON CRITICAL: "),
        ("consul", 2, ""),
    ] {
        let arguments = ["probe", target, "--timeout", timeout, "--format", format];
        let Run { exit_code: found, stdout, .. } = run(&mut program(&arguments));
        assert_eq!(found, exit_code, "{format}: {stdout}");
        assert!(stdout.starts_with(&format!("{start}{target}")), "{format}: {stdout}");
        assert!(stdout.contains(why), "{format}: {stdout}");
    }
}

#[test]
fn a_refused_connection_is_a_failure() {
    // Nothing listens on this privileged port.
    assert_no_answer("http://127.0.0.1:1/healthcheck", "60s", "cannot connect to 127.0.0.1:1: ");
    assert_no_answer("http://localhost:1/healthcheck", "60s", "; cannot connect to [::1]:1: ");
}

#[test]
fn a_service_that_accepts_and_never_answers_is_a_failure() {
    // The operating system accepts the connection.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = format!("http://{}/healthcheck", listener.local_addr().unwrap());
    assert_no_answer(&target, "200ms", " within 200ms");
}

#[test]
fn the_timeout_covers_the_whole_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = format!("http://{}/healthcheck", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let mut response = healthy().into_bytes().into_iter().cycle();
                // Byte by byte, so that no single read takes long.
                while stream.write_all(&[response.next().unwrap_or_default()]).is_ok() {
                    thread::sleep(Duration::from_millis(20));
                }
            });
        }
    });
    assert_no_answer(&target, "300ms", " within 300ms");
}

#[test]
fn there_is_one_request_which_accepts_json() {
    let listener = Listener::answering(healthy());
    let url = format!("http://{}/healthcheck/?tag=a", listener.address);
    assert_eq!(probe(&url, "text").exit_code, 0);
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        listener.requests.recv().unwrap(),
        format!(
            "GET /healthcheck/?tag=a HTTP/1.1\nHost: {}\nAccept: application/json, */*;q=0.1\n\
             User-Agent: panopticon/{version}\nConnection: close",
            listener.address
        )
    );
}

#[test]
fn a_target_without_a_path_is_the_report_at_the_path_from_the_environment() {
    let listener = Listener::answering(healthy());
    let url = format!("http://{}", listener.address);
    for (path, line) in [
        (None, "GET /healthcheck HTTP/1.1\n"),
        (Some("/ops/status/"), "GET /ops/status HTTP/1.1\n"),
    ] {
        let mut program = program(&["probe", &url, "--timeout", "60s"]);
        program.envs(path.map(|path| ("PANOPTICON_PATH", path)));
        assert_eq!(run(&mut program).exit_code, 0);
        let request = listener.requests.recv().unwrap();
        assert!(request.starts_with(line), "{request}");
    }
    let mut program = program(&["probe", &url]);
    let run = run(program.env("PANOPTICON_PATH", "status"));
    assert_eq!(run.exit_code, 1);
    assert!(run.stderr.contains("`PANOPTICON_PATH` must not be \"status\""), "{run:?}");
}

/// Probes with a token in the environment, and returns the `Authorization` header that was sent.
fn sent_token(listener: &Listener, target: &str) -> Option<String> {
    let mut program = program(&["probe", target, "--timeout", "60s"]);
    let run = run(program.env("PANOPTICON_TOKEN", "s3cret-0123456789"));
    assert_eq!(run.exit_code, 0, "{run:?}");
    let request = listener.requests.recv().unwrap();
    request.lines().find_map(|line| line.strip_prefix("Authorization: ")).map(str::to_owned)
}

#[test]
fn the_token_is_sent_only_to_this_machine() {
    let listener = Listener::at("0.0.0.0:0", healthy()).unwrap();
    let port = listener.address.port();
    let bearer = Some("Bearer s3cret-0123456789".to_owned());
    for host in ["127.0.0.1", "127.1.2.3", "localhost", "0.0.0.0", "[::]"] {
        assert_eq!(sent_token(&listener, &format!("http://{host}:{port}")), bearer, "{host}");
    }
    // No packet is sent; the system only chooses the address of this machine.
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    let address = socket.connect("192.0.2.1:9").and_then(|()| socket.local_addr());
    if let Ok(address) = address {
        if !address.ip().is_loopback() {
            let target = format!("http://{}:{port}", address.ip());
            assert_eq!(sent_token(&listener, &target), None, "{target}");
        }
    }
}

#[test]
fn ipv6_is_tried_as_well() {
    // Some machines do not have IPv6.
    let Ok(listener) = Listener::at("[::1]:0", healthy()) else { return };
    let port = listener.address.port();
    for host in ["[::1]", "[::]", "localhost"] {
        let run = probe(&format!("http://{host}:{port}"), "text");
        assert_eq!((run.exit_code, &*run.stdout), (0, "service healthy\n"), "{host}");
        let request = listener.requests.recv().unwrap();
        assert!(request.contains(&format!("\nHost: {host}:{port}\n")), "{request}");
    }
}

#[cfg(unix)]
mod unix_sockets {
    use std::os::unix::net::UnixListener;

    use super::super::listener::read_head;
    use super::*;

    #[test]
    fn a_service_on_a_unix_socket_is_probed() {
        let folder = std::env::temp_dir().join(format!("exec_probe_{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("service.sock");
        let shown = path.to_str().unwrap();
        let missing = format!("unix:{shown}:/healthcheck");
        assert_no_answer(&missing, "60s", &format!("cannot connect to {shown}: "));

        let listener = UnixListener::bind(&path).unwrap();
        let answering = thread::spawn(move || {
            let connections = listener.incoming().take(3).map(|stream| {
                let mut stream = stream.unwrap();
                let request = read_head(&stream);
                stream.write_all(healthy().as_bytes()).unwrap();
                request
            });
            connections.collect::<Vec<_>>()
        });
        for target in [
            format!("unix:{shown}"),
            format!("unix://{shown}"),
            format!("unix:{shown}:/healthcheck/readiness"),
        ] {
            let mut program = program(&["probe", &target, "--timeout", "60s"]);
            let run = run(program.env("PANOPTICON_TOKEN", "s3cret-0123456789"));
            assert_eq!((run.exit_code, &*run.stdout), (0, "service healthy\n"), "{target}");
        }
        let requests = answering.join().unwrap();
        for (request, path) in
            requests.iter().zip(["/healthcheck", "/healthcheck", "/healthcheck/readiness"])
        {
            let start = format!("GET {path} HTTP/1.1\nHost: localhost\n");
            assert!(request.starts_with(&start), "{request}");
            assert!(request.contains("\nAuthorization: Bearer s3cret-0123456789"), "{request}");
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
