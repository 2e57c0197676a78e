//! A job without HTTP and without tokio, started by a timer: it does its work only if the service
//! is healthy, and its exit code says whether it did.

use std::process::ExitCode;
use std::time::Duration;

use panopticon::{CheckOptions, Health, Panopticon, healthcheck};

#[healthcheck]
fn upload_folder() -> std::io::Result<Health> {
    let files = std::fs::read_dir(std::env::var("UPLOADS").unwrap_or_else(|_| ".".to_owned()))?;
    Ok(Health::healthy("can be read").with("files", files.count()))
}

fn main() -> Result<ExitCode, panopticon::BuildError> {
    let every_minute = CheckOptions::new().interval(Duration::from_secs(60));
    let health = Panopticon::builder()
        .check("exchange_rates", every_minute, || async { Health::healthy("up to date") })
        .build()?;

    // panopticon's futures run on any executor, such as that of the crate `pollster`.
    pollster::block_on(health.first_results());
    let report = health.report_blocking();
    if !report.service_healthy() {
        eprintln!("{report}");
        return Ok(ExitCode::FAILURE);
    }
    println!("the work is done");
    pollster::block_on(health.shutdown());
    Ok(ExitCode::SUCCESS)
}
