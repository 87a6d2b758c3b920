//! Documents made to break a reader: each gets an answer, quickly, and never a panic.

mod toy;

use offhook_flow_schemas::{
    Code, Diagnostic, graph, limits, parse, parse_duration, picture, read_flow, read_layout, read_texts, render,
};

/// A small generator of chances (xorshift64*), so that each run is the same.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit.max(1)
    }
}

/// Everything that may be done with a text from outside.
fn everything(name: &str, bytes: &[u8]) -> Vec<Diagnostic> {
    let read = read_flow(name, bytes);
    let mut found = read.diagnostics;
    if let Some(document) = read.document {
        let facts = toy::facts(&document.flow);
        found.extend(graph::check(&document, &facts));
        let pictures = [
            picture::svg(&document.flow, &facts, None),
            picture::mermaid(&document.flow, &facts),
            picture::dot(&document.flow, &facts),
        ];
        assert!(pictures.iter().all(|picture| !picture.is_empty()));
        assert_eq!(document.hash().len(), 64);
        serde_json::to_string(&document.flow).expect("a flow serializes");
    }
    found.extend(read_texts("a.es.yaml", bytes).diagnostics);
    found.extend(read_layout("a.layout.yaml", bytes).diagnostics);
    for diagnostic in &found {
        assert!(
            diagnostic.line > 0 && diagnostic.column > 0 && diagnostic.end_line >= diagnostic.line,
            "{diagnostic:?}"
        );
    }
    assert_eq!(render(&found, true).is_empty(), found.is_empty());
    found
}

fn seeds() -> Vec<(String, Vec<u8>)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics");
    let mut seeds: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|end| end != "expected"))
        .map(|path| {
            (path.file_name().expect("a name").to_string_lossy().into_owned(), std::fs::read(&path).expect("readable"))
        })
        .collect();
    seeds.sort();
    seeds
}

#[test]
fn random_bytes() {
    let mut chance = Chance(0x0ff_400c);
    for round in 0..1_500 {
        let length = chance.below(200);
        let letters = b"{}[]:,-#&*!|>'\"%@`\n\t \r\\ab01~?.=<\xc3\xa9\xff\xef\xbb\xbf";
        let wild = round % 3 == 0;
        let bytes: Vec<u8> = (0..length)
            .map(|_| if wild { chance.below(256) as u8 } else { letters[chance.below(letters.len())] })
            .collect();
        everything(if round % 2 == 0 { "x.yaml" } else { "x.json" }, &bytes);
    }
}

#[test]
fn mutated_documents() {
    let mut chance = Chance(7);
    let seeds = seeds();
    let pieces: [&[u8]; 16] = [
        b"\n",
        b"  ",
        b"\t",
        b": ",
        b"- ",
        b"[",
        b"]",
        b"{",
        b"}",
        b"\"",
        b"&a ",
        b"*a",
        b"<<: ",
        b"\xef\xbb\xbf",
        b"---\n",
        b"!!int ",
    ];
    for (name, seed) in &seeds {
        for _ in 0..60 {
            let mut bytes = seed.clone();
            for _ in 0..=chance.below(4) {
                if bytes.is_empty() {
                    break;
                }
                let at = chance.below(bytes.len());
                match chance.below(5) {
                    0 => bytes[at] = chance.below(256) as u8,
                    1 => drop(bytes.drain(at..(at + chance.below(20)).min(bytes.len()))),
                    2 => drop(bytes.splice(at..at, pieces[chance.below(pieces.len())].iter().copied())),
                    3 => {
                        let (other, from) = (&seeds[chance.below(seeds.len())].1, chance.below(40));
                        let part: Vec<u8> = other.iter().skip(from * 7).take(60).copied().collect();
                        drop(bytes.splice(at..at, part));
                    }
                    _ => bytes.truncate(at),
                }
            }
            everything(name, &bytes);
        }
    }
}

fn codes(found: &[Diagnostic]) -> Vec<Code> {
    found.iter().map(|diagnostic| diagnostic.code).collect()
}

