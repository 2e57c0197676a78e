// #[healthcheck(timeout = "2m")]
// fn database() {}

fn database() {}
const _: () = {
    use ::panopticon::__private as __panopticon;
    #[__panopticon::linkme::distributed_slice(__panopticon::HEALTH_CHECKS)]
    #[linkme(crate = __panopticon::linkme)]
    static __PANOPTICON_HEALTH_CHECK: __panopticon::HealthCheck = __panopticon::HealthCheck {
        name: "database",
        options: __panopticon::Options {
            timeout: ::core::option::Option::Some(
                __panopticon::Duration::new(120u64, 0u32),
            ),
            ..__panopticon::Options::NONE
        },
        module_path: ::core::module_path!(),
        file: ::core::file!(),
        line: ::core::line!(),
        resources: &[],
        call: __panopticon::Call::Blocking(|resources| {
            let answer = database();
            use __panopticon::conversion::*;
            (&&&&__panopticon::health_check_must_return_into_health(answer))
                .health_of_answer()
        }),
    };
};
