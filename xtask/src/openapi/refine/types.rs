//! The generated types: what they derive, and names that are short.

use std::collections::BTreeSet;

use anyhow::Result;
use proc_macro2::{Literal, TokenStream, TokenTree};
use syn::{
    Attribute, Field, Fields, File, Item, Lit, Meta, Path, Token, Type, parse_quote,
    punctuated::Punctuated,
    visit_mut::{self, VisitMut},
};

use super::Renames;

/// Names that the generator spells in full although the prelude has them.
const PRELUDE: [&str; 3] = [
    "::std::option::Option",
    "::std::string::String",
    "::std::vec::Vec",
];

/// Refines the types, and the names of the prelude everywhere.
pub(super) fn refine(file: &mut File, renamed: &Renames) -> Result<()> {
    let types = super::module_of_types(file)?;
    derive_more(types);
    for item in types {
        if let Item::Struct(item) = item {
            for field in &mut item.fields {
                rename(field, renamed);
            }
        }
    }
    Prelude.visit_file_mut(file);
    Ok(())
}

/// Derives `Default` where it means "nothing set" and is not there yet, and `JsonSchema` behind the feature.
fn derive_more(types: &mut [Item]) {
    let enums: BTreeSet<String> = types
        .iter()
        .filter_map(|item| match item {
            Item::Enum(item) => Some(item.ident.to_string()),
            _ => None,
        })
        .collect();
    let have_default: BTreeSet<String> = types.iter().filter_map(with_own_default).collect();
    let is_enum = |ty: &Type| matches!(ty, Type::Path(ty) if ty.path.get_ident().is_some_and(|name| enums.contains(&name.to_string())));
    for item in types.iter_mut() {
        let attrs = match item {
            Item::Struct(item) => {
                // A required enum has no value that means "nothing set".
                if let Fields::Named(fields) = &item.fields
                    && !fields.named.iter().any(|field| is_enum(&field.ty))
                    && !have_default.contains(&item.ident.to_string())
                {
                    add_default(&mut item.attrs);
                }
                &mut item.attrs
            }
            Item::Enum(item) => &mut item.attrs,
            _ => continue,
        };
        attrs.push(parse_quote!(#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]));
    }
}

/// The type for which the generator wrote a `Default` itself.
fn with_own_default(item: &Item) -> Option<String> {
    let Item::Impl(item) = item else { return None };
    let (path, _) = item.trait_.as_ref()?;
    let Type::Path(ty) = &*item.self_ty else {
        return None;
    };
    let is_default = path.segments.last()?.ident == "Default";
    is_default.then(|| ty.path.get_ident().map(ToString::to_string))?
}

fn add_default(attrs: &mut [Attribute]) {
    for attribute in attrs {
        if attribute.path().is_ident("derive")
            && let Ok(mut derives) =
                attribute.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated)
        {
            derives.push(parse_quote!(Default));
            *attribute = parse_quote!(#[derive(#derives)]);
        }
    }
}

/// Gives a field its own name back.
fn rename(field: &mut Field, renamed: &Renames) {
    let Some(ident) = &mut field.ident else {
        return;
    };
    let Some(own) = renamed.0.get(&ident.to_string()) else {
        return;
    };
    *ident = syn::Ident::new(&own.ident, ident.span());
    let wire = &own.wire;
    let serde = field
        .attrs
        .iter_mut()
        .find(|attribute| attribute.path().is_ident("serde"));
    match serde {
        Some(attribute) => {
            let rest = match &attribute.meta {
                Meta::List(list) => list.tokens.clone(),
                _ => TokenStream::new(),
            };
            *attribute = parse_quote!(#[serde(rename = #wire, #rest)]);
        }
        None => field.attrs.push(parse_quote!(#[serde(rename = #wire)])),
    }
}

/// Shortens names, in types and in the texts of attributes.
struct Prelude;

impl VisitMut for Prelude {
    fn visit_path_mut(&mut self, path: &mut Path) {
        visit_mut::visit_path_mut(self, path);
        let names: Vec<String> = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        if path.leading_colon.is_none() || names.len() < 3 {
            return;
        }
        if PRELUDE.contains(&format!("::{}", names[..3].join("::")).as_str()) {
            path.leading_colon = None;
            path.segments = path.segments.clone().into_iter().skip(2).collect();
        }
    }

    fn visit_attribute_mut(&mut self, attribute: &mut Attribute) {
        if let Meta::List(list) = &mut attribute.meta {
            list.tokens = std::mem::take(&mut list.tokens)
                .into_iter()
                .map(shortened)
                .collect();
        }
    }
}

fn shortened(token: TokenTree) -> TokenTree {
    let TokenTree::Literal(literal) = &token else {
        return token;
    };
    let Lit::Str(text) = Lit::new(literal.clone()) else {
        return token;
    };
    let text = text.value();
    let short = PRELUDE.iter().find(|long| text.starts_with(*long));
    match short.and_then(|long| long.rfind("::")) {
        Some(cut) => TokenTree::Literal(Literal::string(&text[cut + 2..])),
        None => token,
    }
}
