//! M4: from text to ready to run: read with positions, check, compile. The ring of W1 blocks as the workload defines it,
//! and once more with different expressions and texts in every block, which nothing compiled can serve twice.

use crate::floor;
use crate::measure::{Row, median, spent};
use crate::ours;
use crate::workload::{self, Sources};
use std::hint::black_box;
use std::sync::Arc;

/// 714 blocks of 14.
const NODES: usize = 9_996;

/// Measures.
pub fn measure(rounds: usize, rows: &mut Vec<Row>) {
    let catalog = offhook_builtins::catalog();
    let forms = [
        ("JSON", "flow.json", workload::json(NODES, Sources::Alike), Some(100.0)),
        ("YAML", "flow.yaml", workload::yaml(NODES, Sources::Alike), Some(250.0)),
        ("JSON, all sources distinct", "flow.json", workload::json(NODES, Sources::Distinct), None),
        ("YAML, all sources distinct", "flow.yaml", workload::yaml(NODES, Sources::Distinct), None),
    ];
    let floor_text = workload::floor(NODES);
    let (mut floors, mut figures): (Vec<f64>, [Vec<(f64, f64)>; 4]) = (Vec::new(), Default::default());
    for round in 0..rounds {
        let (graph, took) = spent(|| floor::Graph::load(&floor_text));
        floors.push(took.cpu * 1e3);
        println!(
            "{{\"metric\":\"M4\",\"who\":\"floor\",\"round\":{round},\"nodes\":{},\"bytes\":{},\"cpu_ms\":{:.2}}}",
            graph.nodes(),
            floor_text.len(),
            took.cpu * 1e3
        );
        drop(graph);
        for (place, (what, name, text, _)) in forms.iter().enumerate() {
            let (document, read) = spent(|| Arc::new(ours::document(name, text)));
            // What was read and compiled is kept, as the library of flows keeps it; giving it back is no part of loading.
            let ((program, kept), compiled) = spent(|| {
                let compiled = ours::compiled(document.clone(), &catalog);
                (compiled.program("bench/menu-loop").expect("it compiled"), compiled)
            });
            let nodes = program.entry().nodes().count();
            assert_eq!(nodes, NODES, "every node is there");
            black_box((&program, kept));
            figures[place].push((read.cpu * 1e3, compiled.cpu * 1e3));
            println!(
                "{{\"metric\":\"M4\",\"who\":\"{what}\",\"round\":{round},\"nodes\":{nodes},\"bytes\":{},\"read_ms\":{:.2},\"check_and_compile_ms\":{:.2},\"cpu_ms\":{:.2}}}",
                text.len(),
                read.cpu * 1e3,
                compiled.cpu * 1e3,
                (read.cpu + compiled.cpu) * 1e3
            );
        }
    }
    rows.push(Row::told("M4 floor: JSON, no checks, 9,996 nodes", format!("{:.1} ms CPU", median(floors)), 0.0));
    for ((what, _, _, limit), figures) in forms.iter().zip(&figures) {
        let total = median(figures.iter().map(|(read, compiled)| read + compiled));
        let (read, compiled) = (median(figures.iter().map(|one| one.0)), median(figures.iter().map(|one| one.1)));
        let figure = format!("{read:.0} + {compiled:.0} ms CPU");
        let what = format!("M4 {what}, 9,996 nodes: read + compile");
        rows.push(match limit {
            Some(limit) => Row::of_limit(&what, figure, total / limit),
            None => Row::told(&what, figure, total / if what.contains("JSON") { 100.0 } else { 250.0 }),
        });
    }
}

/// Reads and compiles a few times, for a profiler.
pub fn profile(json: bool, sources: Sources, rounds: usize) {
    let catalog = offhook_builtins::catalog();
    let (name, text) = match json {
        true => ("flow.json", workload::json(NODES, sources)),
        false => ("flow.yaml", workload::yaml(NODES, sources)),
    };
    for _ in 0..rounds {
        black_box(ours::compiled(Arc::new(ours::document(name, &text)), &catalog));
    }
}
