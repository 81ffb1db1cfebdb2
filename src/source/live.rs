//! A live account, over its API.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use tokio::sync::Semaphore;

use super::{Opened, Progress, SourceError};
use crate::aws::collect::{self, Collected};
use crate::aws::connection::{ConnectError, Connection};
use crate::aws::reader::Reader;
use crate::clock;
use crate::model::{Estate, Kind, Origin, Provenance, Region, Scope, Shard, SourceKind};

/// How many calls may be under way at once. Each Region and API has its own pace besides.
const CALLS: usize = 48;

/// Which account and Regions to read.
#[derive(Debug, Clone, Default)]
pub struct LiveOptions {
    /// The profile of the AWS configuration; the default one when absent.
    pub profile: Option<String>,
    /// The Regions, or `all`; the configured one when empty.
    pub regions: Vec<String>,
}

/// Reads an account: every Region asked for and what has none, all at once. What cannot be read is a gap in its
/// shard; only an account that does not let us in at all is an error.
pub async fn open(options: LiveOptions, progress: &dyn Progress) -> Result<Opened, SourceError> {
    let connection = Connection::open(options.profile.as_deref(), &options.regions).await?;
    let mut places = connection.regions(&options.regions).await?;
    places.push(Region::global());
    let taken_at = clock::now();
    let calls = Arc::new(Semaphore::new(CALLS));
    let tally = Tally::new(progress, places.len());
    let shards = join_all(places.into_iter().map(|region| {
        let (connection, calls, tally) = (&connection, Arc::clone(&calls), &tally);
        async move { shard(connection, region, calls, tally).await }
    }))
    .await;
    let mut estate = Estate {
        origin: Origin {
            source: SourceKind::Live,
            label: options.profile.unwrap_or_else(|| connection.account().to_string()),
            taken_at: Some(taken_at),
            tool: env!("CARGO_PKG_VERSION").to_owned(),
        },
        shards,
        ..Estate::default()
    };
    estate.shards.sort_by(|a, b| a.provenance.region.cmp(&b.provenance.region));
    Ok(Opened { estate, telemetry: Some(Arc::new(connection.telemetry())) })
}

async fn shard(connection: &Connection, region: Region, calls: Arc<Semaphore>, tally: &Tally<'_>) -> Shard {
    let (scope, asked_in) =
        if region.is_global() { (Scope::Global, connection.home()) } else { (Scope::Regional, region.clone()) };
    let taken_at = clock::now();
    let reader = Reader::new(connection.clients(&asked_in), calls);
    let Collected { resources, reads, gaps } = collect::collect(reader, scope, &|kind| tally.step(&region, kind)).await;
    let provenance = Provenance {
        account: connection.account().clone(),
        region: region.clone(),
        taken_at: Some(taken_at),
        caller: Some(connection.caller().to_owned()),
    };
    Shard { provenance, reads, gaps, resources }
}

/// Counts the listings that are finished, over all Regions.
struct Tally<'a> {
    progress: &'a dyn Progress,
    done: AtomicUsize,
    total: usize,
}

impl<'a> Tally<'a> {
    /// `places` are Regions and the one place of global services.
    fn new(progress: &'a dyn Progress, places: usize) -> Self {
        let global = Kind::ALL.iter().filter(|kind| kind.scope() == Scope::Global).count();
        let regional = Kind::ALL.len() - global;
        Self { progress, done: AtomicUsize::new(0), total: global + places.saturating_sub(1) * regional }
    }

    fn step(&self, region: &Region, kind: Kind) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        self.progress.step(done, self.total, &format!("{kind} in {region}"));
    }
}

impl From<ConnectError> for SourceError {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Account(message) => Self::Account(message),
            ConnectError::Usage(message) => Self::Usage(message),
        }
    }
}
