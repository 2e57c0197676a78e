//! gRPC and the report on one port.

use bytes::Bytes;
use http::Request;
use tokio::net::TcpStream;

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
