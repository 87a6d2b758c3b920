//! The files beside a flow: texts in other locales (`NAME.LOCALE.yaml`) and the places of nodes (`NAME.layout.yaml`).

mod layout;
mod texts;

pub use layout::{Layout, ReadLayout, read_layout};
pub use texts::{ReadTexts, Texts, is_same_text, locale_of_name, read_texts, serves};
