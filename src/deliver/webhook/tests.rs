//! What is tried again, and what an error may say.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Mutex;

use super::super::parcel::tests::parcel;
use super::super::{Link, Secret};
use super::*;

/// A request as it was sent: method, address, headers, body.
type Sent = (String, String, Vec<(&'static str, String)>, Vec<u8>);

/// Answers in turn, the last one for ever, and remembers what was sent.
struct Script {
    answers: Mutex<VecDeque<Result<Reply, Lost>>>,
    sent: Mutex<Vec<Sent>>,
}

impl Transport for Script {
    async fn send(&self, request: &Request<'_>) -> Result<Reply, Lost> {
        let sent =
            (request.method.to_owned(), request.url.expose().to_owned(), request.headers.clone(), request.body.clone());
        self.sent.lock().unwrap().push(sent);
        let answer = {
            let mut answers = self.answers.lock().unwrap();
            if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() }
        };
        match answer.expect("an answer") {
            // Whoever is late never answers: it is the sender who tells.
            Err(Lost::Late) => std::future::pending().await,
            answer => answer,
        }
    }
}

const QUICK: Policy = Policy {
    attempts: 4,
    attempt: Duration::from_millis(40),
    deadline: Duration::from_secs(2),
    first_wait: Duration::from_millis(4),
};

fn sender(answers: impl IntoIterator<Item = Result<Reply, Lost>>) -> Sender<Script> {
    let transport = Script { answers: Mutex::new(answers.into_iter().collect()), sent: Mutex::default() };
    Sender { transport, policy: QUICK, now: || Timestamp::from_second(1_614_265_330).unwrap() }
}

#[expect(clippy::unnecessary_wraps, reason = "it is one of the script's answers")]
fn said(status: u16, body: &str) -> Result<Reply, Lost> {
    Ok(Reply { status, retry_after: None, body: body.to_owned() })
}

fn status(code: u16) -> Result<Reply, Lost> {
    said(code, "")
}

fn broken() -> Lost {
    Lost::Broken("connection refused".to_owned())
}

fn hook(secret: Option<&str>) -> Destination {
    let url = Url::parse("https://hooks.example/services/hush-hush").unwrap();
    Destination {
        name: "ops".to_owned(),
        file: PathBuf::from("bartizan.toml"),
        link: Some(Link::parse("https://reports.example").unwrap()),
        channel: Channel::Webhook(url, secret.map(Secret::new)),
    }
}

fn header<'a>(sent: &'a Sent, name: &str) -> Option<&'a str> {
    sent.2.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
}

#[tokio::test]
async fn what_was_not_taken_is_sent_again_the_same() {
    let sender = sender([Err(broken()), status(500), status(429), status(204)]);
    let receipt = sender.post(&hook(Some("key")), &parcel()).await.expect("taken");
    assert_eq!((receipt.attempts, receipt.place.as_str()), (4, "hooks.example"));
    let sent = sender.transport.sent.lock().unwrap();
    assert!(sent.iter().all(|again| again.2 == sent[0].2 && again.3 == sent[0].3), "the same every time");
    let key = parcel().idempotency_key("ops");
    assert_eq!(header(&sent[0], "idempotency-key"), Some(key.as_str()));
    assert_eq!(header(&sent[0], "webhook-id"), Some(key.as_str()));
    let signed = signature(&Secret::new("key"), &key, 1_614_265_330, &sent[0].3);
    assert_eq!(header(&sent[0], "webhook-signature"), signed.as_deref());
    let body: serde_json::Value = serde_json::from_slice(&sent[0].3).expect("JSON");
    assert_eq!(body["link"], "https://reports.example/production/20261121T180000Z/report.html");
}

#[tokio::test]
async fn without_a_key_nothing_is_signed() {
    let sender = sender([status(200)]);
    sender.post(&hook(None), &parcel()).await.expect("taken");
    assert_eq!(header(&sender.transport.sent.lock().unwrap()[0], "webhook-signature"), None);
}

