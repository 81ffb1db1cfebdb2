//! Files into a bucket. Nothing is overwritten: an object is made only where there is none, and one that is there
//! already must be the same. `latest.json` comes last and is only ever replaced by a newer one.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::{Attempts, Courier, UPLOAD, trouble};
use crate::deliver::{self, Bucket, Destination, Latest, Parcel, ParcelFile, Receipt, Trouble};

/// How often somebody else may get in between before we give up.
const ROUNDS: u32 = 8;

struct Delivery<'a> {
    courier: &'a Courier,
    client: Client,
    attempts: Attempts,
    destination: &'a Destination,
    bucket: &'a Bucket,
    /// What decides how long to wait for others.
    key: String,
}

/// How an object came to be where it should.
enum Put {
    Made,
    /// There is another one, or somebody writes at the same time.
    Taken,
}

/// Puts every file, then `latest.json`.
pub(super) async fn deliver(
    courier: &Courier,
    destination: &Destination,
    bucket: &Bucket,
    parcel: &Parcel,
) -> Result<Receipt, Trouble> {
    let config = courier.config(destination, &bucket.access, UPLOAD).await?;
    let attempts = Attempts::default();
    let service = aws_sdk_s3::config::Builder::from(&config)
        .interceptor(attempts.clone())
        // An emulator's host name has no subdomain per bucket.
        .force_path_style(config.endpoint_url().is_some());
    let client = Client::from_conf(service.build());
    let key = parcel.idempotency_key(&destination.name);
    let delivery = Delivery { courier, client, attempts, destination, bucket, key };
    if let Some(odd) = parcel.odd_name() {
        return Err(delivery.trouble(format!("no key can have {odd:?} in it"), "this is a defect".to_owned()));
    }
    let mut receipt = destination.receipt(1);
    receipt.place = format!("s3://{}/{}/", bucket.bucket, bucket.object(&parcel.path()));
    let mut there = 0;
    for file in &parcel.files {
        there += usize::from(delivery.file(&parcel.path(), file).await?);
    }
    if there > 0 {
        receipt.notes.push(format!("{there} of {} files were there already, the same", parcel.files.len()));
    }
    receipt.notes.extend(delivery.latest(parcel).await?);
    Ok(receipt)
}

impl Delivery<'_> {
    /// Puts a file: whether it was there already.
    async fn file(&self, folder: &str, file: &ParcelFile) -> Result<bool, Trouble> {
        let key = self.bucket.object(&format!("{folder}/{}", file.name));
        for round in 1..=ROUNDS {
            if matches!(self.put(&key, &file.content_type, &file.bytes, None).await?, Put::Made) {
                return Ok(false);
            }
            match self.get(&key, file.bytes.len()).await? {
                Some((bytes, _)) if bytes == file.bytes => return Ok(true),
                Some(_) => {
                    let why = format!("{key} is there and differs: nothing was overwritten");
                    let way_out = "deliver a run of another time, or move that object away".to_owned();
                    return Err(self.trouble(why, way_out));
                }
                // It is being written, or was deleted in between.
                None => self.pause(round).await,
            }
        }
        Err(self.contended(&key))
    }

    /// Makes `latest.json` name this report, unless it names a newer one: what there is to say of that.
    async fn latest(&self, parcel: &Parcel) -> Result<Option<String>, Trouble> {
        let defect = |why| self.trouble(why, "this is a defect".to_owned());
        let ours = Latest::read(parcel.latest.clone()).map_err(defect)?;
        let key = self.bucket.object(&format!("{}/{}", parcel.shelf, deliver::NAME));
        // Made blindly at first: who may not list the bucket is told 403, not 404, of what is not there.
        let mut etag = None;
        for round in 1..=ROUNDS {
            if matches!(self.put(&key, "application/json", ours.page(), etag.take()).await?, Put::Made) {
                return Ok(None);
            }
            if round > 1 {
                self.pause(round).await;
            }
            let Some((bytes, tag)) = self.get(&key, deliver::LARGEST).await? else { continue };
            let theirs = Latest::read(bytes).map_err(|why| {
                self.trouble(format!("{key}: {why}"), "move that object away, or use another prefix".to_owned())
            })?;
            if theirs == ours {
                return Ok(None);
            }
            if !ours.replaces(&theirs, self.courier.now()) {
                return Ok(Some(format!("{} names a report of a later reading, {}", deliver::NAME, theirs.read_at)));
            }
            etag = Some(tag);
        }
        Err(self.contended(&key))
    }

    /// Puts an object where there is none, or in the place of the one with this ETag.
    async fn put(&self, key: &str, kind: &str, bytes: &[u8], etag: Option<String>) -> Result<Put, Trouble> {
        let request = self.client.put_object().bucket(&self.bucket.bucket).key(key).content_type(kind);
        let request = match etag {
            Some(etag) => request.if_match(etag),
            None => request.if_none_match("*"),
        };
        let checksum = STANDARD.encode(Sha256::digest(bytes));
        match request.checksum_sha256(checksum).body(ByteStream::from(bytes.to_vec())).send().await {
            Ok(_) => Ok(Put::Made),
            // Somebody else was first, writes at the same time, or deleted what was to be replaced.
            Err(error) if matches!(status(&error), Some(404 | 409 | 412)) && !is_about_the_bucket(&error) => {
                Ok(Put::Taken)
            }
            Err(error) => Err(trouble(&error, &format!("s3:PutObject of {key}"), self.attempts(), self.destination)),
        }
    }

    /// An object of at most so many bytes, and its ETag; `None` where there is none, and one more byte of a larger one.
    async fn get(&self, key: &str, most: usize) -> Result<Option<(Vec<u8>, String)>, Trouble> {
        let about = format!("s3:GetObject of {key}");
        let answer = match self.client.get_object().bucket(&self.bucket.bucket).key(key).send().await {
            Ok(answer) => answer,
            Err(error) if is_missing(&error) => return Ok(None),
            Err(error) => return Err(trouble(&error, &about, self.attempts(), self.destination)),
        };
        let etag = answer.e_tag.unwrap_or_default();
        let mut body = answer.body;
        let mut bytes = Vec::new();
        while let Some(more) = body.next().await {
            let more = more.map_err(|_| {
                self.trouble(format!("{about}: the answer ended before its time"), "deliver again".to_owned())
            })?;
            bytes.extend(more.iter().take((most + 1).saturating_sub(bytes.len())));
            if bytes.len() > most {
                break;
            }
        }
        Ok(Some((bytes, etag)))
    }

    async fn pause(&self, round: u32) {
        tokio::time::sleep(self.courier.policy().wait(round.min(4), &self.key)).await;
    }

    fn attempts(&self) -> u32 {
        self.attempts.count()
    }

    fn contended(&self, key: &str) -> Trouble {
        self.trouble(format!("{key}: others kept writing it"), "deliver again".to_owned())
    }

    fn trouble(&self, why: String, way_out: String) -> Trouble {
        Trouble { why, attempts: self.attempts(), way_out }
    }
}

fn status<E>(error: &SdkError<E>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

fn is_about_the_bucket<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    error.code() == Some("NoSuchBucket")
}

fn is_missing(error: &SdkError<GetObjectError>) -> bool {
    error.code() == Some("NoSuchKey")
}
