//! What became of each job, on the disk before anything else happens: one line an event, the
//! last of a job counts.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use fs4::FileExt;
use imagegen::price::{Amount, Currency};
use serde::{Deserialize, Serialize};

use crate::failure::{Exit, Failure};
use crate::mask::Mask;
use crate::output::to_line;
use crate::run::LeftLink;
use crate::text::io_text;

const NAME: &str = "imagegen-batch.jsonl";
/// The emulator's pictures are no reason not to make the real ones.
const EMULATED: &str = "imagegen-batch-emulated.jsonl";

/// The file, which one batch at a time writes.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    path: PathBuf,
    /// Its length up to the last whole line.
    length: u64,
    entries: HashMap<String, Entry>,
    /// What is never noted.
    mask: Mask,
    /// How many of its lines could not be read.
    damaged: usize,
}

/// What is known of a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum State {
    /// It went out, and nothing has come back yet. In the journal of a run that is over its
    /// outcome is unknown.
    Sent { client_request_id: String },
    /// It was answered; some of its pictures may have failed.
    Done {
        images: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        failures: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request_id: Option<String>,
    },
    /// It was answered, and of some of its pictures there are only links, which the next run tries
    /// again.
    Links {
        links: Vec<LeftLink>,
        images: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request_id: Option<String>,
    },
    /// It was refused: nothing was made.
    Failed { message: String },
    /// It may have been carried out and billed.
    Unknown {
        message: String,
        client_request_id: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        images: Vec<String>,
    },
}

/// A line of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Entry {
    job: String,
    #[serde(flatten)]
    pub(crate) state: State,
    /// What it has cost, all attempts together; where the outcome of one is unknown, the most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cost: Option<Amount>,
    /// What the cost is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) currency: Option<Currency>,
}

impl Journal {
    /// Opens the journal of a folder, which is made if missing; what it notes is masked.
    ///
    /// Lines that a crash has torn are passed over: what was noted before them holds, and a job of
    /// which no more than its name is left has an unknown outcome.
    ///
    /// # Errors
    ///
    /// If it cannot be read and written, is no journal, or another batch has it.
    pub(crate) fn open(folder: &Path, emulated: bool, mask: Mask) -> Result<Self, Failure> {
        std::fs::create_dir_all(folder)
            .map_err(|error| Failure::file("make the folder", folder, &error))?;
        let path = folder.join(if emulated { EMULATED } else { NAME });
        let mut file = create(&path).map_err(|error| Failure::file("open", &path, &error))?;
        if FileExt::try_lock(&file).is_err() {
            return Err(Failure::misuse(format!(
                "another batch is at work in {}",
                folder.display()
            )));
        }
        let mut content = Vec::new();
        file.read_to_end(&mut content)
            .map_err(|error| Failure::file("read", &path, &error))?;
        let mut journal = Self {
            file,
            path,
            length: 0,
            entries: HashMap::new(),
            mask,
            damaged: 0,
        };
        journal.read(&content)?;
        Ok(journal)
    }

    fn read(&mut self, content: &[u8]) -> Result<(), Failure> {
        let mut torn = Vec::new();
        for line in content.split_inclusive(|byte| *byte == b'\n') {
            let whole = line.ends_with(b"\n");
            match serde_json::from_slice::<Entry>(line) {
                Ok(entry) if whole => {
                    self.entries.insert(entry.job.clone(), entry);
                }
                // Without its end it was not on the disk: what it would say did not happen.
                _ if !whole => break,
                _ => {
                    if !line.trim_ascii().is_empty() {
                        self.damaged += 1;
                    }
                    torn.extend(job_of(line));
                }
            }
            self.length += line.len() as u64;
        }
        if self.damaged > 0 && self.entries.is_empty() && torn.is_empty() {
            return Err(Failure::misuse(format!(
                "{} is no journal of a batch: move it away",
                self.path.display()
            )));
        }
        for job in torn {
            // It may have gone out, and nothing else is known of it.
            self.entries.entry(job.clone()).or_insert_with(|| Entry {
                job,
                state: State::Unknown {
                    message: "its line in the journal is damaged".to_owned(),
                    client_request_id: "unknown".to_owned(),
                    images: Vec::new(),
                },
                cost: None,
                currency: None,
            });
        }
        self.cut()
            .map_err(|error| Failure::file("mend", &self.path, &error))
    }

    /// Cuts off what is no whole line.
    fn cut(&self) -> io::Result<()> {
        self.file.set_len(self.length)
    }

    /// How many of its lines could not be read.
    pub(crate) fn damaged(&self) -> usize {
        self.damaged
    }

    /// What is known of a job.
    pub(crate) fn entry(&self, job: &str) -> Option<&Entry> {
        self.entries.get(job)
    }

    /// Everything that is known of any job.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// What a job has cost so far.
    pub(crate) fn cost(&self, job: &str) -> Option<Amount> {
        self.entries.get(job)?.cost
    }

