//! Why the target of an action is not there.

use serde_json::Value;
use serde_json_path::JsonPath;

use crate::openapi::place::Place;

/// Says which part of a target is there, what stands in the place of the rest, and where it may have gone; with the
/// place that the action would have to aim at, if that is known.
pub(super) fn why_nothing(target: &str, contract: &Value) -> (String, Place) {
    let paths = contract["paths"].as_object();
    let is_there = |path: &str| paths.is_some_and(|paths| paths.contains_key(path));
    let mut text = String::from("its target matches nothing");
    for path in quoted_paths(target) {
        let guard = format!("!@['{path}']");
        if target.contains(&guard) && is_there(&path) {
            let place = Place::of(&["paths", &path]).json_path();
            text += &format!(
                ": the gateway publishes {path} by now. Drop the action, or give it the target {place} to merge into that"
            );
            return (text, Place::default());
        }
        if !target.contains(&guard) && !is_there(&path) {
            let now = paths
                .into_iter()
                .flatten()
                .find(|(other, _)| similar(other, &path));
            return match now {
                Some((now, _)) => {
                    let text = format!(
                        "{text}: {path} is gone, and {now} is there now. Let the action aim at {now}"
                    );
                    (text, Place::of(&["paths", now]))
                }
                None => {
                    let all: Vec<&str> = paths
                        .into_iter()
                        .flatten()
                        .map(|(path, _)| path.as_str())
                        .take(8)
                        .collect();
                    let text = format!("{text}: {path} is gone; there are {}", all.join(", "));
                    (text, Place::default())
                }
            };
        }
    }
    if let Some((part, value)) = longest(target, contract) {
        let rest = &target[part.len()..];
        text += &format!(
            ": {part} is there, `{rest}` is not in it; the gateway publishes {}",
            described(value)
        );
    }
    (text, Place::default())
}

/// The longest beginning of a target that matches, and what is there.
fn longest<'a>(target: &str, contract: &'a Value) -> Option<(String, &'a Value)> {
    let mut cuts: Vec<usize> = target
        .char_indices()
        .filter(|(_, c)| ['.', '['].contains(c))
        .map(|(at, _)| at)
        .collect();
    cuts.reverse();
    cuts.into_iter().find_map(|cut| {
        let part = &target[..cut];
        let path = JsonPath::parse(part).ok()?;
        let value = path.query(contract).first()?;
        (part.len() > 1).then(|| (part.to_owned(), value))
    })
}

fn described(value: &Value) -> String {
    let text = value.to_string();
    let short: String = text.chars().take(160).collect();
    if short.len() < text.len() {
        format!("{short}...")
    } else {
        short
    }
}

/// The paths that a target names.
fn quoted_paths(target: &str) -> Vec<String> {
    let parts = target.split('\'').skip(1).step_by(2);
    parts
        .filter(|part| part.starts_with('/'))
        .map(str::to_owned)
        .collect()
}

/// Whether two paths differ in their version or in a slash only.
fn similar(one: &str, other: &str) -> bool {
    let is_version = |part: &str| {
        part.strip_prefix('v')
            .is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit()))
    };
    let parts = |path: &str| -> Vec<String> {
        path.split('/')
            .filter(|part| !part.is_empty() && !is_version(part))
            .map(str::to_lowercase)
            .collect()
    };
    parts(one) == parts(other)
}
