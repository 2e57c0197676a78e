//! How much of a report a reader sees, and who decides.

use std::fmt;
use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use panopticon::{
    Builder, CheckOptions, Component, Disclosure, Health, HealthRequest, Override, Panopticon,
    Report, Status,
};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::{own_process, schemas};

const TOKEN: &str = "0123456789abcdef-token";
const ALL: [Disclosure; 3] = [Disclosure::StatusOnly, Disclosure::Authored, Disclosure::Full];

#[derive(Debug)]
struct NoRoute;

impl fmt::Display for NoRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no route")
    }
}

impl std::error::Error for NoRoute {}

/// A value whose `Serialize` fails.
struct Unserializable;

impl Serialize for Unserializable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("no route"))
    }
}

fn options() -> CheckOptions {
    CheckOptions::new()
}

/// One check that returns this error.
fn failing() -> Builder {
    Panopticon::empty().check("database", options(), || async { Err::<(), _>(NoRoute) })
}

/// Returns what a reader without a token sees of the component.
async fn shown(health: &Panopticon, headers: &[(&str, &str)]) -> Value {
    let request = HealthRequest::get("/healthcheck/database").headers(headers.iter().copied());
    let response = health.answer(request).await;
    let (status, body) = (response.status(), response.into_body());
    schemas::assert_answer_valid(status, "application/json", &body);
    serde_json::from_slice(&body).unwrap()
}

fn message(component: &Value) -> &str {
    component["friendly_status"].as_str().unwrap_or("")
}

const WITHHELD: &str = if cfg!(feature = "tracing") {
    "the check returned an error, which is in the service's log; set PANOPTICON_TOKEN to read it here"
} else {
    "the check returned an error; set PANOPTICON_TOKEN to read it here"
};

#[tokio::test(start_paused = true)]
async fn each_kind_of_message_is_shown_only_to_those_who_may_see_it() {
    let second_run = AtomicBool::new(false);
    let damped = || options().cache(Duration::ZERO).failure_threshold(2);
    let health = Panopticon::empty()
        .check("authored", options(), || async { Health::unhealthy("no disk") })
        .check("authored-in-err", options(), || async { Err::<(), _>(Health::degraded("slow")) })
        .check("damped", damped(), || async { Err::<(), _>(NoRoute) })
        .check("dependent", options().depends_on("error"), || async {})
        .check("empty-error", options(), || async { Err::<(), _>(" ") })
        .check("error", options(), || async { Err::<(), _>(NoRoute) })
        .check("from-error", options(), || async { Health::from_error(&NoRoute) })
        .check("hangs", options(), pending::<()>)
        .check("healthy", options(), || async { Health::healthy("ok") })
        .check("hung-after-error", options().cache(Duration::ZERO), move || {
            let hangs = second_run.swap(true, Ordering::SeqCst);
            async move { if hangs { pending().await } else { Err::<(), _>(NoRoute) } }
        })
        .check("panics", options(), || async { panic!("no route") as () })
        .check("question-mark", options(), || async {
            Err(NoRoute)?;
            Ok::<_, Health>(Health::healthy(""))
        })
        .check("silent", options(), || async {})
        .check("text", options(), || async { Err::<(), _>("no route") })
        .build()
        .unwrap();
    health.report().await;
    let report = health.report().await;
    let shown = |disclosure: Disclosure, name: &str| {
        let report = report.clone().disclosed(disclosure);
        report.component(name).unwrap().message().map(str::to_owned)
    };
    let hung = "timed out after 2s; its last result, 4 s ago, was unhealthy";
    let hung_and_why = format!("{hung} (no route)");
    for (name, authored, full) in [
        ("authored", Some("no disk"), Some("no disk")),
        ("authored-in-err", Some("slow"), Some("slow")),
        ("damped", Some(WITHHELD), Some("no route")),
        (
            "dependent",
            Some("not checked: `error` is unhealthy"),
            Some("not checked: `error` is unhealthy"),
        ),
        (
            "empty-error",
            Some("the health check gave no reason"),
            Some("the health check gave no reason"),
        ),
        ("error", Some(WITHHELD), Some("no route")),
        ("from-error", Some(WITHHELD), Some("no route")),
        ("hangs", Some("timed out after 2s"), Some("timed out after 2s")),
        ("healthy", Some("ok"), Some("ok")),
        ("hung-after-error", Some(hung), Some(&hung_and_why)),
        ("panics", Some("panicked"), Some("panicked")),
        ("question-mark", Some(WITHHELD), Some("no route")),
        ("silent", None, None),
        ("text", Some(WITHHELD), Some("no route")),
    ] {
        assert_eq!(shown(Disclosure::Full, name).as_deref(), full, "{name}");
        assert_eq!(shown(Disclosure::Authored, name).as_deref(), authored, "{name}");
        assert_eq!(shown(Disclosure::StatusOnly, name), None, "{name}");
    }
    assert_eq!(report.components().len(), 14);
}

