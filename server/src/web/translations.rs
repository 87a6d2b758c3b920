//! Translators' files through the editor's API.

use super::house::StoreHouse;
use crate::translate::{Translatable, is_tag, merge_into, po, xliff};
use offhook_editor_api::{HandedOut, HouseError, TakenBack, TextChange, TranslatorFormat, Translators, Wording};
use offhook_flow_schemas::edit::Edit;

fn flow(wording: &Wording) -> Translatable<'_> {
    Translatable { document: &wording.document, texts: &wording.texts, fields: &wording.fields }
}

fn no_locale(locale: &str) -> HouseError {
    HouseError::Senseless(format!("`{locale:.64}` is no language tag such as es-ES"))
}

impl Translators for StoreHouse {
    fn hand_out(
        &self,
        wording: &Wording,
        locale: &str,
        format: TranslatorFormat,
        open: bool,
    ) -> Result<HandedOut, HouseError> {
        let flow = flow(wording);
        if !is_tag(locale) {
            return Err(no_locale(locale));
        }
        if locale == flow.source_locale() {
            return Err(HouseError::Senseless(format!("the flow itself is written in {locale}")));
        }
        let mut exchange = flow.exchange(locale);
        if open {
            exchange.entries.retain(|entry| entry.needs_work || entry.target.is_none());
        }
        let (ending, file) = match format {
            TranslatorFormat::Po => ("po", po::write(&exchange)),
            TranslatorFormat::Xliff => ("xlf", xliff::write(&exchange)),
        };
        let name = format!("{}.{locale}.{ending}", flow.id().replace('/', "-"));
        Ok(HandedOut { name, texts: exchange.entries.len(), file })
    }

    fn take_back(&self, wording: &Wording, file: &str) -> Result<TakenBack, HouseError> {
        let flow = flow(wording);
        let is_xml = file.trim_start_matches('\u{feff}').trim_start().starts_with('<');
        let read = if is_xml { xliff::read(file) } else { po::read(file) };
        let exchange = read.map_err(|why| HouseError::Senseless(format!("the file cannot be read: {why}")))?;
        if exchange.flow != flow.id() {
            let why = format!("the file is of the flow `{:.100}`, and this is `{}`", exchange.flow, flow.id());
            return Err(HouseError::Senseless(why));
        }
        if !is_tag(&exchange.locale) || exchange.locale == flow.source_locale() {
            return Err(no_locale(&exchange.locale));
        }
        let merge = merge_into(&flow, &exchange).map_err(HouseError::Senseless)?;
        let catalogue = flow.catalogue(&exchange.locale);
        let change = |edit: &Edit| match edit {
            Edit::SetText { key, text, .. } => Some(TextChange {
                key: key.clone(),
                before: catalogue.and_then(|texts| texts.texts.get(key)).cloned(),
                after: text["text"].clone(),
            }),
            _ => None,
        };
        Ok(TakenBack {
            changes: merge.edits.iter().filter_map(change).collect(),
            locale: exchange.locale,
            incomplete: merge.merged.incomplete,
            outdated: merge.merged.outdated,
            unknown: merge.merged.unknown,
            refused: merge.merged.refused,
            edits: merge.edits,
        })
    }
}
