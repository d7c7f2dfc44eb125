//! An earlier look at a picture: the same one, but blurred.

use super::paint::{Pixel, Rows};

/// A picture whose fine parts have not come out yet.
pub(super) struct Preview {
    width: u32,
    height: u32,
    opaque: bool,
    /// How many pixels of the picture one of `coarse` stands for, each way.
    step: u32,
    columns: usize,
    coarse: Vec<Pixel>,
}

/// How many steps of the blur there are from one cell to the next, at most. Smoother still would
/// look much the same and, being all gradients, take more bytes than the finished picture.
const STEPS: u32 = 8;
/// A step is at least so many pixels, for the same reason.
const LEAST_STEP: u32 = 4;

impl Preview {
    /// Blurs a picture so that nothing smaller than `cell` pixels can be told.
    pub(super) fn new(picture: &impl Rows, cell: u32) -> Self {
        let (width, height) = (picture.width(), picture.height());
        let cells = Cells::new(picture, cell);
        let step = (cell / STEPS).max(cell.min(LEAST_STEP));
        let (columns, rows) = (width.div_ceil(step), height.div_ceil(step));
        let middle = |i: u32| (i as f32 + 0.5) * step as f32 / cell as f32 - 0.5;
        let coarse = (0..rows)
            .flat_map(|y| (0..columns).map(move |x| (x, y)))
            .map(|(x, y)| cells.between(middle(x), middle(y)))
            .collect();
        let columns = columns as usize;
        Self {
            width,
            height,
            opaque: picture.is_opaque(),
            step,
            columns,
            coarse,
        }
    }
}

impl Rows for Preview {
    fn width(&self) -> u32 {
        self.width
    }

    fn height(&self) -> u32 {
        self.height
    }

    fn is_opaque(&self) -> bool {
        self.opaque
    }

    fn draw_row(&self, y: u32, row: &mut [Pixel]) {
        let coarse = &self.coarse[(y / self.step) as usize * self.columns..][..self.columns];
        for (pixels, &pixel) in row.chunks_mut(self.step as usize).zip(coarse) {
            pixels.fill(pixel);
        }
    }
}

/// The mean colours of squares of a picture.
struct Cells {
    columns: usize,
    rows: usize,
    means: Vec<[f32; 4]>,
}

impl Cells {
    fn new(picture: &impl Rows, cell: u32) -> Self {
        let (width, height) = (picture.width() as usize, picture.height());
        let columns = width.div_ceil(cell as usize);
        let rows = height.div_ceil(cell) as usize;
        let mut means = Vec::with_capacity(columns * rows);
        let mut row = vec![[0; 4]; width];
        for top in (0..height).step_by(cell as usize) {
            let mut sums = vec![[0_u32; 4]; columns];
            // A few rows of each cell tell its mean well enough.
            let bottom = (top + cell).min(height);
            let skip = (cell / STEPS).max(1);
            let looked = (top..bottom).step_by(skip as usize);
            let count = looked.len();
            for y in looked {
                picture.draw_row(y, &mut row);
                for (sum, pixels) in sums.iter_mut().zip(row.chunks(cell as usize)) {
                    for pixel in pixels {
                        for (sum, &channel) in sum.iter_mut().zip(pixel) {
                            *sum += u32::from(channel);
                        }
                    }
                }
            }
            for (column, sum) in sums.into_iter().enumerate() {
                let across = (width - column * cell as usize).min(cell as usize);
                means.push(sum.map(|sum| sum as f32 / (across * count) as f32));
            }
        }
        Self {
            columns,
            rows,
            means,
        }
    }

    /// The colour at a place counted in cells, whose middles are at whole numbers.
    fn between(&self, x: f32, y: f32) -> Pixel {
        let (x0, x1, across) = neighbours(x, self.columns);
        let (y0, y1, down) = neighbours(y, self.rows);
        let [a, b, c, d] =
            [(x0, y0), (x1, y0), (x0, y1), (x1, y1)].map(|(x, y)| self.means[y * self.columns + x]);
        std::array::from_fn(|i| {
            let upper = a[i] + (b[i] - a[i]) * across;
            let lower = c[i] + (d[i] - c[i]) * across;
            (upper + (lower - upper) * down + 0.5) as u8
        })
    }
}

/// The cells before and after a place, and how far it is from the one to the other, eased so that
/// the edges of the cells do not show.
fn neighbours(at: f32, count: usize) -> (usize, usize, f32) {
    let at = at.clamp(0.0, (count - 1) as f32);
    let before = at as usize;
    let t = at - at.floor();
    (before, (before + 1).min(count - 1), t * t * (3.0 - 2.0 * t))
}
