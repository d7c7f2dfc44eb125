//! Which module uses which, whatever the path it writes.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::source::{Module, Source};

/// One use of a module by another.
#[derive(Debug)]
pub(super) struct Import {
    /// Index of the module that uses.
    pub(super) from: usize,
    /// Index of the module that defines what is used.
    pub(super) to: usize,
    pub(super) line: usize,
    /// The path as it is written.
    pub(super) text: String,
}

/// How far `use` is followed from one module to the next.
const HOPS: usize = 16;

/// Every use of one module by another.
pub(super) fn of(source: &Source) -> Vec<Import> {
    let mut imports = Vec::new();
    for (from, module) in source.modules.iter().enumerate() {
        let mut scan = Scan {
            source,
            from,
            module,
            imports: &mut imports,
        };
        for code in &module.code {
            scan.tokens(code.clone(), &[]);
        }
    }
    imports
}

/// How many public names the root has.
pub(super) fn names_at_the_root(source: &Source) -> usize {
    public(source, 0, HOPS).len()
}

fn public(source: &Source, module: usize, hops: usize) -> BTreeSet<&str> {
    let here = &source.modules[module];
    let mut names: BTreeSet<&str> = here
        .defined
        .iter()
        .filter(|(_, public)| **public)
        .map(|(name, _)| name.as_str())
        .collect();
    for item in here.uses.iter().filter(|item| item.public) {
        match &item.name {
            Some(name) => {
                names.insert(name);
            }
            None if hops > 0 => {
                if let Some(all) = source.module_at(module, &item.path) {
                    names.extend(public(source, all, hops - 1));
                }
            }
            None => {}
        }
    }
    names
}

/// The search for paths in the code of one module.
struct Scan<'a> {
    source: &'a Source,
    from: usize,
    module: &'a Module,
    imports: &'a mut Vec<Import>,
}

impl Scan<'_> {
    /// Finds the paths among tokens; `prefix` is the part of a path in front of a brace.
    fn tokens(&mut self, tokens: TokenStream, prefix: &[String]) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut index = 0;
        while index < tokens.len() {
            match &tokens[index] {
                // Who may see something is no use of them.
                TokenTree::Ident(ident) if ident == "in" && self.is_visibility(&tokens) => return,
                TokenTree::Ident(ident) => {
                    let mut path = prefix.to_vec();
                    path.push(ident.to_string());
                    let mut line = ident.span().start().line;
                    index += 1;
                    while is_colons(&tokens, index) {
                        match tokens.get(index + 2) {
                            Some(TokenTree::Ident(next)) => {
                                path.push(next.to_string());
                                line = next.span().start().line;
                            }
                            Some(TokenTree::Group(group))
                                if group.delimiter() == Delimiter::Brace =>
                            {
                                self.tokens(group.stream(), &path);
                                path.clear();
                            }
                            _ => {}
                        }
                        index += 3;
                    }
                    let is_macro = is_punct(tokens.get(index), '!');
                    self.path(&path, line, is_macro);
                }
                TokenTree::Group(group) => {
                    self.tokens(group.stream(), prefix);
                    index += 1;
                }
                _ => index += 1,
            }
        }
    }

    /// Whether these are the tokens within `pub(in ..)`.
    fn is_visibility(&self, tokens: &[TokenTree]) -> bool {
        matches!(tokens.first(), Some(TokenTree::Ident(ident)) if ident == "in")
    }

    fn path(&mut self, path: &[String], line: usize, is_macro: bool) {
        let to = match path {
            [] => None,
            [name] if is_macro => self.macro_rules(name).or_else(|| self.by_glob(name)),
            [name] => self.by_glob(name),
            path => self.source.resolve(self.from, path, HOPS),
        };
        if let Some(to) = to
            && to != self.from
        {
            self.imports.push(Import {
                from: self.from,
                to,
                line,
                text: path.join("::").trim_end_matches("::self").to_owned(),
            });
        }
    }

    /// A macro is seen without a path by whatever follows it.
    fn macro_rules(&self, name: &str) -> Option<usize> {
        let has = |module: &Module| module.macros.contains(name);
        if has(self.module) {
            return None;
        }
        self.source.modules.iter().position(has)
    }

    /// Where a name comes from that only a `use ..::*` can have brought in.
    fn by_glob(&self, name: &str) -> Option<usize> {
        let here = self.module;
        if here.defined.contains_key(name)
            || here.children.contains_key(name)
            || here
                .uses
                .iter()
                .any(|item| item.name.as_deref() == Some(name))
        {
            return None;
        }
        here.uses
            .iter()
            .filter(|item| item.name.is_none())
            .find_map(|item| {
                let all = self.source.module_at(self.from, &item.path)?;
                self.source.member(all, name, HOPS)
            })
    }
}

