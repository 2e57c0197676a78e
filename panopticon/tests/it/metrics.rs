//! Metrics over HTTP.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{Method, StatusCode};
use panopticon::{
    Builder, CheckOptions, Disclosure, Health, HealthRequest, Override, Panopticon, Probe,
    ServiceInfo, Status,
};
use tokio::time::{advance, sleep};

use crate::scripted::{Held, Scripted};

const SECOND: Duration = Duration::from_secs(1);
const MILLISECOND: Duration = Duration::from_millis(1);

const JSON: &str = "application/json";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
const VERBOSE: &str = "text/plain; charset=utf-8";

/// The header of Prometheus 3.
const PROMETHEUS: &str = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
                          application/openmetrics-text;version=0.0.1;q=0.4,\
                          text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,\
                          text/plain;version=0.0.4;q=0.2,*/*;q=0.1";

fn options() -> CheckOptions {
    CheckOptions::new()
}

/// Returns the status, the media type and the body of an answer.
async fn ask(health: &Panopticon, target: &str, accept: &str) -> (u16, String, String) {
    let request = HealthRequest::get(target).headers([("accept", accept)]);
    let response = health.answer(request).await;
    let media_type = response.headers().find(|(name, _)| *name == "content-type").unwrap().1;
    let (status, media_type) = (response.status(), media_type.to_owned());
    (status, media_type, String::from_utf8(response.into_body()).unwrap())
}

pub(crate) async fn text(health: &Panopticon, format: &str) -> String {
    let (status, _, body) = ask(health, &format!("/healthcheck?format={format}"), "").await;
    assert_eq!(status, 200, "{body}");
    body
}

/// The values of all series, as they are written.
#[derive(Debug)]
struct Scrape(BTreeMap<String, String>);

impl Scrape {
    async fn of(health: &Panopticon) -> Self {
        let body = text(health, "prometheus").await;
        let series = body.lines().filter(|line| !line.starts_with('#')).map(|line| {
            let (series, value) = line.rsplit_once(' ').unwrap();
            (series.to_owned(), value.to_owned())
        });
        Self(series.collect())
    }

    #[track_caller]
    fn value(&self, series: &str) -> &str {
        self.0.get(series).unwrap_or_else(|| panic!("{series} is not in {:#?}", self.0))
    }

    /// Returns whether the check of a component is skipped because of a dependency.
    #[track_caller]
    fn is_skipped(&self, component: &str) -> bool {
        self.value(&format!(r#"panopticon_component_skipped{{component="{component}"}}"#)) == "1"
    }

    /// Returns the status of a component, and asserts that all series agree on it.
    #[track_caller]
    fn status(&self, component: &str) -> &'static str {
        let series = |status: &str| {
            format!(r#"panopticon_component_status{{component="{component}",status="{status}"}}"#)
        };
        let statuses = ["healthy", "degraded", "unhealthy", "unknown"];
        let mut found: Vec<_> =
            statuses.into_iter().filter(|status| self.value(&series(status)) == "1").collect();
        let status = found.pop().unwrap();
        assert!(found.is_empty());
        let healthy = format!(r#"panopticon_component_healthy{{component="{component}","#);
        let (_, healthy) = self.0.iter().find(|(series, _)| series.starts_with(&healthy)).unwrap();
        assert_eq!(healthy == "1", ["healthy", "degraded"].contains(&status), "{component}");
        status
    }

    #[track_caller]
    fn runs(&self, component: &str) -> [u32; 4] {
        ["healthy", "degraded", "unhealthy", "no_answer"].map(|result| {
            let labels = format!(r#"{{component="{component}",result="{result}"}}"#);
            self.value(&format!("panopticon_checks_total{labels}")).parse().unwrap()
        })
    }

    #[track_caller]
    fn transitions(&self, component: &str) -> [u32; 4] {
        ["healthy", "degraded", "unhealthy", "unknown"].map(|to| {
            let labels = format!(r#"{{component="{component}",to="{to}"}}"#);
            self.value(&format!("panopticon_component_transitions_total{labels}")).parse().unwrap()
        })
    }
}

/// Replaces the time of the last run with a placeholder.
fn without_time(text: &str) -> String {
    let lines = text.lines().map(|line| match line.split_once('}') {
        Some((series, _)) if series.starts_with("panopticon_check_last_run") => {
            format!("{series}}} …\n")
        }
        _ => format!("{line}\n"),
    });
    lines.collect()
}

#[tokio::test]
async fn both_syntaxes_are_written_in_exactly_this_form() {
    let health = Panopticon::empty()
        .service(ServiceInfo::new("orders").version("2").release_id("a\"b\\c"))
        .check("database", options().collection("orders"), || async {
            Health::degraded("slow").response_time(1230 * Duration::from_micros(1))
        })
        .build()
        .unwrap();
    health.report().await;
    let open_metrics = r#"# HELP panopticon_service Information about the service.
# TYPE panopticon_service info
panopticon_service_info{name="orders",version="2",release_id="a\"b\\c"} 1
# HELP panopticon_service_healthy Whether every critical component is healthy or degraded, by the last results.
# TYPE panopticon_service_healthy gauge
panopticon_service_healthy 1
# HELP panopticon_draining Whether the service is draining, and so fails its readiness probe.
# TYPE panopticon_draining gauge
panopticon_draining 0
# HELP panopticon_component_healthy Whether the component is healthy or degraded, by its last result. A scrape runs no check: one without an interval that has not run for a minute is unknown, and so not healthy.
# TYPE panopticon_component_healthy gauge
panopticon_component_healthy{component="database",collection="orders",critical="true"} 1
# HELP panopticon_component_status 1 for the status of the component, by its last result, and 0 for the others.
# TYPE panopticon_component_status gauge
panopticon_component_status{component="database",status="healthy"} 0
panopticon_component_status{component="database",status="degraded"} 1
panopticon_component_status{component="database",status="unknown"} 0
panopticon_component_status{component="database",status="unhealthy"} 0
# HELP panopticon_component_skipped Whether the check of the component is skipped because of a component that it depends on, which is the cause.
# TYPE panopticon_component_skipped gauge
panopticon_component_skipped{component="database"} 0
# HELP panopticon_component_transitions Transitions of the component to this status, including those that overrides cause.
# TYPE panopticon_component_transitions counter
panopticon_component_transitions_total{component="database",to="healthy"} 0
panopticon_component_transitions_total{component="database",to="degraded"} 1
panopticon_component_transitions_total{component="database",to="unknown"} 0
panopticon_component_transitions_total{component="database",to="unhealthy"} 0
# HELP panopticon_check_duration_seconds How long the last run of the check took, or the response time that it set itself; 0 before the first.
# TYPE panopticon_check_duration_seconds gauge
# UNIT panopticon_check_duration_seconds seconds
panopticon_check_duration_seconds{component="database"} 0.00123
# HELP panopticon_check_last_run_timestamp_seconds When the last run of the check ended or timed out, in Unix time; 0 before the first.
# TYPE panopticon_check_last_run_timestamp_seconds gauge
# UNIT panopticon_check_last_run_timestamp_seconds seconds
panopticon_check_last_run_timestamp_seconds{component="database"} …
# HELP panopticon_checks Runs of the check by result: the status that it returned, or no_answer, for example because it timed out.
# TYPE panopticon_checks counter
panopticon_checks_total{component="database",result="healthy"} 0
panopticon_checks_total{component="database",result="degraded"} 1
panopticon_checks_total{component="database",result="unhealthy"} 0
panopticon_checks_total{component="database",result="no_answer"} 0
# EOF
"#;
    assert_eq!(without_time(&text(&health, "openmetrics").await), open_metrics);
    // The older syntax has no units, no info and no end, and families of counters end in `_total`.
    let older: String = open_metrics
        .lines()
        .filter(|line| !line.starts_with("# UNIT ") && *line != "# EOF")
        .map(|line| line.replace(" info", " gauge") + "\n")
        .collect();
    let older = older
        .replace("P panopticon_service Info", "P panopticon_service_info Info")
        .replace("E panopticon_service gauge", "E panopticon_service_info gauge")
        .replace("panopticon_checks Runs", "panopticon_checks_total Runs")
        .replace("panopticon_checks counter", "panopticon_checks_total counter")
        .replace("_transitions Transitions", "_transitions_total Transitions")
        .replace("_transitions counter", "_transitions_total counter");
    assert_eq!(without_time(&text(&health, "prometheus").await), older);
}

#[tokio::test]
async fn readers_of_statuses_only_do_not_see_the_release() {
    let token = "0123456789abcdef0123";
    let health = Panopticon::empty()
        .service(ServiceInfo::new("orders").release_id("1.2.3"))
        .disclosure(Disclosure::StatusOnly)
        .token(token)
        .check("database", options(), || async {})
        .build()
        .unwrap();
    for format in ["openmetrics", "prometheus"] {
        let target = format!("/healthcheck?format={format}");
        // Alternately, since texts are reused while nothing changes.
        for is_known in [false, true, false, true] {
            let token = if is_known { token } else { "another" };
            let request =
                HealthRequest::get(&target).headers([("authorization", format!("Bearer {token}"))]);
            let body = String::from_utf8(health.answer(request).await.into_body()).unwrap();
            assert!(body.contains("panopticon_service_healthy"), "{body}");
            assert_eq!(body.contains(r#"panopticon_service_info{name="orders""#), is_known);
            assert_eq!(body.contains("1.2.3"), is_known, "{format}: {body}");
        }
    }
}

#[tokio::test]
async fn every_series_is_there_from_the_start() {
    let health = Panopticon::empty()
        .check("first", options().critical(false).collection("a"), || async {})
        .check("second", options(), || async { Health::unhealthy("down") })
        .build()
        .unwrap();
    let before = Scrape::of(&health).await;
    for component in ["first", "second"] {
        assert_eq!(before.status(component), "unknown");
        assert_eq!(before.runs(component), [0; 4]);
        assert_eq!(before.transitions(component), [0; 4]);
        for gauge in ["check_duration_seconds", "check_last_run_timestamp_seconds"] {
            let series = format!(r#"panopticon_{gauge}{{component="{component}"}}"#);
            assert_eq!(before.value(&series), "0.0");
        }
    }
    assert_eq!(before.value("panopticon_service_healthy"), "0");
    health.report().await;
    let after = Scrape::of(&health).await;
    assert!(before.0.keys().eq(after.0.keys()));
    assert_eq!((after.status("first"), after.status("second")), ("healthy", "unhealthy"));
}

#[tokio::test]
async fn a_scrape_runs_no_check_and_succeeds_even_if_the_service_is_unhealthy() {
    let check = Scripted::new(Health::unhealthy("down"));
    let health = Panopticon::empty()
        .check("a", options().cache(Duration::ZERO), check.check())
        .build()
        .unwrap();
    health.drain();
    for (target, accept) in [
        ("/healthcheck/metrics", ""),
        ("/healthcheck/metrics/", ""),
        ("/healthcheck/metrics?format=openmetrics", ""),
        ("/healthcheck", PROMETHEUS),
        ("/healthcheck?format=prometheus", ""),
        ("/healthcheck/?format=openmetrics", ""),
    ] {
        for _ in 0..2 {
            let (status, _, body) = ask(&health, target, accept).await;
            assert_eq!(status, 200, "{target}");
            assert!(body.contains("\npanopticon_service_healthy 0\n"), "{target}: {body}");
            assert!(body.contains("\npanopticon_draining 1\n"), "{target}: {body}");
        }
    }
    assert_eq!(check.runs(), 0);
    health.report().await;
    assert_eq!(check.runs(), 1);
    assert_eq!(Scrape::of(&health).await.status("a"), "unhealthy");
    assert_eq!(check.runs(), 1);
}

#[tokio::test]
async fn the_header_and_the_path_choose_the_syntax() {
    let health = Panopticon::empty().check("a", options(), || async {}).build().unwrap();
    let prometheus_2 = "application/openmetrics-text;version=1.0.0,\
                        application/openmetrics-text;version=0.0.1;q=0.75,\
                        text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
    let victoria_metrics = "text/plain;version=0.0.4;q=1,*/*;q=0.1";
    for (accept, at_report, at_metrics) in [
        (PROMETHEUS, OPEN_METRICS, OPEN_METRICS),
        (prometheus_2, OPEN_METRICS, OPEN_METRICS),
        (victoria_metrics, TEXT, TEXT),
        ("application/openmetrics-text", OPEN_METRICS, OPEN_METRICS),
        ("application/openmetrics-text; version=1.0.0; charset=utf-8", OPEN_METRICS, OPEN_METRICS),
        ("text/plain; version=0.0.4", TEXT, TEXT),
        // Prometheus 3 with only these `scrape_protocols`. It cannot read the verbose text.
        (
            "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.5, text/plain;version=0.0.4;q=0.4",
            TEXT,
            TEXT,
        ),
        ("text/plain;version=1.0.0;escaping=allow-utf-8;q=0.5, */*;q=0.1", JSON, TEXT),
        ("text/plain", VERBOSE, TEXT),
        ("text/*", VERBOSE, TEXT),
        ("application/json", JSON, TEXT),
        ("application/xhtml+xml,*/*;q=0.8", JSON, TEXT),
        ("*/*", JSON, TEXT),
        ("", JSON, TEXT),
    ] {
        let (status, media_type, _) = ask(&health, "/healthcheck", accept).await;
        assert_eq!((status, &*media_type), (200, at_report), "{accept}");
        let (status, media_type, _) = ask(&health, "/healthcheck/metrics", accept).await;
        assert_eq!((status, &*media_type), (200, at_metrics), "{accept}");
    }
    // A reader that accepts neither still gets metrics at their own path.
    let (status, media_type, _) = ask(&health, "/healthcheck/metrics", "image/png").await;
    assert_eq!((status, &*media_type), (200, TEXT));
    let (status, _, _) =
        ask(&health, "/healthcheck", "application/openmetrics-text;version=2").await;
    assert_eq!(status, 406);
}

