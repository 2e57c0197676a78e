//! Reads a response of HTTP/1.1 or 1.0, and no more of it than a report can have.

use std::fmt;
use std::io::{self, BufRead, Read};

/// Far more than a proxy adds.
const MAX_HEAD_BYTES: u64 = 65_536;

/// Enough for about 240 components of the maximum size.
pub(super) const MAX_BODY_BYTES: u64 = 16 * 1024 * 1024;

#[derive(Debug, PartialEq)]
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) content_type: Option<String>,
    pub(super) body: Vec<u8>,
}

/// Why a response cannot be read; its `Display` says what the service did.
#[derive(Debug)]
pub(super) enum ResponseError {
    /// The connection failed.
    Connection(io::Error),
    /// The connection was closed before the end of the response.
    Incomplete,
    TooLong,
    /// It is not an HTTP/1 response.
    NotHttp,
    /// Its length is not written as HTTP requires.
    Framing,
}

impl fmt::Display for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection(error) => write!(f, "dropped the connection: {error}"),
            Self::Incomplete => f.write_str("closed the connection before the end of its answer"),
            Self::TooLong => write!(
                f,
                "sent more than a report can have: {MAX_HEAD_BYTES} bytes of headers, and \
                 {MAX_BODY_BYTES} after them",
            ),
            Self::NotHttp => f.write_str("does not speak HTTP/1"),
            Self::Framing => f.write_str("sent a body whose length is not written as in HTTP/1"),
        }
    }
}

impl From<io::Error> for ResponseError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Incomplete,
            _ => Self::Connection(error),
        }
    }
}

/// How long the body is.
#[derive(Default)]
struct Framing {
    content_length: Option<u64>,
    is_chunked: bool,
}

impl Response {
    pub(super) fn read(mut stream: impl BufRead) -> Result<Self, ResponseError> {
        let mut head = Lines { left: MAX_HEAD_BYTES };
        // Another protocol may have no lines, and its server may wait for an answer.
        if !stream.fill_buf()?.iter().zip(b"HTTP/1.").all(|(found, expected)| found == expected) {
            return Err(ResponseError::NotHttp);
        }
        loop {
            let status = read_status(&head.next(&mut stream)?)?;
            let mut framing = Framing::default();
            let mut content_type = None;
            loop {
                let line = head.next(&mut stream)?;
                if line.is_empty() {
                    break;
                }
                let (name, value) = line.split_once(':').ok_or(ResponseError::NotHttp)?;
                let value = value.trim();
                match &*name.to_ascii_lowercase() {
                    "content-type" => content_type = Some(value.to_owned()),
                    "content-length" => framing.add_length(value)?,
                    "transfer-encoding" if value.eq_ignore_ascii_case("chunked") => {
                        framing.is_chunked = true;
                    }
                    "transfer-encoding" => return Err(ResponseError::Framing),
                    _ => {}
                }
            }
            match status {
                101 => return Err(ResponseError::NotHttp),
                // Another response follows.
                100..=199 => {}
                204 | 304 => return Ok(Self { status, content_type, body: Vec::new() }),
                _ => {
                    let body = framing.read_body(&mut stream)?;
                    return Ok(Self { status, content_type, body });
                }
            }
        }
    }
}

fn read_status(line: &str) -> Result<u16, ResponseError> {
    let status = line.strip_prefix("HTTP/1.").and_then(|rest| {
        let rest = rest.strip_prefix(['0', '1'])?.strip_prefix(' ')?;
        let status = rest.split(' ').next()?;
        (status.len() == 3).then(|| status.parse().ok()).flatten()
    });
    status.filter(|status| (100..=999).contains(status)).ok_or(ResponseError::NotHttp)
}

impl Framing {
    fn add_length(&mut self, value: &str) -> Result<(), ResponseError> {
        let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
        let length = value.parse().ok().filter(|_| is_number).ok_or(ResponseError::Framing)?;
        match self.content_length.replace(length) {
            Some(other) if other != length => Err(ResponseError::Framing),
            _ => Ok(()),
        }
    }

    fn read_body(&self, stream: &mut impl BufRead) -> Result<Vec<u8>, ResponseError> {
        let mut body = Vec::new();
        match self.content_length {
            _ if self.is_chunked => read_chunks(stream, &mut body)?,
            Some(length) => read_exactly(stream, length, &mut body)?,
            None => {
                // One byte more shows that it is too long.
                stream.take(MAX_BODY_BYTES + 1).read_to_end(&mut body)?;
                if body.len() as u64 > MAX_BODY_BYTES {
                    return Err(ResponseError::TooLong);
                }
            }
        }
        Ok(body)
    }
}

