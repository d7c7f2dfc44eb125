//! Puts the pictures of a call where they are wanted.

use reqwest::Url;

use crate::read::ReadLimits;
use crate::response::{ImageData, PartialImage};
use crate::save::{Downloader, FetchLimits, FileError, Picture, Place, Target, save_bytes, stem};
use crate::wire::Found;

/// Where the pictures of one call go, and under which names.
pub(super) struct Keeper {
    place: Place,
    /// What file names are made of.
    prompt_start: String,
    downloader: Downloader,
    limits: FetchLimits,
    /// What relative links are joined to.
    asked: Url,
}

/// A picture that is where it is wanted, and what should be told of it.
pub(super) struct Kept {
    pub(super) data: ImageData,
    /// Why it is no more than a link.
    pub(super) unfetched: Option<String>,
}

impl From<ImageData> for Kept {
    fn from(data: ImageData) -> Self {
        Self {
            data,
            unfetched: None,
        }
    }
}

impl Keeper {
    pub(super) fn new(
        place: Place,
        prompt_start: String,
        downloader: Downloader,
        limits: &ReadLimits,
        asked: Url,
    ) -> Self {
        Self {
            place,
            prompt_start,
            downloader,
            limits: FetchLimits {
                max_image: limits.max_image,
                idle: limits.idle,
                deadline: limits.deadline,
            },
            asked,
        }
    }

    /// Puts a picture where it is wanted: one that was decoded into a file gets its name, one that
    /// stayed in memory goes there, and a link is followed.
    ///
    /// # Errors
    ///
    /// If it can be kept nowhere.
    pub(super) async fn keep(&self, picture: Picture, number: u32) -> Result<Kept, FileError> {
        let link = match picture {
            Picture::Link(link) => self.whole(link),
            picture => return Ok(self.settle(picture, number).await?.into()),
        };
        if let Place::Memory = self.place {
            return Ok(ImageData::Url(link).into());
        }
        match Box::pin(
            self.downloader
                .fetch_within(&link, &self.place, &self.limits),
        )
        .await
        {
            Ok(picture) => Ok(self.settle(picture, number).await?.into()),
            // The link is what was paid for: it stays, and the caller can try again.
            Err(error) => {
                tracing::warn!(host = error.host(), "the picture's link cannot be followed");
                Ok(Kept {
                    data: ImageData::Url(link),
                    unfetched: Some(error.to_string()),
                })
            }
        }
    }

    /// Puts a picture that is here where it is wanted.
    async fn settle(&self, picture: Picture, number: u32) -> Result<ImageData, FileError> {
        let bytes = match picture {
            Picture::Lost(error) => return Err(*error),
            Picture::Written(written) => return Ok(ImageData::Written(written)),
            Picture::File(file) => {
                let target = match &self.place {
                    Place::Files(target) => target.clone(),
                    Place::Memory | Place::Writers(_) => file.target(),
                };
                let saved = file.place(target, self.stem(), number).await?;
                return Ok(ImageData::File(Box::new(saved)));
            }
            Picture::Link(link) => return Ok(ImageData::Url(link)),
            Picture::Memory(bytes) | Picture::Damaged(bytes, _) => bytes,
        };
        Ok(match &self.place {
            Place::Memory => ImageData::Inline(bytes),
            Place::Writers(writers) => ImageData::Written(Box::new(writers.write(&bytes).await?)),
            Place::Files(target) => {
                let saved = save_bytes(bytes, target.clone(), self.stem(), number).await?;
                ImageData::File(Box::new(saved))
            }
        })
    }

    /// A preview, where it is wanted; one that cannot be kept is no loss.
    pub(super) async fn preview(&self, found: Found, partial_index: u32) -> PartialImage {
        let Found { picture, about, .. } = found;
        let data = self.keep_preview(picture, about.index, partial_index).await;
        if let Err(error) = &data {
            tracing::warn!(reason = error.with_cause(), "a preview cannot be kept");
        }
        PartialImage {
            index: about.index,
            partial_index,
            data: data.unwrap_or_default(),
            size: about.size,
        }
    }

    async fn keep_preview(
        &self,
        picture: Picture,
        index: u32,
        partial_index: u32,
    ) -> Result<Option<ImageData>, FileError> {
        let target = match &self.place {
            Place::Files(target) => target,
            Place::Memory | Place::Writers(_) => {
                return Ok(match picture {
                    Picture::Link(link) => Some(ImageData::Url(self.whole(link))),
                    Picture::Damaged(..) => None,
                    picture => Some(self.settle(picture, partial_index).await?),
                });
            }
        };
        if !target.keeps_previews() {
            return Ok(None);
        }
        let stem = format!("{}-{}-partial", self.stem(), index + 1);
        let folder = Target::folder(target.path());
        let saved = match picture {
            Picture::File(file) => file.place(folder, stem, partial_index).await?,
            Picture::Memory(bytes) => save_bytes(bytes, folder, stem, partial_index).await?,
            Picture::Lost(error) => return Err(*error),
            Picture::Link(_) | Picture::Written(_) | Picture::Damaged(..) => return Ok(None),
        };
        Ok(Some(ImageData::File(Box::new(saved))))
    }

    /// A link, joined to the request's URL if it is a relative one.
    fn whole(&self, link: String) -> String {
        if link.contains("://") {
            return link;
        }
        self.asked.join(&link).map_or(link, String::from)
    }

    fn stem(&self) -> String {
        stem(&self.prompt_start)
    }
}
