//! The same runs with async-openai, as its examples do them: `async-openai JOB ...` with the
//! arguments of `bench-client`.

use std::hint::black_box;

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::types::images::{
    CreateImageRequest, CreateImageRequestArgs, Image, ImageGenStreamEvent, ImageModel, ImageSize,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bench_measure::{Clocks, Result, Run};
use futures_util::StreamExt as _;

fn main() -> Result<()> {
    // First, so that the runtime's threads are on the same CPU.
    let run = Run::from_arguments()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let line = runtime.block_on(async { tokio::spawn(measured(run)).await? })?;
    println!("{line}");
    Ok(())
}

/// Makes the small call, then measures the others.
async fn measured(run: Run) -> Result<String> {
    let http = reqwest::Client::new();
    let warm = client_of(&run, &http, "small");
    let client = client_of(&run, &http, &run.answer);
    for _ in 0..run.at_once {
        black_box(warm.images().generate(request()?).await?);
    }
    let clocks = Clocks::start()?;
    if run.at_once <= 1 {
        for _ in 0..run.calls {
            call(&run, &client).await?;
        }
    } else {
        for _ in 0..run.calls / run.at_once {
            let calls = (0..run.at_once).map(|_| call(&run, &client));
            futures_util::future::try_join_all(calls).await?;
        }
    }
    clocks.stop()
}

/// A client for an answer; all share one connection pool.
fn client_of(run: &Run, http: &reqwest::Client, answer: &str) -> Client<OpenAIConfig> {
    let config = OpenAIConfig::new()
        .with_api_key("sk-bench")
        .with_api_base(run.base(answer));
    Client::build(http.clone(), config)
}

fn request() -> Result<CreateImageRequest> {
    Ok(CreateImageRequestArgs::default()
        .model(ImageModel::GptImage2)
        .prompt("A red fox in snow")
        .size(ImageSize::S1024x1024)
        .build()?)
}

async fn call(run: &Run, client: &Client<OpenAIConfig>) -> Result<()> {
    match run.job.as_str() {
        "small" => {
            black_box(client.images().generate(request()?).await?);
        }
        "file" => {
            let answer = client.images().generate(request()?).await?;
            black_box(answer.save(&run.folder).await?);
        }
        "memory" => {
            let answer = client.images().generate(request()?).await?;
            let mut pictures = Vec::new();
            for image in &answer.data {
                if let Image::B64Json { b64_json, .. } = image.as_ref() {
                    pictures.push(STANDARD.decode(b64_json.as_bytes())?);
                }
            }
            black_box(pictures);
        }
        "stream" => {
            let mut events = client.images().generate_stream(request()?).await?;
            let mut number = 0;
            while let Some(event) = events.next().await {
                let text = match event? {
                    ImageGenStreamEvent::PartialImage(event) => event.b64_json,
                    ImageGenStreamEvent::Completed(event) => event.b64_json,
                };
                let path = run.folder.join(format!("picture-{number}.png"));
                tokio::fs::write(path, STANDARD.decode(text)?).await?;
                number += 1;
            }
        }
        other => return Err(format!("async-openai does not do {other}").into()),
    }
    Ok(())
}