impl Source {
    /// The module that defines what a path means in `from`; `None` if it leads out of the crate.
    fn resolve(&self, from: usize, path: &[String], hops: usize) -> Option<usize> {
        let hops = hops.checked_sub(1)?;
        let (mut at, mut rest) = self.start(from, path)?;
        while let [name, more @ ..] = rest {
            match self.modules[at].children.get(name) {
                Some(child) => (at, rest) = (*child, more),
                None => return self.member_path(at, rest, hops).or(Some(at)),
            }
        }
        Some(at)
    }

    /// The module where a path begins, and what is left of the path.
    fn start<'p>(&self, from: usize, path: &'p [String]) -> Option<(usize, &'p [String])> {
        let here = &self.modules[from];
        let (first, mut rest) = path.split_first()?;
        let mut at = match first.as_str() {
            "crate" => 0,
            "self" => from,
            "super" => here.parent?,
            name if here.children.contains_key(name) => return Some((from, path)),
            name if here.uses.iter().any(|item| {
                item.name.as_deref() == Some(name) && item.path.first() != Some(first)
            }) =>
            {
                return Some((from, path));
            }
            _ => return None,
        };
        while let [name, more @ ..] = rest
            && name == "super"
        {
            (at, rest) = (self.modules[at].parent?, more);
        }
        Some((at, rest))
    }

    /// What the beginning of `path` means in a module that has no such child.
    fn member_path(&self, module: usize, path: &[String], hops: usize) -> Option<usize> {
        let here = &self.modules[module];
        let (name, more) = path.split_first()?;
        if here.defined.contains_key(name) || here.macros.contains(name) {
            return Some(module);
        }
        if let Some(item) = here
            .uses
            .iter()
            .find(|item| item.name.as_deref() == Some(name))
        {
            // Through a renamed module there may be more to follow.
            let full = [item.path.as_slice(), more].concat();
            return self.resolve(module, &full, hops);
        }
        here.uses
            .iter()
            .filter(|item| item.name.is_none())
            .find_map(|item| {
                let all = self.module_at(module, &item.path)?;
                self.member(all, name, hops)
            })
    }

    /// The module that defines a name which another one has.
    fn member(&self, module: usize, name: &str, hops: usize) -> Option<usize> {
        let hops = hops.checked_sub(1)?;
        if let Some(child) = self.modules[module].children.get(name) {
            return Some(*child);
        }
        self.member_path(module, &[name.to_owned()], hops)
    }

    /// The module that a path names.
    fn module_at(&self, from: usize, path: &[String]) -> Option<usize> {
        let (mut at, rest) = self.start(from, path)?;
        for name in rest {
            at = *self.modules[at].children.get(name)?;
        }
        Some(at)
    }
}

fn is_punct(token: Option<&TokenTree>, c: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == c)
}

fn is_colons(tokens: &[TokenTree], index: usize) -> bool {
    is_punct(tokens.get(index), ':') && is_punct(tokens.get(index + 1), ':')
}
