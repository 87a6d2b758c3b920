//! The flow as an SVG with light and dark colours: cards with their exits as rows, edges laid out by [`crate::layout`].

use std::collections::HashMap;
use std::fmt::Write as _;

use indexmap::IndexMap;

use crate::graph::{edges, interrupt_edges};
use crate::layout::{Drawing, Edge, LAYER_GAP, Piece, Route, Size, layout as lay_out};
use crate::{Flow, Layout, NodeFacts, is_built_in_end};

const CARD_WIDTH: f64 = 216.0;
const HEAD_HEIGHT: f64 = 50.0;
const ROW_HEIGHT: f64 = 22.0;
const FOOT: f64 = 7.0;
const START_SIZE: f64 = 20.0;
const MARGIN: f64 = 32.0;
/// Letters, counted as in [`clip`], that fit in a card's width.
const NAME_LETTERS: usize = 24;
const ROW_LETTERS: usize = 30;
const FAR_LETTERS: usize = 11;
const ACCENTS: u32 = 8;

const STYLE: &str = include_str!("svg.css");
/// What a difference adds to it.
const MARKED: &str = include_str!("difference.css");

/// What is drawn: the start, the interrupts or a node.
pub(super) struct Card<'a> {
    pub look: Look<'a>,
    /// Drawn as rows unless `plain`.
    pub exits: Vec<Way<'a>>,
    /// The only way out is `next`: the edge leaves the head, without a row.
    pub plain: bool,
    pub mark: Mark,
}

/// An exit with its target.
pub(super) struct Way<'a> {
    pub name: String,
    pub target: &'a str,
    pub mark: Mark,
}

/// What a difference says about what is drawn. Never by colour alone: a sign and the kind of line tell it, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Mark {
    #[default]
    Same,
    Added,
    Removed,
    Changed,
}

impl Mark {
    fn class(self) -> &'static str {
        match self {
            Mark::Same => "",
            Mark::Added => " added",
            Mark::Removed => " removed",
            Mark::Changed => " changed",
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Mark::Same => "",
            Mark::Added => "+ ",
            Mark::Removed => "− ",
            Mark::Changed => "~ ",
        }
    }
}

pub(super) enum Look<'a> {
    Start,
    Interrupts,
    Node { id: &'a str, kind: &'a str, title: Option<&'a str>, facts: Option<&'a NodeFacts> },
}

/// The flow as an SVG. Nodes pinned by a layout stay where it says; the rest is laid out here. An edge whose way would be too long
/// to follow is drawn as a stub that names its target and links to it.
#[must_use]
pub fn svg(flow: &Flow, facts: &IndexMap<String, NodeFacts>, layout: Option<&Layout>) -> String {
    draw_cards(flow.title.as_deref().unwrap_or(&flow.id), &cards(flow, facts), layout)
}

/// Lays cards out and draws them.
pub(super) fn draw_cards(title: &str, cards: &[Card<'_>], layout: Option<&Layout>) -> String {
    let place_of: HashMap<&str, usize> = cards
        .iter()
        .enumerate()
        .filter_map(|(index, card)| match card.look {
            Look::Node { id, .. } => Some((id, index)),
            _ => None,
        })
        .collect();
    let sizes: Vec<Size> = cards.iter().map(Card::size).collect();
    let mut drawn = Vec::new();
    let mut wires = Vec::new();
    for (from, card) in cards.iter().enumerate() {
        for (row, way) in card.exits.iter().enumerate() {
            if let Some(to) = place_of.get(way.target) {
                drawn.push(Edge { from, outlet: card.outlet(row), to: *to });
                wires.push(way);
            }
        }
    }
    let mut drawing = lay_out(&sizes, &drawn);
    if let Some(layout) = layout {
        pin(&mut drawing, layout, &place_of, &sizes, &drawn);
    }
    write(title, cards, &sizes, &drawn, &wires, &drawing)
}

pub(super) fn cards<'a>(flow: &'a Flow, facts: &'a IndexMap<String, NodeFacts>) -> Vec<Card<'a>> {
    let way = |name: String, target: &'a str| Way { name, target, mark: Mark::Same };
    let start = vec![way(String::new(), &flow.start)];
    let mut cards = vec![Card { look: Look::Start, exits: start, plain: true, mark: Mark::Same }];
    for (id, node) in &flow.nodes {
        let facts = facts.get(id);
        let exits: Vec<Way<'_>> =
            edges(node, facts).into_iter().map(|(name, target)| way(name.to_owned(), target)).collect();
        let plain = matches!(exits.as_slice(), [only] if only.name == "next" && !is_built_in_end(only.target));
        let look = Look::Node { id, kind: &node.kind, title: node.title.as_deref(), facts };
        cards.push(Card { look, exits, plain, mark: Mark::Same });
    }
    let interrupts = interrupt_edges(flow);
    if !interrupts.is_empty() {
        let exits = interrupts.into_iter().map(|(name, target)| way(name, target)).collect();
        cards.push(Card { look: Look::Interrupts, exits, plain: false, mark: Mark::Same });
    }
    cards
}

impl Card<'_> {
    fn size(&self) -> Size {
        if matches!(self.look, Look::Start) {
            return Size { width: START_SIZE, height: START_SIZE, inlet: START_SIZE / 2.0 };
        }
        let rows = if self.plain { 0 } else { self.exits.len() };
        let foot = if rows > 0 { FOOT } else { 0.0 };
        Size { width: CARD_WIDTH, height: HEAD_HEIGHT + rows as f64 * ROW_HEIGHT + foot, inlet: HEAD_HEIGHT / 2.0 }
    }

    /// Where the edge of an exit leaves, from the top.
    fn outlet(&self, row: usize) -> f64 {
        match (&self.look, self.plain) {
            (Look::Start, _) => START_SIZE / 2.0,
            (_, true) => HEAD_HEIGHT / 2.0,
            (_, false) => HEAD_HEIGHT + (row as f64 + 0.5) * ROW_HEIGHT,
        }
    }
}

