//! What can be shown, and what becomes of it where it can.

use crate::choices::{self, Choosable, written};
use crate::limits;
use offhook_runtime::flow_schemas::VarType;
use offhook_runtime::params::{Keys, Phrases, Prompt, Target, Template, ValueExpr};
use offhook_runtime::{Card, CardButton, Context, Fault, File, Image, Location, Value};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::Deserialize;

/// A card: a title with a text, an image and buttons.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CardParams {
    /// Its name among the cards; translations refer to it.
    #[serde(default)]
    #[schemars(regex(pattern = r"^[A-Za-z0-9_-]+$"))]
    #[expect(dead_code, reason = "only who translates reads it, in the document")]
    id: Option<String>,
    /// Its heading.
    pub(super) title: Prompt,
    /// Its text.
    #[serde(default)]
    pub(super) text: Option<Prompt>,
    /// Its image.
    #[serde(default)]
    pub(super) image: Option<ImageParams>,
    /// Its buttons.
    #[serde(default)]
    pub(super) buttons: Vec<Button>,
}

/// An image.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ImageParams {
    /// A file beside the flow (PNG, JPEG, GIF or WebP), or an https address.
    pub(super) url: Template,
    /// What it shows, for people who do not see it. Empty for an image that says nothing.
    pub(super) alt: Prompt,
}

/// A file to download.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FileParams {
    /// A file beside the flow (PDF, iCalendar or vCard, or anything that can be shown), or an https address.
    pub(super) url: Template,
    /// What it is called. Without it, the last part of its address.
    #[serde(default)]
    pub(super) name: Option<Prompt>,
}

/// A place on the map.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PlaceParams {
    /// Degrees north of the equator (WGS 84), from -90 to 90.
    latitude: ValueExpr,
    /// Degrees east of Greenwich (WGS 84), from -180 to 180.
    longitude: ValueExpr,
    /// What it is called.
    #[serde(default)]
    pub(super) name: Option<Prompt>,
    /// Its street and town.
    #[serde(default)]
    pub(super) address: Option<Prompt>,
}

/// A button: an answer with an `id`, or a link with a `url`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Button {
    /// Its name; also the name of the exit.
    #[serde(default)]
    #[schemars(regex(pattern = r"^[A-Za-z0-9_-]+$"))]
    id: Option<String>,
    /// What it shows. Without it, the id in words.
    #[serde(default)]
    label: Option<Prompt>,
    /// Where a link leads: an address that begins with `https:`, `http:`, `mailto:` or `tel:`.
    #[serde(default)]
    pub(super) url: Option<Template>,
    /// The telephone keys that choose an answer.
    #[serde(default)]
    keys: Keys,
    /// Words that choose an answer, said or written.
    #[serde(default)]
    phrases: Option<Phrases>,
    /// Where an answer leads.
    #[serde(default)]
    pub(super) next: Option<Target>,
}

impl Choosable for Button {
    fn id(&self) -> &str {
        self.id.as_deref().unwrap_or_default()
    }

    fn label(&self) -> Option<Prompt> {
        self.label
    }

    fn keys(&self) -> &Keys {
        &self.keys
    }

    fn phrases(&self) -> Option<Phrases> {
        self.phrases
    }
}

impl Button {
    pub(super) fn is_answer(&self) -> bool {
        self.url.is_none()
    }

    /// What contradicts itself.
    pub(super) fn mistake(&self) -> Option<&'static str> {
        let answers = self.keys.locales().next().is_some() || self.phrases.is_some() || self.next.is_some();
        match (&self.id, &self.url) {
            (None, None) => Some("a button needs an `id`, or a `url` as a link"),
            (_, Some(_)) if answers => Some("a link is no answer: it has no `keys`, `phrases` or `next`"),
            (_, Some(_)) if self.label.is_none() => Some("a link needs a `label`"),
            _ => None,
        }
    }

    pub(super) fn shown(&self, cx: &Context<'_>) -> Result<CardButton, Fault> {
        let label = choices::label(self, cx)?;
        Ok(match self.url {
            Some(url) => CardButton { id: String::new(), label, url: link(url, cx)? },
            None => CardButton { id: self.id().to_owned(), label, url: String::new() },
        })
    }
}

impl CardParams {
    pub(super) fn shown(&self, cx: &Context<'_>) -> Result<Card, Fault> {
        Ok(Card {
            title: written(self.title, cx)?,
            text: optional(self.text, cx)?,
            image: self.image.as_ref().map(|image| image.shown(cx)).transpose()?,
            buttons: self.buttons.iter().map(|button| button.shown(cx)).collect::<Result<_, _>>()?,
        })
    }
}

impl ImageParams {
    pub(super) fn shown(&self, cx: &Context<'_>) -> Result<Image, Fault> {
        Ok(Image { url: source(self.url, cx)?, alt: written(self.alt, cx)? })
    }
}

impl FileParams {
    pub(super) fn shown(&self, cx: &Context<'_>) -> Result<File, Fault> {
        let url = source(self.url, cx)?;
        let name = match optional(self.name, cx)? {
            none if none.is_empty() => {
                url.split(['?', '#']).next().unwrap_or(&url).rsplit('/').next().unwrap_or(&url).to_owned()
            }
            name => name,
        };
        Ok(File { url, name })
    }
}

impl PlaceParams {
    pub(super) fn shown(&self, cx: &Context<'_>) -> Result<Location, Fault> {
        Ok(Location {
            latitude: degrees(self.latitude, 90, "latitude", cx)?,
            longitude: degrees(self.longitude, 180, "longitude", cx)?,
            name: optional(self.name, cx)?,
            address: optional(self.address, cx)?,
        })
    }
}

pub(super) fn optional(prompt: Option<Prompt>, cx: &Context<'_>) -> Result<String, Fault> {
    prompt.map_or_else(|| Ok(String::new()), |prompt| written(prompt, cx))
}

fn degrees(value: ValueExpr, most: i64, noun: &str, cx: &Context<'_>) -> Result<String, Fault> {
    let given = cx.value(value)?;
    match cx.typed(VarType::Decimal, given.clone()) {
        Ok(Value::Decimal(degrees)) if degrees.abs() <= Decimal::from(most) => Ok(degrees.normalize().to_string()),
        _ => Err(Fault::new("show.location", format!("the {noun} `{given}` is not from -{most} to {most}"))),
    }
}

/// An address of something to show: https, or a file beside the flow.
fn source(url: Template, cx: &Context<'_>) -> Result<String, Fault> {
    let url = cx.render(url)?.trim().to_owned();
    let is_far = url.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://")) && url.len() > 8;
    let is_near =
        !url.is_empty() && !url.starts_with('/') && !url.contains([':', '\\', '?', '#']) && !url.contains("..");
    address(url, is_far || is_near, "an https address or a file beside the flow")
}

/// An address that a link may lead to.
pub(super) fn link(url: Template, cx: &Context<'_>) -> Result<String, Fault> {
    let url = cx.render(url)?.trim().to_owned();
    let scheme = url.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    let is_known = matches!(scheme.as_deref(), Some("https" | "http" | "mailto" | "tel"));
    address(url, is_known, "an address that begins with https:, http:, mailto: or tel:")
}

fn address(url: String, fits: bool, wanted: &str) -> Result<String, Fault> {
    let is_clean = url.len() <= limits::ADDRESS_BYTES && !url.contains(|c: char| c.is_control() || c.is_whitespace());
    if fits && is_clean { Ok(url) } else { Err(Fault::new("show.address", format!("`{url}` is not {wanted}"))) }
}
