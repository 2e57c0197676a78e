//! Payloads: items packed into request bodies within Datadog's size limits.

use std::time::Duration;

/// The maximum size of a body in bytes. Datadog accepts 3,200,000 for series, and states no limit
/// for the other endpoints. <https://docs.datadoghq.com/api/latest/metrics/#submit-metrics>
pub(super) const MAX_BODY: usize = 3_000_000;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// The API's endpoint for one kind of statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Endpoint {
    Series,
    Distributions,
    ServiceChecks,
    Events,
}

/// The format and limits of posts to one endpoint.
struct EndpointSpec {
    path: &'static str,
    start: &'static str,
    end: &'static str,
    /// The maximum number of items in a post.
    max_items: usize,
    /// The maximum age of a post.
    max_age: Duration,
}

impl Endpoint {
    /// In the order in which they are posted.
    pub(super) const ALL: [Self; 4] =
        [Self::Series, Self::Distributions, Self::ServiceChecks, Self::Events];

    fn spec(self) -> EndpointSpec {
        let series = (r#"{"series":["#, "]}");
        let ten_minutes = Duration::from_secs(10 * 60);
        let (path, (start, end), max_items, max_age) = match self {
            // https://docs.datadoghq.com/metrics/custom_metrics/historical_metrics/
            Self::Series => ("/api/v1/series", series, usize::MAX, HOUR),
            Self::Distributions => ("/api/v1/distribution_points", series, usize::MAX, HOUR),
            // https://docs.datadoghq.com/api/latest/service-checks/#submit-a-service-check
            Self::ServiceChecks => ("/api/v1/check_run", ("[", "]"), usize::MAX, ten_minutes),
            Self::Events => ("/api/v1/events", ("", ""), 1, HOUR),
        };
        EndpointSpec { path, start, end, max_items, max_age }
    }

    /// Returns the path, relative to the API's URL.
    pub(super) fn path(self) -> &'static str {
        self.spec().path
    }

    /// Returns the age after which Datadog no longer accepts a post, or it is no longer useful.
    pub(super) fn max_age(self) -> Duration {
        self.spec().max_age
    }
}

/// JSON that is sent in one post: one value, or several separated by commas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) json: String,
    /// The number of calls it contains.
    pub(super) calls: u64,
}

/// The items of one post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Payload {
    endpoint: Endpoint,
    items: Vec<Item>,
}

impl Payload {
    pub(super) fn endpoint(&self) -> Endpoint {
        self.endpoint
    }

    pub(super) fn calls(&self) -> u64 {
        self.items.iter().map(|item| item.calls).sum()
    }

    /// Returns the length of the body.
    pub(super) fn bytes(&self) -> usize {
        let spec = self.endpoint.spec();
        let commas = self.items.len().saturating_sub(1);
        let items: usize = self.items.iter().map(|item| item.json.len()).sum();
        spec.start.len() + items + commas + spec.end.len()
    }

    pub(super) fn body(&self) -> String {
        let spec = self.endpoint.spec();
        let items: Vec<_> = self.items.iter().map(|item| item.json.as_str()).collect();
        [spec.start, &items.join(","), spec.end].concat()
    }

    /// Splits the payload into halves, or returns it in `Err` if it has a single item.
    pub(super) fn split(mut self) -> Result<[Self; 2], Self> {
        if self.items.len() < 2 {
            return Err(self);
        }
        let items = self.items.split_off(self.items.len() / 2);
        let endpoint = self.endpoint;
        Ok([self, Self { endpoint, items }])
    }
}

/// Packs items, in order, into as few bodies of at most `max` bytes as possible. Items that are too
/// large on their own are returned separately.
pub(super) fn pack(
    endpoint: Endpoint,
    items: impl IntoIterator<Item = Item>,
    max: usize,
) -> (Vec<Payload>, Vec<Item>) {
    let spec = endpoint.spec();
    let frame = spec.start.len() + spec.end.len();
    let (mut payloads, mut too_large) = (Vec::<Payload>::new(), Vec::new());
    let mut bytes = 0;
    for item in items {
        let len = item.json.len();
        if frame + len > max {
            too_large.push(item);
            continue;
        }
        match payloads.last_mut() {
            Some(payload) if payload.items.len() < spec.max_items && bytes + 1 + len <= max => {
                bytes += 1 + len;
                payload.items.push(item);
            }
            _ => {
                bytes = frame + len;
                payloads.push(Payload { endpoint, items: vec![item] });
            }
        }
    }
    (payloads, too_large)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datadog::random::Random;

    fn items(lengths: &[usize]) -> Vec<Item> {
        let json = |len| serde_json::to_string(&"x".repeat(len)).unwrap();
        lengths.iter().map(|&len| Item { json: json(len), calls: len as u64 }).collect()
    }

    fn random_items(random: &Random, max_len: u64) -> Vec<Item> {
        let count = random.below(50);
        let lengths: Vec<_> =
            (0..count).map(|_| usize::try_from(random.below(max_len)).unwrap()).collect();
        items(&lengths)
    }

    #[test]
    fn packing_keeps_the_order_and_the_limits() {
        let random = Random::seeded(7);
        for _ in 0..500 {
            for endpoint in Endpoint::ALL {
                let max = usize::try_from(20 + random.below(300)).unwrap();
                let items = random_items(&random, 100);
                let (payloads, too_large) = pack(endpoint, items.clone(), max);
                for payload in &payloads {
                    let body = payload.body();
                    assert!(body.len() <= max);
                    assert_eq!(body.len(), payload.bytes());
                    serde_json::from_str::<serde_json::Value>(&body).unwrap();
                    if endpoint == Endpoint::Events {
                        assert_eq!(payload.items.len(), 1);
                    }
                }
                for pair in payloads.windows(2).filter(|_| endpoint != Endpoint::Events) {
                    assert!(pair[0].bytes() + 1 + pair[1].items[0].json.len() > max);
                }
                let mut packed = payloads.into_iter().flat_map(|payload| payload.items);
                let mut separate = too_large.into_iter();
                let frame = endpoint.spec().start.len() + endpoint.spec().end.len();
                for item in items {
                    let is_too_large = item.json.len() + frame > max;
                    let next = if is_too_large { separate.next() } else { packed.next() };
                    assert_eq!(next, Some(item));
                }
                assert_eq!(packed.next().or(separate.next()), None);
            }
        }
    }

    #[test]
    fn halves_make_up_the_whole() {
        let items = items(&[1, 2, 3, 4, 5]);
        let (mut payloads, _) = pack(Endpoint::ServiceChecks, items.clone(), 1_000);
        let whole = payloads.remove(0);
        let calls = whole.calls();
        let [left, right] = whole.split().unwrap();
        assert_eq!(left.calls() + right.calls(), calls);
        assert_eq!([left.items, right.items].concat(), items);
        let (mut payloads, _) = pack(Endpoint::ServiceChecks, items.into_iter().take(1), 1_000);
        payloads.remove(0).split().unwrap_err();
    }
}
