//! The `offhook` binary: everything is in the library, so that tests reach it.

use std::process::ExitCode;

fn main() -> ExitCode {
    offhook_server::cli::main()
}
