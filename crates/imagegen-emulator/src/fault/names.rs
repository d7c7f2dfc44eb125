//! Faults by their names.

use std::fmt;
use std::str::FromStr;

use super::Fault;

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Self, UnknownFault> {
        Self::ALL
            .iter()
            .copied()
            .find(|fault| fault.name() == name)
            .ok_or_else(|| UnknownFault::new(name))
    }
}

/// A name that no fault has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFault {
    name: String,
    close: Vec<&'static str>,
}

impl UnknownFault {
    fn new(name: &str) -> Self {
        const LONGEST: usize = 40;
        let name: String = name.chars().take(LONGEST).collect();
        let mut close: Vec<_> = Fault::ALL
            .iter()
            .map(|fault| (distance(&name, fault.name()), fault.name()))
            .filter(|(distance, candidate)| {
                *distance <= 1 + name.len() / 4
                    || (name.len() > 2 && candidate.contains(name.as_str()))
                    || (name.len() > 2 && name.contains(candidate))
            })
            .collect();
        close.sort_unstable();
        close.truncate(3);
        Self {
            name,
            close: close.into_iter().map(|(_, name)| name).collect(),
        }
    }

    /// The names that come near it, the nearest first.
    pub fn suggestions(&self) -> &[&'static str] {
        &self.close
    }
}

impl fmt::Display for UnknownFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no fault `{}`", self.name)?;
        match self.close.as_slice() {
            [] => Ok(()),
            names => write!(f, "; close to it: {}", names.join(", ")),
        }
    }
}

impl std::error::Error for UnknownFault {}

/// How many single-letter changes turn one name into the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = before + usize::from(x != *y);
            before = row[j + 1];
            row[j + 1] = change.min(before + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_kebab_case_and_parse_back() {
        let mut seen = HashSet::new();
        for fault in Fault::ALL {
            let name = fault.name();
            assert!(seen.insert(name), "{name} twice");
            assert!(
                name.bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
                "{name}"
            );
            assert_eq!(name.parse(), Ok(*fault));
            assert!(fault.description().ends_with('.'), "{name}");
        }
    }

    #[test]
    fn a_wrong_name_is_told_with_the_close_ones() {
        let error = "html502".parse::<Fault>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no fault `html502`; close to it: html-502, html-503, html-504"
        );
        let error = "nothing of the sort".parse::<Fault>().unwrap_err();
        assert_eq!(error.to_string(), "there is no fault `nothing of the sort`");
    }
}
