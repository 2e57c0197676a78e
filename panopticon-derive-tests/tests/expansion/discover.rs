// discover!(orders, #[link_only] billing);

#[doc(hidden)]
const discover_must_be_called_once_at_the_root_of_the_crate: () = ();
#[doc(hidden)]
use ::panopticon::__private::at_the_root as discover_must_be_called_once_at_the_root_of_the_crate;
crate::discover_must_be_called_once_at_the_root_of_the_crate! {}

// The last of these gets:

#[macro_use]
extern crate orders as _;
const _: () = {
    use ::panopticon::__private as __panopticon;
    #[__panopticon::linkme::distributed_slice(__panopticon::REGISTRY)]
    #[linkme(crate = __panopticon::linkme)]
    static __PANOPTICON_ENTRY: __panopticon::RegistryEntry = __panopticon::RegistryEntry::ListedCrate(__panopticon::ListedCrate {
        name: "orders",
        krate: "orders",
        package: "",
        version: "",
        is_read: false,
        health_checks: &[],
        collections: &[],
        origin: __panopticon::origin!("orders", "1.2.3", false),
    });
};
extern crate billing as _;
const _: () = {
    use ::panopticon::__private as __panopticon;
    #[__panopticon::linkme::distributed_slice(__panopticon::REGISTRY)]
    #[linkme(crate = __panopticon::linkme)]
    static __PANOPTICON_ENTRY: __panopticon::RegistryEntry = __panopticon::RegistryEntry::ListedCrate(__panopticon::ListedCrate {
        name: "billing",
        krate: "billing",
        package: "",
        version: "",
        is_read: false,
        health_checks: &[],
        collections: &[],
        origin: __panopticon::origin!("orders", "1.2.3", false),
    });
};