#[test]
fn deep_nesting_of_every_kind() {
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", ""), ("{\"a\":", "}")] {
        for depth in [100, 300, 200_000] {
            let text = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            for name in ["x.yaml", "x.json"] {
                let found = parse(name, text.as_bytes()).diagnostics;
                assert_eq!(found.len(), 1, "{open} {depth} {name}: {found:?}");
            }
        }
    }
    let indented: String = (0..1_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    assert_eq!(codes(&parse("x.yaml", indented.as_bytes()).diagnostics), [Code::TOO_DEEP]);
    let allowed = format!("{}1{}", "[".repeat(limits::DEPTH), "]".repeat(limits::DEPTH));
    assert!(parse("x.yaml", allowed.as_bytes()).diagnostics.is_empty());
    assert!(parse("x.json", allowed.as_bytes()).diagnostics.is_empty());
    let levels: String = (1..=limits::DEPTH)
        .map(|n| format!("k{n}: &a{n} [{}]\n", if n == 1 { "x".to_owned() } else { format!("*a{}", n - 1) }))
        .collect();
    assert_eq!(codes(&parse("x.yaml", levels.as_bytes()).diagnostics), [Code::TOO_DEEP], "aliases nest too");
}

#[test]
fn large_documents_end_soon() {
    let mut hostile: Vec<String> = Vec::new();
    let size = 512 * 1024;
    for piece in [
        "a", " ", "\n", "\"", "'", "[", "{", "- ", "a: ", "?", "#\n", "a:\n", "&a ", "*a ", "! ", "%\n", "|", ">",
        "\\", "é", "---\n", "- - ", "[a,", "{a,", ",",
    ] {
        hostile.push(piece.repeat(size / piece.len()));
        hostile.push(format!("a: {}", piece.repeat(size / piece.len())));
    }
    hostile.push((0..100_000).map(|n| format!("k{n}: &a{n} x\n")).collect());
    hostile.push((0..200_000).map(|_| "same: 1\n").collect());
    hostile.push(format!("a: &a [{}]\nb: [{}]\n", "x,".repeat(90_000), "*a,".repeat(90_000)));
    hostile.push(format!("[{}]", "007,".repeat(300_000)));
    for text in hostile {
        for name in ["x.yaml", "x.json"] {
            let found = parse(name, text.as_bytes()).diagnostics;
            assert!(found.len() <= limits::DIAGNOSTICS + 1, "{}", &text[..20]);
        }
    }
}

#[test]
fn encodings() {
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain("offhook: 1".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let found = parse("x.yaml", &utf16).diagnostics;
    assert_eq!(codes(&found), [Code::NOT_UTF8]);
    assert!(found[0].message.contains("UTF-16"));
    let found = parse("x.yaml", b"offhook: 1\ntitle: Ol\xe9\n").diagnostics;
    assert_eq!((found[0].line, found[0].column, found[0].excerpt.as_deref()), (2, 10, Some("title: Ol")));
    let marked = parse("x.json", "\u{feff}{\"a\": nope}".as_bytes()).diagnostics;
    assert_eq!(codes(&marked), [Code::BYTE_ORDER_MARK, Code::SYNTAX]);
    assert_eq!((marked[1].line, marked[1].column), (1, 7), "the mark takes no column");
    let windows = "offhook: 1\r\nid: x\r\nkind: ivr\r\nstart: a\r\nnodes:\r\n  é: { type: say, next: b }\r\n  a: { type: say, next: bb }\r\n";
    let found = read_flow("x.yaml", windows.as_bytes()).diagnostics;
    let places: Vec<(u32, u32)> = found.iter().map(|d| (d.line, d.column)).collect();
    assert_eq!(places, [(6, 3), (6, 25), (7, 25)]);
}

#[test]
fn durations() {
    let mut chance = Chance(3);
    for _ in 0..5_000 {
        let letters = ["1", "99999999999", "d", "h", "m", "s", "ms", " ", "-", "é", "."];
        let text: String = (0..chance.below(6)).map(|_| letters[chance.below(letters.len())]).collect();
        assert!(parse_duration(&text).is_ok_and(|ms| ms <= limits::DURATION_MS) || parse_duration(&text).is_err());
    }
}
