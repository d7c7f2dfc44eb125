//! On which line of a text what stands.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser};

use super::super::place::Place;

/// Lines by JSON pointer: of a member that of its key, of an item that of its beginning.
#[derive(Debug, Default)]
pub(crate) struct Lines(BTreeMap<String, usize>);

/// A collection that is being read.
enum Open {
    /// A mapping, and the key whose value comes next.
    Mapping(Option<String>),
    /// A sequence, and how many items it has had.
    Sequence(usize),
}

impl Lines {
    /// Reads the lines of a YAML or JSON text. A text that cannot be read has those in front of the error.
    pub(crate) fn of(text: &str) -> Self {
        let mut lines = BTreeMap::new();
        let mut place = Place::default();
        let mut open: Vec<Open> = Vec::new();
        for event in Parser::new_from_str(text) {
            let Ok((event, span)) = event else { break };
            let line = span.start.line();
            // A key is no value.
            if let (Some(Open::Mapping(key @ None)), Event::Scalar(name, ..)) =
                (open.last_mut(), &event)
            {
                place.0.push(name.to_string());
                lines.insert(place.pointer(), line);
                *key = Some(name.to_string());
                continue;
            }
            let is_value = matches!(
                event,
                Event::Scalar(..)
                    | Event::Alias(_)
                    | Event::SequenceStart(..)
                    | Event::MappingStart(..)
            );
            if is_value && let Some(Open::Sequence(count)) = open.last() {
                place.0.push(count.to_string());
                lines.insert(place.pointer(), line);
            }
            match event {
                Event::Scalar(..) | Event::Alias(_) => end_of_value(&mut open, &mut place),
                Event::SequenceStart(..) => open.push(Open::Sequence(0)),
                Event::MappingStart(..) => open.push(Open::Mapping(None)),
                Event::SequenceEnd | Event::MappingEnd => {
                    open.pop();
                    end_of_value(&mut open, &mut place);
                }
                _ => {}
            }
        }
        Self(lines)
    }

    /// The line of a place, or of the nearest one around it.
    pub(crate) fn get(&self, place: &Place) -> Option<usize> {
        let mut place = place.clone();
        loop {
            if let Some(line) = self.0.get(&place.pointer()) {
                return Some(*line);
            }
            place = place.parent()?;
        }
    }
}

fn end_of_value(open: &mut [Open], place: &mut Place) {
    match open.last_mut() {
        Some(Open::Mapping(key)) => *key = None,
        Some(Open::Sequence(count)) => *count += 1,
        None => return,
    }
    place.0.pop();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_and_items_have_lines_in_yaml_and_json() {
        let yaml = "a:\n  b/c: 1\n  d:\n    - x\n    - e: 2\nf: &g {h: 1}\ni: *g\nj: 1\n";
        let json = "{\n\"a\": {\"b/c\": 1,\n\t\"d\": [\n\"x\", {\"e\": 2}]},\n\"j\": \"\\u00e4\"}";
        let find = |lines: &Lines, keys: &[&str]| lines.get(&Place::of(keys));
        let lines = Lines::of(yaml);
        for (keys, line) in [
            (&["a"][..], 1),
            (&["a", "b/c"], 2),
            (&["a", "d", "1", "e"], 5),
            (&["i", "h"], 7),
            (&["j"], 8),
        ] {
            assert_eq!(find(&lines, keys), Some(line), "{keys:?}");
        }
        let lines = Lines::of(json);
        assert_eq!(find(&lines, &["a", "d", "1", "e"]), Some(4));
        assert_eq!(find(&lines, &["j"]), Some(5));
    }
}
