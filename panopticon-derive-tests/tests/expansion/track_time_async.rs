// #[track_time(unit = "s")]
// async fn import(orders: &[Order]) -> Result<usize, Error> {
//     for order in orders {
//         order.import().await?;
//     }
//     Ok(orders.len())
// }

async fn import(orders: &[Order]) -> Result<usize, Error> {
    let __panopticon_timer = ::panopticon::__private::time_until_dropped(
        "import",
        ::panopticon::__private::Unit::Seconds,
        &[],
    );
    for order in orders {
        order.import().await?;
    }
    Ok(orders.len())
}
