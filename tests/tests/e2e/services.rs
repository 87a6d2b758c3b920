//! The services that flows ask, with real ones behind them: PostgreSQL, a mail server, web services, tables that change.

use offhook_tests::chat::{Visitor, spoken};
use offhook_tests::peers::{Mail, PASSWORD, Postgres};
use offhook_tests::server::{Place, Server};
use offhook_tests::stub::Stub;
use offhook_tests::{eventually, root};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

fn material(name: &str) -> PathBuf {
    root().join("tests/services").join(name)
}

/// A place with the flow that asks, its table and its own node type; `config` binds its names.
fn place(config: &str) -> Place {
    let place = Place::new();
    let stub = Stub::read(&material("stub.yaml")).expect("the routes can be read");
    let stub = stub.serve(([127, 0, 0, 1], 0).into()).expect("there is a free port");
    let flows = place.flows();
    fs::create_dir_all(flows.join("services")).expect("a folder can be made");
    fs::create_dir_all(flows.join("tables")).expect("a folder can be made");
    for (from, to) in [("line.yaml", "services/line.yaml"), ("rates.csv", "tables/rates.csv")] {
        fs::copy(material(from), flows.join(to)).expect("a file can be copied");
    }
    let own = fs::read_to_string(material("find.node.yaml")).expect("it is there");
    let own = own.replace("http://127.0.0.1:9480", &format!("http://{stub}"));
    fs::write(flows.join("services/find.node.yaml"), own).expect("it can be written");
    let config = config.replace("STUB", &stub.to_string());
    let entry = "[[entry]]\nchat = \"services\"\nflow = \"services/line\"\n";
    place.edit("offhook.toml", |text| {
        format!("{}\n{config}\n{entry}", text.replace("[secrets]\n", "[secrets]\nCRM_KEY = \"file:demo-key.txt\"\n"))
    });
    place
}

/// Answers of services in a session's journal, in their order.
fn answers(server: &Server, session: &str) -> Vec<Value> {
    let turns = server.journal(session);
    turns.iter().filter_map(|turn| turn["event"]["result"]["value"].as_object().cloned().map(Value::Object)).collect()
}

#[test]
fn a_real_postgresql_is_asked() {
    let postgres = Postgres::start(&material("clinic.sql"));
    let mut place = place(
        "[sources.reader]\nurl = \"env:CLINIC_DB\"\n[sources.writer]\nurl = \"env:CLINIC_DB\"\naccess = \"write\"\n",
    );
    place.set("CLINIC_DB", &postgres.url("offhook"));
    let server = place.serve();
    let mut visitor = Visitor::new(&server, "services", "ann");
    for (say, hear) in [
        ("patient Ann Müller", "Ann Müller"),
        ("patient ' OR 1=1 --", "Nothing."),
        ("typed", "Ann Müller"),
        ("reader +1", "query.denied"),
        ("write +15551230002", "1 changed."),
        ("patient Bob", "+15551230002"),
        ("slow", "query.timeout"),
        ("photo", "query.type"),
        ("wrong 12x", "query.param"),
        ("patient Ann Müller", "Ann Müller"),
    ] {
        visitor.say(say);
        visitor.hear(hear);
    }
    let answers = answers(&server, &visitor.id);
    let ann = &answers[0]["rows"][0];
    let expected = serde_json::json!({
        "id": "6f9619ff-8b86-d011-b42d-00c04fc964ff", "name": "Ann Müller", "phone": "+15551230001", "born": "1985-02-28",
        "wakes": "06:30:00", "seen": "2026-11-23T08:00:00Z", "made": "2026-11-20T12:30:15",
        "balance": { "$decimal": "1204.50" }, "weight": { "$decimal": "61.5" }, "height": { "$decimal": "1.72" },
        "visits": 3, "points": 100_000, "steps": 10_000_000_000_i64, "vip": true,
        "notes": { "tags": ["new", { "$decimal": "2.5" }] }, "tags": [1], "photo": null,
    });
    assert_eq!(*ann, expected, "every type comes as what it is");
    visitor.leave();
    server.replayed(&visitor.id);
    let log = place.log();
    for secret in [PASSWORD, "1=1", "15551230002"] {
        assert!(!log.contains(secret), "{secret} is in the log: {log}");
    }
    server.stop();

    // With a wrong address it is said, and neither the address nor the password.
    place.set("CLINIC_DB", &postgres.url("nobody"));
    let server = place.serve();
    let mut visitor = Visitor::new(&server, "services", "bob");
    visitor.say("patient Ann Müller");
    visitor.hear("query.source");
    let journal = server.get(&format!("/api/v1/sessions/{}/journal", visitor.id)).text;
    assert!(!journal.contains(PASSWORD) && !journal.contains("%2F"), "{journal}");
    server.stop();
}

