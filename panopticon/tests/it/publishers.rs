//! Publishers are told of everything, and nothing waits for them.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use panopticon::{CheckOptions, Component, Health, Panopticon, Publisher, Transition};

use crate::scripted::Scripted;

fn options() -> CheckOptions {
    CheckOptions::new().cache(Duration::ZERO)
}

/// Writes down what it is told, as a line each.
struct Recorder(Sender<String>);

impl Publisher for Recorder {
    fn result(&mut self, name: &str, component: &Component) {
        let _ = self.0.send(format!("{name} {component}"));
    }

    fn transition(&mut self, transition: &Transition) {
        let _ = self.0.send(transition.to_string());
    }

    fn missed(&mut self, count: u64) {
        let _ = self.0.send(format!("missed {count}"));
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let _ = self.0.send("dropped".to_owned());
    }
}

const FLAPPING: [&str; 5] = [
    "database healthy (0)",
    "database: unknown → healthy (0)",
    "database unhealthy (1)",
    "database: healthy → unhealthy (1)",
    "database unhealthy (2)",
];

async fn flap(health: &Panopticon, check: &Scripted) {
    for says in [Health::healthy("0"), Health::unhealthy("1"), Health::unhealthy("2")] {
        check.say(says);
        health.report().await;
    }
}

#[tokio::test]
async fn results_and_transitions_in_order_until_the_last_handle_is_dropped() {
    let check = Scripted::healthy();
    let (sender, told) = channel();
    let health = Panopticon::empty()
        .check("database", options(), check.check())
        .publish(Recorder(sender))
        .build()
        .unwrap();
    flap(&health, &check).await;
    drop(health);
    // The thread reads to the end, then drops its publisher: the channel closes.
    let told: Vec<String> = told.iter().collect();
    assert_eq!(told[..5], FLAPPING);
    assert_eq!(told[5..], ["dropped"]);
}

#[tokio::test]
async fn one_that_panics_is_told_of_the_next_and_hurts_no_other() {
    struct Panics(Sender<()>);

    impl Publisher for Panics {
        fn result(&mut self, _: &str, _: &Component) {
            self.0.send(()).unwrap();
            panic!("a publisher's own fault");
        }

        fn transition(&mut self, _: &Transition) {
            self.0.send(()).unwrap();
            std::panic::panic_any(PanicsWhenDropped);
        }
    }

    struct PanicsWhenDropped;

    impl Drop for PanicsWhenDropped {
        fn drop(&mut self) {
            panic!("a payload's own fault");
        }
    }

    let check = Scripted::healthy();
    let ((panics, panicked), (sender, told)) = (channel(), channel());
    let health = Panopticon::empty()
        .check("database", options(), check.check())
        .publish(Panics(panics))
        .publish(Recorder(sender))
        .build()
        .unwrap();
    flap(&health, &check).await;
    drop(health);
    assert_eq!(panicked.iter().count(), 5);
    assert_eq!(told.iter().take(5).collect::<Vec<_>>(), FLAPPING);
}

/// Waits at each notice until it is let go on.
struct Slow {
    is_at: Sender<String>,
    go_on: Receiver<()>,
}

impl Publisher for Slow {
    const CAPACITY: usize = 2;

    fn result(&mut self, name: &str, component: &Component) {
        self.is_at.send(format!("{name} {component}")).unwrap();
        self.go_on.recv().unwrap();
    }

    fn missed(&mut self, count: u64) {
        self.is_at.send(format!("missed {count}")).unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_blocks_misses_the_newest_and_is_told_how_many() {
    let check = Scripted::new(Health::unhealthy("no answer"));
    let ((is_at, at), (let_go_on, go_on)) = (channel(), channel());
    let health = Panopticon::empty()
        .check("database", options(), check.check())
        .publish(Slow { is_at, go_on })
        .build()
        .unwrap();
    let start = tokio::time::Instant::now();
    health.report().await;
    // It is told of the result; the transition waits, and one place is left.
    assert_eq!(at.recv().unwrap(), "database unhealthy (no answer)");
    for _ in 0..10 {
        assert!(!health.report().await.service_healthy());
    }
    assert_eq!(start.elapsed(), Duration::ZERO, "no check waits for it");
    let_go_on.send(()).unwrap();
    assert_eq!(at.recv().unwrap(), "missed 9");
    assert_eq!(at.recv().unwrap(), "database unhealthy (no answer)");
    let_go_on.send(()).unwrap();
    drop(health);
    assert!(at.recv().is_err(), "its thread has ended");
}

#[tokio::test]
async fn one_that_is_left_out_is_told_once_until_it_runs_again() {
    let database = Scripted::new(Health::unhealthy("no answer"));
    let (sender, told) = channel();
    let health = Panopticon::empty()
        .check("database", options(), database.check())
        .check("orders", options().depends_on("database"), || async { Health::healthy("placed") })
        .publish(Recorder(sender))
        .build()
        .unwrap();
    for says in [
        Health::unhealthy("no answer"),
        Health::unhealthy("no answer"),
        Health::healthy("back"),
        Health::unhealthy("gone again"),
    ] {
        database.say(says);
        health.report().await;
    }
    drop(health);
    let told: Vec<String> = told.iter().filter(|line| line.starts_with("orders")).collect();
    assert_eq!(
        told,
        [
            "orders unhealthy (not checked: `database` is unhealthy)",
            "orders healthy (placed)",
            "orders: unknown → healthy (placed)",
            "orders unhealthy (not checked: `database` is unhealthy)",
        ]
    );
}