#[tokio::test]
async fn details_and_overrides_are_disclosed_as_documented() {
    let health = Panopticon::empty()
        .check("database", options().tag("storage").critical(false), || async {
            Health::from_error(&NoRoute)
                .with("attempts", 3)
                .with("status", 3)
                .with("route", Unserializable)
        })
        .build()
        .unwrap();
    let set = Override::new(Status::Degraded, "maintenance").lasting(Duration::from_secs(60));
    health.set_override("database", set).unwrap();
    let reserved = "the report itself uses this key; give the detail another one";
    let json = |disclosure: Disclosure, component: Component| {
        let mut json = serde_json::to_value(component.disclosed(disclosure)).unwrap();
        // These two instants differ between runs.
        json.as_object_mut()
            .unwrap()
            .retain(|key, _| key != "checked_at" && key != "response_time");
        json["override"].as_object_mut().unwrap().remove("until");
        json
    };
    let expected = |disclosure: Disclosure| {
        let mut expected = serde_json::json!({
            "healthy": true,
            "status": "degraded",
            "critical": false,
            "override": {"status": "unhealthy"},
            "tags": ["storage"],
        });
        if disclosure >= Disclosure::Authored {
            let is_full = disclosure == Disclosure::Full;
            let error = if is_full { ": no route" } else { "" };
            expected["friendly_status"] = if is_full { "no route" } else { WITHHELD }.into();
            expected["attempts"] = 3.into();
            expected["override"]["reason"] = "maintenance".into();
            expected["detail_errors"] = serde_json::json!({
                "status": reserved,
                "route": format!("cannot be written as JSON{error}"),
            });
        }
        expected
    };
    let component = health.check("database").await.unwrap();
    for disclosure in ALL {
        assert_eq!(json(disclosure, component.clone()), expected(disclosure), "{disclosure:?}");
    }
}

#[tokio::test]
async fn a_deserialized_report_does_not_say_who_wrote_its_messages() {
    let health = failing()
        .check("queue", options(), || async { Health::healthy("ok").with("route", Unserializable) })
        .build()
        .unwrap();
    let set = Override::new(Status::Degraded, "maintenance").lasting(Duration::from_secs(60));
    health.set_override("database", set).unwrap();
    for disclosure in ALL {
        let disclosed = health.report().await.disclosed(disclosure);
        let read: Report = serde_json::from_slice(&disclosed.to_json()).unwrap();
        assert_eq!(read, disclosed);

        // Any message may be the text of an error.
        let read = read.disclosed(Disclosure::Authored);
        for (name, component) in read.components() {
            assert_eq!(component.message(), None, "{name}");
            for (_, reason) in component.detail_errors() {
                assert_eq!(reason, "the reason is not shown");
            }
        }
    }
}

