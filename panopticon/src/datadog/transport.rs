//! The routes by which statistics reach Datadog.

/// The route by which statistics reach Datadog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// Through the Datadog Agent, in its DogStatsD format.
    Dogstatsd,
    /// Straight to Datadog's API, without an Agent. Needs the feature `datadog-api`.
    ///
    /// Calls are rolled up in buckets of 10 seconds, like ThreadStats of Datadog's Python client
    /// does, and posted every 10 seconds, unless you set a
    /// [rollup](crate::datadog::StatsBuilder::rollup_interval) or
    /// [flush interval](crate::datadog::StatsBuilder::flush_interval):
    ///
    /// | calls | what is [posted](https://docs.datadoghq.com/api/latest/metrics/#submit-metrics), with the bucket's start time |
    /// | --- | --- |
    /// | counts | a rate: their sum divided by 10, with the interval 10 (the rollup interval) |
    /// | gauges | the latest value |
    /// | sets | a gauge: the number of different values |
    /// | counts and gauges [with a timestamp](crate::datadog::gauge_with_timestamp) | the same, with that time; a later post for the same second replaces it |
    /// | histograms and timings | the gauges `.min`, `.max`, `.avg`, `.75percentile`, `.85percentile`, `.95percentile` and `.99percentile`, and the rate `.count`; the percentiles are of at most 1,000 values, chosen at random |
    /// | distributions | [every value](https://docs.datadoghq.com/api/latest/metrics/#submit-distribution-points) |
    /// | events | [one post](https://docs.datadoghq.com/api/latest/events/#post-an-event) each; a title is cut to 500 characters, a text to 4,000 |
    /// | service checks | [one post](https://docs.datadoghq.com/api/latest/service-checks/#submit-a-service-check) for all; a message is cut to 500 characters |
    ///
    /// Everything has a host: the event's or check's own, the
    /// [client's](crate::datadog::StatsBuilder::hostname), or this machine's. Datadog keeps one
    /// value per metric, tags, host and time, so if several processes on a host send the same
    /// metric, give each a tag of its own, such as `pid`. A [flush](crate::datadog::Stats::flush)
    /// may end a bucket early; later calls then get a later time. With more than one flush a
    /// second, some wait until the clock catches up.
    ///
    /// No call waits for the network. If the API cannot accept a post (408, 429, 5xx, or no
    /// response within 10 seconds) or rejects the key (401, 403), it is retried after 1 second, then after up to a minute, or
    /// when the API says (`Retry-After`, `X-RateLimit-Reset`). In rare cases an event or the values
    /// of a distribution therefore arrive twice. Lost calls are
    /// [counted](crate::datadog::Delivery):
    ///
    /// - posts it rejects for another reason, and single items that are too large;
    /// - more than 10,000 series, 500,000 values of distributions or 100,000 different values of sets
    ///   in one bucket;
    /// - more than 1,000 waiting events or 10,000 waiting service checks;
    /// - the oldest posts, if more than 32 MiB wait;
    /// - posts that have waited for an hour, or 10 minutes for service checks, since
    ///   [Datadog](https://docs.datadoghq.com/metrics/custom_metrics/historical_metrics/) accepts
    ///   no older ones;
    /// - everything not sent 10 seconds after the last client is dropped.
    ///
    /// A post has at most 3,000,000 bytes; redirects are not followed. The proxy is `https_proxy`,
    /// `HTTPS_PROXY`, `all_proxy` or `ALL_PROXY`, the first of these that can be used, with the
    /// exceptions in `no_proxy` or `NO_PROXY`, which are those of curl and Go. Certificates are verified against Mozilla's built-in list, not the system's. A proxy that
    /// cannot be used is skipped with a [warning](crate::datadog::Stats::setting_warnings).
    Api,
}
