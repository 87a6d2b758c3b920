//! Things to choose from: the choices of a menu, the buttons of what is shown, the values of a slot. Which one is meant by
//! keys, words or a button, and how they are given to the channel.

use crate::collect::{Fit, Heard, check_keys};
use crate::limits;
use crate::names::check_exit;
use offhook_runtime::params::{Keys, Phrases, Prompt};
use offhook_runtime::{AskedChoice, Choice, Context, Fault, Part, phrases};

/// Something that can be chosen.
pub(crate) trait Choosable {
    /// Its name.
    fn id(&self) -> &str;
    /// What its button shows; the id in words where there is nothing.
    fn label(&self) -> Option<Prompt>;
    /// The telephone keys that choose it.
    fn keys(&self) -> &Keys;
    /// Words that choose it.
    fn phrases(&self) -> Option<Phrases>;
}

/// What the proofs want to know of choices that stand at these places, in the flow's own locale.
pub(crate) fn told<'c, C: Choosable + 'c>(choices: impl IntoIterator<Item = (String, &'c C)>) -> Vec<AskedChoice> {
    let told = |(pointer, choice): (String, &C)| AskedChoice {
        id: choice.id().to_owned(),
        pointer,
        has_keys: !choice.keys().of("").is_empty(),
        has_words: choice.phrases().is_some(),
    };
    choices.into_iter().map(told).collect()
}

/// The words of a prompt, without what is not written.
pub(crate) fn written(prompt: Prompt, cx: &Context<'_>) -> Result<String, Fault> {
    let texts = cx.parts(prompt)?.into_iter().filter_map(|part| match part {
        Part::Text(text) => Some(text),
        _ => None,
    });
    Ok(texts.collect::<Vec<_>>().join(" "))
}

/// What its button shows.
pub(crate) fn label<C: Choosable>(choice: &C, cx: &Context<'_>) -> Result<String, Fault> {
    choice.label().map_or_else(|| Ok(in_words(choice.id())), |label| written(label, cx))
}

/// `find-patient` as people write it: `Find patient`.
pub(crate) fn in_words(id: &str) -> String {
    let words = id.replace(['-', '_'], " ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => words,
    }
}

/// Choices that are offered in a locale, which may have keys of its own.
pub(crate) struct Offered<'a, C> {
    choices: Vec<&'a C>,
    locale: String,
}

impl<'a, C: Choosable> Offered<'a, C> {
    /// These choices, in the session's locale.
    pub(crate) fn new(choices: impl IntoIterator<Item = &'a C>, cx: &Context<'_>) -> Self {
        Offered { choices: choices.into_iter().collect(), locale: cx.locale().to_owned() }
    }

    fn keys(&self) -> impl Iterator<Item = &str> {
        self.choices.iter().map(|choice| choice.keys().of(&self.locale))
    }

    /// As a channel takes them.
    pub(crate) fn for_channel(&self, cx: &Context<'_>) -> Result<Vec<Choice>, Fault> {
        let one = |choice: &&C| {
            Ok(Choice {
                id: choice.id().to_owned(),
                label: label(*choice, cx)?,
                keys: cx.keys(choice.keys()).to_owned(),
                phrases: choice.phrases().map_or_else(Vec::new, |phrases| cx.phrases(phrases).to_vec()),
            })
        };
        self.choices.iter().map(one).collect()
    }

    /// The most keys that choose one; 0 where keys choose nothing.
    pub(crate) fn max_keys(&self) -> u64 {
        self.keys().map(str::len).max().unwrap_or(0) as u64
    }

    /// How keys stand as a choice.
    pub(crate) fn fit(&self, keys: &str) -> Fit {
        let (mut exact, mut longer) = (false, false);
        for own in self.keys().filter(|own| own.starts_with(keys) && !own.is_empty()) {
            match own.len() == keys.len() {
                true => exact = true,
                false => longer = true,
            }
        }
        match (exact, longer) {
            (true, false) => Fit::Full,
            (true, true) => Fit::Enough,
            (false, true) => Fit::More,
            (false, false) => Fit::Hopeless,
        }
    }

    /// The choice that input means, by its place.
    pub(crate) fn meant(&self, heard: Heard<'_>, cx: &Context<'_>) -> Result<Option<usize>, Fault> {
        Ok(match heard {
            Heard::Keys(keys) => self.keys().position(|own| own == keys),
            Heard::Button(id) => self.choices.iter().position(|choice| choice.id() == id),
            Heard::Words(said) => self.chosen(said, cx)?,
        })
    }

    /// The choice that words mean. Two that are met equally well leave it open.
    fn chosen(&self, said: &str, cx: &Context<'_>) -> Result<Option<usize>, Fault> {
        let mut best: Option<(usize, usize)> = None;
        let mut tied = false;
        for (index, choice) in self.choices.iter().enumerate() {
            let Some(score) = score(*choice, said, cx)? else { continue };
            match best {
                Some((_, known)) if known > score => {}
                Some((_, known)) if known == score => tied = true,
                _ => (best, tied) = (Some((index, score)), false),
            }
        }
        Ok(best.filter(|_| !tied).map(|(index, _)| index))
    }
}

/// How well a choice is met by what was said.
fn score<C: Choosable>(choice: &C, said: &str, cx: &Context<'_>) -> Result<Option<usize>, Fault> {
    let keys = choice.keys().of(cx.locale());
    if !keys.is_empty() && said.trim() == keys {
        return Ok(Some(usize::MAX));
    }
    // Without a label, the id in words is the id itself, as phrases are compared.
    let label = choice.label().map(|label| written(label, cx)).transpose()?;
    let words = [Some(choice.id()), label.as_deref()].into_iter().flatten();
    let phrases = choice.phrases().map_or(&[][..], |phrases| cx.phrases(phrases));
    Ok(words.chain(phrases.iter().map(String::as_str)).filter_map(|phrase| phrases::matches(said, phrase)).max())
}

/// Reports ids and keys that cannot be told apart, or are none. Each choice comes with its pointer; `taken` are names
/// that the node type itself has for exits.
pub(crate) fn check<C: Choosable>(choices: &[(String, &C)], taken: &[&str], found: &mut Vec<(String, String)>) {
    // The flow's own locale, then those in which a choice has keys of its own.
    let mut locales: Vec<&str> = Vec::new();
    for locale in choices.iter().flat_map(|(_, choice)| choice.keys().locales()) {
        if !locales.contains(&locale) {
            locales.push(locale);
        }
    }
    for (index, (pointer, choice)) in choices.iter().enumerate() {
        let earlier = &choices[..index];
        let id = choice.id();
        check_exit(id, taken, format!("{pointer}/id"), found);
        if earlier.iter().any(|(_, other)| other.id() == id) {
            found.push((format!("{pointer}/id"), format!("two choices have the id `{id}`")));
        }
        let pointer = format!("{pointer}/keys");
        let clashes = |locale: &str| {
            let keys = choice.keys().of(locale);
            !keys.is_empty() && earlier.iter().any(|(_, other)| other.keys().of(locale) == keys)
        };
        for (place, locale) in locales.iter().enumerate() {
            let keys = choice.keys().of(locale);
            let language = if place == 0 { String::new() } else { format!(" in {locale}") };
            if clashes(locale) && (place == 0 || !clashes(locales[0])) {
                found.push((pointer.clone(), format!("two choices have the keys `{keys}`{language}")));
            }
            check_keys(keys, limits::KEYS as usize, &pointer, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn an_id_becomes_a_label() {
        assert_eq!(in_words("find-patient"), "Find patient");
        assert_eq!(in_words("x"), "X");
    }
}
