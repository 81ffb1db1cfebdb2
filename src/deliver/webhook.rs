//! Webhooks and heartbeats: one request, tried until it is taken or until trying again makes no sense.
//!
//! What was not answered, or answered with "too often" or "something is wrong here", is tried again, with the same
//! key and the same body. Every other answer is final. No redirect is followed: the body is meant for the address that
//! was configured.

use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use tokio::time::{Instant, sleep, timeout};

use super::sign::signature;
use super::{Channel, DeliveryError, Destination, Parcel, Policy, Receipt, Trouble, Url, message};
use crate::model::text::sanitise;

/// An HTTP request.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Where to.
    pub url: &'a Url,
    /// Names in lower case, with values.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The header that says when to come again.
    pub retry_after: Option<String>,
    /// The beginning of the body of an answer that is no success.
    pub body: String,
}

/// Why nothing was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lost {
    /// No connection, or it broke: worth another attempt.
    Broken(String),
    /// Not in time: worth another attempt.
    Late,
    /// What answered does not speak HTTP, or the request cannot be made.
    Hopeless(String),
}

/// What sends requests: a client for HTTP, and a stand-in in tests.
pub trait Transport {
    /// Sends one request, once, and follows no redirect.
    fn send(&self, request: &Request<'_>) -> impl Future<Output = Result<Reply, Lost>> + Send;
}

/// A transport, and how patiently it is used.
#[derive(Debug, Clone)]
pub struct Sender<T> {
    /// The transport.
    pub transport: T,
    /// How patiently.
    pub policy: Policy,
    /// The clock.
    pub now: fn() -> Timestamp,
}

/// The name under which a heartbeat's receipts and errors go.
const HEARTBEAT: &str = "heartbeat";

impl<T: Transport> Sender<T> {
    /// Sends the brief to a Slack channel or a webhook.
    ///
    /// # Errors
    /// When it was not taken, or the destination is of another kind.
    pub async fn post(&self, destination: &Destination, parcel: &Parcel) -> Result<Receipt, DeliveryError> {
        let link = destination.page(parcel);
        let (url, value, secret) = match &destination.channel {
            Channel::Slack(url) => (url, message::slack(parcel, link.as_deref()), None),
            Channel::Webhook(url, secret) => (url, message::json(parcel, link.as_deref()), secret.as_ref()),
            other => {
                let why = format!("a destination of kind {} is no webhook", other.word());
                return Err(destination.error(Trouble { why, attempts: 0, way_out: "this is a defect".to_owned() }));
            }
        };
        let body = value.to_string().into_bytes();
        let key = parcel.idempotency_key(&destination.name);
        let mut headers = vec![("content-type", "application/json".to_owned()), ("idempotency-key", key.clone())];
        if let Some(secret) = secret {
            let second = (self.now)().as_second();
            let signed = signature(secret, &key, second, &body).ok_or_else(|| {
                let way_out =
                    format!("a key is text, or `whsec_` and base64: correct {}", destination.key("secret_from"));
                destination.error(Trouble { why: "its key cannot sign".to_owned(), attempts: 0, way_out })
            })?;
            let signed = [("webhook-id", key.clone()), ("webhook-timestamp", second.to_string())]
                .into_iter()
                .chain([("webhook-signature", signed)]);
            headers.extend(signed);
        }
        let address = format!("the address of [deliver.{}] in {}", destination.name, destination.file.display());
        let request = Request { method: "POST", url, headers, body };
        let attempts = self.send(&request, &key, &address).await.map_err(|trouble| destination.error(trouble))?;
        Ok(destination.receipt(attempts))
    }

