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
    #[doc(hidden)]
    #[macro_export]
    #[allow(non_local_definitions)]
    macro_rules! health_check_named_type_is_already_registered_so_rename_one {
        (
            "~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~health_check~orders~1.2.3~type~"
        ) => {};
    }
    #[__panopticon::linkme::distributed_slice(__panopticon::REGISTRY)]
    #[linkme(crate = __panopticon::linkme)]
    static __PANOPTICON_ENTRY: __panopticon::RegistryEntry = __panopticon::RegistryEntry::Check(__panopticon::HealthCheck {
        name: "type",
        options: __panopticon::CheckOptions::new(),
        origin: __panopticon::origin!("orders", "1.2.3", false),
        resources: &[
            __panopticon::health_check_resource_must_be_send_and_sync::<Pool>("Pool"),
        ],
        function_name: "type",
        function_id: || __panopticon::function_id(&r#type),
        depends_on: &[],
        function: __panopticon::CheckFn::Blocking(|resources| {
            let returned = __panopticon::health_check_returned(
                r#type(__panopticon::health_check_takes::<Pool>(&resources)),
            );
            use __panopticon::conversion::*;
            let output = (&&&&(&&&&returned).error_to_health()).error_to_health();
            __panopticon::health_check_must_return_into_health(output)
        }),
    });
};
