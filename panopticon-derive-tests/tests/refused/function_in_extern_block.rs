use panopticon::healthcheck;

unsafe extern "C" {
    #[healthcheck]
    fn database();
}

fn main() {}
