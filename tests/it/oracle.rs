//! The model table against cases worked out from the vendors' documents.

use imagegen::models::ResolvedBy;
use imagegen::{
    CheckContext, Date, Delivery, ImageRequest, ModelTable, Problem, Provider, Severity,
};
use serde_json::{Map, Value};

/// A day on which no row is near its end, so that life cycles stay out of the verdicts.
const DAY: &str = "2026-06-01";

struct Case<'a> {
    line: usize,
    cells: Vec<&'a str>,
}

fn cases(text: &str) -> impl Iterator<Item = Case<'_>> {
    text.lines()
        .enumerate()
        .skip(1)
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(at, line)| Case {
            line: at + 1,
            cells: line.split('\t').collect(),
        })
}

fn delivery(stream: Option<&Value>) -> Delivery {
    if stream == Some(&Value::Bool(true)) {
        Delivery::Stream
    } else {
        Delivery::Whole
    }
}

/// What the table finds in a request body.
fn problems(request: &ImageRequest, stream: Option<&Value>) -> Vec<Problem> {
    let mut context = CheckContext::new(Provider::Ark, delivery(stream));
    context.today = DAY.parse::<Date>().unwrap();
    ModelTable::builtin().check(request, &context)
}

fn verdict(problems: &[Problem]) -> &'static str {
    match problems
        .iter()
        .map(|problem| problem.severity)
        .collect::<Vec<_>>()
    {
        found if found.contains(&Severity::Refusal) => "refuse",
        found if found.is_empty() => "accept",
        _ => "warn",
    }
}

#[test]
fn every_size_of_the_oracle_gets_its_verdict() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for case in cases(include_str!("../fixtures/sizes.tsv")) {
        let [model, size, expected, source] = case.cells[..] else {
            panic!("line {}", case.line)
        };
        let body = serde_json::json!({"model": model, "prompt": "p", "size": size});
        let mut found = problems(&serde_json::from_value(body).unwrap(), None);
        // SeedEdit also wants an image, which is another file's concern.
        found.retain(|problem| problem.parameter == "size");
        let judged = verdict(&found);
        if judged != expected {
            wrong.push(format!(
                "line {}: {model} {size}: {judged}, not {expected} ({source})",
                case.line
            ));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 200, "the oracle has {count} cases");
}

#[test]
fn every_parameter_of_the_oracle_gets_its_verdict() {
    let mut wrong = Vec::new();
    for case in cases(include_str!("../fixtures/parameters.tsv")) {
        let [model, json, expected, parameter, source] = case.cells[..] else {
            panic!("line {}", case.line)
        };
        let mut body: Map<String, Value> = serde_json::from_str(json).unwrap();
        body.insert("model".to_owned(), model.into());
        body.entry("prompt").or_insert("p".into());
        let stream = body.remove("stream");
        let request: ImageRequest = match serde_json::from_value(body.into()) {
            Ok(request) => request,
            // What no request can hold is refused by its type, by name.
            Err(error) if expected == "refuse" && error.to_string().starts_with(parameter) => {
                continue;
            }
            Err(error) => panic!("line {}: {error}", case.line),
        };
        let found = problems(&request, stream.as_ref());
        let judged = verdict(&found);
        if judged != expected {
            wrong.push(format!(
                "line {}: {model} {json}: {judged}, not {expected} ({source})",
                case.line
            ));
        } else if parameter != "-"
            && !found
                .iter()
                .any(|problem| problem.parameter.split('.').next() == Some(parameter))
        {
            wrong.push(format!(
                "line {}: {model} {json}: does not name {parameter}",
                case.line
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_price_of_the_oracle_is_estimated() {
    let mut wrong = Vec::new();
    for case in cases(include_str!("../fixtures/prices.tsv")) {
        let [model, json, currency, least, most, source] = case.cells[..] else {
            panic!("line {}", case.line)
        };
        let mut body: Map<String, Value> = serde_json::from_str(json).unwrap();
        body.insert("model".to_owned(), model.into());
        let delivery = delivery(body.remove("stream").as_ref());
        let request: ImageRequest = serde_json::from_value(body.into()).unwrap();
        let found = ModelTable::builtin()
            .estimate(&request, delivery)
            .map_or_else(
                || ["-"; 3].map(str::to_owned),
                |estimate| {
                    [
                        estimate.currency.to_string(),
                        estimate.least.to_string(),
                        estimate.most.to_string(),
                    ]
                },
            );
        let expected = [currency, least, most];
        let is_it = |(found, expected): (&String, &str)| expected == "-" || found == expected;
        if !found.iter().zip(expected).all(is_it) || (found[0] == "-") != (currency == "-") {
            wrong.push(format!(
                "line {}: {model} {json}: {found:?}, not {expected:?} ({source})",
                case.line
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_name_of_the_oracle_leads_to_its_row() {
    let mut wrong = Vec::new();
    for case in cases(include_str!("../fixtures/aliases.tsv")) {
        let [name, model, dated, source] = case.cells[..] else {
            panic!("line {}", case.line)
        };
        let found = ModelTable::builtin().resolve(name);
        let found = found.map_or(("-", "-"), |found| {
            let dated = found.by != ResolvedBy::Alias;
            (&*found.spec.id, if dated { "yes" } else { "no" })
        });
        if found != (model, dated) {
            wrong.push(format!(
                "line {}: {name}: {found:?}, not {model} {dated} ({source})",
                case.line
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
