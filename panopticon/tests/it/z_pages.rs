//! The pages `/livez`, `/readyz` and `/startupz`, as Kubernetes' API server answers them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use panopticon::{
    Builder, CheckOptions, Health, HealthRequest, HealthResponse, HealthService, Panopticon, Probe,
    ProblemKind,
};
use serde_json::Value;

fn options() -> CheckOptions {
    CheckOptions::new()
}

/// Every status of critical and of optional components, for each probe.
fn every_status() -> Builder {
    let all = || options().probe(Probe::Liveness).probe(Probe::Readiness).probe(Probe::Startup);
    let unknown =
        || all().interval(Duration::from_secs(3600)).initial_delay(Duration::from_secs(60));
    Panopticon::empty()
        .check("degraded", all(), || async { Health::degraded("the secret reason") })
        .check("healthy", all(), || async { Health::healthy("the secret reason") })
        .check("optional", all().critical(false), || async {
            Health::unhealthy("the secret reason")
        })
        .check("optional.unknown", unknown().critical(false), || async {})
        .check("unhealthy", all(), || async { Health::unhealthy("the secret reason") })
        .check("unknown", unknown(), || async {})
}

fn passing() -> Builder {
    Panopticon::empty()
        .check("database", options().tag("storage").collection("orders"), || async {})
        .check("disk", options().tag("storage"), || async {})
        .check("queue", options(), || async {})
        .check("state", options().probe(Probe::Liveness), || async {})
}

fn failing() -> Builder {
    passing().check("search", options(), || async { Health::unhealthy("the secret reason") })
}

fn service(builder: Builder) -> HealthService {
    builder.build().unwrap().http_service()
}

fn header<'a>(response: &'a HealthResponse, name: &str) -> Option<&'a str> {
    response.headers().find(|(other, _)| *other == name).map(|(_, value)| value)
}

/// Requests a page, which must be text.
async fn text(service: &HealthService, target: &str) -> (u16, String) {
    let response = service.answer(HealthRequest::get(target)).await;
    let (status, expected) = (response.status(), "text/plain; charset=utf-8");
    assert_eq!(header(&response, "content-type"), Some(expected), "{target}: {status}");
    assert_eq!(header(&response, "x-content-type-options"), Some("nosniff"), "{target}");
    assert_eq!(header(&response, "cache-control"), Some("no-store"), "{target}");
    assert_eq!(header(&response, "vary"), None, "{target}");
    let text = String::from_utf8(response.into_body()).unwrap();
    assert!(!text.contains("secret reason"), "{text}");
    (status, text)
}

/// Sends a request that is refused with a JSON error.
async fn error(service: &HealthService, target: &str) -> (u16, Value) {
    let response = service.answer(HealthRequest::get(target)).await;
    assert_eq!(header(&response, "content-type"), Some("application/json"), "{target}");
    (response.status(), serde_json::from_slice(&response.into_body()).unwrap())
}

#[tokio::test]
async fn a_page_that_passes_is_ok_without_a_newline() {
    let service = service(passing());
    for target in
        ["/livez", "/readyz", "/startupz", "/readyz/", "/readyz?from=probe", "/readyz?pretty"]
    {
        assert_eq!(text(&service, target).await, (200, "ok".to_owned()), "{target}");
    }
}

#[tokio::test]
async fn a_page_is_verbose_if_the_parameter_is_present() {
    let service = service(passing());
    let expected = "[+]database ok\n[+]disk ok\n[+]queue ok\nreadyz check passed\n";
    for query in ["verbose", "verbose=", "verbose=1", "verbose=false", "a=b&%76erbose", "verbose=%"]
    {
        let answer = text(&service, &format!("/readyz?{query}")).await;
        assert_eq!(answer, (200, expected.to_owned()), "{query}");
    }
    let answer = text(&service, "/readyz?verbos").await;
    assert_eq!(answer, (200, "ok".to_owned()));
    let answer = text(&service, "/livez?verbose").await;
    assert_eq!(answer, (200, "[+]state ok\nlivez check passed\n".to_owned()));
    // Without checks.
    let answer = text(&service, "/startupz?verbose").await;
    assert_eq!(answer, (200, "[+]ping ok\nstartupz check passed\n".to_owned()));
}

