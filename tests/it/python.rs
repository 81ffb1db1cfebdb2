//! Python programs of the tests, each with its packages in a virtual environment below cargo's target directory.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// An interpreter that has the packages of `tests/<folder>/requirements.txt`.
pub(crate) fn python(folder: &str) -> PathBuf {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
    fs::create_dir_all(&home).expect("the target directory is writable");
    // Test processes run side by side: one of them makes it, the others wait.
    let lock = File::create(home.join("lock")).expect("the target directory is writable");
    lock.lock().expect("the lock can be waited for");
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder).join("requirements.txt");
    let wanted = fs::read_to_string(&list).expect("the list of packages");
    let (venv, made) = (home.join("venv"), home.join("requirements.txt"));
    let python = venv.join("bin/python");
    if fs::read_to_string(&made).is_ok_and(|present| present == wanted) && python.exists() {
        return python;
    }
    let _ = fs::remove_dir_all(&venv);
    run(Command::new("python3").args(["-m", "venv"]).arg(&venv));
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
    run(Command::new(&python).args(install).arg(&list));
    // Last, so that an interrupted installation is made anew.
    fs::write(made, wanted).expect("the target directory is writable");
    python
}

fn run(command: &mut Command) {
    let output = command.output().expect("these tests need Python 3.10 or newer with venv and pip");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "these tests need Python 3.10 or newer with venv and pip:\n{errors}");
}
