//! No anonymous answer contains the text of an error, whatever the error, the component and the
//! request.

use std::error::Error;
use std::fmt;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use panopticon::{
    Builder, CheckOptions, Disclosure, Health, HealthRequest, Override, Panopticon, Probe, Status,
};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::schemas;

/// Part of each error. Escaping does not change it.
const MARK: &str = "marked0secret";
const TOKEN: &str = "0123456789abcdef-token";
const ROUNDS: usize = 6;

/// Texts around the mark: other languages' escapes, what the library itself writes, and URLs.
const AROUND: [&str; 14] = [
    "",
    " ",
    "\n",
    "\"",
    "<b>",
    "{\"a\":1}",
    " (",
    ")",
    "; its last result, 3 s ago, was healthy",
    "timed out after 2s",
    "not checked: ",
    "https://host/?a=@",
    "é🦀\u{202e}",
    "# HELP ",
];

/// The kinds of errors that a check can return.
const KINDS: [&str; 9] =
    ["text", "string", "error", "source", "boxed", "io", "health", "question-mark", "nested"];

/// What happens to a check that returns an error.
const SITUATIONS: [&str; 7] =
    ["plain", "hangs-next", "recovers", "first-of-two", "optional", "overridden", "details"];

#[derive(Debug)]
struct Failed(String, Option<Box<Failed>>);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Failed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.1.as_deref().map(|source| source as _)
    }
}

/// A detail that fails with this text.
struct Unserializable(String);

impl Serialize for Unserializable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom(&self.0))
    }
}

/// Fails with an error of this kind.
fn fail(kind: &str, text: String) -> Health {
    use panopticon::IntoHealth;

    let error = || Failed(text.clone(), None);
    match kind {
        "text" => Err::<(), &str>(&text).into_health(),
        "string" => Err::<(), _>(text).into_health(),
        "error" => Err::<Health, _>(error()).into_health(),
        "source" => {
            Err::<(), _>(Failed("no answer".to_owned(), Some(Box::new(error())))).into_health()
        }
        "boxed" => Err::<(), Box<dyn Error + Send + Sync>>(Box::new(error())).into_health(),
        "io" => Err::<(), _>(std::io::Error::other(error())).into_health(),
        "health" => Health::from_error(&error()).with("attempts", 3),
        "question-mark" => {
            let check = || -> Result<Health, Health> {
                Err(error())?;
                Ok(Health::healthy(""))
            };
            check().into_health()
        }
        "nested" => Ok::<_, Failed>(Err::<(), _>(text)).into_health(),
        _ => unreachable!("{kind}"),
    }
}

/// Pseudorandom numbers, the same in each run, by Marsaglia's xorshift.
struct Random(u64);

impl Random {
    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        from[usize::try_from(self.0 % from.len() as u64).unwrap()]
    }

    fn text(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..self.pick(&[0, 1, 3]) {
            text.push_str(self.pick(&AROUND));
        }
        // If the text were cut at the mark, the mark could not be found.
        assert!(text.len() + MARK.len() < Health::MAX_MESSAGE_BYTES);
        text.push_str(MARK);
        for _ in 0..self.pick(&[0, 2, 400]) {
            text.push_str(self.pick(&AROUND));
        }
        text
    }
}

/// Adds a check that fails in its second run, in this situation.
fn with_check(
    builder: Builder,
    kind: &'static str,
    situation: &'static str,
    text: String,
) -> Builder {
    let runs = AtomicUsize::new(0);
    let text = Arc::new(text);
    let name = format!("{situation}.{kind}");
    let mut options = CheckOptions::new().cache(Duration::ZERO).tag(situation);
    for probe in [Probe::Liveness, Probe::Readiness, Probe::Startup] {
        options = options.probe(probe);
    }
    options = match situation {
        "recovers" => options.success_threshold(9),
        "first-of-two" => options.failure_threshold(1_000_000),
        "optional" => options.critical(false),
        _ => options,
    };
    let builder = builder.check(&name, options, move || {
        let (run, text) = (runs.fetch_add(1, Ordering::SeqCst), Arc::clone(&text));
        async move {
            let text = text.to_string();
            match situation {
                "first-of-two" if run == 0 => Health::healthy("ok"),
                "hangs-next" if run > 0 => pending().await,
                "recovers" if run > 0 => Health::healthy("ok"),
                "details" => Health::degraded("slow").with("route", Unserializable(text)),
                _ => fail(kind, text),
            }
        }
    });
    let dependent = CheckOptions::new().cache(Duration::ZERO).depends_on(&name);
    builder.check(format!("after.{name}"), dependent, || async {})
}

