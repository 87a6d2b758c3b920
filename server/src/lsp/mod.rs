//! A language server for flows (Language Server Protocol 3.17): mistakes as one types, completion, help, going to nodes and flows,
//! renaming, an outline, the canonical form and remedies. `context` finds the cursor in what is no YAML yet, `shape` asks the schema
//! of this build, `project` keeps the workspace; what is a mistake is decided by `check`'s own code.
//!
//! It speaks on standard input and output alone, opens no port, and writes no file: edits are made by the editor.

mod completion;
mod context;
mod cursor;
mod edits;
mod hover;
mod navigate;
mod offers;
mod place;
mod project;
mod shape;
#[cfg(test)]
mod tests;
mod uri;

use completion::markdown;
use crossbeam_channel::RecvTimeoutError;
use cursor::is_flow;
use lsp_server::{Connection, ErrorCode, Message, Notification, ProtocolError, Request, RequestId, Response};
use lsp_types::{
    CodeActionParams, CodeActionProviderCapability, CompletionOptions, CompletionParams, Diagnostic,
    DiagnosticRelatedInformation, DiagnosticSeverity, DidChangeTextDocumentParams, DidCloseTextDocumentParams,
    DidOpenTextDocumentParams, DocumentFormattingParams, DocumentSymbolParams, GotoDefinitionParams, Hover,
    HoverContents, HoverParams, HoverProviderCapability, InitializeParams, Location, NumberOrString, OneOf, Position,
    PositionEncodingKind, PrepareRenameResponse, PublishDiagnosticsParams, ReferenceParams, RenameOptions,
    RenameParams, SaveOptions, ServerCapabilities, TextDocumentPositionParams, TextDocumentSyncCapability,
    TextDocumentSyncKind, TextDocumentSyncOptions, TextDocumentSyncSaveOptions, Uri,
};
use offhook_flow_schemas::Severity;
use offhook_runtime::Catalog;
use place::Encoding;
use project::{Project, uri_of};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long nobody must have typed before a workspace is checked: less than what one notices, more than between two keys.
const QUIET: Duration = Duration::from_millis(200);

/// Completions of one answer; a list that is longer helps nobody.
const COMPLETIONS: usize = 1_000;

/// Why the server stopped.
#[derive(Debug, thiserror::Error)]
pub enum LspError {
    /// The other side broke the protocol.
    #[error("the editor broke the protocol: {0}")]
    Protocol(#[from] ProtocolError),
    /// Standard input or output failed.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// Serves an editor on standard input and output until it says that it goes.
pub fn serve(catalog: Arc<Catalog>) -> Result<(), LspError> {
    let (connection, threads) = Connection::stdio();
    let served = run(&connection, catalog);
    drop(connection);
    served?;
    threads.join()?;
    Ok(())
}

/// Serves an editor at the other end of a connection.
pub fn run(connection: &Connection, catalog: Arc<Catalog>) -> Result<(), LspError> {
    let (id, params) = connection.initialize_start()?;
    let params: InitializeParams = serde_json::from_value(params).unwrap_or_default();
    let offered = params.capabilities.general.as_ref().and_then(|general| general.position_encodings.as_ref());
    let encoding = match offered {
        Some(offered) if offered.contains(&PositionEncodingKind::UTF8) => Encoding::Utf8,
        _ => Encoding::Utf16,
    };
    let folders = params.workspace_folders.iter().flatten().map(|folder| &folder.uri);
    #[expect(deprecated, reason = "older clients know nothing newer")]
    let root = params.root_uri.as_ref().filter(|_| params.workspace_folders.is_none());
    let roots: Vec<PathBuf> = folders.chain(root).filter_map(uri::path).collect();
    let result = serde_json::json!({
        "capabilities": capabilities(encoding),
        "serverInfo": { "name": "offhook", "version": env!("CARGO_PKG_VERSION") }
    });
    connection.initialize_finish(id, result)?;
    let mut server =
        Server { connection, encoding, project: Project::new(catalog, roots), told: BTreeSet::new(), due: None };
    server.due = Some(Instant::now());
    server.serve()
}

fn capabilities(encoding: Encoding) -> ServerCapabilities {
    ServerCapabilities {
        position_encoding: Some(match encoding {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
        }),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::FULL),
            save: Some(TextDocumentSyncSaveOptions::SaveOptions(SaveOptions { include_text: Some(false) })),
            ..TextDocumentSyncOptions::default()
        })),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some(vec![" ".to_owned(), "/".to_owned(), ".".to_owned()]),
            ..CompletionOptions::default()
        }),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        definition_provider: Some(OneOf::Left(true)),
        references_provider: Some(OneOf::Left(true)),
        rename_provider: Some(OneOf::Right(RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: Default::default(),
        })),
        document_symbol_provider: Some(OneOf::Left(true)),
        document_formatting_provider: Some(OneOf::Left(true)),
        code_action_provider: Some(CodeActionProviderCapability::Simple(true)),
        ..ServerCapabilities::default()
    }
}

