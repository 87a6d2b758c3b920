//! Which layer each box is in, and slots for edges that cross layers.

use super::{Edge, Layered, Link, SLOT, Size};

/// Slots for this many vertices beyond a few for each box; past it the longest edges go without a way.
const SLOTS: usize = 2_000;
const SLOTS_A_BOX: usize = 4;

pub(super) fn layered(sizes: &[Size], edges: &[Edge]) -> Layered {
    let back = back_edges(sizes.len(), edges);
    let layer = longest_paths(sizes.len(), edges, &back);
    let mut graph = Layered {
        layers: Vec::new(),
        layer,
        height: sizes.iter().map(|size| size.height).collect(),
        links: Vec::new(),
        before: Vec::new(),
        after: Vec::new(),
        beside: vec![None; sizes.len()],
        slots: vec![None; edges.len()],
        boxes: sizes.len(),
    };
    for index in affordable(&graph, edges) {
        let edge = &edges[index];
        graph.slots[index] = Some(graph.add_slots(edge, sizes[edge.to].inlet));
    }
    graph.before = vec![Vec::new(); graph.layer.len()];
    graph.after = vec![Vec::new(); graph.layer.len()];
    for (index, link) in graph.links.iter().enumerate() {
        graph.after[link.left].push(index);
        graph.before[link.right].push(index);
    }
    let count = graph.layer.iter().max().map_or(0, |last| last + 1);
    graph.layers = vec![Vec::new(); count];
    for (vertex, layer) in graph.layer.iter().enumerate() {
        graph.layers[*layer].push(vertex);
    }
    graph
}

/// Edges that close a circle, seen from the first boxes on; without recursion, because chains may be long.
fn back_edges(count: usize, edges: &[Edge]) -> Vec<bool> {
    let mut out = vec![Vec::new(); count];
    for (index, edge) in edges.iter().enumerate() {
        out[edge.from].push(index);
    }
    let mut back = vec![false; edges.len()];
    let (mut seen, mut open) = (vec![false; count], vec![false; count]);
    for root in 0..count {
        if seen[root] {
            continue;
        }
        (seen[root], open[root]) = (true, true);
        let mut stack = vec![(root, 0)];
        while let Some((node, next)) = stack.last_mut() {
            let node = *node;
            match out[node].get(*next) {
                Some(edge) => {
                    *next += 1;
                    let to = edges[*edge].to;
                    if open[to] {
                        back[*edge] = true;
                    } else if !seen[to] {
                        (seen[to], open[to]) = (true, true);
                        stack.push((to, 0));
                    }
                }
                None => {
                    open[node] = false;
                    stack.pop();
                }
            }
        }
    }
    back
}

/// Each box one layer after the last of those that lead to it.
fn longest_paths(count: usize, edges: &[Edge], back: &[bool]) -> Vec<usize> {
    let mut out = vec![Vec::new(); count];
    let mut waiting = vec![0usize; count];
    for (edge, _) in edges.iter().zip(back).filter(|(_, back)| !**back) {
        out[edge.from].push(edge.to);
        waiting[edge.to] += 1;
    }
    let mut layer = vec![0; count];
    let mut ready: Vec<usize> = (0..count).filter(|node| waiting[*node] == 0).collect();
    while let Some(node) = ready.pop() {
        for to in &out[node] {
            layer[*to] = layer[*to].max(layer[node] + 1);
            waiting[*to] -= 1;
            if waiting[*to] == 0 {
                ready.push(*to);
            }
        }
    }
    layer
}

/// The edges that get a way: the short ones first, until the slots are used up.
fn affordable(graph: &Layered, edges: &[Edge]) -> Vec<usize> {
    let slots = |edge: &Edge| {
        let (from, to) = (graph.layer[edge.from], graph.layer[edge.to]);
        if from < to { to - from - 1 } else { from - to + 1 }
    };
    let mut by_length: Vec<usize> = (0..edges.len()).collect();
    by_length.sort_by_key(|index| slots(&edges[*index]));
    let mut budget = SLOTS + SLOTS_A_BOX * graph.boxes;
    let mut chosen: Vec<usize> = by_length
        .into_iter()
        .take_while(|index| match budget.checked_sub(slots(&edges[*index])) {
            Some(rest) => {
                budget = rest;
                true
            }
            None => false,
        })
        .collect();
    chosen.sort_unstable();
    chosen
}

impl Layered {
    /// Makes the slots of an edge and links them; slots run from the source to the target.
    fn add_slots(&mut self, edge: &Edge, inlet: f64) -> Vec<usize> {
        let (from, to) = (self.layer[edge.from], self.layer[edge.to]);
        if from < to {
            let slots: Vec<usize> = (from + 1..to).map(|layer| self.add_slot(layer, None)).collect();
            let mut left = (edge.from, edge.outlet);
            for slot in &slots {
                self.link(left, (*slot, SLOT / 2.0));
                left = (*slot, SLOT / 2.0);
            }
            self.link(left, (edge.to, inlet));
            return slots;
        }
        let mut slots = Vec::with_capacity(from - to + 1);
        for layer in (to..=from).rev() {
            let beside = if layer == from { Some(edge.from) } else { (layer == to).then_some(edge.to) };
            let slot = self.add_slot(layer, beside);
            if let Some(right) = slots.last() {
                self.link((slot, SLOT / 2.0), (*right, SLOT / 2.0));
            }
            slots.push(slot);
        }
        slots
    }

    fn add_slot(&mut self, layer: usize, beside: Option<usize>) -> usize {
        self.layer.push(layer);
        self.height.push(SLOT);
        self.beside.push(beside);
        self.layer.len() - 1
    }

    fn link(&mut self, (left, left_at): (usize, f64), (right, right_at): (usize, f64)) {
        self.links.push(Link { left, left_at, right, right_at });
    }
}
