//! `cargo xtask modules`: the shape of the hand-written crates, and that arrows between modules point one way.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

mod graph;
mod imports;
mod lines;
mod source;

use graph::{Cycle, Graph};
use imports::Import;
use source::Source;

/// The crates whose shape is held, by the folder of their manifest. One that does not exist yet is skipped.
const PACKAGES: [&str; 5] = [
    "crates/imagegen",
    "crates/imagegen-cli",
    "crates/imagegen-emulator",
    "crates/imagegen-batch",
    "xtask",
];

/// Folders whose findings are told and not held against them. The list only gets shorter.
const NOT_YET: &[&str] = &[];

/// Folders with files written by hand.
const WRITTEN: [&str; 5] = ["bench", "crates", "fuzz", "tests", "xtask"];

/// Lines that a file written by hand may have.
const LONGEST: usize = 600;

/// Something that must not be, and where.
struct Finding {
    /// From the root of the workspace.
    folder: String,
    text: String,
}

/// Reports on every crate, and fails if there is a cycle or an overlong file.
pub(crate) fn run(root: &Path) -> Result<()> {
    let mut shapes = Vec::new();
    let mut findings = Vec::new();
    for package in PACKAGES {
        let folder = root.join(package).join("src");
        for target in targets(&folder) {
            let (shape, cycles) = shape(&target, root)?;
            shapes.push(shape);
            findings.extend(cycles.into_iter().map(|text| Finding {
                folder: package.to_owned(),
                text,
            }));
        }
    }
    findings.extend(overlong(root)?);
    print!("{}", table(&shapes));
    verdict(&findings, NOT_YET)
}

/// Reports on one folder with a `lib.rs` or a `main.rs`, wherever it is, and holds nothing against it.
pub(crate) fn count(folder: &Path) -> Result<()> {
    let mut shapes = Vec::new();
    let mut cycles = Vec::new();
    for target in targets(folder) {
        let (shape, found) = shape(&target, folder)?;
        shapes.push(shape);
        cycles.extend(found);
    }
    if shapes.is_empty() {
        bail!("{}: there is neither lib.rs nor main.rs", folder.display());
    }
    print!("{}", table(&shapes));
    for cycle in cycles {
        println!("\n{cycle}");
    }
    Ok(())
}

fn targets(folder: &Path) -> impl Iterator<Item = PathBuf> {
    ["lib.rs", "main.rs"]
        .map(|file| folder.join(file))
        .into_iter()
        .filter(|path| path.is_file())
}

fn verdict(findings: &[Finding], not_yet: &[&str]) -> Result<()> {
    let mut failures = 0;
    for finding in findings {
        let tolerated = not_yet.contains(&finding.folder.as_str());
        failures += usize::from(!tolerated);
        let kind = if tolerated { "not yet" } else { "error" };
        println!("\n{kind}: {}", finding.text);
    }
    match failures {
        0 => Ok(()),
        1 => bail!("the shape of the modules has a fault"),
        more => bail!("the shape of the modules has {more} faults"),
    }
}

/// A target in numbers.
struct Shape {
    name: String,
    top: usize,
    modules: usize,
    levels: usize,
    links: usize,
    knotted: usize,
    files: usize,
    code: usize,
    tests: usize,
    names: usize,
    /// Its lines, and its path.
    largest: (usize, String),
}

/// Counts a target and spells out its cycles.
fn shape(target: &Path, base: &Path) -> Result<(Shape, Vec<String>)> {
    let source = source::read(target)?;
    let imports = imports::of(&source);
    let folders: BTreeSet<&[String]> = source
        .modules
        .iter()
        .filter(|module| !module.path.is_empty())
        .map(|module| &module.path[..module.path.len() - 1])
        .collect();
    let mut cycles = Vec::new();
    let mut root = Graph::default();
    for folder in folders {
        let graph = graph_of(&source, &imports, folder);
        for cycle in graph.cycles() {
            cycles.push(spelled(&source, folder, &cycle, base));
        }
        if folder.is_empty() {
            root = graph;
        }
    }
    let below = |path: &Path| {
        path.strip_prefix(base)
            .unwrap_or(path)
            .display()
            .to_string()
    };
    let largest = source.files.iter().filter(|file| !file.generated);
    let largest = largest.max_by_key(|file| file.lines);
    let shape = Shape {
        name: below(target),
        top: root.len(),
        modules: source.modules.len() - 1,
        levels: root.levels(),
        links: root.links(),
        knotted: root.knotted(),
        files: source.files.iter().filter(|file| !file.is_test).count(),
        code: source.files.iter().map(|file| file.code).sum(),
        tests: source.files.iter().map(|file| file.tests).sum(),
        names: imports::names_at_the_root(&source),
        largest: largest.map_or((0, String::new()), |file| (file.lines, below(&file.path))),
    };
    Ok((shape, cycles))
}

