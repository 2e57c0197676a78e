use panopticon::track_time;

trait Import {
    #[track_time]
    fn import(&self);
}

fn main() {}
