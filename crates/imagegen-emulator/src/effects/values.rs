//! Faults in the JSON of an answer, and in the data of its events.

use serde_json::{Map, Value, json};

use crate::Fault;

/// Changes an answer's body.
pub(crate) fn edit_answer(fault: Fault, body: &mut Value) {
    let Some(object) = body.as_object_mut() else {
        return;
    };
    edit_top(fault, object, "created");
    match fault {
        Fault::DataNull => {
            object.insert("data".to_owned(), Value::Null);
        }
        Fault::DataMissing => {
            object.remove("data");
        }
        Fault::DataEmpty => {
            object.insert("data".to_owned(), json!([]));
        }
        Fault::ExtraKeys => {
            object.insert("metadata".to_owned(), json!({"channel": 7}));
            object.insert("hook_results".to_owned(), json!([]));
        }
        Fault::Status246 => {
            object.insert(
                "hook_results".to_owned(),
                json!({"before_request_hooks": [{"verdict": false}]}),
            );
        }
        Fault::OtherModel => {
            object.insert("model".to_owned(), json!("upstream-internal-model"));
        }
        _ => {}
    }
    let Some(Value::Array(items)) = object.get_mut("data") else {
        return;
    };
    for item in items.iter_mut() {
        edit_item(fault, item);
    }
    if let Some(last) = items.last_mut() {
        match fault {
            Fault::ItemNull => {
                *last = json!({"url": null, "b64_json": null, "revised_prompt": null});
            }
            Fault::ItemEmpty => *last = json!({"url": "", "b64_json": "", "revised_prompt": ""}),
            Fault::ItemError => {
                *last = json!({"error": {
                    "code": "OutputImageSensitiveContentDetected",
                    "message": "the output image may contain sensitive information",
                }});
            }
            _ => {}
        }
    }
    if fault == Fault::ItemError {
        one_picture_less(object);
    } else if fault == Fault::DataObject
        && let Some(Value::Array(items)) = object.get_mut("data")
        && !items.is_empty()
    {
        let item = items.swap_remove(0);
        object.insert("data".to_owned(), item);
    }
}

/// Changes the data of one event.
pub(crate) fn edit_event(fault: Fault, data: &mut Value) {
    edit_item(fault, data);
    let Some(object) = data.as_object_mut() else {
        return;
    };
    let created = if object.contains_key("created_at") {
        "created_at"
    } else {
        "created"
    };
    edit_top(fault, object, created);
    let is_completed = object
        .get("type")
        .and_then(Value::as_str)
        .is_some_and(|name| name.ends_with(".completed"));
    match fault {
        Fault::SseBareCompleted if is_completed => {
            for name in ["size", "quality", "background", "output_format"] {
                object.remove(name);
            }
        }
        Fault::OtherModel if object.contains_key("model") => {
            object.insert("model".to_owned(), json!("upstream-internal-model"));
        }
        _ => {}
    }
}

/// `created` and `usage`, which answers and events both have.
fn edit_top(fault: Fault, object: &mut Map<String, Value>, created: &str) {
    let time = object.get(created).and_then(Value::as_u64);
    if let Some(time) = time {
        let value = match fault {
            Fault::CreatedMissing => {
                object.remove(created);
                None
            }
            Fault::CreatedNull => Some(Value::Null),
            Fault::CreatedZero => Some(json!(0)),
            Fault::CreatedString => Some(json!(time.to_string())),
            Fault::CreatedFloat => Some(json!(time as f64 + 0.5)),
            Fault::CreatedIso => Some(json!("2026-11-22T10:00:00Z")),
            _ => None,
        };
        if let Some(value) = value {
            object.insert(created.to_owned(), value);
        }
    }
    if object.get("usage").is_none_or(Value::is_null) {
        return;
    }
    match fault {
        Fault::UsageMissing => {
            object.remove("usage");
        }
        Fault::UsageNull => {
            object.insert("usage".to_owned(), Value::Null);
        }
        _ => {
            if let Some(usage) = object.get_mut("usage") {
                edit_usage(fault, usage);
            }
        }
    }
}

