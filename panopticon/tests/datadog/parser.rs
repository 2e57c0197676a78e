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
        value: f64,
        kind: String,
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
    let (name, value) = sections.next().and_then(|s| s.split_once(':')).ok_or("no `name:value`")?;
    let is_number = |text: &str| {
        let digits = text.strip_prefix('-').unwrap_or(text);
        !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
    };
    if !is_number(value) {
        return Err(format!("{value:?} is not a number"));
    }
    let kind = sections.next().ok_or("no type")?;
    if !["c", "g", "h", "d", "ms"].contains(&kind) {
        return Err(format!("{kind:?} is not a type"));
    }
    let tags = sections.next().map(parse_tags).transpose()?.unwrap_or_default();
    match sections.next() {
        Some(section) => Err(format!("{section:?} is not a known section of a metric")),
        None => Ok(Line::Metric {
            name: check_name(name)?,
            value: value.parse().map_err(|_| format!("{value:?} is not a number"))?,
            kind: kind.to_owned(),
            tags,
        }),
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
