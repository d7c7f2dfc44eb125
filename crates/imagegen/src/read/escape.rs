//! A JSON escape that arrives in pieces.

/// A JSON escape that has begun.
#[derive(Debug, Default)]
pub(super) struct Escape {
    pub(super) active: bool,
    /// The hex digits of `\u` still to come, and their value so far.
    digits: u8,
    value: u32,
}

impl Escape {
    /// Takes a byte of an escape; the byte it stands for once it is whole. A character outside
    /// ASCII becomes a byte that is in no alphabet.
    pub(super) fn push(&mut self, byte: u8) -> Option<u8> {
        if self.digits == 0 {
            let plain = match byte {
                b'u' => {
                    (self.digits, self.value) = (4, 0);
                    return None;
                }
                // Not the letters they are written with, which are base64.
                b'b' => 0x08,
                b'f' => 0x0c,
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                other => other,
            };
            self.active = false;
            return Some(plain);
        }
        let digit = char::from(byte).to_digit(16).unwrap_or(0);
        self.value = self.value * 16 + digit;
        self.digits -= 1;
        if self.digits > 0 {
            return None;
        }
        self.active = false;
        Some(
            u8::try_from(self.value)
                .ok()
                .filter(u8::is_ascii)
                .unwrap_or(b'?'),
        )
    }
}
