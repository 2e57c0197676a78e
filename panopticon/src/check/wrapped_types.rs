//! What is inside an `Option`, an `Arc` and the like, by the names of types.
//!
//! A resource is found by its type, and a generic function cannot know that its `T` is an `Option` of
//! something, so only the compiler's name of the type says it.

/// The beginnings of the names of types that wrap one other. The name of an allocator is not part of
/// them.
const WRAPPERS: [&str; 4] =
    ["core::option::Option<", "alloc::sync::Arc<", "alloc::boxed::Box<", "core::result::Result<"];

/// Returns the name of the type that is left without the wrappers around it: `shop::Pool` for an
/// `Option<Arc<shop::Pool>>`, and for a `Result<shop::Pool, E>`.
pub(crate) fn unwrapped(mut name: &str) -> &str {
    while let Some(inside) = unwrapped_once(name) {
        name = inside;
    }
    name
}

/// Returns the name of the type in an `Arc`.
pub(crate) fn in_arc(name: &str) -> Option<&str> {
    name.strip_prefix("alloc::sync::Arc<")?.strip_suffix('>')
}

/// Returns the name of the type in an `Option`.
pub(crate) fn in_option(name: &str) -> Option<&str> {
    name.strip_prefix("core::option::Option<")?.strip_suffix('>')
}

fn unwrapped_once(name: &str) -> Option<&str> {
    if let Some(referenced) = name.strip_prefix('&') {
        return (!referenced.starts_with("mut ")).then_some(referenced);
    }
    let inside = WRAPPERS.iter().find_map(|wrapper| name.strip_prefix(wrapper))?;
    Some(first_argument(inside.strip_suffix('>')?))
}

/// Returns the first of the generic arguments of a type.
fn first_argument(arguments: &str) -> &str {
    let is_whole = |argument: &str| {
        [('<', '>'), ('(', ')'), ('[', ']')]
            .into_iter()
            .all(|(open, close)| argument.matches(open).count() == argument.matches(close).count())
    };
    let mut beginnings = arguments.match_indices(", ").map(|(end, _)| &arguments[..end]);
    beginnings.find(|beginning| is_whole(beginning)).unwrap_or(arguments)
}

#[cfg(test)]
mod tests {
    use std::any::type_name;
    use std::collections::HashMap;
    use std::io;
    use std::path::Path;
    use std::sync::{Arc, Mutex};

    use super::*;

    struct Pool;
    struct PoolConfig;
    trait Store {}
    type Map = HashMap<u8, (u16, [u32; 2])>;

    fn unwrapped_type<T: ?Sized>() -> &'static str {
        unwrapped(type_name::<T>())
    }

    #[test]
    fn every_wrapper_is_removed() {
        let pool = type_name::<Pool>();
        for name in [
            unwrapped_type::<Pool>(),
            unwrapped_type::<Option<Pool>>(),
            unwrapped_type::<Arc<Pool>>(),
            unwrapped_type::<Box<Pool>>(),
            unwrapped_type::<&'static Pool>(),
            unwrapped_type::<Option<Arc<Pool>>>(),
            unwrapped_type::<Arc<Option<Box<&'static Pool>>>>(),
            unwrapped_type::<Result<Pool, io::Error>>(),
            unwrapped_type::<Result<Option<Pool>, Box<dyn std::error::Error>>>(),
        ] {
            assert_eq!(name, pool);
        }
        for (wrapped, inside) in [
            (unwrapped_type::<Arc<dyn Store>>(), type_name::<dyn Store>()),
            (unwrapped_type::<Arc<dyn Store + Send>>(), type_name::<dyn Store + Send>()),
            (unwrapped_type::<Option<Arc<str>>>(), "str"),
            (unwrapped_type::<Arc<Path>>(), type_name::<Path>()),
            (unwrapped_type::<Option<Map>>(), type_name::<Map>()),
            (unwrapped_type::<Result<Map, Map>>(), type_name::<Map>()),
            (unwrapped_type::<Result<(u8, u16), ()>>(), type_name::<(u8, u16)>()),
        ] {
            assert_eq!(wrapped, inside);
        }
    }

    #[test]
    fn other_types_stay_as_they_are() {
        for name in [
            type_name::<PoolConfig>(),
            type_name::<Vec<Pool>>(),
            type_name::<Mutex<Pool>>(),
            type_name::<(Pool, Pool)>(),
            type_name::<fn(Option<Pool>) -> Pool>(),
            type_name::<&'static mut Pool>(),
        ] {
            assert_eq!(unwrapped(name), name);
        }
        assert_eq!(unwrapped_type::<Option<Vec<Pool>>>(), type_name::<Vec<Pool>>());
    }

    #[test]
    fn an_arc_and_an_option_are_opened_once() {
        assert_eq!(in_arc(type_name::<Arc<Pool>>()), Some(type_name::<Pool>()));
        assert_eq!(in_arc(type_name::<Option<Arc<Pool>>>()), None);
        assert_eq!(in_option(type_name::<Option<Arc<Pool>>>()), Some(type_name::<Arc<Pool>>()));
        assert_eq!(in_option(type_name::<Pool>()), None);
    }
}
