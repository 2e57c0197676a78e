use panopticon::healthcheck;

fn start() {
    #[healthcheck]
    fn database() {}
}

fn stop() {
    #[healthcheck]
    fn database() {}
}

fn main() {}
