//! Changes to the generated code where no setting of the generator reaches: fewer traps, and easier to read.

use anyhow::{Context, Result, ensure};
use quote::ToTokens as _;
use syn::{
    Attribute, Block, Expr, ExprLit, Fields, File, ImplItem, Item, Lit, Meta, Path, Stmt, Token,
    Type, parse_quote,
    punctuated::Punctuated,
    visit_mut::{self, VisitMut},
};

/// Names that the generator spells in full although the prelude has them.
const PRELUDE: [(&str, &str); 3] = [
    ("::std::option::Option", "Option"),
    ("::std::string::String", "String"),
    ("::std::vec::Vec", "Vec"),
];

/// An answer that is left unread is the HTTP client's own, not its parts in two boxes.
const UNREAD: [(&str, &str); 2] = [
    (
        "Result<ResponseValue<ByteStream>, Error<()>>",
        "Result<reqwest::Response, Error<()>>",
    ),
    ("Ok(ResponseValue::stream(response))", "Ok(response)"),
];

/// Refines generated code and formats it.
pub(crate) fn refine(mut file: File) -> Result<String> {
    remove_new(&mut file)?;
    // A module of one re-export, for whoever imports by glob.
    file.items
        .retain(|item| !matches!(item, Item::Mod(module) if module.ident == "prelude"));
    let types = types(&mut file).context("generated code: there is no module `types`")?;
    derive_more(types);
    LineDocs.visit_file_mut(&mut file);
    NoVersion.visit_file_mut(&mut file);

    let mut source = with_urls_of_operations(&prettyplease::unparse(&file));
    for (wrapped, own) in UNREAD {
        source = source.replace(wrapped, own);
    }
    for (long, short) in PRELUDE {
        source = source.replace(long, short);
    }
    // Once more, since shorter names leave fewer lines to break.
    Ok(prettyplease::unparse(&syn::parse_file(&source)?))
}

/// Removes the constructor that makes its own `reqwest::Client`: that one gives up after 15 seconds, and takes its TLS
/// from whatever features happen to be on.
fn remove_new(file: &mut File) -> Result<()> {
    let mut removed = 0;
    for item in &mut file.items {
        if let Item::Impl(item) = item
            && item.trait_.is_none()
        {
            let before = item.items.len();
            item.items
                .retain(|item| !matches!(item, ImplItem::Fn(f) if f.sig.ident == "new"));
            removed += before - item.items.len();
        }
    }
    ensure!(
        removed == 1,
        "generated code: there is no single `Client::new` to remove"
    );
    Ok(())
}

fn types(file: &mut File) -> Option<&mut Vec<Item>> {
    file.items.iter_mut().find_map(|item| match item {
        Item::Mod(module) if module.ident == "types" => {
            module.content.as_mut().map(|(_, items)| items)
        }
        _ => None,
    })
}

