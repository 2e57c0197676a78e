//! The layer in an axum router, called directly or over a socket.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{Request, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use panopticon::datadog::Stats;
use panopticon::datadog::requests::RequestMetricsLayer;
use panopticon::datadog::testing::Recorder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tower::{ServiceBuilder, ServiceExt};

use super::calls::counted;
use crate::agent::{Agent, PATIENCE};

fn layer(recorder: &Recorder) -> RequestMetricsLayer {
    RequestMetricsLayer::new(&recorder.stats())
}

async fn serve(app: Router) -> (SocketAddr, JoinHandle<std::io::Result<()>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    (address, tokio::spawn(async move { axum::serve(listener, app).await }))
}

/// Sends a request, and returns the connection to read the response from.
async fn send(address: SocketAddr, request_line: &str, headers: &str) -> TcpStream {
    let mut connection = TcpStream::connect(address).await.unwrap();
    let request = format!("{request_line} HTTP/1.1\r\nHost: {address}\r\n{headers}\r\n");
    connection.write_all(request.as_bytes()).await.unwrap();
    connection
}

/// Sends a request, and returns the response, which is empty if the connection is closed first.
async fn fetch(address: SocketAddr, request_line: &str) -> String {
    let mut connection = send(address, request_line, "Connection: close\r\n").await;
    let mut response = String::new();
    connection.read_to_string(&mut response).await.unwrap();
    response
}

async fn call(app: &Router, request: Request<Body>) -> StatusCode {
    app.clone().oneshot(request).await.unwrap().status()
}

async fn get_path(app: &Router, path: &str) -> StatusCode {
    call(app, Request::get(path).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn each_outcome_is_counted_over_a_socket() {
    let recorder = Recorder::new();
    let app = Router::new()
        .route("/orders/{id}", get(|Path(id): Path<String>| async move { id }))
        .route("/old", get(|| async { Redirect::permanent("/orders/1") }))
        .route("/broken", post(|| async { StatusCode::INTERNAL_SERVER_ERROR }))
        .route("/panicking", get(async || -> () { panic!("at work") }))
        .layer(layer(&recorder));
    let (address, server) = serve(app).await;
    for (request_line, expected, counts) in [
        ("GET /orders/7?a=b", "HTTP/1.1 200 ", "successful GET /orders/:id 2xx"),
        ("HEAD /orders/7", "HTTP/1.1 200 ", "successful HEAD /orders/:id 2xx"),
        ("GET /old", "HTTP/1.1 308 ", "successful GET /old 3xx"),
        ("GET /nothing/here", "HTTP/1.1 404 ", "successful GET unmatched 4xx"),
        ("DELETE /old", "HTTP/1.1 405 ", "successful DELETE /old 4xx"),
        ("BREW /old", "HTTP/1.1 405 ", "successful other /old 4xx"),
        ("POST /broken", "HTTP/1.1 500 ", "failed POST /broken 5xx"),
        // The server closes the connection, as it does without the layer.
        ("GET /panicking", "", "failed GET /panicking panic"),
    ] {
        let before = counted(&recorder);
        let response = fetch(address, request_line).await;
        assert!(response.starts_with(expected), "{request_line}: {response}");
        assert_eq!(response.is_empty(), expected.is_empty(), "{request_line}: {response}");
        let mut expected = [before, vec![counts.to_owned()]].concat();
        let mut all = counted(&recorder);
        expected.sort_unstable();
        all.sort_unstable();
        assert_eq!(all, expected);
    }
    server.abort();
    let events = recorder.events();
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0].title(), "Exception occurred at /panicking");
    assert_eq!(events[0].text(), "GET /panicking panicked");
}

