//! What each answer means, in each format.

use super::listener::{Listener, json, report, response};
use super::probe;

/// A component of each status.
const FAILING: &str = r#""database":{"healthy":false,"status":"unhealthy","response_time":0.5,"friendly_status":"no answer"},
    "mail":{"healthy":true,"status":"degraded","critical":false,"response_time":0.001},
    "new":{"healthy":false,"status":"unknown","response_time":0},
    "queue":{"healthy":true,"status":"healthy","response_time":0.00123}"#;

/// The exit codes of text and json, nagios, and consul.
#[track_caller]
fn assert_exit_codes(response: &str, expected: [i32; 3], summary: &str) {
    let url = Listener::answering(response).url();
    for (format, expected) in [
        ("text", expected[0]),
        ("json", expected[0]),
        ("nagios", expected[1]),
        ("consul", expected[2]),
    ] {
        let run = probe(&url, format);
        assert_eq!(run.exit_code, expected, "{format}: {response}: {run:?}");
        assert_eq!(run.stderr, "", "{format}: {response}");
        let line = run.stdout.lines().next().unwrap_or_default();
        match format {
            "text" | "consul" => assert_eq!(line, summary.replace("URL", &url), "{response}"),
            "nagios" => {
                let state =
                    ["OK", "WARNING", "CRITICAL", "UNKNOWN"][usize::try_from(expected).unwrap()];
                let start = format!("PANOPTICON {state}: {}", summary.replace("URL", &url));
                assert!(line.starts_with(&start), "{response}: {line}");
            }
            _ => {
                let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
                assert!(json.is_object(), "{response}: {json}");
            }
        }
    }
}

