//! What systemd is notified of. Each service runs in a process of its own, since the socket is in
//! the environment. That process is also systemd: it listens on the socket.

use std::cell::RefCell;
use std::env;
use std::future::pending;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use panopticon::{CheckOptions, Health, Override, Panopticon, Probe, Status};
use tokio::time::{Instant, sleep, sleep_until};

use crate::own_process::ignored_test;
use crate::scripted::{HeldClock, OnDrop, Scripted};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// Much longer than anything takes. Only a test that fails waits that long.
const TOO_LONG: Duration = Duration::from_secs(60);

/// A file that is removed when dropped.
struct SocketFile(PathBuf);

impl SocketFile {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        Self(env::temp_dir().join(format!("panopticon-systemd-{}-{number}", process::id())))
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Runs an ignored test of this file as the process of a unit with this `WATCHDOG_USEC`.
#[track_caller]
fn run_unit(test: &str, watchdog: Option<Duration>) {
    let file = SocketFile::new();
    run_with(test, &[("NOTIFY_SOCKET", file.0.to_str().unwrap())], watchdog);
}

#[track_caller]
fn run_with(test: &str, variables: &[(&str, &str)], watchdog: Option<Duration>) {
    let mut unit = ignored_test(&format!("systemd::{test}"));
    unit.env_remove("WATCHDOG_PID").env_remove("WATCHDOG_USEC").env_remove("NOTIFY_SOCKET");
    unit.env("IS_UNIT", "").envs(variables.iter().copied());
    if let Some(watchdog) = watchdog {
        unit.env("WATCHDOG_USEC", watchdog.as_micros().to_string());
    }
    let output = unit.output().unwrap();
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    );
    assert!(output.status.success() && stdout.contains("1 passed"), "{stdout}{stderr}");
}

/// Systemd's end of the socket.
struct Systemd {
    socket: UnixDatagram,
    /// Read from the socket, whose queue holds only few.
    messages: RefCell<Vec<String>>,
}

impl Systemd {
    /// Listens, if this process is a unit. Otherwise, the test does nothing, so that all ignored
    /// tests can be run.
    fn listen() -> Option<Self> {
        env::var_os("IS_UNIT")?;
        let socket = UnixDatagram::bind(env::var_os("NOTIFY_SOCKET").unwrap()).unwrap();
        Some(Self::on(socket))
    }

    fn on(socket: UnixDatagram) -> Self {
        socket.set_nonblocking(true).unwrap();
        Self { socket, messages: RefCell::default() }
    }

    /// Lets this time pass, and reads what is sent meanwhile.
    async fn pass(&self, time: Duration) {
        let end = Instant::now() + time;
        while Instant::now() < end {
            sleep_until(end.min(Instant::now() + SECOND)).await;
            self.read();
        }
    }

    fn read(&self) {
        let mut buffer = [0; 8192];
        while let Ok(length) = self.socket.recv(&mut buffer) {
            self.messages.borrow_mut().push(String::from_utf8(buffer[..length].to_vec()).unwrap());
        }
    }

    /// Returns the messages since the last call.
    fn received(&self) -> Vec<String> {
        self.read();
        self.messages.take()
    }

    /// Returns the messages since the last call that begin with this.
    fn received_of(&self, start: &str) -> Vec<String> {
        let mut messages = self.received();
        messages.retain(|message| message.starts_with(start));
        messages
    }

    /// Waits for a message that begins with this, in real time, and drops those before it.
    fn wait_for(&self, start: &str) -> String {
        self.socket.set_nonblocking(false).unwrap();
        self.socket.set_read_timeout(Some(TOO_LONG)).unwrap();
        let mut buffer = [0; 8192];
        loop {
            let length = self.socket.recv(&mut buffer).expect("a message");
            let message = String::from_utf8(buffer[..length].to_vec()).unwrap();
            if message.starts_with(start) {
                self.socket.set_nonblocking(true).unwrap();
                return message;
            }
        }
    }
}

fn options() -> CheckOptions {
    CheckOptions::new()
}

fn on_startup() -> CheckOptions {
    options().probe(Probe::Startup)
}

fn on_liveness() -> CheckOptions {
    options().probe(Probe::Liveness)
}

#[test]
fn messages_come_in_order() {
    run_unit("from_the_start_to_the_end", None);
}

