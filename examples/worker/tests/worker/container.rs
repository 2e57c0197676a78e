//! The commands of the Dockerfile, run without Docker.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::process::{Folder, Worker, eventually};

fn dockerfile() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Dockerfile")).unwrap()
}

/// Returns the arguments after the program's name of an instruction in exec form.
fn arguments<'a>(dockerfile: &'a str, instruction: &str) -> Vec<&'a str> {
    let (_, rest) = dockerfile.split_once(&format!("\n{instruction}")).unwrap();
    let (_, list) = rest.split_once('[').unwrap();
    let (list, _) = list.split_once(']').unwrap();
    let unquoted = |word: &'a str| word.strip_prefix('"')?.strip_suffix('"');
    let mut words = list.split(", ").map(|word| unquoted(word).unwrap());
    assert_eq!(words.next(), Some("/worker"));
    words.collect()
}

#[test]
fn the_healthcheck_of_the_dockerfile_probes_its_entrypoint() {
    let dockerfile = dockerfile();
    let entrypoint = arguments(&dockerfile, "ENTRYPOINT ");
    let healthcheck = arguments(&dockerfile, "HEALTHCHECK ");
    assert_eq!(healthcheck, ["healthcheck"]);
    let folder = Folder::new();
    let _worker = Worker::start(&mut folder.command(&entrypoint));
    eventually(|| folder.run(&healthcheck).0 == 0);
}

/// The second image has these libraries and no others.
#[test]
#[cfg(target_os = "linux")]
fn the_binary_needs_only_the_libraries_of_its_image() {
    assert!(dockerfile().contains("FROM gcr.io/distroless/cc-debian12"));
    let Ok(output) = Command::new("ldd").arg(env!("CARGO_BIN_EXE_worker")).output() else { return };
    let libraries = String::from_utf8(output.stdout).unwrap();
    for line in libraries.lines() {
        let known = ["linux-vdso", "libgcc_s", "libc.", "libm.", "ld-linux", "statically linked"];
        assert!(known.iter().any(|known| line.contains(known)), "{line}");
    }
}
