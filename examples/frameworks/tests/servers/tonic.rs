//! gRPC, its health checks and the report on one port.

use bytes::Bytes;
use h2::RecvStream;
use h2::client::SendRequest;
use http::{Request, Response};
use tokio::net::TcpStream;

use crate::eventually;
use crate::process::Server;

#[tokio::test]
async fn grpc_and_the_report_are_on_one_port() {
    let server = Server::start(env!("CARGO_BIN_EXE_tonic"), &[]);
    let connection = TcpStream::connect(server.address()).await.expect("the server listens");
    let (client, connection) =
        h2::client::handshake(connection).await.expect("the server speaks HTTP/2");
    let connection = tokio::spawn(connection);
    let mut client: h2::client::SendRequest<Bytes> =
        client.ready().await.expect("the connection is open");

    let url = |path: &str| format!("http://{}{path}", server.address());
    let call = Request::post(url("/shop.Orders/Place"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(())
        .expect("the request is valid");
    let (answer, _) = client.send_request(call, true).expect("the connection is open");
    let answer = answer.await.expect("the service answers");
    assert_eq!(answer.status(), 200);
    // RESOURCE_EXHAUSTED.
    assert_eq!(answer.headers()["grpc-status"], "8");

    let probe = Request::get(url("/healthcheck/readiness")).body(()).expect("it is valid");
    let (answer, _) = client.send_request(probe, true).expect("the connection is open");
    let answer = answer.await.expect("the service answers");
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/json");
    connection.abort();
}

/// Calls a method of the health service for a name, as its messages are encoded.
async fn call_health(
    client: SendRequest<Bytes>,
    server: &Server,
    method: &str,
    name: &str,
) -> Response<RecvStream> {
    let url = format!("http://{}/grpc.health.v1.Health/{method}", server.address());
    let call = Request::post(url)
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(())
        .expect("the request is valid");
    let mut client = client.ready().await.expect("the connection is open");
    let (answer, mut body) = client.send_request(call, false).expect("the connection is open");
    let length = u8::try_from(name.len()).expect("the name is short");
    // Not compressed, the length of the message, and in it the first field, which is a string.
    let message = [&[0, 0, 0, 0, length + 2, 0x0a, length], name.as_bytes()].concat();
    body.send_data(message.into(), true).expect("the stream is open");
    answer.await.expect("the service answers")
}

/// What the message says: the first field, which is a number, is the status `SERVING`.
const SERVING: &[u8] = &[0, 0, 0, 0, 2, 0x08, 1];
const NOT_SERVING: &[u8] = &[0, 0, 0, 0, 2, 0x08, 2];

#[tokio::test]
async fn a_client_watches_the_service_until_it_stops() {
    let mut server = Server::start(env!("CARGO_BIN_EXE_tonic"), &[]);
    let connection = TcpStream::connect(server.address()).await.expect("the server listens");
    let (client, connection) =
        h2::client::handshake(connection).await.expect("the server speaks HTTP/2");
    tokio::spawn(connection);
    for name in ["liveness", "readiness", "search"] {
        let mut answer = call_health(client.clone(), &server, "Check", name).await;
        let message = answer.body_mut().data().await.expect("there is a message");
        assert_eq!(message.expect("it arrives"), SERVING, "{name}");
    }
    let unknown = call_health(client.clone(), &server, "Check", "mail").await;
    // NOT_FOUND.
    assert_eq!(unknown.headers()["grpc-status"], "5");

    let mut watched = call_health(client, &server, "Watch", "shop.Orders").await.into_body();
    assert_eq!(watched.data().await.expect("there is a message").expect("it arrives"), SERVING);
    server.program.send_sigterm();
    assert_eq!(watched.data().await.expect("there is a message").expect("it arrives"), NOT_SERVING);
    // The second signal ends the grace period.
    server.program.send_sigterm();
    assert!(watched.data().await.is_none());
    let trailers = watched.trailers().await.expect("they arrive").expect("there are trailers");
    assert_eq!(trailers["grpc-status"], "0");
    eventually(|| server.program.ended().is_some());
}
