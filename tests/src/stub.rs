//! The business systems of the examples: serves the routes of `examples-flows/stub.yaml`, whose head says what a route is.
//! One thread a connection; meant for one machine and a few conversations, not for load.

use offhook_flow_schemas::{parse_duration, read_tree};
use serde_json::{Value, json};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Larger requests are refused.
const BODY_BYTES: usize = 1 << 20;

/// One route.
#[derive(Debug)]
struct Route {
    method: String,
    path: Vec<String>,
    query: Vec<(String, String)>,
    body: Vec<(String, Value)>,
    status: u16,
    json: Option<Value>,
    delay: Duration,
}

/// What the stub answers.
#[derive(Debug)]
pub struct Stub(Vec<Route>);

impl Stub {
    /// Reads the list of routes. Fails with the reason, and where it is.
    pub fn read(path: &Path) -> Result<Stub, String> {
        let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let tree = read_tree(&path.display().to_string(), &bytes).map_err(|found| format!("{found:?}"))?;
        let document = tree.to_value();
        let routes = document["routes"].as_array().ok_or("`routes` is no list")?;
        let routes: Result<Vec<Route>, String> =
            routes.iter().map(|row| route(row).map_err(|reason| format!("{row}: {reason}"))).collect();
        Ok(Stub(routes?))
    }

    /// Serves on an address, in threads of its own, until the process ends. Returns the address that it got.
    pub fn serve(self, bind: SocketAddr) -> io::Result<SocketAddr> {
        let listener = TcpListener::bind(bind)?;
        let address = listener.local_addr()?;
        let stub = Arc::new(self);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let stub = Arc::clone(&stub);
                // A client that goes away in the middle of its request is no concern of ours.
                std::thread::spawn(move || stub.answer(&stream).ok());
            }
        });
        Ok(address)
    }

    fn answer(&self, stream: &TcpStream) -> io::Result<()> {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let mut words = line.split_whitespace();
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let mut length = 0;
        loop {
            let mut field = String::new();
            if reader.read_line(&mut field)? == 0 || field.trim().is_empty() {
                break;
            }
            if let Some((name, value)) = field.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        let mut body = vec![0; usize::min(length, BODY_BYTES)];
        reader.read_exact(&mut body)?;
        let (status, answer) = self.find(method, target, &body);
        let text = answer.map(|value| value.to_string()).unwrap_or_default();
        let mut stream = stream;
        write!(
            stream,
            "HTTP/1.1 {status} Stub\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{text}",
            text.len()
        )
    }

    fn find(&self, method: &str, target: &str, body: &[u8]) -> (u16, Option<Value>) {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let path: Vec<String> = path.split('/').map(decoded).collect();
        let query: Vec<(String, String)> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (decoded(name), decoded(value)))
            .collect();
        let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        let fits = |route: &&Route| {
            route.method == method
                && route.path.len() == path.len()
                && route.path.iter().zip(&path).all(|(want, part)| want.starts_with('{') || want == part)
                && route.query.iter().all(|pair| query.contains(pair))
                && route.body.iter().all(|(name, value)| body.get(name) == Some(value))
        };
        match self.0.iter().find(fits) {
            Some(route) => {
                std::thread::sleep(route.delay);
                (route.status, route.json.clone())
            }
            None => (404, Some(json!({ "error": "no such route" }))),
        }
    }
}

fn route(row: &Value) -> Result<Route, String> {
    let object = row.as_object().ok_or("a route is a map")?;
    const KNOWN: [&str; 7] = ["method", "path", "query", "body", "status", "json", "delay"];
    if let Some(other) = object.keys().find(|key| !KNOWN.contains(&key.as_str())) {
        return Err(format!("`{other}` is not known"));
    }
    let text = |name: &str| row[name].as_str().ok_or(format!("`{name}` is missing"));
    let entries = |name: &str| row[name].as_object().cloned().unwrap_or_default().into_iter();
    let words = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let delay = row["delay"].as_str().map(parse_duration).transpose().map_err(|error| error.to_string())?;
    Ok(Route {
        method: text("method")?.to_owned(),
        path: text("path")?.split('/').map(str::to_owned).collect(),
        query: entries("query").map(|(name, value)| (name, words(&value))).collect(),
        body: entries("body").collect(),
        status: row["status"].as_u64().unwrap_or(200).try_into().map_err(|_| "`status` is too large")?,
        json: object.get("json").cloned(),
        delay: Duration::from_millis(delay.unwrap_or(0)),
    })
}

/// Percent-decoding; a plus is a space, as in forms.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        let hex = (*first == b'%').then(|| tail.get(..2)).flatten().and_then(|two| std::str::from_utf8(two).ok());
        match hex.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => bytes.push(if *first == b'+' { b' ' } else { *first }),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