#[tokio::test]
async fn a_page_that_fails_is_verbose_and_withholds_the_reasons() {
    let expected = "[+]database ok\n[+]disk ok\n[+]queue ok\n[-]search failed: reason withheld\n\
                    readyz check failed\n";
    for (builder, status) in [(failing(), 503), (failing().unhealthy_status(500), 500)] {
        let service = service(builder);
        for target in ["/readyz", "/readyz?verbose"] {
            assert_eq!(text(&service, target).await, (status, expected.to_owned()));
        }
        assert_eq!(text(&service, "/livez").await, (200, "ok".to_owned()));
    }
}

#[tokio::test]
async fn each_status_has_a_line_of_its_own() {
    let service = service(every_status());
    let lines = "[+]degraded degraded: ok\n\
                 [+]healthy ok\n\
                 [+]optional unhealthy, optional: ok\n\
                 [+]optional.unknown unknown, optional: ok\n\
                 [-]unhealthy failed: reason withheld\n";
    for (page, unknown) in [
        ("livez", "[+]unknown unknown: ok\n"),
        ("readyz", "[-]unknown failed: reason withheld\n"),
        ("startupz", "[-]unknown failed: reason withheld\n"),
    ] {
        let expected = format!("{lines}{unknown}{page} check failed\n");
        assert_eq!(text(&service, &format!("/{page}")).await, (503, expected));
    }
    let evidence = "exclude=unhealthy&verbose";
    let (status, liveness) = text(&service, &format!("/livez?{evidence}")).await;
    assert_eq!(status, 200);
    assert!(liveness.ends_with("[+]unknown unknown: ok\nlivez check passed\n"), "{liveness}");
    assert_eq!(text(&service, &format!("/readyz?{evidence}")).await.0, 503);
}

#[tokio::test]
async fn draining_fails_only_readyz_with_a_line_of_its_own() {
    let health = passing().build().unwrap();
    let service = health.http_service();
    health.drain();
    let line = "[-]draining failed: the service is about to stop\n";
    let expected = format!("[+]database ok\n[+]disk ok\n[+]queue ok\n{line}readyz check failed\n");
    assert_eq!(text(&service, "/readyz").await, (503, expected));
    let all = "[+]database excluded: ok\n[+]disk excluded: ok\n[+]queue excluded: ok\n";
    let excluded = text(&service, "/readyz?exclude=database&exclude=disk&exclude=queue").await;
    assert_eq!(excluded, (503, format!("{all}{line}readyz check failed\n")));
    // Draining is not a check, so it cannot be excluded.
    assert_eq!(text(&service, "/readyz?exclude=draining").await.0, 503);
    for (target, expected) in [
        ("/livez", "ok"),
        ("/startupz", "ok"),
        ("/livez?verbose", "[+]state ok\n[+]draining: ok\nlivez check passed\n"),
        ("/startupz?verbose", "[+]ping ok\n[+]draining: ok\nstartupz check passed\n"),
        ("/readyz/database", "ok"),
    ] {
        assert_eq!(text(&service, target).await, (200, expected.to_owned()));
    }
    health.undrain();
    assert_eq!(text(&service, "/readyz").await, (200, "ok".to_owned()));
}

