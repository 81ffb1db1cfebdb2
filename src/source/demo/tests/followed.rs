//! A tail over the demo sees what a tail over an account would: every line once, some of them late.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

use super::{NOW, REGION, at};
use crate::source::demo::open;
use crate::telemetry::{Follower, LogGroupKey, LogQuery, Telemetry};

const GROUP: &str = "/ecs/api-community";

/// Reads every page of a query.
async fn read(telemetry: &dyn Telemetry, start: Timestamp, end: Timestamp) -> BTreeMap<String, String> {
    let (account, region, group) = ("111122223333".into(), REGION.into(), GROUP.into());
    let mut query = LogQuery { account, region, group, start, end: Some(end), next_token: None, limit: 500 };
    let mut all = BTreeMap::new();
    loop {
        let page = telemetry.log_events(query.clone()).await.expect("a page");
        all.extend(page.events.into_iter().map(|event| (event.id, event.message)));
        query.next_token = page.next_token;
        if query.next_token.is_none() {
            return all;
        }
    }
}

#[tokio::test]
async fn a_tail_loses_nothing_repeats_nothing_and_says_what_is_late() {
    let seconds = Arc::new(AtomicI64::new(at(NOW).as_second()));
    let clock = Arc::clone(&seconds);
    let now = move || Timestamp::from_second(clock.load(Ordering::Relaxed)).expect("a time");
    let telemetry = open("ror", Arc::new(now.clone())).expect("the demo opens").telemetry.expect("it has telemetry");
    let began = now();
    let key = LogGroupKey { account: "111122223333".into(), region: REGION.into(), group: GROUP.into() };
    let mut follower = Follower::new(key, began, began);
    let mut seen = BTreeMap::new();
    let mut late = 0;
    for _ in 0..600 {
        seconds.fetch_add(1, Ordering::Relaxed);
        while let Some(query) = follower.ask(now()) {
            let answer = telemetry.log_events(query).await;
            for line in follower.answered(answer, now()) {
                late += usize::from(line.late.is_some());
                let before = seen.insert(line.event.id, line.event.message);
                assert_eq!(before, None, "a line came twice");
            }
        }
    }
    let settled = now() - SignedDuration::from_mins(4);
    let truth = read(telemetry.as_ref(), began, settled).await;
    assert!(truth.len() > 1000 && late > 10, "{} lines, {late} late", truth.len());
    assert!(truth.iter().all(|(id, message)| seen.get(id) == Some(message)), "a line is missing");
    assert_eq!((follower.trouble(), follower.counts().failed), (None, 0));
}
