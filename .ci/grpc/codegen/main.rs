//! Writes the Rust code of a `.proto` file into a folder: `grpc-codegen FILE FOLDER`.

use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [proto, folder] = &arguments[..] else {
        return Err("usage: grpc-codegen FILE FOLDER".into());
    };
    let includes = Path::new(proto).parent().ok_or("the file must be in a folder")?;
    let descriptors = protox::compile([proto], [includes])?;
    tonic_prost_build::configure()
        .build_transport(false)
        // The library is a server. Its tests also compile the client.
        .client_mod_attribute(".", "#[cfg(test)]")
        .out_dir(folder)
        .compile_fds(descriptors)?;
    Ok(())
}
