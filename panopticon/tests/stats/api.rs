use std::collections::BTreeSet;
use std::net::TcpListener;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use panopticon::stats::{AlertType, Delivery, Event, Priority, ServiceCheck, ServiceStatus, Stats};
use serde_json::{Value as Json, json};

use crate::agent::PATIENCE;
use crate::endpoint::{Endpoint, KEY, Request, TAKEN, builder};

fn taking_all() -> Endpoint {
    Endpoint::new(|_, _| TAKEN)
}

fn counts(stats: &Stats) -> (u64, u64, u64) {
    let Delivery { sent, dropped, refused, .. } = stats.delivery();
    (sent, dropped, refused)
}

fn problem(stats: &Stats) -> String {
    stats.delivery().problem.unwrap_or_default()
}

fn header<'a>(request: &'a Request, name: &str) -> &'a str {
    let mut values = request.headers.iter().filter(|(known, _)| known == name);
    let (_, value) = values.next().unwrap();
    assert!(values.next().is_none());
    value
}

/// All series of all bodies that were posted to a path.
fn series(endpoint: &Endpoint, path: &str) -> Vec<Json> {
    let bodies = endpoint.bodies(path).into_iter();
    bodies.flat_map(|body| body["series"].as_array().unwrap().clone()).collect()
}

/// Takes the time out of a value, which is the present one.
fn take_time(value: &mut Json) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let time = value.take().as_u64().unwrap();
    assert!((now - 60..=now + 60).contains(&time), "{time} at {now}");
}

#[test]
fn one_of_each() {
    let endpoint = taking_all();
    let stats = endpoint
        .builder()
        .prefix("shop")
        .default_tag("env", "test")
        .hostname("web-1")
        .build()
        .unwrap();
    stats.gauge("queue.length", 11, &[]);
    stats.gauge("queue.length", 12, &[]);
    stats.increment("orders.placed", 4, &[("kind", "book"), ("a", "b")]);
    stats.increment("orders.placed", 1, &[("a", "b"), ("kind", "book")]);
    stats.decrement("orders.open", 2, &[]);
    stats.distribution("order.weight", 0.25, &[("k", "v")]);
    stats.distribution("order.weight", 3, &[("k", "v")]);
    let event = Event::new("Import finished", "a\nb")
        .alert_type(AlertType::Error)
        .priority(Priority::Low)
        .aggregation_key("import")
        .source_type_name("my_apps")
        .tag("k", "v");
    stats.event(event);
    let at = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    stats.event(Event::new("Another", "").timestamp(at).hostname("db-1"));
    stats.service_check(ServiceCheck::new("supplier", ServiceStatus::Critical).message("m: x|y"));
    stats
        .service_check(ServiceCheck::new("disk", ServiceStatus::Ok).hostname("db-1").tag("k", "v"));
    stats.flush(PATIENCE).unwrap();
    assert_eq!(counts(&stats), (11, 0, 0));

    let mut metrics = series(&endpoint, "series");
    // The calls may stand on both sides of a period's end.
    if metrics.len() == 3 {
        metrics.iter_mut().for_each(|series| take_time(&mut series["points"][0][0]));
        let (host, env) = ("web-1", json!(["env:test"]));
        assert_eq!(
            metrics,
            [
                json!({"metric": "shop.queue.length", "points": [[null, 12.0]], "type": "gauge",
                    "host": host, "tags": env}),
                json!({"metric": "shop.orders.placed", "points": [[null, 0.5]], "type": "rate",
                    "interval": 10, "host": host, "tags": ["kind:book", "a:b", "env:test"]}),
                json!({"metric": "shop.orders.open", "points": [[null, -0.2]], "type": "rate",
                    "interval": 10, "host": host, "tags": env}),
            ]
        );
        let mut distributions = series(&endpoint, "distribution_points");
        take_time(&mut distributions[0]["points"][0][0]);
        assert_eq!(
            distributions,
            [json!({"metric": "shop.order.weight", "points": [[null, [0.25, 3.0]]],
                "type": "distribution", "host": host, "tags": ["k:v", "env:test"]})]
        );
    }
    let mut events = endpoint.bodies("events");
    take_time(&mut events[0]["date_happened"]);
    assert_eq!(
        events,
        [
            json!({"title": "Import finished", "text": "a\nb", "date_happened": null,
                "alert_type": "error", "priority": "low", "aggregation_key": "import",
                "source_type_name": "my_apps", "host": "web-1", "tags": ["k:v", "env:test"]}),
            json!({"title": "Another", "text": "Another", "date_happened": 1_700_000_000,
                "alert_type": "info", "priority": "normal", "host": "db-1", "tags": ["env:test"]}),
        ]
    );
    let mut checks = endpoint.bodies("check_run");
    assert_eq!(checks.len(), 1);
    take_time(&mut checks[0][0]["timestamp"]);
    take_time(&mut checks[0][1]["timestamp"]);
    assert_eq!(
        checks[0],
        json!([
            {"check": "shop.supplier", "status": 2, "timestamp": null, "host_name": "web-1",
                "message": "m: x|y", "tags": ["env:test"]},
            {"check": "shop.disk", "status": 0, "timestamp": null, "host_name": "db-1",
                "tags": ["k:v", "env:test"]},
        ])
    );
    let lines = BTreeSet::from_iter(endpoint.requests().into_iter().map(|request| request.line));
    let paths = ["check_run", "distribution_points", "events", "series"];
    assert!(lines.into_iter().eq(paths.map(|path| format!("POST /api/v1/{path}"))));
    for request in endpoint.requests() {
        assert_eq!(header(&request, "dd-api-key"), KEY);
        assert_eq!(header(&request, "content-type"), "application/json");
        let agent = concat!("panopticon/", env!("CARGO_PKG_VERSION"));
        assert_eq!(header(&request, "user-agent"), agent);
    }
}

