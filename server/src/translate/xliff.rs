//! XLIFF 2.1 (OASIS): one document a flow and locale, with one file element. A unit's name is the address of its text. What
//! stands between `{{ }}` and `{% %}` is an inline code with its original data, so that a tool protects it. A stale
//! translation has the state `initial` and the substate `offhook:stale`; what the translator gives any later state is
//! taken back.

use super::exchange::{Entry, Exchange};
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use quick_xml::reader::Reader;
use quick_xml::{Writer, XmlVersion};
use std::io::Cursor;

const NAMESPACE: &str = "urn:oasis:names:tc:xliff:document:2.0";

type Out = Writer<Cursor<Vec<u8>>>;

/// The document of a locale.
pub(crate) fn write(exchange: &Exchange) -> String {
    let mut out = Writer::new_with_indent(Cursor::new(Vec::new()), b' ', 2);
    put(&mut out, exchange).expect("writing to memory cannot fail");
    let mut text = String::from_utf8(out.into_inner().into_inner()).expect("XML is written from texts");
    text.push('\n');
    text
}

fn put(out: &mut Out, exchange: &Exchange) -> std::io::Result<()> {
    out.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let root = [
        ("xmlns", NAMESPACE),
        ("version", "2.1"),
        ("srcLang", exchange.source_locale.as_str()),
        ("trgLang", exchange.locale.as_str()),
    ];
    let file = [("id", "f1"), ("original", exchange.flow.as_str()), ("xml:space", "preserve")];
    out.create_element("xliff").with_attributes(root).write_inner_content(|out| {
        out.create_element("file").with_attributes(file).write_inner_content(|out| {
            exchange.entries.iter().enumerate().try_for_each(|(index, entry)| unit(out, index, entry))
        })?;
        Ok(())
    })?;
    Ok(())
}

fn unit(out: &mut Out, index: usize, entry: &Entry) -> std::io::Result<()> {
    let id = format!("u{}", index + 1);
    out.create_element("unit")
        .with_attributes([("id", id.as_str()), ("name", entry.id.as_str())])
        .write_inner_content(|out| {
            let notes = entry.notes.iter().map(|note| ("description", note));
            let place = entry.place.iter().map(|place| ("location", place));
            let previous = entry.previous.iter().map(|previous| ("previous-source", previous));
            let notes: Vec<_> = notes.chain(place).chain(previous).collect();
            if !notes.is_empty() {
                out.create_element("notes").write_inner_content(|out| {
                    notes.iter().try_for_each(|(category, text)| {
                        let note = out.create_element("note").with_attribute(("category", *category));
                        note.write_text_content(BytesText::new(text)).map(drop)
                    })
                })?;
            }
            let mut codes: Vec<&str> = Vec::new();
            let source = pieces(&entry.source, &mut codes, true);
            let target = entry.target.as_deref().map(|target| pieces(target, &mut codes, false));
            if !codes.is_empty() {
                out.create_element("originalData").write_inner_content(|out| {
                    codes.iter().enumerate().try_for_each(|(index, code)| {
                        let data =
                            out.create_element("data").with_attribute(("id", format!("d{}", index + 1).as_str()));
                        data.write_text_content(BytesText::new(code)).map(drop)
                    })
                })?;
            }
            let state = match (&entry.target, entry.needs_work) {
                (None, _) => vec![("state", "initial")],
                (Some(_), true) => vec![("state", "initial"), ("subState", "offhook:stale")],
                (Some(_), false) => vec![("state", "translated")],
            };
            out.create_element("segment").with_attributes(state).write_inner_content(|out| {
                content(out, "source", &source)?;
                target.as_ref().map_or(Ok(()), |target| content(out, "target", target))
            })?;
            Ok(())
        })?;
    Ok(())
}

enum Piece<'t> {
    Text(&'t str),
    /// The place of a code among the unit's.
    Code(usize),
}