/// Derives `Default` where it means "nothing set", and `JsonSchema` behind the feature.
fn derive_more(types: &mut [Item]) {
    let enums: Vec<_> = types
        .iter()
        .filter_map(|item| match item {
            Item::Enum(item) => Some(item.ident.clone()),
            _ => None,
        })
        .collect();
    let is_enum =
        |ty: &Type| matches!(ty, Type::Path(ty) if enums.iter().any(|name| ty.path.is_ident(name)));
    for item in types {
        let attrs = match item {
            Item::Struct(item) => {
                // A required enum has no value that means "nothing set".
                if let Fields::Named(fields) = &item.fields
                    && !fields.named.iter().any(|field| is_enum(&field.ty))
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

/// Drops the header with the version of the document, which no vendor knows, and the map that was made for it.
struct NoVersion;

impl VisitMut for NoVersion {
    fn visit_block_mut(&mut self, block: &mut Block) {
        let tokens = |statement: &Stmt| statement.to_token_stream().to_string();
        let is_map = |text: &str| text.starts_with("let mut header_map");
        let is_version = |text: &str| {
            text.starts_with("header_map . append") && text.contains("\"api-version\"")
        };
        let others = block
            .stmts
            .iter()
            .map(tokens)
            .any(|text| text.starts_with("header_map") && !is_version(&text));
        block.stmts.retain(|statement| {
            let text = tokens(statement);
            !is_version(&text) && (others || !is_map(&text))
        });
        if !others {
            visit_mut::visit_block_mut(self, block);
        }
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        visit_mut::visit_expr_mut(self, expr);
        if let Expr::MethodCall(call) = expr
            && call.method == "headers"
            && matches!(call.args.first(), Some(Expr::Path(map)) if map.path.is_ident("header_map"))
        {
            *expr = (*call.receiver).clone();
        }
    }
}

/// Asks the client where an operation is, without the `#` that tells operations on one path apart; a path with
/// parameters stays as it is.
fn with_urls_of_operations(source: &str) -> String {
    let mut parts = source.split("let url = format!(\"{}");
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once("\", self.baseurl,);") {
            Some((path, rest)) if !path.contains([';', '{']) => {
                let path = path.split('#').next().unwrap_or_default();
                clean += &format!("let url = self.operation_url(\"{path}\")?;{rest}");
            }
            _ => clean += &format!("let url = format!(\"{{}}{part}"),
        }
    }
    clean
}

/// Gives every line of a doc comment its own `///`.
struct LineDocs;

impl VisitMut for LineDocs {
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        *attributes = std::mem::take(attributes)
            .into_iter()
            .flat_map(|attribute| match doc(&attribute) {
                None => vec![attribute],
                Some(text) => text
                    .trim_end()
                    .lines()
                    .map(|line| {
                        let space = if line.is_empty() || line.starts_with(' ') {
                            ""
                        } else {
                            " "
                        };
                        let line = format!("{space}{line}");
                        parse_quote!(#[doc = #line])
                    })
                    .collect(),
            })
            .collect();
    }
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
mod tests {
    use super::*;

    fn refined(types: &str) -> String {
        let source = format!(
            "impl Client {{ pub fn new() {{}} pub fn other() {{}} }} \
             pub mod types {{ {types} }} pub mod prelude {{ pub use super::Client; }}"
        );
        refine(syn::parse_file(&source).unwrap()).unwrap()
    }

    #[test]
    fn the_constructor_with_a_time_limit_is_removed() {
        let source = refined("");
        assert!(!source.contains("fn new") && source.contains("fn other"));
        assert!(!source.contains("prelude"));
    }

    #[test]
    fn a_missing_constructor_is_noticed() {
        let file = syn::parse_file("pub mod types {}").unwrap();
        assert!(refine(file).is_err());
    }

    #[test]
    fn a_call_carries_neither_version_nor_fragment() {
        let call = |more: &str| {
            let source = format!(
                "impl Client {{ pub fn new() {{}} pub fn call(&self) {{
                    let url = format!(\"{{}}/v1/images#call_raw\", self.baseurl,);
                    let mut header_map = HeaderMap::with_capacity(1usize);
                    header_map.append(HeaderName::from_static(\"api-version\"), VERSION);
                    {more}
                    let request = self.client.post(url).json(&body).headers(header_map).build()?;
                }} }} pub mod types {{}}"
            );
            refine(syn::parse_file(&source).unwrap()).unwrap()
        };
        let plain = call("");
        assert!(
            plain.contains("let url = self.operation_url(\"/v1/images\")?;"),
            "{plain}"
        );
        assert!(
            plain.contains("self.client.post(url).json(&body).build()?"),
            "{plain}"
        );
        assert!(!plain.contains("header_map"), "{plain}");
        let with_another = call("header_map.append(HeaderName::from_static(\"x\"), x);");
        assert!(!with_another.contains("api-version"), "{with_another}");
        assert!(
            with_another.contains(".headers(header_map)"),
            "{with_another}"
        );
    }

    #[test]
    fn a_path_with_parameters_keeps_its_fragment_free_neighbour() {
        let source = "let url = format!(\"{}/v1/a/{}\", self.baseurl, id);
            let url = format!(\"{}/v1/b#raw\", self.baseurl,);";
        assert_eq!(
            with_urls_of_operations(source),
            "let url = format!(\"{}/v1/a/{}\", self.baseurl, id);
            let url = self.operation_url(\"/v1/b\")?;"
        );
    }

    #[test]
    fn structs_get_a_default_unless_a_field_has_to_be_chosen() {
        let source = refined(
            "#[derive(Clone)] pub struct A { a: u8 } #[derive(Clone)] pub enum E { V } \
             #[derive(Clone)] pub struct B { e: E }",
        );
        assert!(
            source.contains("#[derive(Clone, Default)]\n    #[cfg_attr(feature = \"schemars\"")
        );
        assert_eq!(source.matches("Default").count(), 1);
        assert_eq!(source.matches("JsonSchema").count(), 3);
    }

    #[test]
    fn names_of_the_prelude_are_short_and_docs_have_a_line_each() {
        let source = refined(
            "/** First.\n\nSecond. */ pub struct A { pub a: ::std::option::Option<::std::string::String> }",
        );
        assert!(source.contains("/// First.\n    ///\n    /// Second.\n"));
        assert!(source.contains("pub a: Option<String>,"));
    }
}
