//! What is wrong with the rules of a flow, held against the version whose conversations they are about: before publishing, when
//! both are known.

use super::{Fit, Migration, Origin, Rules, To, Way, fit};
use crate::contracts::moved;
use crate::program::CompiledFlow;
use offhook_flow_schemas::{Code, Diagnostic, Document, escape_pointer};

impl Migration {
    /// What is wrong with the rules of a flow of the new program, whose document this is.
    pub fn check(&self, document: &Document) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let Some(place) = self.old.flow_index(&document.flow.id) else { return found };
        let Way::Ruled(rules) = &self.flows[place] else { return found };
        let (old, new) = (&*self.old.flows[place], &*self.new.flows[rules.flow as usize]);
        names(document, old, &mut found);
        takers(document, rules, old, new, &mut found);
        values(document, rules, old, new, &mut found);
        found
    }
}

fn names(document: &Document, old: &CompiledFlow, found: &mut Vec<Diagnostic>) {
    let Some(migrate) = &document.flow.migrate else { return };
    let known = || old.nodes.iter().map(|node| node.id.as_str());
    let unknown = |node: &str, pointer: &str| {
        let message = format!("version {} has no node `{node}`", old.version);
        document.diagnostic(Code::MIGRATE_UNKNOWN_NODE, pointer, message).remedy("remove the rule")
    };
    for node in migrate.nodes.keys().filter(|node| !old.has_node(node)) {
        let pointer = format!("/migrate/nodes/{}", escape_pointer(node));
        found.push(unknown(node, &pointer).key().did_you_mean(node, known()));
    }
    for (index, node) in migrate.finish.iter().enumerate().filter(|(_, node)| !old.has_node(node)) {
        found.push(unknown(node, &format!("/migrate/finish/{index}")).did_you_mean(node, known()));
    }
}

/// Who never waits for the contact waits for something that only the same node can take.
fn takers(document: &Document, rules: &Rules, old: &CompiledFlow, new: &CompiledFlow, found: &mut Vec<Diagnostic>) {
    let Some(migrate) = &document.flow.migrate else { return };
    for (was, to) in old.nodes.iter().zip(&rules.nodes) {
        let (Some(_), To::Node(to)) = (migrate.nodes.get(&was.id), to) else { continue };
        let is = &new.nodes[*to as usize];
        let is_loop = was.node.facts().counts;
        if was.node.waits() && !was.node.talks() && !is_loop && fit(was.outline, is.outline) < Fit::Whole {
            let pointer = format!("/migrate/nodes/{}", escape_pointer(&was.id));
            let message = format!("`{}` cannot take over what waits at `{}`", is.id, was.id);
            let remedy = format!("let who waits there finish: `finish: [{}]`", was.id);
            found.push(document.diagnostic(Code::MIGRATE_UNFIT_NODE, &pointer, message).remedy(remedy));
        }
    }
}

fn values(document: &Document, rules: &Rules, old: &CompiledFlow, new: &CompiledFlow, found: &mut Vec<Diagnostic>) {
    for (origin, var) in rules.vars.iter().zip(&new.vars) {
        let decl = &var.decl;
        let why = match origin {
            Origin::Default => None,
            Origin::Broken(message) => Some(message.clone()),
            Origin::Kept(slot) => moved::unfit_kept(&old.vars[*slot].decl, decl),
            Origin::Constant(value) => var.fit(value.clone(), "variable").err().map(|fault| fault.message),
            Origin::Expression(expression) => {
                let vars = old.vars.iter().map(|var| (&*var.name, &var.decl));
                let inputs = old.inputs.iter().map(|input| (&*input.name, &input.decl));
                moved::unfit_value(expression, &rules.names, vars, inputs, decl)
            }
        };
        let Some(why) = why else { continue };
        let name = escape_pointer(&var.name);
        let message = format!("`{}` cannot take its value from version {}: {why}", var.name, old.version);
        let remedy = format!("say under `migrate` where it comes from: `vars: {{ {}: \"= …\" }}`", var.name);
        found.push(
            match origin {
                Origin::Kept(_) => {
                    document.diagnostic(Code::MIGRATE_UNFIT_VARIABLE, &format!("/vars/{name}"), message).key()
                }
                _ => document.diagnostic(Code::MIGRATE_UNFIT_VARIABLE, &format!("/migrate/vars/{name}"), message),
            }
            .remedy(remedy),
        );
    }
}
