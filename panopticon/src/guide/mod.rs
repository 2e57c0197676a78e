//! The guide: one page per topic, in the order in which a new service needs them.
//!
//! | page | what it answers |
//! | --- | --- |
//! | [`checks`] | How do I write a check, give it what it needs, and test it? |
//! | [`choosing`] | Which probe, critical or optional, an interval or a cache, and which thresholds? |
//! | [`workspaces`] | Where do checks live, which crates must be listed, what can I do about checks that are not mine, and what catches each mistake? |
//! | [`results`] | When do checks run, and when does a result count? |
//! | [`failures`] | What is reported when something goes wrong? |
//! | [`http`] | How is each request answered? |
//! | [`formats`] | What does `application/health+json` look like, and what is the JSON Schema of each answer? |
//! | [`page`] | What does a browser show, and how do I read it? |
//! | [`metrics`] | How do I scrape results with Prometheus, and which alerts make sense? |
//! | [`your_framework`] | How do I serve the report in axum, actix-web, hyper, tonic, or without HTTP? |
//! | [`management_server`] | How do I serve the report from a service without HTTP, and while the runtime is stuck? |
//! | [`kubernetes`] | How do I configure probes, and stop without losing requests? |
//! | [`systemd`] | How do I tell systemd when the service is ready, what its status is, and whether it is alive? |
//! | [`exec_probe`] | How do I probe a container without curl, from Nagios or from Consul? |
//! | [`settings`] | What can be configured, where, and what is the default? |
//! | [`events`] | How do I learn about changes, and overrule a check for a while? |
//! | [`statistics`] | How do I send results, metrics and request times to Datadog? |
//! | [`python_panopticon`] | What changes when I come from python-panopticon? |
//!
//! Each macro has a manual: [`#[healthcheck]`](macro@crate::healthcheck),
//! [`collection!`](macro@crate::collection) and [`discover!`](macro@crate::discover). The JSON is
//! documented at [`Report`](crate::Report) and [`Component`](crate::Component).

macro_rules! pages {
    ($($name:ident = $file:literal;)*) => {
        $(pub mod $name {
            #![doc = include_str!($file)]
        })*
    };
}

pages! {
    checks = "checks.md";
    choosing = "choosing.md";
    events = "events.md";
    exec_probe = "exec_probe.md";
    failures = "failures.md";
    http = "http.md";
    kubernetes = "kubernetes.md";
    management_server = "management_server.md";
    metrics = "metrics.md";
    page = "page.md";
    python_panopticon = "python_panopticon.md";
    results = "results.md";
    settings = "settings.md";
    statistics = "statistics.md";
    systemd = "systemd.md";
    workspaces = "workspaces.md";
    your_framework = "your_framework.md";
}

pub mod formats {
    #![doc = include_str!("formats.md")]
    //!
    //! ## `report.schema.json`
    //! ```json
    #![doc = include_str!("../formats/report.schema.json")]
    //! ```
    //!
    //! ## `component.schema.json`
    //! ```json
    #![doc = include_str!("../formats/component.schema.json")]
    //! ```
    //!
    //! ## `health_json.schema.json`
    //! ```json
    #![doc = include_str!("../formats/health_json.schema.json")]
    //! ```
    //!
    //! ## `error.schema.json`
    //! ```json
    #![doc = include_str!("../formats/error.schema.json")]
    //! ```
}
