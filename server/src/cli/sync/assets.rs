//! Files beside flows on both sides: data tables, own node types, sound and pictures. Each is taken as a whole. What both sides changed is merged only
//! where it is text and no line was changed twice; everything else stays as it is on both sides until somebody says whose it shall be.
//!
//! What a flow needs comes before the flow, and goes after it: so the side that gets it is never without.

use super::super::client::{Answer, Client};
use super::super::{FAILED, Stop};
use super::compare::{Deal, deal, parts};
use super::state::{Bases, Tags};
use super::{Deed, SyncArgs, Told, Way};
use crate::folder::{self, Asset, AssetKind, Op, asset_kind, etag};
use offhook_editor_api::AssetList;
use offhook_flow_schemas::merge::lines;
use reqwest::{Method, StatusCode};
use std::collections::BTreeMap;
use std::path::Path;

/// The length of conflict markers; what has them is not written.
const MARKERS: usize = 7;

/// The files of both sides.
pub(super) struct Assets<'a> {
    client: &'a Client,
    args: &'a SyncArgs,
    way: Way,
    here: BTreeMap<String, Asset>,
    there: Tags,
    deals: BTreeMap<String, Deal>,
}

impl<'a> Assets<'a> {
    /// Looks at both sides. With `--flow` only flows are meant.
    pub fn new(client: &'a Client, args: &'a SyncArgs, way: Way, bases: &mut Bases) -> Result<Assets<'a>, Stop> {
        let mut found = Assets { client, args, way, here: BTreeMap::new(), there: Tags::new(), deals: BTreeMap::new() };
        if !args.flows.is_empty() {
            return Ok(found);
        }
        let here = folder::assets(&args.folder).map_err(|error| Stop::io(&args.folder, &error))?;
        found.here = here.into_iter().map(|asset| (asset.path.clone(), asset)).collect();
        let there: AssetList = client.ask(Method::GET, &["assets"], &[], None::<&()>)?;
        for head in there.assets {
            if asset_kind(&head.path).is_none() {
                let why = format!("the server names a file `{}` that no folder of flows has", head.path);
                return Err(Stop::new(FAILED, why));
            }
            found.there.insert(head.path, head.etag);
        }
        let ours = found.here.iter().map(|(path, asset)| (path.clone(), asset.etag.clone())).collect();
        let base = bases.assets();
        let mut agreed = false;
        for path in parts([&base, &ours, &found.there]) {
            let (tag, other) = (ours.get(&path), found.there.get(&path));
            let mut deal = deal(base.get(&path), tag, other);
            if deal == Deal::Agreed && base.get(&path) != tag {
                found.settle(bases, &path, tag.cloned())?;
                agreed = true;
            }
            if deal == Deal::Conflict && way != Way::Push && args.theirs.contains(&path) {
                deal = Deal::Take;
            } else if deal == Deal::Conflict && way != Way::Pull && args.ours.contains(&path) {
                deal = Deal::Give;
            }
            found.deals.insert(path, deal);
        }
        if agreed {
            found.apply(bases, None)?;
        }
        Ok(found)
    }

    /// What the folder gets, but for what goes.
    pub fn take(&mut self, bases: &mut Bases, told: &mut Vec<Told>) -> Result<(), Stop> {
        if self.way == Way::Push {
            return Ok(());
        }
        for (path, deal) in self.deals.clone() {
            match deal {
                Deal::Take => {
                    if self.fetch(bases, &path, told)? {
                        told.push(Told::file(Deed::Pulled, &path, None));
                    }
                }
                Deal::KeepThere => {
                    if self.fetch(bases, &path, told)? {
                        let why = "it was removed here and changed there; it is here again";
                        told.push(Told::file(Deed::Kept, &path, Some(why)));
                    }
                }
                Deal::KeepHere => {
                    self.agree(bases, &path, None)?;
                    let why = "it was removed there and changed here; the next push makes it anew";
                    told.push(Told::file(Deed::Kept, &path, Some(why)));
                }
                Deal::Conflict => self.merge(bases, &path, told)?,
                Deal::Agreed | Deal::Give | Deal::DropHere | Deal::DropThere => {}
            }
        }
        Ok(())
    }

    /// What the server gets, but for what goes.
    pub fn give(&mut self, bases: &mut Bases, told: &mut Vec<Told>) -> Result<(), Stop> {
        for (path, deal) in self.deals.clone() {
            match deal {
                Deal::Give if self.way != Way::Pull => self.send(bases, &path, told)?,
                Deal::Conflict | Deal::KeepHere | Deal::KeepThere if self.way == Way::Push => {
                    let why = "it was changed there, too; pull first";
                    told.push(Told::file(Deed::Refused, &path, Some(why)));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// What goes on one side because it went on the other.
    pub fn drop(&mut self, bases: &mut Bases, told: &mut Vec<Told>) -> Result<(), Stop> {
        for (path, deal) in self.deals.clone() {
            match deal {
                Deal::DropHere if self.way != Way::Push => {
                    if !self.is_as_it_was(&path, told)? {
                        continue;
                    }
                    self.settle(bases, &path, None)?;
                    self.apply(bases, Some(Op::Remove(path.as_str().into())))?;
                    told.push(Told::file(Deed::RemovedHere, &path, None));
                }
                Deal::DropThere if self.way != Way::Pull => {
                    let tag = self.there.get(&path).cloned().unwrap_or_default();
                    if !self.args.dry_run {
                        let headers = [("if-match", tag.as_str())];
                        let answer =
                            self.client.send(Method::DELETE, &["assets", &path], &[], &headers, None::<&()>)?;
                        if answer.status != StatusCode::NOT_FOUND && !self.went(&path, &answer, told)? {
                            continue;
                        }
                    }
                    self.agree(bases, &path, None)?;
                    told.push(Told::file(Deed::RemovedThere, &path, None));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// What the server has, or nothing when it has gone meanwhile or is not given.
    fn bytes_there(&self, path: &str, told: &mut Vec<Told>) -> Result<Option<Vec<u8>>, Stop> {
        let answer = self.client.send(Method::GET, &["assets", path], &[], &[], None::<&()>)?;
        match answer.status {
            StatusCode::NOT_FOUND => Ok(None),
            StatusCode::CONFLICT => {
                told.push(Told::file(Deed::Conflict, path, Some(&self.client.refused(&answer).message)));
                Ok(None)
            }
            status if status.is_success() => {
                let (kind, _) = asset_kind(path).expect("it was looked at when it was listed");
                if answer.bytes.len() as u64 > kind.limit() {
                    told.push(Told::file(Deed::Conflict, path, Some(&folder::too_large(path, kind))));
                    return Ok(None);
                }
                Ok(Some(answer.bytes))
            }
            _ => Err(self.client.refused(&answer)),
        }
    }

    /// Puts the server's version into the folder.
    fn fetch(&self, bases: &mut Bases, path: &str, told: &mut Vec<Told>) -> Result<bool, Stop> {
        if self.args.dry_run {
            return Ok(true);
        }
        let Some(bytes) = self.bytes_there(path, told)? else { return Ok(false) };
        if !self.is_as_it_was(path, told)? {
            return Ok(false);
        }
        self.put(bases, path, bytes.clone(), &bytes)?;
        Ok(true)
    }

    /// Writes a file, and agrees on what the server has.
    fn put(&self, bases: &mut Bases, path: &str, bytes: Vec<u8>, theirs: &[u8]) -> Result<(), Stop> {
        self.keep(bases, path, theirs)?;
        bases.set_asset(path, Some(etag(theirs)));
        self.apply(bases, Some(Op::Put(path.into(), bytes)))
    }

    fn merge(&mut self, bases: &mut Bases, path: &str, told: &mut Vec<Told>) -> Result<(), Stop> {
        let is_text = asset_kind(path).is_some_and(|(kind, _)| kind != AssetKind::Media);
        let base = bases.assets().get(path).and_then(|tag| bases.text(tag)).filter(|_| is_text);
        let merged = match base {
            None => None,
            Some(base) => {
                let here = folder::asset_bytes(&self.args.folder, path).map_err(|error| self.io(path, &error))?;
                let there = self.bytes_there(path, told)?;
                here.zip(there).and_then(|(here, there)| Some((merged(&base, &here, &there)?, there)))
            }
        };
        let Some((text, theirs)) = merged else {
            let why =
                format!("both sides have changed it; `--ours {path}` or `--theirs {path}` says whose it shall be");
            told.push(Told::file(Deed::Conflict, path, Some(&why)));
            return Ok(());
        };
        if !self.is_as_it_was(path, told)? {
            return Ok(());
        }
        if !self.args.dry_run {
            self.put(bases, path, text.clone(), &theirs)?;
            self.there.insert(path.to_owned(), etag(&theirs));
            let size = text.len() as u64;
            self.here.entry(path.to_owned()).and_modify(|here| (here.etag, here.bytes) = (etag(&text), size));
            self.deals.insert(path.to_owned(), Deal::Give);
        }
        told.push(Told::file(Deed::Merged, path, None));
        Ok(())
    }

    fn send(&self, bases: &mut Bases, path: &str, told: &mut Vec<Told>) -> Result<(), Stop> {
        let Some(here) = self.here.get(path) else { return Ok(()) };
        if here.bytes > here.kind.limit() {
            told.push(Told::file(Deed::Refused, path, Some(&folder::too_large(path, here.kind))));
            return Ok(());
        }
        if self.args.dry_run {
            told.push(Told::file(Deed::Pushed, path, None));
            return Ok(());
        }
        let bytes = folder::asset_bytes(&self.args.folder, path).map_err(|error| self.io(path, &error))?;
        let Some(bytes) = bytes else { return Ok(()) };
        let (tag, based_on) = (etag(&bytes), self.there.get(path));
        let condition = based_on.map_or(("if-none-match", "*"), |tag| ("if-match", tag.as_str()));
        let headers = [condition, ("content-type", here.media_type)];
        // Before anything refers to it; a copy that nothing refers to is removed again.
        self.keep(bases, path, &bytes)?;
        let answer = self.client.send_bytes(Method::PUT, &["assets", path], &headers, bytes)?;
        if self.went(path, &answer, told)? {
            self.agree(bases, path, Some(tag))?;
            told.push(Told::file(Deed::Pushed, path, None));
        }
        Ok(())
    }

    /// Whether the server did it. What it refuses of this file is told; anything else stops.
    fn went(&self, path: &str, answer: &Answer, told: &mut Vec<Told>) -> Result<bool, Stop> {
        let why = match answer.status {
            status if status.is_success() => return Ok(true),
            StatusCode::PRECONDITION_FAILED => "it was changed there meanwhile; run this again".to_owned(),
            StatusCode::CONFLICT
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::UNSUPPORTED_MEDIA_TYPE
            | StatusCode::UNPROCESSABLE_ENTITY => self.client.refused(answer).message,
            _ => return Err(self.client.refused(answer)),
        };
        told.push(Told::file(Deed::Refused, path, Some(&why)));
        Ok(false)
    }

    /// Whether the folder still has what was compared. Somebody may have saved it since.
    fn is_as_it_was(&self, path: &str, told: &mut Vec<Told>) -> Result<bool, Stop> {
        let now = folder::asset(&self.args.folder, path).map_err(|error| self.io(path, &error))?;
        let same = now.map(|now| now.etag) == self.here.get(path).map(|here| here.etag.clone());
        if !same {
            told.push(Told::file(Deed::Conflict, path, Some("it was changed here meanwhile; run this again")));
        }
        Ok(same)
    }

    /// Texts are kept to be merged with; of sound and pictures the tag is enough.
    fn keep(&self, bases: &Bases, path: &str, bytes: &[u8]) -> Result<(), Stop> {
        let is_text = asset_kind(path).is_some_and(|(kind, _)| kind != AssetKind::Media);
        if is_text { bases.keep(bytes) } else { Ok(()) }
    }

    fn agree(&self, bases: &mut Bases, path: &str, tag: Option<String>) -> Result<(), Stop> {
        self.settle(bases, path, tag)?;
        self.apply(bases, None)
    }

    /// As [`Assets::agree`], not on the disk yet.
    fn settle(&self, bases: &mut Bases, path: &str, tag: Option<String>) -> Result<(), Stop> {
        if self.args.dry_run {
            return Ok(());
        }
        if let Some(tag) = &tag
            && let Some(bytes) = folder::asset_bytes(&self.args.folder, path).ok().flatten()
            && etag(&bytes) == *tag
        {
            self.keep(bases, path, &bytes)?;
        }
        bases.set_asset(path, tag);
        Ok(())
    }

    /// Changes the folder together with what is agreed on.
    fn apply(&self, bases: &Bases, op: Option<Op>) -> Result<(), Stop> {
        if self.args.dry_run {
            return Ok(());
        }
        let ops: Vec<Op> = op.into_iter().chain([bases.op()]).collect();
        folder::apply(&self.args.folder, &ops).map_err(|error| Stop::io(&self.args.folder, &error))
    }

    fn io(&self, path: &str, error: &std::io::Error) -> Stop {
        Stop::io(&self.args.folder.join(Path::new(path)), error)
    }
}

/// Both changes of a text, where no line was changed twice.
fn merged(base: &[u8], ours: &[u8], theirs: &[u8]) -> Option<Vec<u8>> {
    let [Ok(base), Ok(ours), Ok(theirs)] = [base, ours, theirs].map(std::str::from_utf8) else { return None };
    let (text, clean) = lines(base, ours, theirs, MARKERS);
    clean.then(|| text.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_a_table_are_merged_and_the_same_row_is_not() {
        let base = b"city,price\nBonn,1\nKiel,2\nUlm,3\n";
        let ours = b"city,price\nBonn,9\nKiel,2\nUlm,3\n";
        let theirs = b"city,price\nBonn,1\nKiel,2\nUlm,8\nJena,4\n";
        let both = merged(base, ours, theirs).unwrap();
        assert_eq!(String::from_utf8(both).unwrap(), "city,price\nBonn,9\nKiel,2\nUlm,8\nJena,4\n");
        assert_eq!(merged(base, ours, b"city,price\nBonn,7\nKiel,2\nUlm,3\n"), None);
        assert_eq!(merged(base, ours, b"\xff"), None);
    }
}
