//! What the tests of the layer have in common: services to call, and what was counted.

use std::convert::Infallible;
use std::future::pending;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use http::{Request, Response};
use panopticon::datadog::requests::RequestMetricsLayer;
use panopticon::datadog::testing::Recorder;
use panopticon::datadog::{AlertType, Event, Kind, Value};

/// Returns the counts, such as `successful GET /orders/:id 2xx`, with the status of a gRPC call at the
/// end, sorted. Checks that each has a
/// time.
pub(super) fn counted(recorder: &Recorder) -> Vec<String> {
    let (mut counted, mut timed) = (Vec::new(), Vec::new());
    for metric in recorder.metrics() {
        let [(method, method_value), (route, route_value), (status, status_value), grpc @ ..] =
            &*metric.tags
        else {
            panic!("{metric:?}")
        };
        assert_eq!([method, route, status], ["method", "route", "status"]);
        let grpc = match grpc {
            [] => String::new(),
            [(key, value)] if key == "grpc_status" => format!(" {value}"),
            _ => panic!("{metric:?}"),
        };
        let request = format!("{method_value} {route_value} {status_value}{grpc}");
        if metric.name == "requests.time_ms" {
            assert_eq!(metric.kind, Kind::Histogram);
            assert!(matches!(metric.value, Value::Float(time) if time >= 0.0), "{metric:?}");
            timed.push(request);
        } else {
            assert_eq!((metric.kind, metric.value), (Kind::Count, Value::Signed(1)));
            counted.push((request, metric.name.strip_prefix("requests.").unwrap().to_owned()));
        }
    }
    counted.sort_unstable();
    timed.sort_unstable();
    assert!(timed.iter().eq(counted.iter().map(|(request, _)| request)), "{timed:#?} {counted:#?}");
    counted.into_iter().map(|(request, count)| format!("{count} {request}")).collect()
}

pub(super) fn layer(recorder: &Recorder) -> RequestMetricsLayer {
    RequestMetricsLayer::new(&recorder.stats()).route(|_| Some("/"))
}

pub(super) fn get(path: &str) -> Request<()> {
    Request::get(path).body(()).unwrap()
}

pub(super) async fn respond(_: Request<()>) -> Result<Response<()>, Infallible> {
    Ok(Response::new(()))
}

pub(super) async fn panic_at_work(_: Request<()>) -> Result<Response<()>, Infallible> {
    panic!("at work")
}

pub(super) async fn wait(_: Request<()>) -> Result<Response<()>, Infallible> {
    pending().await
}

pub(super) fn poll_once<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// Returns the event of an error or panic.
pub(super) fn happened(text: &str, status: &str) -> Vec<Event> {
    let event = Event::new("Exception occurred at /", text)
        .alert_type(AlertType::Error)
        .aggregation_key("/")
        .tags(&[("method", "GET"), ("route", "/"), ("status", status)]);
    vec![event]
}
