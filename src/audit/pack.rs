//! Packs: named, versioned sets of rules, from the program itself or from directories.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::engine::{Evaluator, Limits, on_deep_stack};
use super::{Fault, Fixtures, Rule, RuleMeta, SourceFile, fact, metadata};
use crate::model::digest;

/// A named, versioned set of rules.
#[derive(Debug, Clone, PartialEq)]
pub struct Pack {
    /// Its id, in kebab-case.
    pub id: String,
    /// What it is about, in a few words.
    pub title: String,
    /// Its version.
    pub version: String,
    /// What it is about.
    pub description: String,
    /// What its rules can be tuned by; handed to each of them.
    pub parameters: Value,
    /// Where it is.
    pub path: String,
    /// Whether it is built into the program.
    pub built_in: bool,
    /// The digest of its files: what two packs have in common that are the same, and what a report names.
    pub digest: String,
    /// Its rules, by id.
    pub rules: Vec<Rule>,
}

/// `pack.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    id: String,
    title: String,
    version: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    parameters: toml::Table,
}

const MANIFEST: &str = "pack.toml";

/// The files of one pack, by their path below its directory.
type Files = BTreeMap<String, String>;

impl Pack {
    /// The packs built into the program.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn embedded() -> Result<Vec<Self>, Vec<Fault>> {
        let mut packs: BTreeMap<&str, Files> = BTreeMap::new();
        for (path, text) in crate::embedded::RULES {
            if let Some((pack, file)) = path.split_once('/') {
                packs.entry(pack).or_default().insert(file.to_owned(), (*text).to_owned());
            }
        }
        let packs = load(packs.into_iter().map(|(pack, files)| (format!("rules/{pack}"), files)).collect())?;
        Ok(packs.into_iter().map(|pack| Self { built_in: true, ..pack }).collect())
    }

    /// The packs of a directory: the directory itself, or those in it that hold a `pack.toml`.
    ///
    /// # Errors
    /// When there is none, one cannot be read, or everything that is wrong with them.
    pub fn of_directory(directory: &Path) -> Result<Vec<Self>, Vec<Fault>> {
        let unreadable = |error: std::io::Error| vec![Fault::file(directory.display().to_string(), error.to_string())];
        let mut places = Vec::new();
        if directory.join(MANIFEST).is_file() {
            places.push(directory.to_owned());
        } else {
            for entry in fs::read_dir(directory).map_err(unreadable)? {
                let path = entry.map_err(unreadable)?.path();
                if path.join(MANIFEST).is_file() {
                    places.push(path);
                }
            }
        }
        if places.is_empty() {
            let hint = "no pack here: a pack is a directory with a `pack.toml`; `bartizan rules new` makes one";
            return Err(vec![Fault::file(directory.display().to_string(), hint)]);
        }
        places.sort();
        let mut packs = Vec::new();
        for place in places {
            let mut files = Files::new();
            read(&place, "", &mut files)?;
            packs.push((place.display().to_string(), files));
        }
        load(packs)
    }

    /// Where it is, for a reader.
    fn place(&self) -> &str {
        if self.built_in { "built into this program" } else { &self.path }
    }

    /// The rule of this id.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.meta.id == id)
    }
}

/// Several packs together. The same pack twice is one, where it was named last: a checkout holds the packs that are
/// built in.
///
/// # Errors
/// When an id names two different packs, or two rules: a finding, a waiver or a command could not name one of them.
pub fn together(packs: Vec<Pack>) -> Result<Vec<Pack>, Vec<Fault>> {
    let mut all: Vec<Pack> = Vec::new();
    let mut faults = Vec::new();
    for pack in packs {
        match all.iter_mut().find(|earlier| earlier.id == pack.id) {
            None => all.push(pack),
            Some(earlier) if earlier.digest == pack.digest => *earlier = pack,
            Some(earlier) => faults.push(differ(earlier, &pack)),
        }
    }
    let mut rules: BTreeMap<&str, (&Pack, &str)> = BTreeMap::new();
    for pack in &all {
        for rule in &pack.rules {
            let (id, path) = (rule.meta.id.as_str(), rule.source.path.as_str());
            if let Some((owner, earlier)) = rules.insert(id, (pack, path)) {
                let place =
                    if owner.built_in { format!("{} of the pack built in", owner.id) } else { earlier.to_owned() };
                faults.push(Fault::file(path, format!("there is another rule `{id}`, at {place}: rename one")));
            }
        }
    }
    if faults.is_empty() { Ok(all) } else { Err(faults) }
}

