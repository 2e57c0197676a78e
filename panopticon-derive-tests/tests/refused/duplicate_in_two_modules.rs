mod orders {
    #[panopticon::healthcheck]
    fn database() {}
}

mod billing {
    mod storage {
        #[panopticon::healthcheck]
        async fn database() {}
    }
}

fn main() {}
