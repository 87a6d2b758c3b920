//! What a difference changes for those who call or write, in sentences. What leads out of a node by a key, a phrase or a condition is found
//! beside the place where the exit is written, by the formats of the parameters there.

use std::collections::{HashSet, VecDeque};

use indexmap::IndexMap;
use serde_json::Value;

use super::nodes::{Way, ways};
use super::{Change, Version};
use crate::edit::Knowledge;
use crate::{FlowKind, is_built_in_end};

/// Letters of a text that are shown.
const SHOWN: usize = 60;

pub(super) fn sentences(
    old: &Version,
    new: &Version,
    renamed: &IndexMap<String, String>,
    changes: &[Change],
    knowledge: &Knowledge,
) -> Vec<String> {
    let who = if matches!(new.flow.kind, FlowKind::Ivr) { "Callers" } else { "Contacts" };
    let teller = Teller { old, new, renamed, knowledge, who };
    let (before, after) = (reached(old, renamed), reached(new, &IndexMap::new()));
    let mut said: Vec<String> = changes.iter().filter_map(|change| teller.sentence(change, &after)).collect();
    for (id, _) in new.nodes() {
        if before.contains(id) && !after.contains(id) {
            said.push(format!("No path leads to `{id}` any more."));
        }
    }
    let mut seen = HashSet::new();
    said.retain(|sentence| seen.insert(sentence.clone()));
    said
}

struct Teller<'a> {
    old: &'a Version,
    new: &'a Version,
    renamed: &'a IndexMap<String, String>,
    knowledge: &'a Knowledge,
    who: &'static str,
}

