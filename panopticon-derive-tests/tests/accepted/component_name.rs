//! A component is named after its function, without `r#`, or as `name = "…"` says.

use panopticon::{Health, Panopticon, healthcheck};

#[healthcheck]
fn database() -> Health {
    Health::healthy("database")
}

#[healthcheck]
fn r#type() -> Health {
    Health::healthy("r#type")
}

#[healthcheck(name = "async")]
async fn r#async() -> Health {
    Health::healthy("r#async")
}

#[healthcheck(name = "orders.read-replica_2")]
fn replica() -> Health {
    Health::healthy("replica")
}

#[healthcheck(name = r"raw-text")]
fn _starts_with_underscore() -> Health {
    Health::healthy("_starts_with_underscore")
}

#[healthcheck(name = "buechlein")]
fn büchlein() -> Health {
    Health::healthy("büchlein")
}

// A function with a reserved name can have another name as a component.
#[healthcheck(name = "started")]
fn startup() -> Health {
    Health::healthy("startup")
}

fn main() {
    let report = Panopticon::builder().build().unwrap().report_blocking();
    let messages: Vec<_> =
        report.components().map(|(name, component)| (name, component.message().unwrap())).collect();
    assert_eq!(
        messages,
        [
            ("async", "r#async"),
            ("buechlein", "büchlein"),
            ("database", "database"),
            ("orders.read-replica_2", "replica"),
            ("raw-text", "_starts_with_underscore"),
            ("started", "startup"),
            ("type", "r#type"),
        ]
    );
}
