//! Functions that another attribute rewrites, before or after this one.

use std::pin::pin;
use std::sync::Arc;

use async_trait::async_trait;
use panopticon::{Health, Panopticon, healthcheck, track_time};

use crate::future::{WAIT, block_on, poll, wait};
use crate::recorded::{count, record, recorded};

#[async_trait]
trait Repository {
    async fn name(&self) -> String;

    async fn find<T: ToString + Send>(&self, id: T) -> Result<String, String>
    where
        T: 'static;

    #[track_time("async_trait.default")]
    async fn shout(&self) -> String
    where
        Self: Sync,
    {
        wait().await;
        self.name().await.to_uppercase()
    }

    #[track_time("async_trait.consuming")]
    async fn consume(self: Box<Self>, mut more: Vec<u8>) -> usize
    where
        Self: Send,
    {
        wait().await;
        more.push(1);
        more.len()
    }
}

struct Memory(String);

#[async_trait]
impl Repository for Memory {
    #[track_time("async_trait.name")]
    async fn name(&self) -> String {
        wait().await;
        self.0.clone()
    }

    #[track_time("async_trait.find")]
    async fn find<T: ToString + Send>(&self, id: T) -> Result<String, String>
    where
        T: 'static,
    {
        wait().await;
        let id = id.to_string();
        if id.is_empty() {
            return Err("empty".to_owned());
        }
        let number: u8 = id.parse().map_err(|_| "no number".to_owned())?;
        Ok(format!("{} {number}", self.0))
    }
}

#[test]
fn the_work_of_an_async_trait_is_timed() {
    record();
    let memory = Memory("book".to_owned());
    assert_eq!(block_on(memory.name()), "book");
    assert_eq!(block_on(memory.find(7)), Ok("book 7".to_owned()));
    assert_eq!(block_on(memory.find("")), Err("empty".to_owned()));
    assert_eq!(block_on(memory.find("seven")), Err("no number".to_owned()));
    assert_eq!(block_on(memory.shout()), "BOOK");
    assert_eq!(block_on(Box::new(memory).consume(vec![])), 1);
    for (name, calls) in [
        ("async_trait.name", 2),
        ("async_trait.find", 3),
        ("async_trait.default", 1),
        ("async_trait.consuming", 1),
    ] {
        let records = recorded(name);
        assert_eq!(records.len(), calls, "{name}");
        assert!(records.iter().all(|record| record.elapsed >= WAIT), "{records:?}");
    }
}

#[async_trait(?Send)]
trait Local {
    #[track_time("async_trait.nothing")]
    async fn nothing(&mut self) {
        wait().await;
    }

    #[track_time("async_trait.associated")]
    async fn associated(_: &str) -> u8 {
        use std::convert::identity;
        identity(7)
    }

    #[must_use]
    #[track_time("async_trait.between")]
    #[inline]
    async fn between(&self, (one, other): (u8, u8)) -> u8 {
        let numbers = [one, other];
        numbers.iter().sum()
    }
}

impl Local for () {}

#[test]
fn every_shape_of_method_is_timed() {
    record();
    block_on(().nothing());
    assert!(recorded("async_trait.nothing")[0].elapsed >= WAIT);
    assert_eq!(block_on(<() as Local>::associated("")), 7);
    assert_eq!(block_on(().between((1, 2))), 3);
    for name in ["async_trait.nothing", "async_trait.associated", "async_trait.between"] {
        assert_eq!(count(name), 1, "{name}");
    }
}

#[async_trait]
trait Endless {
    #[track_time("async_trait.cancelled")]
    async fn run(&self)
    where
        Self: Sync,
    {
        std::future::pending::<()>().await;
    }
}

impl Endless for u8 {}

#[test]
fn a_future_of_an_async_trait_is_timed_from_its_first_poll_until_it_is_dropped() {
    record();
    let shared: Arc<dyn Endless + Send + Sync> = Arc::new(1_u8);
    drop(shared.run());
    assert_eq!(count("async_trait.cancelled"), 0);
    {
        let mut future = pin!(shared.run());
        assert!(poll(future.as_mut()).is_pending());
        assert_eq!(count("async_trait.cancelled"), 0);
    }
    assert_eq!(count("async_trait.cancelled"), 1);
}

#[healthcheck]
#[track_time("healthcheck.above")]
async fn check_above(number: &u8) -> Health {
    Health::healthy(number.to_string())
}

#[track_time("healthcheck.below")]
#[healthcheck]
fn check_below(text: &str) -> Result<(), String> {
    Err(format!("no {text}"))
}

#[test]
fn a_health_check_is_timed_in_either_order() {
    record();
    let health =
        Panopticon::builder().provide(7_u8).provide_arc::<str>("answer".into()).build().unwrap();
    let report = health.report_blocking();
    assert_eq!(report.component("check_above").unwrap().message(), Some("7"));
    assert_eq!(report.component("check_below").unwrap().message(), Some("no answer"));
    assert_eq!(count("healthcheck.above"), 1);
    assert_eq!(count("healthcheck.below"), 1);
}
