//! The layer around services that are called directly.

use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::future::{Ready, pending, poll_fn, ready};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use http::{Method, Request, Response, StatusCode};
use panopticon::datadog::requests::{RequestMetrics, RequestMetricsLayer};
use panopticon::datadog::testing::Recorder;
use panopticon::datadog::{AlertType, Event, Kind, Stats, Value};
use tokio::sync::Barrier;
use tower::{BoxError, Layer, Service, ServiceBuilder, ServiceExt, service_fn};

/// What was counted, such as `successful GET /orders/:id 2xx`, sorted; each with its time.
pub(crate) fn counted(recorder: &Recorder) -> Vec<String> {
    let (mut counted, mut timed) = (Vec::new(), Vec::new());
    for metric in recorder.metrics() {
        let [(method, of_method), (route, of_route), (status, of_status)] = &*metric.tags else {
            panic!("{metric:?}")
        };
        assert_eq!([method, route, status], ["method", "route", "status"]);
        let of = format!("{of_method} {of_route} {of_status}");
        if metric.name == "requests.time_ms" {
            assert_eq!(metric.kind, Kind::Histogram);
            assert!(matches!(metric.value, Value::Float(time) if time >= 0.0), "{metric:?}");
            timed.push(of);
        } else {
            assert_eq!((metric.kind, metric.value), (Kind::Count, Value::Signed(1)));
            counted.push((of, metric.name.strip_prefix("requests.").unwrap().to_owned()));
        }
    }
    counted.sort_unstable();
    timed.sort_unstable();
    assert!(timed.iter().eq(counted.iter().map(|(of, _)| of)), "{timed:#?} {counted:#?}");
    counted.into_iter().map(|(of, what)| format!("{what} {of}")).collect()
}

fn layer(recorder: &Recorder) -> RequestMetricsLayer {
    RequestMetricsLayer::new(&recorder.stats()).route(|_| Some("/"))
}

fn get(path: &str) -> Request<()> {
    Request::get(path).body(()).unwrap()
}

async fn answer(_: Request<()>) -> Result<Response<()>, Infallible> {
    Ok(Response::new(()))
}

async fn panic_at_work(_: Request<()>) -> Result<Response<()>, Infallible> {
    panic!("at work")
}

async fn wait(_: Request<()>) -> Result<Response<()>, Infallible> {
    pending().await
}

fn poll_once<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// The response of a service that answers at once, and what was counted.
fn answered<E: fmt::Display + 'static>(answer: Result<Response<()>, E>) -> (String, Vec<Event>) {
    let recorder = Recorder::new();
    let mut answer = Some(answer);
    let service = service_fn(|_: Request<()>| ready(answer.take().unwrap()));
    let _ = poll_once(layer(&recorder).layer(service).call(get("/")));
    let counted = counted(&recorder);
    assert_eq!(counted.len(), 1, "{counted:?}");
    (counted[0].clone(), recorder.events())
}

/// The same of one whose future or call panics; also the panic.
fn panicked<F>(call: impl Fn() -> F) -> (String, Vec<Event>, Box<dyn std::any::Any + Send>)
where
    F: Future<Output = Result<Response<()>, Infallible>>,
{
    let recorder = Recorder::new();
    let mut service = layer(&recorder).layer(service_fn(|_: Request<()>| call()));
    let panic = catch_unwind(AssertUnwindSafe(|| poll_once(service.call(get("/"))))).unwrap_err();
    let counted = counted(&recorder);
    assert_eq!(counted.len(), 1, "{counted:?}");
    (counted[0].clone(), recorder.events(), panic)
}

fn happened(text: &str, status: &str) -> Vec<Event> {
    let event = Event::new("Exception occurred at /", text)
        .alert_type(AlertType::Error)
        .aggregation_key("/")
        .tags(&[("method", "GET"), ("route", "/"), ("status", status)]);
    vec![event]
}

#[test]
fn statuses() {
    for status in 100..=999 {
        let mut response = Response::new(());
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        let (counted, events) = answered(Ok::<_, Infallible>(response));
        let (what, class) = match status {
            500.. => ("failed", 5),
            _ => ("successful", status / 100),
        };
        assert_eq!(counted, format!("{what} GET / {class}xx"), "{status}");
        assert_eq!(events, []);
    }
}

#[derive(Debug)]
struct Broken(io::Error);

impl Error for Broken {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no orders")
    }
}

#[test]
fn errors() {
    let broken = || Broken(io::Error::other("the disk is full"));

    let (counted, events) = answered(Err(BoxError::from(broken())));
    assert_eq!(counted, "failed GET / error");
    assert_eq!(events, happened("GET / failed: no orders: the disk is full", "error"));

    let (counted, events) = answered(Err(broken()));
    assert_eq!(counted, "failed GET / error");
    assert_eq!(events, happened("GET / failed: no orders", "error"));
}