impl Teller<'_> {
    fn sentence(&self, change: &Change, after: &HashSet<String>) -> Option<String> {
        let who = self.who;
        Some(match change {
            Change::Start { from, to } => format!("Conversations now begin at `{to}` instead of `{from}`."),
            Change::NodeAdded { node, kind } if after.contains(node) => {
                format!("{who} can now come to `{node}`, a new `{kind}`.")
            }
            Change::NodeRemoved { node, .. } => format!("{who} no longer come to `{node}`: it is gone."),
            Change::NodeRetyped { node, from, to } => {
                format!("At `{node}`, a `{to}` now stands in place of a `{from}`.")
            }
            Change::Rewired { node, exit, from, to } => self.rewired(node, exit, from.as_deref(), to.as_deref()),
            Change::Parameter { node, parameter, from, to } => {
                let gone = parameter.rsplit('.').next().unwrap_or(parameter);
                match (from, to) {
                    // Ways that come and go are told as such.
                    (Some(_), Some(_)) => format!(
                        "At `{node}`, `{parameter}` is now {} instead of {}.",
                        shown(to.as_ref()?),
                        shown(from.as_ref()?)
                    ),
                    (None, Some(Value::Object(_))) | (Some(Value::Object(_)), None) if self.is_exit(node, gone) => {
                        return None;
                    }
                    (None, Some(to)) => {
                        format!("At `{node}`, `{parameter}` is now {}; nothing was said about it before.", shown(to))
                    }
                    (Some(from), None) => format!("At `{node}`, `{parameter}` is no longer {}.", shown(from)),
                    (None, None) => return None,
                }
            }
            Change::Text { text, locale, from, to } => {
                self.reworded(text, locale.as_deref(), from.as_ref(), to.as_ref())
            }
            Change::Interrupt { interrupt, from, to } => {
                let target = |value: &Option<Value>| match value {
                    Some(Value::String(target)) => Some(goal(target)),
                    Some(Value::Object(map)) => map.get("next").and_then(Value::as_str).map(goal),
                    _ => None,
                };
                let when = match interrupt.as_str() {
                    "hangup" => format!("When {} hang up, the flow", who.to_lowercase()),
                    "error" => "When something fails that no node cares for, the flow".to_owned(),
                    "no_activity" => format!("When {} do nothing for long, the flow", who.to_lowercase()),
                    other => return Some(format!("What `interrupts.{other}` says has changed, at every question.")),
                };
                match (target(from), target(to)) {
                    (Some(from), Some(to)) if from != to => format!("{when} now goes to {to} instead of {from}."),
                    (None, Some(to)) => format!("{when} now goes to {to}."),
                    (Some(from), None) => format!("{when} no longer goes to {from}."),
                    _ => format!("`interrupts.{interrupt}` has changed."),
                }
            }
            Change::Contract { part, from, to } => return contract(part, from.as_ref(), to.as_ref()),
            _ => return None,
        })
    }

    fn is_exit(&self, node: &str, exit: &str) -> bool {
        ways(self.new, node, &IndexMap::new()).contains_key(exit)
            || ways(self.old, self.before(node), self.renamed).contains_key(exit)
    }

    fn before<'n>(&'n self, node: &'n str) -> &'n str {
        self.renamed.iter().find(|(_, to)| *to == node).map_or(node, |(from, _)| from)
    }

    fn rewired(&self, node: &str, exit: &str, from: Option<&str>, to: Option<&str>) -> String {
        let now = ways(self.new, node, &IndexMap::new());
        let was = ways(self.old, self.before(node), self.renamed);
        // What leads there now says it best, unless that is gone.
        let who = match (now.get(exit), was.get(exit)) {
            (Some(way), _) => self.those(self.new, node, node, exit, way),
            (None, Some(way)) => self.those(self.old, self.before(node), node, exit, way),
            (None, None) => self.who.to_owned(),
        };
        let falls = match &self.new.flow.interrupts.error {
            Some(target) => format!("fall to {}", goal(target)),
            None => "have no way on that the flow names".to_owned(),
        };
        match (from, to) {
            (Some(from), Some(to)) => format!("{who} now reach {} instead of {}.", goal(to), goal(from)),
            (None, Some(to)) if was.contains_key(exit) => format!("{who} now reach {}.", goal(to)),
            (None, Some(to)) => format!("{who} now reach {}; there was no such way before.", goal(to)),
            (Some(from), None) if now.contains_key(exit) => {
                format!("{who} now {falls} instead of reaching {}.", goal(from))
            }
            (Some(from), None) => format!("{who} no longer reach {}: that way is gone.", goal(from)),
            (None, None) => format!("`{node}` has another way out, `{exit}`, that leads nowhere."),
        }
    }

    /// Whom a way out is for: those who press its keys, say its phrases, fulfil its condition.
    fn those(&self, version: &Version, id: &str, shown_id: &str, exit: &str, way: &Way) -> String {
        let who = self.who;
        let Some(node) = version.node(id) else {
            return who.to_owned();
        };
        let parent = way.pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
        let beside = |format: &str| {
            (!parent.is_empty() && parent != "/exits").then(|| self.sibling(node, parent, format)).flatten()
        };
        if let Some(Value::String(condition)) = beside("expression") {
            return format!("{who} for whom `{}` holds at `{shown_id}`", clip(condition));
        }
        let keys = beside("keys").map(words).filter(|keys| !keys.is_empty());
        let phrases = beside("phrases").map(words).filter(|phrases| !phrases.is_empty());
        match (keys, phrases) {
            (Some(keys), _) if matches!(version.flow.kind, FlowKind::Ivr) => {
                return format!("{who} who press {} at `{shown_id}`", keys.join(" or "));
            }
            (_, Some(phrases)) => return format!("{who} who say “{}” at `{shown_id}`", phrases[0]),
            (Some(keys), None) => return format!("{who} who press {} at `{shown_id}`", keys.join(" or ")),
            (None, None) => {}
        }
        match exit {
            "next" => format!("After `{shown_id}`, {}", who.to_lowercase()),
            "error" => format!("{who} for whom `{shown_id}` fails"),
            _ => format!("{who} who leave `{shown_id}` by `{exit}`"),
        }
    }

    /// The value of a format that stands in the same map as an exit.
    fn sibling<'v>(&self, node: &'v Value, parent: &str, format: &str) -> Option<&'v Value> {
        let kind = node.get("type").and_then(Value::as_str)?;
        let mut meanings = self.knowledge.meanings.get(kind)?.iter().filter(|one| !one.keys && one.format == format);
        meanings.find_map(|meaning| {
            let (above, key) = meaning.pattern.rsplit_once('/')?;
            fits(above, parent).then(|| node.pointer(&format!("{parent}/{key}"))).flatten()
        })
    }

    fn reworded(&self, text: &str, locale: Option<&str>, from: Option<&Value>, to: Option<&Value>) -> String {
        let (node, field) = text.split_once('.').unwrap_or((text, ""));
        let language = locale.map(|locale| format!(" in {locale}")).unwrap_or_default();
        let who = self.who.to_lowercase();
        let spoken = field.rsplit('.').next().is_some_and(|last| !matches!(last, "phrases" | "keys" | "any"));
        match (from, to) {
            (Some(Value::String(from)), Some(Value::String(to))) if spoken => {
                format!("At `{node}`, {who}{language} get “{}” instead of “{}”.", clip(to), clip(from))
            }
            (Some(from), Some(to)) => {
                format!("At `{node}`, `{field}`{language} is now {} instead of {}.", shown(to), shown(from))
            }
            (None, Some(to)) => format!("At `{node}`, `{field}`{language} is now {}.", shown(to)),
            (Some(_), None) => format!("At `{node}`, `{field}`{language} is gone."),
            (None, None) => String::new(),
        }
    }
}

