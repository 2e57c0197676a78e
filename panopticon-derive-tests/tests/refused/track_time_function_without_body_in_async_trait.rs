use async_trait::async_trait;
use panopticon::track_time;

#[async_trait]
trait Import {
    #[track_time]
    async fn import(&self);
}

fn main() {}
