//! Deliveries into AWS, over the wire: what arrives, what is never overwritten, and what an error says.

#![expect(clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use bartizan::aws::deliver::Courier;
use bartizan::clock;
use bartizan::deliver::{
    Access, Brief, Bucket, Channel, DeliveryError, Destination, Link, Mail, Parcel, ParcelFile, Policy, Receipt, Topic,
};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::emulator::{Emulator, REGION, text};
use crate::loopback::{Loopback, Response};
use crate::telemetry::answer;

const QUICK: Policy = Policy {
    attempts: 3,
    attempt: Duration::from_secs(2),
    deadline: Duration::from_secs(10),
    first_wait: Duration::from_millis(20),
};

/// A courier whose AWS is at `endpoint`.
fn courier(endpoint: &str) -> Courier {
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .endpoint_url(endpoint)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(20)))
        .build();
    Courier::new(clock::now).with(QUICK, Some(config))
}

fn destination(name: &str, channel: Channel) -> Destination {
    let link = Some(Link::parse("https://reports.example").expect("a link"));
    Destination { name: name.to_owned(), file: PathBuf::from("bartizan.toml"), link, channel }
}

fn bucket(name: &str) -> Destination {
    let bucket = Bucket { bucket: name.to_owned(), prefix: "audits".to_owned(), access: Access::default() };
    destination("archive", Channel::S3(bucket))
}

fn mail() -> Destination {
    let (from, to) = ("bartizan@example.com".to_owned(), vec!["ops@example.com".to_owned()]);
    destination("people", Channel::Mail(Mail { from, to, attach: true, access: Access::default() }))
}

fn topic(arn: &str) -> Destination {
    destination("news", Channel::Sns(Topic { arn: arn.to_owned(), access: Access::default() }))
}

/// A report of production, made in this second of the day.
fn parcel(second: i64) -> Parcel {
    let file = |name: &str, content_type: &str| ParcelFile {
        name: name.to_owned(),
        content_type: content_type.to_owned(),
        bytes: format!("{name} of second {second}, with i-0a1b2c3d in it").into_bytes(),
    };
    let at = jiff::Timestamp::from_second(1_790_000_000 + second).expect("in range");
    let folder = at.strftime("%Y%m%dT%H%M%SZ").to_string();
    let latest = json!({
        "format": "bartizan-latest", "version": 1, "read_at": at, "made_at": at, "folder": folder, "run": second,
    });
    Parcel {
        environment: "Production".to_owned(),
        shelf: "production".to_owned(),
        folder,
        run: format!("sha256:{second}"),
        at,
        demo: false,
        files: vec![file("report.html", "text/html; charset=utf-8"), file("report.json", "application/json")],
        latest: latest.to_string().into_bytes(),
        brief: Brief { outcome: "PASSED: nothing at or above high".to_owned(), complete: true, ..Brief::default() },
    }
}

fn deliver(courier: &Courier, destination: &Destination, parcel: &Parcel) -> Result<Receipt, DeliveryError> {
    answer(courier.deliver(destination, parcel))
}

/// The keys in the bucket, with their texts.
fn objects(emulator: &Emulator) -> BTreeMap<String, String> {
    let delivered = emulator.delivered();
    let objects = delivered["objects"].as_object().expect("objects");
    objects.iter().map(|(key, object)| (key.clone(), object["text"].as_str().expect("text").to_owned())).collect()
}

fn latest(emulator: &Emulator) -> Value {
    serde_json::from_str(&objects(emulator)["audits/production/latest.json"]).expect("JSON")
}

#[test]
fn files_arrive_once_and_the_latest_names_them() {
    let (emulator, _) = Emulator::with_receivers(&json!({}));
    let courier = courier(&emulator.endpoint());
    let receipt = deliver(&courier, &bucket("acme-reports"), &parcel(0)).expect("delivered");
    let folder = parcel(0).path();
    assert_eq!(receipt.place, format!("s3://acme-reports/audits/{folder}/"));
    let keys: Vec<String> = objects(&emulator).into_keys().collect();
    let expected = [
        format!("audits/{folder}/report.html"),
        format!("audits/{folder}/report.json"),
        "audits/production/latest.json".to_owned(),
    ];
    assert_eq!(keys, expected);
    let html = &emulator.delivered()["objects"][&expected[0]];
    assert_eq!(html["type"], "text/html; charset=utf-8");
    let named = latest(&emulator);
    assert_eq!(named["folder"], parcel(0).folder);
    let puts = emulator.calls();
    assert_eq!(puts, ["s3:PutObject"; 3], "the latest comes last, and nothing is read that need not be");

    // The same run again changes nothing and is no error.
    let before = objects(&emulator);
    let again = deliver(&courier, &bucket("acme-reports"), &parcel(0)).expect("the same");
    assert!(again.to_string().contains("2 of 2 files were there already, the same"), "{again}");
    assert_eq!(objects(&emulator), before);
}

