//! Files beside flows through the editor's API: they lie in the folder of flows, and what is written there is used at once.

use super::documents::{on_disk, unwritable};
use super::house::{StoreHouse, failed};
use crate::folder::{self, Asset, Op, limits};
use async_trait::async_trait;
use axum::body::Bytes;
use offhook_editor_api::{AssetHead, AssetKind, AssetList, Assets, Condition, HouseError, SavedAsset, StaleFile};
use offhook_flow_schemas::Diagnostic;
use std::io;

fn head(asset: &Asset) -> AssetHead {
    AssetHead {
        path: asset.path.clone(),
        kind: match asset.kind {
            folder::AssetKind::Table => AssetKind::Table,
            folder::AssetKind::NodeType => AssetKind::NodeType,
            folder::AssetKind::Media => AssetKind::Media,
        },
        media_type: asset.media_type.to_owned(),
        etag: asset.etag.clone(),
        bytes: asset.bytes,
    }
}

fn no_file(path: &str) -> HouseError {
    HouseError::NotFound(format!("file `{path}` beside flows"))
}

/// The type itself, without its parameters (RFC 9110 §8.3.1).
fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether the sender means what the name says. Who does not know sends octets.
fn may_be(said: Option<&str>, expected: &str) -> bool {
    said.is_none_or(|said| {
        let said = essence(said);
        said == "application/octet-stream" || said == essence(expected)
    })
}

fn stale(path: &str, now: Option<&Asset>) -> HouseError {
    let files = vec![StaleFile { part: Some(path.to_owned()), etag: now.map(|asset| asset.etag.clone()) }];
    HouseError::Stale { why: format!("not the version that this is based on: {path}"), files }
}

impl StoreHouse {
    async fn asset_now(&self, path: &str) -> Result<Option<Asset>, HouseError> {
        let (root, path) = (self.root(), path.to_owned());
        on_disk(move || folder::asset(&root, &path)).await?.map_err(failed)
    }

    /// What a file that is read as a whole has wrong with it.
    fn found_in(&self, path: &str) -> Vec<Diagnostic> {
        let name = self.root().join(path).display().to_string();
        let serving = self.host().library().serving();
        let found = serving.diagnostics.iter().filter(|found| found.file == name).cloned();
        let named = found.map(|mut found| {
            path.clone_into(&mut found.file);
            found
        });
        named.collect()
    }

    /// Sound and pictures are looked at when they are played or shown; the rest is read now.
    async fn change(&self, kind: folder::AssetKind, op: Op) -> Result<(), HouseError> {
        if kind != folder::AssetKind::Media {
            return self.write(vec![op]).await;
        }
        let root = self.root();
        on_disk(move || folder::apply(&root, &[op])).await?.map_err(|error| unwritable(&error))
    }
}

#[async_trait]
impl Assets for StoreHouse {
    async fn assets(&self) -> Result<AssetList, HouseError> {
        let root = self.root();
        let all = on_disk(move || if root.is_dir() { folder::assets(&root) } else { Ok(Vec::new()) });
        let assets = all.await?.map_err(failed)?.iter().map(head).collect();
        Ok(AssetList { editing: self.editing(), assets })
    }

    async fn asset(&self, path: &str) -> Result<AssetHead, HouseError> {
        self.asset_now(path).await?.as_ref().map(head).ok_or_else(|| no_file(path))
    }

    async fn asset_bytes(&self, path: &str) -> Result<(AssetHead, Vec<u8>), HouseError> {
        let (kind, media_type) = folder::asset_kind(path).ok_or_else(|| no_file(path))?;
        let (root, name) = (self.root(), path.to_owned());
        let read = on_disk(move || folder::asset_bytes(&root, &name)).await?;
        let bytes = read.map_err(|error| match error.kind() {
            io::ErrorKind::FileTooLarge => HouseError::Conflict(error.to_string()),
            _ => failed(error),
        })?;
        let bytes = bytes.ok_or_else(|| no_file(path))?;
        let (size, etag) = (bytes.len() as u64, folder::etag(&bytes));
        let asset = Asset { path: path.to_owned(), kind, media_type, bytes: size, etag };
        Ok((head(&asset), bytes))
    }

    async fn save_asset(
        &self,
        path: &str,
        media_type: Option<&str>,
        bytes: Bytes,
        condition: Condition,
    ) -> Result<SavedAsset, HouseError> {
        self.may_edit()?;
        let (kind, expected) = folder::asset_kind(path)
            .ok_or_else(|| HouseError::Senseless(format!("`{path:.100}` is no path of a file beside flows")))?;
        if !may_be(media_type, expected) {
            return Err(HouseError::OtherType(format!(
                "`{path}` is sent as {expected}, or as application/octet-stream"
            )));
        }
        let size = bytes.len() as u64;
        if size > kind.limit() {
            return Err(HouseError::TooLarge(folder::too_large(path, kind)));
        }
        if !folder::is_of_type(expected, &bytes) {
            return Err(HouseError::Senseless(format!("`{path}` does not begin as {} does", essence(expected))));
        }
        let _alone = self.saving.lock().await;
        let now = self.asset_now(path).await?;
        if !condition.holds(now.as_ref().map(|asset| asset.etag.as_str())) {
            return Err(stale(path, now.as_ref()));
        }
        let etag = folder::etag(&bytes);
        if now.is_none_or(|now| now.etag != etag) {
            self.has_room(path, size).await?;
            self.change(kind, Op::Put(path.into(), bytes.into())).await?;
        }
        let asset = Asset { path: path.to_owned(), kind, media_type: expected, bytes: size, etag };
        Ok(SavedAsset { asset: head(&asset), diagnostics: self.found_in(path) })
    }

    async fn remove_asset(&self, path: &str, condition: Condition) -> Result<(), HouseError> {
        self.may_edit()?;
        let _alone = self.saving.lock().await;
        let now = self.asset_now(path).await?.ok_or_else(|| no_file(path))?;
        if !condition.holds(Some(&now.etag)) {
            return Err(stale(path, Some(&now)));
        }
        self.change(now.kind, Op::Remove(path.into())).await
    }
}

impl StoreHouse {
    /// Whether the folder takes one more, by number and by bytes.
    async fn has_room(&self, path: &str, size: u64) -> Result<(), HouseError> {
        let root = self.root();
        let known = on_disk(move || folder::asset_sizes(&root)).await?.map_err(failed)?;
        let others = known.iter().filter(|(other, _)| other != path);
        let (count, bytes) = others.fold((1, size), |(count, bytes), (_, size)| (count + 1, bytes + size));
        if count > limits::ASSETS {
            let why = format!("there are {} files beside flows, and no more are taken", limits::ASSETS);
            return Err(HouseError::Conflict(why));
        }
        if bytes > limits::ALL_ASSETS_BYTES {
            let why =
                format!("the files beside flows would have more than {} bytes together", limits::ALL_ASSETS_BYTES);
            return Err(HouseError::Conflict(why));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_does_not_know_the_type_may_say_so_and_who_says_another_is_wrong() {
        for (said, expected, may) in [
            (None, "audio/wav", true),
            (Some("application/octet-stream"), "audio/wav", true),
            (Some("Audio/WAV"), "audio/wav", true),
            (Some("text/csv; header=present"), "text/csv; charset=utf-8", true),
            (Some("audio/mpeg"), "audio/wav", false),
            (Some(""), "audio/wav", false),
        ] {
            assert_eq!(may_be(said, expected), may, "{said:?} {expected}");
        }
    }
}