#[test]
fn the_report_decides() {
    let degraded = report(true, r#","status":"degraded""#, "");
    let unknown = report(false, r#","status":"unknown""#, "");
    for (response, exit_codes, summary) in [
        (json("200 OK", &report(true, "", "")), [0, 0, 0], "service healthy"),
        (json("200 OK", &degraded), [0, 1, 1], "service degraded"),
        (json("429 Too Many Requests", &degraded), [0, 1, 1], "service degraded"),
        (json("503 Service Unavailable", &degraded), [0, 1, 1], "service degraded"),
        (json("503 Service Unavailable", &report(false, "", "")), [1, 2, 2], "service unhealthy"),
        (json("200 OK", &report(false, "", "")), [1, 2, 2], "service unhealthy"),
        (json("503 Service Unavailable", &unknown), [1, 3, 2], "service unknown"),
        (
            json("500 Internal Server Error", &report(true, "", "")),
            [1, 3, 2],
            "service healthy, but the HTTP status is 500",
        ),
    ] {
        assert_exit_codes(&response, exit_codes, summary);
    }
}

#[test]
fn a_draining_service_fails_where_its_http_status_does() {
    let draining = r#","draining":true"#;
    let healthy = report(true, draining, "");
    let degraded = report(true, r#","draining":true,"status":"degraded""#, "");
    let broken = report(
        false,
        draining,
        r#""database":{"healthy":false,"response_time":0,"friendly_status":"no answer"}"#,
    );
    for (response, exit_codes, summary) in [
        // Its liveness.
        (json("200 OK", &healthy), [0, 0, 0], "service healthy, draining"),
        (json("200 OK", &degraded), [0, 1, 1], "service degraded, draining"),
        (json("429 Too Many Requests", &degraded), [0, 1, 1], "service degraded, draining"),
        // Its own path, and its readiness.
        (json("503 Service Unavailable", &healthy), [1, 1, 2], "service healthy, draining"),
        (json("503 Service Unavailable", &degraded), [1, 1, 2], "service degraded, draining"),
        (
            json("503 Service Unavailable", &report(false, draining, "")),
            [1, 1, 2],
            "service unhealthy, draining",
        ),
        (json("503 Service Unavailable", &broken), [1, 2, 2], "service unhealthy, draining"),
    ] {
        assert_exit_codes(&response, exit_codes, summary);
    }
}

#[test]
fn a_component_and_a_z_page_decide_as_well() {
    let component = |healthy: bool, status: &str| {
        format!(r#"{{"healthy":{healthy},"status":"{status}","response_time":0.1}}"#)
    };
    let page = |status: &str, text: &str| response(status, "text/plain; charset=utf-8", text);
    let degraded = "[+]database ok\n[+]mail degraded: ok\nreadyz check passed\n";
    let failed = "[-]database failed: reason withheld\n[+]mail ok\nreadyz check failed\n";
    for (response, exit_codes, summary) in [
        (json("200 OK", &component(true, "healthy")), [0, 0, 0], "component healthcheck healthy"),
        (json("200 OK", &component(true, "degraded")), [0, 1, 1], "component healthcheck degraded"),
        (
            json("503 Service Unavailable", &component(false, "unhealthy")),
            [1, 2, 2],
            "component healthcheck unhealthy",
        ),
        (page("200 OK", "ok"), [0, 0, 0], "service healthy"),
        (page("200 OK", degraded), [0, 1, 1], "service degraded"),
        (page("503 Service Unavailable", failed), [1, 2, 2], "service unhealthy"),
        (page("500 Internal Server Error", failed), [1, 2, 2], "service unhealthy"),
        (page("503 No", "ok"), [1, 3, 2], "service healthy, but the HTTP status is 503"),
    ] {
        assert_exit_codes(&response, exit_codes, summary);
    }
}

#[test]
fn what_is_not_a_health_report_is_never_healthy() {
    let html = response("200 OK", "text/html", "<!doctype html><title>It works!</title>");
    for (response, summary) in [
        (
            &*html,
            "URL answered with 200 and text/html, which is not a health report; is it the right \
             port and path?",
        ),
        (
            &json("200 OK", r#"{"status":"UP"}"#),
            "URL answered with 200 and application/json, which is not a health report; is it the \
             right port and path?",
        ),
        // Text that is not plain, such as HTML, is not a z-page.
        (
            &response("200 OK", "text/html", "ok"),
            "URL answered with 200 and text/html, which is not a health report; is it the right \
             port and path?",
        ),
        // `healthy` and `status` contradict each other.
        (
            &json("200 OK", &report(true, r#","status":"unhealthy""#, "")),
            "URL answered with 200 and application/json, which is not a health report; is it the \
             right port and path?",
        ),
        (
            "HTTP/1.1 204 No Content\r\n\r\n",
            "URL answered with 204 and no content type, which is not a health report; is it the \
             right port and path?",
        ),
        (
            "HTTP/1.1 308 Permanent Redirect\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n",
            "URL answered with 308 and no content type, which is not a health report; is it the \
             right port and path?",
        ),
        (
            &json("404 Not Found", r#"{"error":"no component is named \"a\""}"#),
            "URL answered with 404: no component is named \"a\"",
        ),
        (
            &json("200 OK", r#"{"error":"\u001b[2J\nforged"}"#),
            "URL answered with 200: \\u{1b}[2J\\nforged",
        ),
    ] {
        assert_exit_codes(response, [1, 3, 2], summary);
    }
    let run = probe(&Listener::answering(&b"HTTP/1.1 200 OK\r\n\r\n\xff"[..]).url(), "text");
    assert_eq!(run.exit_code, 1, "{run:?}");
}

#[test]
fn a_z_page_is_accepted_only_at_its_own_path() {
    let listener = Listener::answering(response("200 OK", "text/plain; charset=utf-8", "ok"));
    let z_page = probe(&format!("http://{}/livez", listener.address), "text");
    assert_eq!((z_page.exit_code, &*z_page.stdout), (0, "service healthy\n"));
    // Another service listens where the report should be.
    let run = probe(&format!("http://{}", listener.address), "text");
    assert_eq!(run.exit_code, 1, "{run:?}");
    assert!(run.stdout.contains("/healthcheck answered with 200 and text/plain"), "{run:?}");
}

#[test]
fn the_details_of_a_component_do_not_make_it_a_report() {
    let component = r#"{"healthy":false,"response_time":0,"service_healthy":true,
        "timestamp":"2014-09-03T23:09:38.702Z","components":{}}"#;
    let summary = "component healthcheck unhealthy";
    assert_exit_codes(&json("503 Service Unavailable", component), [1, 2, 2], summary);
}

#[test]
fn a_broken_answer_counts_as_no_answer() {
    let whole = json("200 OK", &report(true, "", ""));
    let oversized = format!("HTTP/1.1 200 OK\r\n\r\n{}", " ".repeat(17 * 1024 * 1024));
    for (response, summary) in [
        ("", "URL closed the connection before the end of its answer"),
        (&whole[..whole.len() - 1], "URL closed the connection before the end of its answer"),
        ("SSH-2.0-OpenSSH_9.2\r\n", "URL does not speak HTTP/1"),
        // A TLS alert, which has no lines.
        ("\x15\x03\x01\0\x02\x02\x46", "URL does not speak HTTP/1"),
        (
            &oversized,
            "URL sent more than a report can have: 65536 bytes of headers, and 16777216 after them",
        ),
    ] {
        assert_exit_codes(response, [1, 2, 2], summary);
    }
}

#[test]
fn a_chunked_report_is_read() {
    let report = report(true, "", "");
    let (first, second) = report.split_at(7);
    let chunked = format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{first}\r\n{:x}\r\n{second}\r\n0\r\n\r\n",
        second.len()
    );
    assert_exit_codes(&chunked, [0, 0, 0], "service healthy");
}

#[test]
fn failing_components_are_listed_the_most_severe_first() {
    let body = report(false, "", FAILING);
    let url = Listener::answering(json("503 Service Unavailable", &body)).url();
    let expected = "service unhealthy\n\
                    database unhealthy (no answer)\n\
                    new unknown\n\
                    optional mail degraded\n";
    assert_eq!(probe(&url, "text").stdout, expected);
    assert_eq!(probe(&url, "consul").stdout, expected);
    assert_eq!(
        probe(&url, "nagios").stdout,
        "PANOPTICON CRITICAL: service unhealthy | 'database'=0.500000s;;;0 'mail'=0.001000s;;;0 \
         'new'=0.000000s;;;0 'queue'=0.001230s;;;0\n\
         database unhealthy (no answer)\n\
         new unknown\n\
         optional mail degraded\n",
    );
    assert_eq!(probe(&url, "json").stdout, format!("{body}\n"));
}

#[test]
fn a_message_cannot_forge_a_line_or_fill_the_output() {
    let message = format!("a\\nservice healthy\\u001b[2J\\u202e{}", "x".repeat(4000));
    let components: Vec<String> = (0..100)
        .map(|number| {
            format!(
                r#""check_{number:02}":{{"healthy":false,"response_time":0,"friendly_status":"{message}"}}"#
            )
        })
        .collect();
    let body = report(false, "", &components.join(","));
    let run = probe(&Listener::answering(json("503 No", &body)).url(), "text");
    assert!(run.stdout.len() <= 4096, "{}", run.stdout.len());
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines[0], "service unhealthy");
    for (position, line) in lines[1..lines.len() - 1].iter().enumerate() {
        let start =
            format!("check_{position:02} unhealthy (a\\nservice healthy\\u{{1b}}[2J\\u{{202e}}xxx");
        assert!(line.starts_with(&start), "{line}");
    }
    let shown = lines.len() - 2;
    assert!(shown >= 3, "{shown}");
    assert_eq!(lines[lines.len() - 1], format!("… and {} more", 100 - shown));
}
