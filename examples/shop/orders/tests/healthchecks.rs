//! Health checks are ordinary functions, called here with a database of the test.

use std::error::Error;
use std::path::Path;

use orders::healthchecks::{database, schema, stuck_orders};
use panopticon::Health;

#[tokio::test]
async fn orders_that_are_not_billed_are_stuck() -> Result<(), Box<dyn Error>> {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stuck_orders.db");
    // Left by an earlier run, if any.
    let _ = std::fs::remove_file(&file);
    let pool = orders::connect(&format!("sqlite://{}?mode=rwc", file.display())).await?;

    let none = Health::healthy("all orders are billed in time").with("stuck_orders", 0);
    assert_eq!(stuck_orders(&pool).await?, none);

    let order = serde_json::from_str(r#"{"item": "tea", "quantity": 2}"#)?;
    let order = orders::store(&pool, order).await?;
    assert_eq!(stuck_orders(&pool).await?, none, "it was accepted just now");

    sqlx::query("UPDATE orders SET accepted_at = 0").execute(&pool).await?;
    let one = Health::degraded("orders have waited over 60 s to be billed");
    assert_eq!(stuck_orders(&pool).await?, one.with("stuck_orders", 1));

    orders::mark_billed(&pool, order.id).await?;
    assert_eq!(stuck_orders(&pool).await?, none);

    pool.close().await;
    assert!(database(&pool).await.is_err(), "a closed pool has no connections");
    std::fs::remove_file(&file)?;
    Ok(())
}

#[tokio::test]
async fn a_missing_column_is_named() -> Result<(), Box<dyn Error>> {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("schema.db");
    // Left by an earlier run, if any.
    let _ = std::fs::remove_file(&file);
    let url = format!("sqlite://{}?mode=rwc", file.display());
    let pool = orders::connect(&url).await?;
    assert_eq!(schema(&pool).await?, Health::healthy("all columns exist"));

    sqlx::query("ALTER TABLE orders DROP COLUMN billed_at").execute(&pool).await?;
    pool.close().await;
    let pool = orders::connect(&url).await?;
    let missing = schema(&pool).await.expect_err("the column is missing");
    assert!(missing.to_string().contains("no such column: billed_at"), "{missing}");

    pool.close().await;
    std::fs::remove_file(&file)?;
    Ok(())
}

#[tokio::test]
async fn a_database_without_a_file_is_refused() {
    for url in ["sqlite:", "sqlite::memory:", "sqlite://shop?mode=memory&cache=shared"] {
        let refused = orders::connect(url).await.expect_err(url);
        assert!(refused.to_string().contains("name a file"), "{url}: {refused}");
    }
}
