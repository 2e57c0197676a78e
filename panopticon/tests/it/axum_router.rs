//! The report over HTTP, as an axum router behind a socket.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use axum::Router;
use axum::extract::State;
use axum::routing::{any, get, head, post};
use panopticon::{CheckOptions, Health, Panopticon, Report};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::schemas;

fn health() -> Panopticon {
    Panopticon::empty()
        .check("database", CheckOptions::new(), || async { Health::unhealthy("no answer") })
        .check("disk", CheckOptions::new(), || async {})
        .build()
        .unwrap()
}

/// Serves `app` for one request, and returns the answer's head and body.
pub(crate) async fn ask(app: Router, request_line: &str) -> io::Result<(String, String)> {
    ask_with_version(app, request_line, "HTTP/1.1").await
}

pub(crate) async fn ask_with_version(
    app: Router,
    request_line: &str,
    version: &str,
) -> io::Result<(String, String)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    let mut connection = TcpStream::connect(address).await?;
    let request =
        format!("{request_line} {version}\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await?;
    server.abort();
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
    let head = head.to_ascii_lowercase();
    schemas::assert_raw_answer_valid(&head, body);
    Ok((head, body.to_owned()))
}

/// Otherwise, another handler of the service would answer instead of the report.
#[tokio::test]
async fn axum_refuses_to_merge_a_route_of_the_services_own_at_our_path() {
    let ours = health().router();
    for methods in [get(own), head(own), post(own), any(own)] {
        let app: Router = Router::new().route("/healthcheck", methods);
        let merged = catch_unwind(AssertUnwindSafe(|| app.merge(ours.clone())));
        assert!(merged.is_err());
    }
    let app: Router = Router::new().route("/health", get(own)).merge(ours);
    let (head, _) = ask(app, "PUT /healthcheck").await.unwrap();
    assert!(head.starts_with("http/1.1 405 "), "{head}");
    assert!(head.contains("\r\nallow: get, head, options\r\n"), "{head}");
    assert_eq!(head.matches("\r\nallow:").count(), 1, "{head}");
}

async fn own() {}

#[tokio::test]
async fn merged_with_the_services_own_routes() {
    let app: Router = Router::new()
        .route("/", get(|State(name): State<&'static str>| async move { name }))
        .merge(health().router())
        .with_state("shop");
    for line in ["GET /healthcheck", "GET /healthcheck/"] {
        let (head, body) = ask(app.clone(), line).await.unwrap();
        assert!(head.starts_with("http/1.1 503 "), "{head}");
        assert!(head.contains("\r\ncontent-type: application/json\r\n"), "{head}");
        assert!(head.contains("\r\ncache-control: no-store\r\n"), "{head}");
        assert!(head.contains(&format!("\r\ncontent-length: {}\r\n", body.len())), "{head}");
        let report: Report = serde_json::from_str(&body).unwrap();
        assert_eq!(
            report.to_string(),
            "service unhealthy: database unhealthy (no answer), disk healthy"
        );
    }
    let (head, _) = ask(app.clone(), "GET /healthcheck/disk").await.unwrap();
    assert!(head.starts_with("http/1.1 200 "), "{head}");
    let (head, body) = ask(app.clone(), "GET /healthcheck/cache").await.unwrap();
    assert!(head.starts_with("http/1.1 404 "), "{head}");
    assert!(body.contains("known components: database, disk"), "{body}");
    let (head, body) = ask(app.clone(), "GET /").await.unwrap();
    assert!(head.starts_with("http/1.1 200 "), "{head}");
    assert_eq!(body, "shop");
}

#[tokio::test]
async fn head_is_answered_and_other_methods_are_refused() {
    let app: Router = health().router();
    let (head, body) = ask(app.clone(), "HEAD /healthcheck/").await.unwrap();
    assert!(head.starts_with("http/1.1 503 "), "{head}");
    assert!(!head.contains("content-length: 0"), "{head}");
    assert_eq!(body, "");
    for path in ["/healthcheck", "/healthcheck/disk"] {
        let (head, _) = ask(app.clone(), &format!("POST {path}")).await.unwrap();
        assert!(head.starts_with("http/1.1 405 "), "{head}");
        assert!(head.contains("\r\nallow: get, head, options\r\n"), "{head}");
    }
}

#[tokio::test]
async fn options_is_answered_over_http_1_0_as_haproxy_sends_it() {
    let app: Router = health().router();
    for (path, status) in [("/healthcheck/disk", 204), ("/healthcheck", 503)] {
        let (head, body) =
            ask_with_version(app.clone(), &format!("OPTIONS {path}"), "HTTP/1.0").await.unwrap();
        assert!(head.starts_with(&format!("http/1.0 {status} ")), "{head}");
        assert!(head.contains("\r\nallow: get, head, options\r\n"), "{head}");
        assert_eq!(body.is_empty(), status == 204, "{body}");
    }
}

#[tokio::test]
async fn nested_below_a_prefix() {
    let app: Router = Router::new().nest("/internal", health().router());
    let (head, _) = ask(app.clone(), "GET /internal/healthcheck/").await.unwrap();
    assert!(head.starts_with("http/1.1 503 "), "{head}");
    let (head, _) = ask(app, "GET /internal/healthcheck/disk").await.unwrap();
    assert!(head.starts_with("http/1.1 200 "), "{head}");
}
