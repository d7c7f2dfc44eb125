//! One attempt at a call: what happens in it, step by step, until its pictures are files.

use std::time::Duration;

use imagegen::{
    Client, Delivery, Error, Generation, Image, ImageData, ImageEvent, ImageFailure, ImageRequest,
    ImageResponse, PartialImage, SavedImage, Target,
};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::Sender;
use tokio::time::{Instant, timeout_at};

use crate::failure::sentence;

/// Something that happened in an attempt.
#[derive(Debug)]
pub(crate) enum Step {
    Preview(PartialImage),
    /// A picture of which there is no more than a link yet.
    Link(LeftLink),
    Image(Box<Arrived>),
    Failed {
        failure: ImageFailure,
        request_id: Option<String>,
    },
    /// The last step: the call was answered, and this is what the answer says as a whole.
    Answered(Box<ImageResponse>),
    /// The last step: the call did not come to its end.
    Broken(Error),
    /// The last step of an attempt at links.
    Fetched,
}

impl Step {
    /// Whether nothing follows it.
    pub(super) fn is_last(&self) -> bool {
        matches!(self, Self::Answered(_) | Self::Broken(_) | Self::Fetched)
    }
}

/// A picture that came, and what became of it.
#[derive(Debug)]
pub(crate) struct Arrived {
    pub(crate) index: u32,
    pub(crate) revised_prompt: Option<String>,
    /// The link it came as, where the library could not follow it.
    pub(crate) link: Option<LeftLink>,
    /// The file, or why there is none.
    pub(crate) saved: Result<SavedImage, String>,
}

/// A link to a picture that is paid for and not saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LeftLink {
    /// The picture's place in the answer, from 0.
    pub(crate) index: u32,
    pub(crate) url: String,
}

/// A call that is ready to be made, and made again where it was surely not accepted.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    /// The number of its call, from 0.
    pub(crate) number: u32,
    pub(crate) client_request_id: String,
    pub(crate) target: Target,
    /// By when it must have ended; set when it first goes out.
    pub(crate) deadline: Option<Instant>,
    /// How often it went out before.
    pub(super) retries: u32,
    errand: Errand,
}

#[derive(Clone, Debug)]
enum Errand {
    Generate(Box<Generation>, Delivery),
    Fetch {
        client: Client,
        prompt: String,
        links: Vec<LeftLink>,
    },
}

impl Attempt {
    /// A call for pictures.
    pub(crate) fn generate(
        number: u32,
        client: &Client,
        request: ImageRequest,
        client_request_id: String,
        delivery: Delivery,
        target: Target,
    ) -> Self {
        let generation = client
            .generate(request)
            .to(target.clone())
            .client_request_id(&client_request_id)
            // The scheduler does it, for all calls together.
            .max_retries(0);
        Self {
            number,
            client_request_id,
            target,
            deadline: None,
            retries: 0,
            errand: Errand::Generate(Box::new(generation), delivery),
        }
    }

    /// Another try at links that an earlier call left.
    pub(crate) fn fetch(
        number: u32,
        client: &Client,
        prompt: &str,
        links: Vec<LeftLink>,
        target: Target,
    ) -> Self {
        Self {
            number,
            client_request_id: String::new(),
            target,
            deadline: None,
            retries: 0,
            errand: Errand::Fetch {
                client: client.clone(),
                prompt: prompt.to_owned(),
                links,
            },
        }
    }

    /// Whether it can be billed.
    pub(super) fn is_call(&self) -> bool {
        matches!(self.errand, Errand::Generate(..))
    }

    /// Makes it and reports its steps, each with the number of the call.
    pub(super) async fn make(self, steps: Sender<(u32, Step)>) {
        let reporter = Reporter {
            number: self.number,
            target: self.target,
            deadline: self.deadline,
            steps,
        };
        let last = match self.errand {
            Errand::Generate(generation, delivery) => {
                match reporter.follow(*generation, delivery).await {
                    Ok(response) => Step::Answered(Box::new(response)),
                    Err(error) => Step::Broken(error),
                }
            }
            Errand::Fetch {
                client,
                prompt,
                links,
            } => {
                for link in links {
                    let fetching = client.save_link(&link.url, &prompt, reporter.target.clone());
                    let saved = reporter.in_time(fetching, &link).await;
                    reporter.arrived(link.index, None, Some(link), saved).await;
                }
                Step::Fetched
            }
        };
        reporter.step(last).await;
    }
}

