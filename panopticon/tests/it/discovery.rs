//! Annotated functions become components, with no registration code.

use std::sync::Arc;

use panopticon::{Health, Panopticon, Status, healthcheck};

struct Queue {
    jobs: usize,
}

trait Disk: Send + Sync {
    fn free_bytes(&self) -> u64;
}

struct FullDisk;

impl Disk for FullDisk {
    fn free_bytes(&self) -> u64 {
        0
    }
}

#[healthcheck]
async fn database(url: &str) -> Result<Health, std::num::ParseIntError> {
    tokio::task::yield_now().await;
    let port: u16 = url.rsplit(':').next().unwrap_or_default().parse()?;
    Ok(Health::healthy("database is available.").with("port", port))
}

const BACKGROUND_JOBS: u32 = line!() + 2;
#[healthcheck(timeout = "500ms", critical = false, tags = ["queue", "disk"])]
fn background_jobs(queue: &Queue, disk: &dyn Disk) -> Health {
    if disk.free_bytes() == 0 {
        return Health::unhealthy("nowhere to write to").with("queued_jobs", queue.jobs);
    }
    Health::healthy("keeping up").with("queued_jobs", queue.jobs)
}

mod nested {
    use panopticon::healthcheck;

    #[healthcheck(name = "nested.check")]
    fn check() {}
}

fn provided(url: &str) -> Panopticon {
    Panopticon::builder()
        .provide_arc::<str>(url.into())
        .provide(Queue { jobs: 423 })
        .provide_arc::<dyn Disk>(Arc::new(FullDisk))
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_function_becomes_a_component() {
    let report = provided("postgres://host:5432").report().await;
    let names: Vec<&str> = report.components().map(|(name, _)| name).collect();
    assert_eq!(names, ["background_jobs", "database", "nested.check"]);

    let database = report.component("database").unwrap();
    assert_eq!(database.status(), Status::Healthy);
    assert_eq!(database.message(), Some("database is available."));
    assert_eq!(database.detail("port"), Some(&5432.into()));

    let jobs = report.component("background_jobs").unwrap();
    assert_eq!(jobs.status(), Status::Unhealthy);
    assert_eq!(jobs.detail("queued_jobs"), Some(&423.into()));

    // The component that fails is optional.
    assert!(report.service_healthy());
    assert_eq!(report.status(), Status::Degraded);
}

#[tokio::test]
async fn an_error_is_unhealthy_with_its_text() {
    let database = provided("postgres://host:port").check("database").await.unwrap();
    assert_eq!(database.status(), Status::Unhealthy);
    assert_eq!(database.message(), Some("invalid digit found in string"));
}

#[tokio::test]
async fn the_annotated_function_can_be_called_directly() {
    assert!(database("postgres://host:5432").await.is_ok());
    assert_eq!(
        background_jobs(&Queue { jobs: 1 }, &FullDisk),
        Health::unhealthy("nowhere to write to").with("queued_jobs", 1)
    );
}

#[tokio::test]
async fn tags_select() {
    let health = provided("postgres://host:5432");
    let report = health.report_for(panopticon::Selection::all().tag("disk")).await.unwrap();
    assert_eq!(report.components().len(), 1);
}

#[test]
fn annotated_functions_are_listed_with_their_options_and_places() {
    let health = provided("postgres://host:5432");
    let jobs = health.components().find(|component| component.name() == "background_jobs").unwrap();
    assert_eq!((jobs.collection(), jobs.critical()), (Some("panopticon"), false));
    assert_eq!(jobs.tags(), ["queue", "disk"]);
    assert_eq!(jobs.timeout(), std::time::Duration::from_millis(500));
    assert_eq!((jobs.place().file(), jobs.place().line()), (file!(), BACKGROUND_JOBS));
}

#[tokio::test]
async fn an_empty_builder_discovers_nothing() {
    let health =
        Panopticon::empty().check("only", panopticon::CheckOptions::new(), || async {}).build();
    assert_eq!(health.unwrap().report().await.components().len(), 1);
}
