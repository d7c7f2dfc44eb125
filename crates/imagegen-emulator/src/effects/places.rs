//! Pictures where no vendor puts them.

use serde_json::{Map, Value, json};

use crate::Fault;

/// Moves the pictures of an answer. `mime` is what their bytes are, for data URIs.
pub(crate) fn edit_answer(fault: Fault, mime: &str, body: &mut Value) {
    let Some(object) = body.as_object_mut() else {
        return;
    };
    if let Some(Value::Array(items)) = object.get_mut("data") {
        for item in items.iter_mut().filter_map(Value::as_object_mut) {
            edit_item(fault, mime, item);
        }
    }
    let Some(Value::Array(items)) = object.get("data") else {
        return;
    };
    let references: Vec<Value> = items
        .iter()
        .filter_map(|item| reference(item.as_object()?, mime).map(Value::String))
        .collect();
    let moved = match fault {
        Fault::ImagesMember => ("images", json!(items)),
        Fault::OutputStrings => ("output", json!(references)),
        Fault::DataData => ("data", json!({"data": items})),
        Fault::DataImages => ("data", json!({"images": items})),
        Fault::ImageString => ("image", json!(references.first())),
        Fault::ChatMessage => ("choices", chat(&references)),
        Fault::BareList => {
            *body = json!(items);
            return;
        }
        _ => return,
    };
    object.remove("data");
    object.insert(moved.0.to_owned(), moved.1);
}

/// Moves the picture of one event, if it has one.
pub(crate) fn edit_event(fault: Fault, mime: &str, data: &mut Value) {
    if let Some(object) = data.as_object_mut() {
        edit_item(fault, mime, object);
    }
}

/// What an item refers to its picture by: a link, or a data URI.
fn reference(item: &Map<String, Value>, mime: &str) -> Option<String> {
    let member = |name: &str| item.get(name).and_then(Value::as_str);
    member("url")
        .map(str::to_owned)
        .or_else(|| member("b64_json").map(|base64| format!("data:{mime};base64,{base64}")))
}

/// The pictures as the answer of a chat model.
fn chat(references: &[Value]) -> Value {
    let content: String = references
        .iter()
        .filter_map(Value::as_str)
        .map(|reference| format!("![image]({reference})\n"))
        .collect();
    json!([{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}])
}

/// Moves the picture within its item.
fn edit_item(fault: Fault, mime: &str, item: &mut Map<String, Value>) {
    let Some(picture) = reference(item, mime) else {
        return;
    };
    match fault {
        Fault::ImageUrlObject => {
            item.remove("url");
            item.remove("b64_json");
            item.insert("image_url".to_owned(), json!({"url": picture}));
        }
        Fault::ImageBase64 => {
            for (from, to) in [("b64_json", "image_base64"), ("url", "image")] {
                if let Some(picture) = item.remove(from) {
                    item.insert(to.to_owned(), picture);
                }
            }
        }
        Fault::PictureBeside => {
            let layer: Map<String, Value> = item
                .iter()
                .filter(|(name, _)| matches!(name.as_str(), "url" | "b64_json"))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            item.insert("layers".to_owned(), json!([layer]));
        }
        _ => {}
    }
}
