// #[healthcheck(name = "orders.database", timeout = "1500ms", critical = false, tags = ["sql", "pci"])]
// pub async fn database() -> Health {
//     Health::healthy("available")
// }

pub async fn database() -> Health {
    Health::healthy("available")
}
const _: () = {
    use ::panopticon::__private as __panopticon;
    #[doc(hidden)]
    #[macro_export]
    #[allow(non_local_definitions)]
    macro_rules! health_check_spelled_orders_dot_database_is_already_registered_so_rename_one {
        () => {};
    }
    #[__panopticon::linkme::distributed_slice(__panopticon::REGISTRY)]
    #[linkme(crate = __panopticon::linkme)]
    static __PANOPTICON_ENTRY: __panopticon::Entry = __panopticon::Entry::Check(__panopticon::HealthCheck {
        name: "orders.database",
        options: __panopticon::Options {
            timeout: ::core::option::Option::Some(
                __panopticon::Duration::new(1u64, 500000000u32),
            ),
            critical: ::core::option::Option::Some(false),
            tags: ::core::option::Option::Some(&["sql", "pci"]),
            ..__panopticon::Options::NONE
        },
        origin: __panopticon::origin!("orders", "1.2.3", false),
        resources: &[],
        function: || __panopticon::identity(&database),
        depends_on: &[],
        call: __panopticon::Call::Async(|resources| {
            __panopticon::health_check_future_must_be_send(async move {
                let answer = database().await;
                use __panopticon::conversion::*;
                (&&&&__panopticon::health_check_must_return_into_health(answer))
                    .health_of_answer()
            })
        }),
    });
};
