//! Makes one picture.

use imagegen::{Client, GptImage, GptImageModel};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let variable = |name| std::env::var(name).map_err(|_| format!("{name} is not set"));
    let client = Client::gateway(
        variable("IMAGEGEN_BASE_URL")?,
        variable("IMAGEGEN_API_KEY")?,
    )?;
    let request = GptImage::new(GptImageModel::GptImage2, "A red fox in snow");
    client.generate(request).to("pictures").await?;
    Ok(())
}