/// A text cut at what a template computes. In a source every code is its own; a target refers to the source's.
fn pieces<'t>(text: &'t str, codes: &mut Vec<&'t str>, is_source: bool) -> Vec<Piece<'t>> {
    let mut found = Vec::new();
    let mut used: Vec<usize> = Vec::new();
    let mut rest = text;
    while let Some(open) = ["{{", "{%", "{#"].iter().filter_map(|mark| rest.find(mark)).min() {
        let close = match &rest[open..open + 2] {
            "{{" => "}}",
            "{%" => "%}",
            _ => "#}",
        };
        let Some(end) = rest[open..].find(close).map(|end| open + end + 2) else { break };
        if open > 0 {
            found.push(Piece::Text(&rest[..open]));
        }
        let code = &rest[open..end];
        let same = (0..codes.len()).find(|index| !is_source && codes[*index] == code && !used.contains(index));
        let index = same.unwrap_or_else(|| {
            codes.push(code);
            codes.len() - 1
        });
        used.push(index);
        found.push(Piece::Code(index));
        rest = &rest[end..];
    }
    if !rest.is_empty() {
        found.push(Piece::Text(rest));
    }
    found
}

/// Written in one line: within a text white space counts.
fn content(out: &mut Out, name: &str, pieces: &[Piece<'_>]) -> std::io::Result<()> {
    let mut inner = Writer::new(Vec::new());
    inner.write_event(Event::Start(BytesStart::new(name)))?;
    for piece in pieces {
        match piece {
            Piece::Text(text) => text_of(&mut inner, text)?,
            Piece::Code(index) => {
                let (id, data) = (format!("c{}", index + 1), format!("d{}", index + 1));
                let mut code = BytesStart::new("ph");
                code.push_attribute(("id", id.as_str()));
                code.push_attribute(("dataRef", data.as_str()));
                inner.write_event(Event::Empty(code))?;
            }
        }
    }
    inner.write_event(Event::End(BytesEnd::new(name)))?;
    let raw = String::from_utf8(inner.into_inner()).expect("XML is written from texts");
    // An element of which the writer knows nothing but its text keeps the indentation outside.
    out.write_indent()?;
    out.get_mut().get_mut().extend_from_slice(raw.as_bytes());
    let end = out.get_ref().get_ref().len() as u64;
    out.get_mut().set_position(end);
    Ok(())
}

fn text_of(out: &mut Writer<Vec<u8>>, text: &str) -> std::io::Result<()> {
    // A line break of another system would be read back as a plain one.
    for (index, part) in text.split('\r').enumerate() {
        if index > 0 {
            out.get_mut().extend_from_slice(b"&#13;");
        }
        out.write_event(Event::Text(BytesText::new(part)))?;
    }
    Ok(())
}

/// Where the reader is within a unit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum In {
    Nothing,
    Source,
    Target,
    Data,
    Note,
}

#[derive(Default)]
struct Reading {
    entry: Entry,
    data: Vec<(String, String)>,
    /// The state of each segment.
    states: Vec<String>,
    note: String,
}

