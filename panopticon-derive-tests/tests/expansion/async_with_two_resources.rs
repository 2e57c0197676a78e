// #[healthcheck()]
// async fn database(pool: &Pool, text: &str) -> Result<Health, Error> {
//     pool.query(text).await
// }

async fn database(pool: &Pool, text: &str) -> Result<Health, Error> {
    pool.query(text).await
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
            __panopticon::health_check_resource_must_be_send_and_sync::<str>(),
        ],
        call: __panopticon::Call::Async(|resources| {
            __panopticon::health_check_future_must_be_send(async move {
                let answer = database(
                        __panopticon::health_check_takes::<Pool>(&resources),
                        __panopticon::health_check_takes::<str>(&resources),
                    )
                    .await;
                use __panopticon::conversion::*;
                (&&&&__panopticon::health_check_must_return_into_health(answer))
                    .health_of_answer()
            })
        }),
    };
};
