//! Faults in the text of JSON and of base64: what no tree of values can hold.

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::Fault;

/// Changes the base64 of a picture.
pub(crate) fn edit_base64(fault: Option<Fault>, base64: Bytes) -> Bytes {
    match fault {
        // Words, as long as a picture.
        Some(Fault::Base64NoImage) => "bm90IGFuIGltYWdl".repeat(base64.len() / 16).into(),
        Some(Fault::Base64Half) => base64.slice(..base64.len() / 8 * 4),
        Some(Fault::Base64Garbage) => "%not*base64%".repeat(base64.len() / 12).into(),
        Some(Fault::PlusAsSpace) => {
            let spaced = base64.iter().map(|&b| if b == b'+' { b' ' } else { b });
            spaced.collect::<Vec<_>>().into()
        }
        _ => base64,
    }
}

/// What JSON forbids, as the first member of an object.
pub(crate) const fn forbidden_member(fault: Fault) -> Option<&'static [u8]> {
    Some(match fault {
        Fault::LoneSurrogate => br#""note":"a fox \ud83e","#,
        Fault::RawTab => b"\"note\":\"a\tfox\",",
        Fault::BrokenUtf8 => b"\"note\":\"a f\xffx\",",
        Fault::NotANumber => br#""score":NaN,"#,
        _ => return None,
    })
}

/// Changes the text of a JSON document.
pub(crate) fn edit_document(fault: Fault, mut pieces: Vec<Bytes>) -> Vec<Bytes> {
    if let Some(member) = forbidden_member(fault) {
        return with_member(pieces, member);
    }
    match fault {
        Fault::SecondDocument => {
            pieces.insert(0, Bytes::from_static(b"{\"status\":\"processing\"}\n"));
        }
        Fault::DataTwice => {
            if let Some(last) = pieces.last_mut() {
                *last = last.slice(..last.len().saturating_sub(1));
            }
            pieces.push(Bytes::from_static(b",\"data\":[]}"));
        }
        _ => {}
    }
    pieces
}

/// Puts a member at the beginning of an object.
pub(crate) fn with_member(mut pieces: Vec<Bytes>, member: &'static [u8]) -> Vec<Bytes> {
    if let Some(first) = pieces.first_mut().filter(|first| first.starts_with(b"{")) {
        *first = first.slice(1..);
        pieces.splice(0..0, [Bytes::from_static(b"{"), Bytes::from_static(member)]);
    }
    pieces
}

/// The pieces as one gzip file.
pub(crate) fn gzip(pieces: &[Bytes]) -> Bytes {
    const INFALLIBLE: &str = "packing into memory does not fail";
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    for piece in pieces {
        packer.write_all(piece).expect(INFALLIBLE);
    }
    packer.finish().expect(INFALLIBLE).into()
}
