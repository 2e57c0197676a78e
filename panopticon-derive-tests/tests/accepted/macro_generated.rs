//! Checks that a `macro_rules!` writes from fragments of every kind.

use panopticon::{Health, IntoHealth, Panopticon, healthcheck};

struct Pool(&'static str);
struct Queue(&'static str);

macro_rules! check_of_type {
    ($name:ident, $pool:ty) => {
        #[healthcheck]
        fn $name(pool: &$pool) -> Health {
            Health::healthy(pool.0)
        }
    };
}
check_of_type!(database, Pool);
check_of_type!(queue, crate::Queue);

macro_rules! check_of_reference {
    ($name:ident, $reference:ty, $answer:ty) => {
        #[healthcheck]
        async fn $name(pool: $reference) -> $answer {
            Ok(Health::healthy(pool.0))
        }
    };
}
check_of_reference!(by_reference, &Pool, Result<Health, std::io::Error>);

macro_rules! check_of_everything {
    (
        $(#[$attribute:meta])* $visibility:vis $name:ident
        $text:literal $timeout:expr, $critical:expr, [$($tag:literal)*] $tags:expr, $body:block
    ) => {
        $(#[$attribute])*
        #[healthcheck(name = $text, timeout = $timeout, critical = $critical, tags = [$($tag),*])]
        $visibility fn $name() -> impl IntoHealth $body

        #[healthcheck(tags = $tags)]
        fn tags_as_expression() {}
    };
}
check_of_everything! {
    /// Documented.
    #[inline]
    pub(crate) everything "every.thing" "90s", false, ["one" "two"] ["three"],
    { Health::degraded("as a block") }
}

macro_rules! options_as_tokens {
    ($($options:tt)*) => {
        #[healthcheck($($options)*)]
        fn options_as_tokens() {}
    };
}
options_as_tokens!(timeout = "1s", tags = ["four"]);

fn main() {
    let health = Panopticon::builder().provide(Pool("pool")).provide(Queue("queue"));
    let report = health.build().unwrap().report_blocking();
    let messages: Vec<_> =
        report.components().map(|(name, component)| (name, component.message())).collect();
    assert_eq!(
        messages,
        [
            ("by_reference", Some("pool")),
            ("database", Some("pool")),
            ("every.thing", Some("as a block")),
            ("options_as_tokens", None),
            ("queue", Some("queue")),
            ("tags_as_expression", None),
        ]
    );
}
