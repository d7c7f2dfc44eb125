//! One call: what happens in it, step by step, until its pictures are files.

use std::time::Instant;

use imagegen::{
    Delivery, Error, Generation, Image, ImageData, ImageEvent, ImageFailure, ImageResponse,
    PartialImage, SavedImage, Target,
};
use tokio::sync::mpsc::UnboundedSender;

use crate::failure::sentence;

/// Something that happened in a call.
#[derive(Debug)]
pub(crate) enum Step {
    Preview(PartialImage),
    /// A picture of which there is no more than a link yet.
    Link(String),
    Image(Box<Arrived>),
    Failed {
        failure: ImageFailure,
        request_id: Option<String>,
    },
    /// The last step: what the answer says as a whole.
    Ended(Result<Box<ImageResponse>, Error>),
}

/// A picture that came, and what became of it.
#[derive(Debug)]
pub(crate) struct Arrived {
    pub(crate) index: u32,
    pub(crate) revised_prompt: Option<String>,
    /// The link it came as, where the library could not follow it.
    pub(crate) link: Option<String>,
    /// The file, or why there is none.
    pub(crate) saved: Result<SavedImage, String>,
}

/// The steps of all calls, each with the number of its call.
pub(crate) type Steps = UnboundedSender<(u32, Step)>;

/// One call, ready to be made.
#[derive(Debug)]
pub(crate) struct Call {
    /// Its number, from 0.
    pub(crate) number: u32,
    pub(crate) generation: Generation,
    pub(crate) target: Target,
    pub(crate) delivery: Delivery,
    pub(crate) deadline: Option<Instant>,
    pub(crate) steps: Steps,
}

impl Call {
    /// Makes the call and reports its steps.
    pub(crate) async fn make(self) {
        let ended = self.follow().await;
        self.step(Step::Ended(ended.map(Box::new)));
    }

    async fn follow(&self) -> Result<ImageResponse, Error> {
        let generation = self.generation.clone().to(self.target.clone());
        let mut events = match self.delivery {
            Delivery::Stream => generation.stream().await?,
            Delivery::Whole => generation.events().await?,
        };
        let mut response = events.response();
        while let Some(event) = events.next().await {
            match event {
                Ok(ImageEvent::Partial(preview)) => self.step(Step::Preview(preview)),
                Ok(ImageEvent::Image(image)) => self.image(&response, &image).await,
                Ok(ImageEvent::Failed(failure)) => self.failed(&response, failure),
                Ok(event) => response.take(event),
                Err(error) => {
                    self.deliver_partial(&error).await;
                    return Err(error);
                }
            }
        }
        Ok(response)
    }

    async fn deliver_partial(&self, error: &Error) {
        if let Some(response) = error.partial() {
            self.deliver(response).await;
        }
    }

    async fn deliver(&self, response: &ImageResponse) {
        for image in &response.images {
            self.image(response, image).await;
        }
        for failure in &response.failures {
            self.failed(response, failure.clone());
        }
    }

    fn failed(&self, response: &ImageResponse, failure: ImageFailure) {
        let request_id = response.meta.request_id.clone();
        self.step(Step::Failed {
            failure,
            request_id,
        });
    }

    async fn image(&self, response: &ImageResponse, image: &Image) {
        let (link, saved) = match &image.data {
            ImageData::File(saved) => (None, Ok((**saved).clone())),
            ImageData::Url(link) => {
                self.step(Step::Link(link.clone()));
                let saved = self.fetch(response, image, link).await;
                (Some(link.clone()), saved)
            }
            // What is rescued of a broken answer can still be in memory.
            _ => {
                let saved = response.save(image, self.target.clone()).await;
                (None, saved.map_err(|error| sentence(&error)))
            }
        };
        self.step(Step::Image(Box::new(Arrived {
            index: image.index,
            revised_prompt: image.revised_prompt.clone(),
            link,
            saved,
        })));
    }

    /// Follows a link that could not be followed once more: it is paid for, and the second
    /// failure says why.
    async fn fetch(
        &self,
        response: &ImageResponse,
        image: &Image,
        link: &str,
    ) -> Result<SavedImage, String> {
        let saving = response.save(image, self.target.clone());
        let saved = match self.deadline {
            Some(deadline) => tokio::time::timeout_at(deadline.into(), saving).await,
            None => Ok(saving.await),
        };
        let why = match saved {
            Ok(Ok(saved)) => return Ok(saved),
            Ok(Err(error)) => sentence(&error),
            Err(_) => "the time was up before the picture was downloaded".to_owned(),
        };
        // A link that was paid for is worth more than a tidy message.
        Err(format!("{why}; it may still be fetched from {link}"))
    }

    fn step(&self, step: Step) {
        // Nobody listens any more after an interrupt.
        let _ = self.steps.send((self.number, step));
    }
}