/// Tells the scheduler what happens.
struct Reporter {
    number: u32,
    target: Target,
    deadline: Option<Instant>,
    steps: Sender<(u32, Step)>,
}

impl Reporter {
    async fn follow(
        &self,
        mut generation: Generation,
        delivery: Delivery,
    ) -> Result<ImageResponse, Error> {
        if let Some(deadline) = self.deadline {
            let left = deadline.saturating_duration_since(Instant::now());
            generation = generation.timeout(left.max(Duration::from_millis(1)));
        }
        let mut events = match delivery {
            Delivery::Stream => generation.stream().await,
            Delivery::Whole => generation.events().await,
        }?;
        let mut response = events.response();
        while let Some(event) = events.next().await {
            match event {
                Ok(ImageEvent::Partial(preview)) => self.step(Step::Preview(preview)).await,
                Ok(ImageEvent::Image(image)) => self.image(&response, &image).await,
                Ok(ImageEvent::Failed(failure)) => self.failed(&response, failure).await,
                Ok(event) => response.take(event),
                Err(error) => {
                    if let Some(partial) = error.partial() {
                        self.rescued(partial).await;
                    }
                    return Err(error);
                }
            }
        }
        Ok(response)
    }

    /// What came before an answer broke off.
    async fn rescued(&self, response: &ImageResponse) {
        for image in &response.images {
            self.image(response, image).await;
        }
        for failure in &response.failures {
            self.failed(response, failure.clone()).await;
        }
    }

    async fn failed(&self, response: &ImageResponse, failure: ImageFailure) {
        let request_id = response.meta.request_id.clone();
        self.step(Step::Failed {
            failure,
            request_id,
        })
        .await;
    }

    async fn image(&self, response: &ImageResponse, image: &Image) {
        let saving = response.save(image, self.target.clone());
        let (link, saved) = match &image.data {
            ImageData::File(saved) => (None, Ok((**saved).clone())),
            ImageData::Url(url) => {
                let link = LeftLink {
                    index: image.index,
                    url: url.clone(),
                };
                self.step(Step::Link(link.clone())).await;
                // It is paid for, and the second failure says why.
                let saved = self.in_time(saving, &link).await;
                (Some(link), saved)
            }
            // What is rescued of a broken answer can still be in memory.
            _ => (None, saving.await.map_err(|error| sentence(&error))),
        };
        let revised_prompt = image.revised_prompt.clone();
        self.arrived(image.index, revised_prompt, link, saved).await;
    }

    /// Waits for a picture at a link until the time is up.
    async fn in_time(
        &self,
        saving: impl Future<Output = Result<SavedImage, Error>>,
        link: &LeftLink,
    ) -> Result<SavedImage, String> {
        let saved = match self.deadline {
            Some(deadline) => timeout_at(deadline, saving).await,
            None => Ok(saving.await),
        };
        let why = match saved {
            Ok(Ok(saved)) => return Ok(saved),
            Ok(Err(error)) => sentence(&error),
            Err(_) => "the time was up before the picture was downloaded".to_owned(),
        };
        // A link that was paid for is worth more than a tidy message.
        Err(format!("{why}; it may still be fetched from {}", link.url))
    }

    async fn arrived(
        &self,
        index: u32,
        revised_prompt: Option<String>,
        link: Option<LeftLink>,
        saved: Result<SavedImage, String>,
    ) {
        let arrived = Arrived {
            index,
            revised_prompt,
            link,
            saved,
        };
        self.step(Step::Image(Box::new(arrived))).await;
    }

    async fn step(&self, step: Step) {
        // Nobody listens any more after a second interrupt.
        let _ = self.steps.send((self.number, step)).await;
    }
}
