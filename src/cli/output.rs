//! Standard output and error, the one place that writes to them. A reader that goes away (`| head`) ends the
//! program quietly.

use std::io::{self, IsTerminal, Write};

use super::Failure;

/// Writes text to standard output. What nobody reads any more is not an error.
///
/// # Errors
/// When standard output cannot be written.
pub(super) fn out(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::usage(format!("standard output cannot be written: {error}")))
        }
        _ => Ok(()),
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
