//! Pictures that do not come, that are none, or that stand where no vendor puts them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::ImageFormat;
use imagegen_emulator::{Emulator, Fault};
use serde_json::{Value, json};

use crate::support::{
    ARK, GENERATIONS, bytes, emulator, events, gpt, group, json_of, linked, look, send_with,
    stream_of,
};

/// The text of an answer that is told to be JSON.
async fn text(emulator: &Emulator, fault: Fault, path: &str, request: &Value) -> Vec<u8> {
    let response = send_with(emulator, fault, path, request).await;
    assert_eq!(response.status(), 200, "{fault}");
    assert_eq!(response.headers()["content-type"], "application/json");
    response.bytes().await.unwrap().to_vec()
}

fn is_link(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.starts_with("http"))
}

/// Whether a text is a data URI of a JPEG.
fn is_data_uri(value: &Value) -> bool {
    let base64 = value
        .as_str()
        .unwrap()
        .strip_prefix("data:image/jpeg;base64,");
    let file = STANDARD.decode(base64.unwrap()).unwrap();
    look(&file).0 == ImageFormat::Jpeg
}

#[tokio::test]
async fn d10_every_picture_is_missing() {
    let emulator = emulator().await;
    for (fault, left) in [
        (Fault::PictureNull, Some(Value::Null)),
        (Fault::PictureEmpty, Some(json!(""))),
        (Fault::PictureAbsent, None),
        (Fault::RefusalText, None),
    ] {
        let answer = json_of(&emulator, fault, ARK, &group()).await;
        let items = answer["data"].as_array().unwrap();
        assert_eq!(items.len(), 2, "{fault}");
        assert!(items.iter().all(|item| item.get("url") == left.as_ref()));
        assert_eq!(items[1].get("text").is_some(), fault == Fault::RefusalText);
        assert_eq!(answer["usage"]["generated_images"], 2, "it is billed");

        let answer = json_of(&emulator, fault, GENERATIONS, &gpt()).await;
        assert_eq!(answer["data"][0].get("b64_json"), left.as_ref());

        let mut request = gpt();
        request["partial_images"] = json!(1);
        let stream = stream_of(&emulator, fault, GENERATIONS, &request).await;
        let events = events(&stream.text().await.unwrap());
        assert_eq!(events.len(), 2);
        assert_eq!(look(&bytes(&events[0].json())).1, "1024x1024");
        assert_eq!(events[1].json().get("b64_json"), left.as_ref(), "{fault}");
        assert!(events[1].json()["usage"].is_object());
    }
    assert_eq!(emulator.accepted(), 12);
}

#[tokio::test]
async fn d15_pictures_stand_elsewhere_as_links() {
    let emulator = emulator().await;
    for (fault, pointer) in [
        (Fault::ImagesMember, "/images/1/url"),
        (Fault::OutputStrings, "/output/1"),
        (Fault::DataData, "/data/data/1/url"),
        (Fault::DataImages, "/data/images/1/url"),
        (Fault::BareList, "/1/url"),
        (Fault::ImageString, "/image"),
        (Fault::ImageUrlObject, "/data/1/image_url/url"),
        (Fault::ImageBase64, "/data/1/image"),
        (Fault::PictureBeside, "/data/1/layers/0/url"),
    ] {
        let answer = json_of(&emulator, fault, ARK, &group()).await;
        assert!(
            is_link(answer.pointer(pointer).unwrap()),
            "{fault}: {answer}"
        );
        let beside = fault == Fault::PictureBeside;
        assert_eq!(answer.pointer("/data/0/url").is_some(), beside, "{fault}");
    }
    let answer = json_of(&emulator, Fault::ChatMessage, ARK, &group()).await;
    let content = answer["choices"][0]["message"]["content"].as_str().unwrap();
    assert_eq!(content.matches("![image](http").count(), 2, "{content}");
}

#[tokio::test]
async fn d15_pictures_stand_elsewhere_as_bytes() {
    let emulator = emulator().await;
    for (fault, pointer) in [
        (Fault::ImagesMember, "/images/0"),
        (Fault::DataData, "/data/data/0"),
        (Fault::DataImages, "/data/images/0"),
        (Fault::BareList, "/0"),
        (Fault::PictureBeside, "/data/0/layers/0"),
    ] {
        let answer = json_of(&emulator, fault, GENERATIONS, &gpt()).await;
        let file = bytes(answer.pointer(pointer).unwrap());
        assert_eq!(look(&file).0, ImageFormat::Jpeg, "{fault}");
    }
    for (fault, pointer) in [
        (Fault::OutputStrings, "/output/0"),
        (Fault::ImageString, "/image"),
        (Fault::ImageUrlObject, "/data/0/image_url/url"),
    ] {
        let answer = json_of(&emulator, fault, GENERATIONS, &gpt()).await;
        assert!(is_data_uri(answer.pointer(pointer).unwrap()), "{fault}");
    }
    let answer = json_of(&emulator, Fault::ImageBase64, GENERATIONS, &gpt()).await;
    let renamed = json!({"b64_json": answer["data"][0]["image_base64"]});
    assert_eq!(look(&bytes(&renamed)).1, "1024x1024");
    let answer = json_of(&emulator, Fault::ChatMessage, GENERATIONS, &gpt()).await;
    let content = answer["choices"][0]["message"]["content"].as_str().unwrap();
    assert!(content.starts_with("![image](data:image/jpeg;base64,"));
}

