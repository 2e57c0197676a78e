//! What a listed crate registers, read from its metadata: the file that the compiler wrote for the
//! crate and gets by `--extern`.
//!
//! The language has no way to ask which macros another crate exports. The compiler's format is
//! undocumented and changes between versions, but so far it has always kept the text of an exported
//! macro as it is. So each name has a [`Label`] in such a macro, and this file searches for labels
//! without any knowledge of the format. If a compiler should hide them one day, `discover!` knows
//! nothing about the listed crates, as in an editor or with a build tool that passes no files: the
//! proofs that need no metadata, and those of `build()`, still hold.

use std::fs;

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
        for file in files.iter().filter_map(|path| fs::read(path).ok()) {
            registered.add_labels_in(&file);
        }
        registered.names.sort_unstable();
        registered.names.dedup();
        registered
    }

    /// Returns the names of one kind.
    pub(super) fn names_of(&self, kind: Kind) -> impl Iterator<Item = &str> {
        self.names.iter().filter(move |name| name.kind == kind).map(|name| name.name.as_str())
    }

    fn add_labels_in(&mut self, file: &[u8]) {
        for Label { name, package, version } in Label::find_in(file) {
            self.package = package;
            self.version = version;
            self.names.push(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Registered;
    use crate::unique_name::{Kind, Label, UniqueName};

    fn read(bytes: &[u8]) -> Registered {
        let mut registered = Registered::default();
        registered.add_labels_in(bytes);
        registered
    }

    fn name(kind: Kind, name: &str) -> UniqueName {
        UniqueName { kind, name: name.to_owned() }
    }

    #[test]
    fn labels_among_other_bytes_wherever_they_are() {
        let names = [
            name(Kind::HealthCheck, "database"),
            name(Kind::HealthCheck, "a.b-c_d"),
            name(Kind::Collection, "database"),
        ];
        for before in 0..70 {
            let mut bytes = vec![b'~'; before % 3];
            for name in &names {
                let version = "1.0.0-rc.1+7".to_owned();
                let label = Label { name: name.clone(), package: "orders".to_owned(), version };
                bytes.extend(vec![b'x'; before]);
                bytes.extend(format!("{label}").bytes());
                bytes.extend(b"\xff~\0~");
            }
            let registered = Registered {
                package: "orders".to_owned(),
                version: "1.0.0-rc.1+7".to_owned(),
                names: names.to_vec(),
            };
            assert_eq!(read(&bytes), registered, "{before}");
        }
    }

    #[test]
    fn what_is_not_a_label_is_skipped() {
        for bytes in [
            &b""[..],
            b"health_check~",
            b"health_check~orders~1.0.0",
            b"health_check~orders~1.0.0~~",
            b"health_check~orders~1.0.0~data base~",
            b"health_check~orders~1.0.0~liveness~",
            b"health_check~\xff~1.0.0~database~",
            b"metric~orders~1.0.0~database~",
            b"Health_check~orders~1.0.0~database~",
        ] {
            let bytes = [&[b'~'; 32], bytes].concat();
            assert_eq!(read(&bytes), Registered::default(), "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn files_that_cannot_be_read_are_skipped() {
        let files = ["no/such/file.rmeta", env!("CARGO_MANIFEST_DIR"), ""].map(str::to_owned);
        assert_eq!(Registered::read(&files), Registered::default());
    }
}
