//! Base64 as answers carry it, decoded as it arrives: in pieces cut anywhere, with line breaks,
//! in either alphabet, with or without padding.

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};

use super::unescape::copy_run;
use crate::save::Output;

/// The fastest engine there is for this machine; the ordinary one costs seven times as many
/// instructions.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub(crate) type Engine = base64::engine::Simd;
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(crate) type Engine = base64::engine::GeneralPurpose;

/// Decodes text whose padding is cut off.
fn engine() -> Engine {
    engine_of(
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::RequireNone)
            .with_decode_allow_trailing_bits(true),
    )
}

/// Encodes with padding, for what goes out.
pub(crate) fn encoder() -> Engine {
    engine_of(GeneralPurposeConfig::new())
}

fn engine_of(config: GeneralPurposeConfig) -> Engine {
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    return Engine::standard(config);
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    return Engine::new(&base64::alphabet::STANDARD, config);
}

/// How much text is gathered before it is decoded, where it does not arrive in clean runs.
const STAGE: usize = 64 * 1024;

/// Decodes one text.
///
/// Whole quads of an arriving run go straight to the output. A text that turns out to have
/// escapes, line breaks or the URL-safe alphabet is gathered in blocks and cleaned first.
#[derive(Debug)]
pub(crate) struct Decoder {
    engine: Engine,
    /// Text not decoded yet: less than a quad, or a block while `staging`.
    pending: Output,
    /// How much of the gathered text is cleaned already.
    cleaned: usize,
    staging: bool,
    padded: bool,
    broken: bool,
}

impl Decoder {
    pub(crate) fn new() -> Self {
        Self {
            engine: engine(),
            pending: Output::new(),
            cleaned: 0,
            staging: false,
            padded: false,
            broken: false,
        }
    }

    /// Forgets the last text, keeping the memory.
    pub(crate) fn reset(&mut self) {
        self.pending.clear();
        self.cleaned = 0;
        self.staging = false;
        self.padded = false;
        self.broken = false;
    }

    /// Says that more than clean runs will come, so that they are gathered.
    pub(crate) fn stage(&mut self) {
        self.staging = true;
    }

    /// Whether it gathers: then a piece is not taken as clean.
    pub(crate) fn is_staging(&self) -> bool {
        self.staging
    }

    /// Decodes a piece that is expected to be clean, `last` being whether the text ends with it;
    /// false, with nothing taken, where it is not.
    ///
    /// This spares a search for whatever else may be in it: the decoder looks at every byte
    /// anyhow.
    pub(crate) fn push_clean(&mut self, text: &[u8], last: bool, out: &mut Output) -> bool {
        let missing = (4 - self.pending.len() % 4) % 4;
        if self.staging || self.broken || text.len() < missing {
            return false;
        }
        let padding = match text {
            [.., b'=', b'='] if last => 2,
            [.., b'='] if last => 1,
            _ => 0,
        };
        let (head, quads) = text.split_at(missing);
        let clean = quads.len().saturating_sub(padding);
        let (quads, rest) = quads.split_at(clean / 4 * 4);
        let before = out.len();
        if missing > 0 {
            // Once a piece: too little for the engine to be worth its setting up.
            let Some(bits) = bits(self.pending.as_slice().iter().chain(head)) else {
                return false;
            };
            out.extend_from_slice(&bits.to_be_bytes()[1..]);
        }
        let sound = bits(&rest[..clean % 4]).is_some() && decode(&self.engine, quads, out);
        if !sound {
            out.truncate(before);
            return false;
        }
        self.pending.clear();
        self.pending.extend_from_slice(rest);
        true
    }

