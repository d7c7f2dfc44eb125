//! `imagegen models`: the model table, readable.

mod list;
mod live;
mod row;

use std::sync::Arc;

use imagegen::{Date, ModelTable};
use serde_json::json;

use crate::args::{Global, Models};
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::request::nearest_id;

pub(crate) fn run(global: &Global, args: &Models, output: &Arc<Output>) -> Result<Exit, Failure> {
    let table = args.table.load()?;
    if args.live {
        return super::block_on(live::run(global, table, output));
    }
    match &args.id {
        Some(id) => one(id, &table, output)?,
        None if output.json() => output.pretty(&table)?,
        None => list::print(&table, Date::today(), args.all, output)?,
    }
    Ok(Exit::Done)
}

/// One whole row.
fn one(id: &str, table: &ModelTable, output: &Output) -> Result<(), Failure> {
    let Some(spec) = table.get(id) else {
        let mut message = format!("no row for {id}");
        if let Some(near) = nearest_id(table, id) {
            message += &format!("; did you mean {near}?");
        }
        return Err(Failure::misuse(message).detail("model", id));
    };
    if output.json() {
        // As --model-table reads it.
        return output.pretty(&json!({"models": [spec]}));
    }
    row::print(spec, table, Date::today(), output)
}
