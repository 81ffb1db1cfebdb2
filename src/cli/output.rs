//! Standard output and error, the one place that writes to them. A reader that goes away (`| head`) ends the
//! program quietly.

use std::io::{self, Write};

/// Writes text to standard output.
///
/// # Errors
/// When standard output cannot be written, a closed pipe excepted: what nobody reads is not an error.
pub(super) fn out(text: &str) -> io::Result<()> {
    quietly(io::stdout().lock().write_all(text.as_bytes()).and_then(|()| io::stdout().lock().flush()))
}

/// Writes a line to standard error; there is nowhere to report a failure to.
pub(super) fn err(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

fn quietly(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
