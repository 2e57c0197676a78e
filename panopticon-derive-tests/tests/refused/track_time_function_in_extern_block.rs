use panopticon::track_time;

unsafe extern "C" {
    #[track_time]
    fn import();
}

fn main() {}
