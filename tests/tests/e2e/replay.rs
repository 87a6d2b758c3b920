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
fn a_session_that_nobody_knows_is_told() {
    let place = Place::new();
    place.serve().stop();
    let output = place.command("replay").args(["c_none", "--data"]).arg(place.data()).output().expect("it runs");
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("c_none"));
}
