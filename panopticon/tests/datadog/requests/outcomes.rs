//! The outcomes of a request: statuses, errors, panics and dropped requests.

use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::future::{Ready, pending, ready};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::task::Poll;

use http::{Request, Response, StatusCode};
use panopticon::datadog::Event;
use panopticon::datadog::requests::RequestMetricsLayer;
use panopticon::datadog::testing::Recorder;
use tower::{BoxError, Layer, Service, service_fn};

use super::calls::{counted, get, happened, layer, poll_once, respond, wait};

/// Calls a service that returns this result, and returns the count and the events, with the texts of
/// errors.
fn call_with<E: fmt::Display + 'static>(result: Result<Response<()>, E>) -> (String, Vec<Event>) {
    let recorder = Recorder::new();
    let mut result = Some(result);
    let service = service_fn(|_: Request<()>| ready(result.take().unwrap()));
    let _ = poll_once(layer(&recorder).with_error_texts().layer(service).call(get("/")));
    let counted = counted(&recorder);
    assert_eq!(counted.len(), 1, "{counted:?}");
    (counted[0].clone(), recorder.events())
}

/// Calls a service whose call or future panics, with the messages of panics in events, and returns
/// the panic as well.
fn call_panicking<F>(call: impl Fn() -> F) -> (String, Vec<Event>, Box<dyn std::any::Any + Send>)
where
    F: Future<Output = Result<Response<()>, Infallible>>,
{
    let recorder = Recorder::new();
    let layer = layer(&recorder).with_panic_messages();
    let mut service = layer.layer(service_fn(|_: Request<()>| call()));
    let panic = catch_unwind(AssertUnwindSafe(|| poll_once(service.call(get("/"))))).unwrap_err();
    let counted = counted(&recorder);
    assert_eq!(counted.len(), 1, "{counted:?}");
    (counted[0].clone(), recorder.events(), panic)
}

#[test]
fn statuses_below_500_are_successful() {
    for status in 100..=999 {
        let mut response = Response::new(());
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        let (counted, events) = call_with(Ok::<_, Infallible>(response));
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
fn errors_are_failures_with_an_event() {
    let broken = || Broken(io::Error::other("the disk is full"));

    let (counted, events) = call_with(Err(BoxError::from(broken())));
    assert_eq!(counted, "failed GET / error");
    assert_eq!(events, happened("GET / failed: no orders: the disk is full", "error"));

    let (counted, events) = call_with(Err(broken()));
    assert_eq!(counted, "failed GET / error");
    assert_eq!(events, happened("GET / failed: no orders", "error"));
}

/// An error whose alternate form has the sources, as in anyhow.
struct Alternate;

impl fmt::Display for Alternate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if f.alternate() { "no orders: no disk" } else { "no orders" })
    }
}

#[test]
fn an_error_is_sent_in_its_alternate_form() {
    let (_, events) = call_with(Err(Alternate));
    assert_eq!(events, happened("GET / failed: no orders: no disk", "error"));
}

struct PanicsOnDisplay;

impl fmt::Display for PanicsOnDisplay {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("no text")
    }
}

#[test]
fn an_error_whose_text_panics_is_returned_unchanged() {
    let recorder = Recorder::new();
    let service = service_fn(|_: Request<()>| ready(Err::<Response<()>, _>(PanicsOnDisplay)));
    let polled = poll_once(layer(&recorder).with_error_texts().layer(service).call(get("/")));
    assert!(matches!(polled, Poll::Ready(Err(PanicsOnDisplay))));
    assert_eq!(counted(&recorder), ["failed GET / error"]);
    assert_eq!(recorder.events(), happened("GET / failed: its text panicked", "error"));
}

#[test]
fn the_texts_of_errors_are_not_sent_unless_asked_for() {
    let recorder = Recorder::new();
    // The text is not even formatted.
    let service = service_fn(|_: Request<()>| ready(Err::<Response<()>, _>(PanicsOnDisplay)));
    assert!(poll_once(layer(&recorder).layer(service).call(get("/"))).is_ready());
    assert_eq!(counted(&recorder), ["failed GET / error"]);
    assert_eq!(recorder.events(), happened("GET / failed", "error"));

    let recorder = Recorder::new();
    let service = service_fn(|_: Request<()>| ready(Err::<Response<()>, _>(Alternate)));
    let layer = layer(&recorder).with_error_texts().without_events();
    assert!(poll_once(layer.layer(service).call(get("/"))).is_ready());
    assert_eq!(recorder.events(), []);
}

#[test]
fn panics_are_resumed_unchanged() {
    let (counted, events, panic) = call_panicking(|| async { panic!("at work") });
    assert_eq!(counted, "failed GET / panic");
    assert_eq!(events, happened("GET / panicked: at work", "panic"));
    assert_eq!(panic.downcast_ref(), Some(&"at work"));

    let (counted, events, panic) = call_panicking(|| async { panic!("at {}", "work".to_owned()) });
    assert_eq!(counted, "failed GET / panic");
    assert_eq!(events, happened("GET / panicked: at work", "panic"));
    assert_eq!(panic.downcast_ref(), Some(&"at work".to_owned()));

    let (counted, events, panic) = call_panicking(|| async { panic_any(7) });
    assert_eq!(counted, "failed GET / panic");
    assert_eq!(events, happened("GET / panicked", "panic"));
    assert_eq!(panic.downcast_ref(), Some(&7));
}

#[test]
fn the_messages_of_panics_are_not_sent_unless_asked_for() {
    let panics: [fn(); 3] = [
        || panic!("secret"),
        || panic!("{}", "secret".to_owned()),
        || assert_eq!("secret", "password of the customer"),
    ];
    for panics in panics {
        let recorder = Recorder::new();
        let mut service = layer(&recorder).layer(service_fn(move |_: Request<()>| async move {
            panics();
            Ok::<_, Infallible>(Response::new(()))
        }));
        catch_unwind(AssertUnwindSafe(|| poll_once(service.call(get("/"))))).unwrap_err();
        assert_eq!(counted(&recorder), ["failed GET / panic"]);
        assert_eq!(recorder.events(), happened("GET / panicked", "panic"));
    }
}

#[test]
fn a_panic_in_the_call_is_counted() {
    let (counted, events, panic) = call_panicking::<Ready<_>>(|| panic!("at the door"));
    assert_eq!(counted, "failed GET / panic");
    assert_eq!(events, happened("GET / panicked: at the door", "panic"));
    assert_eq!(panic.downcast_ref(), Some(&"at the door"));
}

#[test]
fn a_panic_in_the_route_function_is_counted() {
    let recorder = Recorder::new();
    let layer = RequestMetricsLayer::new(&recorder.stats()).route(|request| {
        request.uri.path().strip_prefix("/api").expect("a path below `/api`").to_owned().into()
    });
    let mut service = layer.layer(service_fn(respond));
    assert!(poll_once(service.call(get("/api/orders"))).is_ready());
    catch_unwind(AssertUnwindSafe(|| drop(service.call(get("/"))))).unwrap_err();
    assert_eq!(counted(&recorder), ["successful GET /orders 2xx", "failed GET unmatched panic"]);
}

#[test]
fn a_dropped_request_is_a_failure_without_an_event() {
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
fn a_request_dropped_during_a_panic_is_counted() {
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
fn a_request_whose_drop_panics_is_counted() {
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
