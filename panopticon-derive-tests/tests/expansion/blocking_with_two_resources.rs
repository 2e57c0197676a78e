// #[healthcheck()]
// fn database(pool: &Pool, store: &(dyn Store + Send + Sync)) -> Result<(), Error> {
//     pool.ping(store)
// }

fn database(pool: &Pool, store: &(dyn Store + Send + Sync)) -> Result<(), Error> {
    pool.ping(store)
}
const _: () = {
    use ::panopticon::__private as __panopticon;
    #[__panopticon::linkme::distributed_slice(__panopticon::HEALTH_CHECKS)]
    #[linkme(crate = __panopticon::linkme)]
    static __PANOPTICON_HEALTH_CHECK: __panopticon::HealthCheck = __panopticon::HealthCheck {
        name: "database",
        options: __panopticon::Options::NONE,
        module_path: ::core::module_path!(),
        file: ::core::file!(),
        line: ::core::line!(),
        resources: &[
            __panopticon::health_check_resource_must_be_send_and_sync::<Pool>(),
            __panopticon::health_check_resource_must_be_send_and_sync::<
                dyn Store + Send + Sync,
            >(),
        ],
        call: __panopticon::Call::Blocking(|resources| {
            let answer = database(
                __panopticon::health_check_takes::<Pool>(&resources),
                __panopticon::health_check_takes::<dyn Store + Send + Sync>(&resources),
            );
            use __panopticon::conversion::*;
            (&&&&__panopticon::health_check_must_return_into_health(answer))
                .health_of_answer()
        }),
    };
};