#[tokio::test]
async fn statuses_are_the_same_whatever_is_disclosed() {
    let health = failing().check("queue", options(), || async {}).build().unwrap();
    let report = health.report().await;
    for disclosure in ALL {
        let disclosed = report.clone().disclosed(disclosure);
        assert_eq!(disclosed.status(), report.status());
        assert_eq!(disclosed.timestamp(), report.timestamp());
        for (name, component) in report.components() {
            let disclosed = disclosed.component(name).unwrap();
            assert_eq!(disclosed.status(), component.status());
            assert_eq!(disclosed.response_time(), component.response_time());
            assert_eq!(disclosed.checked_at(), component.checked_at());
        }
    }
    assert!(ALL.is_sorted());
}

#[tokio::test]
async fn the_log_publishers_and_display_have_everything() {
    let health = failing().disclosure(Disclosure::StatusOnly).build().unwrap();
    let mut transitions = health.subscribe();
    assert_eq!(
        health.report().await.to_string(),
        "service unhealthy: database unhealthy (no route)"
    );
    let transition = transitions.next().await.unwrap().unwrap();
    assert_eq!(transition.to_string(), "database: unknown → unhealthy (no route)");
    assert_eq!(shown(&health, &[]).await.get("friendly_status"), None);
}

#[tokio::test]
async fn an_anonymous_reader_sees_what_is_configured() {
    assert_eq!(message(&shown(&failing().build().unwrap(), &[]).await), WITHHELD);
    for (disclosure, expected) in ALL.into_iter().zip(["", WITHHELD, "no route"]) {
        let health = failing().disclosure(disclosure).build().unwrap();
        assert_eq!(message(&shown(&health, &[]).await), expected);
        assert_eq!(health.settings().disclosure, Some(disclosure));
    }
}

#[tokio::test]
async fn a_closure_decides_by_the_request() {
    let by_header = |request: &http::request::Parts| match request.headers.get("x-role") {
        Some(role) if role == "staff" => Disclosure::Full,
        Some(_) => panic!("an unknown role"),
        None if request.uri.path().ends_with("/database") => Disclosure::Authored,
        None => Disclosure::StatusOnly,
    };
    let health =
        failing().disclosure(Disclosure::Full).disclose_by(by_header).token(TOKEN).build().unwrap();
    assert_eq!(message(&shown(&health, &[("x-role", "staff")]).await), "no route");
    assert!(message(&shown(&health, &[]).await).starts_with("the check returned an error"));
    // A panic discloses nothing, and the request is still answered.
    assert_eq!(message(&shown(&health, &[("x-role", "guest")]).await), "");
    let authorization = format!("Bearer {TOKEN}");
    let with_token = [("x-role", "guest"), ("authorization", &*authorization)];
    assert_eq!(message(&shown(&health, &with_token).await), "no route");

    // The last call wins.
    let health =
        failing().disclose_by(by_header).disclosure(Disclosure::StatusOnly).build().unwrap();
    assert_eq!(message(&shown(&health, &[("x-role", "staff")]).await), "");
}

#[tokio::test]
async fn the_token_lets_a_reader_see_everything() {
    for disclosure in ALL {
        let health = failing().disclosure(disclosure).token(TOKEN).build().unwrap();
        for authorization in
            [format!("Bearer {TOKEN}"), format!("bearer {TOKEN}"), format!("BEARER   {TOKEN} ")]
        {
            let shown = shown(&health, &[("Authorization", &authorization)]).await;
            assert_eq!(message(&shown), "no route", "{authorization}");
        }
    }
    let health = failing().token(TOKEN).build().unwrap();
    let shown = shown(&health, &[]).await;
    assert!(message(&shown).ends_with("send the service's token to read it here"), "{shown}");
}

