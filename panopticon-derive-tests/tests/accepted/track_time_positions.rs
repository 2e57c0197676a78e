//! A timed function can be wherever a function with a body can.

#![allow(dead_code)]

use panopticon::track_time;

#[track_time]
fn outer() -> u8 {
    #[track_time]
    fn inner() -> u8 {
        1
    }

    mod nested {
        #[panopticon::track_time]
        pub(super) fn in_module() -> u8 {
            2
        }
    }

    let closure = || {
        #[track_time]
        fn in_closure() -> u8 {
            3
        }
        in_closure()
    };
    inner() + nested::in_module() + closure()
}

struct Pair<T>(T, T);

impl<T: Clone> Pair<T> {
    #[track_time]
    pub(crate) fn first(&self) -> T
    where
        T: Default,
    {
        self.0.clone()
    }

    #[track_time]
    fn by_box(self: Box<Self>) -> (T, T) {
        (self.0, self.1)
    }

    #[track_time]
    unsafe fn unchecked<'a, const N: usize>(&'a self, _: &'a [T; N]) -> &'a T {
        &self.1
    }
}

trait Named {
    const NAME: &'static str = "name";

    #[track_time]
    fn default_name() -> &'static str
    where
        Self: Sized,
    {
        Self::NAME
    }
}

impl Named for u8 {}

fn main() {
    assert_eq!(outer(), 6);
    assert_eq!(Pair(1, 2).first(), 1);
    assert_eq!(Box::new(Pair(1, 2)).by_box(), (1, 2));
    assert_eq!(unsafe { Pair(1, 2).unchecked(&[3]) }, &2);
    assert_eq!(<u8 as Named>::NAME.len() + u8::default_name().len(), 8);
}
