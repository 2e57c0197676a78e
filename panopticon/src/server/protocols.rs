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
