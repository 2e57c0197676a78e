// #[healthcheck()]
// fn database() -> Health {
//     Health::healthy("available")
// }

fn database() -> Health {
    Health::healthy("available")
}
const _: () = {
    use ::panopticon::__private as __panopticon;
    #[doc(hidden)]
    #[macro_export]
    #[allow(non_local_definitions)]
    macro_rules! health_check_named_database_is_already_registered_so_rename_one {
        (
            "~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~health_check~orders~1.2.3~database~"
        ) => {};
    }
    #[__panopticon::linkme::distributed_slice(__panopticon::REGISTRY)]
    #[linkme(crate = __panopticon::linkme)]
    static __PANOPTICON_ENTRY: __panopticon::RegistryEntry = __panopticon::RegistryEntry::Check(__panopticon::HealthCheck {
        name: "database",
        options: __panopticon::CheckOptions::new(),
        origin: __panopticon::origin!("orders", "1.2.3", false),
        resources: &[],
        function_name: "database",
        function_id: || __panopticon::function_id(&database),
        depends_on: &[],
        function: __panopticon::CheckFn::Blocking(|resources| {
            let returned = __panopticon::health_check_returned(database());
            use __panopticon::conversion::*;
            let output = (&&&&(&&&&returned).error_to_health()).error_to_health();
            __panopticon::health_check_must_return_into_health(output)
        }),
    });
};
