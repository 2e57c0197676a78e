//! The `#[healthcheck]` attribute of [panopticon](https://docs.rs/panopticon), which re-exports it
//! with its manual. Use it from there: the expansion calls into that crate.

#[allow(dead_code, reason = "panopticon itself uses the rest, for what is set at run time")]
mod duration;
mod healthcheck;
mod name;

use proc_macro::TokenStream;

#[allow(missing_docs, reason = "the manual is where users meet it: on panopticon's re-export")]
#[proc_macro_attribute]
pub fn healthcheck(args: TokenStream, item: TokenStream) -> TokenStream {
    healthcheck::expand(args.into(), &item.into()).into()
}