#[tokio::test(start_paused = true)]
#[ignore = "run by another test"]
async fn from_the_start_to_the_end() {
    let Some(systemd) = Systemd::listen() else { return };
    let database = Scripted::new(Health::unhealthy("no answer"));
    let migrate = || async {
        sleep(12 * SECOND).await;
        Health::healthy("migrated")
    };
    let health = Panopticon::empty()
        .check("database", options().interval(SECOND), database.check())
        .check("schema", on_startup().timeout(MINUTE), migrate)
        .build()
        .unwrap();
    health.notify_systemd().unwrap();
    systemd.pass(9 * SECOND).await;
    let extension = "EXTEND_TIMEOUT_USEC=15000000";
    assert_eq!(
        systemd.received(),
        [
            "STATUS=service unknown: database unknown (not checked yet), schema unknown (not checked yet)",
            extension,
            "STATUS=service unhealthy: database unhealthy (no answer), schema unknown (not checked yet)",
            extension,
        ]
    );
    systemd.pass(6 * SECOND).await;
    assert_eq!(
        systemd.received(),
        [extension, "STATUS=service unhealthy: database unhealthy (no answer)"],
        "the startup check has answered, but readiness fails"
    );
    database.say(Health::healthy("answers"));
    systemd.pass(3 * SECOND).await;
    let mut messages = systemd.received();
    messages.sort_unstable();
    assert_eq!(messages, ["READY=1", "STATUS=service healthy"]);

    database.say(Health::degraded("slow"));
    systemd.pass(3 * SECOND).await;
    assert_eq!(systemd.received(), ["STATUS=service degraded: database degraded (slow)"]);
    health.drain();
    systemd.pass(SECOND).await;
    assert_eq!(systemd.received(), ["STATUS=service degraded, draining: database degraded (slow)"]);
    health.undrain();
    systemd.pass(SECOND).await;
    assert_eq!(systemd.received(), ["STATUS=service degraded: database degraded (slow)"]);

    health.shutdown().await;
    // At once, since the process may end now.
    assert_eq!(systemd.received(), ["STOPPING=1"]);
    database.say(Health::unhealthy("gone"));
    let _ = health.report().await;
    systemd.pass(MINUTE).await;
    assert_eq!(systemd.received(), [""; 0]);
}

#[test]
fn without_a_socket_nothing_happens() {
    run_with("notifies_nobody", &[], Some(SECOND));
    run_with("notifies_nobody", &[("NOTIFY_SOCKET", "")], None);
    run_with("notifies_nobody", &[("NOTIFY_SOCKET", "relative")], None);
    run_with("notifies_nobody", &[("NOTIFY_SOCKET", "vsock:2:9999")], None);
    // Nothing listens there.
    run_with("notifies_nobody", &[("NOTIFY_SOCKET", "/nonexistent/notify")], None);
}

#[tokio::test(start_paused = true)]
#[ignore = "run by another test"]
async fn notifies_nobody() {
    if env::var_os("IS_UNIT").is_none() {
        return;
    }
    let check = Scripted::healthy();
    let health = Panopticon::empty().check("check", options(), check.check()).build().unwrap();
    health.notify_systemd().unwrap();
    sleep(MINUTE).await;
    let socket = env::var("NOTIFY_SOCKET").unwrap_or_default();
    if !socket.starts_with('/') {
        assert_eq!(check.runs(), 0, "no probe is requested");
    }
    let is_skipped = !socket.is_empty() && !socket.starts_with('/');
    let warnings = health.setting_warnings().iter();
    let count = warnings.filter(|warning| warning.variable() == "NOTIFY_SOCKET").count();
    assert_eq!(count, usize::from(is_skipped));
    health.shutdown().await;
}

#[cfg(target_os = "linux")]
#[test]
fn an_abstract_socket_is_sent_to() {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::SocketAddr;

    let name = format!("panopticon-systemd-{}", process::id());
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    let systemd = Systemd::on(UnixDatagram::bind_addr(&address).unwrap());
    run_with("is_ready_at_once", &[("NOTIFY_SOCKET", &format!("@{name}"))], None);
    assert!(systemd.received().contains(&"READY=1".to_owned()));
}

#[tokio::test(start_paused = true)]
#[ignore = "run by another test"]
async fn is_ready_at_once() {
    if env::var_os("IS_UNIT").is_none() {
        return;
    }
    let health = Panopticon::empty().check("check", options(), || async {}).build().unwrap();
    health.notify_systemd().unwrap();
    sleep(MINUTE).await;
    health.shutdown().await;
}

#[test]
fn a_startup_check_that_hangs_extends_the_start_until_its_timeout() {
    run_unit("starts_with_a_hanging_check", None);
}

