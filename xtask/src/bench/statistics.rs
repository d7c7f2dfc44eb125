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

/// `1.23 (1.10-1.45)`, with as many digits as say something.
pub(super) fn range(range: Option<Range>) -> String {
    let Some(Range {
        median,
        least,
        most,
    }) = range.filter(|range| range.median.is_finite())
    else {
        return String::new();
    };
    let digits = match median.abs() {
        100.0.. => 0,
        10.0.. => 1,
        0.1.. => 2,
        _ => 3,
    };
    format!("{median:.digits$} ({least:.digits$}-{most:.digits$})")
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

    #[test]
    fn figures_have_the_digits_that_say_something() {
        assert_eq!(range(Some(Range::of([123.4]))), "123 (123-123)");
        assert_eq!(range(Some(Range::of([1.0, 2.0, 4.0]))), "2.00 (1.00-4.00)");
        assert_eq!(range(Some(Range::of([f64::NAN]))), "");
    }
}
