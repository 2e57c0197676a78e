//! The macros of [panopticon](https://docs.rs/panopticon), which re-exports them with their
//! manuals. Use them from there, because generated code calls into that crate.

mod arguments;
mod collection;
mod command_line;
mod discover;
#[allow(dead_code, reason = "a copy of panopticon's file, which uses all of it")]
mod duration;
mod edit_distance;
mod errors;
mod function;
mod healthcheck;
mod metric;
mod name;
mod options;
mod refusal;
mod registration;
mod track_time;
mod unique_name;

use proc_macro::TokenStream;

#[allow(missing_docs, reason = "panopticon's re-export has the manual")]
#[proc_macro_attribute]
pub fn healthcheck(args: TokenStream, item: TokenStream) -> TokenStream {
    healthcheck::expand(args.into(), &item.into()).into()
}

#[allow(missing_docs, reason = "panopticon's re-export has the manual")]
#[proc_macro_attribute]
pub fn track_time(args: TokenStream, item: TokenStream) -> TokenStream {
    track_time::expand(args.into(), &item.into()).into()
}

#[allow(missing_docs, reason = "panopticon's re-export has the manual")]
#[proc_macro]
pub fn collection(args: TokenStream) -> TokenStream {
    collection::expand(args.into()).into()
}

/// Expands to the features that the crate is built with, as an `Option<&[&str]>`, for panopticon's
/// own macros.
#[doc(hidden)]
#[proc_macro]
pub fn features(_: TokenStream) -> TokenStream {
    command_line::features().into()
}

#[allow(missing_docs, reason = "panopticon's re-export has the manual")]
#[proc_macro]
pub fn discover(args: TokenStream) -> TokenStream {
    discover::expand(args.into()).into()
}
