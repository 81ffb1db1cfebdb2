//! The Rego interpreter, bounded: a rule is compiled once, evaluated many times, and whatever it does - loop, eat
//! memory, panic - ends as an error that names its file and line.

mod answer;
mod basis;
mod builtin;
mod check;
mod guard;
mod nesting;
pub(super) mod syntax;

use std::collections::BTreeSet;
use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use regorus::unstable::{Module, Ref};
use regorus::utils::limits::{ExecutionTimerConfig, PolicyLengthConfig};
use regorus::{Engine, LimitError, Value, set_global_memory_limit};

use super::{Evidence, Fault, SourceFile};
pub(super) use answer::{Answer, Verdict};
use basis::Basis;
pub use guard::evaluating;
pub(super) use guard::on_deep_stack;

/// A rule file may have this many bytes at most; the largest of ours has a tenth.
const MAX_BYTES: usize = 64 * 1024;
/// The interpreter looks at the clock once in so many steps.
const STEPS_PER_LOOK: u32 = 256;

const FAIL: &str = "fail";
const PASS: &str = "pass";
const NOT_APPLICABLE: &str = "not_applicable";
/// The rules a rule file answers by.
const ENTRIES: [&str; 3] = [FAIL, PASS, NOT_APPLICABLE];

/// How much one evaluation may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Of the clock.
    pub time: Duration,
    /// Bytes, beyond what the program holds when it begins.
    pub memory: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time: Duration::from_secs(2), memory: 256 << 20 }
    }
}

/// A rule file ready to be evaluated.
pub(super) struct Evaluator<'r> {
    source: &'r SourceFile,
    tests: Option<&'r SourceFile>,
    limits: Limits,
    engine: Engine,
    package: String,
    clauses: Vec<Clause>,
    basis: Basis,
    /// The lines evaluated so far, when they are recorded.
    lines: Option<Lines>,
}

/// Lines of a rule file that hold something to evaluate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lines {
    /// All of them.
    pub all: BTreeSet<u32>,
    /// Those that were evaluated.
    pub covered: BTreeSet<u32>,
}

/// Where one definition of a rule stands: its name and its lines.
#[derive(Debug)]
struct Clause {
    name: String,
    first: u32,
    last: u32,
}

/// Why an evaluation ended without an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stopped {
    /// What happened, and where in the rule file.
    pub(super) fault: Fault,
    /// Whether it ran out of its time or memory.
    pub(super) limit: bool,
}

