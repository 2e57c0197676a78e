//! Events, as the client of the tracker sends them.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use panopticon::{CheckOptions, Health, Panopticon, Publisher};
use publishers::error_tracker::ErrorTracker;
use sentry::protocol::{Event, Level};
use sentry::test::TestTransport;
use sentry::{Client, ClientOptions, Hub};

use crate::{LIMIT, Script, options};

const HOUR: Duration = Duration::from_secs(3600);

fn facts<'a>(event: &'a Event<'static>) -> (Level, &'a str, &'a str) {
    (event.level, event.message.as_deref().unwrap(), event.tags["health.resolved"].as_str())
}

fn tracker() -> (Arc<TestTransport>, Arc<Hub>) {
    let transport = TestTransport::new();
    let options_of_client =
        ClientOptions::new().dsn("https://public@sentry.invalid/1").transport(transport.clone());
    let client = Arc::new(Client::from(options_of_client));
    (transport, Arc::new(Hub::new(Some(client), Arc::default())))
}

#[tokio::test]
async fn an_incident_is_one_event_of_its_component_and_one_when_it_ends() {
    let database = Script::new(Health::healthy(""));
    let mail = Script::new(Health::degraded("slow"));
    let (transport, hub) = tracker();
    let health = Panopticon::empty()
        .check("database", options(), database.check())
        .check("mail", options().critical(false), mail.check())
        .check("orders", options().depends_on("database"), || async {})
        .publish_with(ErrorTracker::new(hub))
        .build()
        .unwrap();
    health.report().await;
    for reason in ["no answer", "still no answer"] {
        database.say(Health::unhealthy(reason).with("host", "db-1"));
        health.report().await;
    }
    mail.say(Health::unhealthy("full"));
    health.report().await;
    database.say(Health::degraded("slow"));
    health.report().await;
    health.shutdown().await;

    let events = transport.fetch_and_clear_events();
    assert_eq!(
        events.iter().map(facts).collect::<Vec<_>>(),
        [
            (Level::Error, "database: healthy → unhealthy (no answer)", "false"),
            (Level::Warning, "mail: degraded → unhealthy (full)", "false"),
            (Level::Info, "database: unhealthy → degraded (slow)", "true"),
        ]
    );
    assert_eq!(*events[0].fingerprint, ["panopticon", "database"]);
    assert_eq!(events[0].fingerprint, events[2].fingerprint);
    assert_ne!(events[0].fingerprint, events[1].fingerprint);
    assert!(format!("{:?}", events[0].contexts["details"]).contains("db-1"));
}

/// Passes nothing on but a loss, once draining begins.
struct Misses(ErrorTracker);

impl Publisher for Misses {
    fn draining(&mut self, _: bool) {
        self.0.missed(1);
    }
}

#[tokio::test]
async fn what_was_missed_is_made_up_for_from_the_last_results() {
    let (transport, hub) = tracker();
    let database = Script::new(Health::unhealthy("no answer"));
    let health = Panopticon::empty()
        .check("database", options(), database.check())
        .check("never", CheckOptions::new().interval(HOUR).initial_delay(HOUR), || async {})
        .check("orders", options().depends_on("database"), || async {})
        .publish_with(|health| Misses(ErrorTracker::new(hub)(health)))
        .build()
        .unwrap();
    let mut events = Vec::new();
    for (result, is_draining) in
        [(Health::unhealthy("no answer"), true), (Health::healthy("back"), false)]
    {
        database.say(result);
        health.report().await;
        if is_draining {
            health.drain();
        } else {
            health.undrain();
        }
        let start = Instant::now();
        let count = events.len() + 1;
        while events.len() < count {
            assert!(start.elapsed() < LIMIT, "{events:?}");
            thread::sleep(Duration::from_millis(1));
            events.append(&mut transport.fetch_and_clear_events());
        }
    }
    assert_eq!(
        events.iter().map(facts).collect::<Vec<_>>(),
        [
            (Level::Error, "database: unhealthy (no answer)", "false"),
            (Level::Info, "database: healthy (back)", "true"),
        ]
    );
}
