//! What a node's sources and writes can never do: operands that do not fit, places that are not there, conditions that are
//! neither true nor false, values of the wrong type for their variable. And what a flow declares without using it.

use super::infer::{Finding, Reading};
use super::sites::{Kind, Site, Step};
use super::types::Kinds;
use super::types::Type;
use super::{Entry, Flow};
use crate::facts::{Write, Written};
use crate::params::Format;
use offhook_flow_schemas::{Code, Diagnostic, VarType, escape_pointer};
use std::collections::BTreeSet;

pub(super) fn check(flow: &Flow<'_>, found: &mut Vec<Diagnostic>) {
    let mut read = BTreeSet::new();
    let mut written = BTreeSet::new();
    let mut secrets: BTreeSet<&str> = BTreeSet::new();
    for entry in &flow.nodes {
        for site in &entry.sites {
            sources(flow, entry, site, &mut read, &mut written, found);
            if matches!(site.format, Format::SecretTemplate | Format::SecretValue) {
                let text = site.value.to_string();
                let named = |name: &&str| text.contains(&format!("secrets.{name}"));
                secrets.extend(flow.document.flow.secrets.iter().map(String::as_str).filter(named));
            }
            if site.format == Format::Variable
                && let Some(name) = site.name().and_then(|name| name.split('.').next())
                && let Some(slot) = flow.names.var(name)
            {
                written.insert(slot);
            }
        }
        for write in &entry.facts.writes {
            check_write(flow, entry, write, found);
        }
    }
    // A node that was not read, or a source that did not compile, may be what uses a variable.
    let compiles = |entry: &Entry<'_>| {
        entry.sites.iter().flat_map(Site::sources).all(|source| flow.is_known(source.kind, source.text))
    };
    if flow.nodes.len() < flow.document.flow.nodes.len() || !flow.nodes.iter().all(compiles) {
        return;
    }
    for (slot, (name, _)) in (0..).zip(&flow.vars) {
        let at = format!("/vars/{}", escape_pointer(name));
        let diagnostic = match (read.contains(&slot), written.contains(&slot)) {
            (true, _) => continue,
            (false, true) => {
                let message = format!("`{name}` is set, and nothing ever reads it");
                flow.document.diagnostic(Code::UNREAD_VARIABLE, &at, message).remedy("read it, or remove it")
            }
            (false, false) => {
                let message = format!("nothing uses the variable `{name}`");
                flow.document.diagnostic(Code::UNUSED_VARIABLE, &at, message).remedy("remove it")
            }
        };
        found.push(diagnostic.key());
    }
    for (place, name) in flow.document.flow.secrets.iter().enumerate() {
        if !secrets.contains(name.as_str()) {
            let message = format!("nothing uses the secret `{name}`");
            let diagnostic = flow.document.diagnostic(Code::UNUSED_SECRET, &format!("/secrets/{place}"), message);
            found.push(diagnostic.remedy("remove it: a flow should list only what it takes from the vault"));
        }
    }
}

/// The findings of a site's sources.
fn sources<'a>(
    flow: &Flow<'a>,
    entry: &Entry<'a>,
    site: &Site<'a>,
    read: &mut BTreeSet<u16>,
    written: &mut BTreeSet<u16>,
    found: &mut Vec<Diagnostic>,
) {
    for source in site.sources() {
        let Some(summary) = flow.of_source(&source) else { continue };
        for finding in &summary.findings {
            found.push(flow.within(entry.id, site, &source, finding));
        }
        written.extend(summary.puts.iter().map(|put| put.slot));
        // What only a script's own assignment looks at is no reading.
        let reading = summary.reads.iter().filter(|(slot, reading)| {
            source.kind != Kind::Script || **reading != Reading::Careful || !summary.assigned.contains(slot)
        });
        read.extend(reading.map(|(slot, _)| *slot));
        for put in summary.puts.iter().filter(|put| !put.within) {
            let decl = flow.document.flow.vars.get(flow.var_name(put.slot));
            if let Some(why) = decl.and_then(|decl| put.found.unfit(decl.kind, &flow.vars[usize::from(put.slot)].1)) {
                let name = flow.var_name(put.slot);
                let finding = Finding {
                    code: Code::TYPE_MISMATCH,
                    severity: None,
                    message: format!("this does not fit `{name}`: {why}"),
                    word: Some(name.to_owned()),
                    meant: Vec::new(),
                };
                found.push(declared_there(flow, flow.within(entry.id, site, &source, &finding), name));
            }
        }
        let result = summary.result.as_ref();
        let is_condition = matches!(site.path.last(), Some(Step::Key("when" | "where" | "if" | "while")));
        if source.kind == Kind::Expression
            && site.format == Format::Expression
            && is_condition
            && let Some(result) = result
            && !result.is_any()
            && !result.kinds.meets(Kinds::BOOL)
        {
            let message = format!("a condition must be true or false, and this is {}", result.kinds.words());
            let finding = Finding { code: Code::WRONG_OPERAND, severity: None, message, word: None, meant: Vec::new() };
            let diagnostic = flow.within(entry.id, site, &source, &finding);
            found.push(diagnostic.remedy("compare it with something, for example `… == \"yes\"`"));
        }
    }
}

