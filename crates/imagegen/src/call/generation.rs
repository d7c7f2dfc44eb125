//! A call that is put together link by link, and made when it is awaited.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};
use serde_json::Value;
use tokio::io::AsyncWrite;

use super::exchange::Exchange;
use super::fan_out;
use super::stream::ImageStream;
use super::turn::Turn;
use crate::check::{InvalidRequest, Problem, ProblemKind, Severity};
use crate::client::{CallOptions, Client, put};
use crate::config_error::ConfigError;
use crate::endpoint::Delivery;
use crate::error::Result;
use crate::request::ImageRequest;
use crate::response::ImageResponse;
use crate::save::{Place, Target, Writers};

impl Client {
    /// Asks for pictures: awaited, the answer with all of them; see [`Generation`] for where they
    /// go, how many come, and for a stream of what happens.
    ///
    /// The request is checked against its model's row first. It is sent again only where the
    /// attempt before surely was not accepted: see
    /// [`ClientBuilder::max_retries`](crate::ClientBuilder::max_retries).
    pub fn generate(&self, request: impl Into<ImageRequest>) -> Generation {
        Generation {
            client: self.clone(),
            request: Box::new(request.into()),
            place: Place::Memory,
            n: None,
            options: Arc::clone(&self.inner.options),
            refused: None,
        }
    }
}

/// A call that has not been made yet: awaited, it is.
///
/// ```no_run
/// use std::time::Duration;
/// use imagegen::{Client, GptImage, GptImageModel};
///
/// # async fn example(client: Client) -> imagegen::Result<()> {
/// let request = GptImage::new(GptImageModel::GptImage2, "a red fox in snow");
/// let response = client
///     .generate(request)
///     .to("foxes/")
///     .n(4)
///     .header("x-team", "art")
///     .timeout(Duration::from_secs(300))
///     .await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Awaited, it fails if the request breaks a rule (nothing was sent), if the server refuses it, or
/// if its answer is missing, unreadable or without a picture; [`Error`](crate::Error) tells these
/// apart. Pictures that fail beside others are no error: they are in
/// [`ImageResponse::failures`].
#[must_use = "a call is made when it is awaited"]
#[derive(Clone)]
pub struct Generation {
    client: Client,
    request: Box<ImageRequest>,
    place: Place,
    n: Option<u32>,
    options: Arc<CallOptions>,
    /// Why the call cannot be made as it was put together.
    refused: Option<ConfigError>,
}

impl Generation {
    /// Writes the pictures to a [`Target`], such as the path of a folder, while they arrive: in
    /// constant memory however large they are. Pictures that come as links are fetched; a link
    /// that cannot be followed stays one.
    ///
    /// That the target can be written is made sure before anything is sent. A picture that can
    /// still be kept nowhere is a failure with the code `not_saved` beside the others; if all are,
    /// the call fails.
    pub fn to(mut self, target: impl Into<Target>) -> Self {
        self.place = Place::Files(target.into());
        self
    }

    /// Writes each picture, and each preview of a stream, to a writer of your own while it
    /// arrives: in constant memory however large it is.
    ///
    /// `open` is called when a picture begins, with its number: 0, 1 and so on, in the order in
    /// which they arrive; [`ImageData::Written`](crate::ImageData::Written) says which writer has
    /// which picture. A writer that has been shut down has the whole picture; one that is dropped
    /// before that has a damaged one, or the beginning of one that broke off. A picture that comes
    /// as a link is fetched; where that breaks off, it begins anew with another writer. A picture
    /// whose writer fails is a failure with the code `not_saved`.
    ///
    /// ```no_run
    /// use imagegen::{Client, GptImage, GptImageModel};
    /// use tokio::net::TcpStream;
    ///
    /// # async fn example(client: Client, upload: TcpStream) -> imagegen::Result<()> {
    /// let request = GptImage::new(GptImageModel::GptImage2, "a red fox in snow");
    /// let mut upload = Some(upload);
    /// let response = client
    ///     .generate(request)
    ///     .into_writers(move |_| upload.take().expect("one picture was asked for"))
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn into_writers<W>(mut self, open: impl FnMut(u32) -> W + Send + 'static) -> Self
    where
        W: AsyncWrite + Send + 'static,
    {
        self.place = Place::Writers(Writers::new(open));
        self
    }

    /// Asks for `n` pictures: by the parameter `n` where the model has one, else by `n` calls, four
    /// at a time, whose pictures come in the order of the calls.
    ///
    /// A call that fails is a failure beside the pictures of the others, and never discards them.
    /// If no call brings a picture, the error is the first after which one may have been billed,
    /// else the first. 0 is refused.
    pub fn n(mut self, n: u32) -> Self {
        self.n = Some(n);
        self
    }

    /// Limits the whole call, retries and downloads included; the client's limit when left out.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.options().total = Some(limit);
        self
    }

    /// Limits the time from sending to the head of the answer.
    pub fn first_byte_timeout(mut self, limit: Duration) -> Self {
        self.options().first_byte = Some(limit);
        self
    }

    /// Limits the pauses within the answer.
    pub fn idle_timeout(mut self, limit: Duration) -> Self {
        self.options().idle = Some(limit);
        self
    }

