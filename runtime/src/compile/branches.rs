//! What can be seen of branches that run beside each other: which of them talk with the contact, whether they come
//! together again, and whether one tries to leave. A branch has the nodes that can be reached from its first one without
//! passing the node that began it.

use super::{Edges, Project, ReadNode, Unit};
use offhook_flow_schemas::{Code, Diagnostic, NodeFacts, escape_pointer};
use std::collections::HashSet;

impl Unit<'_> {
    /// The diagnostics about every node that begins branches.
    pub(super) fn check_branches(&self, project: &Project<'_, '_>, edges: &mut Edges) {
        for (read, facts) in self.nodes.iter().zip(edges.facts.values()) {
            let count = read.node.branches().min(facts.exits.len());
            if count > 0 {
                self.check_fork(read, facts, count, project, edges.facts.as_slice(), &mut edges.diagnostics);
            }
        }
    }

    fn check_fork(
        &self,
        read: &ReadNode<'_>,
        facts: &NodeFacts,
        count: usize,
        project: &Project<'_, '_>,
        all: &indexmap::map::Slice<String, NodeFacts>,
        out: &mut Vec<Diagnostic>,
    ) {
        let document = &self.source.document;
        let base = format!("/nodes/{}", escape_pointer(read.id));
        let mut talker: Option<(&str, &str)> = None;
        for exit in &facts.exits[..count] {
            let Some(first) = exit.target.as_deref() else { continue };
            let pointer = exit.pointer.clone().unwrap_or_else(|| base.clone());
            let (places, joins) = self.reach(first, read.id, all);
            if !joins {
                let message = format!("the branch `{}` never leads back to `{}`", exit.name, read.id);
                let diagnostic = document.diagnostic(Code::BRANCH_NEVER_JOINS, &pointer, message);
                out.push(diagnostic.remedy(format!("let its last node lead to `{}`", read.id)));
            }
            for place in &places {
                let node = &self.nodes[*place];
                if node.node.departs() {
                    let at = format!("/nodes/{}/type", escape_pointer(node.id));
                    let message = format!("`{}` leaves the flow within the branch `{}`", node.id, exit.name);
                    out.push(document.diagnostic(Code::BRANCH_LEAVES, &at, message));
                }
            }
            let Some(talks) = places.iter().map(|place| &self.nodes[*place]).find(|node| self.talks(node, project))
            else {
                continue;
            };
            match talker {
                None => talker = Some((&exit.name, talks.id)),
                Some((other, node)) => {
                    let message = format!(
                        "the branches `{other}` (at `{node}`) and `{}` (at `{}`) both talk with the contact",
                        exit.name, talks.id
                    );
                    let diagnostic = document.diagnostic(Code::BRANCHES_TALK, &pointer, message);
                    out.push(diagnostic.remedy("let one branch talk, or one talk after the other"));
                }
            }
        }
    }

    /// The places of the nodes of a branch, in the order of the document, and whether it can come to its end.
    fn reach(&self, first: &str, fork: &str, all: &indexmap::map::Slice<String, NodeFacts>) -> (Vec<usize>, bool) {
        let place = |id: &str| self.nodes.iter().position(|node| node.id == id);
        let (mut seen, mut joins) = (HashSet::new(), false);
        let mut queue = vec![first];
        while let Some(target) = queue.pop() {
            // A branch that ends the conversation needs no other end.
            joins |= target == fork || matches!(target, "return" | "end" | "hangup");
            let Some(place) = place(target).filter(|_| target != fork) else { continue };
            if !seen.insert(place) {
                continue;
            }
            let facts = &all[place];
            joins |= facts.terminal || facts.exits.is_empty();
            queue.extend(facts.exits.iter().filter_map(|exit| exit.target.as_deref()));
        }
        let mut places: Vec<usize> = seen.into_iter().collect();
        places.sort_unstable();
        (places, joins)
    }

    /// Whether a node talks with the contact, itself or by a flow that it calls.
    fn talks(&self, read: &ReadNode<'_>, project: &Project<'_, '_>) -> bool {
        read.node.talks() || self.called(read).is_some_and(|id| flow_talks(id, project, &mut HashSet::new()))
    }

    fn called(&self, read: &ReadNode<'_>) -> Option<&str> {
        let (reference, _) = read.node.enters()?;
        self.tables.flows.get(reference.0 as usize).map(String::as_str)
    }
}

fn flow_talks<'p>(id: &str, project: &'p Project<'_, '_>, seen: &mut HashSet<&'p str>) -> bool {
    let Some((id, unit)) = project.units.get_key_value(id) else { return false };
    if !seen.insert(id) {
        return false;
    }
    unit.nodes
        .iter()
        .any(|read| read.node.talks() || unit.called(read).is_some_and(|called| flow_talks(called, project, seen)))
}
