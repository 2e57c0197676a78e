mod payments {
    panopticon::collection!(name = "ppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp");

    #[panopticon::healthcheck]
    fn bank() {}
}

fn main() {}
