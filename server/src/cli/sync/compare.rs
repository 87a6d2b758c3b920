//! The two sides of one flow and what they have in common, compared file by file. Nothing is read or written here.

use super::state::Tags;
use std::collections::BTreeSet;

/// What happened to a file since both sides agreed on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moved {
    /// Both sides are the same.
    Nowhere,
    /// Only there.
    There,
    /// Only here.
    Here,
    /// On both sides, differently.
    Both,
}

/// What happened to a flow as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is on both sides, or new on one: look at its files.
    Lives,
    /// It was removed there, and nothing of it changed here.
    RemovedThere,
    /// It was removed here, and nothing of it changed there.
    RemovedHere,
    /// It was removed there and changed here: ours stays.
    KeptHere,
    /// It was removed here and changed there: theirs comes back.
    KeptThere,
}

/// What happened to one file.
pub(super) fn moved(base: Option<&String>, here: Option<&String>, there: Option<&String>) -> Moved {
    match () {
        () if here == there => Moved::Nowhere,
        () if here == base => Moved::There,
        () if there == base => Moved::Here,
        () => Moved::Both,
    }
}

/// What is to be done about a file beside flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deal {
    /// Both sides are the same, or both have none.
    Agreed,
    /// It is new or changed there.
    Take,
    /// It is new or changed here.
    Give,
    /// It was removed there, and is unchanged here.
    DropHere,
    /// It was removed here, and is unchanged there.
    DropThere,
    /// It was removed there and changed here: ours stays.
    KeepHere,
    /// It was removed here and changed there: theirs comes back.
    KeepThere,
    /// Both sides have changed it.
    Conflict,
}

/// What is to be done about a file beside flows.
pub(super) fn deal(base: Option<&String>, here: Option<&String>, there: Option<&String>) -> Deal {
    match (moved(base, here, there), here, there) {
        (Moved::Nowhere, ..) => Deal::Agreed,
        (Moved::There, _, Some(_)) => Deal::Take,
        (Moved::There, _, None) => Deal::DropHere,
        (Moved::Here, Some(_), _) => Deal::Give,
        (Moved::Here, None, _) => Deal::DropThere,
        (Moved::Both, Some(_), Some(_)) => Deal::Conflict,
        (Moved::Both, Some(_), None) => Deal::KeepHere,
        (Moved::Both, None, _) => Deal::KeepThere,
    }
}

/// What happened to a flow.
pub(super) fn fate(base: &Tags, here: &Tags, there: &Tags) -> Fate {
    let was = base.contains_key("flow");
    match (was, here.contains_key("flow"), there.contains_key("flow")) {
        (true, true, false) if here == base => Fate::RemovedThere,
        (true, true, false) => Fate::KeptHere,
        (true, false, true) if there == base => Fate::RemovedHere,
        (true, false, true) => Fate::KeptThere,
        _ => Fate::Lives,
    }
}

/// The files that any side knows.
pub(super) fn parts(sides: [&Tags; 3]) -> BTreeSet<String> {
    sides.into_iter().flat_map(|tags| tags.keys().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(text: &str) -> Tags {
        text.split_whitespace()
            .filter_map(|pair| pair.split_once('='))
            .map(|(part, tag)| (part.to_owned(), tag.to_owned()))
            .collect()
    }

    #[test]
    fn a_file_moves_where_it_differs_from_what_was_common() {
        let tag = |text: &'static str| Some(text.to_owned()).filter(|text| !text.is_empty());
        for (base, here, there, expected) in [
            ("a", "a", "a", Moved::Nowhere),
            ("a", "b", "b", Moved::Nowhere),
            ("a", "a", "b", Moved::There),
            ("a", "a", "", Moved::There),
            ("a", "b", "a", Moved::Here),
            ("a", "", "a", Moved::Here),
            ("", "b", "", Moved::Here),
            ("", "", "b", Moved::There),
            ("", "a", "b", Moved::Both),
            ("a", "b", "c", Moved::Both),
            ("a", "", "c", Moved::Both),
            ("a", "", "", Moved::Nowhere),
        ] {
            let (base, here, there) = (tag(base), tag(here), tag(there));
            assert_eq!(moved(base.as_ref(), here.as_ref(), there.as_ref()), expected, "{base:?} {here:?} {there:?}");
        }
    }

    #[test]
    fn a_file_beside_flows_goes_where_nobody_loses_anything() {
        let tag = |text: &'static str| Some(text.to_owned()).filter(|text| !text.is_empty());
        for (base, here, there, expected) in [
            ("a", "a", "a", Deal::Agreed),
            ("a", "", "", Deal::Agreed),
            ("", "a", "a", Deal::Agreed),
            ("a", "a", "b", Deal::Take),
            ("", "", "b", Deal::Take),
            ("a", "b", "a", Deal::Give),
            ("", "b", "", Deal::Give),
            ("a", "a", "", Deal::DropHere),
            ("a", "", "a", Deal::DropThere),
            ("a", "b", "", Deal::KeepHere),
            ("a", "", "b", Deal::KeepThere),
            ("a", "b", "c", Deal::Conflict),
            ("", "b", "c", Deal::Conflict),
        ] {
            let (base, here, there) = (tag(base), tag(here), tag(there));
            assert_eq!(deal(base.as_ref(), here.as_ref(), there.as_ref()), expected, "{base:?} {here:?} {there:?}");
        }
    }

    #[test]
    fn a_flow_that_somebody_changed_is_not_removed() {
        for (base, here, there, expected) in [
            ("flow=1 talk=1", "flow=1 talk=1", "", Fate::RemovedThere),
            ("flow=1 talk=1", "flow=1 talk=2", "", Fate::KeptHere),
            ("flow=1", "flow=1 layout=1", "", Fate::KeptHere),
            ("flow=1", "", "flow=1", Fate::RemovedHere),
            ("flow=1", "", "flow=1 es-ES=1", Fate::KeptThere),
            ("", "flow=1", "", Fate::Lives),
            ("", "", "flow=1", Fate::Lives),
            ("flow=1", "flow=2", "flow=3", Fate::Lives),
        ] {
            assert_eq!(fate(&tags(base), &tags(here), &tags(there)), expected, "{base} / {here} / {there}");
        }
    }
}