#[tokio::test]
async fn d15_pictures_stand_elsewhere_in_events() {
    let emulator = emulator().await;
    for (fault, pointer) in [
        (Fault::ImageUrlObject, "/image_url/url"),
        (Fault::ImageBase64, "/image"),
        (Fault::PictureBeside, "/layers/0/url"),
    ] {
        let stream = stream_of(&emulator, fault, ARK, &group()).await;
        let events = events(&stream.text().await.unwrap());
        for event in &events[..2] {
            assert!(is_link(event.json().pointer(pointer).unwrap()), "{fault}");
        }
        assert!(events[2].json().pointer(pointer).is_none());
    }
    let stream = stream_of(&emulator, Fault::ImageUrlObject, GENERATIONS, &gpt()).await;
    let event = events(&stream.text().await.unwrap()).pop().unwrap();
    assert!(is_data_uri(&event.json()["image_url"]["url"]));
}

#[tokio::test]
async fn d2_a_success_says_nothing_or_words() {
    let emulator = emulator().await;
    for (fault, status, words) in [
        (Fault::Empty200, 200, ""),
        (Fault::Status204, 204, ""),
        (Fault::Text200, 200, "I cannot draw that"),
    ] {
        let response = send_with(&emulator, fault, ARK, &linked()).await;
        assert_eq!(response.status().as_u16(), status);
        let text = response.text().await.unwrap();
        assert!(
            text.starts_with(words) && text.is_empty() == words.is_empty(),
            "{fault}"
        );
    }
    assert_eq!(emulator.accepted(), 3);
}

#[tokio::test]
async fn d15_there_are_two_documents_or_two_lists() {
    let emulator = emulator().await;
    let two = text(&emulator, Fault::SecondDocument, ARK, &linked()).await;
    let documents: Vec<Value> = serde_json::Deserializer::from_slice(&two)
        .into_iter()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(documents[0], json!({"status": "processing"}));
    assert!(is_link(&documents[1]["data"][0]["url"]));

    let twice = text(&emulator, Fault::DataTwice, ARK, &linked()).await;
    let twice = String::from_utf8(twice).unwrap();
    assert_eq!(twice.matches("\"data\":").count(), 2);
    assert!(twice.ends_with(",\"data\":[]}") && twice.contains("\"url\":\"http"));
}

#[tokio::test]
async fn d25_the_body_is_the_picture() {
    let emulator = emulator().await;
    for (path, mut request) in [(GENERATIONS, gpt()), (ARK, linked())] {
        for stream in [false, true] {
            request["stream"] = json!(stream);
            let response = send_with(&emulator, Fault::RawPicture, path, &request).await;
            assert_eq!(response.headers()["content-type"], "image/jpeg");
            let file = response.bytes().await.unwrap();
            assert_eq!(look(&file), (ImageFormat::Jpeg, "1024x1024".to_owned()));
        }
    }
}

#[tokio::test]
async fn d14_base64_is_not_what_it_should_be() {
    let emulator = emulator().await;
    let whole = json_of(&emulator, Fault::CreatedZero, GENERATIONS, &gpt()).await;
    let whole = whole["data"][0]["b64_json"].as_str().unwrap().to_owned();
    for (path, request) in [(GENERATIONS, gpt()), (ARK, linked())] {
        let item = async |fault| {
            json_of(&emulator, fault, path, &request).await["data"][0]["b64_json"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        let words = STANDARD.decode(item(Fault::Base64NoImage).await).unwrap();
        assert!(words.starts_with(b"not an image") && words.len() > 1000);
        let half = STANDARD.decode(item(Fault::Base64Half).await).unwrap();
        assert_eq!(image::guess_format(&half).unwrap(), ImageFormat::Jpeg);
        assert!(!half.ends_with(b"\xff\xd9"));
        assert!(STANDARD.decode(item(Fault::Base64Garbage).await).is_err());
        let spaced = item(Fault::PlusAsSpace).await;
        assert!(spaced.contains(' ') && !spaced.contains('+'));
        assert!(STANDARD.decode(spaced.replace(' ', "+")).is_ok());
    }
    let spaced = json_of(&emulator, Fault::PlusAsSpace, GENERATIONS, &gpt()).await;
    let spaced = spaced["data"][0]["b64_json"].as_str().unwrap();
    assert_eq!(spaced.replace(' ', "+"), whole);
    let stream = stream_of(&emulator, Fault::Base64Half, GENERATIONS, &gpt()).await;
    let event = events(&stream.text().await.unwrap()).pop().unwrap().json();
    assert!(event["b64_json"].as_str().unwrap().len() * 2 <= whole.len() + 8);
}

#[tokio::test]
async fn d18_json_holds_what_json_forbids() {
    let emulator = emulator().await;
    for (fault, member) in [
        (Fault::LoneSurrogate, &br#"{"note":"a fox \ud83e","#[..]),
        (Fault::RawTab, b"{\"note\":\"a\tfox\","),
        (Fault::BrokenUtf8, b"{\"note\":\"a f\xffx\","),
        (Fault::NotANumber, b"{\"score\":NaN,"),
    ] {
        let answer = text(&emulator, fault, ARK, &linked()).await;
        assert!(answer.starts_with(member), "{fault}");
        assert!(serde_json::from_slice::<Value>(&answer).is_err(), "{fault}");
        let mended = [b"{", &answer[member.len()..]].concat();
        let mended: Value = serde_json::from_slice(&mended).unwrap();
        assert!(is_link(&mended["data"][0]["url"]));

        let stream = stream_of(&emulator, fault, ARK, &linked()).await;
        let stream = stream.bytes().await.unwrap();
        let event = [b"data: ", member].concat();
        let count = stream
            .windows(event.len())
            .filter(|at| *at == event)
            .count();
        assert_eq!(
            count, 2,
            "{fault}: the picture's event and the completed one"
        );
    }
}
