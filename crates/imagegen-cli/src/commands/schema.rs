//! `imagegen schema`.

use imagegen::{ImageRequest, ModelTable};

use crate::args::{Schema, SchemaName};
use crate::failure::{Exit, Failure};
use crate::output::Output;

pub(crate) fn run(args: &Schema, output: &Output) -> Result<Exit, Failure> {
    let schema = match args.name {
        SchemaName::ImageRequest => schemars::schema_for!(ImageRequest),
        SchemaName::ModelTable => schemars::schema_for!(ModelTable),
    };
    output.pretty(&schema)?;
    Ok(Exit::Done)
}
