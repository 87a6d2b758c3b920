//! Coordinates and ways. Heights follow the neighbours as far as the order and the distances allow.

use super::{BOX_GAP, Drawing, Edge, LAYER_GAP, Layered, Piece, Point, Route, SLOT, Size};

/// Passes to and fro; more change nothing that could be seen.
const PASSES: usize = 14;
/// How much more a slot wants to be level with its next slot than a box with a box: long edges should be straight.
const SLOT_WEIGHT: f64 = 8.0;
/// How far an edge that turns round reaches beyond its box.
const TURN: f64 = 34.0;

pub(super) fn place(graph: &Layered, sizes: &[Size], edges: &[Edge]) -> Drawing {
    let x = columns(graph, sizes);
    let y = heights(graph);
    let places = (0..graph.boxes).map(|vertex| (left(graph, sizes, &x, vertex), y[vertex])).collect();
    let routes = edges
        .iter()
        .zip(&graph.slots)
        .map(|(edge, slots)| Some(route(graph, sizes, edge, slots.as_ref()?, &x, &y)))
        .collect();
    Drawing { places, routes }
}

/// Left and right side of each layer.
fn columns(graph: &Layered, sizes: &[Size]) -> Vec<(f64, f64)> {
    let mut left = 0.0;
    let mut out = Vec::with_capacity(graph.layers.len());
    for layer in &graph.layers {
        let width = layer.iter().filter_map(|vertex| sizes.get(*vertex)).map(|size| size.width).fold(0.0, f64::max);
        out.push((left, left + width));
        left += width + LAYER_GAP;
    }
    out
}

/// The left side of a box: that of its layer; in the first layer, where nothing arrives, boxes stand at the right.
fn left(graph: &Layered, sizes: &[Size], x: &[(f64, f64)], vertex: usize) -> f64 {
    match graph.layer[vertex] {
        0 => x[0].1 - sizes[vertex].width,
        layer => x[layer].0,
    }
}

fn heights(graph: &Layered) -> Vec<f64> {
    let mut y = vec![0.0; graph.layer.len()];
    for layer in &graph.layers {
        let mut at = 0.0;
        for (index, vertex) in layer.iter().enumerate() {
            if index > 0 {
                at += gap(graph, layer[index - 1], *vertex);
            }
            y[*vertex] = at;
            at += graph.height[*vertex];
        }
    }
    let count = graph.layers.len();
    for pass in 0..PASSES {
        for step in 0..count {
            let layer = if pass % 2 == 0 { step } else { count - 1 - step };
            level(graph, layer, pass, &mut y);
        }
    }
    let top = y.iter().copied().fold(f64::INFINITY, f64::min);
    y.iter_mut().for_each(|y| *y = (*y - top).round());
    y
}

fn gap(graph: &Layered, upper: usize, lower: usize) -> f64 {
    let slot = |vertex: usize| vertex >= graph.boxes;
    match (slot(upper), slot(lower)) {
        (false, false) => BOX_GAP,
        (true, true) => SLOT * 0.6,
        _ => BOX_GAP * 0.6,
    }
}

/// Moves the vertices of a layer to where their neighbours want them, as near as order and distances allow: least squares under
/// order constraints, solved by pooling neighbours that would overlap.
fn level(graph: &Layered, layer: usize, pass: usize, y: &mut [f64]) {
    let vertices = &graph.layers[layer];
    // Blocks of touching vertices: (sum of weighted wishes, weight, first index).
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    let mut offsets = Vec::with_capacity(vertices.len());
    let mut offset = 0.0;
    for (index, vertex) in vertices.iter().enumerate() {
        if index > 0 {
            offset += graph.height[vertices[index - 1]] + gap(graph, vertices[index - 1], *vertex);
        }
        offsets.push(offset);
        let (wish, weight) = wish(graph, *vertex, pass, y);
        blocks.push(((wish - offset) * weight, weight, index));
        while let [.., a, b] = blocks.as_slice() {
            if a.0 / a.1 <= b.0 / b.1 {
                break;
            }
            let merged = (a.0 + b.0, a.1 + b.1, a.2);
            blocks.truncate(blocks.len() - 2);
            blocks.push(merged);
        }
    }
    for (position, block) in blocks.iter().enumerate() {
        let end = blocks.get(position + 1).map_or(vertices.len(), |next| next.2);
        for index in block.2..end {
            y[vertices[index]] = block.0 / block.1 + offsets[index];
        }
    }
}

