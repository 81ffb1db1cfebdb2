//! The reading of one account and Region: what a collector asks goes through here, so that it is paced, followed
//! to its end and, when it fails, kept as a gap.

use std::collections::BTreeSet;
use std::error::Error;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use tokio::sync::Semaphore;

use super::client::Clients;
use super::collect::Lists;
use super::fault::Fault;
use crate::model::{Describe, Gap, GapReason, Kind, Resources};

/// A service that hands out ever new tokens is not followed for ever.
const MOST_PAGES: usize = 10_000;

/// What a call of the SDK ends with.
pub type Outcome<O, E> = Result<O, SdkError<E, HttpResponse>>;

/// The reading of one account and Region.
#[derive(Debug)]
pub struct Reader {
    /// Its clients.
    pub clients: Clients,
    pub(super) lists: Lists,
    /// How many calls may be under way at once, all Regions together.
    calls: Arc<Semaphore>,
    notes: Mutex<Notes>,
}

/// What was learned about the reading itself.
#[derive(Debug, Default)]
struct Notes {
    /// Actions that were answered, or were not needed.
    answered: BTreeSet<&'static str>,
    gaps: BTreeSet<Gap>,
}

/// What a listing gave.
#[derive(Debug)]
pub struct Listing<T> {
    /// What was read, also when the end was not reached.
    pub items: Vec<T>,
    /// Whether it was followed to its end.
    pub complete: bool,
}

impl Reader {
    /// A reading that has not begun.
    pub fn new(clients: Clients, calls: Arc<Semaphore>) -> Self {
        Self { clients, lists: Lists::default(), calls, notes: Mutex::default() }
    }

    /// Every item of a listing, page by page. `fetch` asks for the page behind a token, `split` takes a page apart
    /// into its items and the next token.
    pub async fn pages<O, E, T, F>(
        &self,
        action: &'static str,
        fetch: impl FnMut(Option<String>) -> F,
        split: impl Fn(O) -> (Vec<T>, Option<String>),
    ) -> Vec<T>
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
        F: Future<Output = Outcome<O, E>>,
    {
        self.follow(action, None, fetch, split).await.items
    }

    /// Every item of a listing that belongs to one resource: the listeners of a load balancer.
    pub async fn pages_about<O, E, T, F>(
        &self,
        action: &'static str,
        resource: &str,
        fetch: impl FnMut(Option<String>) -> F,
        split: impl Fn(O) -> (Vec<T>, Option<String>),
    ) -> Listing<T>
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
        F: Future<Output = Outcome<O, E>>,
    {
        self.follow(action, Some(resource), fetch, split).await
    }

