//! The shop with `PostgreSQL`, which is stopped and started again while the shop runs.

use std::env;
use std::io::Write as _;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use panopticon::{Report, Status};

use crate::agent::Agent;
use crate::eventually;
use crate::process::{Folder, Shop};

#[test]
fn a_stopped_database_is_reported_and_so_is_its_restart() {
    let Some((url, mut database)) = database() else {
        // Not `eprintln!`, whose output the test runner hides if the test passes.
        let _ = writeln!(
            std::io::stderr(),
            "skipped: the test with PostgreSQL, which needs DATABASE_URL (postgres:…), \
             STOP_DATABASE and START_DATABASE; run `.ci/with-postgres cargo test -p shop`"
        );
        return;
    };
    let folder = Folder::new("postgres");
    let mut agent = Agent::new();
    let agent_url = agent.url();
    let shop = Shop::open(
        &folder,
        &[
            ("DATABASE_URL", &*url),
            ("DATADOG_STATS_ENABLED", "true"),
            ("PANOPTICON_DISCLOSURE", "full"),
            ("DD_DOGSTATSD_URL", &agent_url),
        ],
    );
    shop.becomes_healthy(Duration::from_secs(10));
    shop.sell_something();
    assert_eq!(shop.probe("startup").0, 200);

    database.stop();
    // A result may be reused for a second. With the database's last healthy one, the checks that
    // depend on it would be run, and fail themselves.
    sleep(Duration::from_secs(1));
    // A check may take two seconds; the rest is for a busy machine.
    eventually(
        Duration::from_secs(10),
        || shop.health(),
        |(status, report)| {
            // The pool's message says more than that the check timed out.
            let message = "pool timed out while waiting for an open connection";
            *status == 503 && unhealthy(report, "database") == Some(message)
        },
    );
    // One cause, one alarm: checks that need the database are not run.
    let (_, report) = shop.health();
    for dependent in ["background_jobs", "schema", "stuck_orders"] {
        let message = unhealthy(&report, dependent);
        assert_eq!(message, Some("not checked: `database` is unhealthy"), "{report}");
    }
    // Traffic goes elsewhere. Nothing is restarted, because that would not fix the database.
    let status_of = |probe| shop.probe(probe).0;
    assert_eq!(["readiness", "liveness", "startup"].map(status_of), [503, 200, 200]);
    let refused = shop.post_order(r#"{"item": "tea", "quantity": 2}"#);
    assert_eq!(refused.status, 503, "{refused:?}");
    let failed = "method:POST,route:/orders,status:5xx";
    agent.receive_until(|agent| {
        !agent.events("Healthcheck database failed").is_empty()
            && agent.service_checks("database").contains(&"2")
            && agent.count("shop.requests.failed", failed) == 1
    });

    database.start();
    shop.becomes_healthy(Duration::from_secs(30));
    shop.sell_something();
    agent.receive_until(|agent| !agent.events("Healthcheck database recovered").is_empty());
    assert_eq!(agent.service_checks("database").last(), Some(&"0"));
    // One alarm here too.
    let is_alarm = |line: &&String| line.starts_with("_e{") && line.contains("|t:error|");
    assert_eq!(agent.lines().iter().filter(is_alarm).count(), 1, "{:#?}", agent.lines());
}

/// Returns the message of an unhealthy component.
fn unhealthy<'a>(report: &'a Report, name: &str) -> Option<&'a str> {
    let component = report.component(name)?;
    component.message().filter(|_| component.status() == Status::Unhealthy)
}

/// Returns the URL and the database of the environment, if it has one that can be stopped.
fn database() -> Option<(String, Database)> {
    let url = env::var("DATABASE_URL").ok().filter(|url| url.starts_with("postgres"))?;
    let stop = env::var("STOP_DATABASE").ok()?;
    let start = env::var("START_DATABASE").ok()?;
    Some((url, Database { stop, start, is_stopped: false }))
}

/// A database that is running again after the test, even if the test fails.
struct Database {
    stop: String,
    start: String,
    is_stopped: bool,
}

impl Database {
    fn stop(&mut self) {
        self.is_stopped = true;
        assert!(run(&self.stop), "STOP_DATABASE has failed");
    }

    fn start(&mut self) {
        assert!(run(&self.start), "START_DATABASE has failed");
        self.is_stopped = false;
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.is_stopped {
            run(&self.start);
        }
    }
}

fn run(command: &str) -> bool {
    Command::new("sh").args(["-c", command]).status().is_ok_and(|status| status.success())
}