    /// Decodes the next piece of the text to the end of `out`.
    pub(crate) fn push(&mut self, mut text: &[u8], out: &mut Output) {
        while !self.staging && !self.pending.is_empty() && !text.is_empty() {
            let (head, rest) = text.split_at(text.len().min(4 - self.pending.len()));
            self.pending.extend_from_slice(head);
            text = rest;
            if self.pending.len() == 4 {
                if decode(&self.engine, self.pending.as_slice(), out) {
                    self.pending.clear();
                } else {
                    self.staging = true;
                }
            }
        }
        if !self.staging {
            let (quads, rest) = text.split_at(text.len() / 4 * 4);
            if !decode(&self.engine, quads, out) {
                self.staging = true;
                self.pending.extend_from_slice(text);
                return self.drain(false, out);
            }
            text = rest;
        }
        self.pending.extend_from_slice(text);
        self.drain_full(out);
    }

    /// Gathers text up to a byte that needs looking at, an escaped slash as a slash, or until it
    /// has a block; says how much that was.
    pub(crate) fn push_run(&mut self, text: &[u8], out: &mut Output) -> usize {
        debug_assert!(self.staging, "a run is too short to be decoded by itself");
        let wanted = text.len().min(STAGE - self.pending.len());
        let used = copy_run(&text[..wanted], &mut self.pending);
        self.drain_full(out);
        used
    }

    /// Decodes what is left, and says whether all of it was base64.
    ///
    /// If it was not, `out` holds the bytes up to the damage and the text from there on.
    pub(crate) fn finish(&mut self, out: &mut Output) -> bool {
        self.drain(true, out);
        !self.broken
    }

    /// Decodes the gathered text if it is a whole block.
    fn drain_full(&mut self, out: &mut Output) {
        if self.pending.len() >= STAGE {
            self.drain(false, out);
        }
    }

    /// Decodes the gathered text, without its last quad's beginning unless it is the end.
    fn drain(&mut self, last: bool, out: &mut Output) {
        if self.broken {
            return self.give_up(out);
        }
        let whole = |len: usize| if last { len } else { len / 4 * 4 };
        let mut quads = whole(self.pending.len());
        let mut sound = !self.padded && self.decode_pending(quads, out);
        if !sound && self.clean() {
            quads = whole(self.pending.len());
            sound = self.decode_pending(quads, out);
        }
        if sound {
            self.pending.drop_front(quads);
            self.cleaned = self.cleaned.saturating_sub(quads);
        } else {
            self.give_up(out);
        }
    }

    fn decode_pending(&self, len: usize, out: &mut Output) -> bool {
        decode(&self.engine, &self.pending.as_slice()[..len], out)
    }

    /// Drops white space and padding and turns the URL-safe alphabet into the standard one;
    /// false if something follows the padding.
    fn clean(&mut self) -> bool {
        let mut padded = self.padded;
        let mut sound = true;
        let mut kept = self.cleaned;
        let pending = self.pending.as_mut_slice();
        for at in self.cleaned..pending.len() {
            let byte = match pending[at] {
                b'=' => {
                    padded = true;
                    continue;
                }
                byte if byte.is_ascii_whitespace() => continue,
                b'-' => b'+',
                b'_' => b'/',
                byte => byte,
            };
            sound &= !padded;
            pending[kept] = byte;
            kept += 1;
        }
        if sound {
            self.pending.truncate(kept);
            self.cleaned = kept;
            self.padded = padded;
        }
        sound
    }

    /// Passes on what is gathered as it is.
    fn give_up(&mut self, out: &mut Output) {
        self.broken = true;
        out.extend_from_slice(self.pending.as_slice());
        self.pending.clear();
    }
}

/// The bits of up to four characters; `None` if one is not in the alphabet.
fn bits<'a>(text: impl IntoIterator<Item = &'a u8>) -> Option<u32> {
    let mut bits = 0;
    let mut sound = true;
    for &byte in text {
        let value = VALUES[usize::from(byte)];
        sound &= value != NO_DIGIT;
        bits = bits << 6 | u32::from(value);
    }
    sound.then_some(bits)
}

