//! The client for webhooks: the one inside the SDK, so that there is no second one and no second TLS.

use std::time::Duration;

use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use crate::deliver::{Lost, Reply, Request, Transport};

/// A host that does not let a connection in this long is not there.
const CONNECT: Duration = Duration::from_secs(5);
/// What is read of an answer that is no success, and how long that may take.
const MOST_BODY: usize = 1024;
const BODY: Duration = Duration::from_secs(2);

/// The client. It follows no redirect and keeps no connection open.
#[derive(Debug, Clone)]
pub(super) struct Client(SharedHttpConnector);

impl Client {
    pub(super) fn new() -> Self {
        let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT).build();
        let connector = Connector::builder()
            .connector_settings(settings)
            .sleep_impl(TokioSleep::new())
            // An attempt is a connection: nothing is sent twice behind our back.
            .pool_max_idle_per_host(0)
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .build();
        Self(SharedHttpConnector::new(connector))
    }
}

impl Transport for Client {
    async fn send(&self, request: &Request<'_>) -> Result<Reply, Lost> {
        let request = prepared(request).ok_or_else(|| Lost::Hopeless("the request cannot be made".to_owned()))?;
        let response = self.0.call(request).await.map_err(|error| lost(&error))?;
        let status = response.status().as_u16();
        let retry_after = response.headers().get("retry-after").map(str::to_owned);
        // The status is the receipt: what follows a success can be endless or break off.
        let body = if response.status().is_success() {
            String::new()
        } else {
            tokio::time::timeout(BODY, beginning(response.into_body())).await.unwrap_or_default()
        };
        Ok(Reply { status, retry_after, body })
    }
}

fn prepared(request: &Request<'_>) -> Option<HttpRequest> {
    let mut prepared = HttpRequest::new(SdkBody::from(request.body.clone()));
    prepared.set_method(request.method).ok()?;
    prepared.set_uri(request.url.expose()).ok()?;
    let headers = prepared.headers_mut();
    headers.try_insert("user-agent", concat!("bartizan/", env!("CARGO_PKG_VERSION"))).ok()?;
    for (name, value) in &request.headers {
        headers.try_insert(*name, value.clone()).ok()?;
    }
    Some(prepared)
}

/// The first bytes of a body, as far as they come.
async fn beginning(body: SdkBody) -> String {
    let mut stream = ByteStream::new(body);
    let mut bytes = Vec::new();
    while let Some(Ok(more)) = stream.next().await {
        bytes.extend(more.iter().take(MOST_BODY - bytes.len()));
        if bytes.len() >= MOST_BODY {
            break;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn lost(error: &ConnectorError) -> Lost {
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    if error.is_timeout() {
        Lost::Late
    } else if error.is_io() || error.as_other().is_some() {
        Lost::Broken(deepest.to_string())
    } else {
        Lost::Hopeless(deepest.to_string())
    }
}
