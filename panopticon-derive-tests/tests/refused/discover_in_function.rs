fn main() {
    panopticon::discover!(warehouse, #[link_only] harbour);
}
