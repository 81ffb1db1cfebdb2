//! Deliveries: the only code here that changes anything in AWS, and only what the user asked for. It puts new objects
//! into a bucket (`s3:PutObject`, and `s3:GetObject` to compare what is there), publishes to a topic (`sns:Publish`)
//! and sends mail (`ses:SendEmail`); a test holds this list.

mod http;
mod mail;
mod s3;
mod sns;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::timeout::TimeoutConfig;
use jiff::Timestamp;

use super::connection;
use super::fault::Fault;
use crate::deliver::{Access, Channel, DeliveryError, Destination, Parcel, Policy, Receipt, Sender, Trouble, Url};
use crate::model::GapReason;

/// A file takes longer on its way than a question.
const UPLOAD: (Duration, Duration) = (Duration::from_mins(1), Duration::from_mins(3));
const MESSAGE: (Duration, Duration) = (Duration::from_secs(15), Duration::from_mins(1));

/// Brings parcels to their destinations.
#[derive(Debug)]
pub struct Courier {
    sender: Sender<http::Client>,
    config: Option<SdkConfig>,
}

impl Courier {
    /// One that uses the credentials of each destination's profile; `now` is the clock.
    #[must_use]
    pub fn new(now: fn() -> Timestamp) -> Self {
        Self { sender: Sender { transport: http::Client::new(), policy: Policy::default(), now }, config: None }
    }

    /// One as patient as `policy`, with one configuration for every destination, whatever their profiles.
    #[must_use]
    pub fn with(self, policy: Policy, config: Option<SdkConfig>) -> Self {
        Self { sender: Sender { policy, ..self.sender }, config }
    }

    /// Delivers.
    ///
    /// # Errors
    /// When the destination did not take it; the error tells the way out.
    pub async fn deliver(&self, destination: &Destination, parcel: &Parcel) -> Result<Receipt, DeliveryError> {
        let done = match &destination.channel {
            Channel::Slack(_) | Channel::Webhook(..) => return self.sender.post(destination, parcel).await,
            Channel::S3(bucket) => s3::deliver(self, destination, bucket, parcel).await,
            Channel::Sns(topic) => sns::deliver(self, destination, topic, parcel).await,
            Channel::Mail(mail) => mail::deliver(self, destination, mail, parcel).await,
        };
        done.map_err(|trouble| destination.error(trouble))
    }

    /// Tells a dead man's switch that a run ended, well or not.
    ///
    /// # Errors
    /// When it was not taken.
    pub async fn ping(&self, url: &Url, well: bool) -> Result<Receipt, DeliveryError> {
        self.sender.ping(url, well).await
    }

    /// The configuration for calls as whom and where a destination says.
    async fn config(
        &self,
        destination: &Destination,
        access: &Access,
        (attempt, operation): (Duration, Duration),
    ) -> Result<SdkConfig, Trouble> {
        let region = access.region.as_deref();
        let config = match &self.config {
            Some(given) => match region {
                Some(region) => given.to_builder().region(aws_config::Region::new(region.to_owned())).build(),
                None => given.clone(),
            },
            None => connection::configure(access.profile.as_deref(), region).await,
        };
        if config.region().is_none() {
            let why = "no Region is configured".to_owned();
            let way_out = format!("set {}, or AWS_REGION", destination.key("region"));
            return Err(Trouble { why, attempts: 0, way_out });
        }
        let patience = TimeoutConfig::builder().operation_attempt_timeout(attempt).operation_timeout(operation).build();
        Ok(config.into_builder().timeout_config(patience).build())
    }

    /// The chances of waits, and how long.
    const fn policy(&self) -> &Policy {
        &self.sender.policy
    }

    fn now(&self) -> Timestamp {
        (self.sender.now)()
    }
}

/// Counts the attempts of a call, which the SDK repeats by itself.
#[derive(Debug, Clone, Default)]
struct Attempts(Arc<AtomicU32>);

impl Attempts {
    fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Intercept for Attempts {
    fn name(&self) -> &'static str {
        "attempts"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// What is wrong with a call: `about` is what was tried, `denied` what to do when it is not allowed.
fn trouble<E>(error: &SdkError<E, HttpResponse>, about: &str, attempts: u32, destination: &Destination) -> Trouble
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let fault = Fault::of(error);
    let name = &destination.name;
    let way_out = match fault.reason {
        _ if fault.code.is_none() && fault.detail.contains("credential") => {
            format!("log in, or set {} to one that has credentials", destination.key("profile"))
        }
        _ if fault.is_about_credentials() => "log in again".to_owned(),
        GapReason::AccessDenied if destination.file.as_os_str().is_empty() => {
            "allow s3:PutObject and s3:GetObject below that prefix".to_owned()
        }
        GapReason::AccessDenied => {
            format!("`bartizan iam-policy --deliver {name}` prints the permissions that are needed")
        }
        GapReason::Unreachable | GapReason::TimedOut | GapReason::Throttled => {
            format!("check the network and {}, and deliver again", destination.key("region"))
        }
        _ => match fault.code.as_deref() {
            Some("NoSuchBucket") => format!("create the bucket, or correct {}", destination.key("bucket")),
            Some("PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException") => {
                format!("set {} to the Region of the bucket", destination.key("region"))
            }
            Some("NotFound" | "NotFoundException") => format!("create it, or correct {}", destination.key("topic_arn")),
            Some("MessageRejected" | "MailFromDomainNotVerifiedException") => {
                format!("verify the sender in SES, or correct {}", destination.key("from"))
            }
            _ => "correct that and deliver again".to_owned(),
        },
    };
    Trouble { why: format!("{about}: {}", fault.detail.trim_end_matches('.')), attempts, way_out }
}