/// Reads a document. Segments that a tool has made of one unit are joined again; marks of a tool within a text are passed over, their text stays.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn read(file: &str) -> Result<Exchange, String> {
    let mut exchange = Exchange::default();
    let mut reader = Reader::from_str(file);
    let mut unit: Option<Reading> = None;
    let mut place = In::Nothing;
    let mut files = 0;
    loop {
        let at = reader.buffer_position();
        let wrong = |what: String| format!("byte {at}: {what}");
        let event = reader.read_event().map_err(|error| wrong(error.to_string()))?;
        match event {
            Event::Eof => break,
            Event::DocType(_) => return Err(wrong("a document type has no place in XLIFF".to_owned())),
            Event::Start(ref start) | Event::Empty(ref start) => {
                let is_empty = matches!(event, Event::Empty(_));
                let name = local(start.name().as_ref());
                let attribute = |key: &str| attribute(start, key);
                match name.as_str() {
                    "xliff" => {
                        let version = attribute("version")?.unwrap_or_default();
                        if !version.starts_with("2.") {
                            return Err(format!("this is XLIFF {version:?}; only XLIFF 2 is read"));
                        }
                        exchange.source_locale = attribute("srcLang")?.unwrap_or_default();
                        exchange.locale = attribute("trgLang")?.ok_or("`trgLang` is missing")?;
                    }
                    "file" => {
                        files += 1;
                        exchange.flow = attribute("original")?.ok_or("a file does not say its `original`, the flow")?;
                    }
                    "unit" if !is_empty => {
                        let mut reading = Reading::default();
                        reading.entry.id =
                            attribute("name")?.ok_or_else(|| wrong("a unit has no `name`".to_owned()))?;
                        unit = Some(reading);
                    }
                    "segment" => {
                        let state = attribute("state")?.unwrap_or_else(|| "initial".to_owned());
                        if let Some(unit) = &mut unit {
                            unit.states.push(state);
                        }
                    }
                    "source" if !is_empty => place = In::Source,
                    "target" => {
                        if let Some(unit) = &mut unit {
                            unit.entry.target.get_or_insert_default();
                        }
                        place = if is_empty { In::Nothing } else { In::Target };
                    }
                    "data" if !is_empty => {
                        if let Some(unit) = &mut unit {
                            unit.data.push((attribute("id")?.unwrap_or_default(), String::new()));
                        }
                        place = In::Data;
                    }
                    "note" if !is_empty => {
                        place = if attribute("category")?.as_deref() == Some("previous-source") {
                            In::Note
                        } else {
                            In::Nothing
                        };
                    }
                    "ph" | "sc" | "ec" => {
                        let reference = attribute("dataRef")?.unwrap_or_default();
                        if let Some(unit) = &mut unit {
                            let data = unit.data.iter().find(|(id, _)| *id == reference).map(|(_, text)| text.clone());
                            let data =
                                data.ok_or_else(|| wrong(format!("an inline code without data `{reference}`")))?;
                            add(unit, place, &data);
                        }
                    }
                    "cp" => {
                        let hex = attribute("hex")?.unwrap_or_default();
                        let char = u32::from_str_radix(&hex, 16).ok().and_then(char::from_u32);
                        let char = char.ok_or_else(|| wrong(format!("`{hex}` is no character")))?;
                        if let Some(unit) = &mut unit {
                            add(unit, place, char.encode_utf8(&mut [0; 4]));
                        }
                    }
                    _ => {}
                }
            }
            Event::End(end) => match local(end.name().as_ref()).as_str() {
                "source" | "target" | "data" | "note" => place = In::Nothing,
                "unit" => {
                    if let Some(reading) = unit.take() {
                        exchange.entries.push(finish(reading));
                    }
                }
                _ => {}
            },
            Event::Text(text) => {
                let text = text.xml_content(XmlVersion::Implicit1_0);
                if let Some(unit) = &mut unit {
                    add(unit, place, &text);
                }
            }
            Event::CData(text) => {
                let text = text.xml_content(XmlVersion::Implicit1_0);
                if let Some(unit) = &mut unit {
                    add(unit, place, &text);
                }
            }
            Event::GeneralRef(reference) => {
                let text = resolve(&reference).map_err(wrong)?;
                if let Some(unit) = &mut unit {
                    add(unit, place, &text);
                }
            }
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
        }
    }
    match files {
        1 => Ok(exchange),
        0 => Err("the document has no file".to_owned()),
        _ => Err("the document has several files; each flow has a document of its own".to_owned()),
    }
}

fn resolve(reference: &quick_xml::events::BytesRef<'_>) -> Result<String, String> {
    if let Some(char) = reference.resolve_char_ref().map_err(|error| error.to_string())? {
        return Ok(char.to_string());
    }
    let name = reference.xml_content(XmlVersion::Implicit1_0);
    let known = quick_xml::escape::resolve_predefined_entity(&name).map(str::to_owned);
    known.ok_or_else(|| format!("the entity `&{name};` is unknown"))
}

fn add(unit: &mut Reading, place: In, text: &str) {
    match place {
        In::Nothing => {}
        In::Source => unit.entry.source.push_str(text),
        In::Target => unit.entry.target.get_or_insert_default().push_str(text),
        In::Data => {
            if let Some((_, data)) = unit.data.last_mut() {
                data.push_str(text);
            }
        }
        In::Note => unit.note.push_str(text),
    }
}

fn finish(reading: Reading) -> Entry {
    let Reading { mut entry, states, note, .. } = reading;
    // One segment that is not done leaves the whole unit undone.
    entry.needs_work = states.iter().any(|state| state == "initial");
    entry.target = entry.target.filter(|target| !target.is_empty());
    entry.previous = Some(note).filter(|note| !note.is_empty());
    if entry.target.is_none() {
        entry.needs_work = false;
    }
    entry
}

fn local(name: &str) -> String {
    name.rsplit(':').next().unwrap_or_default().to_owned()
}

fn attribute(start: &BytesStart<'_>, key: &str) -> Result<Option<String>, String> {
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        if attribute.key.as_ref() == key {
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| error.to_string())?;
            return Ok(Some(value.into_owned()));
        }
    }
    Ok(None)
}