    /// One call, about one resource or about all. A failure is a gap and `None`.
    pub async fn call<O, E>(
        &self,
        action: &'static str,
        resource: Option<&str>,
        call: impl Future<Output = Outcome<O, E>>,
    ) -> Option<O>
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        self.call_optional(action, resource, &[], Box::pin(call)).await
    }

    /// One call that services answer with one of the error codes in `absent` when there is nothing: that is an
    /// answer, not a gap.
    pub async fn call_optional<O, E>(
        &self,
        action: &'static str,
        resource: Option<&str>,
        absent: &[&str],
        call: impl Future<Output = Outcome<O, E>>,
    ) -> Option<O>
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        match self.ask(action, Box::pin(call)).await {
            Ok(output) => {
                self.answered(action);
                Some(output)
            }
            Err(fault) if fault.code.as_deref().is_some_and(|code| absent.contains(&code)) => {
                self.answered(action);
                None
            }
            Err(fault) => {
                self.gap(fault.gap(action, resource));
                None
            }
        }
    }

    /// One call about several resources. A failure is a gap about each of them and `None`.
    pub async fn call_about<O, E>(
        &self,
        action: &'static str,
        resources: &[impl AsRef<str>],
        call: impl Future<Output = Outcome<O, E>>,
    ) -> Option<O>
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        match self.ask(action, Box::pin(call)).await {
            Ok(output) => {
                self.answered(action);
                Some(output)
            }
            Err(fault) => {
                for resource in resources {
                    self.gap(fault.gap(action, Some(resource.as_ref())));
                }
                None
            }
        }
    }

    /// Everything that was listed: what `described` leaves out stays, made of its id alone by `bare`, with a gap. No
    /// answer at all is `None`, and its gap is known already.
    pub(super) fn all_listed<T: Describe>(
        &self,
        action: &'static str,
        listed: &[String],
        described: Option<Vec<T>>,
        bare: impl Fn(&str) -> T,
    ) -> Vec<T> {
        let answered = described.is_some();
        let mut all = described.unwrap_or_default();
        for id in listed {
            if all.iter().any(|resource| resource.id() == id) {
                continue;
            }
            if answered {
                self.gap(Gap::new(action, GapReason::Incomplete, "listed, but not described").about(id));
            }
            all.push(bare(id));
        }
        all
    }

    /// Notes that `action` is answered: by a call, or because there was nothing to ask it for.
    pub fn answered(&self, action: &'static str) {
        self.notes().answered.insert(action);
    }

    /// Nothing, because nothing shows that there is anything: that is an answer of `action` as well.
    pub(super) fn none<T>(&self, action: &'static str) -> Vec<T> {
        self.answered(action);
        Vec::new()
    }

    /// Notes that `action` and `other` list parts of one kind: what is missing of the other is missing of it as well.
    pub(super) fn shares(&self, action: &'static str, other: &'static str) {
        for gap in self.gaps_in(other) {
            self.gap(Gap { resource: gap.resource, ..Gap::new(action, gap.reason, format!("see {other}")) });
        }
    }

    /// Whether the listing of a kind that was read is not known to be whole.
    pub(super) fn unknown(&self, kind: Kind) -> bool {
        !self.gaps_in(kind.list_action()).is_empty()
    }

    /// Notes what could not be read.
    pub fn gap(&self, gap: Gap) {
        self.notes().gaps.insert(gap);
    }

    /// Notes that `action` is asked once for each resource of a kind: when these are not all known, what `action`
    /// lists is not either; when there are none, it is answered.
    pub(super) fn depends(&self, action: &'static str, kind: Kind, count: usize) {
        let listing = kind.list_action();
        let missing = self.gaps_in(listing);
        if missing.is_empty() && count == 0 {
            self.answered(action);
        }
        for gap in missing {
            let detail = format!("it is asked of each {kind}; see {listing}");
            self.gap(Gap { resource: gap.resource, ..Gap::new(action, gap.reason, detail) });
        }
    }

    /// Ends the reading: the actions that were read, for good, and the gaps.
    pub(super) fn finish(self, kinds: &[Kind], resources: &Resources) -> (BTreeSet<String>, Vec<Gap>) {
        for kind in kinds {
            if self.gaps_in(kind.list_action()).is_empty() && resources.count(*kind) == 0 {
                kind.actions().iter().skip(1).for_each(|action| self.answered(action));
            }
        }
        let notes = self.notes.into_inner().unwrap_or_else(PoisonError::into_inner);
        let failed: BTreeSet<&str> = notes.gaps.iter().map(|gap| gap.action.as_str()).collect();
        let reads = notes.answered.iter().filter(|action| !failed.contains(*action)).map(ToString::to_string).collect();
        (reads, notes.gaps.into_iter().collect())
    }

    async fn follow<O, E, T, F>(
        &self,
        action: &'static str,
        resource: Option<&str>,
        mut fetch: impl FnMut(Option<String>) -> F,
        split: impl Fn(O) -> (Vec<T>, Option<String>),
    ) -> Listing<T>
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
        F: Future<Output = Outcome<O, E>>,
    {
        let mut items = Vec::new();
        let mut seen = BTreeSet::new();
        let mut token = None;
        loop {
            let page = match self.ask(action, Box::pin(fetch(token.clone()))).await {
                Ok(page) => page,
                Err(fault) => {
                    self.gap(fault.gap(action, resource));
                    return Listing { items, complete: false };
                }
            };
            let (more, next) = split(page);
            items.extend(more);
            let Some(next) = next.filter(|next| !next.is_empty()) else {
                self.answered(action);
                return Listing { items, complete: true };
            };
            let again = !seen.insert(next.clone());
            if again || seen.len() >= MOST_PAGES {
                let why = if again { "AWS gave a page's token twice" } else { "there was no end to the pages" };
                let fault = Fault { reason: GapReason::Incomplete, code: None, detail: why.to_owned() };
                self.gap(fault.gap(action, resource));
                return Listing { items, complete: false };
            }
            token = Some(next);
        }
    }

    /// One call, at the pace and the width that are allowed. The SDK's futures are large: callers box them.
    async fn ask<O, E>(&self, action: &'static str, call: impl Future<Output = Outcome<O, E>>) -> Result<O, Fault>
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let limits = self.clients.limits();
        limits.wait(action).await;
        let _permit = self.calls.acquire().await;
        match call.await {
            Ok(output) => {
                limits.answered(action);
                Ok(output)
            }
            Err(error) => Err(Fault::of(&error)),
        }
    }

    /// What is not known of the listing of `action`.
    fn gaps_in(&self, action: &str) -> Vec<Gap> {
        self.notes().gaps.iter().filter(|gap| gap.action == action).cloned().collect()
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fake::Fake;

    const ACTION: &str = "ec2:DescribeVpcs";

    fn page(ids: &[&str], next: &str) -> (u16, String) {
        let items: Vec<_> = ids.iter().map(|id| format!("<item><vpcId>{id}</vpcId></item>")).collect();
        let items = items.concat();
        let next = if next.is_empty() { String::new() } else { format!("<nextToken>{next}</nextToken>") };
        (200, format!("<DescribeVpcsResponse><vpcSet>{items}</vpcSet>{next}</DescribeVpcsResponse>"))
    }

    fn error(status: u16, code: &str, message: &str) -> (u16, String) {
        let error = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
        (status, format!("<Response><Errors>{error}</Errors></Response>"))
    }

    /// What a listing of VPCs gives: the ids, whether it counts as read, and the gaps.
    async fn list(answer: fn(&str) -> (u16, String)) -> (Vec<String>, bool, Vec<Gap>) {
        let fake = Fake::new(answer);
        let ec2 = &fake.reader.clients.ec2;
        let fetch = |token| ec2.describe_vpcs().max_results(1000).set_next_token(token).send();
        let vpcs = fake.reader.pages(ACTION, fetch, |page| (page.vpcs.unwrap_or_default(), page.next_token)).await;
        let (read, gaps) = fake.finish(ACTION);
        (vpcs.into_iter().filter_map(|vpc| vpc.vpc_id).collect(), read, gaps)
    }

    #[tokio::test]
    async fn pages_are_followed_to_their_end() {
        let (ids, read, gaps) = list(|request| match request {
            second if second.contains("NextToken=two") => page(&["vpc-2"], ""),
            _ => page(&["vpc-1"], "two"),
        })
        .await;
        assert_eq!(ids, ["vpc-1", "vpc-2"]);
        assert!(read && gaps.is_empty());
    }

    #[tokio::test]
    async fn a_token_that_comes_again_is_a_gap_and_not_the_end() {
        let (ids, read, gaps) = list(|_| page(&["vpc-1"], "same")).await;
        assert_eq!(ids, ["vpc-1", "vpc-1"]);
        assert!(!read);
        assert_eq!((gaps.len(), gaps[0].reason), (1, GapReason::Incomplete));
    }

    #[tokio::test]
    async fn a_later_page_that_fails_leaves_the_earlier_ones_and_a_gap() {
        let (ids, read, gaps) = list(|request| match request {
            second if second.contains("NextToken") => error(503, "RequestLimitExceeded", "Request limit exceeded."),
            _ => page(&["vpc-1"], "two"),
        })
        .await;
        assert_eq!(ids, ["vpc-1"]);
        assert!(!read);
        assert_eq!(gaps[0].reason, GapReason::Throttled);
    }

    #[tokio::test]
    async fn an_answer_that_is_cut_off_is_no_shorter_list() {
        const CUT: &str = "<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-1</vpcId></item><item><vpcId>vp";
        let (ids, read, gaps) = list(|_| (200, CUT.to_owned())).await;
        assert!(ids.is_empty() && !read);
        assert_eq!(gaps[0].reason, GapReason::Malformed);
    }

    #[tokio::test]
    async fn what_is_no_answer_of_aws_is_malformed() {
        for (answer, reason) in [
            ((|_| (200, "<html>log in</html>".to_owned())) as fn(&str) -> (u16, String), GapReason::Malformed),
            (|_| (200, "\0 lorem".to_owned()), GapReason::Malformed),
            (|_| (502, "<html>bad gateway</html>".to_owned()), GapReason::Failed),
        ] {
            let (ids, read, gaps) = list(answer).await;
            assert!(ids.is_empty() && !read);
            assert_eq!(gaps[0].reason, reason);
        }
    }

    #[tokio::test]
    async fn a_denial_names_the_action_and_keeps_no_ciphertext_or_control_character() {
        let (_, read, gaps) = list(|_| {
            let said = "You are not &#27;[31mauthorized. Encoded authorization failure message: AAECAwQ";
            error(403, "UnauthorizedOperation", said)
        })
        .await;
        assert!(!read);
        let expected = Gap::new(ACTION, GapReason::AccessDenied, "UnauthorizedOperation: You are not authorized.");
        assert_eq!(gaps, [expected]);
    }

    #[tokio::test]
    async fn throttling_slows_the_next_call() {
        let fake = Fake::new(|_| error(503, "RequestLimitExceeded", "Request limit exceeded."));
        assert!(fake.reader.call(ACTION, None, fake.reader.clients.ec2.describe_vpcs().send()).await.is_none());
        assert!((fake.reader.clients.limits().rate(ACTION) - 10.0).abs() < f64::EPSILON);
    }
}
