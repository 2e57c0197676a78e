// #[healthcheck(crate = health_checks, tags = ["sql"])]
// async fn database(pool: &Pool) {
//     pool.ping().await
// }

async fn database(pool: &Pool) {
    pool.ping().await
}
const _: () = {
    use health_checks::__private as __panopticon;
    #[__panopticon::linkme::distributed_slice(__panopticon::HEALTH_CHECKS)]
    #[linkme(crate = __panopticon::linkme)]
    static __PANOPTICON_HEALTH_CHECK: __panopticon::HealthCheck = __panopticon::HealthCheck {
        name: "database",
        options: __panopticon::Options {
            tags: &["sql"],
            ..__panopticon::Options::NONE
        },
        module_path: ::core::module_path!(),
        file: ::core::file!(),
        line: ::core::line!(),
        resources: &[
            __panopticon::health_check_resource_must_be_send_and_sync::<Pool>(),
        ],
        call: __panopticon::Call::Async(|resources| {
            __panopticon::health_check_future_must_be_send(async move {
                let answer = database(
                        __panopticon::health_check_takes::<Pool>(&resources),
                    )
                    .await;
                use __panopticon::conversion::*;
                (&&&&__panopticon::health_check_must_return_into_health(answer))
                    .health_of_answer()
            })
        }),
    };
};
