//! A crate as a tree of modules, read from its source.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::{Attribute, Item, Meta, UseTree, Visibility, spanned::Spanned as _};

use super::lines;

/// A crate: its modules, the root first, and the files they stand in.
pub(super) struct Source {
    pub(super) modules: Vec<Module>,
    pub(super) files: Vec<File>,
}

/// A module, tests apart.
pub(super) struct Module {
    /// Names from the root down; empty for the root itself.
    pub(super) path: Vec<String>,
    pub(super) file: PathBuf,
    /// Index of the module around it.
    pub(super) parent: Option<usize>,
    pub(super) children: BTreeMap<String, usize>,
    /// Names that are defined here, and whether they are public.
    pub(super) defined: BTreeMap<String, bool>,
    /// Names of `macro_rules!` that are defined here.
    pub(super) macros: BTreeSet<String>,
    pub(super) uses: Vec<Use>,
    /// Everything in it but modules and tests.
    pub(super) code: Vec<TokenStream>,
}

/// One name that a `use` brings in.
pub(super) struct Use {
    pub(super) path: Vec<String>,
    /// The name here; `None` stands for all.
    pub(super) name: Option<String>,
    pub(super) public: bool,
}

/// A file of a crate.
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) is_test: bool,
    pub(super) generated: bool,
    pub(super) lines: usize,
    /// Lines of code outside and inside of tests.
    pub(super) code: usize,
    pub(super) tests: usize,
}

/// Reads a crate from its `lib.rs` or `main.rs`.
pub(super) fn read(root: &Path) -> Result<Source> {
    let mut source = Source {
        modules: Vec::new(),
        files: Vec::new(),
    };
    let folder = root.parent().unwrap_or(Path::new("."));
    source.file(root, folder, Vec::new(), None)?;
    Ok(source)
}

/// Whether a file says that it was written by a program.
pub(super) fn is_generated(text: &str) -> bool {
    text.starts_with("// @generated")
}

impl Source {
    fn file(
        &mut self,
        path: &Path,
        folder: &Path,
        name: Vec<String>,
        parent: Option<usize>,
    ) -> Result<usize> {
        let (file, text) = parse(path)?;
        let code = lines::of_code(file.to_token_stream());
        let mut tests = BTreeSet::new();
        for item in &file.items {
            test_lines(item, &mut tests);
        }
        self.files.push(File {
            path: path.to_owned(),
            is_test: false,
            generated: is_generated(&text),
            lines: text.lines().count(),
            code: code.difference(&tests).count(),
            tests: code.intersection(&tests).count(),
        });
        self.module(path, folder, name, parent, file.items)
    }

    fn module(
        &mut self,
        file: &Path,
        folder: &Path,
        path: Vec<String>,
        parent: Option<usize>,
        items: Vec<Item>,
    ) -> Result<usize> {
        let index = self.modules.len();
        self.modules.push(Module {
            path: path.clone(),
            file: file.to_owned(),
            parent,
            children: BTreeMap::new(),
            defined: BTreeMap::new(),
            macros: BTreeSet::new(),
            uses: Vec::new(),
            code: Vec::new(),
        });
        for item in items {
            let Item::Mod(module) = item else {
                if !is_test(attributes(&item)) {
                    self.modules[index].item(&item);
                }
                continue;
            };
            let name = module.ident.to_string();
            let below = folder.join(&name);
            if is_test(&module.attrs) {
                if module.content.is_none() {
                    self.test_file(&find(file, folder, &name, &module.attrs)?, &below)?;
                }
                continue;
            }
            let inner: Vec<String> = path.iter().cloned().chain([name.clone()]).collect();
            let child = match module.content {
                Some((_, items)) => self.module(file, &below, inner, Some(index), items)?,
                None => {
                    let file = find(file, folder, &name, &module.attrs)?;
                    self.file(&file, &below, inner, Some(index))?
                }
            };
            let public = matches!(module.vis, Visibility::Public(_));
            let here = &mut self.modules[index];
            here.children.insert(name.clone(), child);
            if public {
                here.defined.insert(name, true);
            }
        }
        Ok(index)
    }

