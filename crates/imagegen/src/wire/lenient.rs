//! Makes a JSON object fit the contract's types without losing anything it says.
//!
//! Gateways answer with numbers as texts, texts as numbers, objects where a list belongs. What
//! can be read as the declared type is; what cannot is moved aside, so that one odd member never
//! costs the picture beside it.

use serde_json::{Map, Value};

use crate::response::number;
use crate::time::rfc3339;

/// The type a member is declared with.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Text,
    Integer,
    Timestamp,
}

/// Fits the named members and returns those that could not be, under their own names.
pub(crate) fn fit(object: &mut Map<String, Value>, shape: &[(&str, Kind)]) -> Map<String, Value> {
    let mut odd = Map::new();
    for (name, kind) in shape {
        let Some(value) = object.get_mut(*name) else {
            continue;
        };
        match fitted(value, *kind) {
            Some(Value::Null) => drop(object.remove(*name)),
            Some(fitted) => *value = fitted,
            None => {
                odd.extend(object.remove_entry(*name));
            }
        }
    }
    odd
}

/// The value as the kind, null where it says nothing, or `None` where it says something else.
fn fitted(value: &mut Value, kind: Kind) -> Option<Value> {
    if value.is_null() {
        return Some(Value::Null);
    }
    match kind {
        Kind::Text => match value {
            Value::String(text) if text.is_empty() => Some(Value::Null),
            Value::String(_) => Some(value.take()),
            Value::Number(number) => Some(number.to_string().into()),
            _ => None,
        },
        Kind::Integer => integer(value).map(Value::from),
        Kind::Timestamp => match integer(value).or_else(|| rfc3339(value.as_str()?)) {
            Some(0) => Some(Value::Null),
            seconds => seconds.map(Value::from),
        },
    }
}

fn integer(value: &Value) -> Option<i64> {
    value
        .as_i64()
        .or_else(|| number(value).and_then(|number| i64::try_from(number).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_timestamp_comes_in_many_spellings() {
        for (value, seconds) in [
            (json!(1_795_370_400), Some(1_795_370_400)),
            (json!(1_795_370_400.7), Some(1_795_370_401)),
            (json!("1795370400"), Some(1_795_370_400)),
            (json!("2026-11-22T18:00:00Z"), Some(1_795_370_400)),
            (json!("2026-11-23T02:00:00.5+08:00"), Some(1_795_370_400)),
            (json!(0), None),
            (json!(null), None),
        ] {
            let mut object = Map::from_iter([("created".to_owned(), value.clone())]);
            assert!(
                fit(&mut object, &[("created", Kind::Timestamp)]).is_empty(),
                "{value}"
            );
            assert_eq!(
                object.get("created").and_then(Value::as_i64),
                seconds,
                "{value}"
            );
        }
    }

    #[test]
    fn a_clock_time_without_end_is_no_time() {
        for text in [
            "2026-11-22T9999999999999999:00:00",
            "2026-11-22T00:00:00+9223372036854775807:00",
        ] {
            assert_eq!(rfc3339(text), None, "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_is_moved_aside() {
        let mut object = json!({"url": ["a"], "size": 5, "created": "soon", "other": []});
        let object = object.as_object_mut().unwrap();
        let odd = fit(
            object,
            &[
                ("url", Kind::Text),
                ("size", Kind::Text),
                ("created", Kind::Timestamp),
            ],
        );
        assert_eq!(Value::from(odd), json!({"url": ["a"], "created": "soon"}));
        assert_eq!(
            Value::from(object.clone()),
            json!({"size": "5", "other": []})
        );
    }
}
