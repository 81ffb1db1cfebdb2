//! The log tail over the wire: the follower and the live account's FilterLogEvents against a loopback server that
//! speaks CloudWatch Logs' JSON 1.1 and has the faults of the simulation. The clock is the test's.

#![expect(clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use bartizan::telemetry::{Follower, LogLine, LogQuery, Telemetry, Watermark};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::follower::{Faults, Group, account_for, at, key};
use crate::loopback::{Loopback, Request, Response};
use crate::telemetry::{answer, live};

fn milliseconds(time: Timestamp) -> i64 {
    time.as_millisecond()
}

/// FilterLogEvents as the wire has it.
fn filter_log_events(group: &mut Group, request: &Request, now: Timestamp) -> Response {
    assert_eq!(request.operation(), "FilterLogEvents");
    let body = request.json();
    let query = LogQuery {
        account: key().account,
        region: key().region,
        group: body["logGroupName"].as_str().unwrap().to_owned(),
        start: Timestamp::from_millisecond(body["startTime"].as_i64().unwrap()).unwrap(),
        end: None,
        next_token: body["nextToken"].as_str().map(str::to_owned),
        limit: body["limit"].as_u64().unwrap().try_into().unwrap(),
    };
    let page = match group.read(&query, now) {
        Ok(page) => page,
        Err(error) => {
            let code = if error.passing { "ThrottlingException" } else { "AccessDeniedException" };
            return Response::json(400, &json!({"__type": code, "message": error.message}));
        }
    };
    let events = page.events.iter().map(|event| {
        json!({
            "eventId": event.id, "logStreamName": event.stream, "message": event.message,
            "timestamp": milliseconds(event.timestamp), "ingestionTime": milliseconds(event.ingested),
        })
    });
    let mut answer = json!({"events": events.collect::<Vec<Value>>(), "searchedLogStreams": []});
    if let Some(token) = page.next_token {
        answer["nextToken"] = json!(token);
    }
    Response::json(200, &answer)
}

#[test]
fn a_live_tail_loses_and_repeats_nothing() {
    let faults = Faults { empty_page: 6, circle: 12, throttle: 40, denied: 60 };
    let group = Arc::new(Mutex::new(Group::new(4_000, 15, 23).with_faults(faults)));
    let clock = Arc::new(AtomicI64::new(milliseconds(at(0))));
    let server = {
        let (group, clock) = (Arc::clone(&group), Arc::clone(&clock));
        Loopback::start(move |request| {
            let now = Timestamp::from_millisecond(clock.load(Ordering::SeqCst)).unwrap();
            filter_log_events(&mut group.lock().unwrap(), request, now)
        })
    };
    let live = live(&server);
    let mut follower = Follower::new(key(), at(0), at(0));
    let mut lines: Vec<LogLine> = Vec::new();
    let mut now = at(0);
    // One runtime for the whole tail, as in the program: connections are kept.
    answer(async {
        while !done(&follower.watermark()) {
            let Some(query) = follower.ask(now) else {
                now = follower.due().unwrap().max(now + SignedDuration::from_millis(1));
                continue;
            };
            clock.store(milliseconds(now), Ordering::SeqCst);
            let page = live.log_events(query).await;
            now += SignedDuration::from_millis(80);
            lines.extend(follower.answered(page, now));
        }
    });
    let group = group.lock().unwrap();
    let received = follower.watermark().received.unwrap();
    assert_eq!(account_for(&group, &lines, at(0), received), (0, 0));
    assert!(lines.len() > 3_900, "{} lines", lines.len());
    assert!(["circle", "empty page", "throttle", "denied"].iter().all(|fault| group.happened[fault] > 0));
    assert_eq!(follower.counts().calls, live.budget().calls, "every call is counted, and made once");
    assert_eq!(follower.counts().calls, server.requests().len() as u64);
}

/// All events are a minute old at least, and most late ones are in.
fn done(mark: &Watermark) -> bool {
    mark.received.is_some_and(|received| received > at(4_000 * 15) + SignedDuration::from_secs(60))
}
