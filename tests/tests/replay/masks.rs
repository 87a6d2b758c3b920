//! Journals without personal data: they go the same way, and what was somebody's stands nowhere in them.

use crate::gallery::{Gallery, recordings};
use offhook_runtime::flow_schemas::read_tree;
use offhook_runtime::replay::{Unmasked, mask};
use offhook_runtime::talk::{self, Options};
use offhook_runtime::{Event, Start};

fn start(event: &Event) -> &Start {
    let Event::Start(start) = event else { panic!("a journal begins with its start") };
    start
}

#[test]
fn the_gallery_is_masked_and_goes_the_same_way() {
    let gallery = Gallery::read();
    let (mut masked, mut refused) = (0, Vec::new());
    for recording in recordings(&gallery, 1) {
        let program = gallery.program(&recording.flow);
        let journal = recording.journal();
        let contact = start(&journal[0].event).contact.clone();
        match mask(&program, &journal, &[]) {
            Ok(without) => {
                let text = talk::from_journal(&program, &without.journal, "Masked.").expect("it has a beginning");
                for value in [&contact.address, &contact.id] {
                    assert!(
                        value.len() < 4 || !text.contains(value.as_str()),
                        "{}: {value} in {text}",
                        recording.session
                    );
                }
                assert_eq!(without.journal.len(), journal.len());
                let tree = read_tree("masked.talk.yaml", text.as_bytes()).expect("it can be read");
                for one in talk::read(&tree).expect("it is a talk") {
                    let report = talk::perform(&program, &one, &Options::default());
                    assert!(report.passed(), "{}: {:?}\n{text}", recording.session, report.mismatches);
                }
                masked += 1;
            }
            Err(Unmasked::Path { turn, place, .. }) => {
                assert!(turn <= journal.len() && place.contains(':'), "{place}");
                refused.push(recording.session.clone());
            }
            Err(error) => panic!("{}: {error}", recording.session),
        }
    }
    assert!(masked > 3 * refused.len(), "{masked} were masked, and refused were {refused:#?}");
}

#[test]
fn the_same_person_has_the_same_stand_in_throughout() {
    let gallery = Gallery::read();
    let recording = recordings(&gallery, 1)
        .into_iter()
        .find(|recording| recording.session.contains("A known patient books by keys."))
        .expect("the talk is there");
    let program = gallery.program(&recording.flow);
    let without = mask(&program, &recording.journal(), &[]).expect("it can be masked");
    let text = talk::from_journal(&program, &without.journal, "Masked.").expect("it has a beginning");
    assert!(!text.contains("Miller") && !text.contains("5551230001"), "{text}");
    let address = &start(&without.journal[0].event).contact.address;
    assert!(address.starts_with("+15") && address.len() == "+15551230001".len(), "{address}");
    // What the clinic calls the patient is what it greets them by.
    let name = text.split("\"name\":\"").nth(2).expect("the clinic answers");
    let name = name.split('"').next().expect("a name");
    assert!(text.contains(&format!("Hello, {name}.")), "{name}: {text}");
    let kept = mask(&program, &recording.journal(), &["name".to_owned()]).expect("it can be masked");
    let text = talk::from_journal(&program, &kept.journal, "Masked.").expect("it has a beginning");
    assert!(text.contains("Ann Miller"), "{text}");
}
