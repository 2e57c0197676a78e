//! Calls, and what is other in the lines that ours and Datadog's client in Python make of them.

use serde_json::{Value, json};

/// All that there are.
pub(super) fn all() -> [Vec<Case>; 5] {
    [numbers(), names(), tags(), events(), service_checks()]
}

/// A call, which makes the same line of both but for a difference.
pub(super) struct Case {
    pub(super) title: &'static str,
    pub(super) call: Value,
    pub(super) difference: Option<Difference>,
}

pub(super) struct Difference {
    pub(super) theirs: String,
    /// Empty where ours refuses the call.
    pub(super) ours: String,
    pub(super) why: &'static str,
}

fn case(title: &'static str, call: Value) -> Case {
    Case { title, call, difference: None }
}

impl Case {
    /// The lines that are not the same, theirs first, and why they must not be.
    fn but(self, theirs: impl Into<String>, ours: impl Into<String>, why: &'static str) -> Self {
        let difference = Some(Difference { theirs: theirs.into(), ours: ours.into(), why });
        Self { difference, ..self }
    }
}

const SHORT: &str = "the same number, in a form that each reader takes";
const NO_NUMBER: &str = "the Agent takes no such number";
const NAME: &str =
    "Datadog's names have ASCII letters, digits, `_` and `.`, and it puts `_` for others itself";
const BREAKS_OUT: &str = "a text must not be read as fields, or as a second line";
const DEFAULT: &str = "it is the default, and takes room";
const TIME: &str = "theirs takes 0 for no time";
const NO_TITLE: &str = "the Agent takes no event without a title";
const TOO_LONG: &str = "Datadog cuts or refuses what is longer";
const PACKET: &str = "a packet of more than 1,432 bytes is split on its way, or lost";

fn metric(call: &str, value: impl Into<Value>) -> Value {
    json!({"call": call, "name": "m", "value": value.into()})
}

fn named(name: &str) -> Value {
    json!({"call": "increment", "name": name, "value": 1})
}

fn tagged(tags: &[(&str, &str)]) -> Value {
    json!({"call": "gauge", "name": "m", "value": 1, "tags": tags})
}

fn check(message: &str) -> Value {
    json!({"call": "service_check", "name": "check", "status": 2, "message": message})
}

fn event(title: &str, message: &str) -> Value {
    json!({"call": "event", "title": title, "message": message})
}

/// `call` with one more argument.
pub(super) fn with(mut call: Value, argument: &str, value: impl Into<Value>) -> Value {
    call[argument] = value.into();
    call
}

fn numbers() -> Vec<Case> {
    vec![
        case("a whole gauge", metric("gauge", 12)),
        case("a gauge of nothing", metric("gauge", 0)),
        case("a gauge below zero", metric("gauge", -4)),
        case("the largest whole number", metric("gauge", u64::MAX)),
        case("the smallest whole number", metric("gauge", i64::MIN)),
        case("a fraction", metric("gauge", 0.1)),
        case("a fraction below zero", metric("gauge", -12.375)),
        case("a long fraction", metric("gauge", 1.0 / 3.0)),
        case("a float that is whole", metric("gauge", 1.0)).but(
            "shop.m:1.0|g|#env:test",
            "shop.m:1|g|#env:test",
            SHORT,
        ),
        case("minus zero", metric("gauge", -0.0)).but(
            "shop.m:-0.0|g|#env:test",
            "shop.m:-0|g|#env:test",
            SHORT,
        ),
        case("a small fraction", metric("gauge", 1e-7)).but(
            "shop.m:1e-07|g|#env:test",
            "shop.m:0.0000001|g|#env:test",
            SHORT,
        ),
        case("a large float", metric("gauge", 1e22)).but(
            "shop.m:1e+22|g|#env:test",
            "shop.m:10000000000000000000000|g|#env:test",
            SHORT,
        ),
        case("no number", metric("gauge", "nan")).but("shop.m:nan|g|#env:test", "", NO_NUMBER),
        case("an infinite number", metric("gauge", "-inf")).but(
            "shop.m:-inf|g|#env:test",
            "",
            NO_NUMBER,
        ),
        case("a count", metric("increment", 5)),
        case("a count of a fraction", metric("increment", 2.5)),
        case("a count down", metric("decrement", 2)),
        case("a count down by a fraction", metric("decrement", 1.5)),
        case("a count down by nothing", metric("decrement", 0)),
        case("a count down by less than nothing", metric("decrement", -3)),
        case("a count down by the smallest number", metric("decrement", i64::MIN)),
        case("a whole histogram", metric("histogram", 1445)),
        case("a fraction of a histogram", metric("histogram", 1.5)),
        case("a whole distribution", metric("distribution", 26)),
        case("a fraction of a distribution", metric("distribution", 0.25)),
        case("a whole timing", metric("timing", 1234)),
        case("a timing of no time", metric("timing", 0)),
        case("a timing of a fraction", metric("timing", 1.5)),
        case("a timing of an hour and a microsecond", metric("timing", 3_600_000.001)),
    ]
}

