//! Images that go in: uploads, links, references, and what is refused before it is sent.

use imagegen::{
    CustomImage, Error, GptImageEdit, GptImageModel, ImageInput, Quality, Seedream, SeedreamModel,
    Size, ValidationPolicy,
};
use imagegen_emulator::{Emulator, Format, Picture};

use crate::support::{Canned, client};

fn png(width: u32, height: u32, transparent: bool) -> Vec<u8> {
    let picture = Picture {
        transparent,
        ..Picture::new("in", "m", width, height)
    };
    picture.render(Format::Png)
}

fn edit(image: ImageInput) -> GptImageEdit {
    GptImageEdit::new(GptImageModel::GptImage2, "put a hat on", image)
        .size(Size::px(1024, 1024))
        .quality(Quality::Low)
}

#[tokio::test]
async fn one_file_goes_as_image_and_several_as_a_list() {
    let emulator = Emulator::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("my \"fox\".jpeg");
    // The extension lies; the bytes decide.
    std::fs::write(&path, png(64, 64, false)).unwrap();
    let response = client(&emulator)
        .generate(edit(ImageInput::path(&path)))
        .await
        .unwrap();
    assert_eq!(response.images.len(), 1);
    let two = edit(ImageInput::path(&path))
        .image(ImageInput::bytes(
            Picture::new("b", "m", 32, 32).render(Format::Jpeg { quality: 80 }),
        ))
        .mask(ImageInput::bytes(png(64, 64, true)));
    client(&emulator).generate(two).await.unwrap();

    let requests = emulator.requests();
    let shape = |at: usize| -> Vec<(String, Option<String>, Option<String>)> {
        let parts = requests[at].parts().iter();
        parts
            .filter(|part| part.file_name.is_some())
            .map(|part| {
                (
                    part.name.clone(),
                    part.file_name.clone(),
                    part.content_type.clone(),
                )
            })
            .collect()
    };
    let part = |name: &str, file: &str, kind: &str| {
        (
            name.to_owned(),
            Some(file.to_owned()),
            Some(kind.to_owned()),
        )
    };
    assert_eq!(shape(0), [part("image", "my %22fox%22.png", "image/png")]);
    assert_eq!(
        shape(1),
        [
            part("image[]", "my %22fox%22.png", "image/png"),
            part("image[]", "image[1].jpg", "image/jpeg"),
            part("mask", "mask.png", "image/png"),
        ]
    );
    assert_eq!(
        requests[0]
            .parts()
            .iter()
            .find(|part| part.file_name.is_some())
            .unwrap()
            .bytes,
        std::fs::read(&path).unwrap()
    );
    // The length is known before the body is: no chunked upload.
    assert!(requests[0].header("content-length").is_some());
    assert_eq!(requests[0].header("transfer-encoding"), None);
    let fields: Vec<_> = requests[0]
        .parts()
        .iter()
        .filter(|part| part.file_name.is_none())
        .map(|part| (part.name.as_str(), part.text().unwrap()))
        .collect();
    assert_eq!(
        fields,
        [
            ("model", "gpt-image-2"),
            ("prompt", "put a hat on"),
            ("quality", "low"),
            ("size", "1024x1024")
        ]
    );
}

#[tokio::test]
async fn links_and_file_ids_go_as_json() {
    let emulator = Emulator::start().await.unwrap();
    let request =
        edit(ImageInput::url("https://example.com/fox.png")).image(ImageInput::file_id("file-123"));
    client(&emulator).generate(request).await.unwrap();
    let requests = emulator.requests();
    let body = requests[0].json().unwrap();
    assert_eq!(
        body["images"],
        serde_json::json!([{"image_url": "https://example.com/fox.png"}, {"file_id": "file-123"}])
    );
    assert_eq!(requests[0].path, "/v1/images/edits");
}

#[tokio::test]
async fn an_edit_streams_too() {
    let emulator = Emulator::start().await.unwrap();
    let request = edit(ImageInput::bytes(png(64, 64, false))).partial_images(1);
    let response = client(&emulator)
        .generate(request)
        .stream()
        .await
        .unwrap()
        .finish()
        .await
        .unwrap();
    assert_eq!(response.images.len(), 1);
}

#[tokio::test]
async fn references_go_into_a_seedream_request() {
    let emulator = Emulator::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fox.png");
    let content = png(700, 300, false);
    std::fs::write(&path, &content).unwrap();
    let request = Seedream::new(SeedreamModel::Seedream4_0Of20260415, "as image 1")
        .size(Size::K1)
        .image(ImageInput::path(&path))
        .image(ImageInput::url("https://example.com/2.png"));
    client(&emulator).generate(request).await.unwrap();
    let requests = emulator.requests();
    let images = requests[0].json().unwrap()["image"]
        .as_array()
        .unwrap()
        .clone();
    let text = images[0]
        .as_str()
        .unwrap()
        .strip_prefix("data:image/png;base64,")
        .unwrap();
    use base64::Engine as _;
    assert_eq!(
        base64::engine::general_purpose::STANDARD
            .decode(text)
            .unwrap(),
        content
    );
    assert_eq!(images[1], "https://example.com/2.png");
}

