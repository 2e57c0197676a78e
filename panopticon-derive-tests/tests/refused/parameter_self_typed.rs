use std::sync::Arc;

use panopticon::{Health, healthcheck};

struct Pool;

impl Pool {
    #[healthcheck]
    fn database(self: Arc<Self>) -> Health {
        Health::healthy("available")
    }
}

fn main() {}
