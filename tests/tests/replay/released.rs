//! The journals of every released version, on this one: they give the same commands to the letter, and everything else
//! that a recording tells is the same, too. `RECORD=1` writes those of the present version, once.

use crate::gallery::{Gallery, files, recordings};
use offhook_runtime::replay::{Outcome, Recording, against, replay};
use offhook_tests::root;
use std::fs;
use std::path::Path;

/// The flows of a release whose talks are kept as journals.
const KEPT: [&str; 4] = ["bank/balance", "help/line", "pizza/order", "survey/satisfaction"];

/// The version in work, without its last number.
fn present() -> &'static str {
    let version = env!("CARGO_PKG_VERSION");
    version.rsplit_once('.').map_or(version, |(release, _)| release)
}

fn record(folder: &Path) {
    for (name, text) in files(&root().join("examples-flows")) {
        if KEPT.iter().any(|flow| name.starts_with(&format!("{flow}."))) {
            let path = folder.join("flows").join(&name);
            fs::create_dir_all(path.parent().expect("it has a folder")).expect("it can be made");
            fs::write(path, text).expect("it can be written");
        }
    }
    let gallery = Gallery::of(&files(&folder.join("flows")));
    for (number, recording) in recordings(&gallery, 1).into_iter().enumerate() {
        let name = format!("{:02}-{}.journal.json", number + 1, recording.flow.replace('/', "-"));
        fs::write(folder.join(name), recording.write()).expect("it can be written");
    }
}

#[test]
fn the_journals_of_every_release_replay_on_this_one() {
    let folder = root().join("tests/journals");
    if std::env::var_os("RECORD").is_some_and(|value| value == "1") {
        let own = folder.join(present());
        assert!(!own.exists(), "{} is there already; what was released is never recorded again", own.display());
        record(&own);
    }
    let mut releases = 0;
    for release in fs::read_dir(&folder).expect("there are journals").map(|entry| entry.expect("an entry").path()) {
        if !release.is_dir() {
            continue;
        }
        releases += 1;
        let gallery = Gallery::of(&files(&release.join("flows")));
        let mut journals = 0;
        for path in fs::read_dir(&release).expect("it can be listed").map(|entry| entry.expect("an entry").path()) {
            let name = path.display().to_string();
            if !name.ends_with(".journal.json") {
                continue;
            }
            let recording = Recording::read(&fs::read_to_string(&path).expect("it is text")).expect(&name);
            let program = gallery.program(&recording.flow);
            replay(&program, &recording.journal()).unwrap_or_else(|error| panic!("{name}: {error}"));
            let again = Recording::of(&program, &recording.session, recording.journal()).expect(&name);
            assert_eq!(again, recording, "{name}");
            assert!(matches!(against(Some(&program), &recording), Outcome::Same { .. }), "{name}");
            journals += 1;
        }
        assert!(journals > 10, "{} has {journals} journals", release.display());
    }
    assert!(releases > 0 && folder.join(present()).is_dir(), "the release in work has journals, too");
}