#[tokio::test(start_paused = true)]
#[ignore = "run by another test"]
async fn starts_with_a_hanging_check() {
    let Some(systemd) = Systemd::listen() else { return };
    let health = Panopticon::empty()
        .check("hangs", on_startup().timeout(MINUTE), pending::<()>)
        .build()
        .unwrap();
    health.notify_systemd().unwrap();
    // Until after the last one.
    systemd.pass(MINUTE + SECOND).await;
    assert_eq!(systemd.received_of("EXTEND_TIMEOUT_USEC=").len(), 12);
    systemd.pass(10 * MINUTE).await;
    let messages = systemd.received();
    assert!(
        !messages.iter().any(|it| it.starts_with("EXTEND_") || it == "READY=1"),
        "{messages:?}"
    );
    health.shutdown().await;
}

#[test]
fn a_startup_check_that_fails_or_is_skipped_extends_the_start_no_further() {
    run_unit("starts_with_failing_checks", None);
}

#[tokio::test(start_paused = true)]
#[ignore = "run by another test"]
async fn starts_with_failing_checks() {
    let Some(systemd) = Systemd::listen() else { return };
    let health = Panopticon::empty()
        .check("fails", on_startup(), || async { Err::<(), _>("refused") })
        .check("skipped", on_startup().depends_on("fails"), || async {})
        .check("optional", on_startup().critical(false).timeout(MINUTE), pending::<()>)
        .check_blocking("panics", on_startup(), || assert!(env::args().len() == 0, "on purpose"))
        .build()
        .unwrap();
    health.notify_systemd().unwrap();
    systemd.pass(MINUTE).await;
    assert!(systemd.received_of("EXTEND_TIMEOUT_USEC=").len() <= 1);
    health.shutdown().await;
}

#[test]
fn an_initial_delay_extends_the_start() {
    run_unit("starts_with_a_delayed_check", None);
}

#[tokio::test(start_paused = true)]
#[ignore = "run by another test"]
async fn starts_with_a_delayed_check() {
    let Some(systemd) = Systemd::listen() else { return };
    let options = on_startup().interval(MINUTE).initial_delay(22 * SECOND);
    let health = Panopticon::empty().check("delayed", options, || async {}).build().unwrap();
    health.notify_systemd().unwrap();
    systemd.pass(MINUTE).await;
    let messages = systemd.received();
    let extensions = messages.iter().take_while(|it| *it != "READY=1");
    assert_eq!(extensions.filter(|it| it.starts_with("EXTEND_")).count(), 5, "{messages:?}");
    let after = messages.iter().skip_while(|it| *it != "READY=1");
    assert_eq!(after.filter(|it| it.starts_with("EXTEND_")).count(), 0, "{messages:?}");
    health.shutdown().await;
}

#[test]
fn the_watchdog_stops_while_liveness_fails() {
    run_unit("is_watched", Some(30 * SECOND));
}

#[tokio::test(start_paused = true)]
#[ignore = "run by another test"]
async fn is_watched() {
    let Some(systemd) = Systemd::listen() else { return };
    let (worker, database) = (Scripted::healthy(), Scripted::healthy());
    let health = Panopticon::empty()
        .check("worker", on_liveness(), worker.check())
        .check("database", options(), database.check())
        .build()
        .unwrap();
    health.notify_systemd().unwrap();
    // A second after each message.
    systemd.pass(SECOND).await;
    assert_eq!(systemd.received_of("WATCHDOG"), ["WATCHDOG=1"]);
    for _ in 0..4 {
        systemd.pass(15 * SECOND).await;
        assert_eq!(systemd.received_of("WATCHDOG"), ["WATCHDOG=1"]);
    }
    database.say(Health::unhealthy("no answer"));
    systemd.pass(MINUTE).await;
    assert_eq!(systemd.received_of("WATCHDOG").len(), 4, "readiness restarts nothing");

    worker.say(Health::unhealthy("deadlocked"));
    systemd.pass(MINUTE).await;
    assert_eq!(systemd.received_of("WATCHDOG"), [""; 0]);
    worker.say(Health::healthy("runs"));
    systemd.pass(15 * SECOND).await;
    assert_eq!(systemd.received_of("WATCHDOG"), ["WATCHDOG=1"], "it resumes");
    health.shutdown().await;
    systemd.pass(MINUTE).await;
    assert_eq!(systemd.received(), ["STOPPING=1"]);
}

#[test]
fn a_failure_that_ends_in_time_does_not_stop_the_watchdog() {
    run_unit("recovers_in_time", Some(30 * SECOND));
}