/// That two packs of one id are not the same, and the way out.
fn differ(earlier: &Pack, pack: &Pack) -> Fault {
    let (id, place) = (&pack.id, earlier.place());
    let way = if earlier.built_in {
        "give yours another id; or, to work on the built-in one, run a program that is built from it: `cargo run -- rules`"
    } else {
        "rename one, or name only one of the two with --rules"
    };
    Fault::file(&pack.path, format!("there is another pack `{id}`, {place}, and the two differ: {way}"))
}

/// The digest of a pack's files, whatever their line endings.
fn digest(files: &Files) -> String {
    let parts: Vec<String> = files.iter().flat_map(|(name, text)| [name.clone(), text.replace("\r\n", "\n")]).collect();
    digest::of_parts(parts.iter().map(String::as_str))
}

/// Reads a directory's files of the kinds a pack has.
fn read(directory: &Path, below: &str, files: &mut Files) -> Result<(), Vec<Fault>> {
    let unreadable =
        |path: &Path, error: std::io::Error| vec![Fault::file(path.display().to_string(), error.to_string())];
    for entry in fs::read_dir(directory).map_err(|error| unreadable(directory, error))? {
        let entry = entry.map_err(|error| unreadable(directory, error))?;
        let (path, name) = (entry.path(), format!("{below}{}", entry.file_name().to_string_lossy()));
        if path.is_dir() && below.is_empty() {
            read(&path, &format!("{name}/"), files)?;
        } else if [".rego", ".toml", ".json"].iter().any(|kind| name.ends_with(kind)) {
            files.insert(name, fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?);
        }
    }
    Ok(())
}

fn load(packs: Vec<(String, Files)>) -> Result<Vec<Pack>, Vec<Fault>> {
    let load_all = || {
        let mut faults = Vec::new();
        let mut loaded = Vec::new();
        for (path, files) in packs {
            match pack(&path, files) {
                Ok(pack) => loaded.push(pack),
                Err(wrong) => faults.extend(wrong),
            }
        }
        if faults.is_empty() { Ok(loaded) } else { Err(faults) }
    };
    on_deep_stack(load_all).map_err(|error| vec![Fault::file("", format!("no thread to read rules on: {error}"))])?
}

fn pack(path: &str, mut files: Files) -> Result<Pack, Vec<Fault>> {
    let manifest_path = format!("{path}/{MANIFEST}");
    let digest = digest(&files);
    let manifest = files.remove(MANIFEST).unwrap_or_default();
    let manifest: Manifest =
        toml::from_str(&manifest).map_err(|error| vec![toml_fault(&manifest_path, &manifest, &error)])?;
    let parameters = serde_json::to_value(&manifest.parameters)
        .map_err(|error| vec![Fault::file(&manifest_path, format!("in `parameters`: {error}"))])?;
    let names: BTreeSet<String> = files.keys().filter_map(|name| rule_id(name)).map(str::to_owned).collect();
    let mut faults = Vec::new();
    let mut rules = Vec::new();
    for id in names {
        match rule(path, &manifest.id, &id, &mut files) {
            Ok(rule) => rules.push(rule),
            Err(wrong) => faults.extend(wrong),
        }
    }
    // A file that belongs to no rule is a rule misnamed: a silence nobody would notice.
    faults.extend(files.keys().map(|name| {
        let hint = "this file belongs to no rule: `<rule>.rego`, `<rule>_test.rego` and `fixtures/<rule>.json` do";
        Fault::file(format!("{path}/{name}"), hint)
    }));
    if !faults.is_empty() {
        return Err(faults);
    }
    let Manifest { id, title, version, description, .. } = manifest;
    Ok(Pack { id, title, version, description, parameters, path: path.to_owned(), built_in: false, digest, rules })
}

fn rule_id(file: &str) -> Option<&str> {
    file.strip_suffix(".rego").filter(|id| !id.ends_with("_test") && !id.contains('/'))
}

/// A rule with its tests and fixtures, taken out of `files`.
fn rule(path: &str, pack: &str, id: &str, files: &mut Files) -> Result<Rule, Vec<Fault>> {
    let mut take = |name: String| files.remove(&name).map(|text| SourceFile { path: format!("{path}/{name}"), text });
    let source = take(format!("{id}.rego")).unwrap_or_default();
    let tests = take(format!("{id}_test.rego"));
    let fixtures = take(format!("fixtures/{id}.json"));
    let mut faults = Vec::new();
    let fixtures = fixtures.and_then(|file| self::fixtures(&file).map_err(|fault| faults.push(fault)).ok());
    let package = match Evaluator::new(&source, Limits::default()) {
        Ok(evaluator) => evaluator.package().to_owned(),
        Err(wrong) => {
            faults.extend(wrong);
            String::new()
        }
    };
    let meta = metadata::parse(id, pack, &source).map_err(|fault| faults.push(fault)).ok();
    faults.extend(meta.iter().flat_map(|meta| facts(&source.path, meta)));
    match meta {
        Some(meta) if faults.is_empty() => Ok(Rule { meta, package, source, tests, fixtures }),
        _ => Err(faults),
    }
}

