// #[healthcheck(name = "orders.database", timeout = "1500ms", critical = false, tags = ["sql", "pci"])]
// pub async fn database() -> Health {
//     Health::healthy("available")
// }

pub async fn database() -> Health {
    Health::healthy("available")
}
const _: () = {
    use ::panopticon::__private as __panopticon;
    #[__panopticon::linkme::distributed_slice(__panopticon::HEALTH_CHECKS)]
    #[linkme(crate = __panopticon::linkme)]
    static __PANOPTICON_HEALTH_CHECK: __panopticon::HealthCheck = __panopticon::HealthCheck {
        name: "orders.database",
        options: __panopticon::Options {
            timeout: ::core::option::Option::Some(
                __panopticon::Duration::new(1u64, 500000000u32),
            ),
            critical: ::core::option::Option::Some(false),
            tags: &["sql", "pci"],
        },
        module_path: ::core::module_path!(),
        file: ::core::file!(),
        line: ::core::line!(),
        resources: &[],
        call: __panopticon::Call::Async(|resources| {
            __panopticon::health_check_future_must_be_send(async move {
                let answer = database().await;
                use __panopticon::conversion::*;
                (&&&&__panopticon::health_check_must_return_into_health(answer))
                    .health_of_answer()
            })
        }),
    };
};
