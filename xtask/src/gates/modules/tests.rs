use super::*;

/// A crate in a temporary folder.
struct Tree(tempfile::TempDir);

impl Tree {
    fn new(files: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self(dir)
    }

    fn shape(&self) -> (Shape, Vec<String>) {
        let target = targets(self.0.path()).next().unwrap();
        shape(&target, self.0.path()).unwrap()
    }

    #[track_caller]
    fn cycles(&self, expected: &[&str]) {
        assert_eq!(self.shape().1, expected);
    }
}

#[test]
fn arrows_that_point_down_are_no_cycle() {
    let tree = Tree::new(&[
        ("lib.rs", "mod a; mod b; mod c; pub use a::A;"),
        ("a.rs", "use crate::b::B;\npub struct A(B);"),
        ("b.rs", "pub struct B;\nfn f() { crate::c::f() }"),
        ("c.rs", "pub fn f() {}"),
    ]);
    tree.cycles(&[]);
    let (shape, _) = tree.shape();
    assert_eq!(
        (shape.top, shape.modules, shape.levels, shape.links),
        (3, 3, 3, 2)
    );
    assert_eq!((shape.files, shape.code, shape.names), (4, 6, 1));
}

#[test]
fn a_cycle_is_spelled_out_with_one_place_for_each_arrow() {
    Tree::new(&[
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "//! Docs.\nuse crate::b::B;"),
        ("b.rs", "pub struct B;\n\nfn f() {\n    super::c::f()\n}"),
        ("c.rs", "pub fn f() { ensure!(crate::a::x()) }"),
    ])
    .cycles(&["a cycle in crate: a -> b -> c -> a\n  \
         a.rs:2: crate::b::B\n  b.rs:4: super::c::f\n  c.rs:1: crate::a::x"]);
}

#[test]
fn a_name_at_the_root_stands_for_the_module_that_defines_it() {
    Tree::new(&[
        ("lib.rs", "mod a; mod b;\npub use a::A;\npub use b::*;"),
        ("a.rs", "use crate::B;\npub struct A;"),
        ("b.rs", "use crate::{\n    A as Other,\n};\npub struct B;"),
    ])
    .cycles(&["a cycle in crate: a -> b -> a\n  a.rs:1: crate::B\n  b.rs:2: crate::A"]);
}

#[test]
fn a_folder_stands_for_what_is_below_it() {
    Tree::new(&[
        ("lib.rs", "mod save; mod read;"),
        ("save/mod.rs", "mod file;"),
        ("save/file.rs", "use crate::read::scan::Scan;"),
        ("read/mod.rs", "pub mod scan; pub mod body;"),
        ("read/scan.rs", "pub struct Scan;"),
        ("read/body.rs", "use crate::save;"),
    ])
    .cycles(&["a cycle in crate: read -> save -> read\n  \
         read/body.rs:1: crate::save\n  save/file.rs:1: crate::read::scan::Scan"]);
}

#[test]
fn the_children_of_a_folder_have_a_graph_of_their_own() {
    Tree::new(&[
        ("main.rs", "mod a;"),
        ("a/mod.rs", "mod x; mod y; use x::X; pub struct Own;"),
        ("a/x.rs", "use super::*;\npub struct X;\nfn f(_: Y) {}"),
        ("a/y.rs", "use super::{Own, x};\npub struct Y;"),
    ])
    .cycles(&[]);
    Tree::new(&[
        ("main.rs", "mod a;"),
        ("a/mod.rs", "mod x; mod y; use x::X; use y::Y;"),
        ("a/x.rs", "use super::*;\npub struct X;\nfn f(_: Y) {}"),
        ("a/y.rs", "use super::x;\npub struct Y;"),
    ])
    .cycles(&["a cycle in crate::a: x -> y -> x\n  a/x.rs:3: Y\n  a/y.rs:1: super::x"]);
}

#[test]
fn tests_are_counted_apart_and_import_what_they_like() {
    let tree = Tree::new(&[
        ("lib.rs", "mod a; mod b;"),
        (
            "a.rs",
            "use crate::b::B;\n\n/// Docs.\npub struct A; // why\n\n#[cfg(test)]\nmod tests;",
        ),
        ("a/tests.rs", "use super::*;\nuse crate::b;\n"),
        (
            "b.rs",
            "pub struct B;\n/* a\nb */\n#[cfg(test)]\nmod tests {\n    use crate::a::A;\n}\n",
        ),
    ]);
    tree.cycles(&[]);
    let (shape, _) = tree.shape();
    assert_eq!((shape.files, shape.code), (3, 4));
    assert_eq!(shape.tests, 2 + 2 + 4);
}

#[test]
fn who_may_see_something_is_no_import_and_a_macro_is_one() {
    Tree::new(&[
        ("lib.rs", "#[macro_use] mod a; mod b;"),
        (
            "a.rs",
            "macro_rules! m { () => {} }\npub(in crate::b) fn f() {}",
        ),
        ("b.rs", "m!();"),
    ])
    .cycles(&[]);
    Tree::new(&[
        ("lib.rs", "#[macro_use] mod a; mod b;"),
        ("a.rs", "macro_rules! m { () => { $crate::b::f() } }"),
        ("b.rs", "m!();"),
    ])
    .cycles(&["a cycle in crate: a -> b -> a\n  a.rs:1: crate::b::f\n  b.rs:1: m"]);
}

#[test]
fn an_overlong_file_is_named_unless_it_is_generated() {
    let long = "\n".repeat(LONGEST + 1);
    let tree = Tree::new(&[
        ("crates/a/src/lib.rs", &long),
        ("crates/a/src/generated.rs", &format!("// @generated{long}")),
        ("fuzz/target/out.rs", &long),
    ]);
    let findings = overlong(tree.0.path()).unwrap();
    let texts: Vec<&str> = findings
        .iter()
        .map(|finding| finding.text.as_str())
        .collect();
    assert_eq!(texts, ["crates/a/src/lib.rs has 601 lines, more than 600"]);
    assert!(verdict(&findings, &["crates/a"]).is_ok());
    assert!(verdict(&findings, &["crates/b"]).is_err());
}