fn edit_usage(fault: Fault, usage: &mut Value) {
    let count = |name: &str| usage.get(name).and_then(Value::as_u64).unwrap_or_default();
    let (input, output) = (count("input_tokens"), count("output_tokens"));
    match fault {
        Fault::UsageZeros => {
            *usage = json!({
                "input_tokens": 0,
                "input_tokens_details": {"text_tokens": 0, "image_tokens": 0},
                "output_tokens": 0,
                "total_tokens": 0,
            });
        }
        Fault::UsageChatKeys => {
            *usage = json!({
                "prompt_tokens": input,
                "completion_tokens": output,
                "total_tokens": input + output,
            });
        }
        Fault::UsageArkKeys => {
            *usage = json!({
                "generated_images": count("generated_images").max(1),
                "output_tokens": output,
                "total_tokens": output,
            });
        }
        Fault::UsageNoDetails => {
            if let Some(usage) = usage.as_object_mut() {
                usage.remove("input_tokens_details");
                usage.remove("output_tokens_details");
            }
        }
        Fault::UsageFractional => {
            for name in ["input_tokens", "output_tokens", "total_tokens"] {
                if let Some(value) = usage.get_mut(name) {
                    *value = json!(value.as_f64().unwrap_or_default() + 0.5);
                }
            }
        }
        Fault::ExtraKeys => {
            usage["cost"] = json!(0.04);
        }
        _ => {}
    }
}

/// One picture, in an answer's list or in an event.
fn edit_item(fault: Fault, item: &mut Value) {
    let url = item.get("url").cloned();
    let bytes = item.get("b64_json").cloned();
    if item
        .get("type")
        .and_then(Value::as_str)
        .is_none_or(|name| !name.ends_with("partial_image"))
        && let Some(item) = item.as_object_mut()
    {
        edit_picture(fault, item);
    }
    match fault {
        Fault::EmptyUrlBesideBytes if bytes.is_some() => item["url"] = json!(""),
        Fault::EmptyUrlBesideBytes if url.is_some() => item["b64_json"] = json!(""),
        Fault::UrlArray if url.is_some() => item["url"] = json!([url]),
        Fault::DataStrings => {
            if let Some(text) = url.or(bytes)
                && item.get("type").is_none()
            {
                *item = text;
            }
        }
        Fault::ExtraKeys => {
            if let Some(item) = item.as_object_mut() {
                item.insert("index".to_owned(), json!(0));
                item.insert("provider_specific_fields".to_owned(), Value::Null);
            }
        }
        _ => {}
    }
}

/// The members of a finished picture.
fn edit_picture(fault: Fault, item: &mut Map<String, Value>) {
    let instead = match fault {
        Fault::PictureNull => Some(Value::Null),
        Fault::PictureEmpty => Some(json!("")),
        Fault::PictureAbsent | Fault::RefusalText => None,
        _ => return,
    };
    for name in ["url", "b64_json"] {
        match (item.get_mut(name), &instead) {
            (Some(picture), Some(instead)) => *picture = instead.clone(),
            (Some(_), None) => {
                item.remove(name);
                if fault == Fault::RefusalText {
                    let words = "I cannot draw that; please say it otherwise.";
                    item.insert("text".to_owned(), json!(words));
                }
            }
            (None, _) => {}
        }
    }
}

/// Takes one picture out of Seedream's usage, which counts those that succeeded.
pub(crate) fn one_picture_less(object: &mut Map<String, Value>) {
    let Some(usage) = object.get_mut("usage").and_then(Value::as_object_mut) else {
        return;
    };
    let Some(count) = usage.get("generated_images").and_then(Value::as_u64) else {
        return;
    };
    for name in ["generated_images", "output_tokens", "total_tokens"] {
        if let Some(figure) = usage.get_mut(name) {
            // The pictures of a group are of one size.
            let all = figure.as_u64().unwrap_or_default();
            *figure = json!(all - all / count.max(1));
        }
    }
}
