//! Webhooks against a server on loopback that fails in every way: how often it is asked, that every attempt has the
//! same key and body, and that no secret gets into an error.

#![expect(clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use std::io::{self, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use bartizan::aws::deliver::Courier;
use bartizan::clock;
use bartizan::deliver::{Brief, Channel, DeliveryError, Destination, Parcel, ParcelFile, Policy, Receipt, Secret, Url};
use serde_json::Value;
use tokio::time::Instant;

use crate::loopback::{self, Request};
use crate::telemetry::answer;

const QUICK: Policy = Policy {
    attempts: 3,
    attempt: Duration::from_millis(400),
    deadline: Duration::from_secs(5),
    first_wait: Duration::from_millis(20),
};

/// What must be in no error: it is in the address and is the key.
const HUSH: &str = "hush-b7f2c1";

/// What the server does with a request.
#[derive(Debug, Clone)]
enum Act {
    /// Answers nothing and keeps the connection.
    Hang,
    /// Writes this and closes.
    Say(String),
    /// Writes this and goes on for ever.
    Endless(String),
    /// Writes this a byte at a time, slowly.
    Slow(String),
    /// Writes this and closes with a reset.
    Reset(String),
}

fn status(line: &str, more: &str) -> Act {
    Act::Say(format!("HTTP/1.1 {line}\r\n{more}content-length: 0\r\n\r\n"))
}

struct Server {
    url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// One that does this with the requests in turn, the last of it for ever.
    fn start(acts: &[Act]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}/services/{HUSH}", listener.local_addr().expect("an address"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (acts, seen) = (acts.to_vec(), Arc::clone(&requests));
        thread::spawn(move || {
            for (turn, stream) in listener.incoming().flatten().enumerate() {
                let act = acts.get(turn).or(acts.last()).expect("something to do").clone();
                let seen = Arc::clone(&seen);
                thread::spawn(move || serve(stream, &act, &seen));
            }
        });
        Self { url, requests }
    }

    fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

/// Serves one request; whoever accepted it tells which turn it is.
fn serve(mut stream: TcpStream, act: &Act, seen: &Mutex<Vec<Request>>) {
    if let Act::Reset(text) = act {
        // What is still unread when a socket is closed makes the other side see a reset.
        seen.lock().unwrap().push(peeked(&stream));
        let _ = stream.write_all(text.as_bytes());
        return;
    }
    let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
    let Some(request) = loopback::read(&mut reader) else { return };
    seen.lock().unwrap().push(request);
    let _ = match act {
        Act::Hang => reader.read(&mut [0]).map(drop),
        Act::Say(text) | Act::Reset(text) => stream.write_all(text.as_bytes()),
        Act::Endless(text) => stream.write_all(text.as_bytes()).and_then(|()| forever(&mut stream)),
        Act::Slow(text) => text.bytes().try_for_each(|byte| {
            pause(Duration::from_millis(10));
            stream.write_all(&[byte])
        }),
    };
}

fn forever(stream: &mut TcpStream) -> io::Result<()> {
    loop {
        stream.write_all(&[b'x'; 4096])?;
    }
}

/// A request that stays where it is.
fn peeked(stream: &TcpStream) -> Request {
    let mut bytes = vec![0; 1 << 16];
    loop {
        let length = stream.peek(&mut bytes).expect("a request");
        let whole = bytes.get(..length).unwrap_or_default();
        match loopback::read(&mut BufReader::new(whole)) {
            Some(request) => return request,
            None => pause(Duration::from_millis(5)),
        }
    }
}

fn pause(length: Duration) {
    let (_keep, never) = mpsc::channel::<()>();
    let _ = never.recv_timeout(length);
}

fn destination(url: &str) -> Destination {
    let url = Url::parse(url).expect("an address");
    let channel = Channel::Webhook(url, Some(Secret::new(HUSH)));
    Destination { name: "ops".to_owned(), file: PathBuf::from("bartizan.toml"), link: None, channel }
}