/// Of both forms, the alternate one has the sources, as in anyhow.
struct Alternate;

impl fmt::Display for Alternate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if f.alternate() { "no orders: no disk" } else { "no orders" })
    }
}

#[test]
fn an_error_in_its_alternate_form() {
    let (_, events) = answered(Err(Alternate));
    assert_eq!(events, happened("GET / failed: no orders: no disk", "error"));
}

struct Unspeakable;

impl fmt::Display for Unspeakable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("no text")
    }
}

#[test]
fn an_error_whose_text_panics_is_returned_all_the_same() {
    let recorder = Recorder::new();
    let service = service_fn(|_: Request<()>| ready(Err::<Response<()>, _>(Unspeakable)));
    let polled = poll_once(layer(&recorder).layer(service).call(get("/")));
    assert!(matches!(polled, Poll::Ready(Err(Unspeakable))));
    assert_eq!(counted(&recorder), ["failed GET / error"]);
    assert_eq!(recorder.events(), happened("GET / failed: its text panicked", "error"));
}

#[test]
fn panics_go_on_as_they_were() {
    let (counted, events, panic) = panicked(|| async { panic!("at work") });
    assert_eq!(counted, "failed GET / panic");
    assert_eq!(events, happened("GET / panicked: at work", "panic"));
    assert_eq!(panic.downcast_ref(), Some(&"at work"));

    let (counted, events, panic) = panicked(|| async { panic!("at {}", "work".to_owned()) });
    assert_eq!(counted, "failed GET / panic");
    assert_eq!(events, happened("GET / panicked: at work", "panic"));
    assert_eq!(panic.downcast_ref(), Some(&"at work".to_owned()));

    let (counted, events, panic) = panicked(|| async { panic_any(7) });
    assert_eq!(counted, "failed GET / panic");
    assert_eq!(events, happened("GET / panicked", "panic"));
    assert_eq!(panic.downcast_ref(), Some(&7));
}

#[test]
fn a_panic_before_there_is_a_future() {
    let (counted, events, panic) = panicked::<Ready<_>>(|| panic!("at the door"));
    assert_eq!(counted, "failed GET / panic");
    assert_eq!(events, happened("GET / panicked: at the door", "panic"));
    assert_eq!(panic.downcast_ref(), Some(&"at the door"));
}

#[test]
fn a_panic_where_the_route_is_said() {
    let recorder = Recorder::new();
    let layer = RequestMetricsLayer::new(&recorder.stats()).route(|request| {
        request.uri.path().strip_prefix("/api").expect("all are").to_owned().into()
    });
    let mut service = layer.layer(service_fn(answer));
    assert!(poll_once(service.call(get("/api/orders"))).is_ready());
    catch_unwind(AssertUnwindSafe(|| drop(service.call(get("/"))))).unwrap_err();
    assert_eq!(counted(&recorder), ["successful GET /orders 2xx", "failed GET unmatched panic"]);
}

#[test]
fn dropped() {
    for polls in 0..3 {
        let recorder = Recorder::new();
        let service = service_fn(wait);
        let mut response = Box::pin(layer(&recorder).layer(service).call(get("/")));
        for _ in 0..polls {
            assert!(poll_once(response.as_mut()).is_pending());
        }
        assert_eq!(counted(&recorder), [""; 0]);
        drop(response);
        assert_eq!(counted(&recorder), ["failed GET / dropped"]);
        assert_eq!(recorder.events(), []);
    }
}

#[test]
fn dropped_while_another_panic_unwinds() {
    let recorder = Recorder::new();
    let service = service_fn(wait);
    let mut service = layer(&recorder).layer(service);
    catch_unwind(AssertUnwindSafe(|| {
        let _response = service.call(get("/"));
        panic!("elsewhere");
    }))
    .unwrap_err();
    assert_eq!(counted(&recorder), ["failed GET / dropped"]);
}

#[test]
fn dropped_with_a_panic_on_the_way() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("while it is dropped");
        }
    }
    let recorder = Recorder::new();
    let service = service_fn(|_: Request<()>| {
        let bomb = Bomb;
        async move {
            let _bomb = bomb;
            pending::<Result<Response<()>, Infallible>>().await
        }
    });
    let response = layer(&recorder).layer(service).call(get("/"));
    catch_unwind(AssertUnwindSafe(|| drop(response))).unwrap_err();
    assert_eq!(counted(&recorder), ["failed GET / dropped"]);
}

