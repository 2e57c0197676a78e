//! The statistics of orders, recorded instead of sent.

use std::error::Error;
use std::path::Path;

use panopticon::datadog::testing::Recorder;

#[tokio::test]
async fn orders_are_counted_once_when_placed_and_once_when_billed() -> Result<(), Box<dyn Error>> {
    let recorder = Recorder::new();
    recorder.install()?;
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("statistics.db");
    // Left by an earlier run, if any.
    let _ = std::fs::remove_file(&file);
    let pool = orders::connect(&format!("sqlite://{}?mode=rwc", file.display())).await?;

    for json in [r#"{"item": "tea", "quantity": 2}"#, r#"{"item": "mugs", "quantity": 12}"#] {
        let order = orders::store(&pool, serde_json::from_str(json)?).await?;
        for _ in 0..2 {
            orders::mark_billed(&pool, order.id).await?;
        }
        assert!(orders::find(&pool, order.id).await?.is_some_and(|order| order.billed));
    }
    let placed = || recorder.values("orders.placed", &[]);
    assert_eq!(placed(), [1.0; 2]);
    assert_eq!(recorder.values("orders.quantity", &[]), [2.0, 12.0]);
    let billed = recorder.values("orders.billed", &[]);
    assert_eq!(billed, [1.0, 0.0, 1.0, 0.0], "no order is billed twice");

    pool.close().await;
    assert!(orders::find(&pool, 1).await.is_err(), "a closed pool has no connections");
    let order = serde_json::from_str(r#"{"item": "tea", "quantity": 2}"#)?;
    assert!(orders::store(&pool, order).await.is_err());
    assert_eq!(placed(), [1.0; 2], "the order was not stored");
    for query in ["store", "find"] {
        let times = recorder.values("orders.query", &[("query", query)]);
        assert_eq!(times.len(), 3, "failed queries are timed too: {query} {times:?}");
    }
    std::fs::remove_file(&file)?;
    Ok(())
}
