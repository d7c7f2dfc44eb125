//! Shows previews while a picture is drawn.
//!
//! ```sh
//! imagegen serve --port 8080 &
//! IMAGEGEN_BASE_URL=http://127.0.0.1:8080 cargo run --example stream
//! ```

#![allow(clippy::print_stdout)] // An example for a terminal.

use imagegen::{Client, GptImage, GptImageModel, ImageEvent, Target};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let base_url = std::env::var("IMAGEGEN_BASE_URL")?;
    let key = std::env::var("IMAGEGEN_API_KEY").unwrap_or_else(|_| "no-key-needed".to_owned());
    let client = Client::gateway(base_url, key)?;

    let request = GptImage::new(GptImageModel::GptImage2, "a slow sunrise").partial_images(3);
    let target = Target::folder("pictures").previews(true);
    let mut events = client.generate(request).to(target).stream().await?;
    while let Some(event) = events.next().await {
        match event? {
            ImageEvent::Partial(preview) => println!("preview: {:?}", preview.data),
            ImageEvent::Image(image) => println!("picture: {:?}", image.data),
            ImageEvent::Failed(failure) => println!("failed: {failure:?}"),
            ImageEvent::Completed(end) => println!("usage: {:?}", end.usage),
            _ => {}
        }
    }
    Ok(())
}
