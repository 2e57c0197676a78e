//! Everything that implements `IntoHealth`, from `fn` and `async fn`.

use std::error::Error;
use std::fmt;
use std::rc::Rc;

use panopticon::{Health, IntoHealth, Panopticon, Status, healthcheck};

/// An error with a source.
#[derive(Debug)]
struct NoAnswer(std::io::Error);

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no answer")
    }
}

impl Error for NoAnswer {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

fn no_answer() -> NoAnswer {
    NoAnswer(std::io::Error::other("cable"))
}

/// An error that only implements `Display`, and is not `Send`.
struct Text(Rc<str>);

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

struct Lag(u8);

impl IntoHealth for Lag {
    fn into_health(self) -> Health {
        Health::degraded(format!("lag {}", self.0))
    }
}

type Alias<T = ()> = Result<T, NoAnswer>;

macro_rules! checks {
    ($($blocking:ident $asynchronous:ident $output:ty, $answer:expr => $status:ident $message:expr;)*) => {
        $(
            #[healthcheck]
            fn $blocking() -> $output {
                $answer
            }

            #[healthcheck]
            async fn $asynchronous() -> $output {
                $answer
            }
        )*

        fn expected() -> Vec<(&'static str, Status, Option<&'static str>)> {
            vec![$(
                (stringify!($blocking), Status::$status, $message),
                (stringify!($asynchronous), Status::$status, $message),
            )*]
        }
    };
}

checks! {
    health async_health Health, Health::degraded("slow") => Degraded Some("slow");
    unit async_unit (), () => Healthy None;
    result async_result Result<Health, NoAnswer>, Ok(Health::healthy("ok")) => Healthy Some("ok");
    failed async_failed Result<Health, NoAnswer>, Err(no_answer()) => Unhealthy Some("no answer: cable");
    nothing async_nothing Result<(), std::io::Error>, Ok(()) => Healthy None;
    alias async_alias Alias, Err(no_answer()) => Unhealthy Some("no answer: cable");
    boxed async_boxed Result<(), Box<dyn Error>>, Err(no_answer().into()) => Unhealthy Some("no answer: cable");
    boxed_send async_boxed_send Result<Health, Box<dyn Error + Send + Sync>>, Err("text".into()) => Unhealthy Some("text");
    string async_string Result<(), String>, Err("text".to_owned()) => Unhealthy Some("text");
    text async_text Result<Health, &'static str>, Err("text") => Unhealthy Some("text");
    display async_display Result<(), Text>, Err(Text("text".into())) => Unhealthy Some("text");
    refused async_refused Result<(), Health>, Err(Health::degraded("read-only")) => Degraded Some("read-only");
    converted async_converted Result<Health, Health>, Err(no_answer().into()) => Unhealthy Some("no answer: cable");
    infallible async_infallible Result<Health, std::convert::Infallible>, Ok(Health::healthy("ok")) => Healthy Some("ok");
    own async_own Lag, Lag(3) => Degraded Some("lag 3");
    own_result async_own_result Result<Lag, NoAnswer>, Ok(Lag(4)) => Degraded Some("lag 4");
    nested async_nested Alias<Result<Health, String>>, Ok(Err("inner".to_owned())) => Unhealthy Some("inner");
    opaque async_opaque impl IntoHealth, Lag(5) => Degraded Some("lag 5");
    opaque_error async_opaque_error Result<impl IntoHealth, impl fmt::Display>, Err::<Lag, _>("text") => Unhealthy Some("text");
}

#[healthcheck]
fn without_output() {}

#[healthcheck]
async fn without_output_async() {}

#[healthcheck]
async fn question_mark() -> Result<Health, Box<dyn Error>> {
    std::future::ready(()).await;
    let number: u8 = "many".parse()?;
    std::future::ready(()).await;
    Ok(Health::healthy(number.to_string()))
}

fn main() {
    let report = Panopticon::builder().build().unwrap().report_blocking();
    let mut expected = expected();
    expected.push(("without_output", Status::Healthy, None));
    expected.push(("without_output_async", Status::Healthy, None));
    expected.push(("question_mark", Status::Unhealthy, Some("invalid digit found in string")));
    for (name, status, message) in &expected {
        let component = report.component(name).unwrap();
        assert_eq!((component.status(), component.message()), (*status, *message), "{name}");
    }
    assert_eq!(report.components().len(), expected.len());
}
