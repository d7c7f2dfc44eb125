//! The table of models: one row a model, everything else derived from it.

mod alias;
mod builtin;
mod file;
mod gpt_image;
mod id;
pub(crate) mod price;
mod row;
mod seedream;
mod sizes;
mod spec;
mod table;

pub use alias::Alias;
pub use file::InvalidTable;
pub use gpt_image::GptImageModel;
pub use id::{InvalidModel, UnknownModel};
pub use seedream::SeedreamModel;
pub use sizes::{Bounds, PixelRule, Recommended, SizeRule};
pub(crate) use sizes::{Verdict, within_ratio};
pub use spec::{
    Caution, Family, LayeredImage, LifeCycle, ModelSpec, ModelStatus, Parameter, ReferenceImages,
    Values,
};
pub use table::{ModelTable, Resolved, ResolvedBy};