#[test]
fn methods_are_bounded() {
    let recorder = Recorder::new();
    let mut service = layer(&recorder).layer(service_fn(answer));
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
fn routes_as_they_are_shown() {
    for (said, sent) in [
        (Some("/orders"), "/orders"),
        (Some("/orders/{id}/lines/{line}"), "/orders/:id/lines/:line"),
        (Some("/files/{*path}"), "/files/:path"),
        (Some("orders.v1.Orders/Place"), "orders.v1.Orders/Place"),
        (Some(""), "unmatched"),
        (None, "unmatched"),
    ] {
        let recorder = Recorder::new();
        let layer = RequestMetricsLayer::new(&recorder.stats()).route(move |_| said);
        let mut service = layer.layer(service_fn(|_| ready(Err::<Response<()>, _>("broken"))));
        assert!(poll_once(service.call(get("/orders/7"))).is_ready());
        assert_eq!(counted(&recorder), [format!("failed GET {sent} error")]);
        let event = &recorder.events()[0];
        assert_eq!(event.title(), format!("Exception occurred at {sent}"));
        assert_eq!(event.text(), format!("GET {sent} failed: broken"));
    }
}

#[test]
fn no_route_is_said() {
    let recorder = Recorder::new();
    let mut service = RequestMetricsLayer::new(&recorder.stats()).layer(service_fn(answer));
    for number in 0..100 {
        assert!(poll_once(service.call(get(&format!("/orders/{number}")))).is_ready());
    }
    assert_eq!(counted(&recorder), ["successful GET unmatched 2xx"; 100]);
}

#[test]
fn requests_and_responses_are_passed_on_as_they_are() {
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
    assert_eq!(response.into_body(), Body("body".into()));
    assert_eq!(counted(&recorder), ["successful PUT / 1xx"]);
}

#[test]
fn a_disabled_client() {
    let layer =
        RequestMetricsLayer::new(&Stats::disabled()).route(|_| -> Option<&str> { panic!() });
    let mut service = layer.layer(service_fn(answer));
    assert!(poll_once(service.call(get("/"))).is_ready());

    let mut service = layer.layer(service_fn(panic_at_work));
    let panic = catch_unwind(AssertUnwindSafe(|| poll_once(service.call(get("/")))));
    assert_eq!(panic.unwrap_err().downcast_ref(), Some(&"at work"));
}

#[test]
fn without_events() {
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
    // Not microseconds: half a minute would be a machine that stands still.
    assert!(time < 30_000.0, "{time}");
}

/// Ready only once; a clone is not.
struct Bucket {
    is_ready: bool,
}

impl Clone for Bucket {
    fn clone(&self) -> Self {
        Self { is_ready: false }
    }
}

impl Service<Request<()>> for Bucket {
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
async fn what_is_called_is_what_was_ready() {
    let recorder = Recorder::new();
    let mut service = layer(&recorder).layer(Bucket { is_ready: false });
    for _ in 0..3 {
        service.ready().await.unwrap().call(get("/")).await.unwrap();
        service.clone().oneshot(get("/")).await.unwrap();
    }
    assert_eq!(counted(&recorder).len(), 6);
}

/// Never ready.
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
        unreachable!("it is not ready")
    }
}

#[tokio::test]
async fn a_service_that_is_not_ready_has_no_request() {
    let recorder = Recorder::new();
    let error = layer(&recorder).layer(Closed).oneshot(get("/")).await.unwrap_err();
    assert_eq!(error.to_string(), "closed");
    assert_eq!(counted(&recorder), [""; 0]);
    assert_eq!(recorder.events(), []);
}

#[tokio::test(start_paused = true)]
async fn a_timeout_outside_drops_and_one_inside_is_an_error() {
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
    assert_eq!(recorder.events(), happened("GET / failed: request timed out", "error"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_at_once() {
    const EACH: usize = 25;
    let recorder = Recorder::new();
    let layer = RequestMetricsLayer::new(&recorder.stats())
        .route(|request| Some(request.uri.path().to_owned()));
    let all_are_there = Arc::new(Barrier::new(4 * EACH));
    let service = layer.layer(service_fn(move |request: Request<()>| {
        let all_are_there = Arc::clone(&all_are_there);
        async move {
            all_are_there.wait().await;
            match request.uri().path() {
                "/answered" => Ok(Response::new(())),
                "/broken" => Err("broken"),
                "/panicking" => panic!("at work"),
                _ => pending().await,
            }
        }
    }));
    let ask = |path: &'static str| tokio::spawn(service.clone().oneshot(get(path)));
    let mut asked = Vec::new();
    let mut waiting = Vec::new();
    for _ in 0..EACH {
        asked.extend(["/answered", "/broken", "/panicking"].map(ask));
        waiting.push(ask("/dropped"));
    }
    for task in asked {
        let _ = task.await;
    }
    // Those that are left have passed the barrier too.
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
fn no_more_is_asked_of_a_service_than_must_be() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let recorder = Recorder::new();
    let service: RequestMetrics<_> = is_send(layer(&recorder).layer(service_fn(answer)));
    assert!(poll_once(is_send(service.clone().call(get("/")))).is_ready());

    // A future that is neither `Send` nor `Unpin`, of a service that is not `Clone`.
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