/// What a write puts into a variable.
pub(super) fn written_type(flow: &Flow<'_>, write: &Write) -> Option<Type> {
    Some(match &write.what {
        Written::Value(value) => flow.given(*value).found,
        Written::ItemOf(value) => {
            let list = flow.given(*value).found;
            list.items.filter(|_| list.kinds == Kinds::LIST).map(|items| (*items).clone())?
        }
        // What can stand in a text can be of any such type.
        Written::Type(VarType::Any) => return None,
        Written::Type(kind) => Type::of(Type::kind(*kind)),
        Written::Schema(schema) => Type::of_schema(schema, schema),
        Written::Script(script) => {
            let text = flow.tables.scripts.get(script.0 as usize)?.source();
            flow.summary(Kind::Script, text, false)?.result.clone()?
        }
        Written::Output(_) | Written::Anything => return None,
    })
}

fn check_write(flow: &Flow<'_>, entry: &Entry<'_>, write: &Write, found: &mut Vec<Diagnostic>) {
    let Some((slot, path)) = flow.place(write.to) else { return };
    let name = flow.var_name(slot);
    let Some(decl) = flow.document.flow.vars.get(name) else { return };
    let at = pointer_of(write, name, path);
    // The place within the variable, as far as it is declared.
    let mut place = flow.vars[usize::from(slot)].1.clone();
    for step in path {
        if place.is_any() {
            return;
        }
        if !place.kinds.meets(Kinds::MAP.or(Kinds::LIST)) {
            let message = format!("`{name}` is {}, in which there is no `{step}`", place.kinds.words());
            found.push(flow.at(entry.id, &at, Code::TYPE_MISMATCH, message).key());
            return;
        }
        let Some(shape) = place.shape.clone() else { return };
        match shape.places.get(&**step) {
            Some(next) => place = next.clone(),
            None => {
                let message = format!("`{name}` has no `{step}`");
                let diagnostic = flow.at(entry.id, &at, Code::UNKNOWN_PROPERTY, message).key();
                let diagnostic = match shape.closed {
                    true => diagnostic,
                    false => diagnostic.severity(offhook_flow_schemas::Severity::Warning),
                };
                found.push(diagnostic.did_you_mean(step, shape.places.keys().map(String::as_str)));
                return;
            }
        }
    }
    let Some(given) = written_type(flow, write) else { return };
    let why = if path.is_empty() {
        let exact = match &write.what {
            // An answer of one type goes into a variable of another only where all its forms are of that type.
            Written::Type(kind) if *kind != decl.kind => mixed(*kind, decl.kind),
            _ => None,
        };
        exact.or_else(|| given.unfit(decl.kind, &place))
    } else {
        let wanted = place.kinds;
        let fits = given.is_any() || wanted == Kinds::ANY || given.kinds.meets(wanted) || number(&given, wanted);
        (!fits).then(|| format!("it is {}, where {} is declared", given.kinds.words(), wanted.words()))
    };
    if let Some(why) = why {
        let message = format!("this does not fit `{name}`, which is declared as {}: {why}", decl.kind);
        found.push(declared_there(flow, flow.at(entry.id, &at, Code::TYPE_MISMATCH, message), name));
    }
}

fn number(given: &Type, wanted: Kinds) -> bool {
    given.kinds.meets(Kinds::NUMBER) && wanted.meets(Kinds::NUMBER)
}

/// Why an answer of a type is never a value of another, although both are texts.
fn mixed(given: VarType, wanted: VarType) -> Option<String> {
    use VarType::{Date, DateTime, Duration, Email, Phone, Time};
    let special = |kind| matches!(kind, Date | DateTime | Duration | Email | Phone | Time);
    let day = |kind| matches!(kind, Date | DateTime);
    let differs = special(given) && special(wanted) && given != wanted && !(day(given) && day(wanted));
    differs.then(|| format!("it is a {given}"))
}

/// The pointer of a write's variable below its node.
pub(super) fn pointer_of(write: &Write, name: &str, path: &[std::sync::Arc<str>]) -> String {
    if !write.keyed {
        return write.pointer.clone();
    }
    let mut key = name.to_owned();
    for step in path {
        key.push('.');
        key.push_str(step);
    }
    format!("{}/{}", write.pointer, escape_pointer(&key))
}

/// Names the place where a variable is declared.
fn declared_there(flow: &Flow<'_>, diagnostic: Diagnostic, name: &str) -> Diagnostic {
    let tree = &flow.document.tree;
    match tree.key_span(&format!("/vars/{}", escape_pointer(name))) {
        Some(span) => diagnostic.related(tree.source(), span, format!("`{name}` is declared here")),
        None => diagnostic,
    }
}
