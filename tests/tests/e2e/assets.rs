//! What lies beside flows: data tables, own node types, sound and pictures, over HTTP and by `offhook sync`.

use super::sync::Copy;
use offhook_tests::chat::Visitor;
use offhook_tests::http::{Answer, exchange_bytes};
use offhook_tests::server::{Place, Server};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

const SOUND: &str = "/api/v1/assets/delivery%2Fhello.wav";
const TABLE: &str = "/api/v1/assets/tables%2Frates.csv";

/// A second of silence and one of noise, as WAV: no text in any encoding.
fn wav(seed: u8) -> Vec<u8> {
    let samples = (0..8_000_u32).map(|at| (at.wrapping_mul(31 + u32::from(seed)) % 251) as u8);
    let data: Vec<u8> = std::iter::repeat_n(0x80, 8_000).chain(samples).collect();
    let length = u32::try_from(data.len()).expect("it is short");
    let mut bytes = [b"RIFF", (length + 36).to_le_bytes().as_slice(), b"WAVEfmt ", &16_u32.to_le_bytes()].concat();
    bytes.extend([1, 0, 1, 0]);
    bytes.extend([8_000_u32.to_le_bytes(), 8_000_u32.to_le_bytes()].concat());
    bytes.extend([1, 0, 8, 0]);
    bytes.extend([b"data".as_slice(), &length.to_le_bytes(), &data].concat());
    bytes
}

fn ask(server: &Server, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    exchange_bytes(server.http, method, path, headers, body).expect("the server answers")
}

#[test]
fn sound_goes_in_and_comes_out_byte_for_byte() {
    let place = Place::new();
    let server = place.serve();
    let at = |name: &str| fs::read(place.flows().join(name)).ok();
    let new = [("if-none-match", "*"), ("content-type", "audio/wav")];
    assert_eq!(ask(&server, "PUT", SOUND, &new[1..], &wav(1)).status, 428);
    let made = ask(&server, "PUT", SOUND, &new, &wav(1));
    assert_eq!((made.status, at("delivery/hello.wav")), (201, Some(wav(1))), "{}", made.text);
    assert_eq!(made.json()["asset"]["kind"], "media");
    let etag = made.etag.expect("a file has a tag");
    let got = ask(&server, "GET", SOUND, &[], b"");
    assert_eq!((got.bytes == wav(1), got.etag.as_deref()), (true, Some(etag.as_str())));
    assert_eq!(got.content_type.as_deref(), Some("audio/wav"));
    let known = ask(&server, "GET", SOUND, &[("if-none-match", &etag)], b"");
    assert_eq!((known.status, known.bytes.len()), (304, 0));
    let listed = server.get("/api/v1/assets").ok();
    let all = listed["assets"].as_array().expect("a list").clone();
    let one = all.iter().find(|asset| asset["path"] == "delivery/hello.wav").expect("it is listed");
    assert_eq!((one["etag"].as_str(), one["bytes"].as_u64()), (Some(etag.as_str()), Some(wav(1).len() as u64)));
    let kinds: Vec<&Value> = all.iter().map(|asset| &asset["kind"]).collect();
    assert!(kinds.contains(&&json!("table")), "{listed}");

    // Who was not first changes nothing.
    assert_eq!(ask(&server, "PUT", SOUND, &new, &wav(2)).status, 412);
    let stale = ask(&server, "PUT", SOUND, &[("if-match", "\"00\"")], &wav(2));
    assert_eq!(
        (stale.status, stale.etag.as_deref(), at("delivery/hello.wav")),
        (412, Some(etag.as_str()), Some(wav(1)))
    );
    ask(&server, "PUT", SOUND, &[("if-match", &etag)], &wav(2)).ok();
    assert_eq!(ask(&server, "DELETE", SOUND, &[], b"").status, 428);
    assert_eq!(ask(&server, "DELETE", SOUND, &[("if-match", &etag)], b"").status, 412);
    assert_eq!(at("delivery/hello.wav"), Some(wav(2)));
    assert_eq!(ask(&server, "DELETE", SOUND, &[("if-match", "*")], b"").status, 204);
    assert_eq!((ask(&server, "GET", SOUND, &[], b"").status, at("delivery/hello.wav")), (404, None));
    server.stop();
}

