//! How many conversations went which way, counted over those of a list.

use crate::house::{House, SessionQuery};
use crate::limits::COUNTED;
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use offhook_runtime::replay::{Place, Recording};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use utoipa::ToSchema;

/// How many conversations went which way.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Volumes {
    /// The flow.
    flow: String,
    /// Conversations that were counted, the newest of those that were asked for.
    sessions: usize,
    /// Whether there are more.
    more: bool,
    /// Conversations that could not be run on their version any more, and were left out.
    broken: usize,
    /// The nodes of the flow that some came to.
    nodes: Vec<NodeVolume>,
    /// The exits that some took.
    exits: Vec<ExitVolume>,
}

/// How many conversations came to a node.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NodeVolume {
    /// The node.
    node: String,
    /// How many came, each counted once.
    came: usize,
    /// How many ended there, by why.
    ended: BTreeMap<String, usize>,
    /// How many are there right now.
    here: usize,
}

/// How many conversations left a node by an exit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExitVolume {
    /// The node.
    node: String,
    /// The exit.
    exit: String,
    /// How many, each counted once.
    sessions: usize,
}

#[derive(Default)]
struct Node {
    came: usize,
    ended: BTreeMap<String, usize>,
    here: usize,
}

/// How many conversations went which way in a flow, over those that `GET sessions` lists for the same query.
#[utoipa::path(get, path = "/api/v1/sessions/volumes", params(SessionQuery),
    responses((status = 200, body = Volumes, description = "The counts"), (status = 400, body = Problem, description = "No flow, or a bad cursor")))]
pub(crate) async fn volumes(
    State(house): State<Arc<dyn House>>,
    Query(mut query): Query<SessionQuery>,
) -> Result<Json<Volumes>, Problem> {
    let flow = query.flow.clone().ok_or_else(|| Problem::new(StatusCode::BAD_REQUEST, "counts are of one `flow`"))?;
    query.limit = Some(query.limit.unwrap_or(COUNTED).clamp(1, COUNTED));
    let page = house.sessions(query).await?;
    let mut nodes: BTreeMap<String, Node> = BTreeMap::new();
    let mut exits: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut volumes = Volumes { flow, more: page.next.is_some(), ..Volumes::default() };
    for session in page.sessions {
        // One that was removed meanwhile is no failure.
        let Ok(trail) = house.trail(&session.id).await else {
            volumes.broken += 1;
            continue;
        };
        let Ok(recording) = Recording::on(&trail.programs, &session.id, trail.journal) else {
            volumes.broken += 1;
            continue;
        };
        volumes.sessions += 1;
        let known: Vec<_> = recording.turns.iter().filter_map(|taken| taken.known.as_ref()).collect();
        let own = |place: &&Place| place.flow == volumes.flow;
        let came: BTreeSet<&Place> = known.iter().flat_map(|known| &known.entered).filter(own).collect();
        for place in came {
            nodes.entry(place.node.clone()).or_default().came += 1;
        }
        let left: BTreeSet<(&Place, &String)> =
            known.iter().flat_map(|known| &known.path).map(|(place, exit)| (place, exit)).collect();
        for (place, exit) in left.into_iter().filter(|(place, _)| own(place)) {
            *exits.entry((place.node.clone(), exit.clone())).or_default() += 1;
        }
        let last = known.last().map(|known| known.entered.last().unwrap_or(&known.at)).filter(own);
        let Some(node) = last.map(|place| nodes.entry(place.node.clone()).or_default()) else { continue };
        match session.end_reason {
            Some(reason) => *node.ended.entry(reason).or_default() += 1,
            None => node.here += 1,
        }
    }
    volumes.nodes = nodes
        .into_iter()
        .map(|(node, one)| NodeVolume { node, came: one.came, ended: one.ended, here: one.here })
        .collect();
    volumes.exits = exits.into_iter().map(|((node, exit), sessions)| ExitVolume { node, exit, sessions }).collect();
    Ok(Json(volumes))
}
