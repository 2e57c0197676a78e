# Varnish in front of two replicas of the shop. `varnishd -C -f varnish.vcl` compiles this file.
vcl 4.1;

import directors;

probe readyz {
    .url = "/readyz";
    .interval = 2s;
    # Longer than a probe may take: see PANOPTICON_REPORT_TIMEOUT in kubernetes/shop.yaml.
    .timeout = 3s;
    # Two of the last three probes must have passed, so a replica is taken out after two failures.
    .window = 3;
    .threshold = 2;
}

backend shop_1 {
    .host = "192.0.2.11";
    .port = "8081";
    .probe = readyz;
}

backend shop_2 {
    .host = "192.0.2.12";
    .port = "8081";
    .probe = readyz;
}

sub vcl_init {
    new shop = directors.round_robin();
    shop.add_backend(shop_1);
    shop.add_backend(shop_2);
}

sub vcl_recv {
    # The report is not for the internet.
    if (req.url ~ "^/(healthcheck|livez|readyz|startupz)([/?]|$)") {
        return (synth(403));
    }
    set req.backend_hint = shop.backend();
    # Orders must not come from a cache.
    return (pass);
}
