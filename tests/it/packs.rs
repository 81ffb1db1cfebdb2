//! The packs built in: they are sound, they do what their tests and fixtures say, and they find the faults that are
//! known to be in a real system.

use std::collections::BTreeSet;
use std::path::Path;

use bartizan::audit::{Audit, Limits, Options, Pack, Severity, run};
use bartizan::model::Environment;
use bartizan::source;

pub(crate) fn packs() -> Vec<Pack> {
    Pack::embedded().expect("packs without faults")
}

#[test]
fn there_are_five_of_several_rules_each() {
    let packs = packs();
    let ids: Vec<&str> = packs.iter().map(|pack| pack.id.as_str()).collect();
    assert_eq!(ids, ["bastion-exposure", "https-only", "multi-az", "observability", "private-subnet-isolation"]);
    assert!(packs.iter().all(|pack| pack.rules.len() >= 4));
}

#[test]
fn every_pack_is_sound() {
    let faults: Vec<String> = packs().iter().flat_map(Pack::lint).map(|fault| fault.to_string()).collect();
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn every_rule_does_what_its_tests_and_fixtures_say_and_every_line_is_reached() {
    let mut wrong = Vec::new();
    for pack in packs() {
        for trial in pack.try_rules(Limits::default()) {
            assert!(trial.passed > 0, "{} was never tried", trial.rule);
            wrong.extend(trial.failed.iter().map(ToString::to_string));
            let missed: BTreeSet<_> = trial.lines.all.difference(&trial.lines.covered).collect();
            if !missed.is_empty() {
                wrong.push(format!("{}/{}: lines {missed:?} were not reached", pack.id, trial.rule));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// The environments of a demo are declared beside its estate.
#[derive(serde::Deserialize)]
struct Declared {
    environment: Vec<Environment>,
}

fn ror() -> Audit {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/source/demo/ror");
    let declared: Declared = toml::from_str(&std::fs::read_to_string(path.join("estate.toml")).unwrap()).unwrap();
    let estate = source::from_path(&path).unwrap().estate;
    run(&estate, &declared.environment, &packs(), Options::default())
}

#[test]
fn the_faults_that_are_known_of_ror_are_found() {
    use Severity::{Critical, High, Informational, Low, Medium};
    let audit = ror();
    let found: BTreeSet<(&str, &str, Severity, Option<&str>)> = audit
        .findings
        .iter()
        .filter(|finding| finding.status.is_fail())
        .map(|finding| {
            let name = finding.subject.name.as_deref().unwrap_or(&finding.subject.key.id);
            (finding.rule.as_str(), name, finding.severity, finding.environment.as_deref())
        })
        .collect();
    let known = [
        ("ssh-open-to-world", "bastion", Critical, None),
        ("group-open-to-whole-vpc", "fargate-ecs-service-sg", High, None),
        ("group-open-to-whole-vpc", "bastion", Medium, None),
        ("bastion-reaches-database", "Bastion 2023", Medium, None),
        ("bastion-with-static-key", "Bastion 2023", Medium, None),
        ("service-with-one-task", "generateid", High, Some("production")),
        ("single-zone-database", "db-staging", Informational, Some("staging")),
        ("single-zone-database", "db-dev", Informational, Some("dev")),
        ("bucket-website-over-http", "main.ror.community", Medium, Some("production")),
        ("bucket-open-to-world", "public.ror.org", High, Some("production")),
        ("bucket-open-to-world", "search.dev.ror.community", High, Some("dev")),
        ("load-balancer-without-alarm", "lb", High, Some("production")),
        ("database-without-alarm", "db", High, Some("production")),
        ("service-without-alarm", "api-community", High, Some("production")),
        ("log-group-without-retention", "/ecs/api-community", Low, Some("production")),
        ("search-domain-accepting-http", "elasticsearch-v7", High, Some("production")),
        ("search-domain-without-quorum", "elasticsearch-v7", Medium, Some("production")),
        ("search-domain-open-by-policy", "elasticsearch-v7-dev", High, Some("dev")),
        ("search-domain-without-alarm", "elasticsearch-v7", High, Some("production")),
    ];
    for fault in known {
        assert!(found.contains(&fault), "{fault:?} is not among {found:#?}");
    }
    let rules = |rule: &str| found.iter().filter(|(id, ..)| *id == rule).count();
    for (rule, count) in [
        ("listener-forwarding-clear-text", 1),
        ("listener-with-old-tls", 3),
        ("distribution-with-old-tls", 4),
        ("origin-fetched-in-clear-text", 3),
        ("bucket-website-over-http", 6),
        ("bucket-open-to-world", 9),
        ("vpc-without-flow-logs", 1),
        ("single-zone-nat", 1),
        ("single-zone-database", 2),
        ("log-group-without-retention", 15), // twelve of its own, three that API Gateway made
        ("search-domain-accepting-http", 3),
        ("search-domain-without-quorum", 3),
        ("search-domain-open-by-policy", 2),
        ("database-in-public-subnet", 0),
        ("database-publicly-accessible", 0),
        ("database-reachable-from-internet", 0),
        ("cache-reachable-from-internet", 0),
        ("search-domain-reachable-from-internet", 0),
        ("data-port-open-to-world", 0),
        ("service-with-public-address", 0),
    ] {
        assert_eq!(rules(rule), count, "{rule}: {found:#?}");
    }
}

#[test]
fn nothing_of_ror_is_left_undecided_by_a_rule_itself() {
    let audit = ror();
    assert_eq!(audit.errors, vec![]);
    let reasons: BTreeSet<(String, String)> = audit
        .findings
        .iter()
        .filter(|finding| finding.status.is_unknown())
        .map(|finding| (finding.rule.clone(), finding.message.clone()))
        .collect();
    assert_eq!(reasons, BTreeSet::new());
}