#[tokio::test]
async fn probes_components_and_selections_have_no_metrics() {
    let builder = || Panopticon::empty().check("a", options().collection("c"), || async {});
    let health = builder().build().unwrap();
    let paths = ["/healthcheck/readiness?", "/healthcheck/a?", "/healthcheck?collection=c&"];
    for path in paths {
        for format in ["openmetrics", "prometheus"] {
            let (status, media_type, body) =
                ask(&health, &format!("{path}format={format}"), "").await;
            assert_eq!((status, &*media_type), (400, JSON), "{path}");
            let error = format!(
                "`format` must not be \\\"{format}\\\" at this path; known formats: health+json, {}\
                 json, text",
                if cfg!(feature = "page") { "html, " } else { "" }
            );
            assert!(body.contains(&error), "{body}");
        }
        // The header also accepts other formats.
        let (status, media_type, _) = ask(&health, path, PROMETHEUS).await;
        assert_eq!((status, &*media_type), (200, JSON), "{path}");
    }
    for target in ["/healthcheck/metrics?format=json", "/healthcheck/metrics?format=text"] {
        let (status, _, body) = ask(&health, target, "").await;
        assert_eq!(status, 400);
        assert!(body.contains("known formats: openmetrics, prometheus"), "{body}");
    }
    let (status, _, body) = ask(&health, "/healthcheck/metrics?collection=c", "").await;
    assert_eq!(status, 400, "{body}");
}