/// Moves pinned cards to their places, and the automatic ones along with them; edges of pinned cards become plain curves.
fn pin(drawing: &mut Drawing, layout: &Layout, place_of: &HashMap<&str, usize>, sizes: &[Size], edges: &[Edge]) {
    let pins: Vec<(usize, (f64, f64))> =
        layout.nodes.iter().filter_map(|(id, at)| Some((*place_of.get(id.as_str())?, *at))).collect();
    if pins.is_empty() {
        return;
    }
    let mean = |pick: fn(&(f64, f64)) -> f64, drawing: &Drawing| {
        pins.iter().map(|(card, at)| pick(at) - pick(&drawing.places[*card])).sum::<f64>() / pins.len() as f64
    };
    let (dx, dy) = (mean(|at| at.0, drawing).round(), mean(|at| at.1, drawing).round());
    let shift = |(x, y): (f64, f64)| (x + dx, y + dy);
    drawing.places.iter_mut().for_each(|place| *place = shift(*place));
    let mut pinned = vec![false; sizes.len()];
    for (card, at) in pins {
        drawing.places[card] = at;
        pinned[card] = true;
    }
    for (edge, route) in edges.iter().zip(&mut drawing.routes) {
        if pinned[edge.from] || pinned[edge.to] {
            *route = Some(direct(drawing.places[edge.from], drawing.places[edge.to], edge, sizes));
        } else if let Some(route) = route {
            route.start = shift(route.start);
            for piece in &mut route.pieces {
                *piece = match *piece {
                    Piece::Line(to) => Piece::Line(shift(to)),
                    Piece::Curve(a, b, to) => Piece::Curve(shift(a), shift(b), shift(to)),
                };
            }
        }
    }
}

fn direct(from: (f64, f64), to: (f64, f64), edge: &Edge, sizes: &[Size]) -> Route {
    let start = (from.0 + sizes[edge.from].width, from.1 + edge.outlet);
    let end = (to.0, to.1 + sizes[edge.to].inlet);
    let reach = ((end.0 - start.0).abs() * 0.5).clamp(40.0, 160.0);
    Route { start, pieces: vec![Piece::Curve((start.0 + reach, start.1), (end.0 - reach, end.1), end)] }
}

