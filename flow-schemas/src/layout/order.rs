//! The order within layers: barycentre sweeps to and fro, keeping the order with the fewest crossings.

use super::Layered;

/// Sweeps for small graphs; a large one gets fewer, because each costs time in its size.
const SWEEPS: usize = 16;
const LARGE: usize = 5_000;

pub(super) fn reduce_crossings(graph: &mut Layered) {
    let mut position = positions(graph);
    let mut best = graph.layers.clone();
    let mut fewest = crossings(graph, &position);
    let sweeps = if graph.layer.len() > LARGE { SWEEPS / 4 } else { SWEEPS };
    for sweep in 0..sweeps {
        if fewest == 0 {
            break;
        }
        let rightwards = sweep % 2 == 0;
        let count = graph.layers.len();
        for step in 1..count {
            let layer = if rightwards { step } else { count - 1 - step };
            sort_layer(graph, layer, rightwards, &mut position);
        }
        let found = crossings(graph, &position);
        if found < fewest {
            fewest = found;
            best.clone_from(&graph.layers);
        }
    }
    graph.layers = best;
    keep_slots_beside(graph);
}

fn positions(graph: &Layered) -> Vec<f64> {
    let mut position = vec![0.0; graph.layer.len()];
    for layer in &graph.layers {
        for (index, vertex) in layer.iter().enumerate() {
            position[*vertex] = index as f64;
        }
    }
    position
}

/// Sorts a layer by where its neighbours in the layer before (or after) stand.
fn sort_layer(graph: &mut Layered, layer: usize, rightwards: bool, position: &mut [f64]) {
    let mut vertices = std::mem::take(&mut graph.layers[layer]);
    let mut keyed: Vec<(f64, usize)> =
        vertices.iter().map(|vertex| (barycentre(graph, *vertex, rightwards, position), *vertex)).collect();
    keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (index, (_, vertex)) in keyed.iter().enumerate() {
        vertices[index] = *vertex;
        position[*vertex] = index as f64;
    }
    graph.layers[layer] = vertices;
}

fn barycentre(graph: &Layered, vertex: usize, rightwards: bool, position: &[f64]) -> f64 {
    let links = if rightwards { &graph.before[vertex] } else { &graph.after[vertex] };
    if links.is_empty() {
        return match graph.beside[vertex] {
            Some(host) => barycentre(graph, host, rightwards, position) + 0.5,
            None => position[vertex],
        };
    }
    let end = |link: &usize| {
        let link = &graph.links[*link];
        let (other, at) = if rightwards { (link.left, link.left_at) } else { (link.right, link.right_at) };
        // Exits of one box keep their order.
        position[other] + at / (graph.height[other] + 1.0)
    };
    links.iter().map(end).sum::<f64>() / links.len() as f64
}

/// Crossings between all neighbouring layers, counted with a Fenwick tree over the right ends.
fn crossings(graph: &Layered, position: &[f64]) -> usize {
    let mut total = 0;
    for (index, layer) in graph.layers.iter().enumerate() {
        let Some(next) = graph.layers.get(index + 1) else {
            break;
        };
        let mut tree = vec![0usize; next.len() + 1];
        let mut placed = 0;
        for vertex in layer {
            let mut links: Vec<(f64, usize)> = graph.after[*vertex]
                .iter()
                .map(|link| (graph.links[*link].left_at, position[graph.links[*link].right] as usize))
                .collect();
            links.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            for (_, right) in links {
                let mut below = 0;
                let mut at = right + 1;
                while at > 0 {
                    below += tree[at];
                    at &= at - 1;
                }
                total += placed - below;
                placed += 1;
                let mut at = right + 1;
                while at < tree.len() {
                    tree[at] += 1;
                    at += at & at.wrapping_neg();
                }
            }
        }
    }
    total
}

/// A slot with nothing else to hold it goes right below the box it belongs to.
fn keep_slots_beside(graph: &mut Layered) {
    for layer in &mut graph.layers {
        let loose = |vertex: usize| graph.before[vertex].is_empty() && graph.after[vertex].is_empty();
        let (stay, moved): (Vec<usize>, Vec<usize>) =
            layer.iter().partition(|vertex| !(loose(**vertex) && graph.beside[**vertex].is_some()));
        if moved.is_empty() {
            continue;
        }
        layer.clear();
        for vertex in stay {
            layer.push(vertex);
            layer.extend(moved.iter().filter(|slot| graph.beside[**slot] == Some(vertex)));
        }
    }
}
