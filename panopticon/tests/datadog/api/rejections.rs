//! Statistics that the API rejects or cannot accept now.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use panopticon::datadog::{Event, ServiceCheck, ServiceStatus};
use serde_json::json;

use super::counts::{counts, problem};
use super::endpoint::{ACCEPTED, Endpoint, KEY, Request, builder};
use crate::agent::PATIENCE;

#[test]
fn a_rejected_key_is_tried_again_and_is_not_shown() {
    let echo = r#"{"errors":["0123456789abcdef0123456789abcdef is forbidden"]}"#;
    let endpoint = Endpoint::new(move |_, before| match before {
        0 => Some((401, echo)),
        1 | 2 => Some((403, echo)),
        _ => ACCEPTED,
    });
    let stats = endpoint.builder().build().unwrap();
    stats.gauge("a", 1, &[]);
    stats.event(Event::new("a", "b"));
    stats.flush(PATIENCE).unwrap();
    assert_eq!(counts(&stats), (2, 0, 0));
    assert_eq!(endpoint.requests().len(), 5);
    assert_eq!(endpoint.requests()[0].header("dd-api-key"), KEY);
    let problem = problem(&stats);
    assert!(problem.contains("rejected the key (403: [hidden] is forbidden)"), "{problem}");
    assert!(problem.contains("DATADOG_API_KEY"), "{problem}");
    for text in [problem, format!("{stats:?}"), format!("{:?}", endpoint.builder())] {
        assert!(!text.contains(KEY), "{text}");
    }
}

