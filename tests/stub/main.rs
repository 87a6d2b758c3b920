//! `offhook-stub ROUTES ADDRESS`: the business systems of the examples, until it is stopped.

use offhook_tests::stub::Stub;
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(routes), Some(address), None) = (arguments.next(), arguments.next(), arguments.next()) else {
        eprintln!("usage: offhook-stub examples-flows/stub.yaml 127.0.0.1:9480");
        return ExitCode::from(2);
    };
    let served = Stub::read(&PathBuf::from(routes)).and_then(|stub| {
        let address = address.parse().map_err(|error| format!("{address}: {error}"))?;
        stub.serve(address).map_err(|error| format!("{address}: {error}"))
    });
    match served {
        Ok(address) => println!("stub  http://{address}"),
        Err(reason) => {
            eprintln!("offhook-stub: {reason}");
            return ExitCode::from(3);
        }
    }
    loop {
        std::thread::park();
    }
}