/// A service with a check of each kind in each situation, and the names of those checks.
fn service(random: &mut Random) -> (Builder, Vec<String>) {
    let mut builder = Panopticon::empty()
        .check("panics", CheckOptions::new(), || async { panic!("{MARK}") as () });
    let mut names = Vec::new();
    for kind in KINDS {
        for situation in SITUATIONS {
            builder = with_check(builder, kind, situation, random.text());
            names.push(format!("{situation}.{kind}"));
        }
    }
    (builder, names)
}

/// Returns the names of the formats, which the answer to an unknown one lists, and media types.
async fn formats(health: &Panopticon) -> Vec<(String, String)> {
    let response = health.answer(HealthRequest::get("/healthcheck?format=none")).await;
    let body: Value = serde_json::from_slice(&response.into_body()).unwrap();
    let formats = body["formats"].as_object().unwrap().iter();
    formats
        .map(|(name, media_type)| (name.clone(), media_type.as_str().unwrap().to_owned()))
        .collect()
}

/// Returns the method, target and headers of an anonymous request.
fn request(
    random: &mut Random,
    names: &[String],
    formats: &[(String, String)],
) -> (&'static str, String, Vec<(&'static str, String)>) {
    let name = &names[random.pick(&(0..names.len()).collect::<Vec<_>>())];
    let mut target =
        match random.pick(&["report", "probe", "component", "dependent", "z-page", "other"]) {
            "report" => "/healthcheck".to_owned(),
            "probe" => {
                format!("/healthcheck/{}", random.pick(&["liveness", "readiness", "startup"]))
            }
            "component" => format!("/healthcheck/{name}"),
            "dependent" => format!("/healthcheck/after.{name}"),
            "z-page" => format!("/{}/{name}", random.pick(&["livez", "readyz", "startupz"])),
            _ => random
                .pick(&[
                    "/healthcheck/none",
                    "/healthcheck/panics",
                    "/healthcheck/metrics",
                    "/healthcheck/_page",
                    "/livez",
                    "/livez?verbose",
                    "/readyz?verbose",
                    "/readyz",
                    "/startupz?verbose",
                    "/",
                    "/healthcheck/%zz",
                    "/healthcheck?collection=none",
                    "/healthcheck?tag=plain",
                    "/healthcheck?exclude=panics",
                ])
                .to_owned(),
        };
    let formats_index = random.pick(&(0..formats.len()).collect::<Vec<_>>());
    let (format, media_type) = &formats[formats_index];
    let query = match random.pick(&["", "pretty", "format", "format-pretty", "verbose", "none"]) {
        "format" => format!("format={format}"),
        "format-pretty" => format!("format={format}&pretty"),
        "none" => "format=none".to_owned(),
        other => other.to_owned(),
    };
    target.push(if target.contains('?') { '&' } else { '?' });
    target.push_str(&query);
    let mut headers = Vec::new();
    if random.pick(&[true, false]) {
        let any = ["*/*", "text/html", "image/png", "text/*;q=0.5, */*;q=0.1"];
        let accept = random.pick(&any).to_owned();
        headers.push((
            "accept",
            if random.pick(&[true, false]) { media_type.clone() } else { accept },
        ));
    }
    match random.pick(&["none", "none", "Bearer x", "cut", "Basic"]) {
        "none" => {}
        "cut" => headers.push(("authorization", format!("Bearer {}", &TOKEN[..TOKEN.len() - 1]))),
        "Basic" => headers.push(("authorization", format!("Basic {TOKEN}"))),
        wrong => headers.push(("authorization", wrong.to_owned())),
    }
    for (name, value) in [
        ("x-forwarded-for", "127.0.0.1"),
        ("forwarded", "for=127.0.0.1"),
        ("cookie", "disclosure=full"),
        ("host", "localhost"),
        ("user-agent", "kube-probe/1.33"),
    ] {
        if random.pick(&[true, false]) {
            headers.push((name, value.to_owned()));
        }
    }
    (random.pick(&["GET", "GET", "GET", "HEAD", "OPTIONS", "POST"]), target, headers)
}

/// Returns the headers and the body of an answer.
async fn answer(
    health: &Panopticon,
    method: &str,
    target: &str,
    headers: &[(&str, String)],
) -> [String; 2] {
    let headers = headers.iter().map(|(name, value)| (*name, value));
    let response = health.answer(HealthRequest::new(method, target).headers(headers)).await;
    let head: Vec<_> = response.headers().collect();
    let shown = format!("{head:?}");
    let media_type = head.iter().find(|(name, _)| *name == "content-type");
    let media_type = media_type.map_or(String::new(), |(_, value)| (*value).to_owned());
    let (status, body) = (response.status(), response.into_body());
    schemas::assert_answer_valid(status, &media_type, &body);
    [shown, String::from_utf8(body).unwrap()]
}

