//! Timed functions that a `macro_rules!` writes from fragments of every kind.

use panopticon::track_time;

macro_rules! timed {
    (
        $(#[$attribute:meta])* $visibility:vis $name:ident $metric:literal $unit:expr, $key:literal
        $value:expr, ($argument:ident: $type:ty) $body:block
    ) => {
        $(#[$attribute])*
        #[track_time($metric, unit = $unit, tags = [($key, $value)])]
        $visibility fn $name($argument: $type) -> $type $body

        #[track_time(tags = [("kind", $value)])]
        $visibility async fn asynchronous($argument: $type) -> $type $body
    };
}
timed! {
    /// Documented.
    #[inline]
    pub(crate) everything "every.thing" "s", "kind" "book", (number: u8)
    { number + 1 }
}

macro_rules! timed_item {
    ($($item:item)*) => {
        $(#[track_time] $item)*
    };
}
timed_item! {
    /// Documented.
    fn one(number: u8) -> u8 {
        #![allow(unused)]
        use std::convert::identity;
        identity(number)
    }

    async fn two() {}
}

macro_rules! options_as_tokens {
    ($($options:tt)*) => {
        #[track_time($($options)*)]
        fn options_as_tokens() {}
    };
}
options_as_tokens!("options", unit = "us");

macro_rules! future {
    ($future:expr, $block:block) => {
        #[track_time]
        fn future_as_expression() -> impl Future<Output = u8> {
            $future
        }

        #[track_time]
        fn future_of_a_block() -> impl Future<Output = u8> {
            async $block
        }
    };
}
future!(async { 1 }, { 2 });

fn main() {
    assert_eq!(everything(1), 2);
    assert_eq!(one(1), 1);
    options_as_tokens();
    let _ = (asynchronous(1), two(), future_as_expression(), future_of_a_block());
}