/// What is wrong with the facts a rule asks for.
fn facts(path: &str, meta: &RuleMeta) -> Vec<Fault> {
    let objection = |name: &String| match fact::kinds(name) {
        None => Some(format!("there is no fact `{name}`: there are {}", fact::NAMES.join(", "))),
        Some(kinds) if kinds.contains(&meta.resource) => None,
        Some(_) => Some(format!("there is no fact `{name}` of {}", meta.resource)),
    };
    let told = meta.facts.iter().filter_map(objection);
    told.map(|told| Fault::file(path, format!("in the metadata: {told}"))).collect()
}

fn fixtures(file: &SourceFile) -> Result<Fixtures, Fault> {
    serde_json::from_str(&file.text)
        .map_err(|error| Fault::at(&file.path, (error.line(), error.column()), error.to_string()))
}

fn toml_fault(path: &str, text: &str, error: &toml::de::Error) -> Fault {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    Fault::at(path, (line, 0), error.message())
}

/// A pack of the files of a test.
#[cfg(test)]
pub(super) fn of_files(id: &str, files: &[(&str, &str)]) -> Result<Pack, Vec<Fault>> {
    let manifest = format!("id = \"{id}\"\ntitle = \"Test\"\nversion = \"1\"\n[parameters]\nports = [22]\n");
    let mut all: Files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    all.entry(MANIFEST.to_owned()).or_insert(manifest);
    load(vec![(format!("rules/{id}"), all)]).map(|mut packs| packs.remove(0))
}

