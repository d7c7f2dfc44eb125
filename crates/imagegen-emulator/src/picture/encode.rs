//! PNG, JPEG and WebP.

use std::cell::RefCell;
use std::io::Write;

use image_webp::{ColorType as WebpColor, WebPEncoder};
use jpeg_encoder::{ImageBuffer, JpegColorType, rgb_to_ycbcr};

use super::painter::{Painter, Pixel};
use super::scene::MARK;

/// The encoders write to memory, sizes are within every format's limits and the colours are as
/// declared: nothing is left that could fail.
const INFALLIBLE: &str = "writing a picture to memory does not fail";

/// A PNG, drawn and compressed row by row.
pub(super) fn png(painter: &Painter) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_png(painter, &mut bytes).expect(INFALLIBLE);
    bytes
}

fn write_png(painter: &Painter, bytes: &mut Vec<u8>) -> Result<(), png::EncodingError> {
    let mut encoder = png::Encoder::new(bytes, painter.width(), painter.height());
    let opaque = painter.is_opaque();
    encoder.set_color(if opaque {
        png::ColorType::Rgb
    } else {
        png::ColorType::Rgba
    });
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    // Level ground, upright edges and gradients from top to bottom all come out as zeros.
    encoder.set_filter(png::Filter::Paeth);
    encoder.add_text_chunk("Software".to_owned(), MARK.to_owned())?;
    let mut writer = encoder.write_header()?;
    let mut stream = writer.stream_writer()?;
    for_each_row(painter, |row| stream.write_all(row))?;
    stream.finish()
}

/// A lossless WebP.
pub(super) fn webp(painter: &Painter) -> Vec<u8> {
    let color = if painter.is_opaque() {
        WebpColor::Rgb8
    } else {
        WebpColor::Rgba8
    };
    let channels = if painter.is_opaque() { 3 } else { 4 };
    let mut pixels =
        Vec::with_capacity(painter.width() as usize * painter.height() as usize * channels);
    let all = for_each_row(painter, |row| {
        pixels.extend_from_slice(row);
        Ok::<(), std::convert::Infallible>(())
    });
    let Ok(()) = all;
    let mut bytes = Vec::new();
    let encoder = WebPEncoder::new(&mut bytes);
    encoder
        .encode(&pixels, painter.width(), painter.height(), color)
        .expect(INFALLIBLE);
    bytes
}

/// A JPEG, drawn and compressed row by row.
pub(super) fn jpeg(painter: &Painter, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut bytes, quality.clamp(1, 100));
    let row = RefCell::new(vec![[0; 4]; painter.width() as usize]);
    encoder
        .encode_image(JpegRows { painter, row })
        .expect(INFALLIBLE);
    bytes
}

/// Rows as the JPEG encoder asks for them.
struct JpegRows<'a> {
    painter: &'a Painter,
    row: RefCell<Vec<Pixel>>,
}

impl ImageBuffer for JpegRows<'_> {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        JpegColorType::Ycbcr
    }

    fn width(&self) -> u16 {
        self.painter.width() as u16
    }

    fn height(&self) -> u16 {
        self.painter.height() as u16
    }

    fn fill_buffers(&self, y: u16, buffers: &mut [Vec<u8>; 4]) {
        let mut row = self.row.borrow_mut();
        self.painter.draw_row(y.into(), &mut row);
        for &[r, g, b, _] in row.iter() {
            let (luma, blue, red) = rgb_to_ycbcr(r, g, b);
            buffers[0].push(luma);
            buffers[1].push(blue);
            buffers[2].push(red);
        }
    }
}

/// Hands over each row as bytes: three a pixel, or four with alpha, not multiplied by it.
fn for_each_row<E>(
    painter: &Painter,
    mut write: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut row = vec![[0; 4]; painter.width() as usize];
    let channels = if painter.is_opaque() { 3 } else { 4 };
    let mut bytes = vec![0; row.len() * channels];
    for y in 0..painter.height() {
        painter.draw_row(y, &mut row);
        for (bytes, &pixel) in bytes.chunks_exact_mut(channels).zip(&row) {
            bytes.copy_from_slice(&straight(pixel)[..channels]);
        }
        write(&bytes)?;
    }
    Ok(())
}

/// A pixel whose colours are not multiplied by alpha.
pub(super) fn straight(pixel: Pixel) -> Pixel {
    let [r, g, b, alpha] = pixel;
    match alpha {
        0 | 255 => pixel,
        _ => {
            let back = |c: u8| {
                let alpha = u32::from(alpha);
                ((u32::from(c) * 255 + alpha / 2) / alpha).min(255) as u8
            };
            [back(r), back(g), back(b), alpha]
        }
    }
}