fn names() -> Vec<Case> {
    let long = "n".repeat(250);
    vec![
        case("a name with dots", named("orders.placed_by.Web2")),
        case("a name with a blank", named("queue length")).but(
            "shop.queue length:1|c|#env:test",
            "shop.queue_length:1|c|#env:test",
            NAME,
        ),
        case("a name with a hyphen", named("queue-length")).but(
            "shop.queue-length:1|c|#env:test",
            "shop.queue_length:1|c|#env:test",
            NAME,
        ),
        case("a name that is not of ASCII", named("größe")).but(
            "shop.größe:1|c|#env:test",
            "shop.gr__e:1|c|#env:test",
            NAME,
        ),
        case("a name that breaks out", named("a:1|c\nb")).but(
            "shop.a:1|c\nb:1|c|#env:test",
            "shop.a_1_c_b:1|c|#env:test",
            BREAKS_OUT,
        ),
        case("a name of nothing", named("")).but(
            "shop.:1|c|#env:test",
            "",
            "it would be lost among others of no name",
        ),
        case("a name that is too long", named(&long)).but(
            format!("shop.{long}:1|c|#env:test"),
            format!("shop.{}:1|c|#env:test", "n".repeat(195)),
            TOO_LONG,
        ),
    ]
}

fn tags() -> Vec<Case> {
    let long = "v".repeat(250);
    vec![
        case("a tag", tagged(&[("kind", "book")])),
        case("tags", tagged(&[("kind", "book"), ("shop", "web"), ("kind", "other")])),
        case("a tag's value with colons", tagged(&[("url", "http://a/b.c")])),
        case("a tag with what is not taken", tagged(&[("a b", "c,d|e#f@g\nh\\i\t{}")])),
        case("a tag of letters of others", tagged(&[("größe", "日本")])),
        case("a tag of numbers of others", tagged(&[("²½", "Ⅷ٣")])),
        case("a tag of no letters", tagged(&[("🦀", "e\u{301}")])),
        case("a tag with a vowel sign", tagged(&[("k", "हि")])).but(
            "shop.m:1|g|#k:ह_,env:test",
            "shop.m:1|g|#k:हि,env:test",
            "Unicode counts it to the letters; to leave it is safe",
        ),
        case("a tag without a value", tagged(&[("kind", "")])),
        case("a tag without a key", tagged(&[("", "book")])).but(
            "shop.m:1|g|#:book,env:test",
            "shop.m:1|g|#_:book,env:test",
            "a tag starts with a letter or `_`",
        ),
        case("a tag's key with a colon", tagged(&[("a:b", "c")])).but(
            "shop.m:1|g|#a:b:c,env:test",
            "shop.m:1|g|#a_b:c,env:test",
            "the first colon ends the key",
        ),
        case("a tag that is too long", tagged(&[("k", &long)])).but(
            format!("shop.m:1|g|#k:{long},env:test"),
            format!("shop.m:1|g|#k:{},env:test", "v".repeat(198)),
            TOO_LONG,
        ),
    ]
}

