//! Makes a picture and says what it cost.
//!
//! ```sh
//! imagegen serve --port 8080 &
//! IMAGEGEN_BASE_URL=http://127.0.0.1:8080 cargo run --example generate
//! ```

#![allow(clippy::print_stdout)] // An example for a terminal.

use imagegen::{Client, GptImage, GptImageModel, ImageRequest, Quality, Size};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let base_url = std::env::var("IMAGEGEN_BASE_URL")?;
    let key = std::env::var("IMAGEGEN_API_KEY").unwrap_or_else(|_| "no-key-needed".to_owned());
    let client = Client::gateway(base_url, key)?;

    let request: ImageRequest = GptImage::new(GptImageModel::GptImage2, "a red fox in snow")
        .size(Size::px(1536, 1024))
        .quality(Quality::Low)
        .into();
    if let Some(estimate) = client.estimate(&request) {
        let (least, most) = (estimate.least, estimate.most);
        println!("will cost {least} to {most} {}", estimate.currency);
    }

    let response = client.generate(request.clone()).await?;
    for saved in response.save_all("pictures").await? {
        println!("{}", saved.path.display());
    }
    if let Some(cost) = client.models().cost(&request, &response) {
        println!("cost {cost}");
    }
    Ok(())
}