    /// Counts a file of tests and what it is made of.
    fn test_file(&mut self, path: &Path, folder: &Path) -> Result<()> {
        let (file, text) = parse(path)?;
        self.files.push(File {
            path: path.to_owned(),
            is_test: true,
            generated: is_generated(&text),
            lines: text.lines().count(),
            code: 0,
            tests: lines::of_code(file.to_token_stream()).len(),
        });
        for item in &file.items {
            if let Item::Mod(module) = item
                && module.content.is_none()
            {
                let name = module.ident.to_string();
                let inner = find(path, folder, &name, &module.attrs)?;
                self.test_file(&inner, &folder.join(&name))?;
            }
        }
        Ok(())
    }
}

impl Module {
    fn item(&mut self, item: &Item) {
        let (name, vis) = match item {
            Item::Const(item) => (&item.ident, &item.vis),
            Item::Enum(item) => (&item.ident, &item.vis),
            Item::Fn(item) => (&item.sig.ident, &item.vis),
            Item::Static(item) => (&item.ident, &item.vis),
            Item::Struct(item) => (&item.ident, &item.vis),
            Item::Trait(item) => (&item.ident, &item.vis),
            Item::Type(item) => (&item.ident, &item.vis),
            Item::Union(item) => (&item.ident, &item.vis),
            Item::Use(item) => {
                let public = matches!(item.vis, Visibility::Public(_));
                self.uses(&item.tree, &mut Vec::new(), public);
                self.code.push(item.to_token_stream());
                return;
            }
            Item::Macro(item) => {
                if let Some(name) = &item.ident {
                    self.macros.insert(name.to_string());
                }
                self.code.push(item.to_token_stream());
                return;
            }
            other => {
                self.code.push(other.to_token_stream());
                return;
            }
        };
        let public = matches!(vis, Visibility::Public(_));
        self.defined.insert(name.to_string(), public);
        self.code.push(item.to_token_stream());
    }

    fn uses(&mut self, tree: &UseTree, path: &mut Vec<String>, public: bool) {
        let mut add = |path: Vec<String>, name: Option<String>| {
            self.uses.push(Use { path, name, public });
        };
        match tree {
            UseTree::Path(inner) => {
                path.push(inner.ident.to_string());
                self.uses(&inner.tree, path, public);
                path.pop();
            }
            UseTree::Name(leaf) if leaf.ident == "self" => {
                add(path.clone(), path.last().cloned());
            }
            UseTree::Name(leaf) => {
                let name = leaf.ident.to_string();
                add(
                    [path.as_slice(), std::slice::from_ref(&name)].concat(),
                    Some(name),
                );
            }
            UseTree::Rename(leaf) => {
                let mut path = path.clone();
                if leaf.ident != "self" {
                    path.push(leaf.ident.to_string());
                }
                add(path, Some(leaf.rename.to_string()));
            }
            UseTree::Glob(_) => add(path.clone(), None),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.uses(tree, path, public);
                }
            }
        }
    }
}

fn parse(path: &Path) -> Result<(syn::File, String)> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let file = syn::parse_file(&text).with_context(|| format!("{}: is no Rust", path.display()))?;
    Ok((file, text))
}

/// The file of `mod name;`.
fn find(from: &Path, folder: &Path, name: &str, attrs: &[Attribute]) -> Result<PathBuf> {
    for attribute in attrs {
        if let Meta::NameValue(meta) = &attribute.meta
            && meta.path.is_ident("path")
            && let syn::Expr::Lit(value) = &meta.value
            && let syn::Lit::Str(path) = &value.lit
        {
            return Ok(from.with_file_name("").join(path.value()));
        }
    }
    let name = name.trim_start_matches("r#");
    let candidates = [
        folder.join(format!("{name}.rs")),
        folder.join(name).join("mod.rs"),
    ];
    match candidates.iter().find(|path| path.is_file()) {
        Some(path) => Ok(path.clone()),
        None => bail!("{}: there is no file for `mod {name}`", from.display()),
    }
}

fn test_lines(item: &Item, lines: &mut BTreeSet<usize>) {
    if is_test(attributes(item)) {
        let span = item.span();
        lines.extend(span.start().line..=span.end().line);
    } else if let Item::Mod(module) = item
        && let Some((_, items)) = &module.content
    {
        for item in items {
            test_lines(item, lines);
        }
    }
}

/// Whether something is only there when testing.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg")
                && attribute.meta.require_list().is_ok_and(|list| {
                    let text = list.tokens.to_string();
                    text == "test" || text.starts_with("all") && text.contains("test")
                })
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
