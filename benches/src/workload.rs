//! W1 "menu-loop": the work that is measured, as plain arithmetic, as a flow of ours, and as the floor's flow.
//!
//! A block declares 14 nodes; a turn runs exactly ten of them and says two things. Flows of N nodes are N/14 blocks in a
//! ring. Every measurement that says something carries the digest of what it said; a wrong digest voids it.

use serde_json::{Value as Json, json};

/// The inputs, one a turn, round and round.
pub const INPUTS: [&str; 4] = ["1", " 2 ", "3", "X"];

/// Node executions of one turn.
pub const STEPS: u64 = 10;

/// What must have been said after so many turns, the first prompt included.
pub const DIGESTS: [(u64, u64); 3] =
    [(4, 0x8f72_c034_7ec0_a0ae), (1_000, 0x7cba_69e7_17e6_9d24), (10_000, 0xe670_e1c6_c90b_497d)];

/// FNV-1a with 64 bits over every message and a newline after each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(pub u64);

impl Digest {
    /// Nothing said yet.
    pub fn new() -> Self {
        Digest(0xcbf2_9ce4_8422_2325)
    }

    /// One more message.
    pub fn message(&mut self, text: &str) {
        for byte in text.as_bytes().iter().chain(b"\n") {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// The digest after so many turns, worked out by hand.
pub fn reference(turns: u64) -> Digest {
    let (mut count, mut score) = (0_u64, 7_u64);
    let mut digest = Digest::new();
    digest.message("Menu 0: 1 balance, 2 agent, 3 quit");
    for turn in 0..turns {
        let choice = INPUTS[(turn % 4) as usize].trim().to_lowercase();
        let last = match choice.as_str() {
            "1" => "balance",
            "2" => "agent",
            "3" => "quit",
            _ => "other",
        };
        count += 1;
        score = (score * 31 + count + choice.len() as u64) % 1_000_003;
        let kind = if score.is_multiple_of(2) { "even" } else { "odd" };
        digest.message(&format!("Hi Ana, you chose {last} (#{count}), score {score} {kind}"));
        digest.message(&format!("Menu {count}: 1 balance, 2 agent, 3 quit"));
    }
    digest
}

/// Checks the arithmetic above against the three published digests.
///
/// # Panics
/// When they differ: then nothing that is measured means anything.
pub fn check_reference() {
    for (turns, digest) in DIGESTS {
        assert_eq!(reference(turns), Digest(digest), "the workload is not W1 ({turns} turns)");
    }
}

/// Whether the blocks repeat each other's expressions and texts, or each has its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sources {
    /// As W1 defines it: every block is the same but for its ids.
    Alike,
    /// Every block with numbers of its own, so that nothing compiled can be used twice. Runs as W1 does.
    Distinct,
}

/// The flow in our language, as JSON. W1's `last` is called `chosen`, since every flow has a `last` of its own.
pub fn json(nodes: usize, sources: Sources) -> String {
    let blocks = (nodes / 14).max(1);
    let mut map = serde_json::Map::new();
    for block in 0..blocks {
        let at = |name: &str| format!("b{block}_{name}");
        let next = format!("b{}_ask", (block + 1) % blocks);
        // Zero, written so that no two blocks agree.
        let own = |text: &str| match sources {
            Sources::Alike => text.to_owned(),
            Sources::Distinct => format!("{text} + ({block} - {block})"),
        };
        let (filter, condition) = match sources {
            Sources::Alike => (String::new(), String::new()),
            Sources::Distinct => (format!(" | default(value={block})"), format!(" && n >= 0 - {block}")),
        };
        let reply = |kind: &str| {
            let text = format!(
                "Hi {{{{ name }}}}, you chose {{{{ chosen }}}} (#{{{{ n }}}}), score {{{{ score{filter} }}}} {kind}"
            );
            json!({ "type": "say", "text": text, "next": at("loop") })
        };
        let set = |value: &str| json!({ "type": "set", "values": { "chosen": value }, "next": at("count") });
        let case = |key: &str| {
            let when = format!("choice == \"{key}\"{condition}");
            json!({ "when": when, "next": at(&format!("set{key}")) })
        };
        let ask = format!("Menu {{{{ n{filter} }}}}: 1 balance, 2 agent, 3 quit");
        let nodes: [(&str, Json); 14] = [
            ("ask", json!({ "type": "say", "text": ask, "next": at("wait") })),
            (
                "wait",
                json!({ "type": "listen", "save": "input", "next": at("norm"), "exits": { "no_input": at("ask") } }),
            ),
            ("norm", json!({ "type": "script", "script": "choice = lower(trim(input))", "next": at("switch") })),
            ("switch", json!({ "type": "branch", "cases": [case("1"), case("2"), case("3")], "else": at("set0") })),
            ("set1", set("balance")),
            ("set2", set("agent")),
            ("set3", set("quit")),
            ("set0", set("other")),
            ("count", json!({ "type": "set", "values": { "n": own("= n + 1") }, "next": at("score") })),
            (
                "score",
                json!({ "type": "script", "script": own("score = (score * 31 + n + len(choice)) % 1000003"), "next": at("parity") }),
            ),
            (
                "parity",
                json!({ "type": "branch", "cases": [{ "when": format!("score % 2 == 0{condition}"), "next": at("even") }], "else": at("odd") }),
            ),
            ("even", reply("even")),
            ("odd", reply("odd")),
            (
                "loop",
                json!({ "type": "branch", "cases": [{ "when": format!("n < 1000000000{condition}"), "next": next }], "else": "end" }),
            ),
        ];
        for (name, node) in nodes {
            map.insert(at(name), node);
        }
    }
    let flow = json!({
        "offhook": 1,
        "id": "bench/menu-loop",
        "kind": "chatbot",
        "vars": { "n": 0, "score": 7, "name": "Ana", "chosen": "", "input": "", "choice": "" },
        "start": "b0_ask",
        "interrupts": { "error": "end" },
        "nodes": map,
    });
    serde_json::to_string_pretty(&flow).expect("JSON is plain data")
}

/// The same flow as an author would write it in YAML.
pub fn yaml(nodes: usize, sources: Sources) -> String {
    let json: Json = serde_json::from_str(&json(nodes, sources)).expect("it was written above");
    let mut out = String::new();
    block(&json, 0, &mut out);
    out
}

/// Maps as indented blocks, lists of maps as `- key: value`, texts quoted only where they must be.
fn block(json: &Json, indent: usize, out: &mut String) {
    let Json::Object(map) = json else { return };
    for (place, (key, value)) in map.iter().enumerate() {
        // The first key of a list's item stands behind its dash.
        let behind_dash = place == 0 && out.ends_with("- ");
        if !behind_dash {
            out.push_str(&" ".repeat(indent));
        }
        if key.parse::<u64>().is_ok() {
            out.push_str(&format!("{key:?}:"));
        } else {
            out.push_str(key);
            out.push(':');
        }
        match value {
            Json::Object(_) => {
                out.push('\n');
                block(value, indent + 2, out);
            }
            Json::Array(items) => {
                out.push('\n');
                for item in items {
                    out.push_str(&" ".repeat(indent + 2));
                    out.push_str("- ");
                    block(item, indent + 4, out);
                }
            }
            Json::String(text) => {
                out.push(' ');
                let plain = text.chars().all(|char| char.is_ascii_alphanumeric() || "_-/".contains(char))
                    && text.starts_with(|char: char| char.is_ascii_alphabetic());
                match plain {
                    true => out.push_str(text),
                    false => out.push_str(&Json::from(text.as_str()).to_string()),
                }
                out.push('\n');
            }
            other => out.push_str(&format!(" {other}\n")),
        }
    }
}

/// The flow as the floor reads it: the same nodes in the neutral form.
pub fn floor(nodes: usize) -> String {
    let blocks = (nodes / 14).max(1);
    let mut list = Vec::new();
    for block in 0..blocks {
        let at = |name: &str| format!("b{block}_{name}");
        let next = format!("b{}_ask", (block + 1) % blocks);
        let reply = |kind: &str| {
            let text = format!("Hi {{{{name}}}}, you chose {{{{last}}}} (#{{{{n}}}}), score {{{{score}}}} {kind}");
            json!({ "id": at(kind), "type": "say", "text": text, "next": at("loop") })
        };
        let set = |key: &str, value: &str| json!({ "id": at(&format!("set{key}")), "type": "set", "var": "last", "value": value, "next": at("count") });
        list.extend([
            json!({ "id": at("ask"), "type": "say", "text": "Menu {{n}}: 1 balance, 2 agent, 3 quit", "next": at("wait") }),
            json!({ "id": at("wait"), "type": "wait", "into": "input", "next": at("norm") }),
            json!({ "id": at("norm"), "type": "script", "set": "choice", "expr": "lower(trim(input))", "next": at("switch") }),
            json!({ "id": at("switch"), "type": "switch", "on": "choice",
                    "cases": { "1": at("set1"), "2": at("set2"), "3": at("set3") }, "default": at("set0") }),
            set("1", "balance"),
            set("2", "agent"),
            set("3", "quit"),
            set("0", "other"),
            json!({ "id": at("count"), "type": "set", "var": "n", "expr": "n + 1", "next": at("score") }),
            json!({ "id": at("score"), "type": "script", "set": "score",
                    "expr": "(score * 31 + n + len(choice)) % 1000003", "next": at("parity") }),
            json!({ "id": at("parity"), "type": "if", "expr": "score % 2 == 0", "then": at("even"), "else": at("odd") }),
            reply("even"),
            reply("odd"),
            json!({ "id": at("loop"), "type": "if", "expr": "n < 1000000000", "then": next }),
        ]);
    }
    let vars = json!({ "n": 0, "score": 7, "name": "Ana", "last": "" });
    json!({ "start": "b0_ask", "vars": vars, "nodes": list }).to_string()
}
