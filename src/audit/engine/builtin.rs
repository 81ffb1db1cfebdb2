//! The built-in functions a rule may call: OPA's, as far as the interpreter has them, without those whose answer
//! changes from run to run, and with a bound on those that would reserve any amount of memory in one call.

use anyhow::{Result, bail};
use regorus::{Engine, Value};

/// More elements than any account has ports, addresses or days.
const MAX_RANGE: u64 = 1_000_000;

/// Functions that a rule may not call, and why.
const FORBIDDEN: [(&str, &str); 7] = [
    ("http.send", "a rule reads nothing but its input"),
    ("opa.runtime", "a rule reads nothing but its input"),
    ("rand.intn", "the same input must give the same verdict"),
    ("time.now_ns", "the same input must give the same verdict"),
    ("uuid.rfc4122", "the same input must give the same verdict"),
    ("test.sleep", "it is not one of OPA's"),
    ("trace", "it has no effect here: use `print` while writing a rule"),
];

/// Why a rule may not call the function of this name, when it is not one of its own.
pub(super) fn objection(name: &str) -> Option<String> {
    if let Some((_, reason)) = FORBIDDEN.iter().find(|(forbidden, _)| *forbidden == name) {
        return Some(format!("`{name}` may not be called: {reason}"));
    }
    let known = name == "print" || regorus::unstable::BUILTINS.contains_key(name);
    (!known).then(|| format!("there is no function `{name}`: neither in this file nor among the built-in ones"))
}

/// How many arguments a built-in takes.
pub(super) fn arity(name: &str) -> Option<usize> {
    regorus::unstable::BUILTINS.get(name).map(|(_, arity)| usize::from(*arity))
}

/// Puts the bounded functions before the interpreter's own.
pub(super) fn bound(engine: &mut Engine) -> Result<()> {
    engine.add_extension("numbers.range".to_owned(), 2, Box::new(|arguments: Vec<Value>| range(&arguments)))?;
    engine.add_extension("numbers.range_step".to_owned(), 3, Box::new(|arguments: Vec<Value>| range(&arguments)))
}

fn range(arguments: &[Value]) -> Result<Value> {
    let numbers: Vec<i64> = arguments.iter().map(Value::as_i64).collect::<Result<_>>()?;
    let (from, to, step) = match numbers.as_slice() {
        [from, to] => (*from, *to, 1),
        [from, to, step] if *step > 0 => (*from, *to, step.unsigned_abs()),
        _ => bail!("numbers.range_step: the step must be above 0"),
    };
    let steps = from.abs_diff(to) / step;
    if steps >= MAX_RANGE {
        bail!("a range may have {MAX_RANGE} elements at most");
    }
    let step = i64::try_from(step)? * if to < from { -1 } else { 1 };
    let elements = (0..=i64::try_from(steps)?).map(|nth| Value::from(from + nth * step));
    Ok(Value::from(elements.collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(arguments: &[i64]) -> Option<String> {
        let arguments: Vec<Value> = arguments.iter().map(|n| Value::from(*n)).collect();
        range(&arguments).ok().map(|value| value.to_string())
    }

    #[test]
    fn ranges_are_those_of_opa_up_to_a_bound() {
        assert_eq!(of(&[1, 3]).as_deref(), Some("[1,2,3]"));
        assert_eq!(of(&[3, 1]).as_deref(), Some("[3,2,1]"));
        assert_eq!(of(&[0, 10, 4]).as_deref(), Some("[0,4,8]"));
        assert_eq!(of(&[10, 0, 4]).as_deref(), Some("[10,6,2]"));
        assert_eq!(of(&[0, 1, 0]), None);
        assert_eq!(of(&[1, 2_000_000]), None);
        assert_eq!(of(&[i64::MIN, i64::MAX]), None);
    }

    #[test]
    fn unknown_and_unstable_functions_are_refused() {
        assert_eq!(objection("net.cidr_contains"), None);
        assert!(objection("time.now_ns").is_some_and(|why| why.contains("same verdict")));
        assert!(objection("net.cidr_intersects").is_some_and(|why| why.contains("no function")));
    }
}
