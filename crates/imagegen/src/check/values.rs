//! One parameter's value against its cell in the row.

use serde_json::Value;

use super::findings::{Finding, Findings};
use crate::models::{Parameter, Values};

/// Checks a value; `path` is the parameter's name, dotted where it sits in an object.
pub(super) fn check(parameter: &Parameter, path: &str, value: &Value, findings: &mut Findings<'_>) {
    if let Some(rule) = broken_rule(&parameter.values, path, value, findings) {
        findings.push(Finding::refusal(path, Some(shown(value)), rule));
        return;
    }
    if let Some(caution) = &parameter.caution
        && caution.word.as_deref().is_none_or(|word| value == word)
    {
        let value = caution.word.as_deref().map(str::to_owned);
        findings.push(Finding::warning(path, value, &caution.reason));
    }
}

fn broken_rule(
    values: &Values,
    path: &str,
    value: &Value,
    findings: &mut Findings<'_>,
) -> Option<String> {
    match values {
        Values::Boolean => (!value.is_boolean()).then(|| "true or false".to_owned()),
        Values::Integer { min, max } => {
            (!value.as_i64().is_some_and(|n| (*min..=*max).contains(&n)))
                .then(|| format!("a whole number from {min} to {max}"))
        }
        Values::AtLeast { min } => value
            .as_i64()
            .is_none_or(|n| n < *min)
            .then(|| format!("a whole number from {min}")),
        Values::Number { min, max } => {
            (!value.as_f64().is_some_and(|n| (*min..=*max).contains(&n)))
                .then(|| format!("a number from {min} to {max}"))
        }
        Values::Words(words) => (!value
            .as_str()
            .is_some_and(|text| words.iter().any(|word| word == text)))
        .then(|| format!("one of {}", words.join(", "))),
        Values::KnownWords(words) => match value.as_str() {
            None => Some(format!("a word, such as {}", words.join(", "))),
            Some(text) if words.iter().any(|word| word == text) => None,
            Some(_) => {
                let rule = format!("the documented words are {}", words.join(", "));
                findings.push(Finding::warning(path, Some(shown(value)), &rule));
                None
            }
        },
        Values::Any => None,
        Values::Text => (!value.is_string()).then(|| "a text".to_owned()),
        Values::Object(members) => match value {
            Value::Object(object) => {
                check_members(members, path, object, findings);
                None
            }
            _ => Some("an object".to_owned()),
        },
        Values::Objects(members) => match value {
            Value::Array(objects) if objects.iter().all(Value::is_object) => {
                for object in objects.iter().filter_map(Value::as_object) {
                    check_members(members, path, object, findings);
                }
                None
            }
            _ => Some("a list of objects".to_owned()),
        },
    }
}

fn check_members(
    members: &[Parameter],
    path: &str,
    object: &serde_json::Map<String, Value>,
    findings: &mut Findings<'_>,
) {
    for member in members {
        if let Some(value) = object.get(&*member.name)
            && (!value.is_null())
        {
            // The dotted name is only needed for a message, so it is only built for one.
            let mut nested = Findings::new(findings.model());
            check(member, &member.name, value, &mut nested);
            findings.extend_members(path, nested);
        }
    }
}

/// A value as a message shows it: whole if it is short, else only what it is.
pub(super) fn shown(value: &Value) -> String {
    const LONGEST: usize = 40;
    match value {
        Value::String(text) if text.chars().count() > LONGEST => {
            format!("(a text of {} characters)", text.chars().count())
        }
        Value::String(text) => format!("{text:?}"),
        Value::Array(items) => format!("(a list of {})", items.len()),
        Value::Object(_) => "(an object)".to_owned(),
        other => other.to_string(),
    }
}
