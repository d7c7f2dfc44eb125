//! Which lines of a file hold code.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};

/// The lines with at least one token that is not a doc comment.
pub(super) fn of_code(tokens: TokenStream) -> BTreeSet<usize> {
    let mut lines = BTreeSet::new();
    add(tokens, &mut lines);
    lines
}

fn add(tokens: TokenStream, lines: &mut BTreeSet<usize>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut index = 0;
    while index < tokens.len() {
        let bang = is_punct(tokens.get(index + 1), '!');
        let group = tokens.get(index + 1 + usize::from(bang));
        if is_punct(tokens.get(index), '#') && is_doc(group) {
            index += 2 + usize::from(bang);
            continue;
        }
        match &tokens[index] {
            TokenTree::Group(group) => {
                mark(group.span_open(), lines);
                add(group.stream(), lines);
                mark(group.span_close(), lines);
            }
            token => mark(token.span(), lines),
        }
        index += 1;
    }
}

fn mark(span: Span, lines: &mut BTreeSet<usize>) {
    lines.extend(span.start().line..=span.end().line);
}

fn is_punct(token: Option<&TokenTree>, c: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == c)
}

/// Whether this is `[doc = ..]`, as which a doc comment is read.
fn is_doc(token: Option<&TokenTree>) -> bool {
    let Some(TokenTree::Group(group)) = token else {
        return false;
    };
    let mut inner = group.stream().into_iter();
    group.delimiter() == Delimiter::Bracket
        && matches!(inner.next(), Some(TokenTree::Ident(ident)) if ident == "doc")
        && is_punct(inner.next().as_ref(), '=')
}
