//! What a contract says about values rather than about their shape, as a sentence for the docs: the types do not check
//! it, so a reader has to be told.

use serde_json::{Map, Value};

/// Says what values are bound to.
pub(super) fn sentences(schema: &Map<String, Value>) -> Option<String> {
    let mut sentences = Vec::new();
    let flag = |key: &str| schema.get(key) == Some(&Value::Bool(true));
    if flag("deprecated") {
        sentences.push("Deprecated.".to_owned());
    }
    let text = |key: &str| schema.get(key).filter(|value| !value.is_null()).map(plain);
    let least = text("minimum").map(|least| (least, flag("exclusiveMinimum")));
    let most = text("maximum").map(|most| (most, flag("exclusiveMaximum")));
    sentences.extend(match (least, most) {
        (Some((least, false)), Some((most, false))) => Some(format!("From {least} to {most}.")),
        (None, None) => None,
        (least, most) => {
            let least = least.map(|(least, exclusive)| {
                format!(
                    "{} {least}",
                    if exclusive { "more than" } else { "at least" }
                )
            });
            let most = most.map(|(most, exclusive)| {
                format!("{} {most}", if exclusive { "less than" } else { "at most" })
            });
            let both: Vec<String> = least.into_iter().chain(most).collect();
            Some(capitalised(&format!("{}.", both.join(" and "))))
        }
    });
    for (least, most, what) in [
        ("minLength", "maxLength", "characters"),
        ("minItems", "maxItems", "items"),
        ("minProperties", "maxProperties", "members"),
    ] {
        sentences.extend(match (text(least), text(most)) {
            (Some(least), Some(most)) => Some(format!("{least} to {most} {what}.")),
            (Some(least), None) => Some(format!("At least {least} {what}.")),
            (None, Some(most)) => Some(format!("At most {most} {what}.")),
            (None, None) => None,
        });
    }
    if let Some(step) = text("multipleOf") {
        sentences.push(format!("A multiple of {step}."));
    }
    if let Some(pattern) = text("pattern") {
        sentences.push(format!("Matches `{pattern}`."));
    }
    if flag("uniqueItems") {
        sentences.push("No item twice.".to_owned());
    }
    if let Some(default) = text("default") {
        sentences.push(format!("`{default}` when left out."));
    }
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}