struct Server<'c> {
    connection: &'c Connection,
    encoding: Encoding,
    project: Project,
    /// The files of which the editor was told something.
    told: BTreeSet<String>,
    /// When the workspace is to be checked.
    due: Option<Instant>,
}

/// An answer: a value, or a sentence for the person at the editor.
type Answer = Result<Json, String>;

fn json(value: impl Serialize) -> Answer {
    serde_json::to_value(value).map_err(|error| error.to_string())
}

impl Server<'_> {
    fn serve(&mut self) -> Result<(), LspError> {
        loop {
            let message = match self.due {
                None => self.connection.receiver.recv().ok(),
                Some(due) => {
                    match self.connection.receiver.recv_timeout(due.saturating_duration_since(Instant::now())) {
                        Ok(message) => Some(message),
                        Err(RecvTimeoutError::Timeout) => {
                            self.due = None;
                            self.publish();
                            continue;
                        }
                        Err(RecvTimeoutError::Disconnected) => None,
                    }
                }
            };
            match message {
                None => return Ok(()),
                Some(Message::Request(request)) => {
                    if self.connection.handle_shutdown(&request)? {
                        return Ok(());
                    }
                    self.answer(request);
                }
                Some(Message::Notification(notification)) => self.hear(notification),
                // Nothing is ever asked of the editor.
                Some(Message::Response(_)) => {}
            }
        }
    }

    fn send(&self, message: Message) {
        // An editor that has gone is noticed when nothing more comes from it.
        let _ = self.connection.sender.send(message);
    }

    // ---- what the editor tells ------------------------------------------------------------------------------------

    fn hear(&mut self, notification: Notification) {
        let Notification { method, params } = notification;
        match method.as_str() {
            "textDocument/didOpen" => {
                if let Some(params) = read::<DidOpenTextDocumentParams>(params) {
                    self.change(&params.text_document.uri, Some(params.text_document.text), Duration::ZERO);
                }
            }
            "textDocument/didChange" => {
                if let Some(params) = read::<DidChangeTextDocumentParams>(params)
                    && let Some(change) = params.content_changes.into_iter().next_back()
                {
                    self.change(&params.text_document.uri, Some(change.text), QUIET);
                }
            }
            "textDocument/didClose" => {
                if let Some(params) = read::<DidCloseTextDocumentParams>(params) {
                    self.change(&params.text_document.uri, None, QUIET);
                }
            }
            "textDocument/didSave" | "workspace/didChangeWatchedFiles" => {
                self.project.forget();
                self.due = Some(Instant::now() + QUIET);
            }
            _ => {}
        }
    }

    fn change(&mut self, uri: &Uri, text: Option<String>, wait: Duration) {
        let Some(path) = uri::path(uri) else { return };
        match text {
            Some(text) => drop(self.project.buffers.insert(path, text)),
            None => drop(self.project.buffers.remove(&path)),
        }
        self.project.forget();
        self.due = Some(Instant::now() + wait);
    }

    // ---- what the editor asks -------------------------------------------------------------------------------------

    fn answer(&mut self, request: Request) {
        let Request { id, method, params } = request;
        let answer = match method.as_str() {
            "textDocument/completion" => self.asked(params, |server, params: CompletionParams| {
                let (path, text, position) = server.place(&params.text_document_position)?;
                let byte = server.encoding.byte(&text, position);
                let mut items = match is_flow(&path) {
                    true => completion::completion(server.project.read(), &path, &text, byte, server.encoding),
                    false => Vec::new(),
                };
                items.truncate(COMPLETIONS);
                json(items)
            }),
            "textDocument/hover" => self.asked(params, |server, params: HoverParams| {
                let (path, text, position) = server.place(&params.text_document_position_params)?;
                let (encoding, is_flow) = (server.encoding, is_flow(&path));
                let help = hover::hover(server.project.read(), &path, &text, position, encoding, is_flow);
                json(help.map(|help| Hover { contents: HoverContents::Markup(markdown(help)), range: None }))
            }),
            "textDocument/definition" => self.asked(params, |server, params: GotoDefinitionParams| {
                let (path, text, position) = server.place(&params.text_document_position_params)?;
                let byte = server.encoding.byte(&text, position);
                json(navigate::definition(&mut server.project, &path, byte, server.encoding))
            }),
            "textDocument/references" => self.asked(params, |server, params: ReferenceParams| {
                let (path, text, position) = server.place(&params.text_document_position)?;
                let byte = server.encoding.byte(&text, position);
                let with_definition = params.context.include_declaration;
                json(navigate::all_references(&mut server.project, &path, byte, with_definition, server.encoding))
            }),
            "textDocument/prepareRename" => self.asked(params, |server, params: TextDocumentPositionParams| {
                let (path, text, position) = server.place(&params)?;
                let byte = server.encoding.byte(&text, position);
                let found = navigate::renameable(&mut server.project, &path, byte, server.encoding);
                json(
                    found
                        .map(|(range, placeholder)| PrepareRenameResponse::RangeWithPlaceholder { range, placeholder }),
                )
            }),
            "textDocument/rename" => self.asked(params, |server, params: RenameParams| {
                let (path, text, position) = server.place(&params.text_document_position)?;
                let byte = server.encoding.byte(&text, position);
                json(navigate::rename(&mut server.project, &path, byte, &params.new_name, server.encoding)?)
            }),
            "textDocument/documentSymbol" => self.asked(params, |server, params: DocumentSymbolParams| {
                let (path, text) = server.document(&params.text_document.uri)?;
                json(match is_flow(&path) {
                    true => offers::symbols(&path, &text, server.encoding),
                    false => Vec::new(),
                })
            }),
            "textDocument/formatting" => self.asked(params, |server, params: DocumentFormattingParams| {
                let (path, text) = server.document(&params.text_document.uri)?;
                json(offers::formatting(&path, &text, server.encoding)?)
            }),
            "textDocument/codeAction" => self.asked(params, |server, params: CodeActionParams| {
                let uri = &params.text_document.uri;
                let (path, text) = server.document(uri)?;
                json(offers::actions(&mut server.project, &path, &text, uri, params.range, server.encoding))
            }),
            other => {
                let message = format!("there is no `{other}` here");
                return self.send(Response::new_err(id, ErrorCode::MethodNotFound as i32, message).into());
            }
        };
        self.reply(id, answer);
    }

    fn asked<P: DeserializeOwned>(&mut self, params: Json, work: impl FnOnce(&mut Self, P) -> Answer) -> Answer {
        let params = serde_json::from_value(params).map_err(|error| format!("the request cannot be read: {error}"))?;
        work(self, params)
    }

    fn reply(&self, id: RequestId, answer: Answer) {
        let response = match answer {
            Ok(value) => Response::new_ok(id, value),
            Err(message) => Response::new_err(id, ErrorCode::RequestFailed as i32, message),
        };
        self.send(response.into());
    }

    fn document(&self, uri: &Uri) -> Result<(PathBuf, String), String> {
        let path = uri::path(uri).ok_or_else(|| format!("{} is no file of this machine", uri.as_str()))?;
        let text = self.project.text(&path).ok_or_else(|| format!("{} cannot be read", path.display()))?;
        Ok((path, text))
    }

    fn place(&self, at: &TextDocumentPositionParams) -> Result<(PathBuf, String, Position), String> {
        let (path, text) = self.document(&at.text_document.uri)?;
        Ok((path, text, at.position))
    }

    // ---- mistakes -------------------------------------------------------------------------------------------------

    fn publish(&mut self) {
        let mut by_file: BTreeMap<String, Vec<Diagnostic>> = BTreeMap::new();
        let found = self.project.read().diagnostics.clone();
        let mut texts: BTreeMap<String, String> = BTreeMap::new();
        for diagnostic in &found {
            let text = texts
                .entry(diagnostic.file.clone())
                .or_insert_with(|| self.project.text(Path::new(&diagnostic.file)).unwrap_or_default());
            let shown = self.shown(diagnostic, text);
            by_file.entry(diagnostic.file.clone()).or_default().push(shown);
        }
        let now: BTreeSet<String> = by_file.keys().cloned().collect();
        let open = self.project.buffers.keys().map(|path| path.display().to_string());
        let silent: BTreeSet<String> = self.told.union(&open.collect()).cloned().collect();
        for file in silent.difference(&now) {
            by_file.entry(file.clone()).or_default();
        }
        self.told = now;
        for (file, diagnostics) in by_file {
            if let Some(uri) = uri_of(&file) {
                let params = PublishDiagnosticsParams { uri, diagnostics, version: None };
                let method = "textDocument/publishDiagnostics".to_owned();
                self.send(Notification::new(method, params).into());
            }
        }
    }

    fn shown(&self, diagnostic: &offhook_flow_schemas::Diagnostic, text: &str) -> Diagnostic {
        let message = match &diagnostic.remedy {
            Some(remedy) => format!("{}\n{remedy}", diagnostic.message),
            None => diagnostic.message.clone(),
        };
        let related = diagnostic.related.iter().filter_map(|related| {
            let text = self.project.text(Path::new(&related.file))?;
            let mut place = diagnostic.clone();
            (place.line, place.column) = (related.line, related.column);
            (place.end_line, place.end_column) = (related.end_line, related.end_column);
            let range = self.encoding.of(&text, &place);
            let location = Location { uri: uri_of(&related.file)?, range };
            Some(DiagnosticRelatedInformation { location, message: related.message.clone() })
        });
        let related: Vec<_> = related.collect();
        Diagnostic {
            range: self.encoding.of(text, diagnostic),
            severity: Some(match diagnostic.severity {
                Severity::Error => DiagnosticSeverity::ERROR,
                Severity::Warning => DiagnosticSeverity::WARNING,
                Severity::Hint => DiagnosticSeverity::HINT,
            }),
            code: diagnostic.code.explanation().map(|row| NumberOrString::String(row.code.to_string())),
            source: Some("offhook".to_owned()),
            message,
            related_information: (!related.is_empty()).then_some(related),
            ..Diagnostic::default()
        }
    }
}

fn read<P: DeserializeOwned>(params: Json) -> Option<P> {
    serde_json::from_value(params).ok()
}