/// A value that sends a message when dropped.
struct SendOnDrop(mpsc::UnboundedSender<&'static str>);

impl Drop for SendOnDrop {
    fn drop(&mut self) {
        let _ = self.0.send("gone");
    }
}

#[tokio::test]
async fn a_client_that_disconnects_drops_the_request() {
    let recorder = Recorder::new();
    let (messages, mut received) = mpsc::unbounded_channel();
    let handler_messages = messages.clone();
    let handler = move || async move {
        handler_messages.send("begun").unwrap();
        std::future::pending::<()>().await;
    };
    let app = Router::new().route("/slow/{id}", get(handler)).layer(layer(&recorder)).layer(
        from_fn(move |request, next: Next| {
            let guard = SendOnDrop(messages.clone());
            // Dropped after the layer under test, which it waits for.
            async move {
                let _guard = guard;
                next.run(request).await
            }
        }),
    );
    let (address, server) = serve(app).await;
    let connection = send(address, "GET /slow/1", "").await;
    let mut next = async || tokio::time::timeout(PATIENCE, received.recv()).await.unwrap();
    assert_eq!(next().await, Some("begun"));
    assert_eq!(counted(&recorder), [""; 0]);
    drop(connection);
    assert_eq!(next().await, Some("gone"));
    assert_eq!(counted(&recorder), ["failed GET /slow/:id dropped"]);
    assert_eq!(recorder.events(), []);
    server.abort();
}

#[tokio::test]
async fn an_upgrade_is_counted_as_1xx() {
    let recorder = Recorder::new();
    let switch = || async {
        (
            StatusCode::SWITCHING_PROTOCOLS,
            [(header::CONNECTION, "upgrade"), (header::UPGRADE, "echo")],
        )
    };
    let app = Router::new().route("/live", get(switch)).layer(layer(&recorder));
    let (address, server) = serve(app).await;
    let mut connection =
        send(address, "GET /live", "Connection: upgrade\r\nUpgrade: echo\r\n").await;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(connection.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 101 "), "{head}");
    assert!(head.contains("\r\nupgrade: echo\r\n"), "{head}");
    assert_eq!(counted(&recorder), ["successful GET /live 1xx"]);
    server.abort();
}

#[tokio::test]
async fn ten_thousand_paths_are_two_routes() {
    let recorder = Recorder::new();
    let app = Router::new()
        .route("/orders/{id}/lines/{line}", get(|| async {}))
        .route("/files/{*path}", get(|| async {}))
        .layer(layer(&recorder));
    for number in 0..5_000 {
        assert_eq!(get_path(&app, &format!("/orders/{number}/lines/{number}")).await, 200);
        assert_eq!(get_path(&app, &format!("/files/{number}/of/{number}")).await, 200);
        assert_eq!(get_path(&app, &format!("/{number}")).await, 404);
    }
    let counted = counted(&recorder);
    assert_eq!(counted.len(), 15_000);
    let distinct: BTreeSet<_> = counted.iter().map(String::as_str).collect();
    let expected = [
        "successful GET /files/:path 2xx",
        "successful GET /orders/:id/lines/:line 2xx",
        "successful GET unmatched 4xx",
    ];
    assert_eq!(distinct, BTreeSet::from(expected));
}

#[tokio::test]
async fn nested_routers_have_full_routes() {
    let recorder = Recorder::new();
    let orders = Router::new().route("/", get(|| async {})).route("/{id}", get(|| async {}));
    let shop = Router::new().nest("/shops/{shop}/orders", orders);
    let app =
        Router::new().nest("/api", shop).fallback(|| async { "none" }).layer(layer(&recorder));
    assert_eq!(get_path(&app, "/api/shops/1/orders").await, 200);
    assert_eq!(get_path(&app, "/api/shops/2/orders/7").await, 200);
    assert_eq!(get_path(&app, "/api/shops/1/orders/").await, 200);
    assert_eq!(
        counted(&recorder),
        [
            "successful GET /api/shops/:shop/orders 2xx",
            "successful GET /api/shops/:shop/orders/:id 2xx",
            "successful GET unmatched 2xx",
        ]
    );
}

#[tokio::test]
async fn the_layer_in_a_nested_router_sees_full_routes() {
    let recorder = Recorder::new();
    let orders = Router::new().route("/{id}", get(|| async {})).layer(layer(&recorder));
    let app: Router = Router::new().route("/", get(|| async {})).nest("/api/orders", orders);
    assert_eq!(get_path(&app, "/api/orders/7").await, 200);
    assert_eq!(get_path(&app, "/").await, 200);
    assert_eq!(counted(&recorder), ["successful GET /api/orders/:id 2xx"]);
}

#[tokio::test]
async fn routes_unknown_to_axum_come_from_the_closure() {
    let orders = || Router::new().route("/orders/{id}", get(|| async {}));

    let recorder = Recorder::new();
    let nested = Router::new().nest_service("/api", orders()).layer(layer(&recorder));
    assert_eq!(get_path(&nested, "/api/orders/7").await, 200);
    let around = ServiceBuilder::new().layer(layer(&recorder)).service(orders());
    around.oneshot(Request::get("/orders/7").body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(counted(&recorder), ["successful GET unmatched 2xx"; 2]);

    // The closure is only called if axum does not know the route.
    let recorder = Recorder::new();
    let layer = layer(&recorder).route(|request| Some(format!("custom{}", request.uri.path())));
    let app = orders().nest_service("/api", orders()).layer(layer);
    assert_eq!(get_path(&app, "/api/orders/7").await, 200);
    assert_eq!(get_path(&app, "/orders/7").await, 200);
    assert_eq!(
        counted(&recorder),
        ["successful GET /orders/:id 2xx", "successful GET custom/api/orders/7 2xx"]
    );
}

#[tokio::test]
async fn route_layer_counts_only_routes() {
    let recorder = Recorder::new();
    let app: Router =
        Router::new().route("/orders", get(|| async {})).route_layer(layer(&recorder));
    assert_eq!(get_path(&app, "/orders").await, 200);
    assert_eq!(get_path(&app, "/nothing").await, 404);
    let request = Request::delete("/orders").body(Body::empty()).unwrap();
    assert_eq!(call(&app, request).await, 405);
    assert_eq!(counted(&recorder), ["successful DELETE /orders 4xx", "successful GET /orders 2xx"]);
}

#[tokio::test]
async fn routes_added_after_the_layer_are_not_counted() {
    let recorder = Recorder::new();
    let app: Router = Router::new()
        .route("/before", get(|| async {}))
        .layer(layer(&recorder))
        .route("/after", get(|| async {}));
    assert_eq!(get_path(&app, "/before").await, 200);
    assert_eq!(get_path(&app, "/after").await, 200);
    assert_eq!(counted(&recorder), ["successful GET /before 2xx"]);
}

/// Turns a panic into a response, like tower-http's layer.
async fn catch_panic(request: axum::extract::Request, next: Next) -> Response {
    let response = tokio::spawn(next.run(request)).await;
    response.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

#[tokio::test]
async fn panics_are_counted_inside_and_outside_a_layer_that_catches_them() {
    let panicking = || Router::new().route("/", get(async || -> () { panic!("at work") }));

    let inside = Recorder::new();
    let app: Router = panicking().layer(layer(&inside)).layer(from_fn(catch_panic));
    assert_eq!(get_path(&app, "/").await, 500);
    assert_eq!(counted(&inside), ["failed GET / panic"]);
    assert_eq!(inside.events().len(), 1);

    let outside = Recorder::new();
    let app: Router = panicking().layer(from_fn(catch_panic)).layer(layer(&outside));
    assert_eq!(get_path(&app, "/").await, 500);
    assert_eq!(counted(&outside), ["failed GET / 5xx"]);
    assert_eq!(outside.events(), []);
}

#[tokio::test]
async fn a_disabled_client_changes_nothing() {
    let app: Router = Router::new()
        .route("/orders/{id}", get(|Path(id): Path<String>| async { id }))
        .layer(RequestMetricsLayer::new(&Stats::disabled()));
    assert_eq!(get_path(&app, "/orders/7").await, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_receives_the_statistics() {
    let agent = Agent::new(std::net::Ipv4Addr::LOCALHOST.into());
    let stats = agent.builder().prefix("shop").aggregation(false).build().unwrap();
    let app: Router = Router::new()
        .route("/orders/{id}", get(async || -> () { panic!("at work") }))
        .layer(RequestMetricsLayer::new(&stats));
    let (address, server) = serve(app).await;
    assert_eq!(fetch(address, "GET /orders/7").await, "");
    server.abort();
    stats.flush(PATIENCE).unwrap();
    let tags = "#method:GET,route:/orders/:id,status:panic";
    let lines = agent.lines(3);
    assert_eq!(lines[0], format!("shop.requests.failed:1|c|{tags}"));
    assert!(lines[1].starts_with("shop.requests.time_ms:"), "{}", lines[1]);
    assert!(lines[1].ends_with(&format!("|h|{tags}")), "{}", lines[1]);
    assert_eq!(
        lines[2],
        format!(
            "_e{{33,24}}:Exception occurred at /orders/:id|GET /orders/:id panicked\
             |k:/orders/:id|t:error|{tags}"
        )
    );
}