impl<'r> Evaluator<'r> {
    /// Compiles a rule file.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(super) fn new(source: &'r SourceFile, limits: Limits) -> Result<Self, Vec<Fault>> {
        Self::build(source, None, limits, None)
    }

    /// Compiles a rule file together with its tests, to be evaluated with the lines recorded.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub(super) fn traced(
        source: &'r SourceFile,
        tests: Option<&'r SourceFile>,
        limits: Limits,
    ) -> Result<Self, Vec<Fault>> {
        Self::build(source, tests, limits, Some(Lines::default()))
    }

    fn build(
        source: &'r SourceFile,
        tests: Option<&'r SourceFile>,
        limits: Limits,
        lines: Option<Lines>,
    ) -> Result<Self, Vec<Fault>> {
        let mut engine = engine(limits).map_err(|fault| vec![fault])?;
        let module = add(&mut engine, source).map_err(|fault| vec![fault])?;
        let faults = check::faults(&source.path, &module);
        if !faults.is_empty() {
            return Err(faults);
        }
        if let Some(tests) = tests {
            add(&mut engine, tests).map_err(|fault| vec![fault])?;
        }
        engine.set_enable_coverage(lines.is_some());
        engine.set_input(Value::new_object());
        let package = syntax::path(&module.package.refr).unwrap_or_default().join(".");
        // What only shows when the file is made ready shows here.
        let entry = format!("data.{package}.{FAIL}");
        match guard::catch(|| engine.compile_with_entrypoint(&entry.as_str().into()).map(|_| ())) {
            Ok(Ok(())) => {
                let (clauses, basis) = (clauses(&module), Basis::of(&module));
                Ok(Self { source, tests, limits, engine, package, clauses, basis, lines })
            }
            Ok(Err(error)) => Err(vec![Fault::of_interpreter(&source.path, &error.to_string())]),
            Err(panic) => Err(vec![Fault::file(&source.path, format!("the interpreter failed on it: {panic}"))]),
        }
    }

    /// The fields and facts that the rule looks at, with their values in an input.
    pub(super) fn looked_at(&self, input: &Value) -> Vec<Evidence> {
        self.basis.evidence(input)
    }

    /// The package of the rule file.
    pub(super) fn package(&self) -> &str {
        &self.package
    }

    /// The lines of the rule file evaluated so far, when they are recorded.
    pub(super) fn lines(&self) -> Lines {
        let mut lines = self.lines.clone().unwrap_or_default();
        let files = self.engine.get_coverage_report().map(|report| report.files).unwrap_or_default();
        for file in files.into_iter().filter(|file| *file.path == *self.source.path) {
            lines.all.extend(file.covered.iter().chain(&file.not_covered));
            lines.covered.extend(&file.covered);
        }
        lines
    }

    /// Evaluates one test: whether it is true.
    pub(super) fn test(&mut self, path: String) -> Result<bool, Stopped> {
        let value = self.evaluate(path).map_err(|ended| {
            let fault = ended.fault(&self.tests.unwrap_or(self.source).path);
            Stopped { fault, limit: matches!(ended, Ended::Limit(_)) }
        })?;
        Ok(value == Value::Bool(true))
    }

    /// What the rule answers about an input.
    pub(super) fn answer(&mut self, input: &Value) -> Result<Answer, Stopped> {
        let [fail, pass, not_applicable] = ENTRIES.map(|entry| {
            self.engine.set_input(input.clone());
            self.entry(entry, input)
        });
        Answer::new(&fail?, &pass?, &not_applicable?)
            .map_err(|message| Stopped { fault: Fault::file(&self.source.path, message), limit: false })
    }

    fn entry(&mut self, name: &str, input: &Value) -> Result<Value, Stopped> {
        if !self.clauses.iter().any(|clause| clause.name == name) {
            return Ok(Value::Undefined);
        }
        self.evaluate(format!("data.{}.{name}", self.package)).map_err(|ended| {
            let mut fault = ended.fault(&self.source.path);
            if fault.line == 0 {
                fault.line = self.last_line(name, input).try_into().unwrap_or(0);
            }
            Stopped { fault, limit: matches!(ended, Ended::Limit(_)) }
        })
    }

    fn evaluate(&mut self, path: String) -> Result<Value, Ended> {
        let done = evaluate(&mut self.engine, path, self.limits);
        if done.is_err() {
            // What an interrupted evaluation leaves behind is unknown: begin anew.
            let lines = self.lines.is_some().then(|| self.lines());
            if let Ok(fresh) = Self::build(self.source, self.tests, self.limits, lines) {
                *self = fresh;
            }
        }
        done
    }

    /// The last line of a rule that is reached before an evaluation ends: it is run again, with the lines it comes
    /// by recorded.
    fn last_line(&self, name: &str, input: &Value) -> u32 {
        let Ok(mut traced) = engine(self.limits) else { return 0 };
        if add(&mut traced, self.source).is_err() {
            return 0;
        }
        traced.set_enable_coverage(true);
        traced.set_input(input.clone());
        let _ = evaluate(&mut traced, format!("data.{}.{name}", self.package), self.limits);
        let lines = traced.get_coverage_report().map(|report| report.files).unwrap_or_default();
        let covered = lines.iter().flat_map(|file| file.covered.iter().copied());
        let own = |line: &u32| self.clauses.iter().any(|c| c.name == name && c.first <= *line && *line <= c.last);
        covered.filter(own).max().unwrap_or(0)
    }
}

/// An interpreter with nothing in it, bounded.
fn engine(limits: Limits) -> Result<Engine, Fault> {
    let mut engine = Engine::new();
    let lengths = PolicyLengthConfig::default();
    let max_file_bytes = NonZeroUsize::new(MAX_BYTES).unwrap_or(lengths.max_file_bytes);
    engine.set_policy_length_config(PolicyLengthConfig { max_file_bytes, ..lengths });
    let check_interval = NonZeroU32::new(STEPS_PER_LOOK).unwrap_or(NonZeroU32::MIN);
    engine.set_execution_timer_config(ExecutionTimerConfig { limit: limits.time, check_interval });
    engine.set_gather_prints(true);
    builtin::bound(&mut engine).map_err(|error| Fault::file("", error.to_string()))?;
    Ok(engine)
}