/// The graph between the children of a folder, each standing for everything below it.
fn graph_of<'a>(source: &Source, imports: &'a [Import], folder: &[String]) -> Graph<'a> {
    let mut graph = Graph::default();
    let child = |index: usize| -> Option<&String> {
        source.modules[index].path.strip_prefix(folder)?.first()
    };
    for index in 0..source.modules.len() {
        if let Some(name) = child(index) {
            graph.add(name);
        }
    }
    for import in imports {
        if let (Some(from), Some(to)) = (child(import.from), child(import.to)) {
            graph.link(from, to, import);
        }
    }
    graph
}

fn spelled(source: &Source, folder: &[String], cycle: &Cycle<'_>, base: &Path) -> String {
    let folder = ["crate"]
        .into_iter()
        .chain(folder.iter().map(String::as_str))
        .collect::<Vec<_>>()
        .join("::");
    let steps = &cycle.steps;
    let names: Vec<&str> = steps
        .iter()
        .chain(steps.first())
        .map(|(name, _)| name.as_str())
        .collect();
    let mut text = format!("a cycle in {folder}: {}", names.join(" -> "));
    if cycle.knot > steps.len() {
        let _ = write!(
            text,
            " (of {} modules that all reach each other)",
            cycle.knot
        );
    }
    for (_, import) in steps {
        let module = &source.modules[import.from];
        let path = module.file.strip_prefix(base).unwrap_or(&module.file);
        let (path, line, text_of) = (path.display(), import.line, &import.text);
        let _ = write!(text, "\n  {path}:{line}: {text_of}");
    }
    text
}

/// The hand-written files that are too long.
fn overlong(root: &Path) -> Result<Vec<Finding>> {
    let mut files = Vec::new();
    for folder in WRITTEN {
        rust_files(&root.join(folder), &mut files)?;
    }
    files.sort();
    let mut findings = Vec::new();
    for path in files {
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let count = text.lines().count();
        if count > LONGEST && !source::is_generated(&text) {
            let path = path.strip_prefix(root).unwrap_or(&path);
            let folder = path.iter().take(2).collect::<PathBuf>();
            findings.push(Finding {
                folder: folder.display().to_string(),
                text: format!("{} has {count} lines, more than {LONGEST}", path.display()),
            });
        }
    }
    Ok(findings)
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(());
    };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            // Build output, and the packages of the clients that judge the emulator.
            if !path.ends_with("target") && !path.ends_with("node_modules") {
                rust_files(&path, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

fn table(shapes: &[Shape]) -> String {
    let head = [
        "crate", "top", "modules", "levels", "links", "knotted", "files", "code", "tests", "names",
        "largest",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    for shape in shapes {
        let (lines, path) = &shape.largest;
        rows.push([
            shape.name.clone(),
            shape.top.to_string(),
            shape.modules.to_string(),
            shape.levels.to_string(),
            shape.links.to_string(),
            shape.knotted.to_string(),
            shape.files.to_string(),
            shape.code.to_string(),
            shape.tests.to_string(),
            shape.names.to_string(),
            format!("{lines} {path}"),
        ]);
    }
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let mut line = format!("{:<1$}", row[0], widths[0]);
        for (cell, width) in row.iter().zip(&widths).take(head.len() - 1).skip(1) {
            let _ = write!(line, "  {cell:>width$}");
        }
        let _ = writeln!(text, "{line}  {}", row[head.len() - 1]);
    }
    text
}

#[cfg(test)]
mod tests;
