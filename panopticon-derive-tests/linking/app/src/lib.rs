//! What the binaries print, for `tests/linking.rs` to compare.

use std::io::{self, Write};
use std::panic;

use panopticon::{Builder, Panopticon};

/// Prints each component with its collection, or why there are none.
pub fn print_components() {
    print_components_of(Panopticon::builder());
}

/// Prints each component with its collection, or why there are none.
pub fn print_components_of(builder: Builder) {
    let mut output = io::stdout().lock();
    let written = match builder.build() {
        Ok(health) => health.report_blocking().components().try_for_each(|(name, component)| {
            writeln!(output, "{name} in {}", component.collection().unwrap_or("none"))
        }),
        Err(error) => writeln!(output, "{error}"),
    };
    written.expect("stdout can be written to");
}

/// Prints the components or, if the program is called with `linked`, what `assert` says.
pub fn main(assert: fn()) {
    if std::env::args().nth(1).is_none_or(|argument| argument != "linked") {
        return print_components();
    }
    panic::set_hook(Box::new(|_| {}));
    let said = panic::catch_unwind(assert).map_or_else(
        |panic| panic.downcast::<String>().map_or_else(|_| "?".to_owned(), |said| *said),
        |()| "all are linked".to_owned(),
    );
    writeln!(io::stdout(), "{said}").expect("stdout can be written to");
}