fn events() -> Vec<Case> {
    let full = json!({
        "call": "event",
        "title": "Import finished",
        "message": "312 orders\nin 2 s",
        "date_happened": 1_700_000_000,
        "hostname": "web-1.example.org",
        "aggregation_key": "import",
        "priority": "low",
        "source_type_name": "postgres",
        "alert_type": "success",
        "tags": [["supplier", "acme"], ["kind", "a b"]],
    });
    let long = "x".repeat(2_000);
    vec![
        case("an event", event("a title", "a text")),
        case("an event with all", full),
        case("an event's line breaks", event("a\nb\n", "\nc\n\nd")),
        case("an event's carriage return", event("a\r\nb", "\r")),
        case("an event's bars", event("a|b", "c|#d:e|t:error")),
        case("an event's backslashes", event("a\\nb", "\\")),
        case("an event that is not of ASCII", event("größe", "日本 🦀")),
        case("an event without a text", event("a", "")),
        case("an event of nothing", event("", "")).but("_e{0,0}:||#env:test", "", NO_TITLE),
        case("an event's colons", event("}:m:", "_e{1,1}:a|b")),
        case("an event of error", with(event("a", "b"), "alert_type", "error")),
        case("an event of warning", with(event("a", "b"), "alert_type", "warning")),
        case("an event of info", with(event("a", "b"), "alert_type", "info")).but(
            "_e{1,1}:a|b|t:info|#env:test",
            "_e{1,1}:a|b|#env:test",
            DEFAULT,
        ),
        case("an event of normal priority", with(event("a", "b"), "priority", "normal")).but(
            "_e{1,1}:a|b|p:normal|#env:test",
            "_e{1,1}:a|b|#env:test",
            DEFAULT,
        ),
        case("an event at the beginning of time", with(event("a", "b"), "date_happened", 0)).but(
            "_e{1,1}:a|b|#env:test",
            "_e{1,1}:a|b|d:0|#env:test",
            TIME,
        ),
        case("an event's host that breaks out", with(event("a", "b"), "hostname", "a|t:error\nb"))
            .but(
                "_e{1,1}:a|b|h:a|t:error\nb|#env:test",
                "_e{1,1}:a|b|h:a_t:error_b|#env:test",
                BREAKS_OUT,
            ),
        case("an event's key that breaks out", with(event("a", "b"), "aggregation_key", "a|b\nc"))
            .but("_e{1,1}:a|b|k:a|b\nc|#env:test", "_e{1,1}:a|b|k:a_b_c|#env:test", BREAKS_OUT),
        case(
            "an event's key that is not of ASCII",
            with(event("a", "b"), "aggregation_key", "größe"),
        ),
        case("an event's source that breaks out", with(event("a", "b"), "source_type_name", "a|b"))
            .but("_e{1,1}:a|b|s:a|b|#env:test", "_e{1,1}:a|b|s:a_b|#env:test", BREAKS_OUT),
        case(
            "an event's key that is too long",
            with(event("a", "b"), "aggregation_key", "k".repeat(101)),
        )
        .but(
            format!("_e{{1,1}}:a|b|k:{}|#env:test", "k".repeat(101)),
            format!("_e{{1,1}}:a|b|k:{}|#env:test", "k".repeat(100)),
            TOO_LONG,
        ),
        case("an event that is too long", event("a", &long)).but(
            format!("_e{{1,2000}}:a|{long}|#env:test"),
            format!("_e{{1,1405}}:a|{}…|#env:test", "x".repeat(1_402)),
            PACKET,
        ),
    ]
}

fn service_checks() -> Vec<Case> {
    let status = |status: u8| json!({"call": "service_check", "name": "check", "status": status});
    let full = json!({
        "call": "service_check",
        "name": "check",
        "status": 1,
        "message": "answers slowly",
        "timestamp": 1_700_000_000,
        "hostname": "web-1.example.org",
        "tags": [["supplier", "acme"], ["kind", "a b"]],
    });
    let long = "x".repeat(2_000);
    vec![
        case("a check that is ok", status(0)),
        case("a check that warns", status(1)),
        case("a check that is critical", status(2)),
        case("a check that is unknown", status(3)),
        case("a check with all", full),
        case("a check's message", check("it: is down")),
        case("a check's line breaks", check("a\nb\n")),
        case("a check's message that has m:", check("m:a m:b")),
        case("a check's message that has an escape", check("m\\:a\\nb")),
        case("a check's message that is not of ASCII", check("größe 日本 🦀")),
        case("a check's message of nothing", check("")).but(
            "_sc|shop.check|2|#env:test",
            "_sc|shop.check|2|#env:test|m:",
            "theirs takes an empty text for none",
        ),
        case("a check's message that breaks out", check("a|m:b|#c:d")).but(
            "_sc|shop.check|2|#env:test|m:a|m\\:b|#c:d",
            "_sc|shop.check|2|#env:test|m:a¦m\\:b¦#c:d",
            BREAKS_OUT,
        ),
        case("a check's host that breaks out", with(status(0), "hostname", "a|b")).but(
            "_sc|shop.check|0|h:a|b|#env:test",
            "_sc|shop.check|0|h:a_b|#env:test",
            BREAKS_OUT,
        ),
        case("a check at the beginning of time", with(status(0), "timestamp", 0)).but(
            "_sc|shop.check|0|#env:test",
            "_sc|shop.check|0|d:0|#env:test",
            TIME,
        ),
        case("a check's name that breaks out", with(status(0), "name", "a|1\nb")).but(
            "_sc|shop.a|1\nb|0|#env:test",
            "_sc|shop.a_1_b|0|#env:test",
            BREAKS_OUT,
        ),
        case("a check's message that is too long", check(&long)).but(
            format!("_sc|shop.check|2|#env:test|m:{long}"),
            format!("_sc|shop.check|2|#env:test|m:{}…", "x".repeat(1_399)),
            PACKET,
        ),
    ]
}
