//! Calls, and where the lines of this client differ from those of Datadog's Python client.

use serde_json::{Value, json};

/// Returns all cases.
pub(super) fn all() -> [Vec<Case>; 7] {
    [numbers(), names(), tags(), sets_and_times(), events(), event_fields(), service_checks()]
}

/// A call for which both clients send the same line, except for a known difference.
pub(super) struct Case {
    pub(super) title: &'static str,
    pub(super) call: Value,
    pub(super) difference: Option<Difference>,
}

pub(super) struct Difference {
    pub(super) theirs: String,
    /// Empty if this client refuses the call.
    pub(super) ours: String,
    pub(super) why: &'static str,
}

fn case(title: &'static str, call: Value) -> Case {
    Case { title, call, difference: None }
}

impl Case {
    /// Adds a difference: their line, our line, and the reason.
    fn differs(
        self,
        theirs: impl Into<String>,
        ours: impl Into<String>,
        why: &'static str,
    ) -> Self {
        let difference = Some(Difference { theirs: theirs.into(), ours: ours.into(), why });
        Self { difference, ..self }
    }
}

const SHORT: &str = "the same number, in a form that every receiver accepts";
const NOT_A_NUMBER: &str = "the Agent does not accept such numbers";
const NAME: &str =
    "Datadog's names have ASCII letters, digits, `_` and `.`; it replaces others by `_` itself";
const BREAKS_OUT: &str = "a text must not be read as fields or as a second line";
const DEFAULT: &str = "it is the default, and would take up space";
const TIME: &str = "their client treats 0 as no time";
const NO_TITLE: &str = "the Agent does not accept events without a title";
const TOO_LONG: &str = "Datadog cuts or rejects longer texts";
const PACKET: &str = "a packet of more than 1,432 bytes is split on the network, or lost";

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

/// Returns a call with one more argument.
pub(super) fn with(mut call: Value, argument: &str, value: impl Into<Value>) -> Value {
    call[argument] = value.into();
    call
}

fn numbers() -> Vec<Case> {
    vec![
        case("an integer gauge", metric("gauge", 12)),
        case("a zero gauge", metric("gauge", 0)),
        case("a negative gauge", metric("gauge", -4)),
        case("the largest integer", metric("gauge", u64::MAX)),
        case("the smallest integer", metric("gauge", i64::MIN)),
        case("a fraction", metric("gauge", 0.1)),
        case("a negative fraction", metric("gauge", -12.375)),
        case("a long fraction", metric("gauge", 1.0 / 3.0)),
        case("a float without a fraction", metric("gauge", 1.0)).differs(
            "shop.m:1.0|g|#env:test",
            "shop.m:1|g|#env:test",
            SHORT,
        ),
        case("minus zero", metric("gauge", -0.0)).differs(
            "shop.m:-0.0|g|#env:test",
            "shop.m:-0|g|#env:test",
            SHORT,
        ),
        case("a small fraction", metric("gauge", 1e-7)).differs(
            "shop.m:1e-07|g|#env:test",
            "shop.m:0.0000001|g|#env:test",
            SHORT,
        ),
        case("a large float", metric("gauge", 1e22)).differs(
            "shop.m:1e+22|g|#env:test",
            "shop.m:10000000000000000000000|g|#env:test",
            SHORT,
        ),
        case("NaN", metric("gauge", "nan")).differs("shop.m:nan|g|#env:test", "", NOT_A_NUMBER),
        case("an infinite number", metric("gauge", "-inf")).differs(
            "shop.m:-inf|g|#env:test",
            "",
            NOT_A_NUMBER,
        ),
        case("a count", metric("increment", 5)),
        case("a fractional count", metric("increment", 2.5)),
        case("a decrement", metric("decrement", 2)),
        case("a fractional decrement", metric("decrement", 1.5)),
        case("a decrement by zero", metric("decrement", 0)),
        case("a negative decrement", metric("decrement", -3)),
        case("a decrement by the smallest integer", metric("decrement", i64::MIN)),
        case("an integer histogram", metric("histogram", 1445)),
        case("a fractional histogram", metric("histogram", 1.5)),
        case("an integer distribution", metric("distribution", 26)),
        case("a fractional distribution", metric("distribution", 0.25)),
        case("an integer timing", metric("timing", 1234)),
        case("a zero timing", metric("timing", 0)),
        case("a fractional timing", metric("timing", 1.5)),
        case("a timing of an hour and a microsecond", metric("timing", 3_600_000.001)),
    ]
}

