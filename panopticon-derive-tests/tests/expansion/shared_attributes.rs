// #[healthcheck()]
// /// Documented.
// #[cfg(unix)]
// #[inline]
// #[deprecated]
// #[expect(unused_variables)]
// #[cfg_attr(feature = "sql", cfg(unix), doc = "With SQL.", deprecated)]
// #[cfg_attr(feature = "sql", inline)]
// fn r#type(pool: &Pool) {}

/// Documented.
#[cfg(unix)]
#[inline]
#[deprecated]
#[expect(unused_variables)]
#[cfg_attr(feature = "sql", cfg(unix), doc = "With SQL.", deprecated)]
#[cfg_attr(feature = "sql", inline)]
fn r#type(pool: &Pool) {}
#[cfg(unix)]
#[allow(deprecated)]
#[allow(unused_variables)]
#[cfg_attr(feature = "sql", cfg(unix), allow(deprecated))]
const _: () = {
    use ::panopticon::__private as __panopticon;
    #[__panopticon::linkme::distributed_slice(__panopticon::HEALTH_CHECKS)]
    #[linkme(crate = __panopticon::linkme)]
    static __PANOPTICON_HEALTH_CHECK: __panopticon::HealthCheck = __panopticon::HealthCheck {
        name: "type",
        options: __panopticon::Options::NONE,
        module_path: ::core::module_path!(),
        file: ::core::file!(),
        line: ::core::line!(),
        resources: &[
            __panopticon::health_check_resource_must_be_send_and_sync::<Pool>(),
        ],
        call: __panopticon::Call::Blocking(|resources| {
            let answer = r#type(__panopticon::health_check_takes::<Pool>(&resources));
            use __panopticon::conversion::*;
            (&&&&__panopticon::health_check_must_return_into_health(answer))
                .health_of_answer()
        }),
    };
};
