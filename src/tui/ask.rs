//! The questions under way: each is a task of its own, so that nothing waits for the network but its answer.

use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc};

use super::message::{Event, Question, Reply};
use crate::telemetry::Telemetry;

/// Questions that are asked at once; the others wait their turn.
const AT_ONCE: usize = 8;
/// Answers that wait to be taken; whoever brings more waits.
const WAITING: usize = 32;

/// Asks the telemetry.
#[derive(Debug)]
pub(super) struct Asker {
    telemetry: Option<Arc<dyn Telemetry>>,
    answers: mpsc::Sender<Event>,
    permits: Arc<Semaphore>,
}

impl Asker {
    /// One that asks this telemetry, and where its answers come out.
    pub(super) fn new(telemetry: Option<Arc<dyn Telemetry>>) -> (Self, mpsc::Receiver<Event>) {
        let (answers, out) = mpsc::channel(WAITING);
        (Self { telemetry, answers, permits: Arc::new(Semaphore::new(AT_ONCE)) }, out)
    }

    /// Where answers are put, for those who find them elsewhere.
    pub(super) fn answers(&self) -> mpsc::Sender<Event> {
        self.answers.clone()
    }

    /// Asks; the answer comes out sooner or later, whatever happens.
    pub(super) fn ask(&self, ask: u64, question: Question) {
        let Some(telemetry) = self.telemetry.clone() else { return };
        let (answers, permits) = (self.answers.clone(), Arc::clone(&self.permits));
        tokio::spawn(async move {
            let permit = permits.acquire().await;
            let asked = tokio::spawn(answer(Arc::clone(&telemetry), question.clone())).await;
            drop(permit);
            let reply = asked.unwrap_or_else(|error| question.failed(error.to_string()));
            let event = Event::Answer { ask, reply, budget: telemetry.budget() };
            // Nobody takes answers any more when the program is ending.
            let _ = answers.send(event).await;
        });
    }
}

async fn answer(telemetry: Arc<dyn Telemetry>, question: Question) -> Reply {
    match question {
        Question::Series(queries, window) => Reply::Series(telemetry.series(queries, window).await),
        Question::Logs(query) => Reply::Logs(telemetry.log_events(query).await),
        Question::Alarms(account, region) => Reply::Alarms(telemetry.alarms(account, region).await),
    }
}