/// Asserts that an answer to an anonymous reader contains no text of an error.
async fn assert_without_mark(
    health: &Panopticon,
    method: &str,
    target: &str,
    headers: &[(&str, String)],
) {
    let answer = answer(health, method, target, headers).await.join("\n");
    assert!(!answer.contains(MARK), "{method} {target} {headers:?}:\n{answer}");
}

#[tokio::test(start_paused = true)]
async fn no_anonymous_answer_has_the_text_of_an_error() {
    let mut random = Random(15);
    for round in 0..ROUNDS {
        let (builder, names) = service(&mut random);
        // The last one is the default.
        let disclosure =
            [Some(Disclosure::StatusOnly), Some(Disclosure::Authored), None][round % 3];
        let builder = match disclosure {
            Some(disclosure) => builder.disclosure(disclosure),
            None => builder,
        };
        let health = builder.token(TOKEN).build().unwrap();
        for name in names.iter().filter(|name| name.starts_with("overridden")) {
            let set = Override::new(Status::Healthy, "known").lasting(Duration::from_secs(86_400));
            health.set_override(name, set).unwrap();
        }
        health.report().await;

        // Each component has something to withhold.
        let bearer = [("authorization", format!("Bearer {TOKEN}"))];
        let [_, full] = answer(&health, "GET", "/healthcheck", &bearer).await;
        let full: Value = serde_json::from_str(&full).unwrap();
        for name in &names {
            let component = &full["components"][name];
            assert!(component.to_string().contains(MARK), "{name}: {component}");
        }
        assert_eq!(full["components"]["panics"]["friendly_status"], "panicked");

        let formats = formats(&health).await;
        assert!(formats.len() > 1, "{formats:?}");
        for _ in 0..60 {
            let (method, target, headers) = request(&mut random, &names, &formats);
            assert_without_mark(&health, method, &target, &headers).await;
        }
        // Each format of each kind of answer, and each component.
        for (format, media_type) in &formats {
            let rest = names.iter().map(|name| format!("/{name}"));
            let probes = ["", "/liveness", "/readiness", "/startup", "/metrics"].map(str::to_owned);
            for rest in probes.into_iter().chain(rest) {
                let target = format!("/healthcheck{rest}");
                let by_query = format!("{target}?format={format}");
                assert_without_mark(&health, "GET", &by_query, &[]).await;
                let accept = [("accept", media_type.clone())];
                assert_without_mark(&health, "GET", &target, &accept).await;
            }
        }
    }
}

/// Passwords in URLs are masked for everyone, wherever they are.
#[tokio::test]
async fn no_reader_sees_the_password_of_a_url() {
    let url = |text: &str| format!("{text} postgres://app:{MARK}@db.internal/orders refused");
    let mut builder = Panopticon::empty();
    for kind in KINDS {
        let text = url("no answer from");
        builder = builder.check(kind, CheckOptions::new(), move || {
            let health = fail(kind, text.clone());
            async move { health }
        });
    }
    let authored = Health::unhealthy(url("authored")).with("route", Unserializable(url("")));
    let long = "x".repeat(Health::MAX_MESSAGE_BYTES - 16);
    let health = builder
        .check("authored", CheckOptions::new(), move || {
            let authored = authored.clone();
            async move { authored }
        })
        // Cut in the middle of the password, it could no longer be recognized.
        .check("cut", CheckOptions::new(), move || {
            let text = format!("{long}a://b:{MARK}@c");
            async move { Err::<(), _>(text) }
        })
        .disclosure(Disclosure::Full)
        .build()
        .unwrap();
    let set = Override::new(Status::Degraded, url("see")).lasting(Duration::from_secs(60));
    health.set_override("authored", set).unwrap();
    let mut transitions = health.subscribe();
    let report = health.report().await;
    let [_, answer] = answer(&health, "GET", "/healthcheck", &[]).await;
    assert!(answer.contains("no answer from postgres://…@db.internal/orders refused"), "{answer}");
    for shown in [format!("{report} {report:#} {report:?}"), answer] {
        assert!(!shown.contains("marked"), "{shown}");
    }
    for _ in KINDS {
        let transition = transitions.next().await.unwrap().unwrap();
        assert!(!format!("{transition} {transition:?}").contains("marked"), "{transition}");
    }
}
