//! The head of a request, on its way out.

use std::io;
use std::mem;
use std::sync::Arc;

use ureq::Error;
use ureq::http::header::{HeaderMap, HeaderName};

/// What a request is asked for and the headers that it was given, to which ureq adds its own.
pub(super) struct Head {
    pub(super) target: String,
    pub(super) headers: HeaderMap,
}

/// A request as ureq knows it, and as it is sent: the one is as long as the other throughout.
pub(super) struct Covered {
    pub(super) shown: Head,
    pub(super) real: Head,
}

/// Where in a connection what is written next belongs.
pub(super) enum Place {
    /// To the first line of a request.
    Start,
    /// To its headers. Of each name that was given: how many have been written.
    Headers { covered: Arc<Covered>, written: HeaderMap<usize> },
    /// To its body.
    Body,
    /// To a tunnel through a proxy: the request for it is ureq's own, and what then goes through it
    /// is what the veil at its end has let through.
    Tunnel,
}

impl Place {
    /// Puts what is real in the place of what stands for it. ureq writes whole lines: all of a head
    /// at once, or as many as its buffer takes.
    pub(super) fn write(
        &mut self,
        output: &mut [u8],
        covered: impl FnOnce() -> Option<Arc<Covered>>,
    ) -> Result<(), Error> {
        if matches!(self, Self::Start) && output.starts_with(b"CONNECT ") {
            *self = Self::Tunnel;
        }
        let mut covered = Some(covered);
        let mut rest = output;
        while !rest.is_empty() && !matches!(self, Self::Body | Self::Tunnel) {
            let end = rest.windows(2).position(|two| two == b"\r\n").ok_or_else(unexpected)?;
            let (line, after) = mem::take(&mut rest).split_at_mut(end);
            rest = after.get_mut(2..).unwrap_or_default();
            match self {
                Self::Start => {
                    let covered = covered.take().and_then(|covered| covered());
                    let covered = covered.ok_or_else(unexpected)?;
                    covered.write_request_line(line)?;
                    *self = Self::Headers { covered, written: HeaderMap::default() };
                }
                Self::Headers { covered, written } if line.is_empty() => {
                    if written.values().sum::<usize>() != covered.real.headers.len() {
                        return Err(unexpected());
                    }
                    *self = Self::Body;
                }
                Self::Headers { covered, written } => covered.write_header(line, written)?,
                Self::Body | Self::Tunnel => {}
            }
        }
        Ok(())
    }

    /// An answer is awaited: what is written after it is another request.
    pub(super) fn read(&mut self) {
        if !matches!(self, Self::Tunnel) {
            *self = Self::Start;
        }
    }
}

impl Covered {
    fn write_request_line(&self, line: &mut [u8]) -> Result<(), Error> {
        let mut parts = line.split_mut(|byte| *byte == b' ');
        let target = parts.nth(1).ok_or_else(unexpected)?;
        replace(target, self.shown.target.as_bytes(), self.real.target.as_bytes())
    }

    fn write_header(&self, line: &mut [u8], written: &mut HeaderMap<usize>) -> Result<(), Error> {
        let colon = line.iter().position(|byte| *byte == b':').ok_or_else(unexpected)?;
        let (name, value) = line.split_at_mut(colon);
        let name = HeaderName::from_bytes(name).map_err(|_| unexpected())?;
        if !self.real.headers.contains_key(&name) {
            return Ok(());
        }
        // The values of one name are written in their order.
        let nth = written.entry(&name).or_insert(0);
        let value_of = |head: &Head| head.headers.get_all(&name).iter().nth(*nth).cloned();
        let (shown, real) =
            value_of(&self.shown).zip(value_of(&self.real)).ok_or_else(unexpected)?;
        *nth += 1;
        // After the colon and the space.
        let value = value.get_mut(2..).ok_or_else(unexpected)?;
        replace(value, shown.as_bytes(), real.as_bytes())
    }
}