/// Returns everything that a reader can compare, except for the time of the report.
async fn compared(
    health: &Panopticon,
    method: &str,
    target: &str,
    authorization: &[&[u8]],
) -> String {
    let headers = authorization.iter().map(|value| ("authorization", *value));
    let response = health.answer(HealthRequest::new(method, target).headers(headers)).await;
    let headers: Vec<_> =
        response.headers().map(|(name, value)| format!("{name}: {value}")).collect();
    let status = response.status();
    let body = String::from_utf8(response.into_body()).unwrap();
    let timestamp = body.find("\"timestamp\":\"").map(|start| start + "\"timestamp\":\"".len());
    let body = match timestamp {
        Some(start) => [&body[..start], &body[start + "2014-09-03T23:09:38.702Z".len()..]].concat(),
        None => body,
    };
    format!("{status}\n{}\n\n{body}", headers.join("\n"))
}

#[tokio::test]
async fn a_wrong_token_is_answered_exactly_as_none() {
    let health = failing().check("queue", options(), || async {}).token(TOKEN).build().unwrap();
    let wrong = [
        b"Bearer".to_vec(),
        b"Bearer ".to_vec(),
        b"Bearer 0123456789abcdef".to_vec(),
        format!("Bearer {}", &TOKEN[1..]).into_bytes(),
        format!("Bearer {}", &TOKEN[..TOKEN.len() - 1]).into_bytes(),
        format!("Bearer {TOKEN}x").into_bytes(),
        format!("Bearer {}", TOKEN.to_uppercase()).into_bytes(),
        format!("Bearer{TOKEN}").into_bytes(),
        format!("Basic {TOKEN}").into_bytes(),
        TOKEN.as_bytes().to_vec(),
        b"Bearer \xff\xfe".to_vec(),
        Vec::new(),
    ];
    for method in ["GET", "HEAD", "OPTIONS", "POST"] {
        for target in [
            "/healthcheck",
            "/healthcheck?format=text",
            "/healthcheck/readiness",
            "/healthcheck/database",
            "/healthcheck/queue",
            "/healthcheck/unknown",
            "/healthcheck?format=unknown",
            "/elsewhere",
        ] {
            let anonymous = compared(&health, method, target, &[]).await;
            assert!(anonymous.contains("vary: Accept, Authorization"), "{anonymous}");
            for wrong in &wrong {
                let answer = compared(&health, method, target, &[wrong]).await;
                assert_eq!(answer, anonymous, "{method} {target} {wrong:?}");
            }
        }
    }
}

#[tokio::test]
async fn an_answer_varies_by_reader_only_if_readers_differ() {
    for (builder, expected) in [
        (failing(), "Accept"),
        (failing().disclosure(Disclosure::Full), "Accept"),
        (failing().token(TOKEN), "Accept, Authorization"),
        (failing().disclose_by(|_| Disclosure::Full), "Accept, Authorization"),
    ] {
        let health = builder.build().unwrap();
        let response = health.answer(HealthRequest::get("/healthcheck")).await;
        let vary: Vec<_> = response.headers().filter(|(name, _)| *name == "vary").collect();
        assert_eq!(vary, [("vary", expected)]);
    }
}

#[tokio::test]
async fn a_token_is_never_shown() {
    let health = failing().token(TOKEN).build().unwrap();
    let shown = format!("{health:?} {:#?} {:?}", health.settings(), failing().token(TOKEN));
    assert!(shown.contains("BearerToken(…)") && !shown.contains(TOKEN), "{shown}");
    for name in ["Authorization", "proxy-authorization", "cookie"] {
        let request = HealthRequest::get("/").headers([(name, format!("Bearer {TOKEN}"))]);
        assert!(!format!("{request:?}").contains(TOKEN), "{request:?}");
    }

    for invalid in
        ["", "short-token", "with a space in it", "line-break-at-end\n", "schlüssel-schlüssel"]
    {
        let error = failing().token(invalid).build().unwrap_err().to_string();
        assert!(
            error.contains(
                "the builder's `token` has a value that is not accepted (not shown, since it may \
                 be a secret); it takes at least 16 visible ASCII characters"
            ),
            "{error}"
        );
        assert!(invalid.is_empty() || !error.contains(invalid.trim()), "{error}");
    }
}

