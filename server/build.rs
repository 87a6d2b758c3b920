//! Makes sure that the folder of built pages exists, so that the binary can be built without Node; it is then empty,
//! and the server says so.

use std::path::Path;

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web-editor/dist");
    if let Err(error) = std::fs::create_dir_all(&folder) {
        println!("cargo::warning=cannot make {}: {error}", folder.display());
    }
    println!("cargo::rerun-if-changed={}", folder.display());
}
