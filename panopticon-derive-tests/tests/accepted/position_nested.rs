//! Checks in modules, functions and blocks are registered, with the names in their scope.

use panopticon::{Health, Panopticon, healthcheck};

mod orders {
    pub(crate) struct Pool(pub(crate) &'static str);

    pub(crate) mod storage {
        use super::Pool;
        use panopticon::{Health, healthcheck};

        #[healthcheck]
        pub(in crate::orders) fn database(pool: &Pool) -> Health {
            Health::healthy(pool.0)
        }

        #[healthcheck]
        fn relative(pool: &super::Pool) -> Health {
            Health::healthy(pool.0)
        }
    }
}

#[allow(dead_code)]
fn never_called() {
    struct Pool;

    impl Default for Pool {
        fn default() -> Self {
            Self
        }
    }

    let _ = || {
        #[healthcheck]
        async fn in_a_closure() {}
    };

    if false {
        #[healthcheck]
        fn in_a_block(_pool: &[Pool]) {}
    }

    #[healthcheck]
    fn last_statement() -> Health {
        let _ = Pool::default();
        Health::healthy("")
    }
}

trait Trait {
    #[allow(dead_code)]
    fn method(&self) {
        #[healthcheck]
        fn in_a_method() {}
    }
}

impl Trait for u8 {}

const _: () = {
    #[healthcheck]
    fn in_a_constant() {}
};

fn main() {
    let health = Panopticon::builder().provide(orders::Pool("orders")).build();
    // The type of `in_a_block`'s resource, which nothing outside of the block can provide.
    let error = health.map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("health check `in_a_block` at "), "{error}");
    assert!(error.contains("position_nested.rs:41"), "{error}");
    assert!(error.contains("1 problem\n"), "{error}");
}
