//! A loopback HTTP server that answers as a test tells it to, and remembers what it was asked. It speaks enough
//! HTTP/1.1 for the SDK; CloudWatch's CBOR is in here too, as JSON on the test's side.

#![expect(clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on fails")]

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use serde_json::{Map, Value, json};

/// One request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// The path with its query.
    pub(crate) path: String,
    /// The headers, names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }

    /// The body as JSON, decoded from CBOR when it is that.
    pub(crate) fn json(&self) -> Value {
        if self.header("content-type") == "application/cbor" {
            return decode(&mut self.body.as_slice());
        }
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    /// The operation asked for, whatever the protocol.
    pub(crate) fn operation(&self) -> &str {
        let target = self.header("x-amz-target");
        let name = if target.is_empty() { self.path.rsplit('/').next() } else { target.rsplit('.').next() };
        name.unwrap_or_default()
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Response {
    status: u16,
    headers: Vec<(&'static str, &'static str)>,
    body: Vec<u8>,
}

impl Response {
    /// JSON, as the JSON 1.1 services send it.
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        let headers = vec![("content-type", "application/x-amz-json-1.1")];
        Self { status, headers, body: body.to_string().into_bytes() }
    }

    /// XML, as the query services send it.
    pub(crate) fn xml(status: u16, body: &str) -> Self {
        Self { status, headers: vec![("content-type", "text/xml")], body: body.as_bytes().to_vec() }
    }

    /// CBOR, as CloudWatch sends it: `{"$time": 1}` stands for a time.
    pub(crate) fn cbor(status: u16, body: &Value) -> Self {
        let mut bytes = Vec::new();
        encode(body, &mut bytes);
        let headers = vec![("content-type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")];
        Self { status, headers, body: bytes }
    }

    /// An error of a CBOR service.
    pub(crate) fn cbor_error(status: u16, code: &str, message: &str) -> Self {
        Self::cbor(status, &json!({"__type": format!("com.amazonaws.cloudwatch#{code}"), "message": message}))
    }
}

type Answers = dyn Fn(&Request) -> Response + Send + Sync;

/// A server; its thread ends with the test's process.
pub(crate) struct Loopback {
    port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Loopback {
    /// Starts one that answers with `answers`.
    pub(crate) fn start(answers: impl Fn(&Request) -> Response + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (answers, asked): (Arc<Answers>, _) = (Arc::new(answers), Arc::clone(&requests));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answers, asked) = (Arc::clone(&answers), Arc::clone(&asked));
                thread::spawn(move || serve(stream, &*answers, &asked));
            }
        });
        Self { port, requests }
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What was asked so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn serve(stream: TcpStream, answers: &Answers, asked: &Mutex<Vec<Request>>) {
    let mut writer = stream.try_clone().expect("a second handle");
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader) {
        asked.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
        let Response { status, headers, body } = answers(&request);
        let mut head = format!("HTTP/1.1 {status} Scripted\r\ncontent-length: {}\r\n", body.len());
        head.extend(headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")));
        head.push_str("\r\n");
        if writer.write_all(head.as_bytes()).and_then(|()| writer.write_all(&body)).is_err() {
            return;
        }
    }
}

/// Reads one request.
pub(crate) fn read(reader: &mut impl BufRead) -> Option<Request> {
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0).map(|_| line.trim_end().to_owned())
    };
    let path = line()?.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    while let Some(header) = line().filter(|header| !header.is_empty()) {
        let (name, value) = header.split_once(':')?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length").map_or(Ok(0), |(_, value)| value.parse());
    let mut body = vec![0; length.ok()?];
    reader.read_exact(&mut body).ok()?;
    Some(Request { path, headers, body })
}

/// Writes JSON as CBOR (RFC 8949).
fn encode(value: &Value, out: &mut Vec<u8>) {
    let head = |major: u8, length: usize, out: &mut Vec<u8>| {
        out.push((major << 5) + 26);
        out.extend(u32::try_from(length).expect("short").to_be_bytes());
    };
    match value {
        Value::Null => out.push(0xf6),
        Value::Bool(yes) => out.push(0xf4 + u8::from(*yes)),
        Value::Number(number) if number.is_u64() => {
            out.push(27);
            out.extend(number.as_u64().expect("a whole number").to_be_bytes());
        }
        Value::Number(number) => {
            out.push(0xfb);
            out.extend(number.as_f64().expect("a number").to_be_bytes());
        }
        Value::String(text) => {
            head(3, text.len(), out);
            out.extend(text.as_bytes());
        }
        Value::Array(items) => {
            head(4, items.len(), out);
            for item in items {
                encode(item, out);
            }
        }
        Value::Object(fields) if fields.contains_key("$time") => {
            out.push(0xc1);
            fields.values().for_each(|time| encode(time, out));
        }
        Value::Object(fields) => {
            head(5, fields.len(), out);
            for (name, field) in fields {
                encode(&json!(name), out);
                encode(field, out);
            }
        }
    }
}

/// Reads CBOR as JSON; times become numbers of seconds.
fn decode(bytes: &mut &[u8]) -> Value {
    fn take<'a>(bytes: &mut &'a [u8], count: usize) -> &'a [u8] {
        let (taken, rest) = bytes.split_at(count);
        *bytes = rest;
        taken
    }
    let first = take(bytes, 1)[0];
    let (major, low) = (first >> 5, first & 31);
    if first == 0xff {
        return Value::Null;
    }
    let argument = match low {
        0..24 => u64::from(low),
        24..28 => take(bytes, 1 << (low - 24)).iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
        _ => u64::MAX,
    };
    let count = usize::try_from(argument).expect("a length");
    let done = |bytes: &&[u8]| argument == u64::MAX && bytes[0] == 0xff;
    match major {
        0 => json!(argument),
        1 => json!(-1 - i64::try_from(argument).expect("an integer")),
        3 => json!(String::from_utf8(take(bytes, count).to_vec()).expect("UTF-8")),
        4 => {
            let mut items = Vec::new();
            while !done(bytes) && items.len() < count {
                items.push(decode(bytes));
            }
            if argument == u64::MAX {
                take(bytes, 1);
            }
            Value::Array(items)
        }
        5 => {
            let mut fields = Map::new();
            while !done(bytes) && fields.len() < count {
                let name = decode(bytes).as_str().expect("a name").to_owned();
                fields.insert(name, decode(bytes));
            }
            if argument == u64::MAX {
                take(bytes, 1);
            }
            Value::Object(fields)
        }
        6 => decode(bytes),
        7 => match low {
            20 => json!(false),
            21 => json!(true),
            27 => json!(f64::from_bits(argument)),
            26 => json!(f32::from_bits(u32::try_from(argument).expect("32 bits"))),
            _ => Value::Null,
        },
        other => panic!("CBOR major type {other}"),
    }
}
