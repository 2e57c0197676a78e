//! What a listed crate registers, read from its metadata: the file that the compiler wrote for the
//! crate and gets by `--extern`.
//!
//! The language has no way to ask which macros another crate exports. The compiler's format is
//! undocumented and changes between versions, but so far it has always kept the text of an exported
//! macro as it is. So each name has a [`Label`] in such a macro, and this file searches for labels
//! without any knowledge of the format. If a compiler should hide them one day, `discover!` knows
//! nothing about the listed crates, as in an editor or with a build tool that passes no files: the
//! proofs that need no metadata, and those of `build()`, still hold.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};

use crate::unique_name::{Kind, Label, UniqueName};

/// What a crate registers, in the order of names; nothing if it is unknown.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Registered {
    /// The package and its version; both are empty if they are unknown.
    pub(super) package: String,
    pub(super) version: String,
    pub(super) names: Vec<UniqueName>,
}

impl Registered {
    /// Reads the files of one crate. A crate may have several, as `.rmeta` and `.rlib`.
    pub(super) fn read(files: &[String]) -> Self {
        let mut registered = Self::default();
        for file in files.iter().filter_map(|path| File::open(path).ok()) {
            registered.add_labels_in(file);
        }
        registered.names.sort_unstable();
        registered.names.dedup();
        registered
    }

    /// Returns the names of one kind.
    pub(super) fn names_of(&self, kind: Kind) -> impl Iterator<Item = &str> {
        self.names.iter().filter(move |name| name.kind == kind).map(|name| name.name.as_str())
    }

    fn add_labels_in(&mut self, file: impl Read) {
        // The standard library's search for a byte is fast even though cargo builds macros without
        // optimization; a loop over megabytes would not be.
        let fields = BufReader::with_capacity(1 << 16, file).split(Label::SEPARATOR);
        let mut last_five = [const { Vec::new() }; 5];
        for field in fields.map_while(Result::ok) {
            last_five.rotate_left(1);
            last_five[4] = field;
            if let Some(label) = Label::from_fields(&last_five) {
                self.package = label.package;
                self.version = label.version;
                self.names.push(label.name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Registered;
    use crate::unique_name::{Kind, UniqueName};

    fn read(bytes: &[u8]) -> Registered {
        let mut registered = Registered::default();
        registered.add_labels_in(bytes);
        registered
    }

    fn name(kind: Kind, name: &str) -> UniqueName {
        UniqueName { kind, name: name.to_owned() }
    }

    #[test]
    fn labels_among_other_bytes() {
        let mut bytes = b"rust\0\0\0\x0a~\xff~panopticon~A~panopticon".to_vec();
        bytes.extend(b"~health_check~orders~1.0.0-rc.1+7~database~\xc1\0");
        bytes.extend(vec![b'x'; 1 << 17]);
        bytes.extend(b"~panopticon~health_check~orders~1.0.0-rc.1+7~a.b-c_d~~panopticon~");
        bytes.extend(b"collection~orders~1.0.0-rc.1+7~database~");
        assert_eq!(
            read(&bytes),
            Registered {
                package: "orders".to_owned(),
                version: "1.0.0-rc.1+7".to_owned(),
                names: vec![
                    name(Kind::HealthCheck, "database"),
                    name(Kind::HealthCheck, "a.b-c_d"),
                    name(Kind::Collection, "database"),
                ],
            }
        );
    }

    #[test]
    fn what_is_not_a_label_is_skipped() {
        for bytes in [
            &b""[..],
            b"~panopticon~",
            b"~panopticon~health_check~orders~1.0.0",
            b"~panopticon~health_check~orders~1.0.0~~",
            b"~panopticon~health_check~orders~1.0.0~data base~",
            b"~panopticon~health_check~orders~1.0.0~liveness~",
            b"~panopticon~health_check~\xff~1.0.0~database~",
            b"~panopticon~metric~orders~1.0.0~database~",
            b"~Panopticon~health_check~orders~1.0.0~database~",
        ] {
            assert_eq!(read(bytes), Registered::default(), "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn files_that_cannot_be_read_are_skipped() {
        let files = ["no/such/file.rmeta", env!("CARGO_MANIFEST_DIR"), ""].map(str::to_owned);
        assert_eq!(Registered::read(&files), Registered::default());
    }
}