#[tokio::test(start_paused = true)]
#[ignore = "run by another test"]
async fn recovers_in_time() {
    let Some(systemd) = Systemd::listen() else { return };
    let worker = Scripted::healthy();
    let health =
        Panopticon::empty().check("worker", on_liveness(), worker.check()).build().unwrap();
    health.notify_systemd().unwrap();
    systemd.pass(14 * SECOND).await;
    assert_eq!(systemd.received_of("WATCHDOG"), ["WATCHDOG=1"]);
    worker.say(Health::unhealthy("overloaded"));
    systemd.pass(6 * SECOND).await;
    assert_eq!(systemd.received_of("WATCHDOG"), [""; 0]);
    worker.say(Health::healthy("keeps up"));
    // Systemd would end it ten seconds later.
    systemd.pass(3 * SECOND).await;
    assert_eq!(systemd.received_of("WATCHDOG"), ["WATCHDOG=1"]);

    worker.say(Health::unhealthy("overloaded"));
    systemd.pass(MINUTE).await;
    let runs = worker.runs();
    systemd.pass(MINUTE).await;
    let runs = worker.runs() - runs;
    assert!((30..=61).contains(&runs), "{runs} runs in a minute");
    health.shutdown().await;
}

#[test]
fn the_watchdog_goes_on_until_a_check_that_hangs_has_timed_out() {
    run_unit("is_watched_while_a_check_hangs", Some(30 * SECOND));
}

#[tokio::test(start_paused = true)]
#[ignore = "run by another test"]
async fn is_watched_while_a_check_hangs() {
    let Some(systemd) = Systemd::listen() else { return };
    let health = Panopticon::empty()
        .check("hangs", on_liveness().timeout(2 * MINUTE), pending::<()>)
        .build()
        .unwrap();
    health.notify_systemd().unwrap();
    systemd.pass(2 * MINUTE + 8 * SECOND).await;
    let before = systemd.received_of("WATCHDOG").len();
    assert!((8..=9).contains(&before), "{before} messages in two minutes");
    systemd.pass(10 * MINUTE).await;
    assert_eq!(systemd.received_of("WATCHDOG"), [""; 0]);
    health.shutdown().await;
}

#[test]
fn a_watchdog_of_another_process_is_left_alone() {
    let file = SocketFile::new();
    let variables = [("NOTIFY_SOCKET", file.0.to_str().unwrap()), ("WATCHDOG_PID", "1")];
    run_with("is_not_watched", &variables, Some(30 * SECOND));
}

#[tokio::test(start_paused = true)]
#[ignore = "run by another test"]
async fn is_not_watched() {
    let Some(systemd) = Systemd::listen() else { return };
    let health = Panopticon::empty().check("check", options(), || async {}).build().unwrap();
    health.notify_systemd().unwrap();
    systemd.pass(MINUTE).await;
    let messages = systemd.received();
    assert!(messages.contains(&"READY=1".to_owned()), "{messages:?}");
    assert!(!messages.contains(&"WATCHDOG=1".to_owned()), "{messages:?}");
    health.shutdown().await;
}

#[test]
fn a_status_is_one_line_without_secrets() {
    run_unit("has_dangerous_messages", None);
}

#[tokio::test(start_paused = true)]
#[ignore = "run by another test"]
async fn has_dangerous_messages() {
    let Some(systemd) = Systemd::listen() else { return };
    let check = Scripted::healthy();
    let health = Panopticon::empty().check("check", options(), check.check()).build().unwrap();
    health.notify_systemd().unwrap();
    systemd.pass(SECOND).await;
    systemd.received();
    let status = async |said: Health| {
        check.say(said);
        systemd.pass(40 * SECOND).await;
        let [message] = &systemd.received_of("")[..] else { panic!("one message") };
        assert!(!message.contains(char::is_control), "{message:?}");
        message.clone()
    };
    let injected = status(Health::unhealthy("down\nREADY=1\r\nMAINPID=1\0\u{2028}\u{202e}")).await;
    assert_eq!(
        injected,
        r"STATUS=service unhealthy: check unhealthy (down\nREADY=1\r\nMAINPID=1\u{0}\u{2028}\u{202e})"
    );
    let error = status(Health::from_error(&std::io::Error::other("secret-token"))).await;
    assert!(!error.contains("secret"), "{error}");
    assert!(
        error.starts_with("STATUS=service unhealthy: check unhealthy (the check returned an error")
    );
    let url = status(Health::unhealthy("cannot reach postgres://app:secret@db")).await;
    assert!(!url.contains("secret"), "{url}");
    let long = status(Health::degraded("ä".repeat(5_000))).await;
    assert!((490..=520).contains(&long.len()) && long.ends_with('…'), "{}", long.len());

    let told = Override::new(Status::Healthy, "known\nREADY=1").lasting(MINUTE);
    health.set_override("check", told).unwrap();
    systemd.pass(SECOND).await;
    assert_eq!(systemd.received(), ["STATUS=service healthy"]);
    let told = Override::new(Status::Degraded, "known\nREADY=1").lasting(MINUTE);
    health.set_override("check", told).unwrap();
    systemd.pass(SECOND).await;
    assert_eq!(
        systemd.received(),
        [r"STATUS=service degraded: check degraded (override: known\nREADY=1)"]
    );
    health.shutdown().await;
}

