//! Every call, whatever its texts, sends one line that parses back to the same content.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, UNIX_EPOCH};

use panopticon::datadog::{AlertType, Event, Priority, ServiceCheck, ServiceStatus, Stats};

use crate::agent::{Agent, PATIENCE};
use crate::parser::{Line, parse};
use crate::random::Random;

const ROUNDS: u32 = 4_000;

/// Returns a name the way the docs say it is sent, with `_` for other characters.
fn name_as_sent(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let name: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    format!("shop.{name}").chars().take(200).collect()
}

/// Returns a tag the way the docs say it is sent.
fn tag_as_sent((key, value): &(String, String)) -> String {
    let plain = |c: char| if c.is_alphanumeric() || "_-:./".contains(c) { c } else { '_' };
    let key: String =
        key.chars().map(|c| if c == ':' { '_' } else { plain(c) }).take(199).collect();
    let key = if key.is_empty() { "_".to_owned() } else { key };
    let left = 199 - key.chars().count();
    let value: String = value.chars().map(plain).take(left).collect();
    // A tag without a value.
    if value.is_empty() { key } else { format!("{key}:{value}") }
}

fn field_as_sent(text: &str, max: usize) -> String {
    let fits = |(start, c): &(usize, char)| start + c.len_utf8() <= max;
    let kept = text.char_indices().take_while(fits).map(|(_, c)| c);
    kept.map(|c| if c == '|' || c.is_control() { '_' } else { c }).collect()
}

/// Returns a text as it is read back: the format cannot tell a backslash followed by an `n` from a
/// line break.
fn text_as_read(text: &str) -> String {
    text.replace("\\n", "\n")
}

fn message_as_read(text: &str) -> String {
    text_as_read(text).replace('|', "¦").replace("m\\:", "m:")
}

/// Returns at most 104 days, up to which a float is exact to the nanosecond.
fn time_of(value: f64) -> Duration {
    Duration::from_secs_f64(value.abs().min(8e6))
}

struct Setup {
    agent: Agent,
    stats: Stats,
    random: Random,
}

impl Setup {
    fn new(seed: u64) -> Self {
        let agent = Agent::new(IpAddr::from(Ipv4Addr::LOCALHOST));
        // Each seed sends in one of the two ways.
        let stats = agent.builder().prefix("shop").aggregation(seed % 2 == 0).build().unwrap();
        Self { agent, stats, random: Random::new(seed) }
    }

    /// Receives a packet with a single line, and parses it.
    fn receive(&self) -> Line {
        self.stats.flush(PATIENCE).unwrap();
        let packet = String::from_utf8(self.agent.packet()).unwrap();
        let line = packet.strip_suffix('\n').expect("a line break ends a line");
        parse(line).unwrap_or_else(|error| panic!("{error}, in {line:?}"))
    }
}

#[test]
fn metrics() {
    for seed in [0, 1] {
        send_metrics(Setup::new(seed));
    }
}

fn send_metrics(mut setup: Setup) {
    for _ in 0..ROUNDS {
        let name = setup.random.text(1..40);
        let value = setup.random.number();
        let tags = setup.random.tags();
        let pairs: Vec<_> = tags.iter().map(|(key, value)| (&**key, &**value)).collect();
        let kind = setup.random.below(6);
        let (stats, pairs) = (&setup.stats, &pairs[..]);
        match kind {
            0 => stats.gauge(&name, value, pairs),
            1 => stats.increment(&name, value, pairs),
            2 => stats.decrement(&name, -value, pairs),
            3 => stats.histogram(&name, value, pairs),
            4 => stats.distribution(&name, value, pairs),
            _ => stats.timing(&name, time_of(value), pairs),
        }
        let Line::Metric { name: read_name, values, kind: read_kind, tags: read_tags, .. } =
            setup.receive()
        else {
            panic!("not a metric")
        };
        let read_value = values[0];
        assert_eq!(read_name, name_as_sent(&name));
        assert_eq!(read_kind, ["g", "c", "c", "h", "d", "ms"][kind]);
        if kind == 5 {
            // The float nearest to the decimal fraction.
            let nanoseconds = time_of(value).as_nanos();
            let expected: f64 = format!("{nanoseconds}e-6").parse().unwrap();
            assert_eq!(read_value.to_bits(), expected.to_bits());
        } else {
            assert_eq!(read_value.to_bits(), value.to_bits(), "{read_value} for {value}");
        }
        assert_eq!(read_tags, tags.iter().map(tag_as_sent).collect::<Vec<_>>());
    }
    assert_eq!(setup.stats.delivery().refused, 0);
}

#[test]
fn sets() {
    for seed in [2, 3] {
        let mut setup = Setup::new(seed);
        for _ in 0..ROUNDS {
            let (name, value) = (setup.random.text(1..40), setup.random.text(1..60));
            let tags = setup.random.tags();
            let pairs: Vec<_> = tags.iter().map(|(key, value)| (&**key, &**value)).collect();
            setup.stats.set(&name, &value, &pairs);
            let expected = Line::Set {
                name: name_as_sent(&name),
                value: field_as_sent(&value, 200),
                tags: tags.iter().map(tag_as_sent).collect(),
            };
            assert_eq!(setup.receive(), expected);
        }
        assert_eq!(setup.stats.delivery().refused, 0);
    }
}

