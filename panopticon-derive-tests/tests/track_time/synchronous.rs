//! Functions of every shape that are not asynchronous.

use std::num::ParseIntError;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::{cell::Cell, thread, time::Duration};

use panopticon::track_time;

use crate::recorded::{count, record, recorded};

#[track_time("sync.plain")]
fn plain(number: u8) -> u8 {
    thread::sleep(Duration::from_millis(20));
    number + 1
}

#[test]
fn the_body_is_timed() {
    record();
    assert_eq!(plain(1), 2);
    let [ref record] = recorded("sync.plain")[..] else { panic!("one call, one time") };
    assert!(record.elapsed >= 20.0, "{record:?}");
}

#[track_time("sync.question_mark")]
fn question_mark(text: &str) -> Result<u8, ParseIntError> {
    let number: u8 = text.parse()?;
    Ok(number)
}

#[track_time("sync.early")]
fn early(is_early: bool) -> &'static str {
    if is_early {
        return "early";
    }
    for number in 0.. {
        if number == 3 {
            return "from a loop";
        }
    }
    "never"
}

#[test]
fn every_way_out_is_timed() {
    record();
    assert_eq!(question_mark("7"), Ok(7));
    assert!(question_mark("seven").is_err());
    assert_eq!(count("sync.question_mark"), 2);
    assert_eq!(early(true), "early");
    assert_eq!(early(false), "from a loop");
    assert_eq!(count("sync.early"), 2);
}

#[track_time("sync.panicking")]
fn panicking() -> u8 {
    panic!("as it is meant to")
}

#[track_time("sync.never")]
fn never() -> ! {
    panic!("as it is meant to")
}

#[test]
fn a_panic_is_timed() {
    record();
    assert!(catch_unwind(panicking).is_err());
    assert_eq!(count("sync.panicking"), 1);
    assert!(catch_unwind(|| never()).is_err());
    assert_eq!(count("sync.never"), 1);
}

#[track_time("sync.factorial")]
fn factorial(n: u64) -> u64 {
    if n == 0 { 1 } else { n * factorial(n - 1) }
}

#[test]
fn every_call_of_a_recursion_is_timed() {
    record();
    assert_eq!(factorial(5), 120);
    let elapsed: Vec<f64> =
        recorded("sync.factorial").iter().map(|record| record.elapsed).collect();
    assert_eq!(elapsed.len(), 6);
    // The innermost call ends first, and no call is longer than the one around it.
    assert!(elapsed.is_sorted(), "{elapsed:?}");
}

#[track_time("sync.iterator")]
fn iterator<'a>(words: &'a [String], start: &'a str) -> impl Iterator<Item = &'a str> + 'a {
    words.iter().map(String::as_str).filter(move |word| word.starts_with(start))
}

#[track_time("sync.closure")]
fn closure(by: u8) -> impl Fn(u8) -> u8 {
    move |number| number + by
}

#[test]
fn what_is_returned_is_not_timed() {
    record();
    let words = ["one".to_owned(), "two".to_owned(), "three".to_owned()];
    let found = iterator(&words, "t");
    assert_eq!(count("sync.iterator"), 1);
    assert_eq!(found.collect::<Vec<_>>(), ["two", "three"]);
    assert_eq!(count("sync.iterator"), 1);
    let add = closure(1);
    assert_eq!(add(1) + add(2), 5);
    assert_eq!(count("sync.closure"), 1);
}

#[track_time("sync.generic")]
fn generic<'a, T, const N: usize>(values: &'a [T; N], _: impl Copy) -> &'a T
where
    T: Ord + 'a,
{
    values.iter().max().expect("not empty")
}

#[track_time("sync.unsafe")]
#[allow(unsafe_code, reason = "that it can be written")]
unsafe fn unchecked(number: u8) -> u8 {
    number
}

#[track_time("sync.extern")]
extern "C" fn exported(number: u8) -> u8 {
    number
}

#[test]
fn a_signature_of_any_kind_stays_as_it_was() {
    record();
    assert_eq!(generic(&[3, 1], ()), &3);
    assert_eq!(generic(&["a", "b"], 'c'), &"b");
    assert_eq!(count("sync.generic"), 2);
    #[allow(unsafe_code, reason = "that it can be called")]
    // SAFETY: it does nothing.
    let number = unsafe { unchecked(1) };
    assert_eq!(number, 1);
    assert_eq!(count("sync.unsafe"), 1);
    let pointer: extern "C" fn(u8) -> u8 = exported;
    assert_eq!(pointer(1), 1);
    assert_eq!(count("sync.extern"), 1);
}

struct Counter(Cell<u8>);

impl Counter {
    #[track_time("sync.associated")]
    fn new() -> Self {
        Self(Cell::new(0))
    }

    #[track_time("sync.method")]
    fn add(&self) -> &Self {
        self.0.set(self.0.get() + 1);
        self
    }

    #[track_time("sync.mutable")]
    fn reset(&mut self) {
        self.0 = Cell::new(0);
    }

    #[track_time("sync.consuming")]
    fn into_inner(self) -> u8 {
        self.0.into_inner()
    }
}

trait Doubling {
    fn number(&self) -> u8;

    #[track_time("sync.default")]
    fn doubled(&self) -> u8 {
        self.number() * 2
    }
}

impl Doubling for Counter {
    #[track_time("sync.implemented")]
    fn number(&self) -> u8 {
        self.0.get()
    }
}

#[test]
fn methods_are_timed() {
    record();
    let mut counter = Counter::new();
    counter.reset();
    assert_eq!(counter.add().add().doubled(), 4);
    assert_eq!(counter.into_inner(), 2);
    for (name, calls) in [
        ("sync.associated", 1),
        ("sync.method", 2),
        ("sync.mutable", 1),
        ("sync.consuming", 1),
        ("sync.default", 1),
        ("sync.implemented", 1),
    ] {
        assert_eq!(count(name), calls, "{name}");
    }
}

struct Noting<'a>(&'a Cell<usize>);

impl Drop for Noting<'_> {
    fn drop(&mut self) {
        self.0.set(count("sync.drops"));
    }
}

#[track_time("sync.drops")]
fn drops(_argument: Noting<'_>, local: &Cell<usize>) {
    let _local = Noting(local);
}

/// The call includes dropping what the body created.
#[test]
fn what_the_body_drops_is_timed() {
    record();
    let (argument, local) = (Cell::new(9), Cell::new(9));
    drops(Noting(&argument), &local);
    assert_eq!(local.get(), 0);
    assert_eq!(argument.get(), 1);
}

#[track_time("sync.in_a_drop")]
fn in_a_drop() {}

#[test]
fn a_call_while_a_panic_unwinds_is_timed() {
    record();
    struct Calling;
    impl Drop for Calling {
        fn drop(&mut self) {
            in_a_drop();
        }
    }
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        let _calling = Calling;
        panic!("as it is meant to")
    }));
    assert!(unwound.is_err());
    assert_eq!(count("sync.in_a_drop"), 1);
}
