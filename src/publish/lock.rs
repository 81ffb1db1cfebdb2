//! The lock of an environment. The system holds it for the process, so it dies with it.

use std::fs::{self, File, TryLockError};
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{PublishError, folder};

/// An environment that nobody else publishes as long as this is there.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock of an environment in a directory, which is made when it is not there.
    ///
    /// # Errors
    /// When another process holds it, or the directory cannot be written.
    pub fn take(directory: &Path, environment: Option<&str>, now: Timestamp) -> Result<Self, PublishError> {
        fs::create_dir_all(directory).map_err(PublishError::io(directory, "used"))?;
        let path = directory.join(format!(".{}.lock", folder(environment)));
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(&path).map_err(PublishError::io(&path, "written"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(PublishError::Locked { holder: holder(&path), path }),
            Err(TryLockError::Error(error)) => return Err(PublishError::io(&path, "locked")(error)),
        }
        // For whoever is turned away; that nothing can be said is no reason not to go on.
        let holder = format!("(process {}) holds it since {now:.0}\n", std::process::id());
        let _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(holder.as_bytes()));
        Ok(Self { file })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = self.file.set_len(0);
    }
}

fn holder(path: &PathBuf) -> String {
    let told = fs::read_to_string(path).unwrap_or_default();
    let told = crate::model::text::sanitise(told.lines().next().unwrap_or_default());
    if told.is_empty() { "holds it".to_owned() } else { told }
}
