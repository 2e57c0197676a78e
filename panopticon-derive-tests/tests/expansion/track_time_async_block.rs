// #[track_time()]
// fn fetch(id: u64) -> impl Future<Output = u64> {
//     let url = url(id);
//     async { get(url).await }
// }

fn fetch(id: u64) -> impl Future<Output = u64> {
    let url = url(id);
    async {
        let __panopticon_timer = ::panopticon::__private::time_until_dropped(
            "fetch",
            ::panopticon::__private::Unit::Milliseconds,
            &[],
        );
        get(url).await
    }
}
