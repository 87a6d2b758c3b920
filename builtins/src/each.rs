//! `each`: goes through a list.

use crate::limits;
use offhook_runtime::flow_schemas::VarType;
use offhook_runtime::params::{Target, ValueExpr, VarRef};
use offhook_runtime::{
    Context, Exit, Facts, Fault, FlowExits, Meta, Node, NodeType, Signal, Step, Value, Write, Written,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const META: Meta = Meta { name: "each", family: "logic", title: "Each", icon: "repeat", channels: &[], kinds: &[] };

pub(crate) fn node_type() -> NodeType {
    NodeType::of::<Each>(META, include_str!("each.yaml"))
}

/// Goes through a list, item by item. The nodes for one item begin at `do` and lead back to this node; after the last item
/// it goes on by `next`. The list is taken once, when this node is first reached; nodes that lead elsewhere leave the
/// loop where it stands, and coming back goes on with the next item.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Each {
    /// The list.
    #[serde(rename = "in")]
    list: ValueExpr,
    /// The variable that takes the item.
    #[serde(rename = "as")]
    item: VarRef,
    /// The variable that takes the number of the item, from 0.
    #[serde(default)]
    index: Option<VarRef>,
    /// The first node for an item.
    #[serde(default, rename = "do")]
    body: Option<Target>,
    /// The most items. A longer list is an error.
    #[serde(default = "thousand")]
    #[schemars(range(min = 1, max = 100_000))]
    limit: u32,
}

fn thousand() -> u32 {
    1_000
}

/// Where a loop stands: the items that are left, the next one last, and how many are done.
#[derive(Serialize, Deserialize)]
struct Progress(usize, Vec<Value>);

impl Each {
    fn turn(&self, cx: &mut Context<'_>) -> Result<Step, Fault> {
        let Progress(done, mut left) = match cx.memory() {
            Some(progress) => progress,
            None => Progress(0, self.items(cx)?),
        };
        let Some(item) = left.pop() else {
            cx.forget();
            cx.result(Value::Int(done as i64));
            return Ok(Step::NEXT);
        };
        cx.memorise(&Progress(done + 1, left));
        cx.set(self.item, item.clone())?;
        if let Some(index) = self.index {
            cx.set(index, Value::Int(done as i64))?;
        }
        cx.result(item);
        Ok(Step::exit("item"))
    }

    fn items(&self, cx: &Context<'_>) -> Result<Vec<Value>, Fault> {
        let list = cx.value(self.list)?;
        let Some(items) = list.as_list() else {
            return Err(Fault::new("value.type", format!("`in` gave {}, not a list", list.kind())));
        };
        if items.len() > self.limit as usize {
            let message = format!("the list has {} items; the limit is {}", items.len(), self.limit);
            return Err(Fault::new("each.limit", message));
        }
        Ok(items.iter().rev().cloned().collect())
    }
}

impl Node for Each {
    fn exits(&self, _: &dyn FlowExits) -> Vec<Exit> {
        vec![Exit::inline("item", &self.body, "/do"), Exit::named("next")]
    }

    fn facts(&self) -> Facts {
        let item = Write::new(self.item, "/as", Written::ItemOf(self.list)).not_on(&["next"]);
        let index = self.index.map(|index| Write::new(index, "/index", Written::Type(VarType::Int)).not_on(&["next"]));
        Facts { writes: [item].into_iter().chain(index).collect(), counts: true, ..Facts::default() }
    }

    fn on(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Step {
        match signal {
            Signal::Enter => self.turn(cx).unwrap_or_else(|fault| {
                // A loop that failed does not go on when it is reached again.
                cx.forget();
                Step::Fault(fault)
            }),
            _ => Step::Pass,
        }
    }

    fn check(&self) -> Vec<(String, String)> {
        if (1..=limits::LOOP_ITEMS).contains(&self.limit) {
            return Vec::new();
        }
        vec![("/limit".into(), format!("a loop goes through 1 to {} items", limits::LOOP_ITEMS))]
    }

    /// It does not wait, but it counts: a circle through it comes to its end with the list.
    fn waits(&self) -> bool {
        true
    }
}