#[test]
#[ignore = "run by the test below in its own environment"]
fn reads_with_and_without_a_token() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let print = |builder: Builder| match builder.build() {
        Ok(health) => runtime.block_on(async {
            let bearer = format!("Bearer {TOKEN}");
            println!("anonymous={}", message(&shown(&health, &[]).await));
            let with_token = shown(&health, &[("authorization", &bearer)]).await;
            println!("with token={}", message(&with_token));
        }),
        Err(error) => println!("{error}"),
    };
    print(failing());
    println!("the builder decides:");
    print(failing().disclose_by(|_| Disclosure::StatusOnly));
}

#[test]
fn the_environment_configures_it() {
    const TEST: &str = "disclosure::reads_with_and_without_a_token";
    for (disclosure, expected) in
        [("full", "no route"), ("authored", WITHHELD), ("status-only", "")]
    {
        let printed = own_process::printed_by(TEST, &[("PANOPTICON_DISCLOSURE", disclosure)]);
        let (by_environment, by_builder) = printed.split_once("the builder decides:").unwrap();
        assert!(by_environment.contains(&format!("anonymous={expected}\n")), "{printed}");
        assert!(by_builder.contains("anonymous=\n"), "{printed}");
    }
    let printed = own_process::printed_by(TEST, &[("PANOPTICON_TOKEN", TOKEN)]);
    assert!(printed.contains("with token=no route"), "{printed}");
    assert!(!printed.contains("anonymous=no route"), "{printed}");

    let printed = own_process::printed_by(TEST, &[("PANOPTICON_DISCLOSURE", "all")]);
    let error = "the environment variable `PANOPTICON_DISCLOSURE` must not be \"all\"; it takes \
                 `full`, `authored` or `status-only`";
    assert!(printed.contains(error), "{printed}");
    let printed = own_process::printed_by(TEST, &[("PANOPTICON_TOKEN", "too-short")]);
    assert!(printed.contains("`PANOPTICON_TOKEN` has a value that is not accepted"), "{printed}");
    assert!(!printed.contains("too-short"), "{printed}");
}

/// Sends a request over a real socket, and returns what is answered.
#[cfg(feature = "server")]
fn read_over(mut connection: impl std::io::Read + std::io::Write) -> String {
    let request = "GET /healthcheck/database HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    connection.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer
}

#[cfg(feature = "server")]
#[test]
fn a_server_that_only_the_same_host_reaches_shows_everything_unless_configured() {
    use std::net::{Ipv4Addr, TcpStream};

    let ask = |health: &Panopticon, host: &str| {
        let server = health.serve((host, 0)).unwrap();
        let port = server.local_addr().unwrap().port();
        read_over(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap())
    };
    let health = failing().build().unwrap();
    assert!(ask(&health, "127.0.0.1").contains("no route"));
    assert!(ask(&health, "0.0.0.0").contains(WITHHELD));
    for health in [
        failing().disclosure(Disclosure::Authored).build().unwrap(),
        failing().disclose_by(|_| Disclosure::Authored).build().unwrap(),
    ] {
        assert!(ask(&health, "127.0.0.1").contains(WITHHELD));
    }
    // A token alone does not change what readers without it see.
    let health = failing().token(TOKEN).build().unwrap();
    assert!(ask(&health, "127.0.0.1").contains("no route"));

    #[cfg(unix)]
    {
        let path = std::env::temp_dir().join(format!("disclosure-{}.sock", std::process::id()));
        let server = health.serve(path.as_path()).unwrap();
        let connection = std::os::unix::net::UnixStream::connect(&path).unwrap();
        assert!(read_over(connection).contains("no route"));
        crate::without_a_runtime::block_on(server.stop());
    }
}