fn contract(part: &str, from: Option<&Value>, to: Option<&Value>) -> Option<String> {
    let (section, name) = part.split_once('.')?;
    let optional = |value: &Value| {
        value.get("required") == Some(&Value::Bool(false)) || value.get("default").is_some() || !value.is_object()
    };
    Some(match (section, from, to) {
        ("inputs", None, Some(to)) if !optional(to) => {
            format!("Whoever starts or calls this flow must now hand in `{name}`.")
        }
        ("inputs", None, Some(_)) => format!("Whoever starts or calls this flow may now hand in `{name}`."),
        ("inputs", Some(_), None) => format!("This flow no longer takes the input `{name}`."),
        ("outputs", None, Some(_)) => format!("This flow now hands back `{name}`."),
        ("outputs", Some(_), None) => format!("This flow no longer hands back `{name}`."),
        ("channels", None, Some(_)) => format!("The flow now promises to work on the channel `{name}`."),
        ("channels", Some(_), None) => format!("The flow no longer promises to work on the channel `{name}`."),
        ("secrets", None, Some(_)) => format!("The flow can now read the secret `{name}`."),
        ("secrets", Some(_), None) => format!("The flow can no longer read the secret `{name}`."),
        ("locales", None, Some(_)) => format!("The flow now speaks {name}."),
        ("locales", Some(_), None) => format!("The flow no longer speaks {name}."),
        _ => format!("The declaration of `{part}` has changed."),
    })
}

/// Whether a pattern names a pointer.
fn fits(pattern: &str, pointer: &str) -> bool {
    let mut one = pattern.split('/');
    let mut other = pointer.split('/');
    loop {
        match (one.next(), other.next()) {
            (None, None) => return true,
            (Some(one), Some(other)) if one == "*" || one == other => {}
            _ => return false,
        }
    }
}

fn words(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// A target as a place that one reaches.
fn goal(target: &str) -> String {
    match target {
        "end" => "the end of the conversation".to_owned(),
        "hangup" => "the end of the call".to_owned(),
        "return" => "the flow that called this one".to_owned(),
        other => format!("`{other}`"),
    }
}

fn clip(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ").replace('`', "’");
    if line.chars().count() <= SHOWN {
        return line;
    }
    let cut: String = line.chars().take(SHOWN - 1).collect();
    format!("{}…", cut.trim_end())
}

/// A value in a sentence.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("“{}”", clip(text)),
        other => format!("`{}`", clip(&other.to_string())),
    }
}

/// The nodes that a path leads to, by their new ids.
fn reached(version: &Version, renamed: &IndexMap<String, String>) -> HashSet<String> {
    let interrupts = crate::graph::interrupt_edges(&version.flow);
    let roots = interrupts.iter().map(|(_, target)| *target).chain([version.flow.start.as_str()]);
    let mut seen: HashSet<&str> = HashSet::new();
    let mut queue: VecDeque<&str> = roots.collect();
    while let Some(id) = queue.pop_front() {
        let Some(node) = version.flow.nodes.get(id).filter(|_| !is_built_in_end(id) && seen.insert(id)) else {
            continue;
        };
        queue.extend(crate::graph::edges(node, version.facts.get(id)).into_iter().map(|(_, target)| target));
    }
    seen.into_iter().map(|id| renamed.get(id).map_or(id, String::as_str).to_owned()).collect()
}
