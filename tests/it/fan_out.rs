//! Several pictures of models with and without `n`.

use imagegen::{GptImage, GptImageModel, ImageData, Quality, Seedream, SeedreamModel, Size};
use imagegen_emulator::{Emulator, Fault};

use crate::support::builder;

fn seedream() -> Seedream {
    Seedream::new(SeedreamModel::Seedream5_0Flash, "a red fox").size(Size::px(1280, 720))
}

#[tokio::test]
async fn one_failed_call_does_not_discard_the_others() {
    let emulator = Emulator::start().await.unwrap();
    emulator.fault_next(Fault::ModerationOutput);
    let client = builder(emulator.base_url()).build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let response = client
        .generate(seedream())
        .n(4)
        .to(folder.path())
        .await
        .unwrap();

    assert_eq!((response.images.len(), response.failures.len()), (3, 1));
    assert_eq!(
        response.completion.usage.as_ref().unwrap().generated_images,
        Some(3)
    );
    let mut indices: Vec<_> = response.images.iter().map(|image| image.index).collect();
    indices.extend(response.failures.iter().map(|failure| failure.index));
    indices.sort_unstable();
    assert_eq!(indices, [0, 1, 2, 3]);
    assert!(
        response
            .images
            .iter()
            .all(|image| matches!(image.data, ImageData::File(_)))
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
    assert_eq!(emulator.accepted(), 4);
}

#[tokio::test]
async fn a_model_with_n_is_asked_once() {
    let emulator = Emulator::start().await.unwrap();
    let client = builder(emulator.base_url()).build().unwrap();
    let request = GptImage::new(GptImageModel::GptImage2, "p")
        .size(Size::px(816, 816))
        .quality(Quality::Low);
    let response = client.generate(request).n(3).await.unwrap();
    assert_eq!(response.images.len(), 3);
    assert_eq!(emulator.requests().len(), 1);
}

#[tokio::test]
async fn what_is_paid_for_comes_through_whatever_else_fails() {
    let emulator = Emulator::start().await.unwrap();
    let client = builder(emulator.base_url()).build().unwrap();
    emulator.fault_next(Fault::Html200);
    let response = client.generate(seedream()).n(2).await.unwrap();
    assert_eq!((response.images.len(), response.failures.len()), (1, 1));
    let failure = &response.failures[0];
    assert_eq!(failure.code.as_deref(), Some("decode"));
    let body = failure.raw.as_deref().unwrap();
    assert!(body.starts_with(b"<"), "the answer itself is kept");

    // Of several errors the one that may have cost something is told.
    emulator.fault_next(Fault::ModerationInput);
    emulator.fault_next(Fault::CloseBeforeAnswer);
    let error = client.generate(seedream()).n(2).await.unwrap_err();
    assert_eq!(error.kind(), "outcome_unknown");
}

#[tokio::test]
async fn if_every_call_fails_the_first_error_is_told() {
    let emulator = Emulator::builder()
        .fault(Fault::ModerationInput)
        .start()
        .await
        .unwrap();
    let client = builder(emulator.base_url()).build().unwrap();
    let error = client.generate(seedream()).n(3).await.unwrap_err();
    assert_eq!(error.kind(), "input_moderation");
}