#[test]
fn nothing_is_overwritten() {
    let key = format!("audits/{}/report.json", parcel(0).path());
    let (emulator, _) = Emulator::with_receivers(&json!({ &key: "somebody else's" }));
    let error = deliver(&courier(&emulator.endpoint()), &bucket("acme-reports"), &parcel(0)).expect_err("a conflict");
    assert!(error.to_string().contains(&format!("{key} is there and differs: nothing was overwritten")), "{error}");
    assert_eq!(objects(&emulator)[&key], "somebody else's");
    assert!(!objects(&emulator).contains_key("audits/production/latest.json"), "the latest names no half report");

    let (emulator, _) = Emulator::with_receivers(&json!({ "audits/production/latest.json": "somebody else's" }));
    let error = deliver(&courier(&emulator.endpoint()), &bucket("acme-reports"), &parcel(0)).expect_err("a stranger");
    assert!(error.to_string().contains("latest.json: what is there is not Bartizan's"), "{error}");
    assert_eq!(objects(&emulator)["audits/production/latest.json"], "somebody else's");
}

#[test]
fn writers_at_the_same_time_never_move_the_latest_back() {
    let (emulator, _) = Emulator::with_receivers(&json!({}));
    let courier = courier(&emulator.endpoint());
    let (ours, seconds) = (bucket("acme-reports"), [3, 0, 5, 1, 4, 2]);
    let parcels = seconds.map(parcel);
    let receipts = answer(join_all(parcels.iter().map(|parcel| courier.deliver(&ours, parcel))));
    let failed: Vec<_> = receipts.into_iter().filter_map(Result::err).map(|error| error.to_string()).collect();
    assert_eq!(failed, Vec::<String>::new());
    assert_eq!(latest(&emulator)["run"], 5);
    assert_eq!(objects(&emulator).len(), 2 * seconds.len() + 1);

    let late = deliver(&courier, &ours, &parcel(-1)).expect("older, but delivered");
    assert!(late.to_string().contains("latest.json names a report of a later reading"), "{late}");
    assert_eq!(latest(&emulator)["run"], 5);
    deliver(&courier, &ours, &parcel(6)).expect("delivered");
    assert_eq!(latest(&emulator)["run"], 6);
}

#[test]
fn what_fails_is_named_with_its_attempts_and_a_way_out() {
    let (emulator, _) = Emulator::with_receivers(&json!({}));
    let courier = courier(&emulator.endpoint());
    let said = |destination: &Destination| {
        let error = deliver(&courier, destination, &parcel(0)).expect_err("it fails");
        (error.attempts, error.to_string())
    };
    let (attempts, error) = said(&bucket("no-such-bucket"));
    assert!(error.contains("NoSuchBucket") && error.contains("correct `bucket` of [deliver.archive]"), "{error}");
    assert_eq!(attempts, 1);

    for (action, destination) in [("s3:PutObject", bucket("acme-reports")), ("ses:SendEmail", mail())] {
        emulator.faults(&json!({ "deny": [action] }));
        let (attempts, error) = said(&destination);
        assert!(error.contains(action) && error.contains("AccessDenied"), "{error}");
        assert!(error.contains(&format!("iam-policy --deliver {}`", destination.name)), "{error}");
        assert_eq!(attempts, 1, "what is denied is not tried again");
        emulator.faults(&json!({ "cut": [action] }));
        let (attempts, error) = said(&destination);
        assert!(error.contains(action) && error.contains("after 3 attempts"), "{error}");
        assert_eq!(attempts, 3);
    }
    emulator.faults(&json!({ "throttle": { "s3:PutObject": 1 } }));
    assert!(deliver(&courier, &bucket("acme-reports"), &parcel(0)).is_ok(), "what is throttled once is tried again");

    let (_, error) = said(&topic("arn:aws:sns:eu-west-1:123456789012:nobody"));
    assert!(error.contains("sns:Publish: NotFound") && error.contains("`topic_arn` of [deliver.news]"), "{error}");
}

#[test]
fn a_delivery_that_is_cut_off_in_the_middle_is_finished_by_the_next() {
    let (emulator, _) = Emulator::with_receivers(&json!({}));
    let courier = courier(&emulator.endpoint());
    emulator.faults(&json!({ "cut_after": { "s3:PutObject": 1 } }));
    let error = deliver(&courier, &bucket("acme-reports"), &parcel(0)).expect_err("cut off");
    assert!(error.to_string().contains("s3:PutObject"), "{error}");
    assert_eq!(objects(&emulator).len(), 1, "the latest does not name what did not arrive");
    emulator.faults(&json!({}));
    let receipt = deliver(&courier, &bucket("acme-reports"), &parcel(0)).expect("finished");
    assert!(receipt.to_string().contains("1 of 2 files were there already"), "{receipt}");
    assert_eq!(latest(&emulator)["run"], 0);
    let endpoint = emulator.endpoint();
    drop(emulator);
    let error = deliver(&self::courier(&endpoint), &bucket("acme-reports"), &parcel(1)).expect_err("nobody there");
    assert!(error.to_string().contains("check the network"), "{error}");
}

