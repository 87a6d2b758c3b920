//! `offhook replay --against`: what another version would have made of recorded sessions, as text, JSON and a page.

use super::{ReplayArgs, host, html, select};
use crate::cli::{FOUND, FlowPaths, Format, OK, Stop, World, print};
use crate::replays::{Candidate, Compared, Recorded, compare};
use offhook_flow_schemas::{Diagnostic, render};
use offhook_runtime::replay::{Outcome, Totals};
use std::path::Path;

/// Sessions that are in memory at once.
const BATCH: usize = 256;

pub(super) async fn against(world: &World, args: &ReplayArgs, new: &Path) -> Result<u8, Stop> {
    let project = FlowPaths { paths: vec![new.to_owned()] }.load(world)?;
    let errors: Vec<Diagnostic> = project.diagnostics.iter().filter(|found| found.is_error()).cloned().collect();
    if !errors.is_empty() {
        eprint!("{}", render(&errors, world.colour));
        return Err(Stop::new(FOUND, format!("{} has errors, so nothing can be replayed on it", new.display())));
    }
    let candidate = Candidate::of(&project.compiled);
    let selection = select::Selection::of(args)?;
    let mut totals = Totals::default();
    let mut compared: Vec<Compared> = Vec::new();
    let mut batch: Vec<Recorded> = Vec::new();
    let mut flush = |batch: &mut Vec<Recorded>, least: usize| {
        if batch.len() >= least {
            compared.extend(tokio::task::block_in_place(|| compare(&candidate, std::mem::take(batch), &mut totals)));
        }
    };
    for path in &selection.files {
        batch.push(select::file(path)?);
        flush(&mut batch, BATCH);
    }
    if !selection.ids.is_empty() || args.last.is_some() || args.flow.is_some() {
        let host = host(world, args).await?;
        for row in select::rows(&host, args, &selection.ids).await? {
            batch.push(select::stored(&host, &row).await?);
            flush(&mut batch, BATCH);
        }
        host.store().close().await;
    }
    flush(&mut batch, 1);
    let totals = totals.finish();
    if let Some(path) = &args.html {
        let page = html::page(&new.display().to_string(), &totals, &compared);
        std::fs::write(path, page).map_err(|error| Stop::io(path, &error))?;
    }
    match world.format {
        Format::Json => world.json(&json(&totals, &compared)),
        _ => print(text(&totals, &compared).trim_end()),
    }
    Ok(if totals.same == totals.sessions { OK } else { FOUND })
}

fn json(totals: &Totals, compared: &[Compared]) -> serde_json::Value {
    let sessions = compared.iter().map(|one| {
        let mut session = serde_json::json!({
            "session": one.session, "flow": one.flow, "version": one.version, "turns": one.turns
        });
        if let (Some(into), Ok(serde_json::Value::Object(outcome))) =
            (session.as_object_mut(), serde_json::to_value(&one.outcome))
        {
            outcome.into_iter().for_each(|(key, value)| {
                into.insert(key, value);
            });
        }
        session
    });
    serde_json::json!({ "totals": totals, "sessions": sessions.collect::<Vec<_>>() })
}

fn text(totals: &Totals, compared: &[Compared]) -> String {
    let mut lines = Vec::new();
    for one in compared {
        match &one.outcome {
            Outcome::Same { .. } => {}
            Outcome::Broken { message } => lines.push(format!("{}: cannot be replayed: {message}", one.session)),
            Outcome::Differs(difference) => lines.push(format!(
                "{}: differs in turn {} of {} at {}, after {}\n  recorded: {}\n  new:      {}",
                one.session,
                difference.turn,
                one.turns,
                difference.place,
                difference.event,
                difference.recorded,
                difference.candidate
            )),
        }
    }
    for node in &totals.nodes {
        lines.push(format!("{}: {} of the {} sessions that came here differ", node.place, node.differ, node.came));
    }
    let broken = match totals.broken {
        0 => String::new(),
        some => format!(", {some} cannot be replayed"),
    };
    lines.push(format!(
        "{} sessions, {} turns: {} the same to the letter, {} differ{broken}",
        totals.sessions, totals.turns, totals.same, totals.differ
    ));
    lines.join("\n")
}