#[test]
fn a_real_mail_server_takes_messages() {
    let mail = Mail::start(&root().join("tests/peers/smtp.py"));
    let config = format!(
        "[messages.email]\nkind = \"smtp\"\nhost = \"localhost\"\nport = {}\nuser = \"offhook\"\npassword = \"env:SMTP_PASSWORD\"\n\
         from = \"Clinic <desk@clinic.example>\"\n[messages.sms]\nkind = \"http\"\nurl = \"http://STUB/sms\"\n\
         headers = {{ authorization = \"Bearer {{{{ secrets.CRM_KEY }}}}\" }}\njson = {{ to = \"{{{{ to }}}}\", text = \"{{{{ text }}}}\" }}\n",
        mail.port
    );
    let mut place = place(&config);
    place.set("SMTP_PASSWORD", PASSWORD);
    place.set("SSL_CERT_FILE", &mail.authority().display().to_string());
    let server = place.serve();
    let mut visitor = Visitor::new(&server, "services", "ann");
    visitor.say("mail ann@clinic.example");
    visitor.hear("@clinic.example>.");
    let message = mail.next();
    assert_eq!((&message["from"], &message["to"][0]), (&"desk@clinic.example".into(), &"ann@clinic.example".into()));
    assert_eq!((&message["subject"], &message["tls"]), (&"Für ann@clinic.example".into(), &true.into()));
    assert_eq!(message["parts"]["text/plain"], "Hello\nyou.");
    assert_eq!(message["parts"]["text/html"], "<p>Hello</p>");
    let answers = answers(&server, &visitor.id);
    assert_eq!(answers[0]["id"], message["id"], "the id that the flow knows is the one that was sent");
    for (say, hear) in [
        ("mail nobody@clinic.example", "message.refused"),
        ("mail busy@clinic.example", "message.busy"),
        ("mail not-an-address", "message.address"),
        ("sms +15551230001", "Sent sms-1."),
        ("sms 1", "message.refused"),
        ("find 112", "Ann"),
        ("find 113", "Nothing."),
    ] {
        visitor.say(say);
        visitor.hear(hear);
    }
    visitor.leave();
    server.replayed(&visitor.id);
    let journal = server.get(&format!("/api/v1/sessions/{}/journal", visitor.id)).text;
    for (where_, text) in [("the journal", journal), ("the log", place.log())] {
        assert!(!text.contains(PASSWORD) && !text.contains("demo-key"), "a secret is in {where_}: {text}");
    }
    let catalog = server.get("/api/v1/catalog").ok();
    let own = catalog["types"].as_array().expect("a list").iter().find(|kind| kind["meta"]["name"] == "x-find");
    assert_eq!(own.expect("it is in the catalog")["meta"]["family"], "extend");
    server.stop();
}