/// A rule file of a test: metadata with `custom` added, and a body.
#[cfg(test)]
pub(super) fn rego(id: &str, custom: &str, body: &str) -> String {
    let custom = custom.lines().fold(String::new(), |all, line| format!("{all}#   {line}\n"));
    let package = id.replace('-', "_");
    format!(
        "# METADATA\n# title: Title of {id}\n# custom:\n#   severity: high\n#   resource: SecurityGroup\n{custom}\
         package bartizan.test.{package}\n\nimport rego.v1\n\n{body}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: &str = "fail contains {\"message\": \"open\"} if input.resource.GroupName == \"open\"\n\npass if input.resource.GroupName == \"shut\"";

    fn told(files: &[(&str, &str)]) -> Vec<String> {
        of_files("test", files).err().unwrap_or_default().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_pack_is_its_files() {
        let fixture = r#"{"good": [{"resource": {}}], "bad": []}"#;
        let text = rego("a-rule", "", OPEN);
        let pack = of_files(
            "test",
            &[("a-rule.rego", &text), ("a-rule_test.rego", "package x"), ("fixtures/a-rule.json", fixture)],
        );
        let pack = pack.unwrap();
        let rule = pack.rule("a-rule").unwrap();
        assert_eq!(rule.package, "bartizan.test.a_rule");
        assert_eq!((rule.meta.title.as_str(), rule.meta.pack.as_str()), ("Title of a-rule", "test"));
        assert_eq!(rule.fixtures.as_ref().map(|f| (f.good.len(), f.bad.len())), Some((1, 0)));
        assert_eq!(pack.parameters, serde_json::json!({"ports": [22]}));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let parse = rego("a", "", "fail contains x if {\n\tsome x in\n}");
        assert_eq!(told(&[("a.rego", &parse)]), ["rules/test/a.rego:12:1: expecting expression"]);
        let misspelt = rego("a", "read: [x]", OPEN);
        assert!(told(&[("a.rego", &misspelt)])[0].starts_with("rules/test/a.rego:6: in the metadata:"));
        let fact = rego("a", "facts: [nonesuch]", OPEN);
        assert!(told(&[("a.rego", &fact)])[0].contains("there is no fact `nonesuch`: there are admits, "));
        let fact = rego("a", "facts: [subnet_class]", OPEN);
        assert!(told(&[("a.rego", &fact)])[0].ends_with("there is no fact `subnet_class` of SecurityGroup"));
        assert!(told(&[("fixtures/b.json", "{}")])[0].contains("belongs to no rule"));
        assert!(told(&[("pack.toml", "id = \"x\"\nname = 1\n")])[0].starts_with("rules/test/pack.toml:2:"));
        let json = [("a.rego", rego("a", "", OPEN)), ("fixtures/a.json", "{\"good\": [],\n \"wrong\": 1}".to_owned())];
        assert!(
            told(&json.each_ref().map(|(name, text)| (*name, text.as_str())))[0]
                .starts_with("rules/test/fixtures/a.json:2:")
        );
    }

    #[test]
    fn a_rule_that_opa_would_refuse_is_refused() {
        for (body, told_of) in [
            ("fail contains {\"message\": m} if input.id", "`m` is never given a value"),
            ("fail contains {\"message\": \"m\"} if nosuch.call(input.id)", "there is no function `nosuch.call`"),
            ("fail contains {\"message\": \"m\"} if time.now_ns() > 1", "may not be called"),
            ("fail contains {\"message\": \"m\"} if f(1)\n\nf(x) if f(x + 1)", "`f` rests on itself"),
            ("fail contains {\"message\": \"m\"} if a\n\na if b\n\nb if data.bartizan.test.a.a", "`a` rests on itself"),
            ("fail contains {\"message\": \"m\"} if data.other.x", "`data` of other packages"),
            ("fail := true", "write `fail contains"),
            ("fail contains {\"message\": \"m\"} if input.id\n\ndefault pass := true", "a default would decide"),
            ("pass if input.id", "the rule never answers"),
        ] {
            let told = told(&[("a.rego", &rego("a", "", body))]);
            assert!(told.iter().any(|fault| fault.contains(told_of)), "{body}: {told:?}");
            assert!(told.iter().all(|fault| fault.starts_with("rules/test/a.rego")), "{told:?}");
        }
    }

    #[test]
    fn names_that_a_rule_binds_itself_are_not_unknown() {
        let body = "import input.resource as subject\n\nopen contains port if {\n\tsome port in subject.Ports\n}\n\n\
            fail contains {\"message\": concat(\" \", [name, kind])} if {\n\tsome i, {\"k\": name} in subject.List\n\
            \tkind := subject.Other[j]\n\tj > i\n\twalk(subject, [_, leaf])\n\tevery x in open { x > leaf }\n\
            \t[a, _] = [1, 2]\n\tf(a)\n\tcount([y | y := 1; y > 0]) == 1\n}\n\nf(n) := m if m := n + 1";
        assert_eq!(told(&[("a.rego", &rego("a", "", body))]), Vec::<String>::new());
    }

    #[test]
    fn a_file_that_nests_without_end_is_refused_or_read() {
        for body in ["[\n", "+1\n", "+1", "-\n", "-", "{\n", "(\n", "not ", "x[y].", "| x "] {
            let body = format!("fail contains 1 if 1 {}", body.repeat(19_000.min(60_000 / body.len())));
            assert!(!told(&[("a.rego", &rego("a", "nonesuch: 1", &body))]).is_empty());
        }
    }

    fn clashes(packs: &[&Pack]) -> Vec<String> {
        let packs = packs.iter().map(|pack| (*pack).clone()).collect();
        together(packs).err().unwrap_or_default().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn two_packs_or_rules_of_one_id_clash() {
        let pack = of_files("test", &[("a.rego", &rego("a", "", OPEN))]).unwrap();
        let other = of_files("test", &[("b.rego", &rego("b", "", OPEN))]).unwrap();
        let told = clashes(&[&pack, &other]);
        assert_eq!(told.len(), 1);
        assert!(
            told[0].starts_with("rules/test: there is another pack `test`, rules/test, and the two differ: "),
            "{told:?}"
        );
        let built_in = Pack { built_in: true, ..pack.clone() };
        let told = clashes(&[&built_in, &other]);
        assert!(
            told[0].contains("built into this program, and the two differ: give yours another id; or, "),
            "{told:?}"
        );
        let told = clashes(&[&pack, &of_files("ours", &[("a.rego", &rego("a", "", OPEN))]).unwrap()]);
        assert!(told[0].contains("there is another rule `a`, at rules/test/a.rego: rename one"), "{told:?}");
    }

    #[test]
    fn the_same_pack_twice_is_the_one_named_last() {
        let text = rego("a", "", OPEN);
        let built_in = Pack { built_in: true, ..of_files("test", &[("a.rego", &text)]).unwrap() };
        let ours = of_files("ours", &[("b.rego", &rego("b", "", OPEN))]).unwrap();
        let here = of_files("test", &[("a.rego", &text.replace('\n', "\r\n"))]).unwrap();
        let all = together(vec![built_in, ours.clone(), here.clone()]).unwrap();
        assert_eq!(all, [here, ours]);
    }
}