    /// Sets a header of this call, which goes before the client's of the same name.
    ///
    /// One that is no header fails the call before anything is sent. A value is never printed
    /// where the name looks like a secret's.
    pub fn header<N, V>(mut self, name: N, value: V) -> Self
    where
        N: TryInto<HeaderName>,
        V: TryInto<HeaderValue>,
    {
        let headers = Arc::make_mut(&mut self.options().headers);
        if let Err(error) = put(headers, name, value) {
            self.refused.get_or_insert(error);
        }
        self
    }

    /// Sends this as `X-Client-Request-Id`, by which both vendors find a call in their logs; one
    /// is made up for each call when left out. It does not keep a repeated call from being billed.
    ///
    /// Where [`n`](Self::n) takes several calls, each has its number behind it: `id-1`, `id-2`.
    pub fn client_request_id(mut self, id: impl Into<String>) -> Self {
        self.options().client_request_id = Some(id.into());
        self
    }

    /// Sets how often a call that was surely not accepted is made again.
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.options().max_retries = retries;
        self
    }

    /// Makes the call as a stream: previews and finished pictures as they come.
    ///
    /// A server that answers in one piece all the same gives the same events. A picture that can
    /// be kept nowhere is an [`ImageEvent::Failed`](crate::ImageEvent::Failed) with the code
    /// `not_saved`.
    ///
    /// # Errors
    ///
    /// As awaiting it, for what happens before the answer begins.
    pub async fn stream(self) -> Result<ImageStream> {
        self.begin(Delivery::Stream).await
    }

    /// Makes the call as awaiting it does, without asking the server for a stream, and yields what
    /// happens: each picture when it is there.
    ///
    /// # Errors
    ///
    /// As awaiting it, for what happens before the answer begins.
    pub async fn events(self) -> Result<ImageStream> {
        self.begin(Delivery::Whole).await
    }

    /// What awaiting it would send, as `{"method", "url", "headers", "body"}` with every secret
    /// redacted. Nothing is sent.
    ///
    /// # Errors
    ///
    /// If the request breaks a rule, or an image that goes in cannot be read.
    pub async fn preview(self) -> Result<Value> {
        self.preview_for(Delivery::Whole).await
    }

    /// What [`stream`](Self::stream) or, for [`Delivery::Whole`], awaiting it would send: see
    /// [`preview`](Self::preview).
    ///
    /// # Errors
    ///
    /// As [`preview`](Self::preview).
    pub async fn preview_for(mut self, delivery: Delivery) -> Result<Value> {
        self.count()?;
        self.client.check_for(&self.request, delivery)?;
        let exchange = self.exchange(delivery, Turn::ONLY);
        let (references, _) = exchange.references(&self.request).await?;
        Ok(exchange.preview(*self.request, references))
    }

    fn options(&mut self) -> &mut CallOptions {
        Arc::make_mut(&mut self.options)
    }

    async fn begin(mut self, delivery: Delivery) -> Result<ImageStream> {
        match self.count()? {
            1 => {
                let exchange = self.exchange(delivery, Turn::ONLY);
                Ok(ImageStream::of_one(
                    exchange.open(self.request, self.place).await?,
                ))
            }
            calls => self.fan_out(calls, delivery),
        }
    }

    async fn gather(mut self) -> Result<ImageResponse> {
        match self.count()? {
            1 => {
                let exchange = self.exchange(Delivery::Whole, Turn::ONLY);
                let events = exchange.open(self.request, self.place).await?;
                Ok(*events.finish().await?)
            }
            calls => self.fan_out(calls, Delivery::Whole)?.finish().await,
        }
    }

    fn fan_out(self, calls: u32, delivery: Delivery) -> Result<ImageStream> {
        // What would fail every call fails before the first.
        let warnings = self.client.check_for(&self.request, delivery)?;
        if let Place::Files(target) = &self.place {
            target.prepare()?;
        }
        let together = self.exchange(delivery, Turn::ONLY);
        let response = together.response(warnings, self.request.prompt());
        let (client, options) = (self.client, self.options);
        let exchange =
            move |turn| Exchange::new(client.clone(), Arc::clone(&options), delivery, turn);
        let events = fan_out::events(calls, exchange, self.request, self.place);
        Ok(ImageStream::new(events, response))
    }

    fn exchange(&self, delivery: Delivery, turn: Turn) -> Exchange {
        Exchange::new(
            self.client.clone(),
            Arc::clone(&self.options),
            delivery,
            turn,
        )
    }

    /// How many calls it takes; where the model counts pictures itself, the parameter is set.
    fn count(&mut self) -> Result<u32> {
        if let Some(error) = self.refused.take() {
            return Err(error.into());
        }
        let Some(n) = self.n else { return Ok(1) };
        if n == 0 {
            return Err(InvalidRequest::new(Problem {
                severity: Severity::Refusal,
                kind: ProblemKind::InvalidValue,
                parameter: "n".to_owned(),
                value: Some("0".to_owned()),
                model: self.request.model().to_owned(),
                rule: "at least one picture".to_owned(),
                suggestion: Some("ask for 1".to_owned()),
            })
            .into());
        }
        let row = self.client.models().get(self.request.model());
        let counts = row.is_some_and(|row| row.parameter("n", self.request.operation()).is_some());
        if counts {
            self.request.set("n", n);
        }
        Ok(if counts { 1 } else { n })
    }
}

impl IntoFuture for Generation {
    type Output = Result<ImageResponse>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.gather())
    }
}

impl std::fmt::Debug for Generation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Generation")
            .field("request", &self.request)
            .field("n", &self.n)
            .finish_non_exhaustive()
    }
}
