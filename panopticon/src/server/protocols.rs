//! The protocols of a connection: HTTP/1 and, with the feature `grpc`, also HTTP/2, which a client
//! speaks without asking first ("prior knowledge"), as all of gRPC do.

#[cfg(feature = "grpc")]
pub(super) use self::http1_and_http2::builder;
#[cfg(not(feature = "grpc"))]
pub(super) use self::http1_only::builder;

#[cfg(not(feature = "grpc"))]
mod http1_only {
    pub(crate) use hyper::server::conn::http1::Builder;

    use crate::server::limits;

    /// Returns a builder of connections, with their limits.
    pub(crate) fn builder() -> Builder {
        let mut builder = Builder::new();
        // A client that has closed its sending side, such as `nc -N`, still reads its answer.
        builder.max_buf_size(limits::HEAD).half_close(true);
        builder
    }
}

#[cfg(feature = "grpc")]
mod http1_and_http2 {
    use hyper_util::rt::{TokioExecutor, TokioTimer};
    use hyper_util::server::conn::auto;

    use crate::server::limits::{self, http2};

    pub(crate) type Builder = auto::Builder<TokioExecutor>;

    /// Returns a builder of connections, with their limits.
    pub(crate) fn builder() -> Builder {
        let mut builder = Builder::new(TokioExecutor::new());
        // A client that has closed its sending side, such as `nc -N`, still reads its answer.
        builder.http1().max_buf_size(limits::HEAD).half_close(true);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_header_list_size(http2::HEADERS)
            .max_concurrent_streams(http2::STREAMS)
            .max_pending_accept_reset_streams(http2::RESETS)
            .max_local_error_reset_streams(http2::RESETS)
            .initial_stream_window_size(http2::STREAM_WINDOW)
            .initial_connection_window_size(http2::CONNECTION_WINDOW)
            .max_send_buf_size(http2::SEND_BUFFER)
            .keep_alive_interval(http2::PING)
            .keep_alive_timeout(http2::PONG);
        builder
    }
}

// Not with the lowest version of hyper, whose pings follow the system's clock, which cannot be paused.
#[cfg(all(test, feature = "grpc", not(minimal_versions)))]
mod tests {
    use std::future::pending;
    use std::io;
    use std::pin::pin;
    use std::sync::Arc;
    use std::time::Duration;

    use http::Request;
    use hyper::body::Incoming;
    use hyper_util::rt::TokioIo;
    use tokio::io::{
        AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, copy_bidirectional,
        duplex, split,
    };
    use tokio::sync::{Mutex, oneshot, watch};
    use tokio::task::JoinHandle;
    use tokio::time::{Instant, sleep, sleep_until, timeout};
    use tonic::transport::{Channel, Endpoint};
    use tower_service::Service;

    use crate::grpc::{GrpcHealthService, HealthCheckRequest, HealthClient};
    use crate::server::activity::ActivityCell;
    use crate::server::connection::{AnswerBody, AnswerFuture, Answers, serve};
    use crate::server::limits::{self, http2};
    use crate::{CheckOptions, Override, Panopticon, Status};

    const MINUTE: Duration = Duration::from_secs(60);

    struct HealthAnswers(Panopticon);

    impl Answers for HealthAnswers {
        fn answer(
            &self,
            request: Request<Incoming>,
            stopping: watch::Receiver<bool>,
        ) -> AnswerFuture {
            let answer = GrpcHealthService::of_server(&self.0, stopping).call(request);
            Box::pin(async move {
                let Ok(answer) = answer.await;
                Some(answer.map(AnswerBody::from))
            })
        }
    }

    fn health() -> Panopticon {
        Panopticon::empty().check("database", CheckOptions::new(), || async {}).build().unwrap()
    }

    /// Serves one connection, and returns the client's end of it.
    fn start(health: &Panopticon) -> (DuplexStream, watch::Sender<bool>, JoinHandle<()>) {
        let (client, server) = duplex(1 << 16);
        let (stopping, stops) = watch::channel(false);
        let answers = Arc::new(HealthAnswers(health.clone()));
        let task = tokio::spawn(serve(Box::pin(server), answers, ActivityCell::new(), stops));
        (client, stopping, task)
    }

    async fn connect(connection: DuplexStream) -> HealthClient<Channel> {
        let connection = Arc::new(Mutex::new(Some(TokioIo::new(connection))));
        let connector = tower::service_fn(move |_| {
            let connection = Arc::clone(&connection);
            async move { connection.lock().await.take().ok_or_else(|| io::Error::other("it is in use")) }
        });
        let endpoint = Endpoint::from_static("http://localhost");
        HealthClient::new(endpoint.connect_with_connector(connector).await.unwrap())
    }

    fn named(name: &str) -> HealthCheckRequest {
        HealthCheckRequest { service: name.to_owned() }
    }

