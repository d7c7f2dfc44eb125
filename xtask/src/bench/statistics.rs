//! Medians and ranges.

/// A median with the least and the most.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    pub(super) median: f64,
    pub(super) least: f64,
    pub(super) most: f64,
}

impl Range {
    /// The range of some figures, of which there is at least one.
    pub(super) fn of(figures: impl IntoIterator<Item = f64>) -> Self {
        let mut figures: Vec<f64> = figures.into_iter().collect();
        figures.sort_by(f64::total_cmp);
        let middle = figures.len() / 2;
        let median = match figures.len() % 2 {
            0 => f64::midpoint(figures[middle - 1], figures[middle]),
            _ => figures[middle],
        };
        Self {
            median,
            least: figures[0],
            most: figures[figures.len() - 1],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(Range::of([3.0, 1.0, 2.0]).median, 2.0);
        assert_eq!(Range::of([4.0, 1.0, 2.0, 3.0]).median, 2.5);
        let range = Range::of([3.0, 1.0, 2.0]);
        assert_eq!((range.least, range.most), (1.0, 3.0));
    }
}
