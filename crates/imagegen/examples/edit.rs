//! Changes a picture, and keeps what comes of it whatever goes wrong.
//!
//! ```sh
//! imagegen serve --port 8080 &
//! IMAGEGEN_BASE_URL=http://127.0.0.1:8080 cargo run --example edit -- fox.png
//! ```

#![allow(clippy::print_stdout)] // An example for a terminal.

use imagegen::{Client, Error, GptImageEdit, GptImageModel, ImageInput};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let base_url = std::env::var("IMAGEGEN_BASE_URL")?;
    let key = std::env::var("IMAGEGEN_API_KEY").unwrap_or_else(|_| "no-key-needed".to_owned());
    let client = Client::gateway(base_url, key)?;

    let picture = std::env::args().nth(1).ok_or("name a picture to change")?;
    let picture = ImageInput::path(picture);
    let request = GptImageEdit::new(GptImageModel::GptImage2, "put a red hat on it", picture);
    match client.generate(request).to("pictures").await {
        Ok(response) => {
            for image in &response.images {
                println!("{:?}", image.data);
            }
        }
        // It may have been billed, so it is not sent again: these ids are for the vendor.
        Err(Error::OutcomeUnknown(unknown)) => {
            println!("{unknown}: {:?}", unknown.client_request_id());
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
