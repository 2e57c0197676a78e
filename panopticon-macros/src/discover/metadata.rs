//! What a listed crate registers, read from its metadata: the file that the compiler wrote for the
//! crate and gets by `--extern`.
//!
//! The language has no way to ask which macros another crate exports. The compiler's format is
//! undocumented and changes between versions, but so far it has always kept the text of an exported
//! macro as it is. So each name has a [`Label`] in such a macro, and this file searches for labels
//! without any knowledge of the format. If a compiler should hide them one day, `discover!` knows
//! nothing about the listed crates, as in an editor or with a build tool that passes no files: the
//! proofs that need no metadata, and those of `build()`, still hold.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use crate::unique_name::{Kind, Label, Owner, UniqueName};

/// What a crate registers, in the order of names; nothing if it is unknown.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Registered {
    pub(super) owner: Owner,
    pub(super) names: Vec<UniqueName>,
}

impl Registered {
    /// Reads the files of one crate; returns nothing if none can be read. A crate may have several,
    /// as `.rmeta` and `.rlib`, of which one with labels says it all.
    pub(super) fn read(files: &[String]) -> Option<Self> {
        let mut files: Vec<&String> = files.iter().collect();
        // The others contain code, too.
        files.sort_by_key(|path| Path::new(path).extension() != Some(OsStr::new("rmeta")));
        let mut registered = None;
        for file in files.into_iter().filter_map(|path| fs::read(path).ok()) {
            let found = Self::find_in(&file);
            if !found.names.is_empty() {
                return Some(found);
            }
            registered = Some(found);
        }
        registered
    }

    /// Returns the names of one kind.
    pub(super) fn names_of(&self, kind: Kind) -> impl Iterator<Item = &str> {
        self.names.iter().filter(move |name| name.kind == kind).map(|name| name.name.as_str())
    }

    /// Finds the labels of the crate; nothing if they are not of one crate.
    fn find_in(file: &[u8]) -> Self {
        let mut registered = Self::default();
        for Label { name, owner } in Label::find_in(file) {
            if !registered.names.is_empty() && registered.owner != owner {
                return Self::default();
            }
            registered.owner = owner;
            registered.names.push(name);
        }
        registered.names.sort_unstable();
        registered.names.dedup();
        registered
    }
}

#[cfg(test)]
mod tests {
    use super::Registered;
    use crate::unique_name::{Kind, Label, Owner, UniqueName};

    fn owner() -> Owner {
        let [krate, package, version] =
            ["orders", "shop-orders", "1.0.0-rc.1+7"].map(str::to_owned);
        Owner { krate, package, version }
    }

    fn name(kind: Kind, name: &str) -> UniqueName {
        UniqueName { kind, name: name.to_owned() }
    }

    #[test]
    fn labels_among_other_bytes_wherever_they_are() {
        // In order.
        let names = [
            name(Kind::HealthCheck, "a.b-c_d"),
            name(Kind::HealthCheck, "database"),
            name(Kind::Collection, "database"),
        ];
        for before in 0..70 {
            let mut bytes = vec![b'~'; before % 3];
            for name in &names {
                let label = Label { name: name.clone(), owner: owner() };
                bytes.extend(vec![b'x'; before]);
                bytes.extend(format!("{label}").bytes());
                bytes.extend(b"\xff~\0~");
            }
            let registered = Registered { owner: owner(), names: names.to_vec() };
            assert_eq!(Registered::find_in(&bytes), registered, "{before}");
        }
    }

    #[test]
    fn labels_of_several_crates_say_nothing() {
        let label = Label { name: name(Kind::HealthCheck, "database"), owner: owner() };
        for other in [
            Owner { krate: "billing".to_owned(), ..owner() },
            Owner { package: "shop-billing".to_owned(), ..owner() },
            Owner { version: "2.0.0".to_owned(), ..owner() },
        ] {
            let other = Label { name: name(Kind::HealthCheck, "queue"), owner: other };
            for bytes in [format!("{label}x{other}"), format!("{other}x{label}x{label}")] {
                assert_eq!(Registered::find_in(bytes.as_bytes()), Registered::default(), "{bytes}");
            }
        }
    }

    #[test]
    fn what_is_not_a_label_is_skipped() {
        for bytes in [
            &b""[..],
            b"health_check~",
            b"health_check~orders~shop-orders~1.0.0",
            b"health_check~orders~shop-orders~1.0.0~~",
            b"health_check~orders~shop-orders~1.0.0~data base~",
            b"health_check~orders~shop-orders~1.0.0~liveness~",
            b"health_check~orders~\xff~1.0.0~database~",
            b"metric~orders~shop-orders~1.0.0~database~",
            b"Health_check~orders~shop-orders~1.0.0~database~",
        ] {
            let bytes = [&[b'~'; 32], bytes].concat();
            let found = Registered::find_in(&bytes);
            assert_eq!(found, Registered::default(), "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn files_that_cannot_be_read_are_skipped() {
        let files = ["no/such/file.rmeta", env!("CARGO_MANIFEST_DIR"), ""].map(str::to_owned);
        assert_eq!(Registered::read(&files), None);
        let other = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml").to_owned();
        let readable = [&files[..], &[other]].concat();
        assert_eq!(Registered::read(&readable), Some(Registered::default()));
    }
}
