//! What an update says: one list of sections, as text, as Markdown or as JSON.

use std::fmt::Write as _;

use serde::Serialize;

/// The sections, in the order in which they are printed.
pub(crate) const SECTIONS: [&str; 8] = [
    "keys", "gateway", "models", "overlay", "needs", "crate", "sdk", "wrote",
];

/// What came of an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    /// The document says what it said, and everything made of it is up to date.
    Unchanged,
    /// It was taken in, or would be without `--dry-run`.
    TakenIn,
    /// A person has to decide; nothing is written.
    Undecided,
    /// It is no document that this reads; nothing is written.
    Unreadable,
}

impl Verdict {
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Self::Unchanged | Self::TakenIn => 0,
            Self::Undecided => 1,
            Self::Unreadable => 2,
        }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) file: String,
    pub(crate) verdict: Verdict,
    pub(crate) exit_code: u8,
    pub(crate) sections: Vec<Section>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Section {
    pub(crate) name: &'static str,
    /// The section in one line.
    pub(crate) summary: String,
    pub(crate) findings: Vec<Finding>,
}

/// One thing to know.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Finding {
    /// What kind of thing: `added`, `contradiction`, `no-row`.
    pub(crate) kind: String,
    pub(crate) text: String,
    /// The file and the line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) place: Option<String>,
    /// Where it stands in the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pointer: Option<String>,
    /// Who has to change with it: `request`, `answer`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) breaks: Vec<&'static str>,
    /// What to paste, and where, for it to be decided.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) actions: Vec<Action>,
    /// Whether nothing is written before this is decided.
    pub(crate) decide: bool,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Action {
    /// What it does.
    pub(crate) does: String,
    /// Ready to be pasted; empty where there is nothing to paste.
    pub(crate) paste: String,
}

impl Report {
    /// A report with an empty section for each name.
    pub(crate) fn new(file: &str) -> Self {
        let section = |name| Section {
            name,
            summary: String::new(),
            findings: Vec::new(),
        };
        Self {
            file: file.to_owned(),
            verdict: Verdict::Undecided,
            exit_code: 1,
            sections: SECTIONS.into_iter().map(section).collect(),
        }
    }

    /// Fills a section; `nothing` is its summary where it is empty.
    pub(crate) fn fill(&mut self, name: &str, findings: Vec<Finding>, nothing: &str) {
        if let Some(section) = self
            .sections
            .iter_mut()
            .find(|section| section.name == name)
        {
            section.summary = summary(&findings, nothing);
            section.findings = findings;
        }
    }

    pub(crate) fn close(&mut self, verdict: Verdict) {
        self.verdict = verdict;
        self.exit_code = verdict.exit_code();
    }

    /// How many findings have to be decided.
    pub(crate) fn open(&self) -> usize {
        let findings = self.sections.iter().flat_map(|section| &section.findings);
        findings.filter(|finding| finding.decide).count()
    }

    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for section in &self.sections {
            let _ = writeln!(text, "{}: {}", section.name, section.summary);
            let width = section
                .findings
                .iter()
                .map(|finding| finding.kind.len())
                .max()
                .unwrap_or(0);
            for finding in &section.findings {
                let mark = if finding.decide { "!" } else { " " };
                let _ = writeln!(text, "{mark} {:<width$}  {}", finding.kind, finding.line());
                for action in &finding.actions {
                    let _ = writeln!(text, "      {}", action.does);
                    for line in action.paste.lines() {
                        let _ = writeln!(text, "        {line}");
                    }
                }
            }
        }
        text
    }

    pub(crate) fn markdown(&self) -> String {
        let mut text = format!("## Update of the contract from `{}`\n", self.file);
        for section in &self.sections {
            let _ = writeln!(text, "\n### {}\n\n{}", section.name, section.summary);
            if !section.findings.is_empty() {
                text.push('\n');
            }
            for finding in &section.findings {
                let mark = if finding.decide { "**decide** " } else { "" };
                let _ = writeln!(text, "- {mark}{}: {}", finding.kind, finding.line());
                for action in &finding.actions {
                    let _ = writeln!(text, "  - {}", action.does);
                    if !action.paste.is_empty() {
                        text += "\n    ```yaml\n";
                        for line in action.paste.lines() {
                            let _ = writeln!(text, "    {line}");
                        }
                        text += "    ```\n";
                    }
                }
            }
        }
        text
    }
}

impl Finding {
    pub(crate) fn new(kind: &str, text: impl Into<String>) -> Self {
        Self {
            kind: kind.to_owned(),
            text: text.into(),
            ..Self::default()
        }
    }

    fn line(&self) -> String {
        let mut line = self.text.clone();
        if !self.breaks.is_empty() {
            let _ = write!(line, " [breaks the {}]", self.breaks.join(" and the "));
        }
        if let Some(place) = &self.place {
            let _ = write!(line, " ({place})");
        }
        line
    }
}

fn summary(findings: &[Finding], nothing: &str) -> String {
    if findings.is_empty() {
        return nothing.to_owned();
    }
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for finding in findings {
        match counts.iter_mut().find(|(kind, _)| *kind == finding.kind) {
            Some((_, count)) => *count += 1,
            None => counts.push((&finding.kind, 1)),
        }
    }
    let mut parts: Vec<String> = counts
        .iter()
        .map(|(kind, count)| format!("{count} {kind}"))
        .collect();
    let breaking = findings
        .iter()
        .filter(|finding| !finding.breaks.is_empty())
        .count();
    if breaking > 0 {
        parts.push(format!("{breaking} breaking"));
    }
    let open = findings.iter().filter(|finding| finding.decide).count();
    if open > 0 {
        parts.push(format!("{open} to decide"));
    }
    parts.join(", ")
}
