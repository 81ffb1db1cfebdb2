//! A stand-in for AWS in the tests of collectors: a function answers every request, nothing reaches the network.

use std::fmt;
use std::sync::{Arc, Mutex};

use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use tokio::sync::Semaphore;

use super::client::Clients;
use super::reader::Reader;
use crate::model::{AccountId, Gap, Region, Resources};

/// What AWS answers to a request, given its path, target and body as one text: a status and a body.
pub(super) type Answer = fn(&str) -> (u16, String);

/// A stand-in and what it was asked.
#[derive(Debug)]
pub(super) struct Fake {
    /// The reading that asks it.
    pub(super) reader: Reader,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    /// A stand-in that answers with `answer`.
    pub(super) fn new(answer: Answer) -> Self {
        let asked = Arc::default();
        let connector = SharedHttpConnector::new(Connector { answer, asked: Arc::clone(&asked) });
        let credentials = Credentials::builder().access_key_id("AKID").secret_access_key("secret");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .credentials_provider(SharedCredentialsProvider::new(credentials.provider_name("fake").build()))
            .retry_config(RetryConfig::disabled())
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .build();
        let clients = Clients::new(&config, &AccountId::from("123456789012"), &Region::from("eu-west-1"));
        Self { reader: Reader::new(clients, Arc::new(Semaphore::new(4))), asked }
    }

    /// How many requests had `part` in them.
    pub(super) fn asked(&self, part: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|request| request.contains(part)).count()
    }

    /// Whether the listing of `action` ended as read, and the gaps.
    pub(super) fn finish(self, action: &str) -> (bool, Vec<Gap>) {
        let (reads, gaps) = self.reader.finish(&[], &Resources::default());
        (reads.contains(action), gaps)
    }
}

/// The answer of a service of the query protocol, whose elements are named after the request's action.
pub(super) fn answered(request: &str, body: &str) -> (u16, String) {
    let action = request.split_once("Action=").and_then(|(_, rest)| rest.split('&').next()).unwrap_or_default();
    (200, format!("<{action}Response><{action}Result>{body}</{action}Result></{action}Response>"))
}

/// The answer of EC2 to a request, by its action; an empty one is a denial.
pub(super) fn ec2(request: &str, answer: fn(&str) -> &'static str) -> (u16, String) {
    let action = request.split_once("Action=").and_then(|(_, rest)| rest.split('&').next()).unwrap_or_default();
    match answer(action) {
        "" => {
            let error = "<Response><Errors><Error><Code>UnauthorizedOperation</Code></Error></Errors></Response>";
            (403, error.to_owned())
        }
        body => (200, format!("<{action}Response>{body}</{action}Response>")),
    }
}

/// The answer of a service that speaks XML to a caller without the permission.
pub(super) fn denied() -> (u16, String) {
    let body = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>";
    (403, body.to_owned())
}

struct Connector {
    answer: Answer,
    asked: Arc<Mutex<Vec<String>>>,
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default());
        let text = format!("{} {target} {body}", request.uri());
        let (status, body) = (self.answer)(&text);
        self.asked.lock().unwrap().push(text);
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body))))
    }
}
