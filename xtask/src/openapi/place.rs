//! Where something stands in a document.

use std::fmt;

use serde_json::Value;

/// The keys that lead to a value from the root.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place(pub(crate) Vec<String>);

impl Place {
    /// The place of a member or an item of this one.
    pub(crate) fn join(&self, key: impl ToString) -> Self {
        let mut keys = self.0.clone();
        keys.push(key.to_string());
        Self(keys)
    }

    /// The place that these keys lead to.
    pub(crate) fn of(keys: &[&str]) -> Self {
        Self(keys.iter().map(|key| (*key).to_owned()).collect())
    }

    /// The place around this one.
    pub(crate) fn parent(&self) -> Option<Self> {
        let (_, rest) = self.0.split_last()?;
        Some(Self(rest.to_vec()))
    }

    /// The last key.
    pub(crate) fn last(&self) -> &str {
        self.0.last().map_or("", String::as_str)
    }

    /// Whether this is the other place or within it.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// As a JSON pointer.
    pub(crate) fn pointer(&self) -> String {
        let escaped = |key: &String| format!("/{}", key.replace('~', "~0").replace('/', "~1"));
        self.0.iter().map(escaped).collect()
    }

    /// From a JSON pointer.
    pub(crate) fn from_pointer(pointer: &str) -> Self {
        let key = |key: &str| key.replace("~1", "/").replace("~0", "~");
        Self(pointer.split('/').skip(1).map(key).collect())
    }

    /// As a JSONPath, for the target of an overlay's action.
    pub(crate) fn json_path(&self) -> String {
        let mut path = String::from("$");
        for key in &self.0 {
            let is_name = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                && key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
            if is_name {
                path.push('.');
                path.push_str(key);
            } else {
                let quoted = key.replace('\\', "\\\\").replace('\'', "\\'");
                path.push_str(&format!("['{quoted}']"));
            }
        }
        path
    }

    /// The value there.
    pub(crate) fn get<'a>(&self, document: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(document, |value, key| match value {
            Value::Array(items) => items.get(key.parse::<usize>().ok()?),
            value => value.get(key),
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("the document");
        }
        f.write_str(&self.0.join("."))
    }
}
