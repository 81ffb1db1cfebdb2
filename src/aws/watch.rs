//! Watches every attempt of every call: slows down when AWS throttles one, also one that the SDK retries, and
//! refuses an answer that was cut off.

use std::sync::Arc;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, Metadata};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

use super::fault;
use super::limit::Limits;

/// The watch over one service in one account and Region.
#[derive(Debug)]
pub(super) struct Watch {
    /// The service as IAM writes it, such as `ec2`.
    pub(super) service: &'static str,
    /// Whose pace it keeps.
    pub(super) limits: Arc<Limits>,
}

impl Intercept for Watch {
    fn name(&self) -> &'static str {
        "watch"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if context.response().is_some_and(is_throttled) {
            let operation = config.load::<Metadata>().map(|metadata| metadata.name().to_owned());
            self.limits.throttled(&format!("{}:{}", self.service, operation.unwrap_or_default()));
        }
        Ok(())
    }

    /// The SDK reads a cut-off XML answer as a shorter list. A listing that ends too early must not pass as whole.
    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let whole = !response.status().is_success() || response.body().bytes().is_none_or(ends_as_it_began);
        if whole { Ok(()) } else { Err("the answer ends before its time".into()) }
    }
}

fn is_throttled(response: &HttpResponse) -> bool {
    let status = response.status();
    if status.is_success() {
        return false;
    }
    let body = response.body().bytes().unwrap_or_default();
    status.as_u16() == 429 || error_code(&String::from_utf8_lossy(body)).is_some_and(fault::is_throttling)
}

/// The error code in a body, whatever the protocol: `<Code>X</Code>` or `"__type":"prefix#X"`.
fn error_code(body: &str) -> Option<&str> {
    if let Some((_, rest)) = body.split_once("<Code>") {
        return rest.split('<').next();
    }
    let (_, rest) = body.split_once("__type")?;
    let name = rest.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
    let end = name.find(|c: char| c == '"' || c.is_control()).unwrap_or(name.len());
    name.get(..end)?.rsplit('#').next()
}

/// Whether an XML document closes the element it opened; true of everything that is not XML.
fn ends_as_it_began(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    if !text.starts_with('<') {
        return true;
    }
    let Some(root) = text.split('<').find(|tag| tag.starts_with(char::is_alphabetic)) else {
        return false;
    };
    let name = root.split(|c: char| c.is_whitespace() || c == '>' || c == '/').next().unwrap_or_default();
    root.trim_end().ends_with("/>") || text.ends_with(&format!("</{name}>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_off_document_is_seen() {
        assert!(ends_as_it_began(b"<?xml version=\"1.0\"?>\n<A xmlns=\"x\"><b/></A>\n"));
        assert!(ends_as_it_began(b"<A/>"));
        assert!(ends_as_it_began(b"{\"a\":1}"));
        assert!(ends_as_it_began(b""));
        assert!(!ends_as_it_began(b"<A><vpcSet><item>"));
        assert!(!ends_as_it_began(b"<A><vpcSet><item/>"));
        assert!(!ends_as_it_began(b"<A><b/>"));
        assert!(!ends_as_it_began(b"<A><vpcSet></vpcSet>"));
        assert!(!ends_as_it_began(b"<?xml version=\"1.0\"?>"));
    }

    #[test]
    fn error_codes_are_found_in_every_protocol() {
        let ec2 = "<Response><Errors><Error><Code>RequestLimitExceeded</Code></Error></Errors></Response>";
        assert_eq!(error_code(ec2), Some("RequestLimitExceeded"));
        let json = r#"{"__type":"com.amazonaws.logs#ThrottlingException","message":"Rate exceeded"}"#;
        assert_eq!(error_code(json), Some("ThrottlingException"));
        assert_eq!(error_code("<html>"), None);
    }
}
