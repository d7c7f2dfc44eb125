//! The methods of the generated client: what one reads in them is what goes over the wire.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{
    Block, Expr, ExprMacro, ImplItemFn, Lit, Local, Pat, Stmt, Type, parse_quote,
    visit_mut::{self, VisitMut},
};

/// The map into which the generator puts headers.
const MAP: &str = "header_map";

/// Refines every method.
pub(super) struct Calls;

impl VisitMut for Calls {
    fn visit_impl_item_fn_mut(&mut self, method: &mut ImplItemFn) {
        drop_version(&mut method.block);
        if has_content_type(&method.block) {
            DropContentType.visit_block_mut(&mut method.block);
        }
        visit_mut::visit_impl_item_fn_mut(self, method);
    }

    fn visit_local_mut(&mut self, local: &mut Local) {
        visit_mut::visit_local_mut(self, local);
        if let Pat::Ident(name) = &local.pat
            && name.ident == "url"
            && let Some(init) = &mut local.init
            && let Some(path) = path_without_parameters(&init.expr)
        {
            *init.expr = parse_quote!(self.operation_url(#path)?);
        }
    }

    /// An answer that is left unread is the HTTP client's own, not its parts in two boxes.
    fn visit_type_mut(&mut self, ty: &mut Type) {
        visit_mut::visit_type_mut(self, ty);
        let unread: Type = parse_quote!(ResponseValue<ByteStream>);
        if *ty == unread {
            *ty = parse_quote!(reqwest::Response);
        }
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        visit_mut::visit_expr_mut(self, expr);
        let unread: Expr = parse_quote!(ResponseValue::stream(response));
        if *expr == unread {
            *expr = parse_quote!(response);
        }
    }
}

/// The path of `format!("{}/path#fragment", self.baseurl,)`, without the fragment that tells operations on one path
/// apart. A path with parameters has more arguments.
fn path_without_parameters(expr: &Expr) -> Option<String> {
    let Expr::Macro(ExprMacro { mac, .. }) = expr else {
        return None;
    };
    let mut tokens = mac.tokens.clone().into_iter();
    let Some(TokenTree::Literal(literal)) = tokens.next() else {
        return None;
    };
    let Lit::Str(text) = Lit::new(literal) else {
        return None;
    };
    let rest: TokenStream = tokens.collect();
    let text = text.value();
    let path = text.strip_prefix("{}")?;
    let is_whole = rest.to_string().replace(' ', "") == ",self.baseurl,";
    (mac.path.is_ident("format") && is_whole && !path.contains('{'))
        .then(|| path.split('#').next().unwrap_or_default().to_owned())
}

/// Drops the header with the version of the document, which no vendor knows, and the map that was made for it.
fn drop_version(block: &mut Block) {
    block.stmts.retain(|statement| {
        let text = statement.to_token_stream().to_string();
        !(text.starts_with("header_map . append") && text.contains("\"api-version\""))
    });
    // Where nothing else goes into the map, it is made and handed over.
    if mentions(block.to_token_stream()) > 2 {
        return;
    }
    block.stmts.retain(|statement| {
        !matches!(statement, Stmt::Local(Local { pat: Pat::Ident(name), .. }) if name.ident == MAP)
    });
    DropMap.visit_block_mut(block);
}

/// How often the map is named.
fn mentions(tokens: TokenStream) -> usize {
    let count = |token: TokenTree| match token {
        TokenTree::Ident(ident) => usize::from(ident == MAP),
        TokenTree::Group(group) => mentions(group.stream()),
        _ => 0,
    };
    tokens.into_iter().map(count).sum()
}

struct DropMap;

impl VisitMut for DropMap {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        visit_mut::visit_expr_mut(self, expr);
        if let Expr::MethodCall(call) = expr
            && call.method == "headers"
            && matches!(call.args.first(), Some(Expr::Path(map)) if map.path.is_ident(MAP))
        {
            *expr = (*call.receiver).clone();
        }
    }
}

/// Whether the caller gives the content type, as with a form, whose boundary only the caller knows.
fn has_content_type(block: &Block) -> bool {
    block.stmts.iter().any(|statement| {
        let text = statement.to_token_stream().to_string();
        text.starts_with("header_map . append") && text.contains("\"Content-Type\"")
    })
}

/// Drops the content type of the generator's choice, which the caller's would override.
struct DropContentType;

impl VisitMut for DropContentType {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        visit_mut::visit_expr_mut(self, expr);
        if let Expr::MethodCall(call) = expr
            && call.method == "header"
            && matches!(
                call.args.first(),
                Some(Expr::Path(name)) if name.path.segments.last().is_some_and(|last| last.ident == "CONTENT_TYPE")
            )
        {
            *expr = (*call.receiver).clone();
        }
    }
}
