use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, Error};

/// How long anyone waits for a connection: half the timeout that a health check has by default, so
/// that a database which is gone is reported in the database's words, not as a check that took too
/// long.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(1);

/// Connects to the database of a `sqlite:` or `postgres:` URL and creates what it lacks.
///
/// The pool stays usable when the database goes away and comes back: it asks each connection
/// whether it still lives before it hands it out, and replaces those that do not.
///
/// # Errors
///
/// If the URL is none, the database does not answer within a second, or it is a `SQLite` one
/// without a file: every connection would have its own, without the tables of the others.
pub async fn connect(url: &str) -> Result<AnyPool, Error> {
    sqlx::any::install_default_drivers();
    let pool = AnyPoolOptions::new().acquire_timeout(ACQUIRE_TIMEOUT).connect(url).await?;
    create_schema(&mut *pool.acquire().await?).await?;
    Ok(pool)
}

async fn create_schema(connection: &mut AnyConnection) -> Result<(), Error> {
    // The one thing that the two databases spell differently.
    let id = if connection.backend_name() == "SQLite" {
        refuse_without_a_file(connection).await?;
        "INTEGER PRIMARY KEY AUTOINCREMENT"
    } else {
        "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
    };
    // Times are seconds since 1970: sqlx's `Any` knows no type for times.
    let schema = format!(
        "CREATE TABLE IF NOT EXISTS orders (
            id {id},
            item TEXT NOT NULL,
            quantity BIGINT NOT NULL,
            accepted_at BIGINT NOT NULL,
            billed_at BIGINT
        )"
    );
    // Put together from literals only.
    sqlx::query(AssertSqlSafe(schema)).execute(connection).await?;
    Ok(())
}

async fn refuse_without_a_file(sqlite: &mut AnyConnection) -> Result<(), Error> {
    let (file,): (String,) =
        sqlx::query_as("SELECT file FROM pragma_database_list WHERE name = 'main'")
            .fetch_one(sqlite)
            .await?;
    if file.is_empty() {
        let reason = "a SQLite database without a file ends with its connection; name a file";
        return Err(Error::Configuration(reason.into()));
    }
    Ok(())
}
