//! The layer around services called directly: tags, readiness, concurrency and what it passes on.

use std::convert::Infallible;
use std::future::{Ready, pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Method, Request, Response, StatusCode};
use panopticon::datadog::Stats;
use panopticon::datadog::requests::{RequestMetrics, RequestMetricsLayer};
use panopticon::datadog::testing::Recorder;
use tokio::sync::Barrier;
use tower::{BoxError, Layer, Service, ServiceBuilder, ServiceExt, service_fn};

use super::calls::{counted, get, happened, layer, panic_at_work, poll_once, respond, wait};

#[test]
fn unknown_methods_are_sent_as_other() {
    let recorder = Recorder::new();
    let mut service = layer(&recorder).layer(service_fn(respond));
    let made_up = (0..1_000).map(|number| format!("MADE-UP-{number}"));
    let named = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];
    let named = named.map(str::to_owned);
    for method in named.clone().into_iter().chain(made_up).chain(["get".to_owned()]) {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = Request::builder().method(method).body(()).unwrap();
        assert!(poll_once(service.call(request)).is_ready());
    }
    let mut expected = named.map(|method| format!("successful {method} / 2xx")).to_vec();
    expected.extend(vec!["successful other / 2xx".to_owned(); 1_001]);
    expected.sort_unstable();
    assert_eq!(counted(&recorder), expected);
}

#[test]
fn routes_are_sent_without_braces() {
    for (route, sent) in [
        (Some("/orders"), "/orders"),
        (Some("/orders/{id}/lines/{line}"), "/orders/:id/lines/:line"),
        (Some("/files/{*path}"), "/files/:path"),
        (Some("orders.v1.Orders/Place"), "orders.v1.Orders/Place"),
        (Some(""), "unmatched"),
        (None, "unmatched"),
    ] {
        let recorder = Recorder::new();
        let layer = RequestMetricsLayer::new(&recorder.stats()).route(move |_| route);
        let mut service = layer.layer(service_fn(|_| ready(Err::<Response<()>, _>("broken"))));
        assert!(poll_once(service.call(get("/orders/7"))).is_ready());
        assert_eq!(counted(&recorder), [format!("failed GET {sent} error")]);
        let event = &recorder.events()[0];
        assert_eq!(event.title(), format!("Exception occurred at {sent}"));
        assert_eq!(event.text(), format!("GET {sent} failed"));
    }
}

#[test]
fn requests_without_a_route_are_unmatched() {
    let recorder = Recorder::new();
    let mut service = RequestMetricsLayer::new(&recorder.stats()).layer(service_fn(respond));
    for number in 0..100 {
        assert!(poll_once(service.call(get(&format!("/orders/{number}")))).is_ready());
    }
    assert_eq!(counted(&recorder), ["successful GET unmatched 2xx"; 100]);
}

#[test]
fn requests_and_responses_are_passed_on_unchanged() {
    #[derive(Clone, Debug, PartialEq)]
    struct Extension(&'static str);
    /// Neither `Clone` nor `Send`.
    #[derive(Debug, PartialEq)]
    struct Body(std::rc::Rc<str>);

    let recorder = Recorder::new();
    let mut service = layer(&recorder).layer(service_fn(|request: Request<Body>| {
        assert_eq!(request.method(), Method::PUT);
        assert_eq!(request.uri(), "/orders/7?a=b");
        assert_eq!(request.headers()["x-of"], "request");
        assert_eq!(request.extensions().get(), Some(&Extension("request")));
        let response = Response::builder()
            .status(StatusCode::SWITCHING_PROTOCOLS)
            .header("upgrade", "websocket")
            .extension(Extension("response"))
            .body(request.into_body());
        ready(Ok::<_, Infallible>(response.unwrap()))
    }));
    let request = Request::put("/orders/7?a=b")
        .header("x-of", "request")
        .extension(Extension("request"))
        .body(Body("body".into()))
        .unwrap();
    let Poll::Ready(Ok(response)) = poll_once(service.call(request)) else { panic!() };
    assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
    assert_eq!(response.headers()["upgrade"], "websocket");
    assert_eq!(response.extensions().get(), Some(&Extension("response")));
    assert_eq!(response.into_body().into_inner(), Body("body".into()));
    assert_eq!(counted(&recorder), ["successful PUT / 1xx"]);
}

#[test]
fn a_disabled_client_passes_requests_on() {
    let layer =
        RequestMetricsLayer::new(&Stats::disabled()).route(|_| -> Option<&str> { panic!() });
    let mut service = layer.layer(service_fn(respond));
    assert!(poll_once(service.call(get("/"))).is_ready());

    let mut service = layer.layer(service_fn(panic_at_work));
    let panic = catch_unwind(AssertUnwindSafe(|| poll_once(service.call(get("/")))));
    assert_eq!(panic.unwrap_err().downcast_ref(), Some(&"at work"));
}

#[test]
fn without_events_only_metrics_are_sent() {
    let recorder = Recorder::new();
    let layer = layer(&recorder).without_events();
    let mut broken = layer.layer(service_fn(|_| ready(Err::<Response<()>, _>("broken"))));
    assert!(poll_once(broken.call(get("/"))).is_ready());
    let mut panicking = layer.layer(service_fn(panic_at_work));
    catch_unwind(AssertUnwindSafe(|| poll_once(panicking.call(get("/"))))).unwrap_err();
    assert_eq!(counted(&recorder), ["failed GET / error", "failed GET / panic"]);
    assert_eq!(recorder.events(), []);
}

#[test]
fn time_is_in_milliseconds() {
    const WORK: Duration = Duration::from_millis(30);
    let recorder = Recorder::new();
    let mut service = layer(&recorder).layer(service_fn(|_| async {
        std::thread::sleep(WORK);
        Ok::<_, Infallible>(Response::new(()))
    }));
    assert!(poll_once(service.call(get("/"))).is_ready());
    let tags = [("method", "GET"), ("route", "/"), ("status", "2xx")];
    let [time] = recorder.values("requests.time_ms", &tags)[..] else { panic!() };
    assert!(time >= 30.0, "{time}");
    // In microseconds it would be at least 30,000.
    assert!(time < 30_000.0, "{time}");
}

/// A service that is ready for one call; a clone is not.
struct ReadyOnce {
    is_ready: bool,
}

impl Clone for ReadyOnce {
    fn clone(&self) -> Self {
        Self { is_ready: false }
    }
}

impl Service<Request<()>> for ReadyOnce {
    type Response = Response<()>;
    type Error = BoxError;
    type Future = Ready<Result<Response<()>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.is_ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        assert!(std::mem::take(&mut self.is_ready), "called without being ready");
        ready(Ok(Response::new(())))
    }
}

