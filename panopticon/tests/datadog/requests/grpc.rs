//! gRPC calls, whose status is in the headers of the response or in its trailers.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{HeaderMap, Request, Response, StatusCode, response};
use http_body::{Body, Frame};
use http_body_util::BodyExt;
use panopticon::datadog::requests::ResponseBody;
use panopticon::datadog::testing::Recorder;
use tower::{Layer, ServiceExt, service_fn};

use super::calls::{counted, get, layer};

type FrameResult = Result<Frame<&'static [u8]>, io::Error>;

/// A body of these frames, which says that it has ended once it has no more.
struct Frames(VecDeque<FrameResult>);

impl Body for Frames {
    type Data = &'static [u8];
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<FrameResult>> {
        Poll::Ready(self.0.pop_front())
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }
}

#[allow(clippy::unnecessary_wraps, reason = "a frame of a body that can fail")]
fn data() -> FrameResult {
    Ok(Frame::data(b"an order"))
}

#[allow(clippy::unnecessary_wraps, reason = "as above")]
fn trailers(status: Option<&str>) -> FrameResult {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-message", "a secret".parse().unwrap());
    if let Some(status) = status {
        trailers.insert("grpc-status", status.parse().unwrap());
    }
    Ok(Frame::trailers(trailers))
}

fn grpc() -> response::Builder {
    Response::builder().header("content-type", "application/grpc+proto")
}

/// Calls a service that responds with this, and returns the response.
async fn call<const N: usize>(
    recorder: &Recorder,
    response: response::Builder,
    frames: [FrameResult; N],
) -> Response<ResponseBody<Frames>> {
    let mut response = Some(response.body(Frames(frames.into())).unwrap());
    let service = service_fn(move |_: Request<()>| {
        let response = response.take().unwrap();
        async { Ok::<_, Infallible>(response) }
    });
    layer(recorder).layer(service).oneshot(get("/")).await.unwrap()
}

/// Returns what is counted after the whole body was read.
async fn counted_after<const N: usize>(
    response: response::Builder,
    frames: [FrameResult; N],
) -> String {
    let recorder = Recorder::new();
    let mut body = call(&recorder, response, frames).await.into_body();
    while body.frame().await.is_some() {}
    drop(body);
    let counted = counted(&recorder);
    assert_eq!(counted.len(), 1, "{counted:?}");
    assert_eq!(recorder.events(), []);
    counted[0].clone()
}

#[tokio::test]
async fn the_status_is_in_the_trailers() {
    for (status, expected) in [
        ("0", "successful GET / 2xx 0"),
        ("5", "failed GET / 2xx 5"),
        ("16", "failed GET / 2xx 16"),
        ("17", "failed GET / 2xx other"),
        ("a secret", "failed GET / 2xx other"),
    ] {
        let frames = [data(), data(), trailers(Some(status))];
        assert_eq!(counted_after(grpc(), frames).await, expected);
    }
}

#[tokio::test]
async fn the_status_is_in_the_headers_if_there_is_no_body() {
    let with = |status: &str| grpc().header("grpc-status", status).header("grpc-message", "secret");
    assert_eq!(counted_after(with("12"), []).await, "failed GET / 2xx 12");
    assert_eq!(counted_after(with("0"), []).await, "successful GET / 2xx 0");
    let failed = with("0").status(StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(counted_after(failed, []).await, "failed GET / 5xx 0");
}

#[tokio::test]
async fn a_body_without_a_status_is_a_failure() {
    assert_eq!(counted_after(grpc(), [data(), trailers(None)]).await, "failed GET / 2xx 2");
    assert_eq!(counted_after(grpc(), [data()]).await, "failed GET / 2xx 2");
    let error = Err(io::Error::other("a secret"));
    assert_eq!(counted_after(grpc(), [data(), error]).await, "failed GET / 2xx 2");
}

#[tokio::test]
async fn a_call_is_counted_once_its_body_ends_or_is_dropped() {
    let recorder = Recorder::new();
    let frames = [data(), trailers(Some("0"))];
    let mut body = call(&recorder, grpc(), frames).await.into_body();
    body.frame().await.unwrap().unwrap();
    assert_eq!(counted(&recorder), [""; 0]);
    assert!(body.frame().await.unwrap().unwrap().is_trailers());
    assert_eq!(counted(&recorder), ["successful GET / 2xx 0"]);
    assert!(body.frame().await.is_none());
    drop(body);
    assert_eq!(counted(&recorder), ["successful GET / 2xx 0"]);

    let recorder = Recorder::new();
    let mut body = call(&recorder, grpc(), [data(), trailers(Some("0"))]).await.into_body();
    body.frame().await.unwrap().unwrap();
    drop(body);
    assert_eq!(counted(&recorder), ["failed GET / dropped"]);
}

/// Servers do not poll a body that says that it has ended.
#[tokio::test]
async fn a_body_that_is_dropped_after_its_last_frame_has_ended() {
    for (last, expected) in
        [(data(), "failed GET / 2xx 2"), (trailers(Some("0")), "successful GET / 2xx 0")]
    {
        let recorder = Recorder::new();
        let mut body = call(&recorder, grpc(), [data(), last]).await.into_body();
        while !body.is_end_stream() {
            assert_eq!(counted(&recorder), [""; 0]);
            body.frame().await.unwrap().unwrap();
        }
        drop(body);
        assert_eq!(counted(&recorder), [expected]);
    }
}

#[tokio::test]
async fn other_responses_are_counted_by_their_head() {
    for content_type in ["application/json", "application/grpc-web+proto", "application/grpcx"] {
        let recorder = Recorder::new();
        let response = Response::builder().header("content-type", content_type);
        let response = response.header("grpc-status", "5");
        let response = call(&recorder, response, [data(), trailers(Some("5"))]).await;
        assert_eq!(counted(&recorder), ["successful GET / 2xx"], "{content_type}");
        // The body is unchanged.
        let collected = response.into_body().collect().await.unwrap();
        assert!(collected.trailers().is_some());
        assert_eq!(collected.to_bytes(), "an order");
        assert_eq!(counted(&recorder), ["successful GET / 2xx"], "{content_type}");
    }
}
