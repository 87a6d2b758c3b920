//! Asking a server that runs, through its API.

use super::{FAILED, FOUND, Stop, USAGE, World};
use offhook_editor_api::Problem;
use reqwest::{Method, RequestBuilder, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// How long the server may take: publishing compiles the flow and waits for the disk.
const PATIENCE: Duration = Duration::from_secs(60);

/// Bytes of an answer: a whole flow in all its locales, as JSON.
const ANSWER_BYTES: usize = 256 << 20;

/// A server that is asked.
pub(super) struct Client {
    base: Url,
    token: Option<String>,
    http: reqwest::Client,
    runtime: tokio::runtime::Runtime,
}

/// What it says.
pub(super) struct Answer {
    pub status: StatusCode,
    pub bytes: Vec<u8>,
}

impl Client {
    /// The server at this address, or at that of the configuration, whose token is taken unless another is given.
    pub fn new(world: &World, server: Option<&str>, token: Option<&str>) -> Result<Client, Stop> {
        let config = world.config(Vec::new())?;
        let base = server.map_or_else(|| format!("http://{}", config.server.bind), str::to_owned);
        let wrong = |error: &dyn std::fmt::Display| Stop::new(USAGE, format!("--server {base}: {error}"));
        let url = Url::parse(&base).map_err(|error| wrong(&error))?;
        if url.cannot_be_a_base() || !matches!(url.scheme(), "http" | "https") {
            return Err(wrong(&"this is no address of a server"));
        }
        let of_config = config.server.api_token.as_ref().map(|token| token.reveal().to_owned());
        let token = token.map(str::to_owned).or(of_config);
        let runtime = tokio::runtime::Runtime::new().map_err(|error| Stop::new(FAILED, error.to_string()))?;
        let http = reqwest::Client::builder().timeout(PATIENCE).build();
        let http = http.map_err(|error| Stop::new(FAILED, error.to_string()))?;
        Ok(Client { base: url, token, http, runtime })
    }

    /// The server's address.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// Sends a request to `/api/v1/…` and takes whatever comes back.
    pub fn send(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, String)],
        headers: &[(&'static str, &str)],
        body: Option<&impl Serialize>,
    ) -> Result<Answer, Stop> {
        let request = self.request(method, path, query, headers)?;
        self.exchange(match body {
            Some(body) => request.json(body),
            None => request,
        })
    }

    /// Sends bytes as they are.
    pub fn send_bytes(
        &self,
        method: Method,
        path: &[&str],
        headers: &[(&'static str, &str)],
        body: Vec<u8>,
    ) -> Result<Answer, Stop> {
        self.exchange(self.request(method, path, &[], headers)?.body(body))
    }

    fn request(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, String)],
        headers: &[(&'static str, &str)],
    ) -> Result<RequestBuilder, Stop> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| Stop::new(USAGE, format!("{}: this is no address of a server", self.base)))?
            .pop_if_empty()
            .extend(["api", "v1"])
            .extend(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut request = self.http.request(method, url);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Ok(request)
    }

    fn exchange(&self, request: RequestBuilder) -> Result<Answer, Stop> {
        let unreachable =
            |error: reqwest::Error| Stop::new(FAILED, format!("the server at {} does not answer: {error}", self.base));
        self.runtime.block_on(async {
            let mut response = request.send().await.map_err(unreachable)?;
            let (status, mut bytes) = (response.status(), Vec::new());
            while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
                bytes.extend_from_slice(&chunk);
                if bytes.len() > ANSWER_BYTES {
                    return Err(Stop::new(FAILED, format!("the server at {} answers too much", self.base)));
                }
            }
            Ok(Answer { status, bytes })
        })
    }

    /// Sends a request that must succeed.
    pub fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, String)],
        body: Option<&impl Serialize>,
    ) -> Result<T, Stop> {
        self.read(&self.send(method, path, query, &[], body)?)
    }

    /// What an answer says, when it is a success.
    pub fn read<T: DeserializeOwned>(&self, answer: &Answer) -> Result<T, Stop> {
        if !answer.status.is_success() {
            return Err(self.refused(answer));
        }
        serde_json::from_slice(&answer.bytes)
            .map_err(|error| Stop::new(FAILED, format!("the server at {} answers something else: {error}", self.base)))
    }

    /// Why a request was refused.
    pub fn refused(&self, answer: &Answer) -> Stop {
        let why = serde_json::from_slice::<Problem>(&answer.bytes).map(|problem| problem.detail);
        let why = why.unwrap_or_else(|_| format!("the server at {} answers {}", self.base, answer.status));
        // What is wrong with the flow is found by the command; what is wrong with the address is not.
        let code = if matches!(answer.status, StatusCode::CONFLICT | StatusCode::NOT_FOUND) { FOUND } else { FAILED };
        Stop::new(code, why)
    }
}
