//! Hand-written Rust, searched by its syntax rather than by lines that move.

use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The Rust files of a folder, or the file itself, without those of tests.
pub(super) fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        if let Ok(entries) = std::fs::read_dir(&path) {
            open.extend(entries.flatten().map(|entry| entry.path()));
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && !path.ends_with("tests.rs")
        {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The tokens of a file, without what is only there when testing.
pub(super) fn tokens(source: &str) -> TokenStream {
    let stream: TokenStream = source.parse().unwrap_or_default();
    let mut kept = Vec::new();
    let mut tokens = stream.into_iter().peekable();
    let mut skipping = false;
    while let Some(token) = tokens.next() {
        if let (TokenTree::Punct(punct), Some(TokenTree::Group(group))) = (&token, tokens.peek())
            && punct.as_char() == '#'
            && group.stream().to_string().replace(' ', "") == "cfg(test)"
        {
            skipping = true;
            tokens.next();
            continue;
        }
        if skipping {
            let is_end = match &token {
                TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                TokenTree::Punct(punct) => punct.as_char() == ';',
                _ => false,
            };
            skipping = !is_end;
            continue;
        }
        kept.push(token);
    }
    kept.into_iter().collect()
}

/// Every text in a file, with its line.
pub(super) fn texts(source: &str) -> Vec<(String, usize)> {
    fn search(tokens: TokenStream, found: &mut Vec<(String, usize)>) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => search(group.stream(), found),
                TokenTree::Literal(literal) => {
                    let line = literal.span().start().line;
                    if let syn::Lit::Str(text) = syn::Lit::new(literal) {
                        found.push((text.value(), line));
                    }
                }
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    search(tokens(source), &mut found);
    found
}

/// A list of the fields of a type: a literal, a pattern, or what a macro makes one of.
pub(super) struct Fields {
    pub(super) line: usize,
    pub(super) names: Vec<String>,
    /// Whether it ends in `..`, and so says nothing about the others.
    pub(super) is_open: bool,
}

/// The lists of fields of a type in a file: the type's name with braces behind it.
pub(super) fn fields_of(source: &str, name: &str) -> Vec<Fields> {
    fn search(tokens: TokenStream, name: &str, found: &mut Vec<Fields>) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (index, token) in tokens.iter().enumerate() {
            let TokenTree::Group(group) = token else {
                continue;
            };
            let before = index.checked_sub(1).map(|before| &tokens[before]);
            if let Some(TokenTree::Ident(ident)) = before
                && ident == name
                && group.delimiter() == Delimiter::Brace
            {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                found.push(Fields {
                    line: ident.span().start().line,
                    names: names(&inner),
                    is_open: group.stream().to_string().contains(".."),
                });
            }
            search(group.stream(), name, found);
        }
    }
    let mut found = Vec::new();
    search(tokens(source), name, &mut found);
    found
}

/// The first word after each comma.
fn names(tokens: &[TokenTree]) -> Vec<String> {
    let mut names = Vec::new();
    let mut begins = true;
    for token in tokens {
        match token {
            TokenTree::Ident(ident) if begins => {
                names.push(ident.to_string());
                begins = false;
            }
            TokenTree::Punct(punct) => begins = [',', ';'].contains(&punct.as_char()),
            _ => {}
        }
    }
    names
}

/// The lines of the `match` expressions that have this text, or one of these, for an arm.
pub(super) fn matches_on(source: &str, arms: &[&str]) -> Vec<usize> {
    struct Matches<'a> {
        arms: &'a [&'a str],
        lines: Vec<usize>,
    }
    impl<'ast> syn::visit::Visit<'ast> for Matches<'_> {
        fn visit_expr_match(&mut self, expr: &'ast syn::ExprMatch) {
            let is_arm = |arm: &syn::Arm| {
                let syn::Pat::Lit(literal) = &arm.pat else {
                    return false;
                };
                matches!(&literal.lit, syn::Lit::Str(text) if self.arms.contains(&text.value().as_str()))
            };
            if expr.arms.iter().filter(|arm| is_arm(arm)).count() > 1 {
                self.lines.push(expr.match_token.span.start().line);
            }
            syn::visit::visit_expr_match(self, expr);
        }
    }
    let mut matches = Matches {
        arms,
        lines: Vec::new(),
    };
    if let Ok(file) = syn::parse_file(source) {
        syn::visit::Visit::visit_file(&mut matches, &file);
    }
    matches.lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "fn a() {\n    let b = types::Body {\n        model: x,\n        n: None,\n    };\n    \
        match name {\n        \"n\" => 1,\n        \"size\" => 2,\n        _ => 3,\n    }\n}\n\
        fields! { Body { model: text, n: number } }\n#[cfg(test)]\nmod tests { const A: Body = Body { z: \"no\" }; }\n";

    #[test]
    fn lists_of_fields_are_found_in_literals_and_macros() {
        let found: Vec<(usize, Vec<String>)> = fields_of(SOURCE, "Body")
            .into_iter()
            .map(|fields| (fields.line, fields.names))
            .collect();
        let names = vec!["model".to_owned(), "n".to_owned()];
        assert_eq!(found, [(2, names.clone()), (12, names)]);
    }

    #[test]
    fn a_match_is_found_by_its_arms_and_texts_are_those_outside_of_tests() {
        assert_eq!(matches_on(SOURCE, &["n", "size"]), [6]);
        assert_eq!(matches_on(SOURCE, &["other"]), [0; 0]);
        let texts: Vec<String> = texts(SOURCE).into_iter().map(|(text, _)| text).collect();
        assert_eq!(texts, ["n", "size"]);
    }
}
