//! `imagegen estimate`.

use std::sync::Arc;

use imagegen::price::{Amount, Currency};
use imagegen::{Error, ModelTable, Provider};
use serde::Serialize;

use super::generate::warn;
use crate::args::{Generate, Global};
use crate::connect::connect_nowhere;
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::request::plan;

/// What `--json` prints; a contract with scripts, in this order.
#[derive(Debug, Serialize)]
struct Report<'a> {
    model: &'a str,
    currency: Currency,
    least: Amount,
    most: Amount,
    images: Images,
    calls: u32,
    source: &'a str,
}

#[derive(Debug, Serialize)]
struct Images {
    least: u64,
    most: u64,
}

pub(crate) fn run(global: &Global, args: &Generate, output: &Arc<Output>) -> Result<Exit, Failure> {
    let rules = args.ask.check.rules()?;
    let plan = plan(args.into(), global.provider, &rules.table)?;
    let client = connect_nowhere(global, rules)?;
    let doubts = client
        .check_for(&plan.request, plan.delivery)
        .map_err(|error| plan.explain(Error::from(error).into()))?;
    warn(&doubts, &client, output);
    let (model, table) = (plan.request.model(), client.models());
    let (Some(estimate), Some(source)) = (
        table.estimate(&plan.request, plan.delivery),
        source(table, model),
    ) else {
        let message = format!("no price of {model} is known; --model-table can bring one");
        return Err(Failure::new(Exit::Failed, "no_price", message).detail("model", model));
    };
    let calls = u64::from(plan.calls);
    let report = Report {
        model,
        currency: estimate.currency,
        least: estimate.least * calls,
        most: estimate.most * calls,
        images: Images {
            least: estimate.fewest_images * calls,
            most: estimate.most_images * calls,
        },
        calls: plan.calls,
        source,
    };
    if output.json() {
        let line = serde_json::to_vec(&report).expect("plain values serialize");
        output.data(&line)?;
    } else {
        output.data(report.amount().as_bytes())?;
    }
    output.tell(report.explained(client.provider()));
    Ok(Exit::Done)
}

fn source<'a>(table: &'a ModelTable, model: &str) -> Option<&'a str> {
    Some(&table.get(model)?.price.as_ref()?.source)
}

impl Report<'_> {
    /// `0.25 CNY`, `0.00588 to 0.21072 USD`.
    fn amount(&self) -> String {
        range(self.least, self.most) + " " + self.currency.code()
    }

    fn explained(&self, provider: Provider) -> String {
        let mut text = format!("for {} image", range(self.images.least, self.images.most));
        if self.images.most > 1 {
            text += "s";
        }
        if self.calls > 1 {
            text += &format!(" in {} calls", self.calls);
        }
        text += &format!(", at list prices ({})", self.source);
        if provider == Provider::Gateway {
            text += "; a gateway may charge otherwise";
        }
        text
    }
}

fn range<T: PartialEq + std::fmt::Display>(least: T, most: T) -> String {
    if least == most {
        return least.to_string();
    }
    format!("{least} to {most}")
}
