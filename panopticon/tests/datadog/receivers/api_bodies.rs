//! Checks the bodies posted to the API with the models of Datadog's own client.

use super::api_models::validate;
use super::{call, cases};
use crate::agent::PATIENCE;
use crate::api::endpoint::Endpoint;

/// All calls, with and without optional fields, by a client with default tags and one without.
#[test]
#[ignore = "needs .ci/with-datadog-receivers"]
fn the_models_accept_all_bodies() {
    let calls: Vec<_> = cases::all().into_iter().flatten().map(|case| case.call).collect();
    let count = |call: &str| calls.iter().filter(|made| made["call"] == call).count();
    for tags in [&[][..], &[("env", "test"), ("größe", "a|b")]] {
        let endpoint = Endpoint::accepting_all();
        let builder = tags
            .iter()
            .fold(endpoint.builder(), |builder, (key, value)| builder.default_tag(*key, *value));
        let stats = builder.build().unwrap();
        for call in &calls {
            call::make(&stats, call);
        }
        stats.flush(PATIENCE).unwrap();
        let delivery = stats.delivery();
        assert_eq!(delivery.sent + delivery.refused, calls.len() as u64, "{delivery:?}");
        // All but the event without a title.
        assert_eq!(endpoint.bodies("events").len(), count("event") - 1);
        assert!(!endpoint.bodies("series").is_empty());
        assert!(!endpoint.bodies("distribution_points").is_empty());
        let checks = endpoint.bodies("check_run");
        let checks = checks.iter().map(|body| body.as_array().unwrap().len());
        assert_eq!(checks.sum::<usize>(), count("service_check"));

        let requests: Vec<_> = endpoint
            .requests()
            .iter()
            .map(|request| {
                let path = request.line.strip_prefix("POST ").unwrap();
                (path.to_owned(), request.body.to_string())
            })
            .collect();
        for ((path, body), result) in requests.iter().zip(validate(&requests)) {
            assert_eq!(result, "accepted", "{path} {body}");
        }
    }
}
