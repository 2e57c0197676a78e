//! The errors that checks return: their sources, and results that are returned as errors.

use std::borrow::Cow;
use std::error::Error;
use std::sync::Arc;
use std::{fmt, io};

use panopticon::{CheckOptions, Health, IntoHealth, Panopticon, Status};

/// An error with a text of its own and possibly a source.
#[derive(Debug)]
struct Failed(&'static str, Option<Box<dyn Error + Send + Sync>>);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Failed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.1.as_deref().map(|source| source as _)
    }
}

fn chain(texts: &[&'static str]) -> Failed {
    let (&text, sources) = texts.split_first().unwrap();
    Failed(text, (!sources.is_empty()).then(|| chain(sources).into()))
}

#[test]
fn a_source_is_shown_unless_the_message_ends_with_it() {
    for (texts, expected) in [
        (&["no connection", "refused"][..], "no connection: refused"),
        (&["no connection", "refused", "cable"], "no connection: refused: cable"),
        // As in many `thiserror` and hand-written errors.
        (&["no connection: refused", "refused"], "no connection: refused"),
        (&["a: b: c", "b: c", "c"], "a: b: c"),
        (&["a: b", "b: c", "c"], "a: b: b: c"),
        (&["a", "b: c", "c"], "a: b: c"),
        // As with `#[error(transparent)]`.
        (&["refused", "refused"], "refused"),
        (&["a", "", "b"], "a: b"),
        // By chance.
        (
            &["the connection was refused by a policy", "refused"],
            "the connection was refused by a policy: refused",
        ),
        (&["shard 15", "5"], "shard 15: 5"),
        (&["cannot read port 5", "5"], "cannot read port 5: 5"),
        (&["io", "io error", "i"], "io: io error: i"),
    ] {
        assert_eq!(Health::from_error(&chain(texts)).message(), Some(expected), "{texts:?}");
    }
}

async fn message_of<T: IntoHealth + Send + 'static>(answer: fn() -> T) -> String {
    let health = Panopticon::empty()
        .check("asynchronous", CheckOptions::new(), move || async move { answer() })
        .check_blocking("blocking", CheckOptions::new(), answer)
        .build()
        .unwrap();
    let report = health.report().await;
    let mut messages = report.components().map(|(name, component)| {
        assert_eq!(component.status(), Status::Unhealthy, "{name}");
        component.message().unwrap().to_owned()
    });
    let message = messages.next().unwrap();
    assert_eq!(messages.next().as_ref(), Some(&message));
    message
}

fn fails() -> Result<(), Failed> {
    Err(chain(&["no connection", "refused"]))
}

const WHOLE: &str = "no connection: refused";

#[tokio::test]
async fn closures_show_the_sources_of_errors() {
    type Boxed = Box<dyn Error + Send + Sync>;

    assert_eq!(message_of(fails).await, WHOLE);
    assert_eq!(message_of(|| fails().map(|()| Health::healthy("answers"))).await, WHOLE);
    assert_eq!(message_of::<Result<(), Boxed>>(|| Ok(fails()?)).await, WHOLE);
    assert_eq!(message_of(|| fails().map_err(Box::new)).await, WHOLE);
    assert_eq!(message_of(|| fails().map_err(Arc::new)).await, WHOLE);
    assert_eq!(
        message_of(|| fails().map_err(io::Error::other)).await,
        WHOLE,
        "`io::Error` has the same text as the error inside"
    );
    // As of a function, a source that the message ends with is not repeated.
    assert_eq!(
        message_of(|| Err::<(), _>(chain(&["no connection: refused", "refused", "cable"]))).await,
        "no connection: refused: cable"
    );
    // In another result, as in that of a timeout.
    assert_eq!(message_of(|| Ok::<_, String>(fails())).await, WHOLE);
    assert_eq!(
        message_of::<Result<Result<Health, Boxed>, Failed>>(|| Ok(Err(fails()
            .unwrap_err()
            .into())))
        .await,
        WHOLE
    );
    assert_eq!(message_of(|| fails().map(|()| Err::<Health, _>("text".to_owned()))).await, WHOLE);
}

/// A box that is not an error, but converts into a box that is, as `anyhow::Error` does.
struct Report(Failed);

impl From<Report> for Box<dyn Error + Send + Sync> {
    fn from(report: Report) -> Self {
        Box::new(report.0)
    }
}

#[tokio::test]
async fn closures_show_the_sources_of_errors_that_convert_into_a_box_or_health() {
    assert_eq!(message_of(|| fails().map_err(Report)).await, WHOLE);
    assert_eq!(message_of(|| fails().map_err(Health::from)).await, WHOLE);
    assert_eq!(
        message_of::<Result<Health, Health>>(|| {
            fails()?;
            Ok(Health::healthy("answers"))
        })
        .await,
        WHOLE
    );
}

#[tokio::test]
async fn closures_show_errors_without_sources_as_their_texts() {
    assert_eq!(message_of(|| Err::<(), _>("text")).await, "text");
    assert_eq!(message_of(|| Err::<Health, _>("text".to_owned())).await, "text");
    assert_eq!(message_of(|| Err::<(), _>(Cow::Borrowed("text"))).await, "text");
    assert_eq!(
        message_of::<Result<(), Box<dyn Error + Send + Sync>>>(|| Err("text".into())).await,
        "text"
    );
    assert_eq!(message_of(|| Err::<(), _>(fmt::Error)).await, fmt::Error.to_string());
    assert_eq!(message_of(|| Err::<(), _>(io::Error::other("cable"))).await, "cable");
}

#[tokio::test]
async fn a_failing_check_keeps_its_details_and_status() {
    let health = Panopticon::empty()
        .check("failed", CheckOptions::new(), || async {
            let ping: io::Result<()> = Err(io::Error::other("cable"));
            ping.map_err(|error| Health::from_error(&error).with("attempts", 3))
        })
        .check_blocking("early", CheckOptions::new(), || -> Result<(), Health> {
            Err(Health::degraded("read-only").with("since", "noon"))
        })
        .build()
        .unwrap();
    let report = health.report().await;
    let failed = report.component("failed").unwrap();
    assert_eq!((failed.status(), failed.message()), (Status::Unhealthy, Some("cable")));
    assert_eq!(failed.detail("attempts"), Some(&3.into()));
    let early = report.component("early").unwrap();
    assert_eq!((early.status(), early.message()), (Status::Degraded, Some("read-only")));
    assert_eq!(early.detail("since"), Some(&"noon".into()));
    // The same, without running the check.
    let direct = Err::<(), _>(Health::degraded("read-only")).into_health();
    assert_eq!(direct.status(), Status::Degraded);
}

/// It returns early with an answer that its author wrote. An error never becomes a healthy one.
#[test]
fn a_healthy_health_is_healthy_as_an_error_too() {
    let idle = || -> Result<(), Health> {
        Err(Health::healthy("nothing to do").with("queued", 0))?;
        fails().map_err(Health::from)
    };
    let health = idle().into_health();
    assert_eq!((health.status(), health.message()), (Status::Healthy, Some("nothing to do")));
    assert_eq!(health.detail("queued"), Some(&0.into()));
    assert_eq!(Health::from(chain(&["ok"])).status(), Status::Unhealthy);
}