fn read_chunks(stream: &mut impl BufRead, body: &mut Vec<u8>) -> Result<(), ResponseError> {
    // The lines between the chunks. Each chunk has at least one byte, so this bounds them too.
    let mut lines = Lines { left: MAX_BODY_BYTES };
    loop {
        let line = lines.next(stream)?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let is_number = !size.is_empty() && size.bytes().all(|byte| byte.is_ascii_hexdigit());
        let size = u64::from_str_radix(size, 16).ok().filter(|_| is_number);
        match size.ok_or(ResponseError::Framing)? {
            // The body is complete; what follows are trailers.
            0 => return Ok(()),
            size => read_exactly(stream, size, body)?,
        }
        if !lines.next(stream)?.is_empty() {
            return Err(ResponseError::Framing);
        }
    }
}

fn read_exactly(
    stream: &mut impl BufRead,
    length: u64,
    body: &mut Vec<u8>,
) -> Result<(), ResponseError> {
    if length > MAX_BODY_BYTES - body.len() as u64 {
        return Err(ResponseError::TooLong);
    }
    let read = stream.take(length).read_to_end(body)?;
    if (read as u64) < length { Err(ResponseError::Incomplete) } else { Ok(()) }
}

/// Lines whose total length is bounded.
struct Lines {
    left: u64,
}

impl Lines {
    /// Reads a line without its end.
    fn next(&mut self, stream: &mut impl BufRead) -> Result<String, ResponseError> {
        let mut line = Vec::new();
        let read = stream.take(self.left).read_until(b'\n', &mut line)? as u64;
        self.left -= read;
        match line.strip_suffix(b"\n") {
            // A header that does not matter here may have a value that is not UTF-8.
            Some(line) => {
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                Ok(String::from_utf8_lossy(line).into_owned())
            }
            None if self.left == 0 => Err(ResponseError::TooLong),
            None => Err(ResponseError::Incomplete),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(response: &str) -> Result<(u16, String), String> {
        let response = Response::read(response.as_bytes()).map_err(|error| error.to_string())?;
        Ok((response.status, String::from_utf8(response.body).unwrap()))
    }

    const WHOLE: [&str; 6] = [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.0 200 OK\nContent-Length: 2\n\nok",
        "HTTP/1.1 200\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n1\r\no\r\n1;x=y\r\nk\r\n0\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
        // Chunks take precedence over a length.
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n",
    ];

    #[test]
    fn a_body_is_read_however_its_length_is_written() {
        for response in WHOLE {
            assert_eq!(read(response), Ok((200, "ok".to_owned())), "{response:?}");
            // Bytes after the body are ignored.
            assert_eq!(read(&format!("{response}\r\nmore")), Ok((200, "ok".to_owned())));
        }
        assert_eq!(read("HTTP/1.0 503 No\r\n\r\nno"), Ok((503, "no".to_owned())));
        assert_eq!(read("HTTP/1.1 204 No Content\r\n\r\n"), Ok((204, String::new())));
    }

    #[test]
    fn an_incomplete_response_is_an_error() {
        for response in WHOLE {
            for end in 0..response.len() {
                assert!(read(&response[..end]).is_err(), "{:?}", &response[..end]);
            }
        }
    }

    #[test]
    fn what_is_not_http_is_refused() {
        for (response, part) in [
            // The alert that a TLS server sends.
            ("\x15\x03\x01\0\x02\x02\x46", "does not speak HTTP/1"),
            ("SSH-2.0-OpenSSH_9.2\r\n", "does not speak HTTP/1"),
            ("HTTP/2 200\r\n\r\n", "does not speak HTTP/1"),
            ("HTTP/1.1 2000 OK\r\n\r\n", "does not speak HTTP/1"),
            ("HTTP/1.1 +20 OK\r\n\r\n", "does not speak HTTP/1"),
            ("HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "does not speak HTTP/1"),
            ("HTTP/1.1 101 Switching Protocols\r\n\r\n", "does not speak HTTP/1"),
            ("HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok", "not written as in HTTP/1"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 1\r\n\r\nok", "length"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "length"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", "length"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nokk\r\n", "length"),
        ] {
            let error = read(response).unwrap_err();
            assert!(error.contains(part), "{response:?}: {error}");
        }
    }

    #[test]
    fn every_part_of_a_response_is_bounded() {
        let endless = |start: &'static str| {
            Response::read(io::BufReader::new(start.as_bytes().chain(io::repeat(b'1'))))
        };
        for start in
            ["HTTP/1.", "HTTP/1.1 200 OK\r\nA: ", "HTTP/1.1 200 ", "HTTP/1.1 100 A\r\n\r\n"]
        {
            assert!(matches!(endless(start), Err(ResponseError::TooLong)), "{start}");
        }
        for start in [
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 16777217\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1000001\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n1\r\nffffffffffffffff\r\n",
        ] {
            assert!(matches!(endless(start), Err(ResponseError::TooLong)), "{start}");
        }
    }
}