#[tokio::test]
async fn an_excluded_check_is_not_run() {
    let runs = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&runs);
    let count = move || {
        counted.fetch_add(1, Ordering::SeqCst);
        async { Health::unhealthy("the secret reason") }
    };
    let service = service(passing().check("counted", options().cache(Duration::ZERO), count));
    for (query, expected) in [
        ("exclude=counted", "ok"),
        (
            "exclude=counted&exclude=disk&verbose",
            "[+]counted excluded: ok\n[+]database ok\n[+]disk excluded: ok\n[+]queue ok\n\
             readyz check passed\n",
        ),
        // Percent-encoded, repeated, and with names that no component of this probe has.
        (
            "verbose&exclude=%63ounted&exclude=counted&exclude=state&exclude=b%22a%0A&exclude=",
            "[+]counted excluded: ok\n[+]database ok\n[+]disk ok\n[+]queue ok\n\
             warn: some health checks cannot be excluded: no matches for \"\",\"b\\\"a\\n\",\"state\"\n\
             readyz check passed\n",
        ),
        (
            "verbose&exclude=counted&exclude=database&exclude=disk&exclude=queue",
            "[+]counted excluded: ok\n[+]database excluded: ok\n[+]disk excluded: ok\n\
             [+]queue excluded: ok\nreadyz check passed\n",
        ),
        ("exclude=counted&exclude=database&exclude=disk&exclude=queue", "ok"),
    ] {
        let answer = text(&service, &format!("/readyz?{query}")).await;
        assert_eq!(answer, (200, expected.to_owned()), "{query}");
    }
    assert_eq!(runs.load(Ordering::SeqCst), 0);
    let (status, failed) = text(&service, "/readyz?exclude=other").await;
    assert_eq!((status, runs.load(Ordering::SeqCst)), (503, 1));
    let warning = "warn: some health checks cannot be excluded: no matches for \"other\"\n";
    assert!(failed.ends_with(&format!("{warning}readyz check failed\n")), "{failed}");
    let passed = "[+]ping ok\nwarn: some health checks cannot be excluded: no matches for \"a\"\n\
                  startupz check passed\n";
    assert_eq!(text(&service, "/startupz?exclude=a&verbose").await, (200, passed.to_owned()));
}

#[tokio::test]
async fn one_component_has_a_page_below() {
    let service = service(every_status());
    for (target, status, expected) in [
        ("/readyz/healthy", 200, "ok"),
        ("/readyz/degraded/", 200, "ok"),
        ("/readyz/%68ealthy", 200, "ok"),
        ("/readyz/healthy?verbose", 200, "[+]healthy ok\nreadyz check passed\n"),
        ("/readyz/degraded?verbose", 200, "[+]degraded degraded: ok\nreadyz check passed\n"),
        ("/readyz/unhealthy", 503, "[-]unhealthy failed: reason withheld\nreadyz check failed\n"),
        // By its own health, although it does not fail the page of the probe.
        ("/livez/optional", 503, "[-]optional failed: reason withheld\nlivez check failed\n"),
        ("/readyz/unknown", 503, "[-]unknown failed: reason withheld\nreadyz check failed\n"),
        ("/livez/unknown", 200, "ok"),
        ("/livez/unknown?verbose", 200, "[+]unknown unknown: ok\nlivez check passed\n"),
    ] {
        assert_eq!(text(&service, target).await, (status, expected.to_owned()), "{target}");
    }
}

#[tokio::test]
async fn a_page_below_is_404_if_the_page_does_not_show_the_component() {
    let service = service(passing());
    for target in [
        "/readyz/other",
        "/readyz/state",
        "/startupz/database",
        "/readyz/disk?exclude=disk",
        "/readyz/disk?tag=stroage",
        "/readyz/queue?tag=storage",
        "/livez/a/b",
        "/livez//",
    ] {
        let (status, body) = error(&service, target).await;
        assert_eq!(status, 404, "{target}");
        assert!(body["error"].is_string(), "{target}");
    }
    let (_, body) = error(&service, "/readyz/disc").await;
    assert_eq!(
        body["error"],
        "no component is named \"disc\"; did you mean `disk`? known components: database, disk, \
         queue, state"
    );
    for target in ["/readyz/%zz", "/readyz?exclude=%", "/readyz?tag=%FF"] {
        assert_eq!(error(&service, target).await.0, 400, "{target}");
    }
}

