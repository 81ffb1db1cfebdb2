//! Standard output and error, the one place that writes to them, and files of results. A reader that goes away
//! (`| head`) ends the program quietly.

use std::fs;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::path::Path;

use super::Failure;
use crate::publish;

/// Writes text to standard output. What nobody reads any more is not an error.
///
/// # Errors
/// When standard output cannot be written.
pub(super) fn out(text: &str) -> Result<(), Failure> {
    bytes(text.as_bytes())
}

/// Writes what is perhaps no text to standard output. What nobody reads any more is not an error.
///
/// # Errors
/// When standard output cannot be written.
pub(super) fn bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    written(stdout.write_all(bytes).and_then(|()| stdout.flush())).map(|_| ())
}

/// Standard output for what is written line by line.
pub(super) struct Lines(BufWriter<StdoutLock<'static>>);

impl Lines {
    /// Begins.
    pub(super) fn begin() -> Self {
        Self(BufWriter::new(io::stdout().lock()))
    }

    /// Writes a line; tells whether anybody still reads.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub(super) fn line(&mut self, line: &str) -> Result<bool, Failure> {
        written(self.0.write_all(line.as_bytes()).and_then(|()| self.0.write_all(b"\n")))
    }

    /// Writes out what is held back; tells whether anybody still reads.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub(super) fn flush(&mut self) -> Result<bool, Failure> {
        written(self.0.flush())
    }
}

fn written(result: io::Result<()>) -> Result<bool, Failure> {
    match result {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::usage(format!("standard output cannot be written: {error}"))),
    }
}

/// Whether standard output is a terminal.
pub(super) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Writes a line to standard error; there is nowhere to report a failure to.
pub(super) fn err(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Writes a file whole or not at all: whoever reads meanwhile, or after a crash, finds the old one or the new one.
/// What is there and no file, such as a pipe, is written to as it is.
///
/// # Errors
/// When it cannot be written; the old one is still there then.
pub(super) fn file(path: &Path, content: impl AsRef<[u8]>) -> Result<(), Failure> {
    let bytes = content.as_ref();
    let written = if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
        fs::OpenOptions::new().write(true).open(path).and_then(|mut there| there.write_all(bytes))
    } else {
        publish::replace(path, bytes)
    };
    written.map_err(|error| Failure::usage(format!("{} cannot be written: {error}", path.display())))
}
