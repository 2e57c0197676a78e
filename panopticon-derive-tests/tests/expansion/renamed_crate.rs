// #[healthcheck(crate = health_checks, tags = ["sql"])]
// async fn database(pool: &Pool) {
//     pool.ping().await
// }

async fn database(pool: &Pool) {
    pool.ping().await
}
const _: () = {
    use health_checks::__private as __panopticon;
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
        options: __panopticon::CheckOptions::new().static_tags(&["sql"]),
        origin: __panopticon::origin!("orders", "1.2.3", false),
        resources: &[
            __panopticon::health_check_resource_must_be_send_and_sync::<Pool>("Pool"),
        ],
        function_name: "database",
        function_id: || __panopticon::function_id(&database),
        depends_on: &[],
        function: __panopticon::CheckFn::Async(|resources| {
            __panopticon::health_check_future_must_be_send(async move {
                let returned = __panopticon::health_check_returned(
                    database(__panopticon::health_check_takes::<Pool>(&resources)).await,
                );
                use __panopticon::conversion::*;
                let output = (&&&&(&&&&returned).error_to_health()).error_to_health();
                __panopticon::health_check_must_return_into_health(output)
            })
        }),
    });
};
