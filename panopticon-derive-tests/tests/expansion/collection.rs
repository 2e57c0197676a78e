// collection!(name = "payments.cards", timeout = "1s", no_probe);

#[doc(hidden)]
const a_module_can_have_only_one_collection: () = ();
#[doc(hidden)]
const collection_spelled_payments_dot_cards_must_be_in_a_module_and_outside_of_functions: () = ();
const _: () = self::collection_spelled_payments_dot_cards_must_be_in_a_module_and_outside_of_functions;
const _: () = {
    use ::panopticon::__private as __panopticon;
    #[doc(hidden)]
    #[macro_export]
    #[allow(non_local_definitions)]
    macro_rules! collection_spelled_payments_dot_cards_is_already_declared_so_rename_one {
        (
            "~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~collection~~orders~1.2.3~payments.cards~"
        ) => {};
    }
    #[__panopticon::linkme::distributed_slice(__panopticon::REGISTRY)]
    #[linkme(crate = __panopticon::linkme)]
    static __PANOPTICON_ENTRY: __panopticon::RegistryEntry = __panopticon::RegistryEntry::Collection(__panopticon::Collection {
        name: "payments.cards",
        options: __panopticon::CheckOptions::new()
            .timeout(__panopticon::Duration::new(1u64, 0u32))
            .no_probe(),
        origin: __panopticon::origin!("orders", "1.2.3", false),
    });
};
