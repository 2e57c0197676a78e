//! Compiles the module of the library once more, instead of using it.

mod healthchecks;

fn main() {
    healthchecks::refer_to();
    doubled::healthchecks::refer_to();
    if let Err(error) = panopticon::Panopticon::builder().build() {
        println!("{error}");
    }
}
