//! URL checks that are known when the service starts.

use std::time::Duration;

use panopticon::checks::url::{JsonExpectation, check_url};
use panopticon::{CheckOptions, Panopticon, ProblemKind, Status};

use super::server::Server;

fn options() -> CheckOptions {
    CheckOptions::new()
}

#[tokio::test]
async fn a_check_of_the_builder_runs() {
    let server = Server::with_status(204);
    let check = check_url(server.url("/status")).expected_status(204);
    let health =
        Panopticon::empty().check_url("search", options().cache(Duration::ZERO), check).build();
    let health = health.unwrap();
    for _ in 0..2 {
        assert_eq!(health.report().await.component("search").unwrap().status(), Status::Healthy);
        assert_eq!(server.request_line(), "GET /status HTTP/1.1");
    }
}

#[test]
fn build_finds_every_mistake() {
    let file = file!();
    let first = line!() + 2;
    let builder = Panopticon::empty()
        .check_url("a", options(), check_url(" "))
        .check_url("b", options(), check_url("ftp://user:hunter2@host/hunter2").method("LOOK"))
        .check_url("c", options(), check_url("http://host/").json_path("status", 1))
        .check_url("d", options(), check_url("https://host/"))
        .check_url(
            "e",
            options(),
            check_url("https://host/").client_certificate_files("/no\nwhere", "/nowhere"),
        );
    let error = builder.build().unwrap_err();
    let problems: Vec<_> = error.problems().iter().collect();
    assert!(problems.iter().all(|problem| problem.kind() == ProblemKind::InvalidCheck));
    let mut lines: Vec<_> = problems.iter().map(|problem| problem.places()[0].line()).collect();
    lines.sort_unstable();
    assert_eq!(lines, [first, first + 1, first + 1, first + 2, first + 4], "{error}");
    let text = error.to_string();
    for expected in [
        &format!("health check `a` at {file}:{first} cannot work: No URL specified to check."),
        "cannot work: the URL has the scheme `ftp`, which is neither",
        "cannot work: `method` must be GET",
        "cannot work: `json_path` 1 must have a path such as `$.status`",
        "cannot work: `client_certificate_files`: the chain, `/no\\nwhere`, cannot be read (",
    ] {
        assert!(text.contains(expected), "{expected} in {text}");
    }
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn a_check_that_is_switched_off_may_be_invalid() {
    let builder = Panopticon::empty().check_url("a", options(), check_url("")).check_url(
        "b",
        options(),
        check_url("http://host/"),
    );
    builder.without("a").build().unwrap();
}

#[test]
fn a_check_is_validated_where_it_is_made() {
    let check = check_url("http://host/").json_path("$.status", JsonExpectation::exists());
    let _ = check.validated().unwrap();
    let invalid = check_url("host").timeout(Duration::ZERO).validated().unwrap_err();
    let mistakes: Vec<_> = invalid.mistakes().collect();
    assert_eq!(mistakes.len(), 2);
    assert!(mistakes[0].starts_with("the URL has no scheme; write one"), "{mistakes:?}");
    assert_eq!(mistakes[1], "`timeout` must be more than zero and at most 30 days, not 0ns");
    let message = check_url("host").timeout(Duration::ZERO).check_blocking();
    assert_eq!(message.message(), Some(&*invalid.to_string()));
    let none = check_url("").validated().unwrap_err();
    assert_eq!(none.to_string(), "No URL specified to check.");
}
