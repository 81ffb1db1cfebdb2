//! `bartizan sign`: a detached signature beside each file, in the format of minisign.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Exit, Failure, output};
use crate::clock;
use crate::config::Variables;
use crate::model::text::{sanitise, shell};
use crate::report::Signer;

/// Flags of `bartizan sign`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct SignArgs {
    /// The reports, of any format, or other files
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The secret key, as `minisign -G` makes it; `minisign -G -W` makes one without a password
    #[arg(long, value_name = "FILE")]
    secret_key: PathBuf,
    /// Take the password of the key from this environment variable, not from the terminal
    #[arg(long, value_name = "VARIABLE")]
    password_env: Option<String>,
}

const AFTER_HELP: &str = "\
Writes FILE.minisig beside each file. `bartizan verify FILE --public-key KEY` verifies it, and so
does `minisign -Vm FILE -P KEY`.";

/// Signs every file.
pub(super) fn run(args: &SignArgs) -> Result<Exit, Failure> {
    let key = &args.secret_key;
    let bytes = std::fs::read(key).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            at(key, format!("{error}: `minisign -G -s {}` makes one", shell(&key.to_string_lossy())))
        }
        _ => at(key, error),
    })?;
    let text = String::from_utf8(bytes).map_err(|_| at(key, "not a text"))?;
    // A variable that is not set is a mistake also where the key has no password.
    let named = args.password_env.as_deref().map(named).transpose().map_err(|told| at(key, told))?;
    let signer = Signer::of(&text, || named.map_or_else(|| password(args), Ok)).map_err(|told| at(key, told))?;
    // All of them are read before anything is written.
    let files: Vec<(&PathBuf, Vec<u8>)> =
        args.files.iter().map(|file| Ok((file, read(file)?))).collect::<Result<_, Failure>>()?;
    for (file, bytes) in files {
        let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
        let signature = signer.sign(&name, &bytes, clock::now()).map_err(|told| at(file, told))?;
        let path = beside(file);
        output::file(&path, signature)?;
        output::out(&sanitise(&format!("{}: signed by the key {}", path.display(), signer.key())))?;
        output::out("\n")?;
    }
    Ok(Exit::Clean)
}

/// Where the signature of a file is, as minisign has it.
pub(super) fn beside(file: &Path) -> PathBuf {
    let mut path = OsString::from(file);
    path.push(".minisig");
    path.into()
}

/// Reads a file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| at(path, error))
}

/// What is wrong with a file.
pub(super) fn at(path: &Path, told: impl std::fmt::Display) -> Failure {
    Failure::usage(format!("{}: {told}", path.display()))
}

fn named(variable: &str) -> Result<String, String> {
    let told = || format!("its password should be in the environment variable {variable}, which is not set");
    Variables::secret(variable).ok_or_else(told)
}

fn password(args: &SignArgs) -> Result<String, String> {
    rpassword::prompt_password(format!("password of {}: ", args.secret_key.display())).map_err(|error| {
        format!("it has a password, and there is no terminal to ask for it ({error}): give --password-env VARIABLE")
    })
}
