//! Repeatable choices: the same request always throws the same dice.

/// A small generator (SplitMix64) seeded from what a picture is of. Not the standard library's
/// hasher, whose result may differ between releases.
pub(super) struct Dice(u64);

impl Dice {
    /// Dice for the given words. Where a word ends matters: `["ab", "c"]` is not `["a", "bc"]`.
    pub(super) fn new(words: &[&[u8]]) -> Self {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for word in words {
            for &byte in *word {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
            }
            hash = (hash ^ word.len() as u64).wrapping_mul(0x100_0000_01b3);
        }
        Self(hash)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `low` up to `high`.
    pub(super) fn between(&mut self, low: f32, high: f32) -> f32 {
        let unit = (self.next() >> 40) as f32 / (1_u32 << 24) as f32;
        low + unit * (high - low)
    }

    /// A whole number from 0, less than `limit`, which is not 0.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    /// One of the things given, of which there is at least one.
    pub(super) fn pick<T: Copy>(&mut self, things: &[T]) -> T {
        things[self.below(things.len())]
    }

    /// True once in `times`.
    pub(super) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

/// Sine and cosine of a whole turn times `turns`, near enough for drawing.
///
/// The standard library's depend on the platform's mathematics library, and with them the bytes
/// of a picture would.
pub(super) fn turn(turns: f32) -> (f32, f32) {
    (sine(turns), sine(turns + 0.25))
}

fn sine(turns: f32) -> f32 {
    let t = (turns - turns.floor()) * 2.0;
    // Bhaskara's formula for half a turn, mirrored for the other half.
    let (sign, t) = if t < 1.0 { (1.0, t) } else { (-1.0, t - 1.0) };
    let product = t * (1.0 - t);
    sign * 16.0 * product / (5.0 - 4.0 * product)
}

#[cfg(test)]
mod tests {
    use super::{Dice, turn};

    #[test]
    fn where_a_word_ends_matters() {
        assert_ne!(
            Dice::new(&[b"ab", b"c"]).next(),
            Dice::new(&[b"a", b"bc"]).next()
        );
        assert_eq!(
            Dice::new(&[b"ab", b"c"]).next(),
            Dice::new(&[b"ab", b"c"]).next()
        );
    }

    #[test]
    fn a_turn_is_close_to_the_real_one() {
        for step in -50..50 {
            let turns = step as f32 / 17.0;
            let (sin, cos) = turn(turns);
            let angle = turns * std::f32::consts::TAU;
            assert!((sin - angle.sin()).abs() < 0.003, "sin {turns}");
            assert!((cos - angle.cos()).abs() < 0.003, "cos {turns}");
        }
    }
}
