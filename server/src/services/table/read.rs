//! Reading a table: CSV (RFC 4180) in UTF-8, a row of column names first. A name may say a type, `price:decimal`; without
//! one a column holds texts. An empty cell of a typed column is nothing.

use super::super::limits;
use super::Table;
use offhook_flow_schemas::{Code, Diagnostic, Source, Span, VarType};
use offhook_runtime::{Value, types};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The tables of a folder of flows, by name: every `tables/NAME.csv`.
pub(super) fn files(flows: &Path) -> Vec<(String, PathBuf)> {
    let Ok(entries) = std::fs::read_dir(flows.join("tables")) else { return Vec::new() };
    let mut files: Vec<(String, PathBuf)> = entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let name = path.file_name()?.to_str()?.strip_suffix(".csv")?.to_owned();
            (!name.starts_with('.')).then_some((name, path))
        })
        .take(limits::TABLES)
        .collect();
    files.sort();
    files
}

fn whole(path: &Path, message: impl Into<String>) -> Vec<Diagnostic> {
    let mut diagnostic = Diagnostic::new(Code::BAD_TABLE, message);
    diagnostic.file = path.display().to_string();
    (diagnostic.line, diagnostic.column) = (1, 1);
    vec![diagnostic]
}

/// Reads a file; every mistake is told at its place.
pub(super) fn table(path: &Path) -> Result<Table, Vec<Diagnostic>> {
    let size = std::fs::metadata(path).map(|meta| meta.len()).unwrap_or_default();
    if size > limits::TABLE_BYTES {
        return Err(whole(path, format!("the table is larger than {} bytes", limits::TABLE_BYTES)));
    }
    let text = std::fs::read(path).map_err(|error| whole(path, error.to_string()))?;
    let text = String::from_utf8(text).map_err(|_| whole(path, "the table is not in UTF-8"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Reader { source: Source::new(path.display().to_string(), text), found: Vec::new() }.read()
}

struct Reader {
    source: Source,
    found: Vec<Diagnostic>,
}

impl Reader {
    /// Tells of a field of a row, or of the row.
    fn tell(&mut self, row: &csv::StringRecord, field: Option<usize>, message: String) {
        let start = row.position().map_or(0, |at| usize::try_from(at.byte()).unwrap_or_default());
        // The reader names the end of the row before; a line break may stand between.
        let rest = self.source.text.get(start..).unwrap_or_default();
        let start = start + (rest.len() - rest.trim_start_matches(['\r', '\n']).len());
        let span = field_span(&self.source.text, start, field.unwrap_or_default());
        self.found.push(Diagnostic::new(Code::BAD_TABLE, message).at(&self.source, span));
    }

    fn read(mut self) -> Result<Table, Vec<Diagnostic>> {
        let text = self.source.text.clone();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        let mut table = Table::default();
        let mut row = csv::StringRecord::new();
        loop {
            match reader.read_record(&mut row) {
                Ok(false) => break,
                Ok(true) if table.columns.is_empty() => table.columns = self.columns(&row),
                Ok(true) => {
                    if let Some(values) = self.row(&row, &table.columns) {
                        table.rows.push(values);
                    }
                }
                Err(error) => {
                    self.tell(&row, None, error.to_string());
                    break;
                }
            }
            if self.found.len() >= limits::TABLE_PROBLEMS {
                break;
            }
            if table.rows.len() > limits::TABLE_ROWS {
                self.tell(&row, None, format!("a table has {} rows at most", limits::TABLE_ROWS));
                break;
            }
        }
        if table.columns.is_empty() && self.found.is_empty() {
            self.tell(&row, None, "the row of column names is missing".into());
        }
        if self.found.is_empty() { Ok(table) } else { Err(self.found) }
    }

    fn columns(&mut self, row: &csv::StringRecord) -> Vec<(Arc<str>, VarType)> {
        let mut columns: Vec<(Arc<str>, VarType)> = Vec::new();
        if row.len() > limits::TABLE_COLUMNS {
            self.tell(row, None, format!("a table has {} columns at most", limits::TABLE_COLUMNS));
        }
        for (place, field) in row.iter().enumerate() {
            let (name, word) = field.split_once(':').unwrap_or((field, "string"));
            let (name, word) = (name.trim(), word.trim());
            let kind = match VarType::from_word(word) {
                Some(VarType::List | VarType::Map | VarType::Object) => {
                    self.tell(row, Some(place), format!("a cell cannot hold a `{word}`"));
                    VarType::String
                }
                Some(kind) => kind,
                None => {
                    self.tell(row, Some(place), format!("there is no type `{word}`"));
                    VarType::String
                }
            };
            if name.is_empty() {
                self.tell(row, Some(place), "a column has no name".into());
            } else if columns.iter().any(|(known, _)| **known == *name) {
                self.tell(row, Some(place), format!("two columns are called `{name}`"));
            }
            columns.push((name.into(), kind));
        }
        columns
    }

    fn row(&mut self, row: &csv::StringRecord, columns: &[(Arc<str>, VarType)]) -> Option<Vec<Value>> {
        if row.len() != columns.len() {
            let fields = if row.len() == 1 { "1 field".to_owned() } else { format!("{} fields", row.len()) };
            self.tell(row, None, format!("the row has {fields}, not {}", columns.len()));
            return None;
        }
        let mut values = Vec::with_capacity(columns.len());
        for (place, (cell, (name, kind))) in row.iter().zip(columns).enumerate() {
            values.push(match kind {
                VarType::String | VarType::Any => Value::text(cell),
                _ if cell.trim().is_empty() => Value::Null,
                kind => match types::form(Value::text(cell), *kind) {
                    Ok(value) => value,
                    Err(why) => {
                        self.tell(row, Some(place), format!("the column {name}: {why}"));
                        return None;
                    }
                },
            });
        }
        Some(values)
    }
}

/// Where a field of the row stands that begins at `start`.
fn field_span(text: &str, start: usize, field: usize) -> Span {
    let (mut place, mut begin, mut quoted) = (0, start, false);
    for (at, c) in text.get(start..).unwrap_or_default().char_indices() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => {
                if place == field {
                    return Span::new(begin, start + at);
                }
                place += 1;
                begin = start + at + 1;
            }
            '\r' | '\n' if !quoted => return Span::new(begin, start + at),
            _ => {}
        }
    }
    Span::new(begin, text.len())
}