#[tokio::test]
async fn other_methods_are_answered_as_at_other_paths() {
    let health = Panopticon::empty()
        .check("a", options(), || async { Health::unhealthy("") })
        .build()
        .unwrap();
    for (method, expected) in [
        (Method::HEAD, StatusCode::OK),
        (Method::OPTIONS, StatusCode::NO_CONTENT),
        (Method::POST, StatusCode::METHOD_NOT_ALLOWED),
    ] {
        let request = HealthRequest::new(method.as_str(), "/healthcheck/metrics");
        assert_eq!(health.answer(request).await.status(), expected.as_u16());
    }
}

#[tokio::test]
async fn before_build_there_is_nothing_to_scrape() {
    let mut builder = Panopticon::empty().check("a", options(), || async {});
    let service = builder.http_service();
    let get = || HealthRequest::get("/healthcheck/metrics");
    assert_eq!(service.answer(get()).await.status(), 503);
    let _health = builder.build().unwrap();
    assert_eq!(service.answer(get()).await.status(), 200);
}

#[tokio::test(start_paused = true)]
async fn runs_are_counted_by_their_results() {
    let check = Scripted::healthy();
    let slow = || async {
        sleep(60 * SECOND).await;
        Health::healthy("")
    };
    let health = Panopticon::empty()
        .cache(Duration::ZERO)
        .check("scripted", options(), check.check())
        .check("slow", options().timeout(SECOND), slow)
        .check_blocking("panics", options(), || -> Health { panic!("on purpose") })
        .build()
        .unwrap();
    let sequence = [
        Health::healthy(""),
        Health::unhealthy(""),
        Health::degraded(""),
        Health::unhealthy(""),
        Health::healthy(""),
        Health::healthy(""),
    ];
    for result in sequence {
        check.say(result);
        health.report().await;
        // Lets the task of the run that has timed out end.
        sleep(SECOND).await;
    }
    let scrape = Scrape::of(&health).await;
    assert_eq!(scrape.runs("scripted"), [3, 1, 2, 0]);
    assert_eq!(scrape.transitions("scripted"), [2, 1, 2, 0]);
    assert_eq!(scrape.runs("slow"), [0, 0, 0, 6]);
    assert_eq!(scrape.transitions("slow"), [0, 0, 1, 0]);
    assert_eq!(scrape.runs("panics"), [0, 0, 6, 0]);
    let duration = scrape.value(r#"panopticon_check_duration_seconds{component="slow"}"#);
    assert_eq!(duration, "1.0");
    let ended = scrape.value(r#"panopticon_check_last_run_timestamp_seconds{component="slow"}"#);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    let ended: f64 = ended.parse().unwrap();
    assert!((now - 600.0..=now).contains(&ended), "{ended}");
}

/// Though it is reported as another failure after each timeout.
#[tokio::test(start_paused = true)]
async fn a_run_that_hangs_is_counted_once() {
    let held = Held::new();
    let health = Panopticon::empty()
        .check_blocking(
            "held",
            options().timeout(SECOND).cache(Duration::ZERO),
            held.check_blocking(),
        )
        .build()
        .unwrap();
    let asked = tokio::spawn({
        let health = health.clone();
        async move { health.report().await }
    });
    held.begun(1).await;
    advance(SECOND).await;
    asked.await.unwrap();
    for _ in 0..5 {
        advance(SECOND).await;
        health.report().await;
    }
    assert_eq!(held.runs(), 1);
    let scrape = Scrape::of(&health).await;
    assert_eq!(scrape.runs("held"), [0, 0, 0, 1]);
    assert_eq!(scrape.status("held"), "unhealthy");
    let duration = scrape.value(r#"panopticon_check_duration_seconds{component="held"}"#);
    assert_eq!(duration, "1.0");
}

#[tokio::test(start_paused = true)]
async fn a_result_on_demand_is_known_for_a_minute_or_for_its_cache() {
    let health = Panopticon::empty()
        .check("short", options().cache(SECOND), || async {})
        .check("long", options().cache(90 * SECOND), || async {})
        .build()
        .unwrap();
    health.report().await;
    let statuses = async || {
        let scrape = Scrape::of(&health).await;
        let is_healthy = scrape.value("panopticon_service_healthy").to_owned();
        (scrape.status("short"), scrape.status("long"), is_healthy)
    };
    assert_eq!(statuses().await, ("healthy", "healthy", "1".to_owned()));
    advance(59_999 * MILLISECOND).await;
    assert_eq!(statuses().await, ("healthy", "healthy", "1".to_owned()));
    advance(MILLISECOND).await;
    assert_eq!(statuses().await, ("unknown", "healthy", "0".to_owned()));
    advance(29_999 * MILLISECOND).await;
    assert_eq!(statuses().await, ("unknown", "healthy", "0".to_owned()));
    advance(MILLISECOND).await;
    assert_eq!(statuses().await, ("unknown", "unknown", "0".to_owned()));
    // The counters stay.
    assert_eq!(Scrape::of(&health).await.runs("long"), [1, 0, 0, 0]);
    health.report().await;
    assert_eq!(statuses().await, ("healthy", "healthy", "1".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_result_only_for_the_startup_probe_stays_known() {
    let health = Panopticon::empty()
        .check("schema", options().probe(Probe::Startup), || async {})
        .build()
        .unwrap();
    assert_eq!(Scrape::of(&health).await.status("schema"), "unknown");
    assert!(health.probe(Probe::Startup).await.service_healthy());
    advance(24 * 3600 * SECOND).await;
    let scrape = Scrape::of(&health).await;
    assert_eq!(scrape.status("schema"), "healthy");
    assert_eq!(scrape.value("panopticon_service_healthy"), "1");
}

#[tokio::test(start_paused = true)]
async fn a_result_of_a_schedule_is_known_until_the_next_is_overdue() {
    let check = Scripted::healthy();
    let options = options().interval(10 * SECOND).timeout(SECOND);
    let health = Panopticon::empty().check("a", options, check.check()).build().unwrap();
    assert_eq!(Scrape::of(&health).await.status("a"), "unknown");
    health.first_results().await;
    for _ in 0..20 {
        assert_eq!(Scrape::of(&health).await.status("a"), "healthy");
        sleep(5 * SECOND).await;
    }
    health.shutdown().await;
    sleep(14 * SECOND).await;
    assert_eq!(Scrape::of(&health).await.status("a"), "unknown");
}

#[tokio::test(start_paused = true)]
async fn overrides_and_draining_show_at_once() {
    let health = Panopticon::empty().check("a", options(), || async {}).build().unwrap();
    health.report().await;
    assert_eq!(Scrape::of(&health).await.status("a"), "healthy");
    let maintenance = Override::new(Status::Unhealthy, "maintenance").lasting(10 * SECOND);
    health.set_override("a", maintenance).unwrap();
    let scrape = Scrape::of(&health).await;
    assert_eq!(scrape.status("a"), "unhealthy");
    assert_eq!(scrape.value("panopticon_service_healthy"), "0");
    assert_eq!(scrape.transitions("a"), [1, 0, 1, 0]);
    // Nobody requests a report.
    advance(11 * SECOND).await;
    let scrape = Scrape::of(&health).await;
    assert_eq!(scrape.status("a"), "healthy");
    assert_eq!(scrape.transitions("a"), [2, 0, 1, 0]);
    for (draining, expected) in [(true, "1"), (false, "0")] {
        if draining {
            health.drain();
        } else {
            health.undrain();
        }
        let scrape = Scrape::of(&health).await;
        assert_eq!(scrape.value("panopticon_draining"), expected);
        assert_eq!(scrape.value("panopticon_service_healthy"), "1");
    }
}

fn chain(database: &Scripted, orders: &Scripted) -> Builder {
    // By name, each check comes before those that it depends on.
    Panopticon::empty()
        .check("a-page", options().depends_on("b-orders"), || async {})
        .check("b-orders", options().depends_on("database"), orders.check())
        .check("database", options(), database.check())
}

#[tokio::test(start_paused = true)]
async fn skipped_checks_are_as_in_a_report() {
    let (database, orders) = (Scripted::healthy(), Scripted::healthy());
    let health = chain(&database, &orders).build().unwrap();
    let assert_same = async || {
        let report = health.report().await;
        let scrape = Scrape::of(&health).await;
        for (name, component) in report.components() {
            assert_eq!(scrape.status(name), component.status().as_str(), "{name}");
        }
    };
    for result in [Health::healthy(""), Health::unhealthy(""), Health::degraded("")] {
        database.say(result);
        advance(2 * SECOND).await;
        assert_same().await;
        // The second report is cached.
        assert_same().await;
    }
    database.say(Health::unhealthy(""));
    advance(2 * SECOND).await;
    // Only the dependency is checked.
    health.check("database").await.unwrap();
    let scrape = Scrape::of(&health).await;
    let statuses = ["database", "b-orders", "a-page"].map(|name| scrape.status(name));
    assert_eq!(statuses, ["unhealthy"; 3]);
    let skipped = ["database", "b-orders", "a-page"].map(|name| scrape.is_skipped(name));
    assert_eq!(skipped, [false, true, true]);
    assert_eq!(scrape.value("panopticon_service_healthy"), "0");
    assert_same().await;
    assert_eq!(orders.runs(), 2);
}

/// The result before that is still recent enough, but the check would not run now.
#[tokio::test(start_paused = true)]
async fn a_skipped_check_is_unknown_once_its_dependency_is() {
    let database = Scripted::healthy();
    let health = Panopticon::empty()
        .check("database", options(), database.check())
        .check("orders", options().cache(600 * SECOND).depends_on("database"), || async {})
        .build()
        .unwrap();
    health.report().await;
    database.say(Health::unhealthy("down"));
    advance(30 * SECOND).await;
    health.report().await;
    let statuses = async || {
        let scrape = Scrape::of(&health).await;
        (scrape.status("database"), scrape.status("orders"), scrape.is_skipped("orders"))
    };
    assert_eq!(statuses().await, ("unhealthy", "unhealthy", true));
    advance(60 * SECOND).await;
    assert_eq!(statuses().await, ("unknown", "unknown", true));
    database.say(Health::healthy(""));
    health.report().await;
    assert_eq!(statuses().await, ("healthy", "healthy", false));
    // A dependency that merely was not checked does not invalidate a result that is still valid.
    advance(60 * SECOND).await;
    assert_eq!(statuses().await, ("unknown", "healthy", false));
}

#[tokio::test]
async fn the_status_counts_after_thresholds() {
    let check = Scripted::healthy();
    let health = Panopticon::empty()
        .cache(Duration::ZERO)
        .check("a", options().failure_threshold(2), check.check())
        .build()
        .unwrap();
    health.report().await;
    check.say(Health::unhealthy("down"));
    for (expected, runs) in [("healthy", 1), ("unhealthy", 2)] {
        health.report().await;
        let scrape = Scrape::of(&health).await;
        assert_eq!(scrape.status("a"), expected);
        assert_eq!(scrape.runs("a"), [1, 0, runs, 0]);
    }
}

#[tokio::test]
async fn no_message_detail_or_tag_is_in_the_metrics() {
    let health = Panopticon::empty()
        .service(ServiceInfo::new("a").description("secret").note("secret"))
        .check("a", options().tag("secret").probe(Probe::Startup), || async {
            Health::unhealthy("secret").with("secret", "secret")
        })
        .build()
        .unwrap();
    health.report().await;
    let reason = Override::new(Status::Degraded, "secret").lasting(60 * SECOND);
    health.set_override("a", reason).unwrap();
    for format in ["openmetrics", "prometheus"] {
        let body = text(&health, format).await;
        assert!(!body.contains("secret"), "{body}");
    }
}
