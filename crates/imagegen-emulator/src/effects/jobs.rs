//! Faults in what is made, before anything is drawn.

use serde_json::{Map, Value};

use crate::effects::links;
use crate::job::{Delivery, Job};
use crate::{Fault, picture};

/// Changes the parameters as a gateway does before the vendor sees them.
pub(crate) fn edit_params(fault: Fault, params: &mut Map<String, Value>) {
    if fault == Fault::FieldsDropped {
        keep_oldest_fields(params);
    }
}

/// What a gateway's list of fields from 2023 lets through.
fn keep_oldest_fields(params: &mut Map<String, Value>) {
    const OLDEST: [&str; 6] = ["n", "quality", "response_format", "size", "style", "user"];
    params.retain(|name, _| OLDEST.contains(&name.as_str()));
}

/// Whether the answer is a stream, where `asked` says whether it was to be one.
pub(crate) const fn is_stream(fault: Option<Fault>, asked: bool) -> bool {
    match fault {
        Some(Fault::SseUnasked) => true,
        Some(Fault::JsonToStream | Fault::RawPicture) => false,
        _ => asked,
    }
}

/// Changes what is made of a request.
pub(crate) fn edit_job(fault: Fault, job: &mut Job) {
    match fault {
        Fault::OtherDelivery => {
            job.delivery = match job.delivery {
                Delivery::Inline => Delivery::Link,
                Delivery::Link => Delivery::Inline,
            };
        }
        Fault::UrlArray => job.delivery = Delivery::Link,
        Fault::DataUri
        | Fault::Base64NoImage
        | Fault::Base64Half
        | Fault::Base64Garbage
        | Fault::PlusAsSpace => job.delivery = Delivery::Inline,
        Fault::StreamNoPartials => job.partial_images = 0,
        Fault::WrongFormat => {
            for shot in &mut job.shots {
                shot.drawing.format = match shot.drawing.format {
                    picture::Format::Png => picture::Format::Jpeg { quality: 90 },
                    _ => picture::Format::Png,
                };
            }
        }
        fault if links::are_needed(fault) => {
            job.delivery = Delivery::Link;
            if let Some(format) = links::format(fault) {
                for shot in &mut job.shots {
                    shot.drawing.format = format;
                }
            }
        }
        _ => {}
    }
}
