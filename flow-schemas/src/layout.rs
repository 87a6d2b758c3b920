//! A layered drawing of a graph, from left to right: layers, order within them, coordinates, routes. Deterministic, and without
//! knowledge of what the boxes mean.
//!
//! After Sugiyama: circles are opened by turning edges round, nodes get layers by longest path, edges that cross layers get a slot in
//! each, barycentres reduce crossings, and heights are evened out within the order. An edge that runs back gets slots from its source's
//! layer to its target's, so that it passes beside the boxes. Edges for whose slots there is no budget are left to the caller.

mod layers;
mod order;
mod place;

use serde::Deserialize;

/// A box to be placed, in pixels.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Size {
    /// From left to right.
    pub width: f64,
    /// From top to bottom.
    pub height: f64,
    /// Where edges arrive on the left side, from the top.
    pub inlet: f64,
}

/// An edge to be routed.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Edge {
    /// The box it leaves, by its place in the list.
    pub from: usize,
    /// Where it leaves on the right side, from the top.
    pub outlet: f64,
    /// The box it enters, by its place in the list.
    pub to: usize,
}

/// Where everything goes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Drawing {
    /// Upper left corners.
    pub places: Vec<Point>,
    /// A way for each edge; nothing where it would be too long.
    pub routes: Vec<Option<Route>>,
}

/// A place in pixels.
pub(crate) type Point = (f64, f64);

/// A way from a box to a box.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Route {
    pub start: Point,
    pub pieces: Vec<Piece>,
}

/// A piece of a way; each ends at its last point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Piece {
    Line(Point),
    Curve(Point, Point, Point),
}

/// Space between layers, in which edges bend.
pub(crate) const LAYER_GAP: f64 = 84.0;
/// Space between boxes of a layer.
const BOX_GAP: f64 = 26.0;
/// Height that an edge takes where it passes a layer.
const SLOT: f64 = 10.0;

/// Lays out boxes and edges; edges name boxes by their place in `sizes`. Boxes that come first tend to the left and the top.
pub(crate) fn layout(sizes: &[Size], edges: &[Edge]) -> Drawing {
    let mut graph = layers::layered(sizes, edges);
    order::reduce_crossings(&mut graph);
    place::place(&graph, sizes, edges)
}

/// Places boxes for whoever draws the edges; upper left corners, in pixels, the upper left box at the origin. Edges whose ends are no boxes
/// do not count.
///
/// ```
/// use offhook_flow_schemas::layout::{Edge, Size, arrange};
/// let card = Size { width: 200.0, height: 60.0, inlet: 30.0 };
/// assert_eq!(arrange(&[card, card], &[Edge { from: 0, outlet: 30.0, to: 1 }]), [(0.0, 0.0), (284.0, 0.0)]);
/// ```
#[must_use]
pub fn arrange(sizes: &[Size], edges: &[Edge]) -> Vec<(f64, f64)> {
    let real = |edge: &&Edge| edge.from < sizes.len() && edge.to < sizes.len();
    let edges: Vec<Edge> = edges.iter().filter(real).copied().collect();
    layout(sizes, &edges).places
}

/// The graph with every vertex in a layer. The first vertices are the boxes; the rest are slots of edges.
#[derive(Debug)]
struct Layered {
    /// Vertices by layer, in their order from the top.
    layers: Vec<Vec<usize>>,
    /// Layer of each vertex.
    layer: Vec<usize>,
    /// Heights of vertices.
    height: Vec<f64>,
    /// Connections between neighbouring layers.
    links: Vec<Link>,
    /// For each vertex, its links to the layer before and to the layer after.
    before: Vec<Vec<usize>>,
    after: Vec<Vec<usize>>,
    /// The box beside which a slot should stay, because the edge leaves or enters it in this very layer.
    beside: Vec<Option<usize>>,
    /// The slots of each edge from its source to its target; nothing when there was no budget.
    slots: Vec<Option<Vec<usize>>>,
    boxes: usize,
}

/// A connection of a vertex in one layer with a vertex in the next.
#[derive(Debug, Clone, Copy)]
struct Link {
    left: usize,
    /// Where it leaves, from the top of the left vertex.
    left_at: f64,
    right: usize,
    /// Where it arrives, from the top of the right vertex.
    right_at: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxes(count: usize) -> Vec<Size> {
        vec![Size { width: 200.0, height: 60.0, inlet: 30.0 }; count]
    }

    fn edge(from: usize, to: usize) -> Edge {
        Edge { from, outlet: 30.0, to }
    }

    #[test]
    fn a_chain_is_a_straight_line() {
        let drawing = layout(&boxes(3), &[edge(0, 1), edge(1, 2)]);
        assert_eq!(drawing.places, [(0.0, 0.0), (284.0, 0.0), (568.0, 0.0)]);
        assert!(drawing.routes.iter().all(Option::is_some));
    }

    #[test]
    fn boxes_never_overlap_and_every_edge_ends_at_its_boxes() {
        // A ladder with loops, long edges and an edge to itself.
        let mut edges = Vec::new();
        for node in 0..60 {
            edges.push(edge(node, (node + 1) % 60));
            edges.push(edge(node, (node * 7 + 3) % 60));
        }
        edges.push(edge(5, 5));
        let sizes = boxes(60);
        let drawing = layout(&sizes, &edges);
        for (a, (ax, ay)) in drawing.places.iter().enumerate() {
            for (bx, by) in &drawing.places[a + 1..] {
                assert!((ax - bx).abs() >= 200.0 || (ay - by).abs() >= 60.0);
            }
        }
        for (edge, route) in edges.iter().zip(&drawing.routes) {
            let route = route.as_ref().expect("the budget is ample");
            let (x, y) = drawing.places[edge.from];
            assert_eq!(route.start, (x + 200.0, y + 30.0));
            let (x, y) = drawing.places[edge.to];
            let (Piece::Line(end) | Piece::Curve(_, _, end)) = route.pieces.last().expect("a way has pieces");
            assert_eq!(*end, (x, y + 30.0));
        }
        assert_eq!(drawing, layout(&sizes, &edges), "the same graph gives the same drawing");
    }

    #[test]
    fn an_empty_graph_is_an_empty_drawing() {
        assert!(layout(&[], &[]).places.is_empty());
    }
}
