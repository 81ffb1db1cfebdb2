//! Signatures of webhooks, as Standard Webhooks has them: <https://www.standardwebhooks.com>, for which there are
//! libraries in every language. What is signed is the id, the time and the body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::Secret;

/// What a key in the form of Standard Webhooks begins with.
const PREFIX: &str = "whsec_";

/// The value of the signature's header; `None` when the key is not one.
pub(super) fn signature(key: &Secret, id: &str, second: i64, body: &[u8]) -> Option<String> {
    let key = match key.expose().strip_prefix(PREFIX) {
        Some(encoded) => STANDARD.decode(encoded.trim()).ok()?,
        None => key.expose().as_bytes().to_vec(),
    };
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{second}.").as_bytes());
    mac.update(body);
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the libraries of Standard Webhooks.
    #[test]
    fn a_signature_is_the_one_of_the_specification() {
        let key = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let (id, at, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        let signed = signature(&key, id, at, body);
        assert_eq!(signed.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
        assert_ne!(signed, signature(&key, id, at + 1, body));
        assert_ne!(signed, signature(&key, id, at, b"{}"));
        assert!(signature(&Secret::new("plain words"), id, at, body).is_some());
        assert_eq!(signature(&Secret::new("whsec_no base64"), id, at, body), None);
    }
}