fn names() -> Vec<Case> {
    let long = "n".repeat(250);
    vec![
        case("a name with dots", named("orders.placed_by.Web2")),
        case("a name with a space", named("queue length")).differs(
            "shop.queue length:1|c|#env:test",
            "shop.queue_length:1|c|#env:test",
            NAME,
        ),
        case("a name with a hyphen", named("queue-length")).differs(
            "shop.queue-length:1|c|#env:test",
            "shop.queue_length:1|c|#env:test",
            NAME,
        ),
        case("a name outside ASCII", named("größe")).differs(
            "shop.größe:1|c|#env:test",
            "shop.gr__e:1|c|#env:test",
            NAME,
        ),
        case("a name that breaks out", named("a:1|c\nb")).differs(
            "shop.a:1|c\nb:1|c|#env:test",
            "shop.a_1_c_b:1|c|#env:test",
            BREAKS_OUT,
        ),
        case("an empty name", named("")).differs(
            "shop.:1|c|#env:test",
            "",
            "a metric needs a name",
        ),
        case("a name that is too long", named(&long)).differs(
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
        case("a tag whose value has colons", tagged(&[("url", "http://a/b.c")])),
        case("a tag with characters that are replaced", tagged(&[("a b", "c,d|e#f@g\nh\\i\t{}")])),
        case("a tag with letters outside ASCII", tagged(&[("größe", "日本")])),
        case("a tag with digits outside ASCII", tagged(&[("²½", "Ⅷ٣")])),
        case("a tag without letters", tagged(&[("🦀", "e\u{301}")])),
        case("a tag with a vowel sign", tagged(&[("k", "हि")])).differs(
            "shop.m:1|g|#k:ह_,env:test",
            "shop.m:1|g|#k:हि,env:test",
            "Unicode counts it as alphabetic; keeping it is safe",
        ),
        case("a tag without a value", tagged(&[("kind", "")])).differs(
            "shop.m:1|g|#kind:,env:test",
            "shop.m:1|g|#kind,env:test",
            "it is written without a colon",
        ),
        case("a tag without a key", tagged(&[("", "book")])).differs(
            "shop.m:1|g|#:book,env:test",
            "shop.m:1|g|#_:book,env:test",
            "a tag starts with a letter or `_`",
        ),
        case("a tag whose key has a colon", tagged(&[("a:b", "c")])).differs(
            "shop.m:1|g|#a:b:c,env:test",
            "shop.m:1|g|#a_b:c,env:test",
            "the first colon ends the key",
        ),
        case("a tag that is too long", tagged(&[("k", &long)])).differs(
            format!("shop.m:1|g|#k:{long},env:test"),
            format!("shop.m:1|g|#k:{},env:test", "v".repeat(198)),
            TOO_LONG,
        ),
    ]
}

fn sets_and_times() -> Vec<Case> {
    let at = |call| with(metric(call, 1.5), "timestamp", 1_700_000_000);
    vec![
        case("a text in a set", metric("set", "ada")),
        case("a number in a set", metric("set", 7)),
        case("a fraction in a set", metric("set", 2.5)),
        case("a text with colons in a set", metric("set", "a:b:c")),
        case("a text outside ASCII in a set", metric("set", "größe")),
        case("a text that breaks out in a set", metric("set", "a|b\nc")).differs(
            "shop.m:a|b\nc|s|#env:test",
            "shop.m:a_b_c|s|#env:test",
            BREAKS_OUT,
        ),
        case("a gauge with a time", at("gauge_with_timestamp")),
        case("a count with a time", at("count_with_timestamp")),
        case("a histogram with the rate 1", with(metric("histogram", 2), "sample_rate", 1)),
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
        case("an event with all fields", full),
        case("an event with line breaks", event("a\nb\n", "\nc\n\nd")),
        case("an event with carriage returns", event("a\r\nb", "\r")),
        case("an event with bars", event("a|b", "c|#d:e|t:error")),
        case("an event with backslashes", event("a\\nb", "\\")),
        case("an event outside ASCII", event("größe", "日本 🦀")),
        case("an event without a text", event("a", "")),
        case("an empty event", event("", "")).differs("_e{0,0}:||#env:test", "", NO_TITLE),
        case("an event with colons", event("}:m:", "_e{1,1}:a|b")),
        case("an event that is too long", event("a", &long)).differs(
            format!("_e{{1,2000}}:a|{long}|#env:test"),
            format!("_e{{1,1405}}:a|{}…|#env:test", "x".repeat(1_402)),
            PACKET,
        ),
    ]
}

fn event_fields() -> Vec<Case> {
    vec![
        case("an event of type error", with(event("a", "b"), "alert_type", "error")),
        case("an event of type warning", with(event("a", "b"), "alert_type", "warning")),
        case("an event of type info", with(event("a", "b"), "alert_type", "info")).differs(
            "_e{1,1}:a|b|t:info|#env:test",
            "_e{1,1}:a|b|#env:test",
            DEFAULT,
        ),
        case("an event of normal priority", with(event("a", "b"), "priority", "normal")).differs(
            "_e{1,1}:a|b|p:normal|#env:test",
            "_e{1,1}:a|b|#env:test",
            DEFAULT,
        ),
        case("an event at time 0", with(event("a", "b"), "date_happened", 0)).differs(
            "_e{1,1}:a|b|#env:test",
            "_e{1,1}:a|b|d:0|#env:test",
            TIME,
        ),
        case("an event whose host breaks out", with(event("a", "b"), "hostname", "a|t:error\nb"))
            .differs(
                "_e{1,1}:a|b|h:a|t:error\nb|#env:test",
                "_e{1,1}:a|b|h:a_t:error_b|#env:test",
                BREAKS_OUT,
            ),
        case("an event whose key breaks out", with(event("a", "b"), "aggregation_key", "a|b\nc"))
            .differs("_e{1,1}:a|b|k:a|b\nc|#env:test", "_e{1,1}:a|b|k:a_b_c|#env:test", BREAKS_OUT),
        case(
            "an event whose key is outside ASCII",
            with(event("a", "b"), "aggregation_key", "größe"),
        ),
        case("an event whose source breaks out", with(event("a", "b"), "source_type_name", "a|b"))
            .differs("_e{1,1}:a|b|s:a|b|#env:test", "_e{1,1}:a|b|s:a_b|#env:test", BREAKS_OUT),
        case(
            "an event whose key is too long",
            with(event("a", "b"), "aggregation_key", "k".repeat(101)),
        )
        .differs(
            format!("_e{{1,1}}:a|b|k:{}|#env:test", "k".repeat(101)),
            format!("_e{{1,1}}:a|b|k:{}|#env:test", "k".repeat(100)),
            TOO_LONG,
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
        case("a check with all fields", full),
        case("a check with a message", check("it: is down")),
        case("a check with line breaks", check("a\nb\n")),
        case("a check whose message has m:", check("m:a m:b")),
        case("a check whose message has an escape", check("m\\:a\\nb")),
        case("a check whose message is outside ASCII", check("größe 日本 🦀")),
        case("a check with an empty message", check("")).differs(
            "_sc|shop.check|2|#env:test",
            "_sc|shop.check|2|#env:test|m:",
            "their client treats an empty message as none",
        ),
        case("a check whose message breaks out", check("a|m:b|#c:d")).differs(
            "_sc|shop.check|2|#env:test|m:a|m\\:b|#c:d",
            "_sc|shop.check|2|#env:test|m:a¦m\\:b¦#c:d",
            BREAKS_OUT,
        ),
        case("a check whose host breaks out", with(status(0), "hostname", "a|b")).differs(
            "_sc|shop.check|0|h:a|b|#env:test",
            "_sc|shop.check|0|h:a_b|#env:test",
            BREAKS_OUT,
        ),
        case("a check at time 0", with(status(0), "timestamp", 0)).differs(
            "_sc|shop.check|0|#env:test",
            "_sc|shop.check|0|d:0|#env:test",
            TIME,
        ),
        case("a check whose name breaks out", with(status(0), "name", "a|1\nb")).differs(
            "_sc|shop.a|1\nb|0|#env:test",
            "_sc|shop.a_1_b|0|#env:test",
            BREAKS_OUT,
        ),
        case("a check whose message is too long", check(&long)).differs(
            format!("_sc|shop.check|2|#env:test|m:{long}"),
            format!("_sc|shop.check|2|#env:test|m:{}…", "x".repeat(1_399)),
            PACKET,
        ),
    ]
}
