//! Metrics, logs and alarms of a live account. Every call is counted with its price before it is made, and made
//! once: whoever asked decides when to ask again.

use std::collections::BTreeMap;
use std::error::Error;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_config::SdkConfig;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use futures_util::future::join_all;
use jiff::Timestamp;

use super::client::Clients;
use super::fault::Fault;
use super::reader::Outcome;
use super::{alarms, logs, metrics};
use crate::model::{AccountId, GapReason, Region};
use crate::telemetry::{
    Alarm, Answer, Budget, LogPage, LogQuery, MetricQuery, Series, Telemetry, TelemetryError, Window,
};

/// Telemetry of one account, over its API.
#[derive(Debug)]
pub struct LiveTelemetry {
    config: SdkConfig,
    account: AccountId,
    places: Mutex<BTreeMap<Region, Place>>,
    budget: Arc<Mutex<Budget>>,
}

/// One Region of the account.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) clients: Clients,
    budget: Arc<Mutex<Budget>>,
}

/// A call that failed, with what the service said.
#[derive(Debug)]
pub(super) struct Refusal {
    /// The service's error code, when it gave one.
    pub(super) code: Option<String>,
    pub(super) error: TelemetryError,
}

impl LiveTelemetry {
    /// Telemetry of `account`, with the credentials of `config`.
    #[must_use]
    pub fn new(config: &SdkConfig, account: AccountId) -> Self {
        let config = config.to_builder().retry_config(RetryConfig::disabled()).build();
        Self { config, account, places: Mutex::default(), budget: Arc::default() }
    }

    fn place(&self, account: &AccountId, region: &Region, action: &'static str) -> Result<Place, TelemetryError> {
        if *account != self.account {
            let message = format!("connected to account {}, not to `{account}`", self.account);
            return Err(TelemetryError { action, message, passing: false });
        }
        let mut places = locked(&self.places);
        let place = places.entry(region.clone()).or_insert_with(|| Place {
            clients: Clients::new(&self.config, account, region),
            budget: Arc::clone(&self.budget),
        });
        Ok(place.clone())
    }
}

impl Telemetry for LiveTelemetry {
    fn series(&self, queries: Vec<MetricQuery>, window: Window) -> Answer<'_, Vec<Series>> {
        Box::pin(async move {
            let batches = metrics::batches(&queries).into_iter().map(|batch| async {
                let place = self.place(batch.account, batch.region, metrics::ACTION);
                let answer = match place {
                    Ok(place) => metrics::read(&place, &batch, window).await,
                    Err(error) => Err(error),
                };
                (batch, answer)
            });
            metrics::in_order(&queries, join_all(batches).await)
        })
    }

    fn log_events(&self, query: LogQuery) -> Answer<'_, LogPage> {
        Box::pin(async move {
            let place = self.place(&query.account, &query.region, logs::ACTION)?;
            logs::read(&place, query).await
        })
    }

    fn alarms(&self, account: AccountId, region: Region) -> Answer<'_, Vec<Alarm>> {
        Box::pin(async move {
            let place = self.place(&account, &region, alarms::ACTION)?;
            alarms::read(&place).await
        })
    }

    fn budget(&self) -> Budget {
        *locked(&self.budget)
    }
}

impl Place {
    /// Makes one call: counts it, keeps the pace of the Region, and tells a failure in our words.
    pub(super) async fn ask<O, E>(
        &self,
        action: &'static str,
        count: impl FnOnce(&mut Budget),
        call: impl Future<Output = Outcome<O, E>>,
    ) -> Result<O, Refusal>
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let limits = self.clients.limits();
        limits.wait(action).await;
        count(&mut locked(&self.budget));
        let error = match call.await {
            Ok(output) => {
                limits.answered(action);
                return Ok(output);
            }
            Err(error) => error,
        };
        let broken = error.raw_response().is_some_and(|response| response.status().is_server_error());
        let fault = Fault::of(&error);
        let passing = broken
            || matches!(
                fault.reason,
                GapReason::Throttled | GapReason::TimedOut | GapReason::Unreachable | GapReason::Malformed
            );
        let message = format!("{}: {}", fault.reason, fault.detail);
        Err(Refusal { code: fault.code, error: TelemetryError { action, message, passing } })
    }
}

impl From<Refusal> for TelemetryError {
    fn from(refusal: Refusal) -> Self {
        refusal.error
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A time of the SDK as ours; `None` when it is beyond what we can tell.
pub(super) fn timestamp(time: &aws_smithy_types::DateTime) -> Option<Timestamp> {
    Timestamp::new(time.secs(), i32::try_from(time.subsec_nanos()).ok()?).ok()
}

/// The listing led in a circle: what lies behind is unread.
pub(super) fn circle(action: &'static str) -> TelemetryError {
    let message = "incomplete listing: the token of a page came again".to_owned();
    TelemetryError { action, message, passing: true }
}