#[tokio::test]
async fn what_a_model_does_not_read_is_refused_before_it_is_sent() {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator);
    let seedream = |image: Vec<u8>| {
        Seedream::new(SeedreamModel::Seedream5_0Pro, "p").image(ImageInput::bytes(image))
    };
    let gif = || {
        Picture::new("a", "m", 32, 32).render(Format::Gif {
            frames: 2,
            frame_duration_ms: 50,
        })
    };
    let mut refusals = String::new();
    for request in [
        edit(ImageInput::bytes(gif())).into(),
        edit(ImageInput::bytes("no image at all")).into(),
        edit(ImageInput::bytes(png(64, 64, false)))
            .mask(ImageInput::bytes(png(64, 64, false)))
            .into(),
        edit(ImageInput::bytes(png(64, 64, false)))
            .mask(ImageInput::bytes(png(64, 32, true)))
            .into(),
        edit(ImageInput::bytes(png(64, 64, false)))
            .mask(ImageInput::bytes(gif()))
            .into(),
        (0..16)
            .fold(edit(ImageInput::url("https://e.com/0")), |edit, _| {
                edit.image(ImageInput::url("https://e.com/1"))
            })
            .into(),
        seedream(png(14, 200, false)).into(),
        seedream(png(20, 400, false)).into(),
        seedream(png(500, 500, false))
            .layer_decomposition(true)
            .into(),
        seedream(gif()).layer_decomposition(true).into(),
        seedream(png(64, 64, false))
            .background(imagegen::Background::Transparent)
            .into(),
        CustomImage::new("gpt-image-2", "p")
            .image(ImageInput::url("https://e.com/1"))
            .into(),
        CustomImage::new("doubao-seedream-4-0-20260415", "p")
            .image(ImageInput::file_id("file-1"))
            .into(),
        CustomImage::new("doubao-seedream-4-0-20260415", "p")
            .image(ImageInput::url("https://e.com/1"))
            .edit()
            .into(),
        serde_json::from_value(serde_json::json!({
            "model": "gpt-image-2", "prompt": "p", "mask": "https://e.com/mask.png",
        }))
        .unwrap(),
        edit(ImageInput::url("https://e.com/1"))
            .image(ImageInput::bytes(
                [png(64, 64, false), vec![0; 16 << 20]].concat(),
            ))
            .into(),
    ] {
        let request: imagegen::ImageRequest = request;
        let error = client.generate(request).await.unwrap_err();
        assert!(matches!(error, Error::InvalidRequest(_)), "{error}");
        refusals.push_str(&format!("{error}\n"));
    }
    insta::assert_snapshot!(refusals, @r#"
    image of format gif is not valid for gpt-image-2: one of png, webp, jpeg
    image is not valid for gpt-image-2: it is no image the model reads (png, webp, jpeg)
    mask is not valid for gpt-image-2: it has no alpha channel; what is transparent in it is changed
    mask of 64x32 pixels is not valid for gpt-image-2: it is as large as the first image, 64x64
    mask is not valid for gpt-image-2: a mask is a PNG
    image with 17 images is not valid for gpt-image-2: at most 16
    image of 14x200 pixels is not valid for doubao-seedream-5-0-pro-260628: each side is at least 15 pixels
    image of 20x400 pixels is not valid for doubao-seedream-5-0-pro-260628: the ratio is outside 1:16 to 16:1
    image of 500x500 pixels is not valid for doubao-seedream-5-0-pro-260628: layers are taken from at least 262144 pixels
    image of format gif is not valid for doubao-seedream-5-0-pro-260628: one of png, jpeg
    image is not valid for doubao-seedream-5-0-pro-260628: background transparent keeps what is transparent in a PNG, and this has no alpha
    image is not a parameter of gpt-image-2: generations take none; edits do
    image is not valid for doubao-seedream-4-0-20260415: a file id only works in an edit
    operation edit is not valid for doubao-seedream-4-0-20260415: the vendor has none; ask for a generation, which takes images
    mask is not a parameter of gpt-image-2: only edits have it
    image_url of 22376764 characters is not valid for gpt-image-2: beside a link or a file id at most 20971520; send all images as files
    "#);
    let error = client
        .generate(edit(ImageInput::path("/nowhere.png")))
        .await
        .unwrap_err();
    insta::assert_snapshot!(error, @"cannot read /nowhere.png");
    assert!(emulator.requests().is_empty());
}

#[tokio::test]
async fn what_is_only_warned_of_is_told_of_images_too() {
    let server = Canned::json("200 OK", r#"{"data":[{"url":"https://e.com/1"}]}"#).await;
    let request = edit(ImageInput::bytes("no image at all"));
    let request = imagegen::ImageRequest::from(request).validation(ValidationPolicy::Warn);
    let response = server.client().generate(request).await.unwrap();
    insta::assert_snapshot!(response.warnings[0], @"image is not valid for gpt-image-2: it is no image the model reads (png, webp, jpeg)");
}
