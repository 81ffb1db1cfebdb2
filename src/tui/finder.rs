//! Searches of the network. They run on a task of their own, which compiles the network once and keeps it: the estate
//! does not change while the dashboard runs. Only the newest search matters, so only that one waits.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use super::ends::{Found, Search, Searcher};
use super::message::Event;
use crate::model::Estate;

/// A search and its number.
type Wanted = Option<(u64, Search)>;

/// Searches the network.
#[derive(Debug)]
pub(super) struct Finder {
    wanted: watch::Sender<Wanted>,
}

impl Finder {
    /// One that searches this estate and sends what it finds.
    pub(super) fn new(estate: Arc<Estate>, found: mpsc::Sender<Event>) -> Self {
        let (wanted, latest) = watch::channel(None);
        tokio::spawn(supervise(estate, latest, found));
        Self { wanted }
    }

    /// Searches; what is found comes out sooner or later, unless a newer search came before.
    pub(super) fn find(&self, number: u64, search: Search) {
        self.wanted.send_replace(Some((number, search)));
    }
}

/// Runs the searches; where one breaks, says so and begins anew.
async fn supervise(estate: Arc<Estate>, latest: watch::Receiver<Wanted>, found: mpsc::Sender<Event>) {
    let mut latest = latest;
    loop {
        let work = tokio::task::spawn_blocking({
            let (estate, latest, found) = (Arc::clone(&estate), latest.clone(), found.clone());
            move || searches(&estate, latest, &found)
        });
        let Err(error) = work.await else { return };
        let broken = latest.borrow_and_update().as_ref().map(|(number, _)| *number);
        let Some(ask) = broken else { return };
        let event = Event::Found { ask, found: Found::Failed(error.to_string()) };
        if found.send(event).await.is_err() {
            return;
        }
    }
}

/// Takes searches until nobody wants any more.
fn searches(estate: &Estate, mut latest: watch::Receiver<Wanted>, found: &mpsc::Sender<Event>) {
    let runtime = tokio::runtime::Handle::current();
    let mut searcher: Option<Searcher<'_>> = None;
    while runtime.block_on(latest.changed()).is_ok() {
        let Some((ask, search)) = latest.borrow_and_update().clone() else { continue };
        let searcher = searcher.get_or_insert_with(|| Searcher::new(estate));
        let event = Event::Found { ask, found: searcher.search(&search) };
        if found.blocking_send(event).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_comes_out_with_the_number_of_the_newest_search() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().expect("a runtime");
        let numbers = runtime.block_on(async {
            let (found, mut out) = mpsc::channel(4);
            let finder = Finder::new(Arc::new(Estate::default()), found);
            let mut numbers = Vec::new();
            for number in 1..4 {
                finder.find(number, Search::Ends);
                if let Some(Event::Found { ask, found: Found::Ends(ends) }) = out.recv().await {
                    numbers.push((ask, ends.len()));
                }
            }
            drop(finder);
            assert!(out.recv().await.is_none(), "with nobody to search for it ends");
            numbers
        });
        assert_eq!(numbers, [(1, 0), (2, 0), (3, 0)]);
    }
}
