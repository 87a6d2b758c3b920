//! What an utterance says about the slots of a form: values, of several slots at once, and the names of slots. Nothing is
//! guessed: what could belong to two slots belongs to none, unless one of them is being asked for or was named.

use super::slot::Slot;
use crate::answer::{Expects, Setting, WORDS};
use crate::choices::Choosable;
use crate::collect::Heard;
use crate::zone::Zone;
use offhook_runtime::{Context, Fault, Value, phrases};
use std::ops::Range;

/// An utterance, read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// Slots with the values that were said.
    pub(super) values: Vec<(usize, Value)>,
    /// Slots that were named without a value.
    pub(super) named: Vec<usize>,
    /// Whether it begins a correction.
    pub(super) corrects: bool,
}

/// What is known while an utterance is read.
pub(super) struct Hearing<'a> {
    pub(super) slots: &'a [Slot],
    /// Whether each slot is one of the form's now.
    pub(super) applies: &'a [bool],
    pub(super) filled: &'a [bool],
    /// The slot that is being asked for.
    pub(super) focus: Option<usize>,
    /// The slot whose value is most likely meant by a correction that names none.
    pub(super) last: Option<usize>,
    pub(super) zone: &'a Zone,
}

/// The words of one utterance, and which of them have not yet been used up.
struct Words<'a> {
    written: Vec<&'a str>,
    /// The same as they are compared.
    plain: Vec<String>,
    free: Vec<bool>,
}

type Found = Vec<(Range<usize>, Value)>;

/// Words between the name of a slot and its value.
const JOINTS: [&str; 17] =
    ["is", "are", "to", "be", "should", "es", "a", "al", "ist", "auf", "zu", "est", "à", "en", "é", "para", "será"];

impl Words<'_> {
    /// The first run of words that is a phrase, among those that are free.
    fn run(&self, phrase: &str) -> Option<Range<usize>> {
        let phrase = phrases::normalise(phrase);
        let wanted: Vec<&str> = phrase.split(' ').filter(|word| !word.is_empty()).collect();
        let last = self.plain.len().checked_sub(wanted.len()).filter(|_| !wanted.is_empty())?;
        let at = (0..=last).find(|at| {
            let range = *at..*at + wanted.len();
            self.plain[range.clone()].iter().eq(&wanted) && !self.free[range].contains(&false)
        })?;
        Some(at..at + wanted.len())
    }

    fn use_up(&mut self, range: Range<usize>) {
        self.free[range].fill(false);
    }
}

