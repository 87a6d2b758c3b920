#![doc = include_str!("../README.md")]

mod catalog;
mod command;
mod compile;
mod context;
mod contracts;
mod echo;
mod environment;
mod event;
pub mod expr;
mod facts;
mod fault;
mod fork;
mod intake;
mod knowledge;
pub mod limits;
pub mod migration;
mod node;
pub mod params;
pub mod phrases;
mod program;
mod prompt;
pub mod prove;
pub mod replay;
mod run;
mod save;
mod session;
pub mod speak;
mod tables;
pub mod talk;
pub mod texts;
pub mod types;
mod value;

pub use catalog::{About, Catalog, Meta, NodeType, Place};
pub use command::{
    Call, Card, CardButton, Choice, Command, Connect, ConnectMode, End, File, Image, Listen, Location, Note, Part,
    Record, Say,
};
pub use compile::{Compiled, FlowSource, compile, compile_for_tests_of_faults};
pub use context::{Context, Manner};
pub use environment::Environment;
pub use event::{
    Answer, CommandId, Connected, Contact, Event, Failure, Hangup, Moved, Named, Outcome, Recorded, Speech, Start,
    Versions,
};
pub use expr::Limits;
pub use facts::{Asked, AskedChoice, Enters, Facts, Write, Written};
pub use fault::Fault;
pub use node::{Exit, FlowExits, For, Joined, Node, Out, Returned, Signal, Step};
pub use offhook_flow_schemas as flow_schemas;
pub use program::{CompiledFlow, Program};
pub use save::LoadError;
pub use session::{Session, Turn, Via, Visit};
pub use tables::Resource;
pub use value::{Map, Value, moment};