fn parcel() -> Parcel {
    let file = ParcelFile {
        name: "report.html".to_owned(),
        content_type: "text/html".to_owned(),
        bytes: b"evidence of i-0a1b2c3d".to_vec(),
    };
    Parcel {
        environment: "production".to_owned(),
        shelf: "production".to_owned(),
        folder: "20261121T180000Z".to_owned(),
        run: "sha256:1".to_owned(),
        at: jiff::Timestamp::UNIX_EPOCH,
        demo: false,
        files: vec![file],
        latest: Vec::new(),
        brief: Brief { outcome: "PASSED".to_owned(), complete: true, ..Brief::default() },
    }
}

/// Posts to a server that does this in turn: what came of it, what was asked, and how long it took.
fn post(acts: &[Act]) -> (Result<Receipt, DeliveryError>, Vec<Request>, Duration) {
    let server = Server::start(acts);
    let courier = Courier::new(clock::now).with(QUICK, None);
    let (outcome, took) = answer(async {
        let start = Instant::now();
        let outcome = courier.deliver(&destination(&server.url), &parcel()).await;
        (outcome, start.elapsed())
    });
    let requests = server.requests();
    if let Err(error) = &outcome {
        let told = format!("{error} {error:?}");
        assert!(!told.contains(HUSH) && !told.contains("services"), "{told}");
        assert!(told.contains("`ops` (webhook, 127.0.0.1:"), "{told}");
    }
    let same = |again: &Request| {
        again.body == requests[0].body && again.header("idempotency-key") == requests[0].header("idempotency-key")
    };
    assert!(requests.iter().all(same), "every attempt is the same");
    (outcome, requests, took)
}

#[test]
fn what_may_pass_is_tried_again() {
    let fine = status("200 OK", "");
    for (act, told) in [
        (Act::Hang, "no answer in time"),
        (Act::Say(String::new()), "connection"),
        (Act::Reset(String::new()), "reset"),
        (Act::Reset("HTTP/1.1 200 OK\r\ncontent-le".to_owned()), "reset"),
        (Act::Say("HTTP/1.1 200 OK\r\ncontent-le".to_owned()), "connection"),
        (Act::Slow(format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "x".repeat(200))), "no answer in time"),
        (status("500 Oh", ""), "HTTP 500"),
        (status("503 Busy", ""), "HTTP 503"),
        (status("429 Often", ""), "HTTP 429"),
        (Act::Endless("HTTP/1.1 500 Oh\r\n\r\n".to_owned()), "HTTP 500"),
    ] {
        let (outcome, requests, _) = post(&[act.clone(), fine.clone()]);
        assert_eq!(outcome.expect("taken at last").attempts, 2, "{act:?}");
        assert_eq!(requests.len(), 2, "{act:?}");
        let (outcome, requests, took) = post(std::slice::from_ref(&act));
        let error = outcome.expect_err("never taken");
        assert!(error.attempts == 3 && requests.len() == 3, "{act:?}: {error}");
        assert!(error.to_string().contains(told) && error.to_string().contains("after 3 attempts"), "{act:?}: {error}");
        assert!(took < QUICK.deadline, "{act:?}: {took:?}");
    }
}

#[test]
fn what_will_not_pass_is_tried_once() {
    let elsewhere = format!("location: http://127.0.0.1:9/{HUSH}\r\n");
    for (act, told) in [
        (status("404 Gone", ""), "HTTP 404"),
        (status("400 Bad", ""), "HTTP 400"),
        (status("302 Found", &elsewhere), "redirect (HTTP 302)"),
        (status("308 Moved", &elsewhere), "redirect (HTTP 308)"),
        (Act::Say("220 mail.example ESMTP\r\n\r\n".to_owned()), "HTTP"),
        (Act::Endless("HTTP/1.1 404 Gone\r\n\r\n".to_owned()), "HTTP 404"),
        (Act::Say(format!("HTTP/1.1 403 No\r\n\r\n/services/{HUSH} is not known")), "HTTP 403"),
    ] {
        let (outcome, requests, _) = post(std::slice::from_ref(&act));
        let error = outcome.expect_err("refused");
        assert!(error.attempts == 1 && requests.len() == 1, "{act:?}: {error}");
        assert!(error.to_string().contains(told), "{act:?}: {error}");
    }
}

