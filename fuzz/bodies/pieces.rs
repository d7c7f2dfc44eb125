//! Cuts an input into pieces, as a network does.

/// Splits off the seed of the cuts: the first two bytes.
pub(crate) fn seed(data: &[u8]) -> Option<(u16, &[u8])> {
    let (seed, rest) = data.split_first_chunk()?;
    Some((u16::from_le_bytes(*seed), rest))
}

/// Pieces of many sizes: mostly tiny or mostly large, as the seed says.
pub(crate) fn cut(data: &[u8], seed: u16) -> Vec<&[u8]> {
    let largest = [1, 2, 5, 64, 700][usize::from(seed) % 5];
    let mut state = u32::from(seed) | 0x1_0000;
    let mut rest = data;
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        // xorshift, so that one seed always gives the same cuts
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let (piece, left) = rest.split_at((1 + state as usize % largest).min(rest.len()));
        pieces.push(piece);
        rest = left;
    }
    pieces
}
