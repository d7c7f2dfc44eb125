//! What became of each job, on the disk before anything else happens: one line an event, the
//! last of a job counts.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use fs4::FileExt;
use imagegen::price::Amount;
use serde::{Deserialize, Serialize};

use crate::failure::{Exit, Failure, io_text};
use crate::output::to_line;

const NAME: &str = "imagegen-batch.jsonl";
/// The emulator's pictures are no reason not to make the real ones.
const EMULATED: &str = "imagegen-batch-emulated.jsonl";

/// The file, which one batch at a time writes.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    path: PathBuf,
    entries: HashMap<String, Entry>,
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
}

impl Journal {
    /// Opens the journal of a folder, which is made if missing.
    ///
    /// # Errors
    ///
    /// If it cannot be read and written, or another batch has it.
    pub(crate) fn open(folder: &Path, emulated: bool) -> Result<Self, Failure> {
        std::fs::create_dir_all(folder)
            .map_err(|error| Failure::file("make the folder", folder, &error))?;
        let path = folder.join(if emulated { EMULATED } else { NAME });
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(&path)
            .map_err(|error| Failure::file("open", &path, &error))?;
        if FileExt::try_lock(&file).is_err() {
            return Err(Failure::misuse(format!(
                "another batch is at work in {}",
                folder.display()
            )));
        }
        let mut text = String::new();
        file.read_to_string(&mut text)
            .map_err(|error| Failure::file("read", &path, &error))?;
        let mut entries = HashMap::new();
        for (at, line) in text.split_inclusive('\n').enumerate() {
            match serde_json::from_str::<Entry>(line) {
                Ok(entry) => {
                    entries.insert(entry.job.clone(), entry);
                }
                // The machine went down while it was written: what it would say did not happen.
                Err(_) if !line.ends_with('\n') => {
                    let whole = (text.len() - line.len()) as u64;
                    file.set_len(whole)
                        .map_err(|error| Failure::file("mend", &path, &error))?;
                }
                Err(_) => {
                    return Err(Failure::misuse(format!(
                        "line {} of {} is no line of a batch's journal",
                        at + 1,
                        path.display()
                    )));
                }
            }
        }
        Ok(Self {
            file,
            path,
            entries,
        })
    }

    /// What is known of a job.
    pub(crate) fn entry(&self, job: &str) -> Option<&Entry> {
        self.entries.get(job)
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
    ) -> Result<(), Failure> {
        let entry = Entry {
            job: job.to_owned(),
            state,
            cost,
        };
        let line = to_line(&entry) + "\n";
        self.file
            .write_all(line.as_bytes())
            .and_then(|()| self.file.sync_data())
            .map_err(|error| {
                let path = self.path.display();
                let message = format!("cannot write {path}: {}", io_text(&error));
                Failure::new(Exit::Failed, "file", message)
            })?;
        self.entries.insert(entry.job.clone(), entry);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(message: &str) -> State {
        State::Failed {
            message: message.to_owned(),
        }
    }

    fn state(journal: &Journal, job: &str) -> Option<State> {
        journal.entry(job).map(|entry| entry.state.clone())
    }

    #[test]
    fn the_last_line_of_a_job_counts_and_a_torn_one_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path(), false).unwrap();
        journal.note("a", failed("first"), None).unwrap();
        let sent = State::Sent {
            client_request_id: "id".to_owned(),
        };
        let cost = Some(Amount::from_millionths(5));
        journal.note("a", sent.clone(), cost).unwrap();
        assert!(
            Journal::open(folder.path(), false)
                .unwrap_err()
                .message
                .starts_with("another batch is at work in ")
        );
        journal.file.write_all(b"{\"job\": \"b").unwrap();
        drop(journal);

        let mut journal = Journal::open(folder.path(), false).unwrap();
        assert_eq!(
            (state(&journal, "a"), journal.cost("a")),
            (Some(sent), cost)
        );
        assert_eq!(state(&journal, "b"), None);
        journal.note("b", failed("second"), None).unwrap();
        drop(journal);
        let journal = Journal::open(folder.path(), false).unwrap();
        assert_eq!(state(&journal, "b"), Some(failed("second")));
    }

    #[test]
    fn another_file_of_the_name_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(NAME), "a diary\n").unwrap();
        let error = Journal::open(folder.path(), false).unwrap_err();
        assert!(error.message.contains("line 1 of "), "{}", error.message);
        assert_eq!(
            std::fs::read_to_string(folder.path().join(NAME)).unwrap(),
            "a diary\n"
        );
    }
}
