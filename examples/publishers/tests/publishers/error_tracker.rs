//! Events, as the client of the tracker sends them.

use std::sync::Arc;

use panopticon::{Health, Panopticon};
use publishers::error_tracker::ErrorTracker;
use sentry::protocol::{Event, Level};
use sentry::test::TestTransport;
use sentry::{Client, ClientOptions, Hub};

use crate::{Script, options};

fn facts<'a>(event: &'a Event<'static>) -> (Level, &'a str, &'a str) {
    (event.level, event.message.as_deref().unwrap(), event.tags["health.resolved"].as_str())
}

#[tokio::test]
async fn an_incident_is_one_event_of_its_component_and_one_when_it_ends() {
    let database = Script::new(Health::healthy(""));
    let mail = Script::new(Health::degraded("slow"));
    let transport = TestTransport::new();
    let options_of_client =
        ClientOptions::new().dsn("https://public@sentry.invalid/1").transport(transport.clone());
    let client = Arc::new(Client::from(options_of_client));
    let hub = Arc::new(Hub::new(Some(client), Arc::default()));
    let health = Panopticon::empty()
        .check("database", options(), database.check())
        .check("mail", options().critical(false), mail.check())
        .check("orders", options().depends_on("database"), || async {})
        .publish(ErrorTracker::new(hub))
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