fn replace(written: &mut [u8], shown: &[u8], real: &[u8]) -> Result<(), Error> {
    if written != shown || shown.len() != real.len() {
        return Err(unexpected());
    }
    written.copy_from_slice(real);
    Ok(())
}

/// Better no request than one with stand-ins, or with the secrets of another.
fn unexpected() -> Error {
    io::Error::other("the HTTP client wrote a request that is not the one it was given").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(target: &str, headers: &[(&'static str, &'static str)]) -> Head {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        Head { target: target.to_owned(), headers: map }
    }

    fn covered() -> Arc<Covered> {
        let shown = head("/---", &[("a", "---"), ("b", "-"), ("a", "---"), ("a", ""), ("c", "c")]);
        let real = head("/key", &[("a", "one"), ("b", "-"), ("a", "two"), ("a", ""), ("c", "c")]);
        Arc::new(Covered { shown, real })
    }

    /// What is sent of these writes, each after the other.
    fn write(place: &mut Place, writes: &[&str]) -> Result<String, Error> {
        let mut sent = Vec::new();
        for written in writes {
            let mut output = written.as_bytes().to_vec();
            place.write(&mut output, || Some(covered()))?;
            sent.extend(output);
        }
        Ok(String::from_utf8(sent).unwrap())
    }

    const SHOWN: &str =
        "GET /--- HTTP/1.1\r\nhost: ---\r\na: ---\r\na: ---\r\na: \r\nc: c\r\nb: -\r\n\r\n";
    const REAL: &str =
        "GET /key HTTP/1.1\r\nhost: ---\r\na: one\r\na: two\r\na: \r\nc: c\r\nb: -\r\n\r\n";

    #[test]
    fn stand_ins_are_known_by_their_place() {
        // In one write, in one a line, and with a body that looks like a head.
        let lines: Vec<_> = SHOWN.split_inclusive('\n').collect();
        for writes in [&[SHOWN][..], &lines, &[SHOWN, "", SHOWN], &[&format!("{SHOWN}{SHOWN}")]] {
            let sent = write(&mut Place::Start, writes).unwrap();
            assert_eq!(sent, writes.concat().replacen(SHOWN, REAL, 1));
        }
    }

    #[test]
    fn a_connection_takes_one_request_after_another() {
        let mut place = Place::Start;
        for body in ["", "a: ---\r\n", "GET /--- HTTP/1.1\r\na: ---\r\n\r\n"] {
            assert_eq!(write(&mut place, &[SHOWN, body]).unwrap(), format!("{REAL}{body}"));
            place.read();
        }
    }

    #[test]
    fn a_tunnel_is_let_through() {
        let mut place = Place::Start;
        let writes = ["CONNECT ", "host:80", " HTTP/1.1\r\n", "a: ---\r\n", "\r\n"];
        assert_eq!(write(&mut place, &writes).unwrap(), writes.concat());
        place.read();
        assert_eq!(write(&mut place, &[SHOWN, "\x16\x03"]).unwrap(), format!("{SHOWN}\x16\x03"));
    }

    #[test]
    fn what_is_not_as_expected_is_not_sent() {
        for (from, to) in [
            ("/---", "/--"),
            ("/---", "/----"),
            ("/---", "/key"),
            ("/---", "http://host/---"),
            ("GET /--- HTTP/1.1", "GET"),
            ("a: ---", "a: --"),
            ("a: ---", "a: one"),
            ("a: ---", "a:---"),
            ("a: ---", "a:"),
            ("a: ---", "a"),
            ("a: ---", ": ---"),
            ("a: \r\n", ""),
            ("a: \r\n", "a: \r\na: \r\n"),
            ("c: c", "c: d"),
            ("\r\n\r\n", "\r\n--"),
        ] {
            let written = SHOWN.replacen(from, to, 1);
            write(&mut Place::Start, &[&written]).unwrap_err();
        }
        let mut output = SHOWN.as_bytes().to_vec();
        Place::Start.write(&mut output, || None).unwrap_err();
    }
}
