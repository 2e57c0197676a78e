//! The keys of the wire format, in one table for reports and one for components. What is written,
//! what is read, which names a detail cannot have and the tables in the documentation all come from
//! here.

/// Passes the keys of a report to a macro: constant, field and type when read, key, value,
/// presence.
macro_rules! report_keys {
    ($macro:ident $($argument:ident)?) => {
        $macro! { $($argument)?
            SERVICE_HEALTHY service_healthy: bool = "service_healthy",
                "boolean: every critical component's `healthy` is true", "always";
            STATUS status: Option<Status> = "status",
                "string: the worst status of the critical components, and at least `\"degraded\"` if an \
                 optional one is not healthy", "always";
            TIMESTAMP timestamp: DateTime<Utc> = "timestamp",
                "string: when the report was made, UTC, ISO 8601 with milliseconds and `Z`", "always";
            DRAINING draining: Option<bool> = "draining",
                "boolean: `true`", "while the service [drains](crate::Panopticon::drain)";
            COMPONENTS components: ComponentList = "components",
                "object: each [`Component`] under its name, sorted by name", "always";
        }
    };
}

/// Passes the keys of a component, next to which are its details, to a macro.
macro_rules! component_keys {
    ($macro:ident $($argument:ident)?) => {
        $macro! { $($argument)?
            HEALTHY healthy: bool = "healthy",
                "boolean: `status` is `\"healthy\"` or `\"degraded\"`", "always";
            STATUS status: Option<Status> = "status",
                "`\"healthy\"`, `\"degraded\"`, `\"unhealthy\"` or `\"unknown\"`", "always";
            RESPONSE_TIME response_time: f64 = "response_time",
                "number: seconds", "always";
            FRIENDLY_STATUS friendly_status: Option<String> = "friendly_status",
                "string: the message, at most [4,096 bytes](crate::Health::MAX_MESSAGE_BYTES)",
                "if there is a message";
            STATUS_MESSAGE status_message: Option<String> = "status_message",
                "the same", "instead of `friendly_status` if the [`MessageKey`] says so";
            CHECKED_AT checked_at: Option<DateTime<Utc>> = "checked_at",
                "string: when the check ended, written as `timestamp` in [`Report`](crate::Report)",
                "if there is a result";
            CRITICAL critical: Option<bool> = "critical",
                "boolean: `false`", "if the component is optional";
            DAMPED damped: Option<Damped> = "damped",
                "object: a [`Damped`], the latest result, which does not count yet", "while it does not";
            HUNG_SINCE hung_since: Option<Vec<DateTime<Utc>>> = "hung_since",
                "array of strings: since when each hung run has been running, which has timed out and \
                 still holds a thread; written as `checked_at`", "while there are some";
            OVERRIDE active_override: Option<OverrideJson> = "override",
                "object: the `reason` of an [`Override`], at most 4,096 bytes, if it is \
                 [disclosed](crate::Disclosure); its end, `until`; and the `status` that the check reports, which is overridden (the operator's is the \
                 component's own `status`)",
                "while one is active";
            COLLECTION collection: Option<String> = "collection",
                "string: the name of the [collection](crate::collection) that the check belongs to",
                "unless it is a closure that belongs to none";
            TAGS tags: Option<Vec<String>> = "tags",
                "array of strings: the [tags](macro@crate::healthcheck#tags--), by which components can be \
                 selected", "if there are some";
            DETAIL_ERRORS detail_errors: Option<BTreeMap<String, String>> = "detail_errors",
                "object: why a detail is missing, at most 4,096 bytes, under its key", "if one is";
        }
    };
}

/// Declares a constant for each key, and `ALL` of them.
macro_rules! constants {
    ($($name:ident $field:ident: $type:ty = $key:literal, $value:literal, $present:literal;)*) => {
        $(pub(crate) const $name: &str = $key;)*
        #[allow(dead_code, reason = "that of a report is not used")]
        pub(crate) const ALL: &[&str] = &[$($key),*];
    };
}

/// Expands to the table for a doc comment.
macro_rules! doc_table {
    ($($name:ident $field:ident: $type:ty = $key:literal, $value:literal, $present:literal;)*) => {
        concat!(
            "| key | value | present |\n| --- | --- | --- |\n",
            $("| `", $key, "` | ", $value, " | ", $present, " |\n"),*
        )
    };
}

pub(super) use {component_keys, doc_table, report_keys};

/// The keys of a report.
pub(crate) mod report {
    report_keys!(constants);
}

/// The keys of a component.
pub(crate) mod component {
    component_keys!(constants);
}