#[tokio::test]
async fn the_ready_service_is_the_one_called() {
    let recorder = Recorder::new();
    let mut service = layer(&recorder).layer(ReadyOnce { is_ready: false });
    for _ in 0..3 {
        service.ready().await.unwrap().call(get("/")).await.unwrap();
        service.clone().oneshot(get("/")).await.unwrap();
    }
    assert_eq!(counted(&recorder).len(), 6);
}

/// A service that is never ready.
#[derive(Clone)]
struct Closed;

impl Service<Request<()>> for Closed {
    type Response = Response<()>;
    type Error = BoxError;
    type Future = Ready<Result<Response<()>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Err("closed".into()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        unreachable!("the service is not ready")
    }
}

#[tokio::test]
async fn an_error_of_poll_ready_is_not_counted() {
    let recorder = Recorder::new();
    let error = layer(&recorder).layer(Closed).oneshot(get("/")).await.unwrap_err();
    assert_eq!(error.to_string(), "closed");
    assert_eq!(counted(&recorder), [""; 0]);
    assert_eq!(recorder.events(), []);
}

#[tokio::test(start_paused = true)]
async fn an_outer_timeout_drops_and_an_inner_one_is_an_error() {
    let never = service_fn(wait);

    let recorder = Recorder::new();
    let outside = ServiceBuilder::new()
        .timeout(Duration::from_secs(1))
        .layer(layer(&recorder))
        .service(never);
    outside.oneshot(get("/")).await.unwrap_err();
    assert_eq!(counted(&recorder), ["failed GET / dropped"]);
    assert_eq!(recorder.events(), []);

    let recorder = Recorder::new();
    let inside = ServiceBuilder::new()
        .layer(layer(&recorder))
        .timeout(Duration::from_secs(1))
        .service(never);
    inside.oneshot(get("/")).await.unwrap_err();
    assert_eq!(counted(&recorder), ["failed GET / error"]);
    assert_eq!(recorder.events(), happened("GET / failed", "error"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_requests_are_all_counted() {
    const EACH: usize = 25;
    let recorder = Recorder::new();
    let layer = RequestMetricsLayer::new(&recorder.stats())
        .route(|request| Some(request.uri.path().to_owned()));
    let barrier = Arc::new(Barrier::new(4 * EACH));
    let service = layer.layer(service_fn(move |request: Request<()>| {
        let barrier = Arc::clone(&barrier);
        async move {
            barrier.wait().await;
            match request.uri().path() {
                "/answered" => Ok(Response::new(())),
                "/broken" => Err("broken"),
                "/panicking" => panic!("at work"),
                _ => pending().await,
            }
        }
    }));
    let call = |path: &'static str| tokio::spawn(service.clone().oneshot(get(path)));
    let mut finishing = Vec::new();
    let mut waiting = Vec::new();
    for _ in 0..EACH {
        finishing.extend(["/answered", "/broken", "/panicking"].map(call));
        waiting.push(call("/dropped"));
    }
    for task in finishing {
        let _ = task.await;
    }
    // The remaining requests have passed the barrier as well.
    for task in waiting {
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    }
    let mut expected = Vec::new();
    for (what, path, status) in [
        ("successful", "/answered", "2xx"),
        ("failed", "/broken", "error"),
        ("failed", "/dropped", "dropped"),
        ("failed", "/panicking", "panic"),
    ] {
        expected.extend(vec![format!("{what} GET {path} {status}"); EACH]);
    }
    assert_eq!(counted(&recorder), expected);
    assert_eq!(recorder.events().len(), 2 * EACH);
}

#[test]
fn services_need_not_be_send_or_clone() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let recorder = Recorder::new();
    let service: RequestMetrics<_> = is_send(layer(&recorder).layer(service_fn(respond)));
    assert!(poll_once(is_send(service.clone().call(get("/")))).is_ready());

    // A service that is not `Clone`, with a future that is neither `Send` nor `Unpin`.
    let not_send = std::rc::Rc::new(());
    let mut service = layer(&recorder).layer(service_fn(move |_: Request<()>| {
        let held = std::rc::Rc::clone(&not_send);
        async move {
            poll_fn(|_| Poll::Ready(())).await;
            drop(held);
            Ok::<_, Infallible>(Response::new(()))
        }
    }));
    assert!(poll_once(service.call(get("/"))).is_ready());
    assert_eq!(counted(&recorder).len(), 2);
}
