//! A flow's interrupts: their phrases in every locale, and the flows that digressions run.

use super::{Builder, Project, Unit};
use crate::prompt::CompiledPhrases;
use crate::tables::tag;
use crate::texts::{TextField, TextKind};
use offhook_flow_schemas::{Code, Diagnostic};

/// The phrases of a flow's interrupts, in the order of the document.
#[derive(Debug, Default)]
pub(super) struct InterruptPhrases {
    pub(super) phrases: Vec<CompiledPhrases>,
    pub(super) digressions: Vec<(CompiledPhrases, String)>,
    pub(super) cancel: Option<CompiledPhrases>,
    pub(super) correct: Option<CompiledPhrases>,
}

impl Builder<'_> {
    pub(super) fn interrupts(&mut self) -> InterruptPhrases {
        let document = self.document();
        let interrupts = &document.flow.interrupts;
        let mut out = InterruptPhrases::default();
        for (at, rule) in interrupts.phrases.iter().enumerate() {
            out.phrases.push(self.phrases(&format!("phrases.{}", rule.next), &format!("phrases/{at}/any"), &rule.any));
        }
        for (at, rule) in interrupts.digressions.iter().enumerate() {
            // The program links what stands in this table.
            self.tables.flows.push(rule.flow.clone());
            let name = format!("digressions.{}", rule.flow);
            let any = self.phrases(&name, &format!("digressions/{at}/any"), &rule.any);
            out.digressions.push((any, rule.flow.clone()));
        }
        out.cancel = interrupts.cancel.as_deref().map(|any| self.phrases("cancel", "cancel", any));
        out.correct = interrupts.correct.as_deref().map(|any| self.phrases("correct", "correct", any));
        out
    }

    /// `name` and `pointer` are below `interrupts`.
    fn phrases(&mut self, name: &str, pointer: &str, own: &[String]) -> CompiledPhrases {
        let field = format!("interrupts.{name}");
        let mut variants = vec![(self.locale(), own.to_vec())];
        for texts in self.texts() {
            let translated: Option<Vec<String>> =
                texts.texts.get(&field).and_then(|json| serde_json::from_value(json.clone()).ok());
            if let Some(translated) = translated {
                variants.push((tag(texts), translated));
            }
        }
        let text = TextField {
            address: field.clone(),
            pointer: format!("/interrupts/{pointer}"),
            kind: TextKind::Phrases,
            needs_words: !own.is_empty(),
        };
        self.translatable.insert(field, text);
        CompiledPhrases { variants }
    }
}

impl Unit<'_> {
    /// The flows of digressions exist, and need nothing: nobody hands them anything.
    pub(super) fn check_digressions(&self, project: &Project<'_, '_>, out: &mut Vec<Diagnostic>) {
        let document = &self.source.document;
        for (index, rule) in self.flow().interrupts.digressions.iter().enumerate() {
            let pointer = format!("/interrupts/digressions/{index}/flow");
            let Some(called) = project.units.get(rule.flow.as_str()) else {
                let message = format!("there is no flow `{}`", rule.flow);
                let diagnostic = document.diagnostic(Code::UNKNOWN_FLOW, &pointer, message);
                out.push(diagnostic.did_you_mean(&rule.flow, project.units.keys().copied()));
                continue;
            };
            for (name, input) in &called.flow().inputs {
                if input.required && input.default.is_none() {
                    let message =
                        format!("the flow `{}` needs the input `{name}`, and a digression gives none", rule.flow);
                    let diagnostic = document.diagnostic(Code::MISSING_INPUT, &pointer, message);
                    out.push(diagnostic.remedy("give the input a default, or `required: false`"));
                }
            }
        }
    }
}
