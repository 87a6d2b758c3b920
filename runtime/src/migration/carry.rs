//! One session on its way: every flow of its stack, every branch, its variables, and what it waits for.

use super::{Carried, Fit, Migration, Origin, Rules, Stay, To, Way, fit};
use crate::expr::{Env, Showing};
use crate::fault::Fault;
use crate::fork::{Branch, Fork};
use crate::node::For;
use crate::program::{CompiledFlow, CompiledNode};
use crate::run::Run;
use crate::session::{Frame, Last, Session, Turn, Via, locale_of};
use crate::value::{Map, Value};
use std::cell::Cell;
use std::sync::Arc;

/// A session that is being moved.
struct Walk<'a> {
    migration: &'a Migration,
    session: &'a Session,
    now_ms: i64,
    /// Expressions may ask for chance.
    random: Cell<u64>,
    spent: Cell<u64>,
}

/// A stack of flows in the new program.
struct Stack {
    frames: Vec<Frame>,
    /// Whether its last node must be entered.
    anew: bool,
}

impl Migration {
    /// Moves a session that waits, or says why it stays.
    pub fn carry(&self, session: &Session, now_ms: i64) -> Result<Carried, Stay> {
        if session.ended.is_some() {
            return Err(Stay::Ended);
        }
        if self.old.hash == self.new.hash {
            return Err(Stay::Same);
        }
        let random = Cell::new(session.random.get());
        let walk = Walk { migration: self, session, now_ms, random, spent: Cell::new(0) };
        // Flows that are the same need no rule, but somebody must have asked for the move.
        if !self.has_rules() {
            let changed = self.flows.iter().position(|way| !matches!(way, Way::Same(_)));
            let flow = self.old.flows[changed.unwrap_or_default()].id.clone();
            return Err(Stay::NoRules { flow });
        }
        let Stack { frames, anew } = walk.stack(&session.frames, session.waits_for, false)?;
        let top = frames.last().expect("as many flows as before");
        let flow = &self.new.flows[top.flow as usize];
        let to = (flow.id.clone(), flow.nodes[top.node as usize].id.clone());
        let mut moved = Session {
            id: session.id.clone(),
            channel: session.channel,
            to: session.to.clone(),
            contact: session.contact.clone(),
            locale: walk.locale(flow),
            started_ms: session.started_ms,
            turn: session.turn + 1,
            commands: session.commands,
            random: walk.random.clone(),
            wake_at: session.wake_at,
            // Nobody has been silent for too long by a limit that was not theirs.
            active_ms: if session.waits_for == Some(For::Contact) { now_ms } else { session.active_ms },
            world_ms: session.world_ms,
            waits_for: session.waits_for,
            gone: session.gone,
            leaving: session.leaving,
            ended: None,
            spent: Cell::new(0),
            steps: session.steps,
            rescued: session.rescued,
            ahead: if anew { Vec::new() } else { session.ahead.clone() },
            last: Box::new(walk.last(&session.last)),
            echo: None,
            sights: None,
            frames,
        };
        let mut turn = Turn { used: true, ..Turn::default() };
        if anew {
            moved.waits_for = None;
            let mut run = Run::new(&self.new, &mut moved, now_ms, &mut turn);
            run.enter();
            run.rest();
        }
        Ok(Carried { session: moved, turn, to, anew })
    }
}

