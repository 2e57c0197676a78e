//! The management server answers gRPC and HTTP/1 on one port.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use panopticon::{CheckOptions, Health, ManagementServer, Panopticon, Selection};
use tokio::time::timeout;
use tonic::{Code, Streaming};

use super::health_v1::health_check_response::ServingStatus::{
    self, NotServing, ServiceUnknown, Serving,
};
use super::health_v1::{HealthCheckResponse, HealthListRequest};
use super::tonic_server::connect;
use super::{assert_code, named, next, serving, unhealthy};
use crate::scripted::Scripted;

/// Much longer than anything takes. Only a failing test waits that long.
const LIMIT: Duration = Duration::from_secs(60);

fn serve(database: &Scripted) -> (Panopticon, ManagementServer, SocketAddr) {
    let options = CheckOptions::new().cache(Duration::ZERO).collection("orders");
    let health = Panopticon::empty()
        .check("database", options, database.check())
        .grpc_name("orders.v1.Orders", Selection::all().collection("orders"))
        .build()
        .unwrap();
    let server = health.serve("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    (health, server, address)
}

/// Returns the answer to a request over HTTP/1.
fn get(address: SocketAddr, path: &str) -> String {
    let mut connection = TcpStream::connect(address).unwrap();
    connection.set_read_timeout(Some(LIMIT)).unwrap();
    write!(connection, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer
}

#[tokio::test]
async fn a_client_sees_a_failure_draining_and_the_end() {
    let database = Scripted::healthy();
    let (health, server, address) = serve(&database);
    let mut client = connect(address).await;
    for name in ["", "liveness", "readiness", "startup", "database", "orders", "orders.v1.Orders"] {
        assert_eq!(serving(client.check(named(name)).await.unwrap().into_inner()), Serving);
    }
    assert_code(&client.check(named("mail")).await.unwrap_err(), Code::NotFound);
    let listed = client.list(HealthListRequest {}).await.unwrap().into_inner();
    assert_eq!(listed.statuses.len(), 7);

    let mut watched = client.watch(named("")).await.unwrap().into_inner();
    let mut unknown = client.watch(named("mail")).await.unwrap().into_inner();
    assert_eq!(next(&mut watched).await, Some(Serving));
    assert_eq!(next(&mut unknown).await, Some(ServiceUnknown));
    database.say(unhealthy());
    assert_eq!(timeout(LIMIT, next(&mut watched)).await.unwrap(), Some(NotServing));
    database.say(Health::healthy(""));
    assert_eq!(timeout(LIMIT, next(&mut watched)).await.unwrap(), Some(Serving));
    health.drain();
    assert_eq!(timeout(LIMIT, next(&mut watched)).await.unwrap(), Some(NotServing));

    // The same port.
    let answer = get(address, "/healthcheck");
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(answer.contains(r#""database""#), "{answer}");
    assert!(get(address, "/livez").ends_with("\r\n\r\nok"));

    // The streams end as they should: not because the connection breaks.
    timeout(LIMIT, server.stop()).await.unwrap();
    assert_eq!(timeout(LIMIT, next(&mut watched)).await.unwrap(), None);
    assert_eq!(timeout(LIMIT, next(&mut unknown)).await.unwrap(), None);
}

#[tokio::test]
async fn shutdown_ends_the_streams_and_the_server_goes_on() {
    let (health, _server, address) = serve(&Scripted::healthy());
    let mut client = connect(address).await;
    let mut watched = client.watch(named("database")).await.unwrap().into_inner();
    assert_eq!(next(&mut watched).await, Some(Serving));
    health.shutdown().await;
    assert_eq!(timeout(LIMIT, next(&mut watched)).await.unwrap(), None);
    assert_eq!(serving(client.check(named("liveness")).await.unwrap().into_inner()), Serving);
}

/// Waits for a status. On a busy machine, a check may time out before.
async fn until(stream: &mut Streaming<HealthCheckResponse>, status: ServingStatus) {
    let seen = async { while next(stream).await.expect("it goes on") != status {} };
    timeout(LIMIT, seen).await.unwrap();
}

/// What a stuck service last was is not what it is.
#[tokio::test]
async fn a_service_whose_runtime_is_stuck_is_no_longer_serving() {
    let (send_address, address) = tokio::sync::oneshot::channel();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let service = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let options = CheckOptions::new().timeout(Duration::from_secs(2)).cache(Duration::ZERO);
            let health = Panopticon::empty().check("database", options, || async {}).build();
            let server = health.unwrap().serve("127.0.0.1:0").unwrap();
            let (stuck, sticks) = tokio::sync::oneshot::channel::<()>();
            send_address.send((server.local_addr().unwrap(), stuck)).unwrap();
            sticks.await.unwrap();
            released.recv().unwrap();
            std::future::pending::<()>().await;
            drop(server);
        });
    });
    let (address, stuck) = address.await.unwrap();
    let mut client = connect(address).await;
    let mut watched = client.watch(named("")).await.unwrap().into_inner();
    until(&mut watched, Serving).await;
    stuck.send(()).unwrap();
    until(&mut watched, NotServing).await;
    release.send(()).unwrap();
    until(&mut watched, Serving).await;
    // Its thread ends with the process.
    drop(service);
}

/// An HTTP/1 client cannot call it, and would not understand the answer.
#[tokio::test]
async fn grpc_needs_http_2() {
    let (_health, _server, address) = serve(&Scripted::healthy());
    assert!(get(address, "/grpc.health.v1.Health/Check").starts_with("HTTP/1.1 404"));
}

#[tokio::test]
async fn a_connection_has_room_for_few_streams_and_others_for_theirs() {
    let (_health, _server, address) = serve(&Scripted::healthy());
    let mut client = connect(address).await;
    let mut streams = Vec::new();
    for _ in 0..32 {
        let mut stream = client.watch(named("database")).await.unwrap().into_inner();
        assert_eq!(next(&mut stream).await, Some(Serving));
        streams.push(stream);
    }
    let mut waiting = client.clone();
    let mut waits = tokio::spawn(async move { waiting.check(named("")).await });
    let mut other = connect(address).await;
    assert_eq!(serving(other.check(named("")).await.unwrap().into_inner()), Serving);
    // The client itself waits, since the server has told it how many streams it may open.
    assert!(timeout(Duration::from_millis(100), &mut waits).await.is_err());
    streams.pop();
    let answer = timeout(LIMIT, waits).await.unwrap().unwrap().unwrap();
    assert_eq!(serving(answer.into_inner()), Serving);
}

/// However many clients watch, a probe gets its answer.
#[tokio::test]
async fn watching_clients_make_room_for_others() {
    let (_health, _server, address) = serve(&Scripted::healthy());
    let mut streams = Vec::new();
    for _ in 0..130 {
        let mut client = connect(address).await;
        let mut stream = client.watch(named("database")).await.unwrap().into_inner();
        assert_eq!(next(&mut stream).await, Some(Serving));
        streams.push((client, stream));
    }
    assert!(get(address, "/livez").ends_with("ok"));
    // The longest-lived have made room.
    let (_, first) = &mut streams[0];
    assert!(timeout(LIMIT, first.message()).await.unwrap().is_err());
    let (client, _) = &mut streams[129];
    assert_eq!(serving(client.check(named("")).await.unwrap().into_inner()), Serving);
}