/// Adds a file to an interpreter and returns its syntax tree.
fn add(engine: &mut Engine, source: &SourceFile) -> Result<Ref<Module>, Fault> {
    if source.text.len() > MAX_BYTES {
        let message = format!("the file has {} bytes; {MAX_BYTES} are allowed", source.text.len());
        return Err(Fault::file(&source.path, message));
    }
    if let Some(place) = nesting::too_deep(&source.text) {
        return Err(Fault::at(&source.path, place, "nested too deep to be read: give the inner parts names"));
    }
    let added = guard::catch(|| engine.add_policy(source.path.clone(), source.text.clone()));
    match added {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => return Err(Fault::of_interpreter(&source.path, &error.to_string())),
        Err(panic) => return Err(Fault::file(&source.path, format!("the parser failed on it: {panic}"))),
    }
    let module = engine.get_modules().last().cloned();
    module.ok_or_else(|| Fault::file(&source.path, "there is nothing in it"))
}

/// Why one evaluation ended without a value.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Ended {
    /// It used up its time or memory; which, and how much that is.
    Limit(String),
    /// It went wrong, in the interpreter's words.
    Failed(String),
}

impl Ended {
    fn fault(&self, path: &str) -> Fault {
        match self {
            Self::Failed(text) => Fault::of_interpreter(path, text),
            Self::Limit(what) => Fault::file(path, format!("stopped: {what}")),
        }
    }
}

/// The syntax tree of a file.
pub(super) fn parse(source: &SourceFile) -> Result<Ref<Module>, Fault> {
    add(&mut engine(Limits::default())?, source)
}

/// Evaluates one rule of an engine, within limits.
fn evaluate(engine: &mut Engine, path: String, limits: Limits) -> Result<Value, Ended> {
    let done = guard::catch(|| {
        let _limit = MemoryLimit::new(limits.memory);
        engine.eval_rule(path)
    });
    let _ = engine.take_prints();
    match done {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(ended(&error, limits)),
        Err(panic) => Err(Ended::Failed(format!("the interpreter failed on it: {panic}"))),
    }
}

/// The bound on memory, while it lives.
struct MemoryLimit;

impl MemoryLimit {
    fn new(more: u64) -> Self {
        let held = regorus_mimalloc::allocation_stats_snapshot().0.allocated;
        set_global_memory_limit(Some(held.saturating_add(more)));
        Self
    }
}

impl Drop for MemoryLimit {
    fn drop(&mut self) {
        set_global_memory_limit(None);
    }
}

/// JSON as the interpreter holds it.
pub(super) fn value(json: serde_json::Value) -> Result<Value, String> {
    let made = guard::catch(|| serde_json::from_value(json).map_err(|error| error.to_string()));
    made.and_then(|value| value).map_err(|told| format!("the input could not be handed to the rule: {told}"))
}

fn ended(error: &anyhow::Error, limits: Limits) -> Ended {
    // An error that passed a function is only text any more.
    let text = error.to_string();
    let limit = error.downcast_ref::<LimitError>();
    if matches!(limit, Some(LimitError::TimeLimitExceeded { .. })) || text.contains("exceeded time limit") {
        Ended::Limit(format!("it took longer than {:?}", limits.time))
    } else if matches!(limit, Some(LimitError::MemoryLimitExceeded { .. })) || text.contains("exceeded memory limit") {
        Ended::Limit(format!("it took more than {} MiB", limits.memory >> 20))
    } else {
        Ended::Failed(text)
    }
}

fn clauses(module: &Module) -> Vec<Clause> {
    let starts: Vec<u32> = module.policy.iter().map(|rule| rule.span().line).collect();
    let ends = starts.iter().skip(1).map(|next| next.saturating_sub(1)).chain([u32::MAX]);
    let names = module.policy.iter().map(|rule| syntax::name(rule));
    names.zip(&starts).zip(ends).map(|((name, first), last)| Clause { name, first: *first, last }).collect()
}
