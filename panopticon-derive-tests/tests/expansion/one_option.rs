// #[healthcheck(timeout = "2m")]
// fn database() {}

fn database() {}
const _: () = {
    use ::panopticon::__private as __panopticon;
    #[doc(hidden)]
    #[macro_export]
    #[allow(non_local_definitions)]
    macro_rules! health_check_named_database_is_already_registered_so_rename_one {
        () => {};
    }
    #[__panopticon::linkme::distributed_slice(__panopticon::REGISTRY)]
    #[linkme(crate = __panopticon::linkme)]
    static __PANOPTICON_ENTRY: __panopticon::Entry = __panopticon::Entry::Check(__panopticon::HealthCheck {
        name: "database",
        options: __panopticon::Options {
            timeout: ::core::option::Option::Some(
                __panopticon::Duration::new(120u64, 0u32),
            ),
            ..__panopticon::Options::NONE
        },
        origin: __panopticon::origin!("orders", "1.2.3", false),
        resources: &[],
        function: || __panopticon::identity(&database),
        depends_on: &[],
        call: __panopticon::Call::Blocking(|resources| {
            let answer = database();
            use __panopticon::conversion::*;
            (&&&&__panopticon::health_check_must_return_into_health(answer))
                .health_of_answer()
        }),
    });
};
