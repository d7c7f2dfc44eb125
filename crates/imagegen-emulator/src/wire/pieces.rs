//! JSON with pictures in it, written without copying the pictures.
//!
//! A document is a small JSON value in which each picture's base64 is a short token. It can be
//! taken apart and changed like any other value; only when it is written are the tokens replaced,
//! and then the base64 stands between pieces of JSON as it is.

use bytes::Bytes;
use serde_json::Value;

/// A private-use character that begins and ends a token; JSON leaves it unescaped.
const EDGE: char = '\u{E0B6}';

/// Large texts that stand in a document as tokens.
#[derive(Debug)]
pub(crate) struct Blobs {
    /// Tells this answer's tokens from text that only looks like one.
    mark: String,
    blobs: Vec<Bytes>,
}

impl Blobs {
    /// `mark` is something a request cannot know, such as its id.
    pub(crate) fn new(mark: &str) -> Self {
        Self {
            mark: mark.to_owned(),
            blobs: Vec::new(),
        }
    }

    /// Adds a text that needs no escaping in JSON and returns its token.
    pub(crate) fn add(&mut self, blob: Bytes) -> String {
        self.blobs.push(blob);
        format!("{EDGE}{}:{}{EDGE}", self.mark, self.blobs.len() - 1)
    }

    /// Writes a document as pieces to send one after the other.
    pub(crate) fn write(&self, document: &Value) -> Vec<Bytes> {
        self.weave(&document.to_string())
    }

    /// Replaces the tokens in a text.
    pub(crate) fn weave(&self, text: &str) -> Vec<Bytes> {
        let prefix = format!("{EDGE}{}:", self.mark);
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find(&prefix) {
            let after = &rest[start + prefix.len()..];
            let Some((index, tail)) = after.split_once(EDGE) else {
                break;
            };
            let Some(blob) = index
                .parse::<usize>()
                .ok()
                .and_then(|index| self.blobs.get(index))
            else {
                break;
            };
            pieces.push(Bytes::copy_from_slice(&rest.as_bytes()[..start]));
            pieces.push(blob.clone());
            rest = tail;
        }
        pieces.push(Bytes::copy_from_slice(rest.as_bytes()));
        pieces
    }
}

/// How many bytes the pieces hold.
pub(crate) fn total(pieces: &[Bytes]) -> usize {
    pieces.iter().map(Bytes::len).sum()
}

/// The first `length` bytes of the pieces.
pub(crate) fn head(pieces: Vec<Bytes>, length: usize) -> Vec<Bytes> {
    let mut left = length;
    pieces
        .into_iter()
        .map(|piece| {
            let piece = piece.slice(..piece.len().min(left));
            left -= piece.len();
            piece
        })
        .filter(|piece| !piece.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text(pieces: &[Bytes]) -> String {
        String::from_utf8(pieces.concat()).unwrap()
    }

    #[test]
    fn blobs_stand_where_their_tokens_were() {
        let mut blobs = Blobs::new("id");
        let (first, second) = (blobs.add("AAAA".into()), blobs.add("BBBB".into()));
        let document =
            json!({"data": [{"b": format!("data:x,{second}")}, {"b": first}, {"b": second}]});
        assert_eq!(
            text(&blobs.write(&document)),
            r#"{"data":[{"b":"data:x,BBBB"},{"b":"AAAA"},{"b":"BBBB"}]}"#
        );
    }

    #[test]
    fn text_that_looks_like_a_token_is_left_alone() {
        let mut blobs = Blobs::new("id");
        blobs.add("AAAA".into());
        let document = json!([format!("{EDGE}other:0{EDGE}"), format!("{EDGE}id:7{EDGE}")]);
        assert_eq!(text(&blobs.write(&document)), document.to_string());
    }

    #[test]
    fn a_head_is_cut_across_pieces() {
        let pieces = vec![Bytes::from("abc"), Bytes::from("def")];
        assert_eq!(text(&head(pieces.clone(), 4)), "abcd");
        assert_eq!(text(&head(pieces, 2)), "ab");
    }
}
