//! The connection to the database, and its table.

use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, Error};

/// How long to wait for a connection. This is half the default timeout of a health check, so that
/// the report on an unavailable database has the pool's message, not just that the check timed out.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(1);

/// Connects to the database of a `sqlite:` or `postgres:` URL, and creates its table if it is
/// missing.
///
/// The pool survives a restart of the database: it tests each connection before handing it out, and
/// replaces broken ones.
///
/// # Errors
///
/// If the URL is invalid, if the database does not answer within a second, or if it is `SQLite`
/// without a file, because then each connection has a database of its own.
pub async fn connect(url: &str) -> Result<AnyPool, Error> {
    // Only these two, even if sqlx is built with more drivers for another package of the workspace. It
    // fails only if an earlier call has installed them.
    let _ = sqlx::any::install_drivers(&[sqlx::postgres::any::DRIVER, sqlx::sqlite::any::DRIVER]);
    let pool = AnyPoolOptions::new().acquire_timeout(ACQUIRE_TIMEOUT).connect(url).await?;
    create_schema(&mut *pool.acquire().await?).await?;
    Ok(pool)
}

async fn create_schema(connection: &mut AnyConnection) -> Result<(), Error> {
    // The only thing that the two databases spell differently.
    let id = if connection.backend_name() == "SQLite" {
        refuse_without_a_file(connection).await?;
        "INTEGER PRIMARY KEY AUTOINCREMENT"
    } else {
        "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
    };
    // Times are seconds since 1970, because sqlx's `Any` has no type for times.
    let schema = format!(
        "CREATE TABLE IF NOT EXISTS orders (
            id {id},
            item TEXT NOT NULL,
            quantity BIGINT NOT NULL,
            accepted_at BIGINT NOT NULL,
            billed_at BIGINT
        )"
    );
    // Safe, because it consists of literals only.
    sqlx::query(AssertSqlSafe(schema)).execute(connection).await?;
    Ok(())
}

async fn refuse_without_a_file(sqlite: &mut AnyConnection) -> Result<(), Error> {
    let (file,): (String,) =
        sqlx::query_as("SELECT file FROM pragma_database_list WHERE name = 'main'")
            .fetch_one(sqlite)
            .await?;
    if file.is_empty() {
        let reason = "a SQLite database without a file is lost with its connection; name a file";
        return Err(Error::Configuration(reason.into()));
    }
    Ok(())
}