impl Hearing<'_> {
    pub(super) fn read(&self, said: &str, cx: &Context<'_>) -> Result<Reading, Fault> {
        let written: Vec<&str> = said.split_whitespace().take(WORDS).collect();
        let plain: Vec<String> = written.iter().map(|word| phrases::normalise(word)).collect();
        let mut words = Words { free: vec![true; written.len()], written, plain };
        let mut reading = Reading {
            corrects: cx.correct_phrases().iter().any(|phrase| words.run(phrase).is_some()),
            ..Reading::default()
        };
        self.read_named(&mut words, &mut reading, cx)?;
        self.read_focus(said, &mut words, &mut reading, cx)?;
        self.read_by_the_way(&mut words, &mut reading, cx)?;
        if reading.corrects && reading.values.is_empty() && reading.named.is_empty() {
            self.read_nameless_correction(&words, &mut reading, cx)?;
        }
        Ok(reading)
    }

    /// Whether the slot that is asked for takes any words.
    fn is_open_question(&self) -> bool {
        self.focus.is_some_and(|focus| self.slots[focus].is_open())
    }

    fn has(&self, slot: usize, reading: &Reading) -> bool {
        reading.values.iter().any(|(known, _)| *known == slot)
    }

    /// Slots that are named, with the value that follows the name or stands just before it.
    fn read_named(&self, words: &mut Words<'_>, reading: &mut Reading, cx: &Context<'_>) -> Result<(), Fault> {
        let mut names: Vec<(Range<usize>, usize)> = Vec::new();
        for (index, slot) in self.slots.iter().enumerate().filter(|(index, _)| self.applies[*index]) {
            let runs = slot.names(cx)?;
            let longest = runs.iter().filter_map(|name| words.run(name)).max_by_key(ExactSizeIterator::len);
            names.extend(longest.map(|range| (range, index)));
        }
        // A name within another one, or a word that names two, tells nothing.
        let overlaps = |one: &Range<usize>, other: &Range<usize>| one.start < other.end && other.start < one.end;
        let all = names.clone();
        names.retain(|(range, slot)| {
            !all.iter().any(|(other, owner)| owner != slot && overlaps(range, other) && other.len() >= range.len())
        });
        names.sort_by_key(|(range, _)| range.start);
        for (at, (range, slot)) in names.iter().enumerate() {
            if self.is_open_question() && self.filled[*slot] && !reading.corrects {
                // Any words are an answer here: only who corrects means another slot.
                continue;
            }
            let until = names.get(at + 1).map_or(words.written.len(), |(next, _)| next.start);
            let since = at.checked_sub(1).map_or(0, |before| names[before].0.end);
            if let Some((used, value)) = self.beside_name(*slot, range, since, until, words, reading, cx)? {
                words.use_up(range.clone());
                words.use_up(used);
                reading.values.push((*slot, value));
            } else {
                reading.named.push(*slot);
            }
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "all of it is where to look")]
    fn beside_name(
        &self,
        slot: usize,
        name: &Range<usize>,
        since: usize,
        until: usize,
        words: &Words<'_>,
        reading: &Reading,
        cx: &Context<'_>,
    ) -> Result<Option<(Range<usize>, Value)>, Fault> {
        let asked = &self.slots[slot];
        let mut from = name.end;
        if asked.is_open() {
            // Any word would do: only who corrects means it.
            while from < until && JOINTS.contains(&words.plain[from].as_str()) {
                from += 1;
            }
            let rest = words.written[from..until].join(" ");
            let rest = rest.trim_matches([',', ';', '.', '!', '?', ':', ' ']);
            let means_it = reading.corrects && !rest.is_empty();
            return Ok(means_it.then(|| (from..until, Value::text(rest))));
        }
        if asked.expects == Expects::Bool && asked.choices.is_empty() {
            let rest = words.written[from..until].join(" ");
            return Ok(phrases::yes_or_no(&rest, cx.locale()).map(|yes| (from..until, Value::Bool(yes))));
        }
        let free = self.free_of_others(slot, words, cx)?;
        let region = |range: Range<usize>| {
            free.iter().enumerate().map(|(at, free)| *free && range.contains(&at)).collect::<Vec<bool>>()
        };
        let after = self.values(slot, words, &region(name.end..until), cx)?;
        while from < until && JOINTS.contains(&words.plain[from].as_str()) {
            from += 1;
        }
        let just_after = after.iter().find(|(range, _)| range.start == from);
        let before = self.values(slot, words, &region(since..name.start), cx)?;
        let just_before = before.into_iter().find(|(range, _)| range.end == name.start);
        // "2 adults, 1 child": a comma parts a name from what follows it.
        let is_parted = name.end.checked_sub(1).is_some_and(|last| words.written[last].ends_with([',', ';', '.']));
        match (just_after, just_before) {
            (Some(after), None) => return Ok(Some(after.clone())),
            (Some(after), Some(_)) if !is_parted => return Ok(Some(after.clone())),
            (_, Some(before)) => return Ok(Some(before)),
            (None, None) => {}
        }
        // "The date, no, not the 3rd, the 4th": what comes last holds.
        Ok(after.into_iter().next_back())
    }

    /// The words that are free and no part of what looks more like a value of another slot: the 7 of "7 pm" is no number.
    fn free_of_others(&self, slot: usize, words: &Words<'_>, cx: &Context<'_>) -> Result<Vec<bool>, Fault> {
        let mut free = words.free.clone();
        let own = self.rank(slot).unwrap_or(LAST_RANK);
        for other in (0..self.slots.len()).filter(|other| *other != slot && self.applies[*other]) {
            if self.rank(other).is_some_and(|rank| rank < own) {
                for (range, _) in self.values(other, words, &words.free, cx)? {
                    // A single word may just as well be the other thing.
                    if range.len() > 1 {
                        free[range].fill(false);
                    }
                }
            }
        }
        Ok(free)
    }

    /// The slot that is asked for, when all of what was said is an answer to it.
    fn read_focus(
        &self,
        said: &str,
        words: &mut Words<'_>,
        reading: &mut Reading,
        cx: &Context<'_>,
    ) -> Result<(), Fault> {
        let Some(focus) = self.focus.filter(|focus| !self.has(*focus, reading)) else { return Ok(()) };
        let slot = &self.slots[focus];
        let others = reading.values.iter().any(|(known, _)| *known != focus)
            || reading.named.iter().any(|named| *named != focus && reading.corrects);
        if others && (slot.is_open() || slot.expects == Expects::Bool) {
            return Ok(());
        }
        let free = if slot.is_open() { words.free.clone() } else { self.free_of_others(focus, words, cx)? };
        let rest: Vec<&str> =
            words.written.iter().zip(&free).filter(|(_, free)| **free).map(|(word, _)| *word).collect();
        let rest = if free.contains(&false) { rest.join(" ") } else { said.to_owned() };
        if rest.trim().is_empty() {
            return Ok(());
        }
        let Some(value) = slot.value(Heard::Words(&rest), self.zone, cx)? else { return Ok(()) };
        let places = self.values(focus, words, &free, cx)?;
        match places.into_iter().find(|(_, found)| *found == value) {
            Some((range, _)) => words.use_up(range),
            None => words.free.fill(false),
        }
        reading.named.retain(|named| *named != focus);
        reading.values.push((focus, value));
        Ok(())
    }

    /// Slots that nobody asked for: a value counts when it is the only one of its type, and only one slot could take it.
    fn read_by_the_way(&self, words: &mut Words<'_>, reading: &mut Reading, cx: &Context<'_>) -> Result<(), Fault> {
        for rank in 0..=LAST_RANK {
            let mut found: Vec<(usize, Found)> = Vec::new();
            for slot in 0..self.slots.len() {
                let is_open = self.applies[slot] && !self.filled[slot] && !self.has(slot, reading);
                if is_open && self.rank(slot) == Some(rank) {
                    let free = self.free_of_others(slot, words, cx)?;
                    found.push((slot, self.values(slot, words, &free, cx)?));
                }
            }
            let claims: Vec<(usize, Range<usize>)> =
                found.iter().flat_map(|(slot, found)| found.iter().map(|(range, _)| (*slot, range.clone()))).collect();
            for (slot, found) in found {
                let [(range, value)] = found.as_slice() else { continue };
                let is_rivalled = claims
                    .iter()
                    .any(|(other, claim)| *other != slot && claim.start < range.end && range.start < claim.end);
                let is_asked = self.focus == Some(slot);
                if words.free[range.clone()].contains(&false) || is_rivalled && !is_asked {
                    continue;
                }
                words.use_up(range.clone());
                reading.values.push((slot, value.clone()));
            }
        }
        Ok(())
    }

    /// "No, at eight": the slot that was filled last, else the only one that could hold the value.
    fn read_nameless_correction(
        &self,
        words: &Words<'_>,
        reading: &mut Reading,
        cx: &Context<'_>,
    ) -> Result<(), Fault> {
        let mut meant: Vec<(usize, Value)> = Vec::new();
        for slot in (0..self.slots.len()).filter(|slot| self.applies[*slot] && self.filled[*slot]) {
            if self.rank(slot).is_some()
                && let [(_, value)] = self.values(slot, words, &self.free_of_others(slot, words, cx)?, cx)?.as_slice()
            {
                meant.push((slot, value.clone()));
            }
        }
        let last = meant.iter().position(|(slot, _)| Some(*slot) == self.last);
        match (last, meant.len()) {
            (Some(at), _) => reading.values.push(meant.swap_remove(at)),
            (None, 1) => reading.values.append(&mut meant),
            _ => {}
        }
        Ok(())
    }

    /// How early a slot may take values that nobody asked for: the more a value looks like nothing else, the earlier. None
    /// for types that anything looks like.
    fn rank(&self, slot: usize) -> Option<usize> {
        let slot = &self.slots[slot];
        if !slot.choices.is_empty() {
            return Some(5);
        }
        match slot.expects {
            Expects::Email => Some(0),
            Expects::DateTime => Some(1),
            Expects::Date => Some(2),
            Expects::Time => Some(3),
            Expects::Duration => Some(4),
            Expects::Phone => Some(6),
            Expects::Int | Expects::Decimal | Expects::Money => Some(LAST_RANK),
            Expects::String | Expects::Digits | Expects::Bool => None,
        }
    }

    /// The values of a slot among the words.
    fn values(&self, slot: usize, words: &Words<'_>, free: &[bool], cx: &Context<'_>) -> Result<Found, Fault> {
        let asked = &self.slots[slot];
        if asked.choices.is_empty() {
            let setting = Setting { locale: cx.locale(), now_ms: cx.now_ms(), zone: self.zone.get() };
            let found = asked.expects.within(&words.written, free, &setting);
            let long_enough = |value: &Value| {
                let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
                self.focus == Some(slot)
                    || asked.expects != Expects::Phone
                    || value.as_text().is_some_and(|text| digits(text) >= PHONE_DIGITS)
            };
            let typed = found.into_iter().filter_map(|(range, value)| Some((range, asked.typed(value, cx)?)));
            return Ok(typed.filter(|(_, value)| long_enough(value)).collect());
        }
        let within = Words { written: words.written.clone(), plain: words.plain.clone(), free: free.to_vec() };
        let mut found: Found = Vec::new();
        for choice in &asked.choices {
            let label = choice.label().map(|label| crate::choices::written(label, cx)).transpose()?;
            let phrases = choice.phrases().map_or(&[][..], |phrases| cx.phrases(phrases));
            let names =
                [Some(choice.id()), label.as_deref()].into_iter().flatten().chain(phrases.iter().map(String::as_str));
            let longest = names.filter_map(|name| within.run(name)).max_by_key(ExactSizeIterator::len);
            found.extend(longest.map(|range| (range, Value::text(choice.id()))));
        }
        // "Extra large" is not "large".
        let all = found.clone();
        found.retain(|(range, _)| {
            !all.iter()
                .any(|(other, _)| other.len() > range.len() && other.start <= range.start && range.end <= other.end)
        });
        found.sort_by_key(|(range, _)| range.start);
        Ok(found)
    }
}

/// The rank of numbers, which look like much else.
const LAST_RANK: usize = 7;

/// Digits from which a number that nobody asked for is one of a telephone.
const PHONE_DIGITS: usize = 6;