#[test]
fn a_full_queue_is_waited_for() {
    run_unit("starts_while_systemd_is_busy", None);
}

#[tokio::test(start_paused = true)]
#[ignore = "run by another test"]
async fn starts_while_systemd_is_busy() {
    let Some(systemd) = Systemd::listen() else { return };
    let flood = UnixDatagram::unbound().unwrap();
    flood.set_nonblocking(true).unwrap();
    let path = env::var_os("NOTIFY_SOCKET").unwrap();
    while flood.send_to(b"X=1", &path).is_ok() {}
    let health = Panopticon::empty().check("check", options(), || async {}).build().unwrap();
    health.notify_systemd().unwrap();
    // Nothing is read.
    sleep(10 * SECOND).await;
    systemd.received();
    systemd.pass(20 * SECOND).await;
    let mut messages = systemd.received();
    messages.sort_unstable();
    assert_eq!(messages, ["READY=1", "STATUS=service healthy"]);
    health.shutdown().await;
}

#[test]
fn a_service_without_a_handle_is_still_watched() {
    run_unit("drops_its_handle", Some(30 * SECOND));
}

#[tokio::test(start_paused = true)]
#[ignore = "run by another test"]
async fn drops_its_handle() {
    let Some(systemd) = Systemd::listen() else { return };
    let is_dropped = Arc::new(AtomicBool::new(false));
    let resource = OnDrop(Arc::clone(&is_dropped));
    let check = move || {
        let _ = &resource;
        async {}
    };
    let health = Panopticon::empty().check("check", options(), check).build().unwrap();
    health.notify_systemd().unwrap();
    let stopped = Arc::new(tokio::sync::Notify::new());
    let stops = Arc::clone(&stopped);
    let stop = health.drain_when(async move { stops.notified().await }, 10 * SECOND);
    drop(health);
    let stop = tokio::spawn(stop);
    systemd.pass(5 * MINUTE + SECOND).await;
    assert_eq!(systemd.received_of("WATCHDOG").len(), 21);

    // A grace period that is not over can be called off.
    stopped.notify_one();
    systemd.pass(5 * SECOND).await;
    assert_eq!(systemd.received_of("ST"), ["STATUS=service healthy, draining"]);
    stop.await.unwrap();
    assert_eq!(systemd.received_of("ST"), ["STOPPING=1"]);
    // The resource is dropped on a thread of its own.
    let _clock = HeldClock::new();
    while !is_dropped.load(Ordering::SeqCst) {
        tokio::task::yield_now().await;
    }
}

#[test]
fn a_stuck_runtime_stops_the_watchdog() {
    run_unit("gets_stuck", Some(SECOND / 5));
}

#[test]
#[ignore = "run by another test"]
fn gets_stuck() {
    let Some(systemd) = Systemd::listen() else { return };
    let service = thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let health = Panopticon::empty()
                .watch_runtime()
                .runtime_bound(SECOND)
                .check("check", options(), || async {})
                .build()
                .unwrap();
            health.notify_systemd().unwrap();
            sleep(SECOND).await;
            // The only thread of the runtime.
            thread::park();
        });
    });
    systemd.wait_for("READY=1");
    systemd.wait_for("WATCHDOG=1");
    systemd.wait_for("STATUS=service unhealthy: runtime unhealthy (no task has run");
    // One may have been on its way.
    thread::sleep(SECOND);
    systemd.received();
    thread::sleep(SECOND);
    assert_eq!(systemd.received_of("WATCHDOG"), [""; 0]);

    service.thread().unpark();
    service.join().unwrap();
}

#[test]
fn a_program_without_a_runtime_is_ready() {
    run_unit("has_no_runtime", Some(SECOND));
}

#[test]
#[ignore = "run by another test"]
fn has_no_runtime() {
    let Some(systemd) = Systemd::listen() else { return };
    let health = Panopticon::empty()
        .check("async", options(), || async {})
        .check_blocking("blocking", on_liveness(), || {})
        .build()
        .unwrap();
    health.notify_systemd().unwrap();
    systemd.wait_for("READY=1");
    systemd.wait_for("WATCHDOG=1");
    crate::without_a_runtime::block_on(health.shutdown());
    systemd.wait_for("STOPPING=1");
}
