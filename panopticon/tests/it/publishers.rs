//! Publishers are notified of everything, and nothing waits for them.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use panopticon::{CheckOptions, Component, Health, Panopticon, ProblemKind, Publisher, Transition};

use crate::scripted::Scripted;

fn options() -> CheckOptions {
    CheckOptions::new().cache(Duration::ZERO)
}

/// A publisher that records each notification as a line.
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
    for result in [Health::healthy("0"), Health::unhealthy("1"), Health::unhealthy("2")] {
        check.say(result);
        health.report().await;
    }
}

#[tokio::test]
async fn results_and_transitions_arrive_in_order_until_the_last_handle_is_dropped() {
    let check = Scripted::healthy();
    let (sender, lines) = channel();
    let health = Panopticon::empty()
        .check("database", options(), check.check())
        .publish(Recorder(sender))
        .build()
        .unwrap();
    flap(&health, &check).await;
    drop(health);
    // The publisher's thread empties its queue, then drops the publisher, which closes the channel.
    let lines: Vec<String> = lines.iter().collect();
    assert_eq!(lines[..5], FLAPPING);
    assert_eq!(lines[5..], ["dropped"]);
}

#[tokio::test]
async fn a_publisher_that_panics_is_still_notified_and_does_not_affect_others() {
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
    let ((panics, panicked), (sender, lines)) = (channel(), channel());
    let health = Panopticon::empty()
        .check("database", options(), check.check())
        .publish(Panics(panics))
        .publish(Recorder(sender))
        .build()
        .unwrap();
    flap(&health, &check).await;
    drop(health);
    assert_eq!(panicked.iter().count(), 5);
    assert_eq!(lines.iter().take(5).collect::<Vec<_>>(), FLAPPING);
}

/// A publisher that blocks at the beginning of draining and at each result until it may continue.
struct Slow {
    notifications: Sender<String>,
    continues: Receiver<()>,
}

impl Publisher for Slow {
    const CAPACITY: usize = 2;

    fn result(&mut self, name: &str, component: &Component) {
        self.notifications.send(format!("{name} {component}")).unwrap();
        self.continues.recv().unwrap();
    }

    fn draining(&mut self, _: bool) {
        self.notifications.send("draining".to_owned()).unwrap();
        self.continues.recv().unwrap();
    }