    /// Tells a dead man's switch that a run ended: its address is asked for, and the one with `/fail` after it when
    /// the run did not end well.
    ///
    /// # Errors
    /// When it was not taken.
    pub async fn ping(&self, url: &Url, well: bool) -> Result<Receipt, DeliveryError> {
        let below = if well { url.clone() } else { url.below("fail") };
        let request = Request { method: "GET", url: &below, headers: Vec::new(), body: Vec::new() };
        let second = (self.now)().as_second().to_string();
        let (destination, kind, place) = (HEARTBEAT.to_owned(), HEARTBEAT, url.host().to_owned());
        match self.send(&request, &second, "the address of the heartbeat").await {
            Ok(attempts) => Ok(Receipt { destination, kind, place, id: None, attempts, notes: Vec::new() }),
            Err(Trouble { why, attempts, way_out }) => {
                Err(DeliveryError { destination, kind, place, why, attempts, way_out })
            }
        }
    }

    /// Sends until it is taken: how many attempts that took. `address` is what an error calls the address.
    async fn send(&self, request: &Request<'_>, key: &str, address: &str) -> Result<u32, Trouble> {
        let (start, policy) = (Instant::now(), &self.policy);
        let mut attempts = 0;
        loop {
            attempts += 1;
            let left = policy.deadline.saturating_sub(start.elapsed());
            let answer = timeout(policy.attempt.min(left), self.transport.send(request)).await;
            let (why, asked) = match judge(&answer.unwrap_or(Err(Lost::Late)), request.url, (self.now)()) {
                Judgement::Taken => return Ok(attempts),
                Judgement::Final(why) => {
                    return Err(Trouble { why, attempts, way_out: format!("correct {address}") });
                }
                Judgement::Again(why, asked) => (why, asked),
            };
            let wait = policy.wait(attempts, key).max(asked.unwrap_or_default());
            if attempts >= policy.attempts || start.elapsed().saturating_add(wait) >= policy.deadline {
                let way_out = format!("deliver again later, or correct {address}");
                return Err(Trouble { why: why + &patience(asked, policy), attempts, way_out });
            }
            sleep(wait).await;
        }
    }
}

/// Why the patience ended before the attempts did.
fn patience(asked: Option<Duration>, policy: &Policy) -> String {
    match asked.filter(|asked| *asked >= policy.deadline) {
        Some(asked) => format!(", and asks to wait for {} s", asked.as_secs()),
        None => String::new(),
    }
}

enum Judgement {
    Taken,
    /// Why, and how long the other side asks to wait.
    Again(String, Option<Duration>),
    Final(String),
}

fn judge(answer: &Result<Reply, Lost>, url: &Url, now: Timestamp) -> Judgement {
    let reply = match answer {
        Ok(reply) => reply,
        Err(Lost::Broken(why)) => return Judgement::Again(told(url, why, "the connection broke"), None),
        Err(Lost::Late) => return Judgement::Again("no answer in time".to_owned(), None),
        Err(Lost::Hopeless(why)) => return Judgement::Final(told(url, why, "what answers does not speak HTTP")),
    };
    let status = reply.status;
    match status {
        200..300 => Judgement::Taken,
        300..400 => Judgement::Final(format!("it answered with a redirect (HTTP {status}), which is not followed")),
        429 | 500.. => {
            let asked = reply.retry_after.as_deref().and_then(|value| pause(value, now));
            Judgement::Again(format!("it answered HTTP {status}{}", token(url, &reply.body)), asked)
        }
        _ => Judgement::Final(format!("it answered HTTP {status}{}", token(url, &reply.body))),
    }
}

/// What went wrong in the words of the transport, unless they give the address away.
fn told(url: &Url, why: &str, otherwise: &str) -> String {
    let why: String = sanitise(why).chars().take(200).collect();
    if why.is_empty() || url.is_told_by(&why) { otherwise.to_owned() } else { why }
}

/// Slack says in one word what is wrong, such as `no_service`. Anything longer might repeat what was sent.
fn token(url: &Url, body: &str) -> String {
    let word = body.trim();
    let is_word = (1..=40).contains(&word.len()) && word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    if is_word && !url.is_told_by(word) { format!(" ({word})") } else { String::new() }
}

/// How long a `Retry-After` asks to wait: seconds, or until a date.
fn pause(value: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let then = DateTimeParser::new().parse_timestamp(value.trim()).ok()?;
    Some(Duration::try_from(then.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests;