const NO_DIGIT: u8 = u8::MAX;

/// What each character stands for.
const VALUES: [u8; 256] = {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut values = [NO_DIGIT; 256];
    let mut at = 0;
    while at < ALPHABET.len() {
        values[ALPHABET[at] as usize] = at as u8;
        at += 1;
    }
    values
};

/// Decodes to the end of `out`, or leaves it as it was.
fn decode(engine: &Engine, text: &[u8], out: &mut Output) -> bool {
    let room = out.room(base64::decoded_len_estimate(text.len()));
    let decoded = engine.decode_slice(text, room);
    if let Ok(count) = decoded {
        out.advance(count);
    }
    decoded.is_ok()
}

/// Decodes a whole text, or returns what a failed one left: see [`Decoder::finish`].
pub(crate) fn decode_text(text: &str) -> Result<Vec<u8>, Vec<u8>> {
    let mut out = Output::with_room(text.len() / 4 * 3 + 3);
    let mut decoder = Decoder::new();
    decoder.push(text.as_bytes(), &mut out);
    match decoder.finish(&mut out) && !out.is_empty() {
        true => Ok(out.into_vec()),
        false => Err(out.into_vec()),
    }
}

/// Where the payload begins in a `data:` URI; 0 in any other text; `None` where the URI has no
/// comma yet.
pub(crate) fn payload_start(text: &[u8]) -> Option<usize> {
    if text.starts_with(b"data:") {
        return Some(memchr::memchr(b',', text)? + 1);
    }
    Some(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn in_pieces(text: &[u8], piece: usize) -> (Vec<u8>, bool) {
        let mut out = Output::new();
        let mut decoder = Decoder::new();
        for piece in text.chunks(piece.max(1)) {
            decoder.push(piece, &mut out);
        }
        let sound = decoder.finish(&mut out);
        (out.into_vec(), sound)
    }

    #[test]
    fn every_spelling_decodes_to_the_same_bytes() {
        for text in [
            "++//AA==",
            "++//AA",
            "--__AA==",
            "++//\r\nAA==\n",
            " ++//AA= =",
            "+-/_AA",
        ] {
            for piece in 1..=text.len() {
                assert_eq!(
                    in_pieces(text.as_bytes(), piece),
                    (vec![0xfb, 0xef, 0xff, 0], true),
                    "{text:?} by {piece}"
                );
            }
        }
    }

    #[test]
    fn damage_is_told_and_nothing_is_dropped() {
        for text in ["+", "++//A*==", "++//AA==++//", "AAAA=AAA"] {
            for piece in 1..=text.len() {
                assert!(!in_pieces(text.as_bytes(), piece).1, "{text:?} by {piece}");
            }
        }
        assert_eq!(in_pieces(b"++//A*CD", 8).0, b"++//A*CD");
        assert!(decode_text("").is_err());
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_bytes(
            bytes in proptest::collection::vec(any::<u8>(), 0..3000),
            piece in 1usize..700,
            wrap in proptest::option::of(1usize..80),
            url_safe: bool,
            padded: bool,
        ) {
            use base64::engine::general_purpose as gp;
            let mut text = match (url_safe, padded) {
                (false, true) => gp::STANDARD.encode(&bytes),
                (false, false) => gp::STANDARD_NO_PAD.encode(&bytes),
                (true, true) => gp::URL_SAFE.encode(&bytes),
                (true, false) => gp::URL_SAFE_NO_PAD.encode(&bytes),
            }
            .into_bytes();
            if let Some(wrap) = wrap {
                text = text.chunks(wrap).flat_map(|line| [line, b"\n"].concat()).collect();
            }
            prop_assert_eq!(in_pieces(&text, piece), (bytes, true));
        }

        #[test]
        fn no_text_panics(text in proptest::collection::vec(any::<u8>(), 0..300), piece in 1usize..9) {
            in_pieces(&text, piece);
        }
    }
}
