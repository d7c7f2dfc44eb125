//! Changes to the generated code where no setting of the generator reaches: fewer traps, and easier to read.

use anyhow::{Context, Result, ensure};
use syn::{
    Attribute, Expr, ExprLit, File, ImplItem, Item, Lit, Meta, parse_quote, visit_mut::VisitMut,
};

use super::lower::Renames;

mod calls;
mod types;

/// What the constructor's docs say: the generator's own leave open how the base URL joins.
const CONSTRUCTOR: [&str; 5] = [
    " A client that sends with `client`, which brings TLS, the key as a default header and the time limits.",
    "",
    " The path of an operation, which begins with `/v1`, is put behind `baseurl`: `https://gateway.example` is meant, and",
    " `https://gateway.example/v1` would ask for `/v1/v1/..`. A slash at its end is dropped. A transport that knows the",
    " URLs of operations ([`Transport::url`](crate::Transport::url)) leaves it unused.",
];

/// Refines generated code and formats it.
pub(super) fn refine(mut file: File, renamed: &Renames) -> Result<String> {
    mend_constructors(&mut file)?;
    // A module of one re-export, for whoever imports by glob.
    file.items
        .retain(|item| !matches!(item, Item::Mod(module) if module.ident == "prelude"));
    types::refine(&mut file, renamed)?;
    calls::Calls.visit_file_mut(&mut file);
    LineDocs.visit_file_mut(&mut file);
    Ok(prettyplease::unparse(&file))
}

/// Removes the constructor that makes its own `reqwest::Client`, which gives up after 15 seconds and takes its TLS from
/// whatever features happen to be on, and documents the other one.
fn mend_constructors(file: &mut File) -> Result<()> {
    let mut removed = 0;
    for item in &mut file.items {
        let Item::Impl(item) = item else { continue };
        if item.trait_.is_some() {
            continue;
        }
        let before = item.items.len();
        item.items
            .retain(|item| !matches!(item, ImplItem::Fn(f) if f.sig.ident == "new"));
        removed += before - item.items.len();
        for item in &mut item.items {
            if let ImplItem::Fn(f) = item
                && f.sig.ident == "new_with_client"
            {
                f.attrs.retain(|attribute| doc(attribute).is_none());
                f.attrs
                    .extend(CONSTRUCTOR.map(|line| -> Attribute { parse_quote!(#[doc = #line]) }));
            }
        }
    }
    ensure!(
        removed == 1,
        "generated code: there is no single `Client::new` to remove"
    );
    Ok(())
}

fn module_of_types(file: &mut File) -> Result<&mut Vec<Item>> {
    let module = file.items.iter_mut().find_map(|item| match item {
        Item::Mod(module) if module.ident == "types" => {
            module.content.as_mut().map(|(_, items)| items)
        }
        _ => None,
    });
    module.context("generated code: there is no module `types`")
}

/// Gives every line of a doc comment its own `///`, and paths without the `#` that is not sent.
struct LineDocs;

impl VisitMut for LineDocs {
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        *attributes = std::mem::take(attributes)
            .into_iter()
            .flat_map(|attribute| match doc(&attribute) {
                None => vec![attribute],
                Some(text) => text.trim_end().lines().map(line_of_docs).collect(),
            })
            .collect();
    }
}

fn line_of_docs(line: &str) -> Attribute {
    let mut line = line.to_owned();
    if line.trim_start().starts_with("Sends a `")
        && let Some((path, _)) = line.split_once('#')
    {
        line = format!("{path}`");
    }
    if !line.is_empty() && !line.starts_with(' ') {
        line.insert(0, ' ');
    }
    parse_quote!(#[doc = #line])
}

fn doc(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests;
