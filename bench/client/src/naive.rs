//! A client as one writes it with reqwest, serde and base64; events with a linear SSE crate.

use std::hint::black_box;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bench_measure::{Result, Run};
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};

pub(crate) struct Naive<'r> {
    run: &'r Run,
    http: reqwest::Client,
}

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    prompt: &'a str,
    size: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    image: Vec<String>,
}

const REQUEST: Request<'_> = Request {
    model: "gpt-image-2",
    prompt: "A red fox in snow",
    size: "1024x1024",
    stream: None,
    image: Vec::new(),
};

#[derive(Deserialize)]
#[allow(dead_code)] // Read from JSON as anybody would.
struct Answer {
    created: u64,
    data: Vec<Item>,
    usage: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct Item {
    b64_json: Option<String>,
    url: Option<String>,
    revised_prompt: Option<String>,
}

#[derive(Deserialize)]
struct Event {
    b64_json: String,
}

impl<'r> Naive<'r> {
    pub(crate) fn new(run: &'r Run) -> Result<Self> {
        let http = crate::tls::http_client()?;
        Ok(Self { run, http })
    }

    pub(crate) async fn small(&self) -> Result<()> {
        black_box(self.answer("small", &REQUEST).await?);
        Ok(())
    }

    pub(crate) async fn call(&self) -> Result<()> {
        let answer = &self.run.answer;
        match self.run.job.as_str() {
            "small" => {
                black_box(self.answer(answer, &REQUEST).await?);
            }
            "file" => {
                for (number, item) in self.answer(answer, &REQUEST).await?.data.iter().enumerate() {
                    let text = item.b64_json.as_deref().ok_or("no picture")?;
                    tokio::fs::write(self.file(number), STANDARD.decode(text)?).await?;
                }
            }
            "memory" => {
                let data = self.answer(answer, &REQUEST).await?.data;
                let pictures = data
                    .iter()
                    .map(|item| Ok(STANDARD.decode(item.b64_json.as_deref().ok_or("none")?)?))
                    .collect::<Result<Vec<_>>>()?;
                black_box(pictures);
            }
            "stream" => self.stream().await?,
            "upload" => {
                let image = self
                    .run
                    .references()?
                    .into_iter()
                    .map(|path| {
                        let text = STANDARD.encode(std::fs::read(path)?);
                        Ok(format!("data:image/png;base64,{text}"))
                    })
                    .collect::<Result<Vec<_>>>()?;
                black_box(self.answer(answer, &Request { image, ..REQUEST }).await?);
            }
            other => return Err(format!("unknown job {other}").into()),
        }
        Ok(())
    }

    async fn stream(&self) -> Result<()> {
        let request = Request {
            stream: Some(true),
            ..REQUEST
        };
        let body = self.send(&self.run.answer, &request).await?.bytes_stream();
        let mut events = std::pin::pin!(sse_stream::SseByteStream::new(body));
        let mut number = 0;
        while let Some(event) = events.next().await {
            let data = event?.data.ok_or("an event without data")?;
            let event: Event = serde_json::from_str(&data)?;
            tokio::fs::write(self.file(number), STANDARD.decode(event.b64_json)?).await?;
            number += 1;
        }
        Ok(())
    }

    async fn answer(&self, answer: &str, request: &Request<'_>) -> Result<Answer> {
        Ok(self.send(answer, request).await?.json().await?)
    }

    async fn send(&self, answer: &str, request: &Request<'_>) -> Result<reqwest::Response> {
        let url = format!("{}/images/generations", self.run.base(answer));
        let call = self.http.post(url).bearer_auth("sk-bench").json(request);
        Ok(call.send().await?.error_for_status()?)
    }

    fn file(&self, number: usize) -> PathBuf {
        self.run.folder.join(format!("picture-{number}.png"))
    }
}
