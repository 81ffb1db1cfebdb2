//! Files and folders that appear whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// How the names of our temporary files begin and end.
const SUFFIX: &str = ".part";
/// That of a file of any command.
const FILE: &str = ".bartizan-";
/// That of what only a run that holds the lock makes, and the next one may therefore sweep.
const REPORT: &str = ".bartizan-report-";

/// Writes a file whole or not at all: whoever reads meanwhile, or after a crash, finds the old one or the new one. A
/// link stays one: what it leads to is replaced.
///
/// # Errors
/// When it cannot be written; the old one is still there then.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    replace_as(FILE, path, content)
}

/// The same under the lock, so that what a crash leaves is swept.
pub(super) fn replace_swept(path: &Path, content: &[u8]) -> io::Result<()> {
    replace_as(REPORT, path, content)
}

fn replace_as(prefix: &str, path: &Path, content: &[u8]) -> io::Result<()> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| PathBuf::from(path));
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix).suffix(SUFFIX);
    // Reports are meant to be passed on: a new one gets what new files get here, not the secrecy of temporary ones.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut temporary = builder.tempfile_in(directory)?;
    temporary.write_all(content)?;
    if let Ok(there) = fs::metadata(&path) {
        temporary.as_file().set_permissions(there.permissions())?;
    }
    temporary.as_file().sync_all()?;
    temporary.persist(&path).map_err(|error| error.error)?;
    settle(directory, &path)
}

/// A rename lasts only once its directory is on disk; where directories cannot be synced, that it is there must do.
fn settle(directory: &Path, renamed: &Path) -> io::Result<()> {
    File::open(directory).and_then(|directory| directory.sync_all()).or_else(|_| fs::metadata(renamed).map(|_| ()))
}

/// Makes a folder with these files in it; all of it appears at once. Nothing may be there by that name.
pub(super) fn folder<'f>(path: &Path, files: impl IntoIterator<Item = (&'f str, &'f [u8])>) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(REPORT).suffix(SUFFIX);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    // Removed again when anything fails.
    let temporary = builder.tempdir_in(directory)?;
    for (name, content) in files {
        let mut file = File::create_new(temporary.path().join(name))?;
        file.write_all(content)?;
        file.sync_all()?;
    }
    File::open(temporary.path())?.sync_all()?;
    fs::rename(temporary.path(), path)?;
    let _ = temporary.keep();
    settle(directory, path)
}

/// Takes a folder away: it is gone at once for whoever reads, and swept when a crash comes between.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let away = tempfile::Builder::new().prefix(REPORT).suffix(SUFFIX).tempdir_in(directory)?;
    // A folder may take the place of an empty one.
    fs::rename(path, away.path())?;
    settle(directory, directory)?;
    away.close()
}

/// Removes what a crash left.
pub(super) fn sweep(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(REPORT) && name.ends_with(SUFFIX) {
            if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) }?;
        }
    }
    Ok(())
}
