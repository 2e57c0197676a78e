// #[track_time()]
// fn book<'life0, 'async_trait>(
//     &'life0 self,
//     id: u64,
// ) -> ::core::pin::Pin<
//     Box<dyn ::core::future::Future<Output = Option<Book>> + ::core::marker::Send + 'async_trait>,
// >
// where
//     'life0: 'async_trait,
//     Self: 'async_trait,
// {
//     Box::pin(async move {
//         if let ::core::option::Option::Some(__ret) = ::core::option::Option::None::<Option<Book>> {
//             #[allow(unreachable_code)]
//             return __ret;
//         }
//         let __self = self;
//         let id = id;
//         let __ret: Option<Book> = { __self.books.get(id).await };
//         #[allow(unreachable_code)]
//         __ret
//     })
// }

fn book<'life0, 'async_trait>(
    &'life0 self,
    id: u64,
) -> ::core::pin::Pin<
    Box<
        dyn ::core::future::Future<
            Output = Option<Book>,
        > + ::core::marker::Send + 'async_trait,
    >,
>
where
    'life0: 'async_trait,
    Self: 'async_trait,
{
    Box::pin(async move {
        let __panopticon_timer = ::panopticon::__private::time_until_dropped(
            "book",
            ::panopticon::__private::Unit::Milliseconds,
            &[],
        );
        if let ::core::option::Option::Some(__ret) = ::core::option::Option::None::<
            Option<Book>,
        > {
            #[allow(unreachable_code)] return __ret;
        }
        let __self = self;
        let id = id;
        let __ret: Option<Book> = { __self.books.get(id).await };
        #[allow(unreachable_code)] __ret
    })
}
