//! Whether a certificate may be a server's, according to its extended key usage.
//!
//! rustls does not export webpki's parser, so this reads as much of the DER as it needs.

const SEQUENCE: u8 = 0x30;

/// The tag of the extensions (RFC 5280, section 4.1).
const EXTENSIONS: u8 = 0xa3;

/// 2.5.29.37 (section 4.2.1.12).
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];

/// 1.3.6.1.5.5.7.3.1 (section 4.2.1.12).
const SERVER_AUTH: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];

/// The tag and the content of a DER value.
type Value<'a> = (u8, &'a [u8]);

/// Returns whether the certificate lists `serverAuth`, or has no list. As in webpki, a list with
/// `anyExtendedKeyUsage` alone is not enough. Returns `None` if the certificate is malformed.
pub(super) fn allows_server(certificate: &[u8]) -> Option<bool> {
    let signed = *sequence(certificate)?.first()?;
    let Some((_, extensions)) = contents(signed)?.into_iter().find(|(tag, _)| *tag == EXTENSIONS)
    else {
        return Some(true);
    };
    for extension in sequence(extensions)? {
        let parts = contents(extension)?;
        let ((_, identifier), (_, value)) = (parts.first()?, parts.last()?);
        if *identifier == EXTENDED_KEY_USAGE {
            return Some(sequence(value)?.iter().any(|(_, purpose)| *purpose == SERVER_AUTH));
        }
    }
    Some(true)
}

/// Returns the values in the one sequence that this is.
fn sequence(der: &[u8]) -> Option<Vec<Value<'_>>> {
    match values(der)?[..] {
        [value] => contents(value),
        _ => None,
    }
}

fn contents((tag, content): Value<'_>) -> Option<Vec<Value<'_>>> {
    if tag == SEQUENCE { values(content) } else { None }
}

fn values(mut der: &[u8]) -> Option<Vec<Value<'_>>> {
    let mut values = Vec::new();
    while let Some((&tag, rest)) = der.split_first() {
        let (length, rest) = length(rest)?;
        let (content, rest) = rest.split_at_checked(length)?;
        values.push((tag, content));
        der = rest;
    }
    Some(values)
}

fn length(der: &[u8]) -> Option<(usize, &[u8])> {
    let (&first, rest) = der.split_first()?;
    match first {
        0..=0x7f => Some((first.into(), rest)),
        0x81..=0x84 => {
            let (bytes, rest) = rest.split_at_checked((first & 0x7f).into())?;
            let length = bytes.iter().fold(0_u32, |length, &byte| length << 8 | u32::from(byte));
            Some((length.try_into().ok()?, rest))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;

    use super::*;

    const CLIENT: &str = include_str!("../../../tests/certificates/client_purpose.pem");
    const BOTH: &str = include_str!("../../../tests/certificates/both_purposes.pem");
    const ANY: &str = include_str!("../../../tests/certificates/authority.pem");

    #[test]
    fn the_purposes_of_a_certificate_are_read() {
        for (pem, expected) in [(CLIENT, false), (BOTH, true), (ANY, true)] {
            let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
            assert_eq!(allows_server(&certificate), Some(expected));
            // One that is cut, at whatever byte, allows nothing.
            for end in 0..certificate.len() {
                assert_eq!(allows_server(&certificate[..end]), None, "{end}");
            }
        }
    }
}
