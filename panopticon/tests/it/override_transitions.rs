//! The transitions of overrides: one when it is set, one when it ends, and none in between.

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use panopticon::{
    CheckOptions, Component, Health, Override, Panopticon, Publisher, Status, Transition,
    Transitions,
};
use tokio::time::{Instant, sleep};

use crate::scripted::Scripted;

const HOUR: Duration = Duration::from_secs(3600);

fn on_each_question() -> CheckOptions {
    CheckOptions::new().cache(Duration::ZERO)
}

fn with_check(options: CheckOptions) -> (Panopticon, Scripted, Transitions) {
    let check = Scripted::new(Health::unhealthy("no answer"));
    let health = Panopticon::empty().check("billing", options, check.check()).build().unwrap();
    let transitions = health.subscribe();
    (health, check, transitions)
}

fn maintenance() -> Override {
    Override::new(Status::Degraded, "announced maintenance").lasting(HOUR)
}

async fn next(transitions: &mut Transitions) -> Arc<Transition> {
    // Fails if there is none, since the paused clock advances to this.
    tokio::time::timeout(1000 * HOUR, transitions.next()).await.unwrap().unwrap().unwrap()
}

/// Returns the transitions that have been published. Nothing more can be published after this.
async fn all(health: Panopticon, mut transitions: Transitions) -> Vec<Arc<Transition>> {
    drop(health);
    let mut all = Vec::new();
    while let Some(transition) = transitions.next().await {
        all.push(transition.expect("none is missed"));
    }
    all
}

fn statuses(transition: &Transition) -> (Status, Status) {
    (transition.from(), transition.to())
}

async fn next_statuses(transitions: &mut Transitions) -> (Status, Status) {
    statuses(&*next(transitions).await)
}

fn reasons(transition: &Transition) -> (Option<&str>, Option<&str>) {
    (
        transition.active_override().map(Override::reason),
        transition.ended_override().map(Override::reason),
    )
}