#[test]
fn only_what_belongs_beside_flows_is_taken() {
    let place = Place::new();
    let server = place.serve();
    let put = |path: &str, kind: &str, bytes: &[u8]| {
        let path = format!("/api/v1/assets/{}", path.replace('/', "%2F"));
        ask(&server, "PUT", &path, &[("if-none-match", "*"), ("content-type", kind)], bytes).status
    };
    let any = "application/octet-stream";
    for path in [
        "../out.wav",
        "delivery/../../out.wav",
        "/etc/out.wav",
        ".offhook/x.wav",
        "a/.b.wav",
        "offhook.toml",
        "delivery/status.yaml",
        "page.html",
        "tables/a/b.csv",
        "rates.csv",
        "x%5c..%5cy.wav",
        "x%00.wav",
        ".wav",
    ] {
        assert_eq!(put(path, any, &wav(1)), 422, "{path}");
    }
    // A pointer of a version control is no recording.
    assert_eq!(put("a.wav", any, b"version https://git-lfs.example/spec/v1\n"), 422);
    assert_eq!(put("a.mp3", any, &wav(1)), 422);
    assert_eq!(put("a.wav", "text/csv", &wav(1)), 415);
    assert_eq!(put("tables/latin.csv", any, b"name\n\xe9\n"), 422);
    let large = [&wav(1)[..], &vec![0; 32 << 20]].concat();
    assert_eq!(put("a.wav", any, &large), 413);
    assert_eq!(put("tables/large.csv", any, "x\n".repeat((8 << 20) + 1).as_bytes()), 413);
    // A file has the place of a folder, a folder that of a file.
    fs::create_dir(place.flows().join("folder.wav")).expect("a folder can be made");
    assert_eq!(put("folder.wav", any, &wav(1)), 409);
    assert_eq!(put("stub.yaml/a.wav", any, &wav(1)), 409);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(place.path(), place.flows().join("out")).expect("a link can be made");
        assert_eq!(put("out/a.wav", any, &wav(1)), 409);
        assert_eq!(put("out/new/a.wav", any, &wav(1)), 409);
        fs::write(place.path().join("secret.wav"), wav(1)).expect("it can be written");
        assert_eq!(ask(&server, "GET", "/api/v1/assets/out%2Fsecret.wav", &[], b"").status, 404);
    }
    assert!(!place.path().join("a.wav").exists() && !place.path().join("out.wav").exists());
    assert!(!place.path().join("new").exists());
    server.stop();
}

#[test]
fn a_table_is_used_when_the_answer_comes_and_its_mistakes_are_told() {
    let place = Place::new();
    let server = place.serve();
    let flow = "offhook: 1\nid: t\nkind: chatbot\nstart: look\nvars: { price: 0 }\nnodes:\n  look: { type: table, table: rates, where: { city: Bonn }, save: found, next: tell, exits: { none: tell } }\n";
    let flow = format!(
        "{flow}  tell: {{ type: listen, text: \"It is {{{{ found.price }}}}.\", save: said, next: bye }}\n  bye: {{ type: end }}\n"
    );
    let flow = flow.replace("vars: { price: 0 }", "vars: { found: { type: any }, said: \"\" }");
    let put = |headers: &[(&str, &str)], csv: &str| ask(&server, "PUT", TABLE, headers, csv.as_bytes());
    let made = put(&[("if-none-match", "*")], "city,price:int\nBonn,7\n");
    assert_eq!((made.status, &made.json()["diagnostics"]), (201, &json!([])), "{}", made.text);
    let body = json!({ "flow": "t", "files": [{ "part": "flow", "text": flow }] });
    let saved = server.post("/api/v1/flows", &body).ok();
    assert_eq!(saved["served"], true, "{saved}");
    Visitor::with(&server, "t", "one").hear("It is 7.");
    put(&[("if-match", "*")], "city,price:int\nBonn,8\n").ok();
    Visitor::with(&server, "t", "two").hear("It is 8.");
    let wrong = put(&[("if-match", "*")], "city,price:int\nBonn,cheap\n").ok();
    assert_eq!(wrong["diagnostics"][0]["file"], "tables/rates.csv", "{wrong}");
    Visitor::with(&server, "t", "three").hear("It is 8.");
    server.stop();
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder can be made");
    let beside = folder.join(".written");
    fs::write(&beside, bytes).expect("it can be written");
    fs::rename(&beside, &path).expect("it can be replaced");
}