#[test]
fn an_accepted_message_is_delivered_whatever_follows() {
    for act in [
        status("204 Fine", ""),
        Act::Endless("HTTP/1.1 200 OK\r\n\r\n".to_owned()),
        Act::Say("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\ncut off".to_owned()),
        Act::Slow("HTTP/1.1 200\r\n\r\n".to_owned() + &"x".repeat(100)),
        Act::Say("HTTP/1.1 200 OK\r\n\r\n\u{1b}[2J\0garbage".to_owned()),
    ] {
        let (outcome, requests, took) = post(std::slice::from_ref(&act));
        assert_eq!((outcome.expect("taken").attempts, requests.len()), (1, 1), "{act:?}");
        assert!(took < Duration::from_secs(2), "{act:?}: {took:?}");
    }
}

#[test]
fn a_server_that_asks_to_wait_is_waited_for() {
    let busy = |seconds: &str| status("429 Often", &format!("retry-after: {seconds}\r\n"));
    let (outcome, _, took) = post(&[busy("1"), status("200 OK", "")]);
    assert_eq!(outcome.expect("taken").attempts, 2);
    assert!(took >= Duration::from_secs(1), "{took:?}");
    let (outcome, requests, took) = post(&[busy("600")]);
    let error = outcome.expect_err("that is too long").to_string();
    assert!(error.contains("asks to wait for 600 s") && requests.len() == 1, "{error}");
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[test]
fn nobody_there_is_tried_as_often_as_anything_else() {
    // Port 9 is for discarding; nothing listens there on a test machine.
    let url = format!("http://127.0.0.1:9/services/{HUSH}");
    let courier = Courier::new(clock::now).with(QUICK, None);
    let error = answer(courier.deliver(&destination(&url), &parcel())).expect_err("refused");
    assert!(error.attempts == 3 && error.to_string().contains("refused"), "{error}");
    assert!(!format!("{error} {error:?}").contains(HUSH));
    let error = answer(courier.ping(&Url::parse(&url).expect("an address"), true)).expect_err("refused");
    assert!(error.attempts == 3 && !format!("{error} {error:?}").contains(HUSH), "{error}");
}

#[test]
fn what_is_sent_can_be_checked_by_whoever_has_the_key_and_names_no_resource() {
    let (_, requests, _) = post(&[status("200 OK", "")]);
    let request = &requests[0];
    assert_eq!(request.header("idempotency-key"), parcel().idempotency_key("ops"));
    assert_eq!(request.header("content-type"), "application/json");
    assert!(request.header("user-agent").starts_with("bartizan/"));
    assert_eq!(request.header("content-length"), request.body.len().to_string());
    let body: Value = serde_json::from_slice(&request.body).expect("JSON");
    assert_eq!((body["format"].as_str(), body["outcome"].as_str()), (Some("bartizan-delivery"), Some("PASSED")));
    let all = format!("{:?} {}", request.headers, String::from_utf8_lossy(&request.body));
    assert!(!all.contains("i-0a1b2c3d") && !all.contains("evidence") && !all.contains(HUSH), "{all}");
    // Somebody else's way of checking a signature of Standard Webhooks.
    let check = "import base64, hashlib, hmac, sys; key, signed, given = sys.argv[1:]; \
                 mac = hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest(); \
                 sys.exit(given != 'v1,' + base64.b64encode(mac).decode())";
    let id = request.header("webhook-id");
    let signed = format!("{id}.{}.{}", request.header("webhook-timestamp"), String::from_utf8_lossy(&request.body));
    let arguments = ["-c", check, HUSH, &signed, request.header("webhook-signature")];
    assert!(Command::new("python3").args(arguments).status().expect("Python 3").success());
}

#[test]
fn a_heartbeat_says_how_the_run_ended() {
    let server = Server::start(&[status("200 OK", "")]);
    let courier = Courier::new(clock::now).with(QUICK, None);
    let url = Url::parse(&server.url).expect("an address");
    for well in [true, false] {
        answer(courier.ping(&url, well)).expect("taken");
    }
    let paths: Vec<String> = server.requests().into_iter().map(|request| request.path).collect();
    assert_eq!(paths, [format!("/services/{HUSH}"), format!("/services/{HUSH}/fail")]);
}
