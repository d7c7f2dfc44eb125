//! The graph between the modules of one folder.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::imports::Import;

/// Modules by name, each with those it uses and one place where it does.
#[derive(Default)]
pub(super) struct Graph<'a> {
    links: BTreeMap<String, BTreeMap<String, &'a Import>>,
}

/// Modules, each with the arrow that leads to the next.
pub(super) struct Cycle<'a> {
    pub(super) steps: Vec<(String, &'a Import)>,
    /// How many modules can all reach each other, these among them.
    pub(super) knot: usize,
}

impl<'a> Graph<'a> {
    pub(super) fn add(&mut self, name: &str) {
        self.links.entry(name.to_owned()).or_default();
    }

    pub(super) fn link(&mut self, from: &str, to: &str, import: &'a Import) {
        if from != to {
            let links = self.links.entry(from.to_owned()).or_default();
            links.entry(to.to_owned()).or_insert(import);
        }
    }

    /// How many modules there are.
    pub(super) fn len(&self) -> usize {
        self.links.len()
    }

    /// How many arrows there are.
    pub(super) fn links(&self) -> usize {
        self.links.values().map(BTreeMap::len).sum()
    }

    /// Everything that can be reached from a module by at least one arrow.
    fn reached(&self, from: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        let mut open = vec![from];
        while let Some(name) = open.pop() {
            for next in self.links[name].keys() {
                if reached.insert(next.as_str()) {
                    open.push(next);
                }
            }
        }
        reached
    }

    /// The sets of modules that can all reach each other.
    fn knots(&self) -> Vec<BTreeSet<&str>> {
        let reached: BTreeMap<&str, BTreeSet<&str>> = self
            .links
            .keys()
            .map(|name| (name.as_str(), self.reached(name)))
            .collect();
        let mut knots: Vec<BTreeSet<&str>> = Vec::new();
        for (name, ahead) in &reached {
            if ahead.contains(name) && !knots.iter().any(|knot| knot.contains(name)) {
                let back = |other: &&&str| reached[**other].contains(name);
                knots.push(ahead.iter().filter(back).copied().collect());
            }
        }
        knots
    }

    /// How many modules lie in cycles.
    pub(super) fn knotted(&self) -> usize {
        self.knots().iter().map(BTreeSet::len).sum()
    }

    /// The shortest cycle of every knot.
    pub(super) fn cycles(&self) -> Vec<Cycle<'a>> {
        let shortest = |knot: &BTreeSet<&str>| {
            let cycles = knot.iter().filter_map(|start| self.cycle(start));
            let steps = cycles.min_by_key(Vec::len)?;
            Some(Cycle {
                steps,
                knot: knot.len(),
            })
        };
        self.knots().iter().filter_map(shortest).collect()
    }

    fn cycle(&self, start: &str) -> Option<Vec<(String, &'a Import)>> {
        let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
        let mut open = VecDeque::from([start]);
        while let Some(name) = open.pop_front() {
            for next in self.links[name].keys() {
                if next == start {
                    return Some(self.way(start, name, &came_from));
                }
                if !came_from.contains_key(next.as_str()) {
                    came_from.insert(next, name);
                    open.push_back(next);
                }
            }
        }
        None
    }

    fn way(
        &self,
        start: &str,
        last: &str,
        came_from: &BTreeMap<&str, &str>,
    ) -> Vec<(String, &'a Import)> {
        let mut names = vec![start, last];
        while let Some(before) = came_from.get(names[names.len() - 1])
            && names[names.len() - 1] != start
        {
            names.push(before);
        }
        names.reverse();
        names
            .windows(2)
            .map(|pair| (pair[0].to_owned(), self.links[pair[0]][pair[1]]))
            .collect()
    }

    /// The longest chain of arrows, in modules; those that can all reach each other stand on one level.
    pub(super) fn levels(&self) -> usize {
        let knots = self.knots();
        let same = |a: &str, b: &str| {
            knots
                .iter()
                .any(|knot| knot.contains(a) && knot.contains(b))
        };
        let mut levels: BTreeMap<&str, usize> = BTreeMap::new();
        // A level can rise once for each module at most.
        for _ in 0..self.links.len() {
            for (name, links) in &self.links {
                let below = links.keys().map(|next| {
                    let level = levels.get(next.as_str()).copied().unwrap_or(1);
                    if same(name, next) { level } else { level + 1 }
                });
                let level = below.max().unwrap_or(1);
                levels.insert(name, level);
            }
        }
        levels.values().copied().max().unwrap_or(0)
    }
}
