//! What was recorded, on the command line: replay, and a talk made of it.

use offhook_tests::chat::Visitor;
use offhook_tests::server::Place;
use serde_json::Value;

#[test]
fn a_recorded_session_replays_and_becomes_a_talk() {
    let place = Place::new();
    let server = place.serve();
    let mut visitor = Visitor::new(&server, "delivery", "recorded");
    visitor.hear("order number");
    visitor.say("482915");
    visitor.hear("on the van");
    visitor.say("#done");
    assert_eq!(visitor.ended(), "completed");
    server.stop();

    let output = place.command("replay").arg(&visitor.id).arg("--data").arg(place.data()).output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success() && said.contains("same to the letter"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );

    let talk = place.path().join("recorded.talk.yaml");
    let output = place
        .command("replay")
        .args([&visitor.id, "--format", "json", "--data"])
        .arg(place.data())
        .arg("--save-talk")
        .arg(&talk)
        .output()
        .expect("it runs");
    let results: Value = serde_json::from_slice(&output.stdout).expect("it prints JSON");
    assert_eq!(results[0]["same"], true, "{results}");

    let perform = |what: &str| {
        let output = place.command("talk").arg(place.flows()).arg("--only").arg(&talk).output().expect("it runs");
        (output.status.code(), format!("{what}: {}", String::from_utf8_lossy(&output.stdout)))
    };
    let (code, said) = perform("as recorded");
    assert_eq!(code, Some(0), "{said}\n{}", std::fs::read_to_string(&talk).unwrap_or_default());
    assert!(said.contains("1 passed"), "{said}");

    // And it is a test: when the flow says something else, it fails.
    place.edit("delivery/status.yaml", |text| text.replace("What is your order number?", "Your number, please?"));
    let (code, said) = perform("with another prompt");
    assert_eq!(code, Some(1), "{said}");
}

#[test]
fn a_masked_talk_goes_the_same_way_or_is_refused() {
    let place = Place::new();
    // Where one goes is decided by what is personal: it cannot be masked.
    let branch = "      - { id: known, when: 'inputs.order_number != \"\"', next: take-number }\n";
    let by_address = "      - { id: own, when: 'ends_with(contact.address, \"visitor-2\")', next: dispatch }\n";
    place.edit("delivery/status.yaml", |text| text.replace(branch, &format!("{branch}{by_address}")));
    let server = place.serve();
    let mut ids = Vec::new();
    for who in ["visitor-1", "visitor-2"] {
        let mut visitor = Visitor::new(&server, "delivery", who);
        if who == "visitor-1" {
            visitor.hear("order number");
            visitor.say("+15551234567");
            visitor.hear("exactly six digits");
            visitor.say("482915");
            visitor.hear("on the van");
        }
        ids.push(visitor.id.clone());
    }
    server.stop();
    let talk = place.path().join("masked.talk.yaml");
    let mut outcomes = Vec::new();
    for id in &ids {
        let mut command = place.command("replay");
        command.args([id, "--mask", "--force", "--save-talk"]).arg(&talk).arg("--data").arg(place.data());
        let output = command.output().expect("it runs");
        outcomes.push((output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    let text = std::fs::read_to_string(&talk).expect("the first is written");
    assert!(!text.contains("visitor-1") && !text.contains("5551234567") && text.contains("482915"), "{text}");
    assert_eq!(outcomes[0].0, Some(0), "{outcomes:?}");
    assert_eq!(outcomes[1].0, Some(1), "{outcomes:?}");
    assert!(outcomes[1].1.contains("turn 1 at delivery/status:greet"), "{outcomes:?}");
    let output = place.command("talk").arg(place.flows()).arg("--only").arg(&talk).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn recorded_sessions_are_held_against_another_version() {
    let place = Place::new();
    let server = place.serve();
    let mut ids = Vec::new();
    for number in 0..2 {
        let mut visitor = Visitor::new(&server, "delivery", &format!("visitor-{number}"));
        visitor.hear("order number");
        if number == 0 {
            visitor.say("482915");
            visitor.hear("on the van");
            visitor.say("#done");
            assert_eq!(visitor.ended(), "completed");
        }
        ids.push(visitor.id.clone());
    }
    server.stop();
    let new = place.path().join("new");
    offhook_tests::server::copy(&place.flows(), &new);
    let replay = |more: &[&str]| {
        let output = place.command("replay").arg("--data").arg(place.data()).args(more).output().expect("it runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let against = new.display().to_string();
    let (code, said, errors) = replay(&["--against", &against, "--last", "1d", "--flow", "delivery/status"]);
    assert!(code == Some(0) && said.contains("2 sessions") && said.contains("2 the same"), "{said}{errors}");

    // One sentence is changed that only the first visitor has heard.
    let flow = new.join("delivery/status.yaml");
    let text = std::fs::read_to_string(&flow).expect("the flow is there");
    assert!(text.contains("on the van"));
    std::fs::write(&flow, text.replace("on the van", "in the <van>")).expect("it can be written");
    let report = place.path().join("report.html");
    let html = report.display().to_string();
    let (code, said, errors) = replay(&["--against", &against, "--last", "1d", "--html", &html, "--format", "json"]);
    assert_eq!(code, Some(1), "{said}{errors}");
    let told: Value = serde_json::from_str(&said).expect("it prints JSON");
    assert_eq!((&told["totals"]["same"], &told["totals"]["differ"]), (&1.into(), &1.into()), "{told:#}");
    let first = told["sessions"].as_array().and_then(|all| all.iter().find(|one| one["session"] == *ids[0]));
    let first = first.expect("the session is told");
    assert_eq!(first["outcome"], "differs", "{told:#}");
    assert!(first["recorded"].as_str().is_some_and(|words| words.contains("on the van")), "{told:#}");
    let page = std::fs::read_to_string(&report).expect("the report is written");
    assert!(page.contains("in the &lt;van&gt;") && !page.contains("<van>"), "{page}");

    // The same from a journal file, without the database.
    let journal = place.path().join("one.journal.json").display().to_string();
    let (code, said, errors) = replay(&[&ids[0], "--save-journal", &journal]);
    assert_eq!(code, Some(0), "{said}{errors}");
    let (code, said, _) = replay(&["--against", &against, &journal]);
    assert!(code == Some(1) && said.contains("differs in turn") && said.contains("in the <van>"), "{said}");

    // A version with errors is no version.
    std::fs::write(&flow, text.replace("type: say", "type: sai")).expect("it can be written");
    let (code, _, errors) = replay(&["--against", &against, &journal]);
    assert!(code == Some(1) && errors.contains("has errors"), "{errors}");
}

#[test]
fn a_session_that_nobody_knows_is_told() {
    let place = Place::new();
    place.serve().stop();
    let output = place.command("replay").args(["c_none", "--data"]).arg(place.data()).output().expect("it runs");
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("c_none"));
}