/// Returns an instant as the wire format has it.
fn text(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[tokio::test(start_paused = true)]
async fn setting_an_override_and_clearing_it_are_transitions_that_say_why() {
    let (health, _, mut transitions) = with_check(CheckOptions::new());
    health.report().await;
    assert_eq!(
        next(&mut transitions).await.to_string(),
        "billing: unknown → unhealthy (no answer)"
    );

    health.set_override("billing", maintenance()).unwrap();
    let set = next(&mut transitions).await;
    assert_eq!(statuses(&set), (Status::Unhealthy, Status::Degraded));
    assert_eq!(reasons(&set), (Some("announced maintenance"), None));
    assert_eq!(set.message(), Some("no answer"), "the check's own");
    let until = text(set.active_override().unwrap().ends_at().unwrap());
    assert_eq!(
        set.to_string(),
        format!("billing: unhealthy → degraded (override until {until}: announced maintenance)")
    );

    let second = Override::new(Status::Healthy, "over\nsoon").lasting(HOUR);
    health.set_override("billing", second).unwrap();
    let replaced = next(&mut transitions).await;
    assert_eq!(statuses(&replaced), (Status::Degraded, Status::Healthy));
    assert_eq!(reasons(&replaced), (Some("over\nsoon"), Some("announced maintenance")));
    assert!(replaced.to_string().ends_with(r": over\nsoon)"), "{replaced}");

    health.clear_override("billing").unwrap();
    let ended = next(&mut transitions).await;
    assert_eq!(statuses(&ended), (Status::Healthy, Status::Unhealthy));
    assert_eq!(reasons(&ended), (None, Some("over\nsoon")));
    assert_eq!(
        ended.to_string(),
        r"billing: healthy → unhealthy (no answer; override ended: over\nsoon)"
    );
    health.clear_override("billing").unwrap();
    assert_eq!(all(health, transitions).await, [], "there was none to clear");
}

#[tokio::test(start_paused = true)]
async fn an_override_ends_in_time_without_anybody_asking() {
    let (health, _, mut transitions) = with_check(CheckOptions::new());
    health.report().await;
    health.set_override("billing", maintenance()).unwrap();
    next(&mut transitions).await;
    next(&mut transitions).await;
    let set = Instant::now();
    let ended = next(&mut transitions).await;
    assert_eq!(set.elapsed(), HOUR);
    assert_eq!(statuses(&ended), (Status::Degraded, Status::Unhealthy));
    assert_eq!(reasons(&ended), (None, Some("announced maintenance")));
    assert_eq!(health.clear_override("billing"), Ok(false));
    assert_eq!(all(health, transitions).await, []);
}

#[test]
fn an_override_ends_in_time_in_a_program_without_a_runtime() {
    let (sender, lines) = channel();
    let health = Panopticon::empty()
        .check_blocking("billing", CheckOptions::new(), || {})
        .publish(Lines(sender))
        .build()
        .unwrap();
    let drill = Override::new(Status::Unhealthy, "drill").lasting(Duration::from_millis(1));
    health.set_override("billing", drill).unwrap();
    assert!(lines.recv().unwrap().starts_with("billing: unknown → unhealthy (override until "));
    let ended = "billing: unhealthy → unknown (not checked yet; override ended: drill)";
    assert_eq!(lines.recv_timeout(Duration::from_secs(60)).unwrap(), ended);
}

#[tokio::test(start_paused = true)]
async fn an_override_with_the_status_that_it_overrides_is_a_transition_too() {
    let (health, check, transitions) = with_check(CheckOptions::new());
    check.say(Health::healthy(""));
    health.report().await;
    let known = Override::new(Status::Healthy, "known").lasting(HOUR);
    health.set_override("billing", known.clone()).unwrap();
    health.set_override("billing", known).unwrap();
    health.clear_override("billing").unwrap();
    let seen = all(health, transitions).await;
    let seen: Vec<_> = seen.iter().map(|it| (statuses(it), reasons(it))).collect();
    let same = (Status::Healthy, Status::Healthy);
    assert_eq!(
        seen,
        [
            ((Status::Unknown, Status::Healthy), (None, None)),
            (same, (Some("known"), None)),
            (same, (Some("known"), Some("known"))),
            (same, (None, Some("known"))),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn the_time_of_a_replaced_override_no_longer_counts() {
    let (health, _, mut transitions) = with_check(CheckOptions::new());
    let start = Instant::now();
    let long = maintenance().lasting(2 * HOUR);
    for set in [maintenance(), long] {
        health.set_override("billing", set).unwrap();
        next(&mut transitions).await;
    }
    assert_eq!(next_statuses(&mut transitions).await, (Status::Degraded, Status::Unknown));
    assert_eq!(start.elapsed(), 2 * HOUR);
}

#[tokio::test(start_paused = true)]
async fn an_override_that_is_replaced_or_cleared_leaves_no_task() {
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let (health, ..) = with_check(CheckOptions::new());
    let before = tasks();
    for _ in 0..100 {
        health.set_override("billing", maintenance()).unwrap();
    }
    // Tasks that were stopped end when they are next polled.
    sleep(Duration::from_millis(1)).await;
    assert_eq!(tasks(), before + 1);
    health.clear_override("billing").unwrap();
    sleep(Duration::from_millis(1)).await;
    assert_eq!(tasks(), before);
}

/// A publisher that sends each notification as a line.
struct Lines(Sender<String>);

impl Publisher for Lines {
    fn result(&mut self, name: &str, component: &Component) {
        let active = component.active_override().map_or("none", Override::reason);
        let check = component.check_status();
        let _ = self.0.send(format!("{name} {component}, check {check}, override {active}"));
    }

    fn transition(&mut self, transition: &Transition) {
        let _ = self.0.send(transition.to_string());
    }
}

#[tokio::test(start_paused = true)]
async fn while_an_override_lasts_results_are_published_with_it_and_are_no_transitions() {
    let check = Scripted::new(Health::unhealthy("1"));
    let (sender, lines) = channel();
    let health = Panopticon::empty()
        .check("billing", on_each_question(), check.check())
        .publish(Lines(sender))
        .build()
        .unwrap();
    let drill = Override::new(Status::Degraded, "drill").lasting(HOUR);
    health.set_override("billing", drill).unwrap();
    for result in [Health::unhealthy("2"), Health::healthy("3"), Health::unhealthy("4")] {
        check.say(result);
        health.report().await;
    }
    check.say(Health::healthy("5"));
    sleep(HOUR).await;
    health.report().await;
    drop(health);
    let lines: Vec<String> = lines.iter().collect();
    assert!(lines[0].starts_with("billing: unknown → degraded (override until "), "{lines:?}");
    assert_eq!(
        lines[1..],
        [
            "billing degraded (2), check unhealthy, override drill",
            "billing degraded (3), check healthy, override drill",
            "billing degraded (4), check unhealthy, override drill",
            "billing: degraded → unhealthy (4; override ended: drill)",
            "billing healthy (5), check healthy, override none",
            "billing: unhealthy → healthy (5)",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_check_that_is_skipped_is_published_with_its_override() {
    let (sender, lines) = channel();
    let health = Panopticon::empty()
        .check("database", CheckOptions::new(), || async { Health::unhealthy("no answer") })
        .check("orders", CheckOptions::new().depends_on("database"), || async {})
        .publish(Lines(sender))
        .build()
        .unwrap();
    health.set_override("orders", maintenance()).unwrap();
    health.report().await;
    drop(health);
    let published: Vec<String> = lines.iter().filter(|line| line.starts_with("orders ")).collect();
    let expected = "orders degraded (not checked: `database` is unhealthy), check unhealthy, \
                    override announced maintenance";
    assert_eq!(published, [expected]);
}

#[tokio::test(start_paused = true)]
async fn the_end_of_an_override_on_a_skipped_check_announces_no_health_and_recovery_does() {
    let database = Scripted::healthy();
    let health = Panopticon::empty()
        .cache(Duration::ZERO)
        .check("database", CheckOptions::new(), database.check())
        .check("orders", CheckOptions::new().depends_on("database").cache(HOUR), || async {})
        .build()
        .unwrap();
    health.report().await;
    database.say(Health::unhealthy("no answer"));
    let mut transitions = health.subscribe();
    health.report().await;
    assert_eq!(next_statuses(&mut transitions).await, (Status::Healthy, Status::Unhealthy));

    health.set_override("orders", maintenance()).unwrap();
    assert_eq!(next_statuses(&mut transitions).await, (Status::Unhealthy, Status::Degraded));
    health.clear_override("orders").unwrap();
    let ended = next(&mut transitions).await;
    assert_eq!(statuses(&ended), (Status::Degraded, Status::Unhealthy));
    assert_eq!(ended.message(), Some("not checked: `database` is unhealthy"));

    // Its result is still cached, so that it need not run.
    database.say(Health::healthy(""));
    assert!(health.report().await.service_healthy());
    assert_eq!(next_statuses(&mut transitions).await, (Status::Unhealthy, Status::Healthy));
    let orders = next(&mut transitions).await;
    assert_eq!(
        (orders.name(), statuses(&orders)),
        ("orders", (Status::Unhealthy, Status::Healthy))
    );
}

#[tokio::test(start_paused = true)]
async fn results_that_became_too_old_during_an_override_are_unknown_at_its_end() {
    let (health, check, mut transitions) = with_check(CheckOptions::new().interval(HOUR));
    check.say(Health::healthy(""));
    assert_eq!(next_statuses(&mut transitions).await, (Status::Unknown, Status::Healthy));
    health.set_override("billing", maintenance().lasting(24 * HOUR)).unwrap();
    health.shutdown().await;
    sleep(23 * HOUR).await;
    assert_eq!(next_statuses(&mut transitions).await, (Status::Healthy, Status::Degraded));
    let ended = next(&mut transitions).await;
    assert_eq!(statuses(&ended), (Status::Degraded, Status::Unknown));
    assert!(ended.message().unwrap().starts_with("the last result is 86"), "{ended}");
}

#[tokio::test(start_paused = true)]
async fn an_override_does_not_keep_a_dropped_service() {
    let (health, _, transitions) = with_check(CheckOptions::new());
    health.set_override("billing", maintenance()).unwrap();
    let dropped = Instant::now();
    assert_eq!(all(health, transitions).await.len(), 1);
    assert_eq!(dropped.elapsed(), Duration::ZERO);
}

/// The runtime of the service is stuck, so that its clock may not notice the end of an override.
#[test]
fn the_end_of_an_override_is_noticed_once_even_by_a_question() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let stuck = runtime();
    let options = CheckOptions::new().interval(HOUR).initial_delay(HOUR);
    let health = {
        let _guard = stuck.enter();
        Panopticon::empty().check("billing", options, || async {}).build().unwrap()
    };
    let transitions = health.subscribe();
    let drill = Override::new(Status::Unhealthy, "drill").lasting(Duration::from_millis(10));
    health.set_override("billing", drill).unwrap();
    while health.report_blocking().component("billing").unwrap().active_override().is_some() {
        std::thread::yield_now();
    }
    // Now the runtime's clock may notice, too.
    let seen = stuck.block_on(async {
        sleep(Duration::from_millis(20)).await;
        all(health, transitions).await
    });
    let seen: Vec<_> = seen.iter().map(|transition| statuses(transition)).collect();
    let expected = [(Status::Unknown, Status::Unhealthy), (Status::Unhealthy, Status::Unknown)];
    assert_eq!(seen, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn overrides_and_results_at_once_are_transitions_in_order() {
    const OVERRIDES: usize = 100;
    let (health, check, transitions) = with_check(on_each_question());
    let asking = tokio::spawn({
        let health = health.clone();
        async move {
            for run in 0..200 {
                check.say(if run % 2 == 0 { Health::healthy("") } else { Health::unhealthy("") });
                health.report().await;
                tokio::task::yield_now().await;
            }
        }
    });
    for number in 0..OVERRIDES {
        // Ended by time, replaced or cleared, whichever comes first.
        let lasts = Duration::from_micros(1 + 50 * (number as u64 % 40));
        let set = Override::new(Status::Degraded, number.to_string()).lasting(lasts);
        health.set_override("billing", set).unwrap();
        if number % 3 == 0 {
            health.clear_override("billing").unwrap();
        }
        tokio::task::yield_now().await;
    }
    asking.await.unwrap();
    health.clear_override("billing").unwrap();

    let (mut status, mut active, mut set) = (Status::Unknown, None, 0);
    for transition in all(health, transitions).await {
        let context = transition.to_string();
        assert_eq!(transition.from(), status, "{context}");
        status = transition.to();
        let (new, ended) = reasons(&transition);
        assert_eq!(
            ended,
            active.as_deref(),
            "an override ends once, and before another: {context}"
        );
        active = new.map(str::to_owned);
        set += usize::from(active.is_some());
    }
    assert_eq!((active, set), (None, OVERRIDES));
}
