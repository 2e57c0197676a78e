//! The function is still visible, callable and usable as a value.

use std::task::{Context, Poll, Waker};

use panopticon::{Health, Panopticon, healthcheck};

mod checks {
    use panopticon::{Health, healthcheck};

    #[healthcheck]
    pub(crate) fn doubled(number: &u8) -> Health {
        Health::healthy((number * 2).to_string())
    }

    #[healthcheck]
    pub(super) async fn halved(number: &u8) -> Result<Health, String> {
        if number % 2 == 1 {
            return Err(format!("{number} is odd"));
        }
        Ok(Health::healthy((number / 2).to_string()))
    }
}

#[healthcheck]
fn calls_another() -> Health {
    checks::doubled(&4)
}

fn main() {
    let doubled: fn(&u8) -> Health = checks::doubled;
    assert_eq!(doubled(&21), Health::healthy("42"));
    assert_eq!(calls_another(), Health::healthy("8"));

    // A lifetime shorter than that of any resource is enough.
    let number = 3;
    let mut future = std::pin::pin!(checks::halved(&number));
    let answer = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(answer, Poll::Ready(Err("3 is odd".to_owned())));

    let report = Panopticon::builder().provide(8_u8).build().unwrap().report_blocking();
    let messages: Vec<_> =
        report.components().map(|(name, component)| (name, component.message().unwrap())).collect();
    assert_eq!(messages, [("calls_another", "8"), ("doubled", "16"), ("halved", "4")]);
}
