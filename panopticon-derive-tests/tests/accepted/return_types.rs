//! Everything that implements `IntoHealth`, from `fn` and `async fn`.

use std::error::Error;
use std::fmt;
use std::rc::Rc;

use panopticon::{Disclosure, Health, IntoHealth, Panopticon, Status, healthcheck};

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

/// An error that is not `Send`, with a source.
#[derive(Debug)]
struct Local(Rc<str>, NoAnswer);

impl fmt::Display for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Local {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.1)
    }
}

fn local() -> Local {
    Local("local".into(), no_answer())
}

/// An error that shows its source in the alternate form only.
struct Alternate;

impl fmt::Display for Alternate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if f.alternate() { "text: source" } else { "text" })
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
    alternate async_alternate Result<(), Alternate>, Err(Alternate) => Unhealthy Some("text: source");
    not_send async_not_send Result<Health, Local>, Err(local()) => Unhealthy Some("local: no answer: cable");
    boxed_local async_boxed_local Result<(), Box<dyn Error>>, Err(local().into()) => Unhealthy Some("local: no answer: cable");
    boxed_only_send async_boxed_only_send Result<(), Box<dyn Error + Send>>, Err(Box::new(no_answer())) => Unhealthy Some("no answer: cable");
    shared async_shared Result<(), Rc<NoAnswer>>, Err(Rc::new(no_answer())) => Unhealthy Some("no answer: cable");
    formatted async_formatted Result<(), fmt::Arguments<'static>>, Err(format_args!("text")) => Unhealthy Some("text");
    refused async_refused Result<(), Health>, Err(Health::degraded("read-only")) => Degraded Some("read-only");
    converted async_converted Result<Health, Health>, Err(no_answer().into()) => Unhealthy Some("no answer: cable");
    early async_early Result<(), Health>, Err(Health::healthy("nothing to do")) => Healthy Some("nothing to do");
    infallible async_infallible Result<Health, std::convert::Infallible>, Ok(Health::healthy("ok")) => Healthy Some("ok");
    own async_own Lag, Lag(3) => Degraded Some("lag 3");
    own_result async_own_result Result<Lag, NoAnswer>, Ok(Lag(4)) => Degraded Some("lag 4");
    nested async_nested Alias<Result<Health, String>>, Ok(Err("inner".to_owned())) => Unhealthy Some("inner");
    nested_error async_nested_error Result<Result<Health, NoAnswer>, String>, Ok(Err(no_answer())) => Unhealthy Some("no answer: cable");
    nested_box async_nested_box Alias<Result<Health, Box<dyn Error>>>, Ok(Err(local().into())) => Unhealthy Some("local: no answer: cable");
    nested_display async_nested_display Result<Result<Lag, Text>, Text>, Ok(Err(Text("inner".into()))) => Unhealthy Some("inner");
    nested_own async_nested_own Result<Result<Lag, Text>, Box<dyn Error>>, Ok(Ok(Lag(6))) => Degraded Some("lag 6");
    nested_outer async_nested_outer Alias<Result<(), Text>>, Err(no_answer()) => Unhealthy Some("no answer: cable");
    nested_health async_nested_health Alias<Result<(), Health>>, Ok(Err(Health::degraded("read-only"))) => Degraded Some("read-only");
    nested_in_health async_nested_in_health Result<Result<Lag, Box<dyn Error + Send + Sync>>, Health>, Ok(Err(no_answer().into())) => Unhealthy Some("no answer: cable");
    nested_three async_nested_three Result<Alias<Result<Lag, String>>, Text>, Ok(Ok(Err("inner".to_owned()))) => Unhealthy Some("inner");
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

    // The messages that were not converted from an error.
    let authored = ["slow", "ok", "read-only", "nothing to do", "lag 3", "lag 4", "lag 5", "lag 6"];
    let report = report.disclosed(Disclosure::Authored);
    for (name, _, message) in &expected {
        let shown = report.component(name).unwrap().message();
        match message {
            Some(message) if !authored.contains(message) => {
                assert_eq!(shown, Some("the check returned an error"), "{name}");
            }
            _ => assert_eq!(shown, *message, "{name}"),
        }
    }
}
