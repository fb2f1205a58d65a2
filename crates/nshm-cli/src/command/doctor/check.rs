//! What a check comes to.

use serde::Serialize;

/// One check; the field names are those of the JSON form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    /// Its name, for scripts and for docs/doctor.md.
    #[serde(rename = "check")]
    pub(super) id: &'static str,
    pub(super) status: Status,
    /// What was found.
    pub(super) finding: String,
    /// What that means for whoever shares memory.
    pub(super) meaning: String,
    /// The command that mends it, as it is to be typed.
    pub(super) cure: Option<String>,
    /// Whether --fix does it.
    pub(super) fixable: bool,
}

/// How it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Ok,
    /// Nobody need do anything about it, but it is good to know.
    Note,
    /// It will break somebody.
    Warning,
    /// It is broken.
    Wrong,
}

impl Status {
    pub(super) fn word(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Note => "note",
            Status::Warning => "warning",
            Status::Wrong => "wrong",
        }
    }
}

impl Check {
    pub(super) fn new(id: &'static str, status: Status, finding: impl Into<String>) -> Check {
        Check {
            id,
            status,
            finding: finding.into(),
            meaning: String::new(),
            cure: None,
            fixable: false,
        }
    }

    pub(super) fn meaning(mut self, meaning: impl Into<String>) -> Check {
        self.meaning = meaning.into();
        self
    }

    /// The command that mends it; there is nothing to mend where all is well.
    pub(super) fn cure(mut self, command: impl Into<String>) -> Check {
        if self.status != Status::Ok {
            self.cure = Some(command.into());
        }
        self
    }

    /// --fix mends it, if it needs that.
    pub(super) fn fixable(mut self) -> Check {
        self.fixable = self.status != Status::Ok;
        self
    }
}
