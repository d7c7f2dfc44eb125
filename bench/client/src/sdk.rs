//! The SDK, used as its documentation says.

use std::hint::black_box;

use bench_measure::{Result, Run};
use imagegen::{
    Client, GptImage, GptImageModel, ImageInput, Seedream, SeedreamModel, Size, Target,
};

pub(crate) struct Sdk<'r> {
    run: &'r Run,
    warm: Client,
    client: Client,
}

impl<'r> Sdk<'r> {
    pub(crate) fn new(run: &'r Run) -> Result<Self> {
        let http = crate::tls::http_client()?;
        let client = |answer: &str| {
            Client::builder()
                .base_url(run.base(answer))
                .api_key("sk-bench")
                .http_client(http.clone())
                .build()
        };
        Ok(Self {
            run,
            warm: client("small")?,
            client: client(&run.answer)?,
        })
    }

    pub(crate) async fn small(&self) -> Result<()> {
        black_box(self.warm.generate(request()).await?);
        Ok(())
    }

    pub(crate) async fn call(&self) -> Result<()> {
        match self.run.job.as_str() {
            "file" => {
                let saved = self.client.generate(request()).to(&self.run.folder).await?;
                black_box(saved);
            }
            "broken" => {
                let result = self.client.generate(request()).to(&self.run.folder).await;
                black_box(result.err().ok_or("a broken answer was taken")?);
            }
            "memory" | "small" => {
                black_box(self.client.generate(request()).await?);
            }
            "stream" => {
                let target = Target::folder(&self.run.folder).previews(true);
                let mut events = self.client.generate(request()).to(target).stream().await?;
                while let Some(event) = events.next().await {
                    black_box(event?);
                }
            }
            "upload" => {
                let mut request =
                    Seedream::new(SeedreamModel::Seedream4_0Of20260415, "All of these");
                for path in self.run.references()? {
                    request = request.image(ImageInput::path(path));
                }
                black_box(self.client.generate(request).await?);
            }
            other => return Err(format!("unknown job {other}").into()),
        }
        Ok(())
    }
}

fn request() -> GptImage {
    GptImage::new(GptImageModel::GptImage2, "A red fox in snow").size(Size::px(1024, 1024))
}