fn write(
    title: &str,
    cards: &[Card<'_>],
    sizes: &[Size],
    drawn: &[Edge],
    wires: &[&Way<'_>],
    drawing: &Drawing,
) -> String {
    let bounds = bounds(sizes, drawing);
    let (left, top) = (bounds.0 - MARGIN, bounds.1 - MARGIN);
    let (width, height) = (bounds.2 - bounds.0 + 2.0 * MARGIN, bounds.3 - bounds.1 + 2.0 * MARGIN);
    let name = escape(title);
    let marked =
        cards.iter().any(|card| card.mark != Mark::Same || card.exits.iter().any(|way| way.mark != Mark::Same));
    let more = if marked { MARKED } else { "" };
    let mut out = String::with_capacity(cards.len() * 1_000 + STYLE.len());
    put(
        &mut out,
        format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"offhook\" role=\"img\" aria-label=\"{name}\" \
             width=\"{width}\" height=\"{height}\" viewBox=\"{left} {top} {width} {height}\">\n<title>{name}</title>\n<style>{STYLE}{more}</style>\n<defs>"
        ),
    );
    let markers = ["way", "error", "interrupt", "added", "removed"];
    for marker in &markers[..if marked { 5 } else { 3 }] {
        put(
            &mut out,
            format_args!(
                "<marker id=\"oh-{marker}\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">\
                 <path class=\"{marker}-head\" d=\"M0 .8 10 5 0 9.2 2.6 5z\"/></marker>"
            ),
        );
    }
    put(
        &mut out,
        format_args!(
            "</defs>\n<rect class=\"paper\" x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\"/>\n<g>\n"
        ),
    );
    for ((edge, way), route) in drawn.iter().zip(wires).zip(&drawing.routes) {
        let class = match (way.mark, &cards[edge.from].look) {
            (Mark::Added, _) => "added",
            (Mark::Removed, _) => "removed",
            (_, Look::Interrupts) => "interrupt",
            _ if way.name == "error" => "error",
            _ => "way",
        };
        match route {
            Some(route) => path(&mut out, class, route),
            None => stub(&mut out, class, drawing.places[edge.from], sizes[edge.from].width, edge.outlet, way.target),
        }
    }
    out.push_str("</g>\n");
    for (index, card) in cards.iter().enumerate() {
        draw(&mut out, card, sizes[index], drawing.places[index]);
    }
    out.push_str("</svg>\n");
    out
}

/// Left, top, right, bottom of everything.
fn bounds(sizes: &[Size], drawing: &Drawing) -> (f64, f64, f64, f64) {
    let mut bounds = (0.0f64, 0.0f64, 0.0f64, 0.0f64);
    let mut first = true;
    let mut include = |x: f64, y: f64| {
        if std::mem::take(&mut first) {
            bounds = (x, y, x, y);
        }
        bounds = (bounds.0.min(x), bounds.1.min(y), bounds.2.max(x), bounds.3.max(y));
    };
    for (size, (x, y)) in sizes.iter().zip(&drawing.places) {
        include(*x, *y);
        include(x + size.width, y + size.height);
    }
    for route in drawing.routes.iter() {
        let Some(route) = route else {
            continue;
        };
        for piece in &route.pieces {
            let (Piece::Line(to) | Piece::Curve(_, _, to)) = piece;
            include(to.0, to.1);
        }
    }
    if drawing.routes.iter().any(Option::is_none) {
        bounds.2 += LAYER_GAP;
    }
    bounds
}

fn path(out: &mut String, class: &str, route: &Route) {
    put(
        out,
        format_args!(
            "<path class=\"{class}\" marker-end=\"url(#oh-{class})\" d=\"M{} {}",
            round(route.start.0),
            round(route.start.1)
        ),
    );
    for piece in &route.pieces {
        match piece {
            Piece::Line((x, y)) => put(out, format_args!("L{} {}", round(*x), round(*y))),
            Piece::Curve(a, b, to) => put(
                out,
                format_args!(
                    "C{} {} {} {} {} {}",
                    round(a.0),
                    round(a.1),
                    round(b.0),
                    round(b.1),
                    round(to.0),
                    round(to.1)
                ),
            ),
        }
    }
    out.push_str("\"/>\n");
}

/// An edge that only names its target.
fn stub(out: &mut String, class: &str, (x, y): (f64, f64), width: f64, outlet: f64, target: &str) {
    let (x, y) = (x + width, y + outlet);
    let name = escape(&clip(target, FAR_LETTERS));
    put(
        out,
        format_args!(
            "<path class=\"{class}\" marker-end=\"url(#oh-{class})\" d=\"M{x} {y}h12\"/><a href=\"#node-{id}\"><title>{id}</title>\
             <text class=\"far\" x=\"{}\" y=\"{}\">{name}</text></a>\n",
            x + 15.0,
            y + 3.5,
            id = escape(target),
        ),
    );
}

fn draw(out: &mut String, card: &Card<'_>, size: Size, (x, y): (f64, f64)) {
    match &card.look {
        Look::Start => {
            let middle = START_SIZE / 2.0;
            put(
                out,
                format_args!(
                    "<g transform=\"translate({x} {y})\"><title>start</title><circle class=\"start\" cx=\"{middle}\" cy=\"{middle}\" r=\"8\"/></g>\n"
                ),
            );
            return;
        }
        Look::Interrupts => {
            put(out, format_args!("<g transform=\"translate({x} {y})\"><title>interrupts</title>"));
            put(
                out,
                format_args!(
                    "<rect class=\"card dashed{}\" width=\"{}\" height=\"{}\" rx=\"10\"/>",
                    card.mark.class(),
                    size.width,
                    size.height
                ),
            );
            out.push_str("<text class=\"kind\" x=\"16\" y=\"20\">at any wait</text><text class=\"name\" x=\"16\" y=\"38\">interrupts</text>");
        }
        Look::Node { id, kind, title, facts } => {
            let label = escape(id);
            put(
                out,
                format_args!(
                    "<g id=\"node-{label}\" transform=\"translate({x} {y})\"><title>{label} ({})</title>",
                    escape(kind)
                ),
            );
            put(
                out,
                format_args!(
                    "<rect class=\"card{}\" width=\"{}\" height=\"{}\" rx=\"10\"/>",
                    card.mark.class(),
                    size.width,
                    size.height
                ),
            );
            put(
                out,
                format_args!(
                    "<path class=\"a{}\" d=\"M0 10a10 10 0 0 1 5-8.7v{}a10 10 0 0 1-5-8.7z\"/>",
                    accent(kind),
                    size.height - 2.6
                ),
            );
            put(
                out,
                format_args!(
                    "<text class=\"kind a{}\" x=\"16\" y=\"20\">{}</text>",
                    accent(kind),
                    escape(&clip(kind, NAME_LETTERS))
                ),
            );
            put(
                out,
                format_args!(
                    "<text class=\"name\" x=\"16\" y=\"38\">{}</text>",
                    escape(&clip(&format!("{}{}", card.mark.sign(), title.unwrap_or(id)), NAME_LETTERS))
                ),
            );
            if facts.is_some_and(|facts| facts.waits) {
                put(
                    out,
                    format_args!(
                        "<path class=\"waits\" d=\"M{} 12v8m4-8v8\"><title>waits</title></path>",
                        size.width - 18.0
                    ),
                );
            }
            if facts.is_some_and(|facts| facts.terminal) {
                put(
                    out,
                    format_args!(
                        "<rect class=\"terminal\" x=\"{}\" y=\"12\" width=\"8\" height=\"8\" rx=\"1.5\"/>",
                        size.width - 22.0
                    ),
                );
            }
        }
    }
    if !card.plain {
        rows(out, card, size);
    }
    out.push_str("</g>\n");
}

/// The exits of a card; one that leads to a built-in end says so, and has no edge.
fn rows(out: &mut String, card: &Card<'_>, size: Size) {
    if !card.exits.is_empty() {
        put(out, format_args!("<path class=\"rule\" d=\"M14 {y}H{}\"/>", size.width - 14.0, y = HEAD_HEIGHT - 2.5));
    }
    for (row, way) in card.exits.iter().enumerate() {
        let (target, y) = (way.target, card.outlet(row));
        let name = format!("{}{}", way.mark.sign(), way.name);
        let letters = if is_built_in_end(target) { ROW_LETTERS - target.len() - 3 } else { ROW_LETTERS };
        put(
            out,
            format_args!(
                "<text class=\"exit{}\" x=\"16\" y=\"{}\">{}</text>",
                way.mark.class(),
                y + 4.0,
                escape(&clip(&name, letters))
            ),
        );
        if is_built_in_end(target) {
            let width = target.len() as f64 * 6.4 + 14.0;
            let left = size.width - 10.0 - width;
            put(
                out,
                format_args!(
                    "<rect class=\"end\" x=\"{left:.1}\" y=\"{}\" width=\"{width:.1}\" height=\"16\" rx=\"8\"/>",
                    y - 8.0
                ),
            );
            put(
                out,
                format_args!(
                    "<text class=\"end-name\" x=\"{:.1}\" y=\"{}\">{target}</text>",
                    left + width / 2.0,
                    y + 3.6
                ),
            );
        } else {
            put(out, format_args!("<circle class=\"port\" cx=\"{}\" cy=\"{y}\" r=\"3\"/>", size.width));
        }
    }
}

/// A colour for a type, the same in every picture: FNV-1a of its name.
fn accent(kind: &str) -> u32 {
    let hash = kind.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (hash ^ (hash >> 16)) % ACCENTS
}

/// Cuts a text to a number of letters; letters of East Asian scripts and emoji take two.
fn clip(text: &str, letters: usize) -> String {
    let wide = |c: char| {
        if ('\u{1100}'..'\u{fb00}').contains(&c) && c > '\u{2e7f}' || c >= '\u{1f000}' { 2 } else { 1 }
    };
    let mut used = 0;
    let mut out = String::new();
    for c in text.chars() {
        used += wide(c);
        if used > letters {
            while used > letters - 1 && !out.is_empty() {
                used -= out.pop().map_or(0, wide);
            }
            return out.trim_end().to_owned() + "…";
        }
        out.push(c);
    }
    out
}

fn round(x: f64) -> f64 {
    (x * 10.0).round() / 10.0
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("writing to a String cannot fail");
}

/// For text and attributes of XML; characters that XML 1.0 cannot hold are left out.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}
