//! Any number of `&T` parameters, of every kind of type and pattern.

#![deny(warnings)]

use std::borrow::Cow;
use std::sync::{Arc, Mutex};

use panopticon::{Health, Panopticon, healthcheck};

#[derive(Clone, Copy)]
struct Numbered<const N: usize>;

struct Pool {
    name: &'static str,
}

trait Store: Send + Sync {
    fn name(&self) -> String;
}

trait Plain {
    fn name(&self) -> String;
}

impl Store for Pool {
    fn name(&self) -> String {
        format!("store {}", self.name)
    }
}

impl Plain for Pool {
    fn name(&self) -> String {
        format!("plain {}", self.name)
    }
}

struct Borrowing<'a>(&'a str);

type Callback = fn(&str) -> usize;

#[healthcheck]
fn none() -> Health {
    Health::healthy("none")
}

#[healthcheck]
fn two(first: &Pool, second: &Mutex<Vec<u8>>) -> Health {
    Health::healthy(format!("{} {}", first.name, second.lock().unwrap().len()))
}

#[healthcheck]
async fn two_async(first: &Pool, second: &Mutex<Vec<u8>>) -> Health {
    std::future::ready(()).await;
    let count = second.lock().unwrap().len();
    std::future::ready(()).await;
    Health::healthy(format!("{} {count}", first.name))
}

#[healthcheck]
async fn one_twice(first: &Pool, second: &Pool) -> Health {
    Health::healthy(std::ptr::eq(first, second).to_string())
}

#[healthcheck]
#[allow(clippy::too_many_arguments)]
fn thirteen(
    _: &Numbered<1>,
    _: &Numbered<2>,
    _: &Numbered<3>,
    _: &Numbered<4>,
    _: &Numbered<5>,
    _: &Numbered<6>,
    _: &Numbered<7>,
    _: &Numbered<8>,
    _: &Numbered<9>,
    _: &Numbered<10>,
    _: &Numbered<11>,
    _: &Numbered<12>,
    _: &Numbered<13>,
) -> Health {
    Health::healthy("thirteen")
}

#[healthcheck]
fn trait_object(store: &dyn Store) -> Health {
    Health::healthy(store.name())
}

#[healthcheck]
async fn trait_object_with_bounds(store: &(dyn Plain + Send + Sync)) -> Health {
    std::future::ready(()).await;
    Health::healthy(store.name())
}

#[healthcheck]
fn text(text: &str) -> Health {
    Health::healthy(text)
}

#[healthcheck]
async fn slice(bytes: &[u8]) -> Health {
    std::future::ready(()).await;
    Health::healthy(bytes.len().to_string())
}

#[healthcheck]
fn static_text(text: &&'static str) -> Health {
    Health::healthy(*text)
}

#[healthcheck]
fn borrowing(resource: &Borrowing<'_>) -> Health {
    Health::healthy(resource.0)
}

#[healthcheck]
async fn borrowing_async(resource: &Cow<'_, str>) -> Health {
    std::future::ready(()).await;
    Health::healthy(resource.clone().into_owned())
}

#[healthcheck]
fn function_pointer(callback: &Callback) -> Health {
    Health::healthy(callback("four").to_string())
}

#[healthcheck]
fn tuple((number, text): &(u8, String)) -> Health {
    Health::healthy(format!("{number} {text}"))
}

#[healthcheck]
fn destructured(Pool { name }: &Pool) -> Health {
    Health::healthy(*name)
}

#[healthcheck]
#[allow(unused_parens)]
fn anonymous_lifetime(pool: &'_ (Pool)) -> Health {
    Health::healthy(pool.name)
}

#[healthcheck]
fn shared_in_arc(pool: &Arc<Pool>) -> Health {
    let same = Arc::ptr_eq(pool, &Arc::clone(pool));
    Health::healthy(format!("{} {same}", pool.name))
}

trait Storage {
    type Pool;
}

impl Storage for u8 {
    type Pool = Pool;
}

macro_rules! array_of {
    ($element:ty) => {
        [$element; 4]
    };
}

#[healthcheck]
fn types_of_every_syntax(
    closure: &(dyn for<'a> Fn(&'a str) -> usize + Send + Sync),
    array: &[u8; 4],
    macro_call: &array_of!(u8),
    projection: &<u8 as Storage>::Pool,
    boxed: &Box<dyn Store>,
    nested: &&'_ str,
    never_empty: &Result<(u8, [Option<()>; 1 + 1]), ()>,
) -> Health {
    let sum = array.iter().chain(macro_call).sum::<u8>();
    let names = format!("{} {}", projection.name, boxed.name());
    Health::healthy(format!("{} {sum} {names} {nested} {never_empty:?}", closure("five!")))
}

#[healthcheck]
fn borrowed_error(text: &str) -> Result<(), &str> {
    Err(text)
}

#[healthcheck]
async fn borrowed_error_async(text: &str) -> Result<Health, Cow<'_, str>> {
    std::future::ready(()).await;
    Err(Cow::Borrowed(text))
}

fn main() {
    let report = Panopticon::builder()
        .provide(Pool { name: "pool" })
        .provide(Mutex::new(vec![1_u8, 2, 3]))
        .provide(Arc::new(Pool { name: "arc" }))
        .provide_arc::<dyn Store>(Arc::new(Pool { name: "object" }))
        .provide_arc::<dyn Plain + Send + Sync>(Arc::new(Pool { name: "object" }))
        .provide_arc::<str>("text".into())
        .provide_arc::<[u8]>([1_u8, 2].into())
        .provide("static text")
        .provide(Borrowing("borrowed"))
        .provide(Cow::Borrowed("cow"))
        .provide::<Callback>(str::len)
        .provide((7_u8, "tuple".to_owned()))
        .provide_arc::<dyn for<'a> Fn(&'a str) -> usize + Send + Sync>(Arc::new(str::len))
        .provide([1_u8, 2, 3, 4])
        .provide::<Box<dyn Store>>(Box::new(Pool { name: "box" }))
        .provide(Ok::<_, ()>((1_u8, [None::<()>; 2])))
        .provide(Numbered::<1>)
        .provide(Numbered::<2>)
        .provide(Numbered::<3>)
        .provide(Numbered::<4>)
        .provide(Numbered::<5>)
        .provide(Numbered::<6>)
        .provide(Numbered::<7>)
        .provide(Numbered::<8>)
        .provide(Numbered::<9>)
        .provide(Numbered::<10>)
        .provide(Numbered::<11>)
        .provide(Numbered::<12>)
        .provide(Numbered::<13>)
        .build()
        .unwrap()
        .report_blocking();
    let messages: Vec<_> =
        report.components().map(|(name, component)| (name, component.message().unwrap())).collect();
    assert_eq!(
        messages,
        [
            ("anonymous_lifetime", "pool"),
            ("borrowed_error", "text"),
            ("borrowed_error_async", "text"),
            ("borrowing", "borrowed"),
            ("borrowing_async", "cow"),
            ("destructured", "pool"),
            ("function_pointer", "4"),
            ("none", "none"),
            ("one_twice", "true"),
            ("shared_in_arc", "arc true"),
            ("slice", "2"),
            ("static_text", "static text"),
            ("text", "text"),
            ("thirteen", "thirteen"),
            ("trait_object", "store object"),
            ("trait_object_with_bounds", "plain object"),
            ("tuple", "7 tuple"),
            ("two", "pool 3"),
            ("two_async", "pool 3"),
            ("types_of_every_syntax", "5 20 pool store box static text Ok((1, [None, None]))"),
        ]
    );
}