    fn missed(&mut self, count: u64) {
        self.notifications.send(format!("missed {count}")).unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_publisher_that_blocks_misses_the_newest_and_learns_how_many() {
    let check = Scripted::new(Health::unhealthy("no answer"));
    let ((notifications, notified), (resume, continues)) = (channel(), channel());
    let health = Panopticon::empty()
        .check("database", options(), check.check())
        .publish(Slow { notifications, continues })
        .build()
        .unwrap();
    let start = tokio::time::Instant::now();
    health.drain();
    // The only one of its batch. There is room for the first result and the transition.
    assert_eq!(notified.recv().unwrap(), "draining");
    for _ in 0..10 {
        assert!(!health.report().await.service_healthy());
    }
    assert_eq!(start.elapsed(), Duration::ZERO, "no check waits for the publisher");
    resume.send(()).unwrap();
    assert_eq!(notified.recv().unwrap(), "database unhealthy (no answer)");
    resume.send(()).unwrap();
    assert_eq!(notified.recv().unwrap(), "missed 9");
    drop(health);
    assert!(notified.recv().is_err(), "its thread has ended");
}

#[tokio::test]
async fn a_skipped_dependent_check_is_published_once_until_it_runs_again() {
    let database = Scripted::new(Health::unhealthy("no answer"));
    let (sender, lines) = channel();
    let health = Panopticon::empty()
        .check("database", options(), database.check())
        .check("orders", options().depends_on("database"), || async { Health::healthy("placed") })
        .publish(Recorder(sender))
        .build()
        .unwrap();
    for result in [
        Health::unhealthy("no answer"),
        Health::unhealthy("no answer"),
        Health::healthy("back"),
        Health::unhealthy("gone again"),
    ] {
        database.say(result);
        health.report().await;
    }
    drop(health);
    let lines: Vec<String> = lines.iter().filter(|line| line.starts_with("orders")).collect();
    assert_eq!(
        lines,
        [
            "orders unhealthy (not checked: `database` is unhealthy)",
            "orders healthy (placed)",
            "orders: unknown → healthy (placed)",
            "orders unhealthy (not checked: `database` is unhealthy)",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_dependent_that_answers_from_its_cache_after_a_recovery_is_published_as_recovered() {
    let hour = Duration::from_secs(3600);
    let (database, orders, invoices) =
        (Scripted::healthy(), Scripted::healthy(), Scripted::healthy());
    let (sender, lines) = channel();
    let health = Panopticon::empty()
        .check("database", options(), database.check())
        .check("orders", CheckOptions::new().cache(hour).depends_on("database"), orders.check())
        .check("invoices", CheckOptions::new().cache(hour).depends_on("orders"), invoices.check())
        .publish(Recorder(sender))
        .build()
        .unwrap();
    let mut transitions = health.subscribe();
    for result in [
        Health::healthy(""),
        Health::unhealthy("no answer"),
        Health::healthy("back"),
        Health::healthy("back"),
        Health::unhealthy("gone again"),
        Health::degraded("slow"),
    ] {
        database.say(result);
        health.report().await;
    }
    assert_eq!((orders.runs(), invoices.runs()), (1, 1));
    drop(health);
    let lines: Vec<String> = lines.iter().collect();
    let of = |name: &str| -> Vec<String> {
        let result = format!("{name} ");
        lines.iter().filter_map(|line| line.strip_prefix(&result)).map(str::to_owned).collect()
    };
    let skipped = |by: &str| format!("unhealthy (not checked: `{by}` is unhealthy)");
    for (name, dependency) in [("orders", "database"), ("invoices", "orders")] {
        let skipped = skipped(dependency);
        assert_eq!(of(name), ["healthy", &skipped, "healthy", &skipped, "healthy"], "{lines:?}");
    }
    // None of these is a transition: the cause has its own.
    let mut of_dependents = Vec::new();
    while let Some(transition) = transitions.next().await {
        let transition = transition.unwrap().to_string();
        if !transition.starts_with("database") {
            of_dependents.push(transition);
        }
    }
    assert_eq!(of_dependents, ["orders: unknown → healthy", "invoices: unknown → healthy"]);
}

#[test]
fn a_capacity_that_is_not_accepted_is_refused_with_all_other_problems() {
    struct Holds<const COUNT: usize>;

    impl<const COUNT: usize> Publisher for Holds<COUNT> {
        const CAPACITY: usize = COUNT;
    }

    let line = line!() + 3;
    let error = Panopticon::empty()
        .check("orders", options().depends_on("databse"), || async {})
        .publish(Holds::<0>)
        .publish(Holds::<1>)
        .publish(Holds::<1_048_576>)
        .publish(Holds::<1_048_577>)
        .publish(Holds::<{ usize::MAX }>)
        .build()
        .unwrap_err();
    let kinds: Vec<_> = error.problems().iter().map(panopticon::Problem::kind).collect();
    assert_eq!(
        kinds,
        [
            ProblemKind::InvalidPublisher,
            ProblemKind::InvalidPublisher,
            ProblemKind::InvalidPublisher,
            ProblemKind::UnknownDependency,
        ]
    );
    for (problem, (capacity, line)) in
        error.problems().iter().zip([(0, line), (1_048_577, line + 3), (usize::MAX, line + 4)])
    {
        let message = problem.to_string();
        assert!(message.starts_with("publisher `it::publishers::"), "{message}");
        let end = format!(
            "` at {}:{line} must not have a `CAPACITY` of {capacity}; write 1 to 1048576",
            file!()
        );
        assert!(message.contains("::Holds<") && message.ends_with(&end), "{message}");
    }
}

#[tokio::test]
async fn the_smallest_and_the_largest_queue_work() {
    struct Sends<const CAPACITY: usize>(Sender<usize>);

    impl<const CAPACITY: usize> Publisher for Sends<CAPACITY> {
        const CAPACITY: usize = CAPACITY;

        fn result(&mut self, _: &str, _: &Component) {
            let _ = self.0.send(CAPACITY);
        }
    }

    let (sender, capacities) = channel();
    let health = Panopticon::empty()
        .check("database", options(), || async {})
        .publish(Sends::<1>(sender.clone()))
        .publish(Sends::<1_048_576>(sender))
        .build()
        .unwrap();
    health.report().await;
    drop(health);
    let mut capacities: Vec<_> = capacities.iter().collect();
    capacities.sort_unstable();
    assert_eq!(capacities, [1, 1_048_576]);
}
