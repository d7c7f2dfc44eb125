use super::*;
use serde_json::json;

fn usage(usage: Value) -> Option<Usage> {
    let text = json!({ "usage": usage }).to_string();
    Document::read(&text).unwrap().whole.usage()
}

#[test]
fn both_dialects_and_chat_read_into_one_type() {
    let openai = usage(json!({
        "input_tokens": 10, "output_tokens": 272, "total_tokens": 282,
        "input_tokens_details": {"text_tokens": 10, "image_tokens": 0, "cached_tokens": 4},
        "output_tokens_details": {"image_tokens": 272, "text_tokens": 0},
    }))
    .unwrap();
    assert_eq!(
        (openai.input_tokens, openai.output_image_tokens),
        (Some(10), Some(272))
    );
    assert_eq!(openai.extra["input_tokens_details"]["cached_tokens"], 4);

    let ark = usage(json!({
        "generated_images": 1, "output_tokens": 16384, "total_tokens": 16384,
        "tool_usage": {"web_search": 2},
    }))
    .unwrap();
    assert_eq!((ark.generated_images, ark.web_searches), (Some(1), Some(2)));

    let chat = usage(json!({"prompt_tokens": 3, "completion_tokens": 4.0, "cost": 0.1})).unwrap();
    assert_eq!((chat.input_tokens, chat.output_tokens), (Some(3), Some(4)));
    assert_eq!(chat.extra["cost"], 0.1);
}

#[test]
fn odd_numbers_are_read_or_kept() {
    let odd = json!({"input_tokens": "12", "output_tokens": "many", "total_tokens": null});
    let odd = usage(odd).unwrap();
    assert_eq!(odd.input_tokens, Some(12));
    assert_eq!(odd.extra["output_tokens"], "many");
    assert_eq!(usage(json!({})), None);
    assert_eq!(usage(json!(null)), None);
}
