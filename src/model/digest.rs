//! Digests: SHA-256, written `sha256:` and 64 hexadecimal digits, so that a report can say exactly what it rests on.

use std::fmt::Write as _;
use std::io;

use serde::Serialize;
use sha2::{Digest, Sha256};

/// The digest of several parts in order; where one ends and the next begins counts too.
pub fn of_parts<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    written(&hasher.finalize())
}

/// The first of a digest's hexadecimal digits, for a name that need not be unique in the world.
pub fn short(digest: &str, digits: usize) -> String {
    digest.chars().skip("sha256:".len()).take(digits).collect()
}

/// The digest of the bytes of a file.
pub fn of_bytes(bytes: &[u8]) -> String {
    written(&Sha256::digest(bytes))
}

/// The digest of a value's compact JSON.
pub fn of_json(value: &impl Serialize) -> String {
    let mut sink = Sink(Sha256::new());
    // Neither the sink nor a value of the model can fail; half a digest would match nothing.
    let _ = serde_json::to_writer(io::BufWriter::with_capacity(1 << 16, &mut sink), value);
    written(&sink.0.finalize())
}

fn written(digest: &[u8]) -> String {
    digest.iter().fold("sha256:".to_owned(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

struct Sink(Sha256);

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_that_of_the_bytes() {
        // `printf '{"a":[1,2]}' | sha256sum`
        let json = serde_json::json!({"a": [1, 2]});
        assert_eq!(of_json(&json), "sha256:01530d164d479cf08e26d3b1ad9bdba927120d97e2d057a6d792db778780d720");
        assert_eq!(of_bytes(br#"{"a":[1,2]}"#), of_json(&json));
        assert_ne!(of_parts(["ab", "c"]), of_parts(["a", "bc"]));
        assert_eq!(of_parts(["ab", "c"]), of_parts(["ab", "c"]));
    }
}