    /// Returns how long the connection is served from now on.
    async fn served_for(task: JoinHandle<()>) -> Duration {
        let start = Instant::now();
        timeout(10 * MINUTE, task).await.expect("it is closed").unwrap();
        start.elapsed()
    }

    fn assert_about(actual: Duration, expected: Duration) {
        assert!(actual.abs_diff(expected) < Duration::from_secs(1), "{actual:?}, not {expected:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_watches_has_no_limit() {
        let health = health();
        let (connection, _stopping, task) = start(&health);
        let mut client = connect(connection).await;
        let mut watched = client.watch(named("")).await.unwrap().into_inner();
        assert_eq!(watched.message().await.unwrap().unwrap().status, 1);
        sleep(10 * MINUTE).await;
        let set = Override::new(Status::Unhealthy, "maintenance").lasting(MINUTE);
        health.set_override("database", set).unwrap();
        assert_eq!(watched.message().await.unwrap().unwrap().status, 2);
        drop(watched);
        // It is then one that may send the next request.
        assert_about(served_for(task).await, limits::NEXT_REQUEST);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_watches_and_is_gone_is_noticed() {
        let health = health();
        let (mut connection, _stopping, task) = start(&health);
        let (near, mut far) = duplex(1 << 16);
        // The network in between, which fails without closing either end.
        let (fails, failed) = oneshot::channel();
        tokio::spawn(async move {
            let mut copying = pin!(copy_bidirectional(&mut far, &mut connection));
            tokio::select! {
                _ = &mut copying => {}
                _ = failed => {}
            }
            pending::<()>().await;
        });
        let mut client = connect(near).await;
        let mut watched = client.watch(named("")).await.unwrap().into_inner();
        assert!(watched.message().await.unwrap().is_some());
        sleep(MINUTE).await;
        assert!(!task.is_finished());
        fails.send(()).unwrap();
        let served = served_for(task).await;
        assert!(served <= http2::PING + http2::PONG + Duration::from_secs(1), "{served:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_between_two_calls_has_time_and_is_then_closed() {
        let health = health();
        let (connection, _stopping, task) = start(&health);
        let mut client = connect(connection).await;
        for _ in 0..3 {
            assert_eq!(client.check(named("")).await.unwrap().into_inner().status, 1);
            sleep(limits::NEXT_REQUEST / 2).await;
            assert!(!task.is_finished());
        }
        assert_about(served_for(task).await, limits::NEXT_REQUEST / 2);
    }

    /// Passes bytes on, each of them this much later.
    async fn relay(
        mut from: impl AsyncRead + Unpin,
        mut to: impl AsyncWrite + Unpin,
        late: Duration,
    ) {
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = from.read(&mut buffer).await {
            sleep(late).await;
            if to.write_all(&buffer[..length]).await.is_err() {
                return;
            }
        }
    }

    /// A probe that asks as often as connections are closed must not fail by chance.
    #[tokio::test(start_paused = true)]
    async fn a_request_that_is_sent_while_the_connection_is_closed_is_answered() {
        let (connection, _stopping, task) = start(&health());
        let (near, far) = duplex(1 << 16);
        let (from_server, to_server) = split(connection);
        let (from_client, to_client) = split(far);
        let late = Duration::from_millis(50);
        tokio::spawn(relay(from_client, to_server, late));
        tokio::spawn(relay(from_server, to_client, late));
        let mut client = connect(near).await;
        client.check(named("")).await.unwrap();
        let answered = Instant::now() - late;
        // It arrives just after the limit, and is sent before the client can know of it.
        sleep_until(answered + limits::NEXT_REQUEST - late / 2).await;
        assert!(!task.is_finished());
        assert_eq!(client.check(named("")).await.unwrap().into_inner().status, 1);
        // It is closed nevertheless.
        assert!(served_for(task).await <= limits::STOP);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_sends_only_the_preface_is_closed() {
        let (mut connection, _stopping, task) = start(&health());
        connection.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
        assert_about(served_for(task).await, limits::FIRST_REQUEST);
    }

    #[tokio::test(start_paused = true)]
    async fn streams_end_when_the_server_stops() {
        let health = health();
        let (connection, stopping, task) = start(&health);
        let mut client = connect(connection).await;
        let mut known = client.watch(named("")).await.unwrap().into_inner();
        let mut unknown = client.watch(named("mail")).await.unwrap().into_inner();
        assert!(known.message().await.unwrap().is_some());
        assert!(unknown.message().await.unwrap().is_some());
        stopping.send_replace(true);
        assert_eq!(known.message().await.unwrap(), None);
        assert_eq!(unknown.message().await.unwrap(), None);
        assert_about(served_for(task).await, Duration::ZERO);
    }
}
