//! Names that authors give to choices, ways and cases, which become names of exits.

/// Reports an id that cannot be the name of an exit, or is the name of another one. `taken` are the names that the node
/// type itself has.
pub(crate) fn check_exit(id: &str, taken: &[&str], pointer: String, found: &mut Vec<(String, String)>) {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if id.is_empty() || id.len() > 64 || !id.chars().all(is_plain) {
        let message = format!("`{id}` is not a name: up to 64 letters without accents, digits, `_` and `-`");
        found.push((pointer, message));
    } else if taken.contains(&id) {
        found.push((pointer, format!("`{id}` is the name of another exit; take another one")));
    }
}