/// Where a vertex wants to be, and how much. The early passes look to one side, the last ones to both.
fn wish(graph: &Layered, vertex: usize, pass: usize, y: &[f64]) -> (f64, f64) {
    let both = pass + 2 >= PASSES;
    let slot = |vertex: usize| vertex >= graph.boxes;
    let (mut sum, mut pull) = (0.0, 0.0);
    let mut towards = |other: usize, level: f64| {
        let weight = if slot(vertex) && slot(other) { SLOT_WEIGHT } else { 1.0 };
        sum += level * weight;
        pull += weight;
    };
    if both || pass.is_multiple_of(2) {
        for link in graph.before[vertex].iter().map(|link| &graph.links[*link]) {
            towards(link.left, y[link.left] + link.left_at - link.right_at);
        }
    }
    if both || !pass.is_multiple_of(2) {
        for link in graph.after[vertex].iter().map(|link| &graph.links[*link]) {
            towards(link.right, y[link.right] + link.right_at - link.left_at);
        }
    }
    if pull == 0.0 {
        let near = graph.beside[vertex].map_or(y[vertex], |host| y[host] + graph.height[host]);
        return (near, 0.1);
    }
    (sum / pull, if slot(vertex) { pull } else { 1.0 })
}

fn route(graph: &Layered, sizes: &[Size], edge: &Edge, slots: &[usize], x: &[(f64, f64)], y: &[f64]) -> Route {
    let start = (left(graph, sizes, x, edge.from) + sizes[edge.from].width, y[edge.from] + edge.outlet);
    let end = (left(graph, sizes, x, edge.to), y[edge.to] + sizes[edge.to].inlet);
    let level = |slot: usize| y[slot] + SLOT / 2.0;
    let mut pieces = Vec::new();
    if graph.layer[edge.from] < graph.layer[edge.to] {
        let mut at = start;
        for slot in slots {
            let (left, right) = x[graph.layer[*slot]];
            at = bend(&mut pieces, at, (left, level(*slot)));
            at = line(&mut pieces, at, right);
        }
        bend(&mut pieces, at, end);
        return Route { start, pieces };
    }
    let mut at = start;
    for (index, slot) in slots.iter().enumerate() {
        let (left, right) = x[graph.layer[*slot]];
        let entry = (right, level(*slot));
        at = if index == 0 { turn(&mut pieces, at, entry, TURN) } else { bend(&mut pieces, at, entry) };
        at = line(&mut pieces, at, left);
    }
    turn(&mut pieces, at, end, -TURN);
    Route { start, pieces }
}

/// Across the space between two layers.
fn bend(pieces: &mut Vec<Piece>, from: Point, to: Point) -> Point {
    let reach = (to.0 - from.0) * 0.5;
    pieces.push(Piece::Curve((from.0 + reach, from.1), (to.0 - reach, to.1), to));
    to
}

/// Past a layer.
fn line(pieces: &mut Vec<Piece>, from: Point, x: f64) -> Point {
    pieces.push(Piece::Line((x, from.1)));
    (x, from.1)
}

/// Round the right side of a layer (or the left one, when `reach` is negative).
fn turn(pieces: &mut Vec<Piece>, from: Point, to: Point, reach: f64) -> Point {
    let side = if reach > 0.0 { from.0.max(to.0) } else { from.0.min(to.0) } + reach;
    pieces.push(Piece::Curve((side, from.1), (side, to.1), to));
    to
}
