//! Statistics without an Agent: with an API key, they are sent to Datadog's API directly.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::eventually;
use crate::process::{Folder, Shop};

#[test]
fn with_an_api_key_all_statistics_reach_the_api_before_the_shop_exits() {
    let (url, posts) = api();
    let folder = Folder::new("api");
    let settings = [
        ("DATADOG_STATS_ENABLED", "true"),
        ("DATADOG_API_KEY", "0123456789abcdef0123456789abcdef"),
        ("DATADOG_HOST", &*url),
        ("GRACE", "0"),
    ];
    let mut shop = Shop::open(&folder, &settings);
    shop.becomes_healthy(Duration::from_secs(10));
    shop.sell_something();
    shop.send_sigterm();
    let ended = eventually(Duration::from_secs(30), || shop.ended(), Option::is_some);
    assert_eq!(ended.and_then(|status| status.code()), Some(0));

    // Each is received before it is answered, and so before the shop exits.
    let posts: Vec<_> = posts.try_iter().collect();
    let names = |path: &str, list: &str, key: &str| {
        let bodies = posts.iter().filter(|(its, _)| its == path).map(|(_, body)| body);
        let items = bodies.filter_map(|body| body.pointer(list)?.as_array()).flatten();
        items.map(|item| item[key].as_str().expect("a name")).collect::<Vec<_>>()
    };
    let series = names("/api/v1/series", "/series", "metric");
    for name in ["shop.orders.placed", "shop.orders.billed", "shop.requests.successful"] {
        assert!(series.contains(&name), "{name} is not among {series:?}");
    }
    let distributions = names("/api/v1/distribution_points", "/series", "metric");
    assert_eq!(distributions, ["shop.orders.quantity"]);
    let checks = names("/api/v1/check_run", "", "check");
    assert!(checks.len() >= 5, "{checks:?}");
    assert!(checks.iter().all(|name| *name == "shop.healthcheck"), "{checks:?}");
}

/// Starts an API that accepts everything, and returns its URL and the paths and bodies of all
/// posts.
fn api() -> (String, Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let Some(post) = read_request(&connection) else { continue };
            // The test has ended.
            if sender.send(post).is_err() {
                return;
            }
            let _ = (&connection).write_all(
                b"HTTP/1.1 202 Accepted\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
            );
        }
    });
    (format!("http://{address}"), receiver)
}

/// Reads one request, if the connection sends one before it ends.
fn read_request(connection: &TcpStream) -> Option<(String, Value)> {
    let mut reader = BufReader::new(connection);
    let mut head = Vec::new();
    for line in reader.by_ref().lines() {
        match line.ok()? {
            line if line.is_empty() => break,
            line => head.push(line.to_lowercase()),
        }
    }
    let path = head.first()?.split(' ').nth(1)?.to_owned();
    let length = head.iter().find_map(|line| line.strip_prefix("content-length: "))?;
    let mut body = vec![0; length.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    Some((path, serde_json::from_slice(&body).expect("the shop posts JSON")))
}
