//! What `#[track_time]` records: how many times and of what; of how long, only the least that it
//! can be, for more is the machine's affair.

#![allow(clippy::unused_async, reason = "the attribute is tested, not what is below it")]
#![allow(clippy::items_after_statements, reason = "`record()` comes first in each test")]

mod asynchronous;
mod future;
mod options;
mod recorded;
mod returned_future;
mod rewritten;
mod synchronous;