impl Walk<'_> {
    /// The new program's flow and node for those of a frame, and how well they fit.
    fn place(&self, flow: u16, node: u32) -> Result<(u16, u32, Fit), Stay> {
        let old = &self.migration.old.flows[flow as usize];
        let was = &old.nodes[node as usize];
        match &self.migration.flows[flow as usize] {
            Way::Same(index) => Ok((*index, node, Fit::Whole)),
            Way::Silent => Err(Stay::NoRules { flow: old.id.clone() }),
            Way::Gone => Err(Stay::FlowGone { flow: old.id.clone() }),
            Way::Ruled(rules) => match rules.nodes[node as usize] {
                To::Finish => Err(Stay::Finish { node: was.id.clone() }),
                To::Gone => Err(Stay::NodeGone { node: was.id.clone() }),
                To::Node(index) => {
                    let is = &self.migration.new.flows[rules.flow as usize].nodes[index as usize];
                    Ok((rules.flow, index, fit(was.outline, is.outline)))
                }
            },
        }
    }

    fn stack(&self, frames: &[Frame], waits_for: Option<For>, is_branch: bool) -> Result<Stack, Stay> {
        let mut moved = Vec::with_capacity(frames.len());
        let mut anew = false;
        for (depth, frame) in frames.iter().enumerate() {
            let (flow, node, fit) = self.place(frame.flow, frame.node)?;
            let was = self.node(frame);
            let inside = || Stay::Inside { node: was.id.clone() };
            if depth + 1 < frames.len() {
                // A called flow comes back here, or a question is asked again after a digression.
                if fit < Fit::Kept {
                    return Err(inside());
                }
            } else if frame.fork.is_some() {
                if fit < Fit::Whole {
                    return Err(inside());
                }
            } else if waits_for == Some(For::Contact) {
                anew = fit < Fit::Kept;
                if anew && is_branch {
                    return Err(inside());
                }
            } else if fit < Fit::Whole {
                let to = self.migration.new.flows[flow as usize].nodes[node as usize].id.clone();
                return Err(Stay::InFlight { node: was.id.clone(), to });
            }
            let lent = is_branch && depth == 0;
            let mut frame = self.frame(frame, (flow, node), lent)?;
            if anew {
                frame.local = None;
            }
            moved.push(frame);
        }
        Ok(Stack { frames: moved, anew })
    }

    fn node(&self, frame: &Frame) -> &CompiledNode {
        &self.migration.old.flows[frame.flow as usize].nodes[frame.node as usize]
    }

    /// A flow of the stack; `lent` for the lowest of a branch, whose variables are those of the flow that forked.
    fn frame(&self, frame: &Frame, (flow, node): (u16, u32), lent: bool) -> Result<Frame, Stay> {
        let (vars, inputs) = match &self.migration.flows[frame.flow as usize] {
            Way::Ruled(rules) if !lent => (self.vars(frame, rules)?, self.inputs(frame, rules)?),
            _ => (frame.vars.clone(), frame.inputs.clone()),
        };
        let mut memory = Vec::with_capacity(frame.memory.len());
        for (place, json) in &frame.memory {
            // What a loop counts would begin again, so it must go on as it was.
            let was = &self.migration.old.flows[frame.flow as usize].nodes[*place as usize];
            match self.place(frame.flow, *place)? {
                (_, to, fit) if fit >= Fit::Kept => memory.push((to, json.clone())),
                _ => return Err(Stay::Inside { node: was.id.clone() }),
            }
        }
        let fork = match frame.fork.as_deref() {
            None => None,
            Some(fork) => {
                let branches =
                    fork.branches.iter().map(|branch| branch.as_ref().map(|one| self.branch(one)).transpose());
                Some(Box::new(Fork { branches: branches.collect::<Result<_, _>>()? }))
            }
        };
        let (local, digression) = (frame.local.clone(), frame.digression);
        Ok(Frame { flow, node, vars, inputs, local, memory, fork, digression })
    }

    fn branch(&self, branch: &Branch) -> Result<Branch, Stay> {
        Ok(Branch {
            frames: self.stack(&branch.frames, branch.waits_for, true)?.frames,
            wake_at: branch.wake_at,
            waits_for: branch.waits_for,
            world_ms: branch.world_ms,
            rescued: branch.rescued,
            last: Box::new(self.last(&branch.last)),
        })
    }

    fn vars(&self, frame: &Frame, rules: &Rules) -> Result<Box<[Value]>, Stay> {
        let new = &self.migration.new.flows[rules.flow as usize];
        let global = |global| self.session.global_of(frame, &self.migration.old, global);
        let env = Env {
            vars: &frame.vars,
            global: &global,
            now_ms: self.now_ms,
            random: &self.random,
            locale: &self.session.locale,
            showing: Showing::Plain,
            spent: &self.spent,
        };
        let mut vars = Vec::with_capacity(new.vars.len());
        for ((origin, var), default) in rules.vars.iter().zip(&new.vars).zip(&new.defaults) {
            let stays = |message: String| Stay::Variable { name: var.name.to_string(), message };
            let value = match origin {
                Origin::Default => {
                    vars.push(default.clone());
                    continue;
                }
                Origin::Kept(slot) => frame.vars[*slot].clone(),
                Origin::Constant(value) => value.clone(),
                Origin::Expression(expression) => {
                    expression.eval(&env).map_err(|fault| stays(format!("its expression fails ({})", fault.code)))?
                }
                Origin::Broken(message) => return Err(stays(message.clone())),
            };
            vars.push(var.fit(value, "variable").map_err(|fault| stays(without_value(&fault).to_owned()))?);
        }
        Ok(vars.into())
    }

    fn inputs(&self, frame: &Frame, rules: &Rules) -> Result<Value, Stay> {
        let new = &self.migration.new.flows[rules.flow as usize];
        let is_known = |name: &str| new.inputs.iter().any(|input| *input.name == *name);
        let given: Map = (frame.inputs.as_map().into_iter().flatten())
            .filter(|(name, _)| is_known(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        new.inputs_of(&Value::Map(Arc::new(given))).map_err(|fault| Stay::Inputs {
            message: match fault.code.as_ref() {
                "input.missing" => fault.message.clone(),
                _ => format!("an input of {} is not of its type any more", new.id),
            },
        })
    }

    fn last(&self, last: &Last) -> Last {
        let via = last.via.and_then(|via| {
            let (flow, node, _) = self.place(via.flow, via.node).ok()?;
            let (_, _, exit) = via.names(&self.migration.old);
            let exits = &self.migration.new.flows[flow as usize].nodes[node as usize].exits;
            let exit = exits.iter().position(|known| *known.name == *exit)?;
            Some(Via { flow, node, exit: u16::try_from(exit).ok()? })
        });
        Last { via, result: last.result.clone(), error: last.error.clone() }
    }

    fn locale(&self, flow: &CompiledFlow) -> Arc<str> {
        let locale = &self.session.locale;
        let old = &self.migration.old.flows[self.session.frame().flow as usize];
        let speaks = |flow: &CompiledFlow| flow.locales.iter().any(|known| known == locale);
        if speaks(old) && !speaks(flow) { locale_of(flow, locale) } else { locale.clone() }
    }
}

/// Why a value does not fit, without the value itself: a breach of a schema quotes it.
fn without_value(fault: &Fault) -> &str {
    match fault.code.as_ref() {
        "value.schema" => "it breaks its schema",
        _ => &fault.message,
    }
}
