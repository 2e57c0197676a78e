//! The report over HTTP for servers without `tower`: plain strings in, plain bytes out.

use http_body_util::BodyExt;
use panopticon::{CheckOptions, Health, HealthRequest, HealthResponse, Panopticon};
use serde_json::Value;
use tower_service::Service;

use crate::schemas;

fn health() -> Panopticon {
    Panopticon::empty()
        .check("disk", CheckOptions::new(), || async { Health::unhealthy("full") })
        .check("queue", CheckOptions::new(), || async {})
        .build()
        .unwrap()
}

fn headers(response: &HealthResponse) -> Vec<(String, String)> {
    response.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn error(response: HealthResponse) -> String {
    let body: Value = serde_json::from_slice(&response.into_body()).unwrap();
    body["error"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_answer_is_that_of_the_tower_service() {
    let health = health();
    for method in ["GET", "HEAD", "OPTIONS", "POST", "BREW"] {
        for target in [
            "/healthcheck/queue",
            "/healthcheck/queue?pretty",
            "/healthcheck/disk",
            "/healthcheck/liveness?collection=none",
            "/healthcheck/none",
            "/healthcheck?pretty=very",
            "/healthcheck/%zz",
            "/",
        ] {
            // The report's own path is not among them, since its timestamp is that of the request.
            let answer = health.answer(HealthRequest::new(method, target)).await;
            let request = http::Request::builder().method(method).uri(target).body(()).unwrap();
            let response = health.http_service().call(request).await.unwrap();

            assert_eq!(answer.status(), response.status().as_u16(), "{method} {target}");
            let expected: Vec<_> = response
                .headers()
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
                .collect();
            assert_eq!(headers(&answer), expected, "{method} {target}");
            let media_type = response.headers().get("content-type").cloned();
            let body = response.into_body().collect().await.unwrap().to_bytes();
            if method == "HEAD" {
                // The server leaves the body out, as it does for its own handlers.
                let of_get = health.answer(HealthRequest::get(target)).await;
                assert_eq!(answer.into_body(), of_get.into_body(), "{target}");
            } else {
                let media_type = media_type.as_ref().map_or("", |it| it.to_str().unwrap());
                schemas::assert_answer_valid(answer.status(), media_type, &body);
                assert_eq!(answer.into_body(), body, "{method} {target}");
            }
        }
    }
}

#[tokio::test]
async fn a_report_is_in_one_piece() {
    let answer = health().answer(HealthRequest::get("/healthcheck")).await;
    assert_eq!(answer.status(), 503);
    let length = headers(&answer).into_iter().find(|(name, _)| name == "content-length").unwrap().1;
    let body = answer.into_body();
    assert_eq!(length, body.len().to_string());
    let report: panopticon::Report = serde_json::from_slice(&body).unwrap();
    assert_eq!(report.to_string(), "service unhealthy: disk unhealthy (full), queue healthy");
}

#[tokio::test]
async fn headers_are_of_any_kind_of_string() {
    let health = health();
    let mut of_http = http::HeaderMap::new();
    of_http.append("accept", "text/html, */*;q=0.1".parse().unwrap());
    of_http.append("accept", http::HeaderValue::from_bytes(b"\xff").unwrap());
    let request = HealthRequest::get("/healthcheck/queue")
        .headers(&of_http)
        .headers([("Authorization", "Bearer 1234")])
        .headers(vec![("x-request-id".to_owned(), b"7".to_vec())]);
    assert_eq!(health.answer(request).await.status(), 200);
}

#[tokio::test]
async fn a_malformed_request_is_400_and_shows_no_values_of_headers() {
    let health = health();
    let get = || HealthRequest::get("/healthcheck");
    for (request, expected) in [
        (HealthRequest::new("G T", "/healthcheck"), "the method must not be \"G T\": "),
        (HealthRequest::new("", "/healthcheck"), "the method must not be \"\": "),
        (HealthRequest::get("/a b"), "the path and query of the request must not be \"/a b\": "),
        (HealthRequest::get(""), "the path and query of the request must not be \"\": "),
        (get().headers([("a b", "c")]), "a header must not be named \"a b\": "),
        (
            get().headers([("cookie", "hunter\n2"), ("a b", "c")]),
            "the header \"cookie\" must have a valid value: ",
        ),
    ] {
        let answer = health.answer(request).await;
        assert_eq!(answer.status(), 400, "{expected}");
        let error = error(answer);
        assert!(error.starts_with(expected) && !error.contains("hunter"), "{error}");
    }
}

/// A framework passes on such a path when it has matched all before it.
#[tokio::test]
async fn a_path_without_a_slash_is_400_and_never_the_whole_report() {
    let health = health();
    for service in [health.http_service(), health.http_service().nested()] {
        for path in
            ["liveness", "queue", "queue/", "liveness?pretty", "localhost:80", "healthcheck"]
        {
            assert_eq!(service.answer(HealthRequest::get(path)).await.status(), 400, "{path}");
        }
    }
    let expected = "the path must begin with a slash, which \"liveness\" does not";
    assert_eq!(error(health.answer(HealthRequest::get("liveness")).await), expected);
    let whole = HealthRequest::get("http://localhost:80/healthcheck/queue");
    assert_eq!(health.answer(whole).await.status(), 200);
}

#[test]
fn any_executor_will_do() {
    let answered = futures_executor(health().answer(HealthRequest::get("/healthcheck/queue")));
    assert_eq!(answered.status(), 200);
}

/// Runs a future to completion on this thread, without tokio.
fn futures_executor<F: Future>(future: F) -> F::Output {
    use std::sync::Arc;
    use std::task::{Context, Poll, Wake, Waker};
    use std::thread::{self, Thread};

    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