#[tokio::test]
async fn tags_and_collections_select_from_a_page() {
    let service = service(failing());
    for (target, expected) in [
        ("/readyz?tag=storage", "ok"),
        ("/readyz?tag=storage&verbose", "[+]database ok\n[+]disk ok\nreadyz check passed\n"),
        ("/readyz?collection=orders&verbose", "[+]database ok\nreadyz check passed\n"),
        (
            "/readyz?tag=storage&exclude=disk&exclude=queue&verbose",
            "[+]database ok\n[+]disk excluded: ok\nwarn: some health checks cannot be excluded: no \
             matches for \"queue\"\nreadyz check passed\n",
        ),
    ] {
        assert_eq!(text(&service, target).await, (200, expected.to_owned()), "{target}");
    }
    // A probe without checks passes, so a selection of nothing is an error.
    for target in ["/readyz?tag=other", "/readyz?collection=other", "/livez?tag=storage"] {
        assert_eq!(error(&service, target).await.0, 404, "{target}");
    }
}

/// The probe does not wait for an optional component, but a request for that component does.
#[tokio::test(start_paused = true)]
async fn an_optional_component_that_hangs_holds_up_only_its_own_page() {
    let hung = || std::future::pending::<()>();
    let service = service(passing().check("slow", options().critical(false), hung));
    let started = tokio::time::Instant::now();
    let (status, shown) = text(&service, "/readyz?verbose").await;
    assert_eq!(status, 200);
    assert!(shown.contains("[+]slow unknown, optional: ok\n"), "{shown}");
    assert!(started.elapsed() < Duration::from_millis(100));
    let (status, shown) = text(&service, "/readyz/slow").await;
    assert_eq!((status, &*shown), (503, "[-]slow failed: reason withheld\nreadyz check failed\n"));
}

#[tokio::test]
async fn startup_stays_passed_whatever_is_selected() {
    let fails = Arc::new(AtomicU32::new(0));
    let failing = Arc::clone(&fails);
    let schema = options().probe(Probe::Startup).tag("storage").cache(Duration::ZERO);
    let service = service(
        Panopticon::empty()
            .check("schema", schema, move || {
                let fails = failing.load(Ordering::SeqCst) > 0;
                async move { if fails { Health::unhealthy("") } else { Health::healthy("") } }
            })
            .check("warm", options().probe(Probe::Startup), || async {}),
    );
    assert_eq!(text(&service, "/startupz").await, (200, "ok".to_owned()));
    fails.store(1, Ordering::SeqCst);
    for target in
        ["/startupz", "/startupz?exclude=warm", "/startupz?tag=storage", "/startupz/schema"]
    {
        assert_eq!(text(&service, target).await, (200, "ok".to_owned()), "{target}");
    }
    let path = "/healthcheck/startup?tag=storage";
    assert_eq!(service.answer(HealthRequest::get(path)).await.status(), 200);
}

#[tokio::test]
async fn before_build_only_livez_passes() {
    let mut builder = failing();
    let service = builder.http_service();
    assert_eq!(text(&service, "/livez").await, (200, "ok".to_owned()));
    let verbose = "[+]ping ok\nlivez check passed\n".to_owned();
    assert_eq!(text(&service, "/livez?verbose").await, (200, verbose));
    for page in ["readyz", "startupz"] {
        let expected = format!("[-]build failed: it has not succeeded yet\n{page} check failed\n");
        assert_eq!(text(&service, &format!("/{page}")).await, (503, expected));
    }
    for target in ["/livez/state", "/readyz/database"] {
        assert_eq!(error(&service, target).await.0, 503, "{target}");
    }
    let health = builder.build().unwrap();
    assert_eq!(text(&service, "/readyz").await.0, 503);
    assert_eq!(text(&service, "/startupz").await, (200, "ok".to_owned()));
    drop(health);
}

#[tokio::test]
async fn head_options_and_other_methods_are_answered_as_on_the_reports_path() {
    let service = service(failing());
    for (method, target, status) in [
        ("HEAD", "/livez", 200),
        ("HEAD", "/readyz", 503),
        ("OPTIONS", "/livez", 204),
        ("OPTIONS", "/livez/state", 204),
        ("OPTIONS", "/readyz", 503),
        ("POST", "/livez", 405),
    ] {
        let response = service.answer(HealthRequest::new(method, target)).await;
        assert_eq!(response.status(), status, "{method} {target}");
        let allow = (method != "HEAD").then_some("GET, HEAD, OPTIONS");
        assert_eq!(header(&response, "allow"), allow, "{method} {target}");
        let length = header(&response, "content-length").map(str::to_owned);
        let body = response.into_body();
        assert_eq!(length, (status != 204).then(|| body.len().to_string()), "{method} {target}");
        assert_eq!(body.is_empty(), status == 204, "{method} {target}");
    }
}

