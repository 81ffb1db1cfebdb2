//! The way into one account: its configuration, credentials that were checked once, and its Regions.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{AppName, BehaviorVersion, SdkConfig};
use aws_sdk_sts::config::SharedCredentialsProvider;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use super::client::Clients;
use super::fault::Fault;
use super::telemetry::LiveTelemetry;
use crate::model::{AccountId, GapReason, Region};

const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);
const OPERATION_TIMEOUT: Duration = Duration::from_mins(1);

/// The Region name that stands for every enabled one.
pub const ALL_REGIONS: &str = "all";

/// Why an account could not be reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// It could not be reached, or it did not let us in.
    #[error("{0}")]
    Account(String),
    /// What was asked for cannot be.
    #[error("{0}")]
    Usage(String),
}

/// An account that let us in.
#[derive(Debug, Clone)]
pub struct Connection {
    config: SdkConfig,
    account: AccountId,
    caller: String,
}

impl Connection {
    /// Loads the configuration as every AWS tool does - variables, profiles, SSO, role chains - and asks AWS who we
    /// are. `regions` are those the user named.
    pub async fn open(profile: Option<&str>, regions: &[String]) -> Result<Self, ConnectError> {
        let named = regions.iter().find(|region| *region != ALL_REGIONS);
        if let Some(wrong) = regions.iter().find(|region| !Region::is_name(region)) {
            return Err(ConnectError::Usage(format!("`{wrong}` is not the name of a Region, such as `eu-west-1`")));
        }
        let config = configure(profile, named.map(String::as_str)).await;
        if config.region().is_none() && !regions.iter().any(|region| region == ALL_REGIONS) {
            return Err(ConnectError::Usage(
                "no Region is configured: name one with --region (or --region all), set AWS_REGION, or give the \
                 profile a `region`"
                    .to_owned(),
            ));
        }
        let region = config.region().map_or("us-east-1", AsRef::as_ref).to_owned();
        let config = config.into_builder().region(aws_config::Region::new(region.clone()));
        Self::identify(config.build(), profile, &region).await
    }

    async fn identify(config: SdkConfig, profile: Option<&str>, region: &str) -> Result<Self, ConnectError> {
        match aws_sdk_sts::Client::new(&config).get_caller_identity().send().await {
            Ok(identity) => Ok(Self {
                config,
                account: identity.account.unwrap_or_default().into(),
                caller: identity.arn.unwrap_or_default(),
            }),
            Err(error) => {
                let fault = Fault::of(&error);
                let about = chain(&error);
                let message = if fault.code.is_none() && about.contains("credential") {
                    no_credentials(&fault.detail, &about, profile)
                } else {
                    refusal(&fault, region)
                };
                Err(ConnectError::Account(message))
            }
        }
    }

    /// The account.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The ARN of the caller.
    pub fn caller(&self) -> &str {
        &self.caller
    }

    /// The Region where this account's services without a Region answer.
    pub fn home(&self) -> Region {
        let partition = self.caller.split(':').nth(1).unwrap_or_default();
        Region::from(match partition {
            "aws-cn" => "cn-north-1",
            "aws-us-gov" => "us-gov-west-1",
            _ => "us-east-1",
        })
    }

    /// Clients for one Region.
    pub fn clients(&self, region: &Region) -> Clients {
        Clients::new(&self.config, &self.account, region)
    }

    /// Metrics, logs and alarms of this account.
    pub fn telemetry(&self) -> LiveTelemetry {
        LiveTelemetry::new(&self.config, self.account.clone())
    }

    /// The Regions to read: those named, every enabled one for `all`, or else the configured one. Sorted.
    pub async fn regions(&self, named: &[String]) -> Result<Vec<Region>, ConnectError> {
        if named.is_empty() {
            return Ok(self.config.region().map(|region| Region::from(region.as_ref())).into_iter().collect());
        }
        let known = self.known_regions().await;
        if named.iter().any(|region| region == ALL_REGIONS) {
            let known = known.map_err(|fault| {
                let detail = fault.detail;
                ConnectError::Account(format!(
                    "--region all needs ec2:DescribeRegions: {detail}; name the Regions with --region instead"
                ))
            })?;
            return Ok(known.into_iter().filter(|(_, enabled)| *enabled).map(|(region, _)| region).collect());
        }
        // Without leave to ask, the names are taken as they are: a wrong one shows as a Region full of gaps.
        let known = known.unwrap_or_default();
        let mut regions: Vec<Region> = named.iter().map(|name| Region::from(name.as_str())).collect();
        regions.sort();
        regions.dedup();
        match regions.iter().find(|region| !known.is_empty() && known.get(*region) != Some(&true)) {
            Some(wrong) if known.contains_key(wrong) => {
                Err(ConnectError::Usage(format!("Region `{wrong}` is not enabled in account {}", self.account)))
            }
            Some(wrong) => Err(ConnectError::Usage(format!("there is no Region `{wrong}`"))),
            None => Ok(regions),
        }
    }