#[test]
fn histograms_and_timings_are_eight_series_each() {
    let endpoint = taking_all();
    let stats = endpoint.builder().build().unwrap();
    stats.histogram("size", 3, &[("k", "v")]);
    stats.timing("time", Duration::from_micros(1_500), &[]);
    let long = "x".repeat(300);
    stats.histogram(&long, 1, &[]);
    stats.flush(PATIENCE).unwrap();
    assert_eq!(counts(&stats), (3, 0, 0));
    let series = series(&endpoint, "series");
    let names: Vec<_> = series.iter().map(|series| series["metric"].as_str().unwrap()).collect();
    let suffixes = [
        "min",
        "max",
        "count",
        "avg",
        "75percentile",
        "85percentile",
        "95percentile",
        "99percentile",
    ];
    assert_eq!(names.len(), 24);
    for (position, suffix) in suffixes.into_iter().enumerate() {
        assert_eq!(names[position], format!("panopticon.size.{suffix}"));
        assert_eq!(names[position + 8], format!("panopticon.time.{suffix}"));
        assert!(names[position + 16].ends_with(&format!("xx.{suffix}")));
        assert!(names[position + 16].len() <= 200);
        let (value, kind) = if suffix == "count" { (0.1, "rate") } else { (1.5, "gauge") };
        assert_eq!(series[position + 8]["points"][0][1], value);
        assert_eq!(series[position + 8]["type"], kind);
    }
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 24);
}

#[test]
fn a_host_is_always_set() {
    let endpoint = taking_all();
    let stats = endpoint.builder().hostname("").build().unwrap();
    stats.gauge("a", 1, &[]);
    stats.event(Event::new("a", "b").hostname(""));
    stats.service_check(ServiceCheck::new("a", ServiceStatus::Ok));
    stats.flush(PATIENCE).unwrap();
    let host = |value: &Json| value.as_str().unwrap().to_owned();
    let hosts = [
        host(&series(&endpoint, "series")[0]["host"]),
        host(&endpoint.bodies("events")[0]["host"]),
        host(&endpoint.bodies("check_run")[0][0]["host_name"]),
    ];
    assert!(!hosts[0].is_empty());
    assert!(hosts.iter().all(|host| *host == hosts[0]), "{hosts:?}");
}

#[test]
fn long_texts_are_cut() {
    let endpoint = taking_all();
    let stats = endpoint.builder().build().unwrap();
    let long = "ü".repeat(5_000);
    stats.event(Event::new(&long, &long).aggregation_key(&long));
    stats.service_check(ServiceCheck::new("a", ServiceStatus::Warning).message(&long));
    stats.flush(PATIENCE).unwrap();
    let event = &endpoint.bodies("events")[0];
    let check = &endpoint.bodies("check_run")[0][0];
    for (text, length, end) in [
        (&event["title"], 500, "ü…"),
        (&event["text"], 4_000, "ü…"),
        (&event["aggregation_key"], 100, "ü"),
        (&check["message"], 500, "ü…"),
    ] {
        let text = text.as_str().unwrap();
        assert_eq!(text.chars().count(), length);
        assert!(text.ends_with(end));
    }
}

#[test]
fn a_flush_within_a_period_overwrites_nothing() {
    let endpoint = taking_all();
    let stats = endpoint.builder().build().unwrap();
    for _ in 0..5 {
        stats.increment("a", 1, &[]);
        stats.flush(PATIENCE).unwrap();
    }
    let points: Vec<_> =
        series(&endpoint, "series").iter().map(|series| series["points"][0].clone()).collect();
    assert_eq!(points.len(), 5);
    let times: BTreeSet<_> = points.iter().map(|point| point[0].as_u64().unwrap()).collect();
    assert_eq!(times.len(), 5, "{points:?}");
    assert!(points.iter().all(|point| point[1] == 0.1));
    // Nothing is sent twice.
    stats.flush(PATIENCE).unwrap();
    assert_eq!(endpoint.requests().len(), 5);
}

