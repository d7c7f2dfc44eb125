//! What a request may carry to the endpoint, and what never leaves the machine.

use imagegen::{
    CustomImage, Error, GptImage, GptImageEdit, GptImageModel, ImageInput, ImageRequest,
    ProblemKind, Quality, Seedream, SeedreamModel, Size, ValidationPolicy,
};
use imagegen_emulator::{Emulator, Format, Picture};
use serde_json::json;

use crate::support::client;

const PLACES: [&str; 9] = [
    "model",
    "prompt",
    "operation",
    "validation",
    "image",
    "images",
    "mask",
    "markup",
    "stream",
];

fn png(width: u32, height: u32, transparent: bool) -> Vec<u8> {
    let picture = Picture {
        transparent,
        ..Picture::new("in", "m", width, height)
    };
    picture.render(Format::Png)
}

#[tokio::test]
async fn what_has_a_place_of_its_own_is_no_parameter() {
    let emulator = Emulator::start().await.unwrap();
    for name in PLACES {
        let gpt = || GptImage::new(GptImageModel::GptImage2, "p").param(name, "x");
        let edit = GptImageEdit::new(GptImageModel::GptImage2, "p", ImageInput::file_id("f"));
        let seedream = Seedream::new(SeedreamModel::Seedream5_0Pro, "p");
        let custom = CustomImage::new("m", "p");
        for refused in [
            gpt().build(),
            edit.param(name, "x").build(),
            seedream.param(name, "x").build(),
            custom.param(name, "x").build(),
        ] {
            let error = refused.unwrap_err();
            assert_eq!(error.parameter(), name);
            assert_eq!(error.problem().kind, ProblemKind::Shape);
        }
        // Nor with the check switched off, and it cannot be stored to be read without.
        let unchecked = gpt().build_unchecked();
        assert!(serde_json::to_string(&unchecked).is_err());
        let error = client(&emulator).generate(unchecked).await.unwrap_err();
        assert!(matches!(error, Error::InvalidRequest(_)), "{error}");
    }
    assert_eq!(emulator.requests().len(), 0);
}

#[tokio::test]
async fn a_file_that_json_names_is_read_only_if_it_is_allowed() {
    let emulator = Emulator::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.png");
    std::fs::write(&path, png(64, 64, true)).unwrap();
    let stored = |image, mask| {
        let mut body = json!({"model": "gpt-image-2", "prompt": "p", "operation": "edit",
            "quality": "low", "size": "1024x1024", "image": image});
        if mask {
            body["mask"] = json!({"path": path});
        }
        serde_json::from_value::<ImageRequest>(body).unwrap()
    };
    let link = "https://example.com/1.png";
    let file = || json!({"path": path});
    for (request, name) in [
        (stored(file(), false), "image"),
        (stored(json!([link, file()]), false), "image[1]"),
        (stored(json!(link), true), "mask"),
    ] {
        for policy in [
            ValidationPolicy::Enforce,
            ValidationPolicy::Warn,
            ValidationPolicy::Off,
        ] {
            let request = request.clone().validation(policy);
            let error = client(&emulator).generate(request).await.unwrap_err();
            let Error::InvalidRequest(error) = error else {
                panic!("{error}")
            };
            assert_eq!(error.parameter(), name);
            assert!(!error.to_string().contains("in.png"), "{error}");
        }
    }
    assert_eq!(emulator.requests().len(), 0);

    let allowed = stored(file(), false).allow_files();
    let response = client(&emulator).generate(allowed).await.unwrap();
    assert_eq!(response.images.len(), 1);

    // One that was built here keeps its file, and stored it is one that was read.
    let built = GptImageEdit::new(GptImageModel::GptImage2, "p", ImageInput::path(&path));
    let built = built.quality(Quality::Low).build().unwrap();
    let text = serde_json::to_string(&built).unwrap();
    let read: ImageRequest = serde_json::from_str(&text).unwrap();
    assert_eq!(read.check().unwrap_err().parameter(), "image");
    assert_eq!(read.allow_files(), built);
}

#[tokio::test]
async fn another_name_goes_out_as_it_is_and_is_held_to_its_row() {
    let emulator = Emulator::start().await.unwrap();
    let request = || CustomImage::new("openai/gpt-image-2", "p").size(Size::px(816, 816));
    let refused = request().param("n", 11).build().unwrap_err();
    assert_eq!(refused.parameter(), "n");
    let request = request().param("quality", "low");
    let response = client(&emulator).generate(request).await.unwrap();
    insta::assert_snapshot!(
        response.warnings[0],
        @"model openai/gpt-image-2: it is taken for gpt-image-2, by whose row it is checked"
    );
    let sent = emulator.requests();
    assert_eq!(sent[0].json().unwrap()["model"], "openai/gpt-image-2");
    let table = imagegen::ModelTable::builtin()
        .clone()
        .with_alias("my-alias", "gpt-image-2");
    assert_eq!(table.get("my-alias").unwrap().id, "gpt-image-2");
    assert_eq!(table.warnings(), [""; 0]);
}

#[tokio::test]
async fn a_markup_goes_as_a_file_beside_the_images() {
    let emulator = Emulator::start().await.unwrap();
    let edit = |model, markup| {
        GptImageEdit::new(model, "p", ImageInput::bytes(png(64, 32, false)))
            .quality(Quality::Low)
            .markup(markup)
    };
    let good = || ImageInput::bytes(png(64, 32, true));
    let model = GptImageModel::GptImage2_5Flare;
    // Whatever it answers, it saw the part.
    let _ = client(&emulator)
        .generate(edit(model.clone(), good()))
        .await;
    let sent = emulator.requests();
    let part = sent[0].parts().iter().find(|part| part.name == "markup");
    let part = part.unwrap();
    assert_eq!(part.file_name.as_deref(), Some("markup.png"));
    assert_eq!(part.content_type.as_deref(), Some("image/png"));

    let on_2 = edit(GptImageModel::GptImage2, good()).build();
    assert_eq!(on_2.unwrap_err().parameter(), "markup");
    let masked = edit(model.clone(), good()).mask(good()).build();
    assert_eq!(masked.unwrap_err().parameter(), "markup");
    let linked = edit(model.clone(), ImageInput::url("https://example.com/1.png")).build();
    assert_eq!(linked.unwrap_err().parameter(), "markup");
    for bad in [png(64, 32, false), png(64, 64, true), b"GIF89a".to_vec()] {
        let bad = edit(model.clone(), ImageInput::bytes(bad));
        let error = client(&emulator).generate(bad).await.unwrap_err();
        assert!(error.to_string().starts_with("markup"), "{error}");
    }
    assert_eq!(emulator.requests().len(), 1);
}