    /// Every Region there is, and whether the account may use it.
    async fn known_regions(&self) -> Result<BTreeMap<Region, bool>, Fault> {
        let ec2 = aws_sdk_ec2::Client::new(&self.config);
        let answer = ec2.describe_regions().all_regions(true).send().await.map_err(|error| Fault::of(&error))?;
        let regions = answer.regions.unwrap_or_default().into_iter();
        Ok(regions
            .filter_map(|region| {
                let enabled = region.opt_in_status.as_deref() != Some("not-opted-in");
                Some((Region::from(region.region_name?), enabled))
            })
            .collect())
    }
}

/// The configuration as every AWS tool loads it, with the credentials of the profile that was named and no others.
pub(super) async fn configure(profile: Option<&str>, region: Option<&str>) -> SdkConfig {
    let config = load(profile, region).await;
    let Some(profile) = profile else { return config };
    let region = config.region().map_or("us-east-1", AsRef::as_ref).to_owned();
    config.into_builder().credentials_provider(of_profile(profile, &region)).build()
}

async fn load(profile: Option<&str>, region: Option<&str>) -> SdkConfig {
    let mut loader =
        aws_config::defaults(BehaviorVersion::latest()).retry_config(RetryConfig::standard()).timeout_config(
            TimeoutConfig::builder()
                .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                .operation_timeout(OPERATION_TIMEOUT)
                .build(),
        );
    if let Ok(name) = AppName::new("bartizan") {
        loader = loader.app_name(name);
    }
    if let Some(profile) = profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = region {
        loader = loader.region(aws_config::Region::new(region.to_owned()));
    }
    loader.load().await
}

/// The credentials of a profile that was named, and no others: with the usual chain, a misspelt profile would read
/// whichever account a variable or the machine itself has credentials for.
fn of_profile(profile: &str, region: &str) -> SharedCredentialsProvider {
    let place = ProviderConfig::default().with_region(Some(aws_config::Region::new(region.to_owned())));
    let provider = ProfileFileCredentialsProvider::builder().configure(&place).profile_name(profile);
    SharedCredentialsProvider::new(provider.build())
}

const WAYS_IN: &str = "log in with `aws sso login` or `aws login`, name a profile with --profile, or set \
                       AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; --demo works without an account";

/// Why AWS did not let us in, and the way out.
fn refusal(fault: &Fault, region: &str) -> String {
    let detail = fault.detail.trim_end_matches('.');
    match fault.reason {
        GapReason::Unreachable | GapReason::TimedOut => {
            format!("AWS could not be reached in Region `{region}`: {detail}; check the network and the Region's name")
        }
        _ if fault.is_about_credentials() => format!("AWS does not accept these credentials: {detail}; {WAYS_IN}"),
        _ => format!("AWS did not tell who we are (sts:GetCallerIdentity): {detail}; {WAYS_IN}"),
    }
}

/// Why there are no credentials to show, told from the SDK's words `about` it.
fn no_credentials(detail: &str, about: &str, profile: Option<&str>) -> String {
    let detail = detail.trim_end_matches('.');
    match profile {
        Some(profile) if about.contains("was not defined") => format!(
            "profile `{profile}` is not in the AWS configuration, or not complete: {detail}; \
             `aws configure list-profiles` lists those that are"
        ),
        Some(profile) if about.contains("SSO token") || about.contains("access token") => {
            format!("the session of profile `{profile}` has ended: run `aws sso login --profile {profile}`")
        }
        Some(profile) if about.contains("AccessDenied") => format!(
            "profile `{profile}` may not assume its role: {detail}; a profile with `mfa_serial` needs a session of \
             its own, such as `aws sso login` or `aws sts get-session-token` gives"
        ),
        Some(profile) => format!(
            "profile `{profile}` gives no credentials: {detail}; `aws configure list-profiles` tells which there are"
        ),
        // Without any, the chain ends with whatever the last resort said of itself: noise.
        None if about.contains("no credentials found in chain") || about.contains("IMDS") => {
            format!("no AWS credentials were found: {WAYS_IN}")
        }
        None => format!("no usable AWS credentials: {detail}; {WAYS_IN}"),
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut deeper = error.source();
    while let Some(source) = deeper {
        text.push_str(": ");
        text.push_str(&source.to_string());
        deeper = source.source();
    }
    text
}