#[test]
fn a_refused_key_stops_all_and_is_shown_nowhere() {
    let echo = r#"{"errors":["0123456789abcdef0123456789abcdef is forbidden"]}"#;
    let endpoint = Endpoint::new(move |_, _| Some((403, echo)));
    let stats = endpoint.builder().build().unwrap();
    stats.gauge("a", 1, &[]);
    stats.event(Event::new("a", "b"));
    stats.flush(PATIENCE).unwrap();
    stats.increment("a", 1, &[]);
    stats.event(Event::new("a", "b"));
    stats.service_check(ServiceCheck::new("a", ServiceStatus::Ok));
    stats.flush(PATIENCE).unwrap();
    assert_eq!(counts(&stats), (0, 5, 0));
    assert_eq!(endpoint.requests().len(), 1);
    assert_eq!(header(&endpoint.requests()[0], "dd-api-key"), KEY);
    let problem = problem(&stats);
    assert!(problem.contains("does not take the key (403: [hidden] is forbidden)"), "{problem}");
    assert!(problem.contains("DATADOG_API_KEY"), "{problem}");
    for text in [problem, format!("{stats:?}"), format!("{:?}", endpoint.builder())] {
        assert!(!text.contains(KEY), "{text}");
    }
}

#[test]
fn errors_of_build_do_not_show_the_key() {
    let build = |host: &str| {
        let error = taking_all().builder().api_host(host).build().unwrap_err();
        let texts = [error.to_string(), format!("{error:?}")];
        assert!(texts.iter().all(|text| !text.contains(KEY)));
        error.to_string()
    };
    let error = build("http://localhost:99999");
    assert!(error.contains("must not be `http://localhost:99999`"), "{error}");
    let error = taking_all().builder().api_key("a key\n").build().unwrap_err().to_string();
    assert!(!error.contains("a key\n"), "{error}");
}

