//! What the tests of a library use, and what itself uses that library.

pub fn refer_to_the_library() {
    doubled::healthchecks::refer_to();
}
