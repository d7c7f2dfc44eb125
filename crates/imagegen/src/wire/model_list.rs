//! The list of models, as servers spell it.

use serde_json::Value;

/// The ids in a list of models: OpenAI's `{"data": [{"id"}]}`, a bare list, a list of names.
/// `None` where it is no list.
pub(crate) fn model_ids(text: &[u8]) -> Option<Vec<String>> {
    let value: Value = serde_json::from_slice(text.trim_ascii()).ok()?;
    let list = match &value {
        Value::Array(list) => list,
        Value::Object(members) => ["data", "models", "result"]
            .iter()
            .find_map(|name| members.get(*name)?.as_array())?,
        _ => return None,
    };
    let id = |model: &Value| match model {
        Value::String(id) => Some(id.clone()),
        model => ["id", "name", "model"]
            .iter()
            .find_map(|name| model.get(*name)?.as_str())
            .map(str::to_owned),
    };
    Some(list.iter().filter_map(id).collect())
}