#[test]
fn an_echoed_path_is_not_shown() {
    for (path, echo) in [
        ("/token-secret", r#"{"errors":["Cannot POST /token-secret/api/v1/series"]}"#),
        ("/token-secret", r#"{"errors":["unknown tenant token-secret"]}"#),
        ("/%74oken-secret/x", r#"{"errors":["Cannot POST /token-secret/x/api/v1/series"]}"#),
        ("/%74oken-secret", r#"{"errors":["\u002ftoken-secret"]}"#),
    ] {
        for status in [400, 403, 404] {
            let endpoint = Endpoint::new(move |_, _| Some((status, echo)));
            let url = format!("http://{}{path}", endpoint.address);
            let stats = endpoint.builder().api_host(url).build().unwrap();
            stats.gauge("a", 1, &[]);
            // A rejected key is tried again, so the flush may not end.
            while problem(&stats).is_empty() {
                let _ = stats.flush(Duration::from_millis(50));
            }
            let problem = problem(&stats);
            assert!(problem.contains(&status.to_string()), "{problem}");
            let health = stats.health();
            for text in [&problem, health.message().unwrap(), &format!("{stats:?}")] {
                assert!(!text.contains("secret"), "{text}");
            }
        }
    }
}

#[test]
fn errors_of_build_do_not_show_the_key() {
    let build = |host: &str| {
        let error = Endpoint::accepting_all().builder().api_host(host).build().unwrap_err();
        let texts = [error.to_string(), format!("{error:?}")];
        assert!(texts.iter().all(|text| !text.contains(KEY)));
        error.to_string()
    };
    let error = build("http://localhost:99999/secret");
    assert!(error.contains("`api_host` has a value that is not accepted"), "{error}");
    assert!(error.contains("with a port from 1 to 65535 if any"), "{error}");
    assert!(!error.contains("/secret"), "{error}");
    let error =
        Endpoint::accepting_all().builder().api_key("a key\n").build().unwrap_err().to_string();
    assert!(!error.contains("a key\n"), "{error}");
}

#[test]
fn posts_are_retried_after_temporary_errors() {
    for reply in [
        Some((408, "")),
        Some((500, r#"{"errors":["overload"]}"#)),
        Some((503, "")),
        Some((429, "Retry-After: 1\n\n")),
    ] {
        let endpoint = Endpoint::new(move |_, before| if before == 0 { reply } else { ACCEPTED });
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
        let (problem, code) = (problem(&stats), reply.unwrap().0.to_string());
        assert!(problem.contains(&code), "{problem}");
    }
}

#[test]
fn a_flush_ends_after_its_timeout() {
    let endpoint = Endpoint::new(|_, _| None);
    let stats = endpoint.builder().build().unwrap();
    stats.increment("a", 1, &[]);
    let start = Instant::now();
    stats.flush(Duration::from_millis(100)).unwrap_err();
    stats.flush(Duration::ZERO).unwrap_err();
    assert!(start.elapsed() < PATIENCE / 2);
    endpoint.wait_for(1);
    // Calls do not wait for a hanging post.
    let start = Instant::now();
    for _ in 0..1_000 {
        stats.increment("a", 1, &[]);
    }
    assert!(start.elapsed() < PATIENCE / 2);
    assert_eq!(counts(&stats), (0, 0, 0));
}

#[test]
fn an_api_that_comes_up_late_gets_everything() {
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
    assert!(error.contains("does not respond"), "{error}");
    assert_eq!(counts(&stats), (0, 0, 0));
    let endpoint = Endpoint::at(TcpListener::bind(address).unwrap(), |_, _| ACCEPTED);
    stats.flush(PATIENCE).unwrap();
    assert_eq!(counts(&stats), (2, 0, 0));
    assert_eq!(endpoint.requests().len(), 2);
}

#[test]
fn a_rejected_post_loses_no_other() {
    let endpoint = Endpoint::new(|request, _| match request.body["title"].as_str() {
        Some("2") => Some((400, r#"{"errors":["bad title"]}"#)),
        _ => ACCEPTED,
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
    assert!(problem.ends_with(" responded 400: bad title"), "{problem}");
}

#[test]
fn a_post_that_is_too_large_is_split() {
    let is_large = |request: &Request| request.body.as_array().is_some_and(|list| list.len() > 3);
    let endpoint =
        Endpoint::new(move |request, _| if is_large(request) { Some((413, "")) } else { ACCEPTED });
    let stats = endpoint.builder().build().unwrap();
    for number in 0..20 {
        stats.service_check(ServiceCheck::new(format!("a{number}"), ServiceStatus::Ok));
    }
    stats.flush(PATIENCE).unwrap();
    assert_eq!(counts(&stats), (20, 0, 0));
    let bodies = endpoint.bodies("check_run").into_iter();
    let accepted =
        bodies.filter_map(|body| body.as_array().filter(|list| list.len() <= 3).cloned());
    let names: Vec<_> = accepted.flatten().map(|check| check["check"].clone()).collect();
    let expected: Vec<_> = (0..20).map(|number| json!(format!("panopticon.a{number}"))).collect();
    assert_eq!(names, expected);
}

#[test]
fn series_are_limited() {
    let endpoint = Endpoint::accepting_all();
    let stats = endpoint.builder().build().unwrap();
    // Enough to overflow a bucket, even if a period ends meanwhile.
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
fn events_and_service_checks_are_limited() {
    let endpoint = Endpoint::new(|_, _| None);
    let stats = endpoint.builder().build().unwrap();
    for _ in 0..1_003 {
        stats.event(Event::new("a", "b"));
    }
    assert!(problem(&stats).contains("1000 events"), "{}", problem(&stats));
    for _ in 0..10_004 {
        stats.service_check(ServiceCheck::new("a", ServiceStatus::Ok));
    }
    assert!(problem(&stats).contains("10000 service checks"), "{}", problem(&stats));
    assert_eq!(counts(&stats), (0, 7, 0));
    stats.flush(Duration::from_millis(10)).unwrap_err();
    assert_eq!(counts(&stats), (0, 7, 0));
}

#[test]
fn each_call_is_counted_once() {
    let endpoint = Endpoint::new(|request, before| match before % 5 {
        1 => Some((400, "")),
        3 if request.line.ends_with("series") => Some((413, "")),
        _ => ACCEPTED,
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
fn the_path_of_the_api_is_in_no_problem() {
    const TOKEN: &str = "token-of-the-proxy";
    let unused = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let endpoints =
        [403, 302, 400, 500].map(|status| Endpoint::new(move |_, _| Some((status, ""))));
    for address in endpoints.iter().map(|endpoint| endpoint.address).chain([unused]) {
        let stats = builder(address).api_host(format!("http://{address}/{TOKEN}")).build().unwrap();
        stats.increment("a", 1, &[]);
        let start = Instant::now();
        let problem = loop {
            // Posts immediately.
            let _ = stats.flush(Duration::from_millis(10));
            if let Some(problem) = stats.delivery().problem {
                break problem;
            }
            assert!(start.elapsed() < PATIENCE, "there is no problem");
        };
        assert!(problem.contains(&format!("http://{address} ")), "{problem}");
        let shown = format!("{problem} {stats:?} {:?} {:?}", stats.health(), stats.settings());
        assert!(!shown.contains(TOKEN), "{shown}");
    }
    // The posts do go there.
    assert_eq!(endpoints[0].requests()[0].line, format!("POST /{TOKEN}/api/v1/series"));
}