    /// Notes what is known of a job now; it is on the disk when this returns.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub(crate) fn note(
        &mut self,
        job: &str,
        state: State,
        cost: Option<Amount>,
        currency: Option<Currency>,
    ) -> Result<(), Failure> {
        let entry = Entry {
            job: job.to_owned(),
            state,
            cost,
            currency: cost.and(currency),
        };
        let line = self.line(&entry);
        self.entries.insert(entry.job.clone(), entry);
        self.write(line.as_bytes()).map_err(|error| {
            // The next line must not begin within this one.
            let _ = self.cut();
            let path = self.path.display();
            let message = format!("cannot write {path}: {}", io_text(&error));
            Failure::new(Exit::Failed, "file", message)
        })
    }

    fn line(&self, entry: &Entry) -> String {
        self.mask.hide_in_json(&to_line(entry)) + "\n"
    }

    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        if !self.path.exists() {
            return self.begin_anew();
        }
        self.file.write_all(line)?;
        self.file.sync_data()?;
        self.length += line.len() as u64;
        Ok(())
    }

    /// Writes everything to a new file: somebody took the old one away.
    fn begin_anew(&mut self) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let content: String = self
            .entries
            .values()
            .map(|entry| self.line(entry))
            .collect();
        self.file = create(&self.path)?;
        self.length = 0;
        FileExt::try_lock(&self.file).map_err(io::Error::other)?;
        self.file.write_all(content.as_bytes())?;
        self.file.sync_data()?;
        self.length = content.len() as u64;
        Ok(())
    }
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .open(path)
}

/// The job that a damaged line was about, where that much is left of it.
fn job_of(line: &[u8]) -> Option<String> {
    let rest = line.strip_prefix(br#"{"job":""#)?;
    let end = rest.iter().position(|byte| *byte == b'"')?;
    let job = str::from_utf8(&rest[..end]).ok()?;
    (!job.is_empty()).then(|| job.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(message: &str) -> State {
        State::Failed {
            message: message.to_owned(),
        }
    }

    fn open(folder: &Path) -> Result<Journal, Failure> {
        Journal::open(folder, false, Mask::default())
    }

    fn state(journal: &Journal, job: &str) -> Option<State> {
        journal.entry(job).map(|entry| entry.state.clone())
    }

    #[test]
    fn the_last_line_of_a_job_counts_and_a_torn_one_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = open(folder.path()).unwrap();
        journal.note("a", failed("first"), None, None).unwrap();
        let sent = State::Sent {
            client_request_id: "id".to_owned(),
        };
        let cost = Some(Amount::from_millionths(5));
        journal.note("a", sent.clone(), cost, None).unwrap();
        assert!(
            open(folder.path())
                .unwrap_err()
                .message
                .starts_with("another batch is at work in ")
        );
        journal.file.write_all(b"{\"job\": \"b").unwrap();
        drop(journal);

        let mut journal = open(folder.path()).unwrap();
        assert_eq!(
            (state(&journal, "a"), journal.cost("a")),
            (Some(sent), cost)
        );
        assert_eq!(state(&journal, "b"), None);
        journal.note("b", failed("second"), None, None).unwrap();
        drop(journal);
        let journal = open(folder.path()).unwrap();
        assert_eq!(state(&journal, "b"), Some(failed("second")));
    }

    #[test]
    fn another_file_of_the_name_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(NAME), "a diary\n").unwrap();
        let error = open(folder.path()).unwrap_err();
        assert!(error.message.contains("is no journal"), "{}", error.message);
        assert_eq!(
            std::fs::read_to_string(folder.path().join(NAME)).unwrap(),
            "a diary\n"
        );
    }

    #[test]
    fn a_journal_torn_anywhere_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        let done = State::Done {
            images: vec!["狐-1.png".to_owned()],
            failures: Vec::new(),
            request_id: None,
        };
        let mut journal = open(folder.path()).unwrap();
        for job in ["a", "b"] {
            journal.note(job, done.clone(), None, None).unwrap();
        }
        drop(journal);
        let whole = std::fs::read(&path).unwrap();
        let first = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        for cut in first..whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let mut journal = open(folder.path()).unwrap();
            assert_eq!(state(&journal, "a"), Some(done.clone()), "{cut}");
            assert_eq!(state(&journal, "b"), None, "{cut}");
            journal.note("b", failed("x"), None, None).unwrap();
            drop(journal);
            assert_eq!(state(&open(folder.path()).unwrap(), "b"), Some(failed("x")));
        }
        // A line in the middle, of which the job is known, and one of which nothing is.
        let middle = [
            &whole[..first],
            b"{\"job\":\"b\",\"state\":\"se\0\0\n\xff\xfe\n",
            b"{\"job\":\"c\",\"state\":\"failed\",\"message\":\"x\"}\n",
        ];
        std::fs::write(&path, middle.concat()).unwrap();
        let journal = open(folder.path()).unwrap();
        assert_eq!(journal.damaged(), 2);
        assert!(matches!(state(&journal, "b"), Some(State::Unknown { .. })));
        assert_eq!(state(&journal, "c"), Some(failed("x")));
    }

    #[test]
    fn a_journal_that_is_taken_away_is_written_anew() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("out");
        let mut journal = open(&inner).unwrap();
        journal.note("a", failed("x"), None, None).unwrap();
        std::fs::remove_dir_all(&inner).unwrap();
        journal.note("b", failed("y"), None, None).unwrap();
        drop(journal);
        let journal = open(&inner).unwrap();
        assert_eq!(state(&journal, "a"), Some(failed("x")));
        assert_eq!(state(&journal, "b"), Some(failed("y")));
    }
}
