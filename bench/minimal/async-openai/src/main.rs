//! Makes one picture.

use async_openai::Client;
use async_openai::types::images::{CreateImageRequestArgs, ImageModel};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let request = CreateImageRequestArgs::default()
        .model(ImageModel::GptImage2)
        .prompt("A red fox in snow")
        .build()?;
    let answer = Client::new().images().generate(request).await?;
    answer.save("pictures").await?;
    Ok(())
}