#[test]
fn events() {
    let mut setup = Setup::new(2);
    for _ in 0..ROUNDS {
        let random = &mut setup.random;
        let (title, text) = (random.text(1..60), random.text(0..120));
        let (key, source, host) = (random.text(1..130), random.text(1..20), random.text(1..20));
        let tags = random.tags();
        let alert_type =
            [AlertType::Error, AlertType::Warning, AlertType::Info, AlertType::Success]
                [random.below(4)];
        let seconds = random.below(4_000_000_000) as u64;
        let event = tags.iter().fold(
            Event::new(&title, &text)
                .alert_type(alert_type)
                .priority(Priority::Low)
                .aggregation_key(&key)
                .source_type_name(&source)
                .hostname(&host)
                .timestamp(UNIX_EPOCH + Duration::from_secs(seconds)),
            |event, (key, value)| event.tag(key, value),
        );
        setup.stats.event(event);

        let mut fields = vec![
            ('d', seconds.to_string()),
            ('h', field_as_sent(&host, 255)),
            ('k', field_as_sent(&key, 100)),
            ('p', "low".to_owned()),
            ('s', field_as_sent(&source, 100)),
        ];
        if alert_type != AlertType::Info {
            fields.push(('t', alert_type.as_str().to_owned()));
        }
        let expected = Line::Event {
            title: text_as_read(&title),
            text: text_as_read(&text),
            fields,
            tags: tags.iter().map(tag_as_sent).collect(),
        };
        assert_eq!(setup.receive(), expected);
    }
}

#[test]
fn the_longest_fields_leave_room_for_a_title() {
    let setup = Setup::new(5);
    let long = "𝒳".repeat(300);
    let tag = |number| (format!("k{number}"), "𝒳".repeat(90));
    let event = Event::new("title", &long)
        .hostname(&long)
        .aggregation_key(&long)
        .source_type_name(&long)
        .timestamp(UNIX_EPOCH + Duration::from_secs(u64::from(u32::MAX)))
        .priority(Priority::Low)
        .alert_type(AlertType::Success);
    let tags: Vec<_> = (0..4).map(tag).collect();
    setup.stats.event(tags.iter().fold(event, |event, (key, value)| event.tag(key, value)));
    let Line::Event { title, text, .. } = setup.receive() else { panic!("not an event") };
    assert_eq!(title, "title");
    assert!(text.ends_with('…'), "{text}");
}

#[test]
fn service_checks() {
    let mut setup = Setup::new(3);
    for _ in 0..ROUNDS {
        let random = &mut setup.random;
        let (name, message, host) = (random.text(1..40), random.text(0..120), random.text(1..20));
        let tags = random.tags();
        let status = [
            ServiceStatus::Ok,
            ServiceStatus::Warning,
            ServiceStatus::Critical,
            ServiceStatus::Unknown,
        ][random.below(4)];
        let check = tags.iter().fold(
            ServiceCheck::new(&name, status).message(&message).hostname(&host),
            |check, (key, value)| check.tag(key, value),
        );
        setup.stats.service_check(check);

        let expected = Line::ServiceCheck {
            name: name_as_sent(&name),
            status: status.as_u8(),
            message: Some(message_as_read(&message)),
            fields: vec![('h', field_as_sent(&host, 255))],
            tags: tags.iter().map(tag_as_sent).collect(),
        };
        assert_eq!(setup.receive(), expected);
    }
}

#[test]
fn long_texts_are_cut() {
    let mut setup = Setup::new(4);
    for round in 0..ROUNDS / 4 {
        let random = &mut setup.random;
        let (title, text) = (random.text(1..3_000), random.text(0..3_000));
        let tags = if round % 2 == 0 { random.tags() } else { Vec::new() };
        let event = tags
            .iter()
            .fold(Event::new(&title, &text), |event, (key, value)| event.tag(key, value));
        setup.stats.event(event);
        setup.stats.flush(PATIENCE).unwrap();
        let packet = setup.agent.packet();
        assert!(packet.len() <= 1_432, "{} bytes", packet.len());
        let line = String::from_utf8(packet).unwrap();
        let Line::Event { title: read_title, text: read_text, .. } =
            parse(line.trim_end_matches('\n')).unwrap()
        else {
            panic!("not an event")
        };
        for (read, sent) in [(read_title, text_as_read(&title)), (read_text, text_as_read(&text))] {
            match read.strip_suffix('…') {
                Some(begin) if read != sent => {
                    assert!(sent.starts_with(begin), "{begin:?} of {sent:?}");
                }
                _ => assert_eq!(read, sent),
            }
        }

        let message = setup.random.text(1_500..3_000);
        setup.stats.service_check(ServiceCheck::new("x", ServiceStatus::Ok).message(&message));
        setup.stats.flush(PATIENCE).unwrap();
        let packet = setup.agent.packet();
        assert!(packet.len() <= 1_432, "{} bytes", packet.len());
        let line = String::from_utf8(packet).unwrap();
        let Line::ServiceCheck { message: Some(read), .. } =
            parse(line.trim_end_matches('\n')).unwrap()
        else {
            panic!("not a service check")
        };
        let begin = read.strip_suffix('…').expect("it was cut");
        assert!(message_as_read(&message).starts_with(begin), "{begin:?} of {message:?}");
    }
}
