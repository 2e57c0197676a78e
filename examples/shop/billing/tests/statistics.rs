//! The statistics of billing, recorded instead of sent.

use std::error::Error;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use billing::CAPACITY;
use panopticon::datadog::testing::Recorder;
use panopticon::datadog::{AlertType, Event};
use sqlx::any::AnyPoolOptions;

/// Shared by the tests of this process; each looks at metrics that no other sends.
static RECORDER: LazyLock<Recorder> = LazyLock::new(|| {
    let recorder = Recorder::new();
    recorder.install().expect("no other is installed");
    recorder
});

#[tokio::test]
async fn the_worker_reports_unbilled_orders_and_times_each_bill() -> Result<(), Box<dyn Error>> {
    let recorder = &*RECORDER;
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("statistics.db");
    // Left by an earlier run, if any.
    let _ = std::fs::remove_file(&file);
    let pool = orders::connect(&format!("sqlite://{}?mode=rwc", file.display())).await?;
    let order = || serde_json::from_str(r#"{"item": "tea", "quantity": 2}"#);
    for _ in 0..2 {
        orders::store(&pool, order()?).await?;
    }

    let (queue, worker) = billing::queue(pool.clone());
    let worker = tokio::spawn(worker);
    let billed = || recorder.values("orders.billed", &[]);
    let those_left = async {
        while billed().len() < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), those_left).await?;
    let order = orders::store(&pool, order()?).await?;
    queue.reserve()?.bill(order.id);
    drop(queue);
    worker.await?;

    let event = Event::new("Unbilled orders at the start", "2 of them")
        .alert_type(AlertType::Warning)
        .aggregation_key("billing.unbilled");
    assert_eq!(recorder.events(), [event]);
    assert_eq!(billed(), [1.0; 3]);
    let times = recorder.values("billing.time", &[("by", "worker")]);
    assert_eq!(times.len(), 3, "{times:?}");
    assert!(recorder.values("billing.queue_length", &[]).contains(&0.0));
    pool.close().await;
    std::fs::remove_file(&file)?;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn retries_are_counted_and_the_filling_queue_is_reported() -> Result<(), Box<dyn Error>> {
    let recorder = &*RECORDER;
    sqlx::any::install_default_drivers();
    let pool = AnyPoolOptions::new().connect_lazy("sqlite::memory:")?;
    pool.close().await;
    let (queue, worker) = billing::queue(pool);
    queue.reserve()?.bill(1);

    // Tries at 0, 1 and 2 seconds.
    let given_up = tokio::time::timeout(Duration::from_millis(2500), worker).await;
    assert!(given_up.is_err(), "the worker waits for its database");
    assert_eq!(recorder.values("billing.retries", &[]), [1.0; 3]);
    // The lengths of the other test are zero.
    let lengths = recorder.values("billing.queue_length", &[]);
    assert_eq!(lengths.iter().filter(|length| **length > 0.5).count(), 3, "{lengths:?}");
    Ok(())
}

#[tokio::test]
async fn refused_jobs_are_counted_by_reason() -> Result<(), Box<dyn Error>> {
    let recorder = &*RECORDER;
    sqlx::any::install_default_drivers();
    let (queue, worker) = billing::queue(AnyPoolOptions::new().connect_lazy("sqlite::memory:")?);

    let slots: Vec<_> = (0..CAPACITY).map(|_| queue.reserve()).collect::<Result<_, _>>()?;
    for _ in 0..2 {
        assert!(queue.reserve().is_err());
    }
    drop((slots, worker));
    assert!(queue.reserve().is_err());

    let refused = |reason| recorder.values("billing.refused", &[("reason", reason)]);
    assert_eq!(refused("full"), [1.0; 2]);
    assert_eq!(refused("worker_ended"), [1.0]);
    Ok(())
}