#[tokio::test]
async fn a_refusal_is_final_and_the_error_tells_how_to_go_on() {
    for (answer, attempts, why) in [
        (status(404), 1, "HTTP 404"),
        (status(400), 1, "HTTP 400"),
        (status(302), 1, "a redirect (HTTP 302), which is not followed"),
        (Err(Lost::Hopeless("invalid HTTP version parsed".to_owned())), 1, "invalid HTTP version"),
        (status(503), 4, "HTTP 503"),
        (Err(broken()), 4, "connection refused"),
        (Err(Lost::Late), 4, "no answer in time"),
        (said(404, "no_service"), 1, "404 (no_service)"),
    ] {
        let sender = sender([answer]);
        let error = sender.post(&hook(None), &parcel()).await.expect_err(why);
        let text = error.to_string();
        assert_eq!(error.attempts, attempts, "{text}");
        assert_eq!(sender.transport.sent.lock().unwrap().len(), usize::try_from(attempts).unwrap());
        assert!(text.contains(why) && text.contains("`ops` (webhook, hooks.example)"), "{text}");
        assert!(text.ends_with("the address of [deliver.ops] in bartizan.toml"), "{text}");
    }
}

#[tokio::test]
async fn no_answer_brings_a_secret_into_an_error() {
    let echo = "https://hooks.example/services/hush-hush";
    for answer in [
        Err(Lost::Broken(format!("cannot ask {echo}"))),
        Err(Lost::Hopeless("no route to /services/hush-hush".to_owned())),
        said(404, "services"),
        said(500, echo),
    ] {
        let error = sender([answer]).post(&hook(None), &parcel()).await.expect_err("refused");
        assert!(!format!("{error}{error:?}").contains("hush") && !error.to_string().contains("services"), "{error}");
    }
}

#[tokio::test]
async fn whoever_asks_to_wait_is_waited_for_up_to_the_deadline() {
    let later = |value: &str| Ok(Reply { status: 429, retry_after: Some(value.to_owned()), body: String::new() });
    let sent = sender([later("1"), status(200)]);
    let start = Instant::now();
    assert_eq!(sent.post(&hook(None), &parcel()).await.expect("taken").attempts, 2);
    assert!(start.elapsed() >= Duration::from_secs(1));
    let error = sender([later("3600")]).post(&hook(None), &parcel()).await.expect_err("too long");
    assert_eq!(error.attempts, 1);
    assert!(error.to_string().contains("asks to wait for 3600 s"), "{error}");
}

#[test]
fn a_pause_is_a_number_or_a_date() {
    let now = "1994-11-06T08:49:30Z".parse().expect("a time");
    for (value, seconds) in [
        ("7", Some(7)),
        (" 0 ", Some(0)),
        ("Sun, 06 Nov 1994 08:49:37 GMT", Some(7)),
        ("Sun, 06 Nov 1994 08:49:00 GMT", Some(0)),
        ("-7", None),
        ("soon", None),
        ("", None),
    ] {
        assert_eq!(pause(value, now), seconds.map(Duration::from_secs), "{value}");
    }
}

#[tokio::test]
async fn a_heartbeat_asks_for_one_of_two_addresses() {
    let url = Url::parse("https://ping.example/hush-hush?rid=1").unwrap();
    for (well, address) in
        [(true, "https://ping.example/hush-hush?rid=1"), (false, "https://ping.example/hush-hush/fail?rid=1")]
    {
        let sender = sender([status(500), status(200)]);
        assert_eq!(sender.ping(&url, well).await.expect("taken").attempts, 2);
        let sent = sender.transport.sent.lock().unwrap();
        assert_eq!((sent[1].0.as_str(), sent[1].1.as_str()), ("GET", address));
    }
    let error = sender([status(404)]).ping(&url, true).await.expect_err("refused").to_string();
    assert!(error.contains("`heartbeat`") && error.contains("ping.example") && !error.contains("hush"), "{error}");
}
