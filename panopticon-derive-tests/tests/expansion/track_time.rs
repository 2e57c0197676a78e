// #[track_time()]
// /// Documented.
// #[must_use]
// pub unsafe extern "C" fn r#type<T>(texts: &[T]) -> usize
// where
//     T: Ord,
// {
//     #![allow(clippy::needless_return)]
//     use std::collections::BTreeSet;
//     return texts.iter().collect::<BTreeSet<_>>().len();
// }

/// Documented.
#[must_use]
pub unsafe extern "C" fn r#type<T>(texts: &[T]) -> usize
where
    T: Ord,
{
    #![allow(clippy::needless_return)]
    use std::collections::BTreeSet;
    let __panopticon_timer = ::panopticon::__private::time_until_dropped(
        "type",
        ::panopticon::__private::Unit::Milliseconds,
        &[],
    );
    return texts.iter().collect::<BTreeSet<_>>().len();
}
