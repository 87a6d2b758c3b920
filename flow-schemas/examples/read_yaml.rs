//! Reads documents, a JSON text in each line of standard input, and prints what they say or which codes refuse them, for `tests/oracle`. What
//! can be read is formatted, too: the canonical form must say the same and stay as it is.

use std::io::BufRead;

use offhook_flow_schemas::format::format as canonical;
use offhook_flow_schemas::read_tree;
use serde_json::{Value, json};

fn main() {
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("standard input can be read");
        let text: String = serde_json::from_str(&line).expect("a line is a JSON text");
        println!("{}", answer(&text));
    }
}

fn answer(text: &str) -> Value {
    let tree = match read_tree("case.yaml", text.as_bytes()) {
        Ok(tree) => tree,
        Err(found) => {
            let errors: Vec<_> = found.iter().filter(|found| found.is_error()).collect();
            let codes: Vec<String> = errors.iter().map(|found| found.code.to_string()).collect();
            return json!({ "codes": codes, "messages": errors.iter().map(|found| &found.message).collect::<Vec<_>>() });
        }
    };
    let formatted = match canonical("case.yaml", text) {
        Ok(formatted) => {
            let again = read_tree("case.yaml", formatted.as_bytes());
            let same = again.is_ok_and(|again| again.to_value() == tree.to_value());
            let stable = canonical("case.yaml", &formatted).is_ok_and(|again| again == formatted);
            if same && stable { "kept".to_owned() } else { format!("broken: {formatted:?}") }
        }
        Err(_) => "refused".to_owned(),
    };
    json!({ "value": tree.to_value(), "formatted": formatted })
}
