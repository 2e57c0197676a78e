use panopticon::healthcheck;

macro_rules! check {
    ($function:ident) => {
        #[healthcheck(name = "database")]
        fn $function() {}
    };
}

check!(primary);
check!(secondary);

fn main() {}