#[test]
fn all_that_a_folder_is_made_of_is_synced() {
    let place = Place::new();
    let rows = "city,price\nBonn,1\nKiel,2\nUlm,3\n";
    write(&place.flows(), "tables/prices.csv", rows.as_bytes());
    let own = fs::read(offhook_tests::root().join("tests/services/find.node.yaml")).expect("it is there");
    write(&place.flows(), "services/find.node.yaml", &own);
    write(&place.flows(), "delivery/hello.wav", &wav(1));
    let server = place.serve();
    let mine = Copy::new(&place, &server);
    let (here, there) = (&mine.folder, &place.flows());
    let read = |folder: &Path, name: &str| fs::read(folder.join(name)).ok();
    let same = |name: &str| read(here, name).is_some() && read(here, name) == read(there, name);
    for name in ["tables/prices.csv", "services/find.node.yaml", "delivery/hello.wav", "hotel/room.png"] {
        assert!(same(name), "{name}");
    }
    assert_eq!(mine.run(&["sync"]), (0, "the folder and the server are the same\n".to_owned()));
    assert!(!here.join("offhook.toml").exists() && !here.join("demo-key.txt").exists(), "settings are nobody else's");

    // New here, new there, changed here, changed there, rows of one table on both sides.
    write(here, "delivery/bye.wav", &wav(3));
    write(there, "delivery/music.wav", &wav(4));
    write(here, "delivery/hello.wav", &wav(2));
    write(there, "services/find.node.yaml", &[&own[..], b"# theirs\n"].concat());
    write(here, "tables/prices.csv", rows.replace("Bonn,1", "Bonn,9").as_bytes());
    write(there, "tables/prices.csv", rows.replace("Ulm,3", "Ulm,8").as_bytes());
    let said = mine.run(&["sync", "--dry-run"]);
    assert!(said.0 == 0 && said.1.contains("would be pushed delivery/bye.wav"), "{}", said.1);
    assert_eq!((read(there, "delivery/bye.wav"), read(here, "delivery/music.wav")), (None, None), "a dry run");
    let said = mine.run(&["sync"]);
    assert_eq!(said.0, 0, "{}", said.1);
    for line in [
        "pushed delivery/bye.wav",
        "pulled delivery/music.wav",
        "pushed delivery/hello.wav",
        "merged tables/prices.csv",
    ] {
        assert!(said.1.contains(line), "{line}: {}", said.1);
    }
    for name in
        ["delivery/bye.wav", "delivery/music.wav", "delivery/hello.wav", "services/find.node.yaml", "tables/prices.csv"]
    {
        assert!(same(name), "{name}");
    }
    let table = String::from_utf8(read(there, "tables/prices.csv").expect("it is there")).expect("it is text");
    assert!(table.contains("Bonn,9") && table.contains("Ulm,8"), "{table}");

    // One prompt recorded twice: neither side is touched until somebody has decided.
    for decision in ["--ours", "--theirs"] {
        write(here, "delivery/hello.wav", &wav(5));
        write(there, "delivery/hello.wav", &wav(6));
        for way in ["sync", "pull", "push"] {
            let said = mine.run(&[way]);
            assert!(said.0 == 1 && said.1.contains("delivery/hello.wav"), "{way}: {}", said.1);
            assert_eq!(
                (read(here, "delivery/hello.wav"), read(there, "delivery/hello.wav")),
                (Some(wav(5)), Some(wav(6)))
            );
        }
        let said = mine.run(&["sync", decision, "delivery/hello.wav"]);
        let won = if decision == "--ours" { wav(5) } else { wav(6) };
        assert!(said.0 == 0 && same("delivery/hello.wav"), "{}", said.1);
        assert_eq!(read(here, "delivery/hello.wav"), Some(won));
        write(here, "delivery/hello.wav", &wav(7));
        assert_eq!(mine.run(&["sync"]).0, 0);
    }

    // Gone on one side; gone here and changed there; gone there and changed here.
    let gone = |folder: &Path, name: &str| fs::remove_file(folder.join(name)).expect("it was there");
    gone(here, "delivery/bye.wav");
    gone(there, "tables/prices.csv");
    gone(here, "delivery/music.wav");
    write(there, "delivery/music.wav", &wav(8));
    gone(there, "delivery/hello.wav");
    write(here, "delivery/hello.wav", &wav(9));
    let said = mine.run(&["sync"]);
    assert_eq!(said.0, 1, "what is kept is told: {}", said.1);
    for line in [
        "removed there delivery/bye.wav",
        "removed here tables/prices.csv",
        "KEPT delivery/music.wav",
        "KEPT delivery/hello.wav",
    ] {
        assert!(said.1.contains(line), "{line}: {}", said.1);
    }
    assert_eq!((read(there, "delivery/bye.wav"), read(here, "tables/prices.csv")), (None, None));
    let said = mine.run(&["sync"]);
    assert!(said.0 == 0 && said.1.contains("pushed delivery/hello.wav"), "{}", said.1);
    assert!(same("delivery/hello.wav") && same("delivery/music.wav"));

    // What the server refuses is told, and the rest goes.
    write(here, "delivery/pointer.wav", b"version https://git-lfs.example/spec/v1\n");
    write(here, "delivery/more.wav", &wav(10));
    fs::File::create(here.join("delivery/long.wav"))
        .and_then(|file| file.set_len((32 << 20) + 1))
        .expect("there is room");
    let said = mine.run(&["sync"]);
    assert_eq!(said.0, 1, "{}", said.1);
    assert!(said.1.contains("NOT PUSHED delivery/pointer.wav") && said.1.contains("NOT PUSHED delivery/long.wav"));
    assert!(same("delivery/more.wav") && !there.join("delivery/long.wav").exists());
    server.stop();
}
