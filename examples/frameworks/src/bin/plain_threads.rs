//! A worker on plain threads, without HTTP and without tokio: it logs the report, and stops on
//! SIGTERM.

use std::thread;
use std::time::Duration;

use panopticon::{Health, Panopticon, healthcheck};

#[healthcheck]
fn upload_folder() -> std::io::Result<Health> {
    let files = std::fs::read_dir(std::env::var("UPLOADS").unwrap_or_else(|_| ".".to_owned()))?;
    Ok(Health::healthy("can be read").with("files", files.count()))
}

fn work(health: &Panopticon) {
    while !health.is_draining() {
        thread::sleep(Duration::from_millis(100)); // one job of yours
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let health = Panopticon::builder().build()?;
    // Nothing sends requests, so no grace period is needed.
    let drained = health.drain_on_signal(Duration::ZERO)?;

    let logged = health.clone();
    thread::spawn(move || {
        loop {
            println!("{}", logged.report_blocking());
            thread::sleep(Duration::from_secs(60));
        }
    });
    let working = health.clone();
    let worker = thread::spawn(move || work(&working));

    pollster::block_on(drained);
    worker.join().map_err(|_| "the worker has panicked")?;
    pollster::block_on(health.shutdown());
    println!("the worker has stopped");
    Ok(())
}