#[test]
fn a_topic_and_a_mail_get_the_sum_and_the_link() {
    let (emulator, arn) = Emulator::with_receivers(&json!({}));
    let courier = courier(&emulator.endpoint());
    let published = deliver(&courier, &topic(&arn), &parcel(0)).expect("published");
    let sent = deliver(&courier, &mail(), &parcel(0)).expect("sent");
    assert!(published.id.is_some() && sent.id.is_some());
    let delivered = emulator.delivered();
    let (message, mail) = (&delivered["messages"][0], &delivered["mails"][0]);
    let link = format!("https://reports.example/{}/report.html", parcel(0).path());
    for (subject, text) in [(&message["subject"], &message["message"]), (&mail["subject"], &mail["text"])] {
        assert_eq!(subject, "Bartizan Production: PASSED: nothing at or above high");
        let text = text.as_str().expect("text");
        assert!(text.starts_with("Bartizan: Production: PASSED") && text.contains(&link), "{text}");
        assert!(!text.contains("i-0a1b2c3d"), "no resource leaves: {text}");
    }
    assert_eq!(message["group"], "production");
    assert_eq!(mail["from"], "bartizan@example.com");
    let calls: BTreeSet<String> = emulator.calls().into_iter().collect();
    assert_eq!(calls.iter().map(String::as_str).collect::<Vec<_>>(), ["ses:SendEmail", "sns:Publish"]);
}

#[test]
fn a_fifo_topic_can_tell_a_message_it_had_and_a_mail_has_the_page() {
    let server = Loopback::start(|request| {
        let body = "<PublishResponse><PublishResult><MessageId>m-1</MessageId></PublishResult></PublishResponse>";
        match request.path.as_str() {
            "/" => Response::xml(200, body),
            _ => Response::json(200, &json!({ "MessageId": "m-2" })),
        }
    });
    let courier = courier(&server.url());
    for arn in ["arn:aws:sns:eu-west-1:123456789012:a.fifo", "arn:aws:sns:eu-west-1:123456789012:a"] {
        assert_eq!(deliver(&courier, &topic(arn), &parcel(0)).expect("published").id.as_deref(), Some("m-1"));
    }
    let large =
        Parcel { files: vec![ParcelFile { bytes: vec![b'x'; 10_000_000], ..parcel(0).files[0].clone() }], ..parcel(0) };
    deliver(&courier, &mail(), &parcel(0)).expect("sent");
    let receipt = deliver(&courier, &mail(), &large).expect("sent");
    assert!(receipt.to_string().contains("report.html is too large for a mail"), "{receipt}");
    let bodies: Vec<String> =
        server.requests().iter().map(|request| String::from_utf8_lossy(&request.body).into_owned()).collect();
    let [fifo, plain, small, large] = bodies.as_slice() else { panic!("{} requests", bodies.len()) };
    let key = parcel(0).idempotency_key("news");
    assert!(fifo.contains(&format!("MessageDeduplicationId={key}")) && fifo.contains("MessageGroupId=production"));
    assert!(!plain.contains("MessageDeduplicationId"));
    let attachments = |body: &str| {
        let body: Value = serde_json::from_str(body).expect("JSON");
        body["Content"]["Simple"]["Attachments"].clone()
    };
    assert_eq!(attachments(small)[0]["FileName"], "report.html");
    assert_eq!(attachments(large), Value::Null);
}

#[test]
fn the_policy_for_a_destination_is_printed_by_name() {
    let (emulator, _) = Emulator::with_receivers(&json!({}));
    let file = emulator.directory().join("bartizan.toml");
    let declared = "[deliver.archive]\nkind = \"s3\"\nbucket = \"acme-reports\"\nprefix = \"audits\"\n\
                    [deliver.team]\nkind = \"slack\"\nurl_from = \"SLACK_URL\"\n";
    std::fs::write(&file, declared).expect("written");
    let printed = emulator.run(&["iam-policy", "--deliver", "archive", "--config", text(&file)]);
    let policy: Value = serde_json::from_slice(&printed.stdout).expect("JSON");
    assert_eq!(policy["Statement"][0]["Action"], json!(["s3:GetObject", "s3:PutObject"]));
    assert_eq!(policy["Statement"][0]["Resource"][0], "arn:aws:s3:::acme-reports/audits/*/*/*");
    for (name, told) in [
        ("team", "[deliver.team] is of kind `slack`, which needs no permission in AWS"),
        ("tema", "[deliver.tema] is not declared; there are archive, team"),
    ] {
        let refused = emulator.run(&["iam-policy", "--deliver", name]);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(refused.status.code() == Some(2) && said.contains(told), "{said}");
    }
    let whole = emulator.run(&["iam-policy"]);
    assert!(!String::from_utf8_lossy(&whole.stdout).contains("PutObject"));
}