#[test]
fn a_changed_table_and_own_type_are_served_and_broken_ones_are_not() {
    let place = place("");
    let server = place.serve();
    let mut visitor = Visitor::new(&server, "services", "ann");
    for (say, hear) in [("rate +3491555", "0.01"), ("rate +34666", "Spain"), ("rate +1", "Elsewhere")] {
        visitor.say(say);
        visitor.hear(hear);
    }
    let mut asked = 0;
    let mut until = |what: &str, say: &str| {
        eventually(what, Duration::from_secs(30), || {
            asked += 1;
            let mut visitor = Visitor::new(&server, "services", &format!("visitor-{asked}"));
            visitor.say("rate +3491555");
            let page = eventually("an answer", Duration::from_secs(30), || {
                let page = visitor.messages(0, 2).expect("the server answers").ok();
                page["messages"].as_array().is_some_and(|messages| messages.len() > 3).then_some(page)
            });
            // Moments and ids of a page hold all kinds of numbers.
            let mut messages = page["messages"].as_array().into_iter().flatten();
            messages.any(|message| spoken(message).contains(say)).then_some(())
        });
    };
    place.edit("tables/rates.csv", |text| text.replace("0.01", "0.07"));
    until("the new price", "0.07");
    place.edit("tables/rates.csv", |text| text.replace("0.07", "cheap"));
    eventually("the mistake to be told", Duration::from_secs(30), || place.log().contains("OH0811").then_some(()));
    assert!(place.log().contains("rates.csv"), "{}", place.log());
    until("the last good price", "0.07");
    place.edit("services/find.node.yaml", |text| text.replace("type: x-find", "type: find"));
    eventually("the mistake to be told", Duration::from_secs(30), || place.log().contains("OH0821").then_some(()));
    visitor.say("rate +3491555");
    visitor.hear("0.07");
    server.stop();
}

/// Each code of what stands around flows has a failing and a mended example.
#[test]
fn an_environment_that_binds_nothing_is_told() {
    let place = place("");
    let check = |with: &[&str]| {
        let mut command = place.command("check");
        let output = command.arg(place.flows().join("services")).args(with).output().expect("the binary can be run");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    fs::rename(place.flows().join("tables"), place.flows().join("services/tables")).expect("it can be moved");
    let (code, told) = check(&[]);
    assert_eq!(code, Some(1), "{told}");
    for name in ["source `reader`", "source `writer`", "message channel `email`", "message channel `sms`"] {
        assert!(told.contains(name) && told.contains("OH0801"), "{name}: {told}");
    }
    assert!(!told.contains("table `rates`") && told.contains("line.yaml:"), "{told}");
    // The secret of an environment variable that is not set is bound all the same.
    place.edit("offhook.toml", |text| {
        format!(
            "{text}\n[sources.reader]\nurl = \"env:NOT_SET\"\n[sources.writer]\nurl = \"sqlite:x\"\n[messages.sms]\nkind = \"http\"\n\
             url = \"https://sms.example\"\nform = {{ to = \"{{{{ to }}}}\" }}\n[messages.email]\nkind = \"smtp\"\nhost = \"mail.example\"\n\
             from = \"desk@clinic.example\"\npassword = \"env:NOT_SET\"\n"
        )
    });
    let (code, told) = check(&[]);
    assert_eq!(code, Some(0), "{told}");
    fs::remove_dir_all(place.flows().join("services/tables")).expect("it can be removed");
    let (code, told) = check(&["--format", "json"]);
    let told: Value = serde_json::from_str(&told).expect("it is JSON");
    let codes: Vec<&str> =
        told["diagnostics"].as_array().expect("a list").iter().filter_map(|found| found["code"].as_str()).collect();
    assert_eq!((code, codes.iter().filter(|code| **code == "OH0801").count()), (Some(1), 1), "{told}");
    place.edit("services/find.node.yaml", |text| text.replace("node: 1\ntype: x-find", "node: 1\ntype: find"));
    let (_, told) = check(&[]);
    assert!(told.contains("OH0821") && told.contains("find.node.yaml:2:7"), "{told}");
}
