//! The keys of the wire format. The writer, the reader, the keys that details cannot have and the
//! tables in the documentation all come from here.

/// Makes a module with a constant for each key and `ALL` of them, and a macro with their table for a
/// doc comment.
macro_rules! keys {
    (
        $(#[$doc:meta])*
        $module:ident, $table:ident:
        $($name:ident = $key:literal, $value:literal, $present:literal;)*
    ) => {
        $(#[$doc])*
        pub(crate) mod $module {
            $(pub(crate) const $name: &str = $key;)*
            #[allow(dead_code, reason = "details need to avoid only the keys of a component")]
            pub(crate) const ALL: &[&str] = &[$($name),*];
        }

        macro_rules! $table {
            () => {
                concat!(
                    "| key | value | present |\n| --- | --- | --- |\n",
                    $("| `", $key, "` | ", $value, " | ", $present, " |\n"),*
                )
            };
        }
        pub(super) use $table;
    };
}

keys! {
    /// The keys of a report.
    report, report_table:
    SERVICE_HEALTHY = "service_healthy",
        "boolean: every critical component's `healthy` is true", "always";
    STATUS = "status",
        "string: the worst status of the critical components, and at least `\"degraded\"` if an \
         optional one is not healthy", "always";
    TIMESTAMP = "timestamp",
        "string: when the report was made, UTC, ISO 8601 with milliseconds and `Z`", "always";
    DRAINING = "draining",
        "boolean: `true`", "while the service [drains](crate::Panopticon::drain)";
    COMPONENTS = "components",
        "object: each [`Component`] under its name, sorted by name", "always";
}

keys! {
    /// The keys of a component, next to those of its details.
    component, component_table:
    HEALTHY = "healthy",
        "boolean: `status` is `\"healthy\"` or `\"degraded\"`", "always";
    STATUS = "status",
        "`\"healthy\"`, `\"degraded\"`, `\"unhealthy\"` or `\"unknown\"`", "always";
    RESPONSE_TIME = "response_time",
        "number: seconds", "always";
    FRIENDLY_STATUS = "friendly_status",
        "string: the message, at most [4,096 bytes](crate::Health::MAX_MESSAGE_BYTES)",
        "if there is a message";
    STATUS_MESSAGE = "status_message",
        "the same", "in place of `friendly_status` if the [`MessageKey`] says so";
    CHECKED_AT = "checked_at",
        "string: when the check ended, written as `timestamp` in [`Report`](crate::Report)",
        "if there is a result";
    CRITICAL = "critical",
        "boolean: `false`", "if the component is optional";
    DAMPED = "damped",
        "object: a [`Damped`], results that do not count yet", "while there are some";
    OVERRIDE = "override",
        "object: an [`Override`]'s `reason` and its end, `until`; its `status` is what the check \
         reports, since the component's is what the operator set", "while one is active";
    COLLECTION = "collection",
        "string: the name of the [collection](crate::collection) that the check belongs to",
        "unless it is a closure that belongs to none";
    DETAIL_ERRORS = "detail_errors",
        "object: why a detail is missing, under its key", "if one is";
}
