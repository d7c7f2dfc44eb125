//! Values and types in a few words.

use serde_json::Value;

/// Characters of a value that are shown.
const SHOWN: usize = 60;

/// The type of a schema.
pub(crate) fn kind(schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        return reference.rsplit('/').next().unwrap_or_default().to_owned();
    }
    for combination in ["allOf", "anyOf", "oneOf"] {
        if let Some(members) = schema[combination].as_array() {
            let kinds: Vec<String> = members.iter().map(kind).collect();
            return kinds.join(" or ");
        }
    }
    match &schema["type"] {
        Value::String(kind_of) if kind_of == "array" => {
            format!("list of {}", kind(&schema["items"]))
        }
        Value::String(kind_of) => match schema["format"].as_str() {
            Some(format) => format!("{kind_of} ({format})"),
            None => kind_of.clone(),
        },
        Value::Null if schema["properties"].is_object() => "object".to_owned(),
        Value::Null => "anything".to_owned(),
        kinds => shown(kinds),
    }
}

/// A value, cut if it is long.
pub(crate) fn shown(value: &Value) -> String {
    let text = match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => format!("\"{}\"", text.trim()),
        value => value.to_string(),
    };
    cut(&text.replace('\n', " "))
}

fn cut(text: &str) -> String {
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    let start: String = text.chars().take(SHOWN).collect();
    format!("{start}...")
}

/// What is different in a text: the part between the same beginning and the same end.
pub(super) fn text_change(old: &Value, new: &Value) -> String {
    let (Value::String(before), Value::String(after)) = (old, new) else {
        return format!("{} -> {}", shown(old), shown(new));
    };
    if before.len().max(after.len()) <= SHOWN / 2 {
        return format!("{} -> {}", shown(old), shown(new));
    }
    let (before, after): (Vec<char>, Vec<char>) =
        (before.chars().collect(), after.chars().collect());
    let same = |a: &mut dyn Iterator<Item = &char>, b: &mut dyn Iterator<Item = &char>| {
        a.zip(b).take_while(|(a, b)| a == b).count()
    };
    let start = same(&mut before.iter(), &mut after.iter());
    let most = before.len().min(after.len()) - start;
    let end = same(&mut before.iter().rev(), &mut after.iter().rev()).min(most);
    let part = |text: &[char]| -> String {
        let text: String = text[start..text.len() - end].iter().collect();
        cut(text.replace('\n', " ").trim())
    };
    match (part(&before), part(&after)) {
        (gone, came) if gone.is_empty() => format!("+ \"{came}\""),
        (gone, came) if came.is_empty() => format!("- \"{gone}\""),
        (gone, came) => format!("\"{gone}\" -> \"{came}\""),
    }
}
