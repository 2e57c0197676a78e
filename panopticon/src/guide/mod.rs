//! The guide: one page per topic, in the order in which a new service needs them.
//!
//! | page | what it answers |
//! | --- | --- |
//! | [`checks`] | How do I write a check, give it what it needs, and test it? |
//! | [`workspaces`] | Where do checks live, which crates must be listed, and what catches each mistake? |
//! | [`results`] | When do checks run, and when does a result count? |
//! | [`failures`] | What is reported when something goes wrong? |
//! | [`http`] | How is each request answered? |
//! | [`kubernetes`] | How do I configure probes, and stop without losing requests? |
//! | [`settings`] | What can be configured, where, and what is the default? |
//! | [`events`] | How do I learn about changes, and overrule a check for a while? |
//! | [`statistics`] | How do I send results, metrics and request times to Datadog? |
//! | [`python_panopticon`] | What changes when I come from python-panopticon? |
//!
//! Each macro has a manual: [`#[healthcheck]`](macro@crate::healthcheck),
//! [`collection!`](macro@crate::collection) and [`discover!`](macro@crate::discover). The JSON is
//! documented at [`Report`](crate::Report) and [`Component`](crate::Component).

pub mod checks {
    #![doc = include_str!("checks.md")]
}
pub mod events {
    #![doc = include_str!("events.md")]
}
pub mod failures {
    #![doc = include_str!("failures.md")]
}
pub mod http {
    #![doc = include_str!("http.md")]
}
pub mod kubernetes {
    #![doc = include_str!("kubernetes.md")]
}
pub mod python_panopticon {
    #![doc = include_str!("python_panopticon.md")]
}
pub mod results {
    #![doc = include_str!("results.md")]
}
pub mod settings {
    #![doc = include_str!("settings.md")]
}
pub mod statistics {
    #![doc = include_str!("statistics.md")]
}
pub mod workspaces {
    #![doc = include_str!("workspaces.md")]
}
