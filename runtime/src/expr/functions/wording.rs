//! Values as the session's locale writes or says them, and the plural forms of words. In a prompt that is heard these are
//! for the ear (see `speak`); everywhere else, as in expressions and requests to services, they are as one writes them.

use super::wrong;
use crate::expr::world::World;
use crate::fault::Fault;
use crate::speak::{self, SpeakAs, cldr};
use crate::value::Value;
use rust_decimal::Decimal;
use std::str::FromStr;

fn said(arguments: &[Value], as_: SpeakAs, currency: Option<&str>, world: &World) -> Result<Value, Fault> {
    let text = speak::speak(&arguments[0], as_, &world.locale, world.showing.is_heard(), currency);
    world.text_fits(text.len())?;
    Ok(text.into())
}

/// The word that an argument must be, when it is given.
fn option<T: FromStr>(name: &str, needs: &str, given: Option<&Value>) -> Result<Option<T>, Fault> {
    match given {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_text().map(str::parse) {
            Some(Ok(option)) => Ok(Some(option)),
            _ => Err(wrong(name, needs, value)),
        },
    }
}

pub(super) fn number(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    let Some(places) = arguments.get(1).filter(|places| !places.is_null()) else {
        return said(arguments, SpeakAs::Number, None, world);
    };
    let places = places.as_int().and_then(|places| u32::try_from(places).ok()).filter(|places| *places <= 20);
    let Some(places) = places else { return Err(wrong("number", "a number of places up to 20", &arguments[1])) };
    match speak::number_of(&arguments[0]) {
        Some(number) => {
            let mut number =
                number.round_dp_with_strategy(places, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
            number.rescale(places);
            said(&[Value::Decimal(number)], SpeakAs::Number, None, world)
        }
        None => said(arguments, SpeakAs::Number, None, world),
    }
}

pub(super) fn money(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    let currency = match arguments.get(1) {
        None | Some(Value::Null) => None,
        Some(Value::Text(code)) => Some(&**code),
        Some(other) => return Err(wrong("money", "a currency such as \"EUR\"", other)),
    };
    said(arguments, SpeakAs::Money, currency, world)
}

pub(super) fn date(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    let length = option("date", "one of \"short\", \"medium\", \"long\", \"full\"", arguments.get(1))?;
    let length = length.unwrap_or(cldr::Length::Long);
    let text = speak::date(&arguments[0], length, &world.locale, world.showing.is_heard());
    Ok(text.map_or_else(|| arguments[0].to_string().into(), Value::from))
}

pub(super) fn time(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    said(arguments, SpeakAs::Time, None, world)
}

pub(super) fn ordinal(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    said(arguments, SpeakAs::Ordinal, None, world)
}

pub(super) fn phone(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    said(arguments, SpeakAs::Phone, None, world)
}

pub(super) fn digits(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    said(arguments, SpeakAs::Digits, None, world)
}

pub(super) fn list(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    let join = option("list", "one of \"and\", \"or\", \"unit\"", arguments.get(1))?.unwrap_or(cldr::Join::And);
    let items: Vec<String> = match &arguments[0] {
        Value::List(items) => items.iter().map(Value::to_string).collect(),
        Value::Null => Vec::new(),
        one => vec![one.to_string()],
    };
    world.spend(items.len())?;
    let text = cldr::list(&items, join, &world.locale);
    world.text_fits(text.len())?;
    Ok(text.into())
}

pub(super) fn plural(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    form("plural", arguments, false, world)
}

pub(super) fn plural_ordinal(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    form("plural_ordinal", arguments, true, world)
}

/// The plural forms of CLDR.
const CATEGORIES: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];

/// The form that a number takes. `#` in it is the number as the locale writes it, `##` is a `#`.
fn form(name: &str, arguments: &[Value], position: bool, world: &World) -> Result<Value, Fault> {
    let number = match &arguments[0] {
        Value::Text(text) => Decimal::from_str(text.trim()).ok(),
        other => speak::number_of(other),
    };
    let Some(number) = number else { return Err(wrong(name, "a number", &arguments[0])) };
    let Some(forms) = arguments[1].as_map() else {
        return Err(wrong(name, "the forms, such as `one` and `other`", &arguments[1]));
    };
    if let Some(unknown) = forms.keys().find(|form| !CATEGORIES.contains(&&***form)) {
        let message = format!("`{name}` has the forms {}; not `{unknown}`", CATEGORIES.join(", "));
        return Err(Fault::new("script.type", message));
    }
    let category = cldr::plural(number, position, &world.locale);
    let form = forms.get(category).or_else(|| forms.get("other")).and_then(Value::as_text);
    let Some(form) = form else {
        return Err(Fault::new("script.type", format!("`{name}` needs the form `other`")));
    };
    let digits = cldr::number(number, &world.locale);
    let text: Vec<String> = form.split("##").map(|part| part.replace('#', &digits)).collect();
    let text = text.join("#");
    world.text_fits(text.len())?;
    Ok(text.into())
}
