//! The other ways to mount the report in axum 0.7, whose `OriginalUri` is not the type that
//! panopticon knows.

use axum::Router;
use panopticon::{CheckOptions, Panopticon};
use tokio::net::TcpListener;

use crate::http::request;

async fn serve(app: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
    let address = listener.local_addr().expect("it listens").to_string();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

async fn ask(address: &str, path: &str) -> (u16, String) {
    let (address, line) = (address.to_owned(), format!("GET {path}"));
    let asked = tokio::task::spawn_blocking(move || request(&address, &line, "HTTP/1.1")).await;
    let answer = asked.expect("the request does not panic");
    (answer.status, answer.body)
}

fn health() -> Panopticon {
    let options = CheckOptions::new();
    Panopticon::empty().check("search", options, || async {}).build().expect("it is valid")
}

#[tokio::test]
async fn axum_0_7_serves_the_report_routed_nested_and_as_a_fallback() {
    let service = health().http_service();
    let apps = [
        (
            Router::new()
                .route_service("/healthcheck", service.clone())
                .route_service("/healthcheck/", service.clone())
                .route_service("/healthcheck/*rest", service.clone()),
            "/healthcheck",
        ),
        (Router::new().nest_service("/healthcheck", service.clone().nested()), "/healthcheck"),
        (Router::new().nest_service("/health", service.clone().nested()), "/health"),
        (Router::new().nest_service("/internal", service.clone()), "/internal/healthcheck"),
        (
            Router::new().nest_service("/internal/healthcheck", service.clone().nested()),
            "/internal/healthcheck",
        ),
        (Router::new().nest_service("/internal", service.clone().nested()), "/internal"),
        (Router::new().fallback_service(service), "/healthcheck"),
    ];
    for (app, at) in apps {
        let address = serve(app).await;
        for below in ["", "/", "?pretty", "/readiness", "/readiness/", "/search", "/search/"] {
            let path = format!("{at}{below}");
            let (status, body) = ask(&address, &path).await;
            assert_eq!(status, 200, "{path}: {body}");
        }
        let path = format!("{at}/unknown");
        let (status, body) = ask(&address, &path).await;
        assert_eq!(status, 404, "{path}");
        assert!(body.contains(r#""components":["search"]"#), "{path}: {body}");
    }
}

#[tokio::test]
async fn without_nested_the_answer_says_what_to_do() {
    for at in ["/healthcheck", "/internal/healthcheck"] {
        let address = serve(Router::new().nest_service(at, health().http_service())).await;
        let (status, body) = ask(&address, &format!("{at}/readiness")).await;
        assert_eq!(status, 404);
        assert!(body.contains("serve `http_service().nested()`"), "{body}");
    }
}