#[tokio::test]
async fn the_accept_header_is_ignored() {
    let service = service(passing());
    for accept in ["application/json", "text/html", "*/*;q=0", "nonsense"] {
        let request = HealthRequest::get("/readyz").headers([("accept", accept)]);
        let response = service.answer(request).await;
        assert_eq!((response.status(), &*response.into_body()), (200, &b"ok"[..]), "{accept}");
    }
}

#[tokio::test]
async fn the_pages_are_moved_or_switched_off() {
    for path in ["/internal", "/internal/", "/a/b"] {
        let service = service(passing().z_pages(path));
        let prefix = path.trim_end_matches('/');
        assert_eq!(text(&service, &format!("{prefix}/livez")).await, (200, "ok".to_owned()));
        assert_eq!(text(&service, &format!("{prefix}/readyz/disk")).await, (200, "ok".to_owned()));
        assert_eq!(error(&service, "/livez").await.0, 404);
    }
    assert_eq!(text(&service(passing().z_pages("/")), "/livez").await.0, 200);
    let off = passing().without_z_pages().build().unwrap();
    assert_eq!(off.settings().z_pages, None);
    assert_eq!(error(&off.http_service(), "/livez").await.0, 404);
    assert_eq!(passing().build().unwrap().settings().z_pages.as_deref(), Some("/"));
}

/// There, every path belongs to the report.
#[tokio::test]
async fn a_nested_service_has_no_z_pages() {
    let service = service(passing()).nested();
    let (status, body) = error(&service, "/livez").await;
    assert_eq!(status, 404);
    assert!(body["error"].as_str().unwrap().contains("known probes: liveness, "), "{body}");
}

#[test]
fn impossible_paths_are_problems_of_build() {
    let accepted = "`/` for the root, or a path below it, of ASCII letters, digits and `_ . ~ -` \
                    between slashes, such as `/internal`";
    for path in ["", "internal", "off", "//", "/a//b", "/{prefix}", "/a/..", "/ä"] {
        let error = passing().z_pages(path).build().unwrap_err();
        let expected = format!("the builder's `z_pages` must not be {path:?}; it takes {accepted}");
        assert_eq!(error.problems()[0].to_string(), expected);
    }
    for (path, z_pages, both) in [
        ("/livez", "/", "/livez"),
        ("/internal/readyz", "/internal", "/internal/readyz"),
        ("/healthcheck", "/healthcheck", "/healthcheck/livez"),
        ("/readyz/report", "/", "/readyz/report"),
    ] {
        let overlapping = || passing().path(path).z_pages(z_pages);
        let mut early = overlapping();
        early.http_service();
        #[cfg(feature = "axum")]
        let _: axum::Router = early.router();
        for builder in [overlapping(), early] {
            let error = builder.build().unwrap_err();
            assert_eq!(error.problems().len(), 1, "{error}");
            assert_eq!(
                error.problems()[0].to_string(),
                format!(
                    "the builder's `z_pages`, or the environment variable `PANOPTICON_Z_PAGES`, must \
                     not be {z_pages:?} while the report is at {path}, since both would answer \
                     requests for {both}; it takes another path, or you can move the report"
                )
            );
        }
        passing().path(path).without_z_pages().build().unwrap();
    }
    // These paths do not overlap.
    for (path, z_pages) in [("/livez2", "/"), ("/a/livez", "/"), ("/a", "/a/b"), ("/a/b", "/a")] {
        passing().path(path).z_pages(z_pages).build().unwrap();
    }
}

#[test]
fn the_paths_must_not_change_once_there_is_a_service() {
    let mut moved = passing();
    moved.http_service();
    let error = moved.z_pages("/internal").build().unwrap_err();
    assert_eq!(error.problems().len(), 1);
    assert_eq!(error.problems()[0].kind(), ProblemKind::InvalidSetting);
    assert_eq!(
        error.problems()[0].to_string(),
        "the builder's `z_pages` must not change after `router` or `http_service`, but was / and is now \
         /internal; set it first"
    );
}

