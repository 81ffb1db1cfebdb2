//! Snapshot files: an estate as zstd-compressed JSON with a versioned envelope.
//!
//! A file is written beside its place, synced and renamed, readable by its owner only. Secrets never reach it: the
//! model has no field for user data, environment values or header values.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::SourceError;
use crate::model::Estate;

/// The first bytes of a zstd frame (RFC 8878, section 3.1.1).
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
const FORMAT: &str = "bartizan-snapshot";
const VERSION: u32 = 1;
/// A snapshot of a million interfaces stays below; more is a decompression bomb.
const MAX_SIZE: u64 = 8 << 30;
const LEVEL: i32 = 6;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope<'a> {
    format: &'static str,
    version: u32,
    estate: &'a Estate,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Header {
    format: String,
    version: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    estate: Estate,
}

/// Whether a file looks like a snapshot.
#[must_use]
pub fn is_snapshot(path: &Path) -> bool {
    let mut magic = [0; 4];
    File::open(path).and_then(|mut file| file.read_exact(&mut magic)).is_ok() && magic == ZSTD_MAGIC
}

/// Reads a snapshot.
///
/// # Errors
/// When the file cannot be read, is cut short or damaged, or was written by a newer Bartizan.
pub fn open(path: &Path) -> Result<Estate, SourceError> {
    let fail = |message: String| SourceError::input(path, message);
    let file = File::open(path).map_err(|error| fail(error.to_string()))?;
    let json = decompress(file).map_err(fail)?;
    let header: Header = serde_json::from_slice(&json).map_err(|_| fail("not a Bartizan snapshot".to_owned()))?;
    if header.format != FORMAT {
        return Err(fail("not a Bartizan snapshot".to_owned()));
    }
    if header.version > VERSION {
        return Err(fail(format!(
            "the snapshot has version {}, this Bartizan reads up to {VERSION}: use a newer Bartizan",
            header.version
        )));
    }
    let body: Body = serde_json::from_slice(&json)
        .map_err(|error| fail(format!("damaged snapshot ({error}): take it again with `bartizan snapshot`")))?;
    Ok(body.estate)
}

fn decompress(file: File) -> Result<Vec<u8>, String> {
    let size = file.metadata().map_or(0, |data| data.len());
    let broken = |error: io::Error| {
        format!("cut short or damaged within its {size} bytes ({error}): take it again with `bartizan snapshot`")
    };
    let decoder = zstd::Decoder::new(BufReader::new(file)).map_err(broken)?;
    let mut json = Vec::new();
    decoder.take(MAX_SIZE + 1).read_to_end(&mut json).map_err(broken)?;
    if json.len() as u64 > MAX_SIZE {
        return Err(format!("unpacks to more than {MAX_SIZE} bytes: not a snapshot of ours"));
    }
    Ok(json)
}

/// Writes a snapshot: whole or not at all, with mode 0600.
///
/// # Errors
/// When the directory cannot be written.
pub fn save(estate: &Estate, path: &Path) -> Result<(), SourceError> {
    write(estate, path).map_err(|error| SourceError::input(path, format!("cannot be written: {error}")))
}

fn write(estate: &Estate, path: &Path) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let temporary = tempfile::Builder::new().prefix(".bartizan-").suffix(".part").tempfile_in(directory)?;
    let mut encoder = zstd::Encoder::new(temporary, LEVEL)?;
    encoder.include_checksum(true)?;
    let envelope = Envelope { format: FORMAT, version: VERSION, estate };
    serde_json::to_writer(io::BufWriter::new(&mut encoder), &envelope)?;
    let mut temporary = encoder.finish()?;
    temporary.flush()?;
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|error| error.error)?;
    // The rename itself lasts only once the directory is on disk.
    File::open(directory).and_then(|directory| directory.sync_all()).or_else(|_| fs::metadata(path).map(|_| ()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::resource::Vpc;
    use crate::model::{Gap, GapReason};

    fn estate() -> Estate {
        let mut estate = Estate::default();
        let shard = estate.shard_mut(&"111122223333".into(), &"eu-west-1".into());
        shard.resources.vpcs.push(Vpc { vpc_id: "vpc-1".into(), ..Vpc::default() });
        shard.reads.insert("ec2:DescribeVpcs".to_owned());
        shard.gaps.push(Gap::new("ec2:DescribeSubnets", GapReason::AccessDenied, "no").about("subnet-1"));
        estate
    }

    #[test]
    fn what_is_saved_comes_back() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("prod.bzn");
        save(&estate(), &path).expect("saved");
        assert!(is_snapshot(&path));
        assert_eq!(open(&path).expect("opened"), estate());
        let left: Vec<_> = fs::read_dir(directory.path()).expect("listed").collect();
        assert_eq!(left.len(), 1, "no temporary file stays");
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_reads_it() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("prod.bzn");
        fs::write(&path, "older, readable by all").expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("set");
        save(&estate(), &path).expect("saved");
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn every_cut_is_noticed() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("prod.bzn");
        save(&estate(), &path).expect("saved");
        let whole = fs::read(&path).expect("read");
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).expect("written");
            let error = open(&path).expect_err("cut").to_string();
            assert!(error.contains("prod.bzn"), "{error}");
        }
    }

    #[test]
    fn a_newer_version_is_refused() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("prod.bzn");
        let json = br#"{"Format":"bartizan-snapshot","Version":2,"Estate":{"Later":true}}"#;
        fs::write(&path, zstd::encode_all(&json[..], 1).expect("packed")).expect("written");
        assert!(open(&path).expect_err("newer").to_string().contains("use a newer Bartizan"));
    }

    #[test]
    fn a_place_that_cannot_be_written_is_an_error() {
        let error = save(&estate(), Path::new("/nowhere/at/all.bzn")).expect_err("no directory").to_string();
        assert!(error.starts_with("/nowhere/at/all.bzn: cannot be written"), "{error}");
    }
}