#[test]
fn what_the_api_cannot_take_now_is_sent_later() {
    for reply in [
        Some((408, "")),
        Some((500, r#"{"errors":["overload"]}"#)),
        Some((503, "")),
        Some((429, "Retry-After: 1\n\n")),
    ] {
        let endpoint = Endpoint::new(move |_, before| if before == 0 { reply } else { TAKEN });
        let stats = endpoint.builder().build().unwrap();
        stats.increment("a", 1, &[]);
        let start = Instant::now();
        stats.flush(PATIENCE).unwrap();
        assert_eq!(counts(&stats), (1, 0, 0));
        let requests = endpoint.requests();
        assert_eq!(requests.len(), 2);
        assert_eq!(requests[0].body, requests[1].body);
        if reply.unwrap().0 == 429 {
            assert!(requests[1].at - requests[0].at >= Duration::from_secs(1));
            assert!(start.elapsed() >= Duration::from_secs(1));
        }
        let (problem, status) = (problem(&stats), reply.unwrap().0.to_string());
        assert!(problem.contains(&status), "{problem}");
    }
}

#[test]
fn a_flush_ends_when_its_time_is_over() {
    let endpoint = Endpoint::new(|_, _| None);
    let stats = endpoint.builder().build().unwrap();
    stats.increment("a", 1, &[]);
    let start = Instant::now();
    stats.flush(Duration::from_millis(100)).unwrap_err();
    stats.flush(Duration::ZERO).unwrap_err();
    assert!(start.elapsed() < PATIENCE / 2);
    endpoint.wait_for(1);
    // Nobody who calls waits for the post that hangs.
    let start = Instant::now();
    for _ in 0..1_000 {
        stats.increment("a", 1, &[]);
    }
    assert!(start.elapsed() < PATIENCE / 2);
    assert_eq!(counts(&stats), (0, 0, 0));
}

#[test]
fn nobody_there_and_then_somebody() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let stats = builder(address).build().unwrap();
    stats.increment("a", 1, &[]);
    stats.event(Event::new("a", "b"));
    let error = loop {
        let error = stats.flush(Duration::from_millis(50)).unwrap_err();
        if error.problem.is_some() {
            break error.to_string();
        }
    };
    assert!(error.contains("does not answer"), "{error}");
    assert_eq!(counts(&stats), (0, 0, 0));
    let endpoint = Endpoint::at(TcpListener::bind(address).unwrap(), |_, _| TAKEN);
    stats.flush(PATIENCE).unwrap();
    assert_eq!(counts(&stats), (2, 0, 0));
    assert_eq!(endpoint.requests().len(), 2);
}

#[test]
fn one_that_is_refused_loses_no_other() {
    let endpoint = Endpoint::new(|request, _| match request.body["title"].as_str() {
        Some("2") => Some((400, r#"{"errors":["bad title"]}"#)),
        _ => TAKEN,
    });
    let stats = endpoint.builder().build().unwrap();
    for title in ["1", "2", "3"] {
        stats.event(Event::new(title, "text"));
    }
    stats.gauge("a", 1, &[]);
    stats.gauge("", 1, &[]);
    stats.gauge("a", f64::NAN, &[]);
    stats.flush(PATIENCE).unwrap();
    assert_eq!(counts(&stats), (3, 1, 2));
    let problem = problem(&stats);
    assert!(problem.ends_with(" answers 400: bad title"), "{problem}");
}

#[test]
fn many_series_are_split_below_the_limit() {
    let endpoint = taking_all();
    let stats = endpoint.builder().build().unwrap();
    let values: Vec<_> = (0..10).map(|_| "v".repeat(180)).collect();
    let tags: Vec<_> = values.iter().map(|value| ("k", value.as_str())).collect();
    for number in 0..3_000 {
        stats.gauge(&format!("a{number}"), number, &tags);
    }
    stats.flush(PATIENCE).unwrap();
    assert_eq!(counts(&stats), (3_000, 0, 0));
    let requests = endpoint.requests();
    assert!(requests.len() >= 2);
    for request in &requests {
        assert!(header(request, "content-length").parse::<usize>().unwrap() <= 3_200_000);
    }
    assert_eq!(series(&endpoint, "series").len(), 3_000);
}

#[test]
fn what_is_too_large_is_split() {
    let is_large = |request: &Request| request.body.as_array().is_some_and(|list| list.len() > 3);
    let endpoint =
        Endpoint::new(move |request, _| if is_large(request) { Some((413, "")) } else { TAKEN });
    let stats = endpoint.builder().build().unwrap();
    for number in 0..20 {
        stats.service_check(ServiceCheck::new(format!("a{number}"), ServiceStatus::Ok));
    }
    stats.flush(PATIENCE).unwrap();
    assert_eq!(counts(&stats), (20, 0, 0));
    let bodies = endpoint.bodies("check_run").into_iter();
    let taken = bodies.filter_map(|body| body.as_array().filter(|list| list.len() <= 3).cloned());
    let names: Vec<_> = taken.flatten().map(|check| check["check"].clone()).collect();
    let expected: Vec<_> = (0..20).map(|number| json!(format!("panopticon.a{number}"))).collect();
    assert_eq!(names, expected);
}

#[test]
fn series_and_events_are_bounded() {
    let endpoint = taking_all();
    let stats = endpoint.builder().build().unwrap();
    // So many that one bucket overflows, even where a period ends on the way.
    for number in 0..20_100 {
        stats.increment(&format!("a{number}"), 1, &[]);
    }
    let (_, dropped, _) = counts(&stats);
    assert!((100..=10_100).contains(&dropped), "{dropped}");
    assert!(problem(&stats).contains("10,000 series"), "{}", problem(&stats));
    stats.flush(PATIENCE).unwrap();
    assert_eq!(counts(&stats), (20_100 - dropped, dropped, 0));
}

#[test]
fn all_calls_are_counted_once() {
    let endpoint = Endpoint::new(|request, before| match before % 5 {
        1 => Some((400, "")),
        3 if request.line.ends_with("series") => Some((413, "")),
        _ => TAKEN,
    });
    let stats = endpoint.builder().build().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let stats = &stats;
            scope.spawn(move || {
                for call in 0..500 {
                    let name = format!("a{}", call % 7);
                    match (call + thread) % 6 {
                        0 => stats.increment(&name, 1, &[]),
                        1 => stats.gauge(&name, call, &[]),
                        2 => stats.histogram(&name, call, &[]),
                        3 => stats.distribution(&name, call, &[]),
                        4 => stats.service_check(ServiceCheck::new(name, ServiceStatus::Ok)),
                        _ => stats.timing("", Duration::ZERO, &[]),
                    }
                    if call % 100 == 0 {
                        stats.event(Event::new("a", "b"));
                        stats.flush(PATIENCE).unwrap();
                    }
                }
            });
        }
    });
    stats.flush(PATIENCE).unwrap();
    let (sent, dropped, refused) = counts(&stats);
    assert_eq!(sent + dropped + refused, 4 * 505);
    assert!(sent > 0 && dropped > 0 && refused > 0);
}

#[test]
fn the_last_client_sends_the_rest() {
    let endpoint = taking_all();
    let stats = endpoint.builder().build().unwrap();
    let clone = stats.clone();
    stats.increment("a", 1, &[]);
    drop(stats);
    clone.event(Event::new("a", "b"));
    drop(clone);
    let requests = endpoint.wait_for(2);
    assert_eq!(requests.len(), 2);
}
