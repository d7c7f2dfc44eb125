//! Scenes made into pixels, a band of rows at a time and only when asked for, so that a large
//! picture need not be held to be written.

use std::cell::RefCell;

use tiny_skia::{
    BlendMode, FillRule, FilterQuality, Paint, PathBuilder, Pixmap, PixmapPaint,
    PremultipliedColorU8, Rect, Transform,
};

use super::palette::Color;
use super::scene::{Layer, Line, Scene};
use super::text::letters;

/// Red, green, blue and alpha, the colours already multiplied by alpha.
pub(super) type Pixel = [u8; 4];

/// How many pixels are drawn at a time.
const BAND: u32 = 1 << 18;
/// How many steps of a preview's blur there are from one cell to the next, at most. Smoother
/// still would look much the same and, being all gradients, take more bytes than the finished
/// picture.
const STEPS: u32 = 8;
/// A step is at least so many pixels, for the same reason.
const LEAST_STEP: u32 = 4;

/// Draws a scene, row by row.
pub(super) struct Painter {
    scene: Scene,
    /// What a preview shows, each of its pixels so many of the picture wide and high.
    coarse: Option<(Pixmap, u32)>,
    /// The rows drawn last, and which is the first of them.
    band: RefCell<Option<(u32, Pixmap)>>,
}

impl Painter {
    /// A painter of the scene, with nothing smaller than `blur` pixels to be told; 0 for all of
    /// it.
    pub(super) fn new(mut scene: Scene, blur: u32) -> Self {
        let text = scene.lines.iter().filter_map(text_layer);
        scene.layers.extend(text.collect::<Vec<_>>());
        let coarse = (blur > 0).then(|| coarse(&scene, blur));
        Self {
            scene,
            coarse,
            band: RefCell::new(None),
        }
    }

    pub(super) const fn width(&self) -> u32 {
        self.scene.width
    }

    pub(super) const fn height(&self) -> u32 {
        self.scene.height
    }

    /// Whether every pixel is opaque.
    pub(super) const fn is_opaque(&self) -> bool {
        self.scene.backdrop.is_some() && self.scene.frame.is_none()
    }

    /// Draws row `y` into `row`, which is as long as a row is wide.
    pub(super) fn draw_row(&self, y: u32, row: &mut [Pixel]) {
        if let Some((coarse, step)) = &self.coarse {
            for (pixels, &pixel) in row.chunks_mut(*step as usize).zip(row_of(coarse, y / step)) {
                pixels.fill(bytes(pixel));
            }
            return;
        }
        let mut band = self.band.borrow_mut();
        let rows = (BAND / self.width()).clamp(1, self.height());
        let (top, pixmap) = match &mut *band {
            Some((top, pixmap)) if (*top..*top + rows).contains(&y) => (*top, pixmap),
            band => {
                let mut pixmap = band
                    .take()
                    .map_or_else(|| pixmap(self.width(), rows), |(_, pixmap)| pixmap);
                draw(&self.scene, &mut pixmap, 1.0, y as f32);
                let (top, pixmap) = band.insert((y, pixmap));
                (*top, pixmap)
            }
        };
        for (pixel, &drawn) in row.iter_mut().zip(row_of(pixmap, y - top)) {
            *pixel = bytes(drawn);
        }
    }
}

fn pixmap(width: u32, height: u32) -> Pixmap {
    Pixmap::new(width, height).expect("sides are neither zero nor beyond what a file can have")
}

fn row_of(pixmap: &Pixmap, y: u32) -> &[PremultipliedColorU8] {
    let width = pixmap.width() as usize;
    &pixmap.pixels()[y as usize * width..][..width]
}

const fn bytes(pixel: PremultipliedColorU8) -> Pixel {
    [pixel.red(), pixel.green(), pixel.blue(), pixel.alpha()]
}

/// The scene in squares of `cell` pixels that run into each other, and the side of one step.
fn coarse(scene: &Scene, cell: u32) -> (Pixmap, u32) {
    let mut cells = pixmap(scene.width.div_ceil(cell), scene.height.div_ceil(cell));
    draw(scene, &mut cells, 1.0 / cell as f32, 0.0);
    let step = (cell / STEPS).max(cell.min(LEAST_STEP));
    let mut steps = pixmap(scene.width.div_ceil(step), scene.height.div_ceil(step));
    let paint = PixmapPaint {
        blend_mode: BlendMode::Source,
        quality: FilterQuality::Bilinear,
        ..PixmapPaint::default()
    };
    let scale = cell as f32 / step as f32;
    let transform = Transform::from_scale(scale, scale);
    steps.draw_pixmap(0, 0, cells.as_ref(), &paint, transform, None);
    (steps, step)
}

/// Draws the part of a scene from the row `top` on, made smaller by `scale`.
fn draw(scene: &Scene, pixmap: &mut Pixmap, scale: f32, top: f32) {
    backdrop(scene, pixmap, scale, top);
    let transform = Transform::from_row(scale, 0.0, 0.0, scale, 0.0, -top);
    let height = pixmap.height() as f32;
    for layer in &scene.layers {
        let bounds = layer.path.bounds();
        if bounds.bottom() * scale < top || bounds.top() * scale > top + height {
            continue;
        }
        let mut paint = Paint::default();
        let Color([r, g, b]) = layer.color;
        paint.set_color_rgba8(r, g, b, layer.opacity);
        pixmap.fill_path(&layer.path, &paint, FillRule::Winding, transform, None);
    }
    if let Some((area, radius)) = scene.frame {
        let mut outside = PathBuilder::new();
        let picture = Rect::from_xywh(0.0, 0.0, scene.width as f32, scene.height as f32);
        if let Some(picture) = picture.and_then(|picture| picture.outset(1.0, 1.0)) {
            outside.push_rect(picture);
        }
        if let Some(inside) = area.path(radius) {
            outside.push_path(&inside);
        }
        if let Some(outside) = outside.finish() {
            let paint = Paint {
                blend_mode: BlendMode::Clear,
                ..Paint::default()
            };
            pixmap.fill_path(&outside, &paint, FillRule::EvenOdd, transform, None);
        }
    }
}

/// What lies behind everything.
fn backdrop(scene: &Scene, pixmap: &mut Pixmap, scale: f32, top: f32) {
    let width = pixmap.width() as usize;
    for (y, row) in pixmap.pixels_mut().chunks_mut(width).enumerate() {
        let color = match scene.backdrop {
            Some((sky, haze)) => {
                let y = (top + y as f32) / scale;
                let Color([r, g, b]) = sky.mix(haze, y / scene.horizon.max(1.0));
                PremultipliedColorU8::from_rgba(r, g, b, 255)
            }
            None => None,
        };
        row.fill(color.unwrap_or(PremultipliedColorU8::TRANSPARENT));
    }
}

/// A line of text as a path; none if it has no ink.
fn text_layer(line: &Line) -> Option<Layer> {
    Some(Layer {
        path: letters(line)?,
        color: line.color,
        opacity: 255,
    })
}