#[cfg(feature = "axum")]
mod in_axum {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use axum::Router;
    use axum::routing::get;

    use super::{failing, passing};
    use crate::axum_router::{ask, ask_with_version};

    #[tokio::test]
    async fn the_router_serves_the_pages() {
        let app: Router = Router::new()
            .route("/", get(|| async { "shop" }))
            .route("/{page}", get(|| async { "page" }))
            .merge(failing().build().unwrap().router());
        for (line, status, expected) in [
            ("GET /livez", 200, "ok"),
            ("GET /livez/", 200, "ok"),
            ("GET /livez/state", 200, "ok"),
            ("GET /readyz/search", 503, "[-]search failed: reason withheld\nreadyz check failed\n"),
            ("HEAD /readyz", 503, ""),
            ("OPTIONS /livez", 204, ""),
            ("GET /startupz?verbose", 200, "[+]ping ok\nstartupz check passed\n"),
            ("GET /other", 200, "page"),
        ] {
            let (head, body) = ask(app.clone(), line).await.unwrap();
            assert!(head.starts_with(&format!("http/1.1 {status} ")), "{line}: {head}");
            assert_eq!(body, expected, "{line}");
        }
        let nested: Router = Router::new().nest("/internal", passing().build().unwrap().router());
        let (_, body) = ask(nested, "GET /internal/readyz").await.unwrap();
        assert_eq!(body, "ok");
    }

    #[tokio::test]
    async fn a_service_serves_the_pages_where_requests_for_them_reach_it() {
        let service = || passing().build().unwrap().http_service();
        for (app, path) in [
            (Router::new().fallback_service(service()), "/readyz"),
            (Router::new().nest_service("/internal", service()), "/internal/readyz"),
            (Router::new().route_service("/readyz", service()), "/readyz"),
            (Router::new().route_service("/livez/{component}", service()), "/livez/state"),
        ] {
            let (head, body) = ask(app, &format!("GET {path}")).await.unwrap();
            assert!(head.starts_with("http/1.1 200 "), "{path}: {head}");
            assert_eq!(body, "ok", "{path}");
        }
        let app: Router = Router::new().nest_service("/healthcheck", service());
        let (head, _) = ask(app, "GET /healthcheck/livez").await.unwrap();
        assert!(head.starts_with("http/1.1 404 "), "{head}");
    }

    /// HAProxy and old probes send it.
    #[tokio::test]
    async fn http_1_0_is_answered() {
        let app: Router = failing().build().unwrap().router();
        for (line, status) in [
            ("OPTIONS /livez", 204),
            ("OPTIONS /readyz", 503),
            ("GET /livez", 200),
            ("HEAD /livez", 200),
        ] {
            let (head, _) = ask_with_version(app.clone(), line, "HTTP/1.0").await.unwrap();
            assert!(head.starts_with(&format!("http/1.0 {status} ")), "{line}: {head}");
            let lists_methods = head.contains("\r\nallow: get, head, options\r\n");
            assert_eq!(lists_methods, line.starts_with("OPTIONS"), "{line}: {head}");
        }
    }

    #[test]
    fn a_route_of_the_services_own_at_a_page_makes_merge_panic_with_its_path() {
        for path in ["/livez", "/readyz", "/startupz"] {
            let app: Router = Router::new().route(path, get(|| async {}));
            let ours = passing().build().unwrap().router();
            let merged = catch_unwind(AssertUnwindSafe(|| app.clone().merge(ours)));
            let panic = merged.unwrap_err();
            let message = panic.downcast_ref::<String>().unwrap();
            assert!(message.contains("Overlapping method route"), "{message}");
            assert!(message.contains(&format!("GET {path}")), "{message}");
            // The guide's advice helps.
            let _ = app.clone().merge(passing().without_z_pages().build().unwrap().router());
            let _ = app.merge(passing().z_pages("/internal").build().unwrap().router());
        }
    }
}
