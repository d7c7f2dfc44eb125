//! The endpoint's own list of models, held against the table.

use imagegen::models::{Family, ModelStatus};
use imagegen::{Date, ModelTable};
use serde_json::json;

use crate::args::Global;
use crate::connect::{Rules, connect};
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::request::nearest_id;

pub(super) async fn run(
    global: &Global,
    table: ModelTable,
    output: &Output,
) -> Result<Exit, Failure> {
    let rules = Rules {
        table,
        ..Rules::default()
    };
    let connection = connect(global, rules, output).await?;
    let listed = connection.client.list_models().await;
    let result = match listed {
        Ok(listed) => compare(&listed, connection.client.models(), output),
        Err(error) => Err(error.into()),
    };
    if let Some(emulator) = connection.emulator {
        emulator.stop().await;
    }
    result.map(|()| Exit::Done)
}

/// Says which models can be used as they are, and what to change for the others.
fn compare(listed: &[String], table: &ModelTable, output: &Output) -> Result<(), Failure> {
    let (known, others): (Vec<&String>, Vec<&String>) =
        listed.iter().partition(|id| table.get(id).is_some());
    let unknown: Vec<&String> = others
        .into_iter()
        .filter(|id| Family::of_id(id).is_some())
        .collect();
    let today = Date::today();
    let missing: Vec<&str> = table
        .models()
        .iter()
        .filter(|spec| spec.life_cycle.status(today) != ModelStatus::ShutDown)
        .map(|spec| &*spec.id)
        .filter(|id| !listed.iter().any(|listed| listed == id))
        .collect();
    if output.json() {
        return output.pretty(&json!({
            "listed": listed.len(),
            "known": known,
            "no_row": unknown,
            "not_listed": missing,
        }));
    }
    for id in known {
        output.data(format!("{id}: listed here, and checked by its row").as_bytes())?;
    }
    for id in unknown {
        let mut text = format!("{id}: listed here, and no row has this id");
        text += &match nearest_id(table, id) {
            Some(near) => {
                format!("; like {near}? A row of it in --model-table FILE has it checked")
            }
            None => {
                "; it is sent with a warning, unless --model-table FILE brings a row".to_owned()
            }
        };
        output.data(text.as_bytes())?;
    }
    for id in missing {
        output
            .data(format!("{id}: not listed here; do not ask this endpoint for it").as_bytes())?;
    }
    Ok(())
}
