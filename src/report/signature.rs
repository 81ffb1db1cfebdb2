//! Detached signatures in the format of minisign (ed25519 over BLAKE2b), so that other people's tools verify ours and
//! we verify theirs.

use std::fmt;
use std::io::Cursor;

use ct_codecs::{Base64, Decoder};
use jiff::Timestamp;
use minisign::{SecretKey, SecretKeyBox, SignatureBox};
use minisign_verify::{Error, PublicKey, Signature};

use super::cut;

/// So much of a file's name is in a trusted comment; some implementations bound it.
const NAME: usize = 200;

/// How a secret key with a password begins: `Ed`, `Sc` and `B2` in base64 (signature, key derivation, checksum).
const LOCKED: &str = "RWRTY0Iy";

/// The bytes of the checksum that a secret key ends with.
const CHECKSUM: usize = 32;

/// A key that signs.
pub struct Signer(SecretKey);

// Not derived: the key itself stays out of it.
impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.key())
    }
}

/// A key that verifies.
#[derive(Debug)]
pub struct Verifier {
    key: PublicKey,
    id: String,
}

/// Why a signature is not one of a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSigned {
    /// It is no signature.
    #[error("not a signature of minisign's, or cut short")]
    Damaged,
    /// It is another key's.
    #[error("signed by the key {theirs}, not by {ours}")]
    OtherKey {
        /// The key that signed.
        theirs: String,
        /// The key that was given.
        ours: String,
    },
    /// It is another file's, or was changed.
    #[error(
        "the file is not what the key {0} signed: it, or the trusted comment of the signature, was changed, or the signature is another file's"
    )]
    Changed(String),
}

impl Signer {
    /// Reads a secret key; one that has a password asks for it.
    ///
    /// # Errors
    /// When it is none, or the password is not its own.
    pub fn of(text: &str, password: impl FnOnce() -> Result<String, String>) -> Result<Self, String> {
        let locked = text.lines().nth(1).is_some_and(|line| line.starts_with(LOCKED));
        let password = if locked { Some(password()?) } else { None };
        let key = SecretKeyBox::from_string(text).and_then(|key| match password {
            Some(password) => key.into_secret_key(Some(password)),
            None => key.into_unencrypted_secret_key().or_else(|error| bare(text).ok_or(error)),
        });
        key.map(Self).map_err(|error| format!("no secret key of minisign's that can be used ({error})"))
    }

    /// The id of the key, as minisign prints it.
    #[must_use]
    pub fn key(&self) -> String {
        id(self.0.keynum())
    }

    /// Signs a file.
    ///
    /// # Errors
    /// When the key is damaged, or the system gives no random numbers.
    pub fn sign(&self, name: &str, bytes: &[u8], at: Timestamp) -> Result<String, String> {
        let name = cut(&name.replace(char::is_control, "_"), NAME);
        let trusted = format!("timestamp:{}\tfile:{name}\thashed", at.as_second());
        let told = format!("signature of Bartizan, key {}", self.key());
        // With the public half, the signature is verified: a key that was damaged makes none.
        let public = minisign::PublicKey::from_secret_key(&self.0).map_err(|error| error.to_string())?;
        let signature = minisign::sign(Some(&public), &self.0, Cursor::new(bytes), Some(&trusted), Some(&told));
        signature.map(SignatureBox::into_string).map_err(|error| error.to_string())
    }
}

impl Verifier {
    /// Reads a public key: the file's two lines, or the second one alone.
    ///
    /// # Errors
    /// When it is none.
    pub fn of(text: &str) -> Result<Self, String> {
        let line = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with("untrusted comment:"));
        let line = line.unwrap_or_default();
        let none = "no public key of minisign's: it begins with RW and has 56 characters";
        let key = PublicKey::from_base64(line).map_err(|_| none)?;
        let id = id(minisign::PublicKey::from_base64(line).map_err(|_| none)?.keynum());
        Ok(Self { key, id })
    }

    /// The id of the key, as minisign prints it.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.id
    }

    /// Verifies that a signature is one of a file by this key; gives its trusted comment.
    ///
    /// # Errors
    /// When it is not, and why.
    pub fn verify(&self, bytes: &[u8], signature: &str) -> Result<String, NotSigned> {
        let parts = Signature::decode(signature).map_err(|_| NotSigned::Damaged)?;
        // Older signatures, of the file itself and not of its hash, are as good.
        match self.key.verify(bytes, &parts, true) {
            Ok(()) => Ok(parts.trusted_comment().to_owned()),
            Err(Error::UnexpectedKeyId) => {
                let theirs = SignatureBox::from_string(signature).map(|theirs| id(theirs.keynum()));
                Err(NotSigned::OtherKey { theirs: theirs.unwrap_or_default(), ours: self.id.clone() })
            }
            Err(_) => Err(NotSigned::Changed(self.id.clone())),
        }
    }
}

/// A secret key without a password as minisign itself writes it: without a checksum, which the crate demands.
fn bare(text: &str) -> Option<SecretKey> {
    let bytes = Base64::decode_to_vec(text.lines().nth(1)?.trim(), None).ok()?;
    let (_, checksum) = bytes.split_last_chunk::<CHECKSUM>()?;
    SecretKey::from_bytes(&bytes).ok().filter(|_| checksum.iter().all(|byte| *byte == 0))
}

/// The id of a key: its bytes are a number, the least first.
fn id(bytes: &[u8]) -> String {
    bytes.iter().rev().fold(String::new(), |id, byte| format!("{id}{byte:02X}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the documentation of minisign-verify: somebody else's key and signature of `test`.
    const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
    const SIGNATURE: &str = "untrusted comment: signature from minisign secret key
RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=
trusted comment: timestamp:1556193335\tfile:test
y/rUw2y8/hOUYjZU71eHp/Wo1KZ40fGy2VJEDl34XMJM+TX48Ss/17u3IvIfbVR1FkZZSNCisQbuQY+bHwhEBg==";

    #[test]
    fn every_cut_and_every_change_of_a_signature_is_refused() {
        let verifier = Verifier::of(KEY).unwrap();
        assert_eq!(verifier.key(), "E7620F1842B4E81F");
        assert_eq!(verifier.verify(b"test", SIGNATURE).unwrap(), "timestamp:1556193335\tfile:test");
        assert_eq!(verifier.verify(b"Test", SIGNATURE), Err(NotSigned::Changed(verifier.key().to_owned())));
        for length in 0..SIGNATURE.len() {
            assert!(verifier.verify(b"test", SIGNATURE.get(..length).unwrap()).is_err(), "{length}");
        }
        let comment = SIGNATURE.find('\n').unwrap();
        for place in (comment + 1..SIGNATURE.len()).filter(|place| SIGNATURE.as_bytes()[*place] != b'\n') {
            let mut bytes = SIGNATURE.as_bytes().to_vec();
            bytes[place] ^= 1;
            let changed = String::from_utf8(bytes).unwrap();
            assert!(verifier.verify(b"test", &changed).is_err(), "{place}: {changed}");
        }
    }

    #[test]
    fn a_key_is_read_from_its_file_and_from_its_line() {
        for text in [KEY.to_owned(), format!("untrusted comment: minisign public key\n{KEY}\n"), format!(" {KEY} \n")] {
            assert_eq!(Verifier::of(&text).unwrap().key(), "E7620F1842B4E81F");
        }
        for text in ["", "RW", KEY.get(1..).unwrap(), "untrusted comment: x"] {
            assert!(Verifier::of(text).unwrap_err().starts_with("no public key"), "{text}");
        }
    }
}
