//! A strict DogStatsD parser, written from Datadog's documentation of the format and of names:
//! <https://docs.datadoghq.com/developers/dogstatsd/datagram_shell/>,
//! <https://docs.datadoghq.com/metrics/custom_metrics/#naming-custom-metrics>,
//! <https://docs.datadoghq.com/getting_started/tagging/#define-tags>. It rejects what a lenient
//! parser would guess at.

/// The content of a line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Line {
    Metric {
        name: String,
        values: Vec<f64>,
        kind: String,
        rate: Option<f64>,
        tags: Vec<String>,
        timestamp: Option<u64>,
    },
    Set {
        name: String,
        value: String,
        tags: Vec<String>,
    },
    Event {
        title: String,
        text: String,
        fields: Vec<(char, String)>,
        tags: Vec<String>,
    },
    ServiceCheck {
        name: String,
        status: u8,
        message: Option<String>,
        fields: Vec<(char, String)>,
        tags: Vec<String>,
    },
}

/// Parses a line, or returns what is wrong with it.
pub(crate) fn parse(line: &str) -> Result<Line, String> {
    if line.contains('\n') {
        return Err("more than one line".to_owned());
    }
    if let Some(rest) = line.strip_prefix("_e{") {
        parse_event(rest)
    } else if let Some(rest) = line.strip_prefix("_sc|") {
        parse_service_check(rest)
    } else {
        parse_metric(line)
    }
}

fn parse_metric(line: &str) -> Result<Line, String> {
    let mut sections = line.split('|');
    let (name, values) =
        sections.next().and_then(|s| s.split_once(':')).ok_or("no `name:value`")?;
    let name = check_name(name)?;
    let kind = sections.next().ok_or("no type")?;
    let mut sections = sections.peekable();
    let rate = sections.next_if(|section| section.starts_with('@'));
    let rate = rate.map(|section| parse_number(&section[1..])).transpose()?;
    let tags = sections.next_if(|section| section.starts_with('#')).map(parse_tags);
    let tags = tags.transpose()?.unwrap_or_default();
    let timestamp = sections.next_if(|section| section.starts_with('T'));
    let timestamp = timestamp.map(|section| section[1..].parse().map_err(|_| "no time"));
    let timestamp = timestamp.transpose()?;
    if let Some(section) = sections.next() {
        return Err(format!("{section:?} is not a known section of a metric"));
    }
    if rate.is_some_and(|rate| !(0.0..1.0).contains(&rate) || rate == 0.0) {
        return Err(format!("{rate:?} is not a sample rate"));
    }
    match kind {
        // A set's value is a text, which may have colons.
        "s" if values.is_empty() || rate.is_some() || timestamp.is_some() => {
            Err("a set has one value, and neither rate nor time".to_owned())
        }
        "s" => Ok(Line::Set { name, value: values.to_owned(), tags }),
        "c" | "g" | "h" | "d" | "ms" => {
            if timestamp.is_some() && !["c", "g"].contains(&kind) {
                return Err(format!("a metric of type {kind} has no time of its own"));
            }
            let values = values.split(':').map(parse_number).collect::<Result<Vec<_>, _>>()?;
            if values.len() > 1 && ["c", "g"].contains(&kind) {
                return Err("a line of a count or gauge has one value".to_owned());
            }
            Ok(Line::Metric { name, values, kind: kind.to_owned(), rate, tags, timestamp })
        }
        other => Err(format!("{other:?} is not a type")),
    }
}

fn parse_number(text: &str) -> Result<f64, String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_number = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    match text.parse() {
        Ok(number) if is_number => Ok(number),
        _ => Err(format!("{text:?} is not a number")),
    }
}

fn parse_event(rest: &str) -> Result<Line, String> {
    let (lengths, rest) = rest.split_once("}:").ok_or("no `}:`")?;
    let (title, text) = lengths.split_once(',').ok_or("expected two lengths")?;
    let title_len: usize = title.parse().map_err(|_| "the title's length is not a number")?;
    if title_len == 0 {
        return Err("an empty title".to_owned());
    }
    let text_len: usize = text.parse().map_err(|_| "the text's length is not a number")?;
    let title = rest.get(..title_len).ok_or("the title's length is wrong")?;
    let rest = rest[title_len..].strip_prefix('|').ok_or("no `|` after the title")?;
    let text = rest.get(..text_len).ok_or("the text's length is wrong")?;
    let (mut fields, mut tags) = (Vec::new(), Vec::new());
    for section in rest[text_len..].split('|').skip(1) {
        if section.starts_with('#') {
            tags = parse_tags(section)?;
        } else {
            fields.push(parse_field(section, "dhkpst")?);
        }
    }
    if !rest[text_len..].is_empty() && !rest[text_len..].starts_with('|') {
        return Err("no `|` after the text".to_owned());
    }
    let unescaped = |text: &str| text.replace("\\n", "\n");
    Ok(Line::Event { title: unescaped(title), text: unescaped(text), fields, tags })
}

fn parse_service_check(rest: &str) -> Result<Line, String> {
    let mut sections = rest.split('|');
    let name = check_name(sections.next().unwrap_or_default())?;
    let status = sections.next().and_then(|s| s.parse().ok()).filter(|status| *status <= 3);
    let status = status.ok_or("no status from 0 to 3")?;
    let (mut fields, mut tags, mut message) = (Vec::new(), Vec::new(), None);
    for section in sections {
        if message.is_some() {
            return Err(format!("{section:?} follows the message, which must be last"));
        }
        if let Some(text) = section.strip_prefix("m:") {
            message = Some(text.replace("m\\:", "m:").replace("\\n", "\n"));
        } else if section.starts_with('#') {
            tags = parse_tags(section)?;
        } else {
            fields.push(parse_field(section, "dh")?);
        }
    }
    Ok(Line::ServiceCheck { name, status, message, fields, tags })
}

fn parse_field(section: &str, known: &str) -> Result<(char, String), String> {
    let (key, value) = section.split_once(':').ok_or(format!("{section:?} is not a field"))?;
    match key.chars().next() {
        Some(c) if key.len() == 1 && known.contains(c) => Ok((c, value.to_owned())),
        _ => Err(format!("{key:?} is not a known field")),
    }
}

fn parse_tags(section: &str) -> Result<Vec<String>, String> {
    let tags = section.strip_prefix('#').ok_or(format!("{section:?} are not tags"))?;
    tags.split(',').map(check_tag).collect()
}

fn check_tag(tag: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_alphanumeric() || "_-:./".contains(c);
    if tag.is_empty()
        || tag.starts_with(':')
        || !tag.chars().all(is_plain)
        || tag.chars().count() > 200
    {
        return Err(format!("{tag:?} is not a valid tag"));
    }
    Ok(tag.to_owned())
}

fn check_name(name: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_.".contains(c);
    let starts_with_letter = name.starts_with(|c: char| c.is_ascii_alphabetic());
    if !starts_with_letter || !name.chars().all(is_plain) || name.len() > 200 {
        return Err(format!("{name:?} is not a valid name"));
    }
    Ok(name.to_owned())
}
