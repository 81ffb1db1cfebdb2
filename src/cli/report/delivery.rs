//! Where reports go besides a directory, and the sign of life at the end of a run.

use std::path::PathBuf;

use super::filing::Filed;
use super::{Memory, ReportArgs};
use crate::cli::{Exit, Failure, output};
use crate::clock;
use crate::config::{Config, ConfigError, Variables, bucket_of};
use crate::deliver::{Channel, DeliveryError, Destination, Link, Parcel, Receipt, Url};
use crate::history::Delivery;
use crate::model::digest;
use crate::model::text::sanitise;

/// The directory that reports are filed in, and the destinations they are brought to then.
#[derive(Debug)]
pub(super) struct Post {
    /// Where they are filed.
    pub(super) directory: PathBuf,
    destinations: Vec<Destination>,
}

impl Post {
    /// What the flags say. A bucket gets what is filed in a directory of its own in the user's data directory.
    pub(super) fn of(args: &ReportArgs, config: &Config) -> Result<Self, Failure> {
        let declared = |name: &String| config.destination(name, &Variables::secret);
        let usage = |error: ConfigError| Failure::usage(error.to_string());
        let mut destinations: Vec<Destination> =
            args.deliver.iter().map(declared).collect::<Result<_, _>>().map_err(usage)?;
        destinations.dedup();
        let mut directory = PathBuf::from(&args.out);
        if args.out.starts_with("s3://") {
            if args.retain.is_some() {
                let told = "--retain looks after a directory: have a lifecycle rule of the bucket expire old reports";
                return Err(Failure::usage(told));
            }
            let profile = config.profile.as_ref().map(|profile| profile.value.as_str());
            let bucket = bucket_of(&args.out, profile);
            let bucket = bucket.map_err(|why| Failure::usage(format!("--out {}: {why}", args.out)))?;
            let digest = digest::of_parts([bucket.bucket.as_str(), bucket.prefix.as_str()]);
            let digits = digest::short(&digest, 12);
            let told = "there is no HOME to keep the reports in that are on their way to the bucket: set XDG_DATA_HOME";
            let home = Variables::read().data_home.ok_or_else(|| Failure::usage(told))?;
            directory = home.join("bartizan/reports").join(digits);
            let channel = Channel::S3(bucket);
            let name = "--out".to_owned();
            destinations.insert(0, Destination { name, file: PathBuf::new(), link: None::<Link>, channel });
        }
        if !destinations.is_empty() {
            can_deliver()?;
        }
        Ok(Self { directory, destinations })
    }

    /// Whether the reports are only filed to be delivered, so that old ones are of no use.
    pub(super) fn is_spool(args: &ReportArgs) -> bool {
        args.out.starts_with("s3://")
    }

    /// Delivers a report to every destination; that one does not take it keeps it from no other.
    pub(super) fn deliver(&self, filed: &Filed, memory: &mut Memory) -> Vec<Exit> {
        let mut ends = Vec::new();
        for destination in &self.destinations {
            match Self::bring(destination, filed, memory) {
                Ok(exit) => ends.push(exit),
                Err(failure) => ends.push(super::told(&failure)),
            }
        }
        ends
    }

    fn bring(destination: &Destination, filed: &Filed, memory: &mut Memory) -> Result<Exit, Failure> {
        let parcel = &filed.parcel;
        let again =
            !matches!(destination.channel, Channel::S3(_)) && memory.has_arrived(&parcel.run, &destination.name)?;
        if again {
            let told = format!("  delivered to `{}` before", destination.name);
            return output::out(&format!("{}\n", sanitise(&told))).map(|()| Exit::Clean);
        }
        let done = deliver(destination, parcel)?;
        let told = match &done {
            Ok(receipt) => receipt.to_string(),
            Err(error) => error.to_string(),
        };
        let delivery = Delivery {
            environment: filed.environment.clone(),
            report: parcel.run.clone(),
            destination: destination.name.clone(),
            at: clock::now(),
            delivered: done.is_ok(),
            told: sanitise(&told),
        };
        if done.is_ok() {
            output::out(&format!("  {}\n", delivery.told))?;
        } else {
            output::err(&format!("error: {}: {}", sanitise(&parcel.environment), delivery.told));
        }
        memory.delivered(&delivery)?;
        Ok(if done.is_ok() { Exit::Clean } else { Exit::Undelivered })
    }
}

/// Who is told that a run ended, and how.
#[derive(Debug)]
pub(super) struct Heartbeat(Option<Url>);

impl Heartbeat {
    /// What the flags say. No error quotes the address, which is a secret.
    pub(super) fn of(args: &ReportArgs) -> Result<Self, Failure> {
        let (flag, address) = match (&args.heartbeat, &args.heartbeat_from) {
            (Some(address), _) => ("--heartbeat".to_owned(), address.0.clone()),
            (None, Some(name)) => {
                let unset =
                    || Failure::usage(format!("--heartbeat-from {name}: there is no such environment variable"));
                (format!("--heartbeat-from {name}"), Variables::secret(name).ok_or_else(unset)?)
            }
            (None, None) => return Ok(Self(None)),
        };
        can_deliver()?;
        let url = Url::parse(address.trim()).map_err(|why| Failure::usage(format!("{flag}: {why}")))?;
        Ok(Self(Some(url)))
    }

    /// Tells how the run ended. Findings and gaps are in the report: it ended well. Of a run that another one kept from
    /// beginning nothing is told, because that other one will.
    pub(super) fn tell(&self, done: Result<Exit, Failure>) -> Result<Exit, Failure> {
        let Some(url) = &self.0 else { return done };
        let exit = done.as_ref().map_or_else(|failure| failure.exit, |exit| *exit);
        if exit == Exit::Locked {
            return done;
        }
        let well = matches!(exit, Exit::Clean | Exit::Findings | Exit::Incomplete);
        let Err(error) = ping(url, well)? else { return done };
        output::err(&format!("error: {}", sanitise(&error.to_string())));
        if well { Ok(Exit::Undelivered) } else { done }
    }
}

fn can_deliver() -> Result<(), Failure> {
    if cfg!(feature = "aws") { Ok(()) } else { Err(nothing()) }
}

fn nothing() -> Failure {
    Failure::usage("this build delivers nothing (it lacks the feature `aws`): use --out DIR alone")
}

#[cfg(feature = "aws")]
fn deliver(destination: &Destination, parcel: &Parcel) -> Result<Result<Receipt, DeliveryError>, Failure> {
    let courier = crate::aws::deliver::Courier::new(clock::now);
    Ok(crate::cli::runtime()?.block_on(courier.deliver(destination, parcel)))
}

#[cfg(feature = "aws")]
fn ping(url: &Url, well: bool) -> Result<Result<Receipt, DeliveryError>, Failure> {
    let courier = crate::aws::deliver::Courier::new(clock::now);
    Ok(crate::cli::runtime()?.block_on(courier.ping(url, well)))
}

#[cfg(not(feature = "aws"))]
fn deliver(_: &Destination, _: &Parcel) -> Result<Result<Receipt, DeliveryError>, Failure> {
    Err(nothing())
}

#[cfg(not(feature = "aws"))]
fn ping(_: &Url, _: bool) -> Result<Result<Receipt, DeliveryError>, Failure> {
    Err(nothing())
}
