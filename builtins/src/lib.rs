#![doc = include_str!("../README.md")]

mod answer;
mod ask;
mod assignments;
mod branch;
mod call;
mod choices;
mod collect;
mod contact;
pub mod custom;
mod each;
mod effect;
mod emit;
mod end;
mod form;
mod hangup;
mod hours;
mod http;
mod jump;
pub mod limits;
mod listen;
mod menu;
mod message;
mod names;
mod parallel;
mod query;
mod record;
mod return_;
mod rows;
mod say;
mod script;
mod set;
mod show;
mod split;
mod table;
mod transfer;
mod wait;
mod zone;

use offhook_runtime::Catalog;

/// Every node type of this build, in the order of the palette.
pub fn catalog() -> Catalog {
    Catalog::new(vec![
        say::node_type(),
        ask::node_type(),
        menu::node_type(),
        form::node_type(),
        listen::node_type(),
        record::node_type(),
        show::node_type(),
        set::node_type(),
        branch::node_type(),
        script::node_type(),
        each::node_type(),
        wait::node_type(),
        call::node_type(),
        jump::node_type(),
        split::node_type(),
        parallel::node_type(),
        return_::node_type(),
        end::node_type(),
        http::node_type(),
        query::node_type(),
        table::node_type(),
        contact::node_type(),
        emit::node_type(),
        message::node_type(),
        hours::node_type(),
        transfer::node_type(),
        hangup::node_type(),
    ])
}
