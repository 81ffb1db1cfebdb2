//! What keeps a broken or hostile rule from taking the program down: its panics are caught, and it runs on a stack
//! that no rule file of the permitted size can use up.

use std::cell::Cell;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, Once, PoisonError};
use std::thread;

/// Reserved, not used: pages of it are taken as they are touched. The interpreter recurses over nested terms, and a
/// rule file of [`super::MAX_BYTES`] nests no deeper than this bears.
const STACK: usize = 256 << 20;

static TURN: Mutex<()> = Mutex::new(());
static HOOK: Once = Once::new();

thread_local! {
    static EVALUATING: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is evaluating a rule. A panic then is caught and becomes an UNKNOWN verdict, so a panic hook
/// must leave it alone.
#[must_use]
pub fn evaluating() -> bool {
    EVALUATING.get()
}

/// Runs a piece of the interpreter; a panic of it becomes its text. One piece runs at a time, because the
/// interpreter's bound on memory is one for the whole process.
pub(super) fn catch<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    HOOK.call_once(|| {
        let earlier = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !evaluating() {
                earlier(panic);
            }
        }));
    });
    let outer = EVALUATING.replace(true);
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    EVALUATING.set(outer);
    done.map_err(|payload| {
        let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no reason given".to_owned())
    })
}

/// Runs `work` on a thread of its own with a deep stack and waits for it.
pub(in crate::audit) fn on_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().name("rules".to_owned()).stack_size(STACK).spawn_scoped(scope, work)?;
        thread.join().map_err(|payload| panic::resume_unwind(payload))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_text() {
        assert_eq!(catch(|| 1), Ok(1));
        assert_eq!(catch(|| panic!("broken {}", 1)), Err::<(), _>("broken 1".to_owned()));
        assert!(!evaluating());
    }
}
