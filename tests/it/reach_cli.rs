//! `bartizan reach` through the binary: what it prints and how it ends.

#![expect(clippy::indexing_slicing, clippy::panic, reason = "a test that does not find what it looks for fails")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::python::python;

const SNAPSHOTS: [&str; 6] =
    ["load-balancer", "nat-gateway", "public-private-subnet", "transit-gateway", "vpc-endpoint-gateway", "vpc-peering"];

fn estates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/estates")
}

/// The path of a sample estate.
pub(crate) fn estate(name: &str) -> String {
    estates().join(name).display().to_string()
}

pub(crate) fn reach(arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bartizan"));
    command.arg("reach").args(arguments).current_dir(std::env::temp_dir());
    command.env("XDG_CONFIG_HOME", std::env::temp_dir().join("bartizan-no-such-home")).env_remove("BARTIZAN_CONFIG");
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs");
    let mut stdin = child.stdin.take().expect("piped");
    let input = input.to_owned();
    // A program that answers while it reads must not wait for us.
    let writer = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("written");
    output
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("text")
}

/// The text, errors and exit code of a run, for a snapshot.
fn whole(arguments: &[&str]) -> String {
    let output = reach(arguments, "");
    let code = output.status.code().expect("a code");
    format!("{}{}exit {code}\n", out(&output), err(&output)).replace(&estates().display().to_string(), "ESTATES")
}

/// A dump with an instance in a public subnet, which may be changed.
pub(crate) struct Dump(TempDir);

impl Dump {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        for entry in fs::read_dir(estates().join("aws-cli/load-balancer")).expect("listed") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|kind| kind == "json") {
                fs::copy(&path, directory.path().join(path.file_name().expect("named"))).expect("copied");
            }
        }
        Self(directory)
    }

    pub(crate) fn path(&self) -> &str {
        self.0.path().to_str().expect("text")
    }

    fn remove(&self, file: &str) {
        fs::remove_file(self.0.path().join(file)).expect("it was there");
    }

    pub(crate) fn write(&self, file: &str, value: &Value) {
        fs::write(self.0.path().join(file), value.to_string()).expect("written");
    }

    pub(crate) fn replace(&self, file: &str, old: &str, new: &str) {
        let path = self.0.path().join(file);
        let text = fs::read_to_string(&path).expect("read");
        assert!(text.contains(old), "{file} holds {old}");
        fs::write(path, text.replace(old, new)).expect("written");
    }
}

const WEB: &str = "i-0c8ce8bbdd98cc4e8";
const APP: &str = "i-0f4af951d61a19245";

#[test]
fn a_connection_is_told_hop_by_hop() {
    insta::assert_snapshot!(
        "connects",
        whole(&["internet", "i-0c8ce8bbdd98cc4e8:22", "--from", &estate("aws-cli/load-balancer")])
    );
    let transit = estate("aws-cli/transit-gateway");
    insta::assert_snapshot!("transit", whole(&["i-06ba034d88c84ef07", "i-0b14080af811fda3d:22", "--from", &transit]));
}

#[test]
fn what_stops_a_connection_is_told_whole() {
    let world = estate("reach-worlds/w01");
    insta::assert_snapshot!("denied", whole(&["i-0000000000", "i-0000000001:22", "--from", &world]));
    insta::assert_snapshot!("denied_reply", whole(&["internet", "i-0000000000:22", "--from", &world]));
}

#[test]
fn what_was_not_read_is_named() {
    let dump = Dump::new();
    dump.remove("NetworkAcls.json");
    let output = reach(&["internet", &format!("{WEB}:22"), "--from", dump.path()], "");
    assert_eq!(output.status.code(), Some(3), "{}", out(&output));
    assert!(out(&output).starts_with("UNKNOWN  internet 198.51.100.7 -> "), "{}", out(&output));
    assert!(out(&output).contains("ec2:DescribeNetworkAcls"), "{}", out(&output));
    let output = reach(&["internet", &format!("{WEB}:22"), "--from", dump.path(), "--json"], "");
    let analysis = analyses(&output).remove(0);
    assert_eq!(analysis["Status"], "failed");
    assert_eq!(analysis["NetworkPathFound"], Value::Null, "it is not known");
    assert_eq!(analysis["ForwardPathComponents"], json!([]), "a path that may not be there is none");
}

#[test]
fn names_and_addresses_mean_what_has_them() {
    let dump = estate("aws-cli/load-balancer");
    let by_id = whole(&[WEB, &format!("{APP}:22"), "--from", &dump]);
    assert!(by_id.starts_with("DENIED") || by_id.starts_with("CONNECTS"), "{by_id}");
    let analysis = |source: &str, destination: &str, more: &[&str]| {
        let flags = [&[source, destination, "--from", &dump, "--json"], more].concat();
        let output = reach(&flags, "");
        analyses(&output).remove(0)
    };
    // A public address is its interface's; the packet leaves with the private one.
    let sent = analysis("3.17.39.193", "10.1.1.189:80", &[]);
    let own = analysis(WEB, "10.1.1.189:80", &[]);
    assert_eq!(sent["ForwardPathComponents"], own["ForwardPathComponents"]);
    assert_eq!(analysis("internet", "3.17.39.193:22", &[])["SourceIp"], "198.51.100.7");
    assert_eq!(analysis("internet:203.0.113.9", "3.17.39.193:22", &[])["SourceIp"], "203.0.113.9");
    assert_eq!(analysis("203.0.113.9", "3.17.39.193:22", &[])["Source"], "internet");
    let flagged = analysis("internet", "3.17.39.193:22", &["--source-address", "203.0.113.9"]);
    assert_eq!(flagged["SourceIp"], "203.0.113.9");
    // From outside to what has a public address: to that; from inside: to the private one first.
    assert_eq!(analysis("internet", &format!("{WEB}:22"), &[])["DestinationIp"], "3.17.39.193");
    assert!(analysis(APP, &format!("{WEB}:22"), &[])["DestinationIp"].as_str().unwrap().starts_with("10.1."));
    assert_eq!(analysis(WEB, "internet:443", &[])["DestinationIp"], "198.51.100.7");
    assert_eq!(analysis("internet", WEB, &["--proto", "icmp"])["Protocol"], "icmp");
    let other = analysis("internet", &format!("{WEB}:22"), &["--source-address", "2001:db8::1"]);
    assert_eq!(other["Verdict"], "denied");
    assert!(other["Explanations"][0]["Text"].as_str().unwrap().contains("of one family"), "{other}");
}

#[test]
fn without_a_port_every_service_that_gets_there_is_told() {
    insta::assert_snapshot!("every_service", whole(&["internet", "lb", "--demo"]));
    let output = reach(&["Bastion 2023", "elasticsearch-v7", "--demo", "--json"], "");
    let services: Vec<Value> = analyses(&output).into_iter().map(|one| one["Services"].clone()).collect();
    assert_eq!(services, [json!("everything"), json!("everything")], "one answer for each of its two subnets");
    let none = reach(&["internet", "elasticsearch-v7", "--demo"], "");
    assert_eq!(none.status.code(), Some(1));
    assert!(out(&none).contains("name a port"), "{}", out(&none));
}

#[test]
fn a_rule_for_some_of_the_internet_is_told_with_whom_it_lets_in() {
    let dump = Dump::new();
    let open = "\"CidrIp\": \"0.0.0.0/0\"";
    dump.replace("SecurityGroups.json", open, "\"CidrIp\": \"203.0.113.0/28\"");
    let output = reach(&["internet", &format!("{WEB}:22"), "--from", dump.path()], "");
    assert_eq!(output.status.code(), Some(0), "some hosts get in: {}", out(&output));
    let said = out(&output);
    assert!(said.starts_with("CONNECTS  internet 203.0.113.0 -> "), "{said}");
    assert!(said.contains("\n  from 203.0.113.0/28\n"), "{said}");
    let one = reach(&["internet:198.51.100.7", &format!("{WEB}:22"), "--from", dump.path()], "");
    assert_eq!(one.status.code(), Some(1), "that one does not: {}", out(&one));
}

#[test]
fn everything_in_a_place_is_asked() {
    let dump = estate("aws-cli/load-balancer");
    let members = ["vpc-015b20578b48c1349", "subnet-090fe152cd18ced20", "sg-0a74e5595da78724d", "10.1.250.0/24"];
    let told = members.map(|members| whole(&[members, &format!("{APP}:22"), "--from", &dump]));
    insta::assert_snapshot!("members", told.join("\n"));
    let none = whole(&["10.77.0.0/16", &format!("{APP}:22"), "--from", &dump]);
    assert!(none.contains("no interface that sends is in `10.77.0.0/16`") && none.ends_with("exit 2\n"), "{none}");
}

#[test]
fn wrong_usage_says_what_is_meant() {
    let dump = Dump::new();
    dump.replace("Reservations.json", "\"test1\"", "\"twin\"");
    dump.replace("Reservations.json", "\"test20\"", "\"twin\"");
    for (arguments, told) in [
        (&["internet"][..], "<DEST[:PORT]>"),
        (&["internet", "atlantis:22"], "nothing in this estate is called `atlantis`"),
        (&["internet", "twi:22"], "like it are"),
        (&["internet", "twin:22"], "more than one thing here"),
        (&["internet", "i-0c8ce8bbdd98cc4e8:22", "--proto", "icmp"], "protocol icmp has no ports"),
        (&["internet", "i-0c8ce8bbdd98cc4e8:99999"], "`99999` is no port"),
        (&["internet", "i-0c8ce8bbdd98cc4e8:22", "--proto=-1"], "`-1`"),
        (&["internet", "i-0c8ce8bbdd98cc4e8:22", "--proto", "sctp"], "`sctp` is no protocol"),
        (&["internet:10.0.0.1", "i-0c8ce8bbdd98cc4e8:22"], "private or reserved"),
        (&["10.77.0.1", "i-0c8ce8bbdd98cc4e8:22"], "nothing in this estate has the address 10.77.0.1"),
        (&["internet:203.0.113.9", "i-0c8ce8bbdd98cc4e8:22", "--source-address", "203.0.113.8"], "already"),
        (&["--json", "test", "--flows", "-"], "the flags of a command come after its name"),
    ] {
        let output = reach(&[arguments, &["--from", dump.path()]].concat(), "");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", out(&output));
        assert!(err(&output).contains(told), "{arguments:?}: {}", err(&output));
        assert_eq!(out(&output), "", "{arguments:?}");
    }
}

#[test]
fn hostile_names_reach_no_terminal() {
    let dump = Dump::new();
    dump.replace("Reservations.json", "\"test1\"", "\"\\u001b[31mred\\u202e\"");
    let output = reach(&["i-055b0db7be365202c", "10.1.20.95:23", "--from", dump.path()], "");
    let error = reach(&["red", "10.1.20.95:23", "--from", dump.path()], "");
    for text in [out(&output), err(&error)] {
        assert!(text.contains("red"), "{text}");
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text:?}");
    }
}

fn analyses(output: &Output) -> Vec<Value> {
    let page: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", err(output)));
    page["NetworkInsightsAnalyses"].as_array().expect("analyses").clone()
}

/// Keys that AWS's shape has no word for, by where they are.
const OWN: [&str; 15] = [
    ".Destination",
    ".DestinationIp",
    ".DestinationPort",
    ".Notes",
    ".Protocol",
    ".Services",
    ".Source",
    ".SourceCidrs",
    ".SourceIp",
    ".Through",
    ".Unread",
    ".Verdict",
    ".ForwardPathComponents.Note",
    ".Explanations.Reply",
    ".Explanations.Text",
];

/// Walks JSON along a shape of botocore's EC2 model and prints the keys and values that do not fit it.
const SHAPE: &str = r#"
import botocore.session, json, sys
model = botocore.session.get_session().get_service_model("ec2")
fits = {"string": str, "integer": int, "boolean": bool, "structure": dict, "list": list}
def walk(shape, value, path):
    if not isinstance(value, fits[shape.type_name]):
        print(path, "is no", shape.type_name)
    elif shape.type_name == "list":
        for one in value: walk(shape.member, one, path)
    elif shape.type_name == "structure":
        for key, one in value.items():
            if key in shape.members: walk(shape.members[key], one, path + "." + key)
            else: print(path + "." + key)
for analysis in json.load(sys.stdin): walk(model.shape_for("NetworkInsightsAnalysis"), analysis, "")
"#;

#[test]
fn json_has_the_shape_of_awss_analyses() {
    let mut all = Vec::new();
    let world = estate("reach-worlds/w01");
    let questions = [
        ["internet", "i-0c8ce8bbdd98cc4e8:22", &estate("aws-cli/load-balancer")],
        ["i-055b0db7be365202c", "test-lb:80", &estate("aws-cli/load-balancer")],
        ["i-06ba034d88c84ef07", "i-0b14080af811fda3d:22", &estate("aws-cli/transit-gateway")],
        ["i-04a292ff83b3aa833", "10.10.10.157:22", &estate("aws-cli/vpc-peering")],
        ["i-0a73a1a6021c03ddb", "internet:443", &estate("aws-cli/nat-gateway")],
        ["i-0000000000", "i-0000000001:22", &world],
        ["internet", "i-0000000000:22", &world],
    ];
    for [from, to, path] in questions {
        all.extend(analyses(&reach(&[from, to, "--from", path, "--json"], "")));
    }
    let hops = all.iter().flat_map(|one| one["ForwardPathComponents"].as_array().expect("hops"));
    assert!(hops.clone().any(|hop| hop.get("TransitGatewayRouteTableRoute").is_some()), "a transit gateway's route");
    assert!(hops.clone().any(|hop| hop.get("AclRule").is_some() && hop.get("SecurityGroupRule").is_none()));
    let mut check = Command::new(python("emulator"));
    let mut child = check.args(["-c", SHAPE]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python");
    serde_json::to_writer(child.stdin.take().expect("piped"), &all).expect("written");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success());
    let mut strange: Vec<String> = out(&output).lines().map(str::to_owned).collect();
    strange.retain(|line| !OWN.contains(&line.as_str()));
    strange.sort();
    strange.dedup();
    assert_eq!(strange, Vec::<String>::new());
}

#[test]
fn everything_exposed_is_told_with_whom_and_how() {
    insta::assert_snapshot!("exposed", whole(&["exposed", "--demo"]));
    insta::assert_snapshot!("exposed_one_way", whole(&["exposed", "--from", &estate("reach-worlds/w01")]));
    let staging = whole(&["exposed", "--demo", "--env", "Staging"]);
    assert!(staging.contains("lb-staging") && !staging.contains("lb-dev") && !staging.contains("Bastion"), "{staging}");
    let page: Value = serde_json::from_slice(&reach(&["exposed", "--demo", "--json"], "").stdout).expect("JSON");
    let bastion = page["Exposed"].as_array().unwrap().iter().find(|one| one["ResourceId"] == "i-007abe4e3117b3288");
    let opening = &bastion.expect("the bastion")["Openings"][0];
    assert_eq!(opening["Ports"], json!([{"Protocol": "tcp", "PortRange": {"From": 22, "To": 22}}]));
    assert_eq!(opening["SourceCidrs"], json!(["0.0.0.0/0"]));
    assert_eq!(opening["Verdict"], "connects");
    assert!(opening["ReturnPathComponents"].as_array().is_some_and(|hops| !hops.is_empty()));
}

#[test]
fn exposed_ends_by_what_is_known() {
    let private = Dump::new();
    private.replace("SecurityGroups.json", "\"0.0.0.0/0\"", "\"10.0.0.0/8\"");
    let exposed = |dump: &Dump, more: &[&str]| reach(&[&["exposed", "--from", dump.path()], more].concat(), "");
    let output = exposed(&private, &[]);
    assert_eq!(output.status.code(), Some(3), "who knows what distributions there are: {}", out(&output));
    assert!(out(&output).starts_with("The internet reaches nothing here.\n\nNot judged:\n"), "{}", out(&output));
    assert!(out(&output).contains("cloudfront:ListDistributions"), "{}", out(&output));
    for kind in bartizan::model::Kind::ALL {
        let path = private.0.path().join(format!("empty-{}.json", kind.name()));
        fs::write(path, json!({ kind.collection(): [] }).to_string()).expect("written");
    }
    let output = exposed(&private, &[]);
    assert_eq!((output.status.code(), out(&output).as_str()), (Some(0), "The internet reaches nothing here.\n"));
    fs::remove_file(private.0.path().join("empty-NetworkInterface.json")).expect("it was there");
    private.remove("NetworkInterfaces.json");
    let output = exposed(&private, &[]);
    assert_eq!(output.status.code(), Some(3), "{}", out(&output));
    assert!(out(&output).contains("ec2:DescribeNetworkInterfaces"), "{}", out(&output));

    let unread = Dump::new();
    unread.remove("SecurityGroups.json");
    let output = exposed(&unread, &[]);
    assert_eq!(output.status.code(), Some(3), "{}", out(&output));
    assert!(out(&output).contains("  unknown  everything  from everyone"), "{}", out(&output));
    assert!(out(&output).contains("ec2:DescribeSecurityGroups"), "{}", out(&output));
    assert_eq!(exposed(&unread, &["--env", "atlantis"]).status.code(), Some(2));
}

#[test]
fn what_a_held_host_reaches_is_a_tree() {
    insta::assert_snapshot!("blast", whole(&["blast", "--from", &estate("aws-cli/load-balancer")]));
    insta::assert_snapshot!("blast_internet", whole(&["blast", "internet", "--demo"]));
    let world = estate("reach-worlds/w01");
    let any = whole(&["blast", "i-0001000003", "--mode", "any", "--from", &world]);
    insta::assert_snapshot!("blast_any", any);
    let none = whole(&["blast", "--from", &estate("aws-cli/vpc-peering")]);
    assert!(none.starts_with("There is no bastion here") && none.ends_with("exit 0\n"), "{none}");
    let unread = Dump::new();
    unread.remove("SecurityGroups.json");
    let output = reach(&["blast", WEB, "--from", unread.path()], "");
    assert_eq!(output.status.code(), Some(3), "{}", out(&output));
    assert!(out(&output).contains("ec2:DescribeSecurityGroups"), "{}", out(&output));
    assert!(out(&output).contains("reaches 0 resources"), "{}", out(&output));
    assert!(out(&output).contains("Reached perhaps, if what was not read says so:\n├─ test-lb"), "{}", out(&output));
    let page = reach(&["blast", WEB, "--json", "--from", unread.path()], "").stdout;
    let page: Value = serde_json::from_slice(&page).expect("JSON");
    let one = &page["Blasts"][0];
    assert!(one["Reached"].as_array().expect("a list").is_empty(), "{one}");
    assert_eq!(one["Perhaps"][0]["ResourceType"], "LoadBalancer", "{one}");
    assert_eq!(one["Unread"][0]["Action"], "ec2:DescribeSecurityGroups", "{one}");
    let page: Value =
        serde_json::from_slice(&reach(&["blast", "internet", "--demo", "--json"], "").stdout).expect("JSON");
    let reached = page["Blasts"][0]["Reached"].as_array().expect("a list");
    for one in reached.iter().filter(|one| one["Depth"] != 1) {
        let from = &reached[usize::try_from(one["From"].as_u64().expect("from what")).unwrap()];
        assert_eq!(from["Depth"].as_u64().map(|depth| depth + 1), one["Depth"].as_u64());
        assert_eq!(from["MovesOn"], true, "{from}");
    }
    assert!(reached.iter().any(|one| one["Depth"] == 2), "through the bastion");
}

// ---------------------------------------------------------------------------------------------- flows

/// The lines of a recording: flows, and what an independent engine said of them.
pub(crate) fn recording(name: &str) -> String {
    let packed = fs::read(estates().join(format!("{name}.jsonl.zst"))).expect("a recording");
    String::from_utf8(zstd::decode_all(packed.as_slice()).expect("zstd")).expect("text")
}

pub(crate) fn objects(text: &str) -> Vec<serde_json::Map<String, Value>> {
    text.lines().map(|line| serde_json::from_str(line).expect("an object")).collect()
}

/// Whether an independent engine let a connection come about.
pub(crate) fn connected(flow: &serde_json::Map<String, Value>) -> bool {
    if let Some(verdict) = flow.get("verdict") {
        return verdict == "acc" || verdict == "exit";
    }
    flow["traces"].as_array().expect("traces").iter().any(|trace| {
        let back = |disp: &str| trace["rev"].as_array().into_iter().flatten().any(|reverse| reverse["disp"] == disp);
        match trace["disp"].as_str() {
            Some("ACCEPTED") => back("ACCEPTED") || back("EXITS_NETWORK"),
            Some("EXITS_NETWORK") => back("ACCEPTED"),
            _ => false,
        }
    })
}

fn agrees(estate: &str, recorded: &str) {
    let output = reach(&["test", "--flows", "-", "--from", estate], recorded);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let mut flows = objects(recorded);
    flows.retain(|flow| flow.contains_key("src"));
    let judged = objects(&out(&output));
    assert_eq!(judged.len(), flows.len(), "{estate}");
    for (mut flow, mut judged) in flows.into_iter().zip(judged) {
        let verdict = judged.remove("verdict").expect("a verdict");
        let expected = connected(&flow) && flow.get("asymmetric_nat_return") != Some(&json!(true));
        assert_eq!(verdict == "connects", expected, "{estate}: {flow:?} is {verdict}");
        flow.remove("verdict");
        assert_eq!(judged, flow, "everything else stays");
    }
}

#[test]
fn recorded_flows_are_judged_as_an_independent_engine_did() {
    for name in SNAPSHOTS {
        agrees(&estate(&format!("aws-cli/{name}")), &recording(&format!("aws-cli/{name}.flows")));
    }
    for world in (1..=10).map(|world| format!("reach-worlds/w{world:02}")) {
        agrees(&estate(&world), &recording(&format!("{world}.verdicts")));
    }
}

fn test(input: &str, more: &[&str]) -> Output {
    let world = estate("reach-worlds/w01");
    reach(&[&["test", "--flows", "-", "--from", &world], more].concat(), input)
}

#[test]
fn keys_and_their_order_are_kept_and_a_verdict_is_replaced() {
    let flow = r#"{"note": {"z": 1.50, "a": [1e3, "\u00e9"]}, "dstPort": 22, "proto": "tcp", "dstIp": "10.0.48.11", "src": "i-0000000000", "x": null}"#;
    let line = |verdict: &str| flow.replace("null}", &format!("null, \"verdict\": \"{verdict}\"}}"));
    let given = format!("\n{{\"meta\": {{}}}}\n{flow}\n  \n{{\"meta2\": 1}}\n{}", line("nonsense"));
    let output = test(&given, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(out(&output), format!("{0}\n{0}\n", line("denied")));
    let first = flow.replace("{\"note\"", "{\"verdict\": 7, \"note\"");
    assert_eq!(out(&test(&first, &[])), format!("{}\n", first.replace('7', "\"denied\"")), "it stays in its place");
}

#[test]
fn paths_are_written_when_they_are_asked_for() {
    let flows = r#"{"src": "internet", "srcIp": "198.51.100.7", "dstIp": "54.0.0.2", "proto": "TCP", "dstPort": 22}
{"src": "i-0000000000", "dstIp": "10.0.48.10", "proto": 6, "dstPort": 22, "forward": 1}"#;
    let output = test(flows, &["--paths"]);
    let judged = objects(&out(&output));
    assert_eq!(judged[0]["forward"], json!([]), "nothing arrives");
    let codes = judged[0]["explanations"].as_array().unwrap().iter().map(|why| why["ExplanationCode"].clone());
    assert!(codes.eq(["SG_HAS_NO_RULES", "NO_ROUTE_TO_DESTINATION"]), "{judged:?}");
    assert_eq!(judged[1]["verdict"], "connects");
    assert!(judged[1]["forward"].as_array().is_some_and(|hops| !hops.is_empty()), "{judged:?}");
    assert_eq!(judged[1].keys().filter(|key| *key == "forward").count(), 1);
}

#[test]
fn expectations_are_tested_and_what_differs_is_explained() {
    let flow = |port: u16, expect: &str| {
        format!(
            r#"{{"src": "i-0000000000", "dstIp": "10.0.48.11", "proto": "TCP", "dstPort": {port}, "expect": "{expect}"}}"#
        )
    };
    let output = test(&format!("{}\n{}\n", flow(22, "denied"), flow(80, "denied")), &[]);
    assert_eq!((output.status.code(), err(&output)), (Some(0), "2 of 2 expectations hold\n".to_owned()));
    let output = test(&format!("{}\n{}\n", flow(22, "denied"), flow(80, "connects")), &[]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(objects(&out(&output)).len(), 2, "every verdict is written");
    insta::assert_snapshot!("expectation", err(&output));

    let dump = Dump::new();
    dump.remove("NetworkAcls.json");
    let flow = |expect: &str| {
        format!(
            r#"{{"src": "internet", "srcIp": "8.8.8.8", "dstIp": "3.17.39.193", "proto": "TCP", "dstPort": 22{expect}}}"#
        )
    };
    let judge = |expect: &str| reach(&["test", "--flows", "-", "--from", dump.path()], &flow(expect));
    let output = judge(r#", "expect": "connects""#);
    assert_eq!(output.status.code(), Some(3), "{}", err(&output));
    assert!(err(&output).contains("ec2:DescribeNetworkAcls"), "{}", err(&output));
    assert_eq!(judge(r#", "expect": "unknown""#).status.code(), Some(0));
    assert_eq!(judge("").status.code(), Some(0), "nothing was expected");
}

#[test]
fn a_bad_line_is_named_and_the_verdicts_before_it_are_kept() {
    let good = r#"{"src": "i-0000000000", "dstIp": "10.0.48.11", "proto": "TCP", "dstPort": 22}"#;
    let with = |old: &str, new: &str| {
        let changed = good.replace(old, new);
        assert_ne!(changed, good);
        changed
    };
    for (bad, told) in [
        ("{".to_owned(), "one JSON object"),
        ("[1]".to_owned(), "one JSON object"),
        (with("\"src\"", "\"sorce\""), "there is no `src`"),
        (with("i-0000000000", "i-000000000x"), "nothing in this estate is called `i-000000000x`"),
        (with("i-0000000000", "internet"), "needs `srcIp`"),
        (with("10.0.48.11", "10.0.48"), "`dstIp` is `\"10.0.48\"`, and should be an address"),
        (with("\"TCP\"", "\"TPC\""), "`TPC` is no protocol"),
        (with("\"TCP\"", "300"), "`proto` is `300`"),
        (with("22", "70000"), "`dstPort` is `70000`"),
        (with("22", "null"), "tcp needs a port"),
        (with("\"TCP\"", "\"ICMP\""), "protocol icmp has no ports"),
        (with("22}", "22, \"expect\": \"yes\"}"), "`expect` is `\"yes\"`, and should be connects"),
        (with("22}", "22, \"srcIp\": \"2001:db8::1\"}"), "different families"),
        (with("22}", "22, \"srcPort\": -1}"), "`srcPort` is `-1`"),
    ] {
        let output = test(&format!("{good}\n\n{bad}\n{good}\n"), &[]);
        assert_eq!(output.status.code(), Some(2), "{bad}");
        assert!(
            err(&output).starts_with("error: standard input:3: ") && err(&output).contains(told),
            "{}",
            err(&output)
        );
        assert_eq!(objects(&out(&output)).len(), 1, "{bad}");
    }
    let output = reach(&["test", "--flows", "/no/such.jsonl", "--from", &estate("reach-worlds/w01")], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("/no/such.jsonl"), "{}", err(&output));
}

#[test]
fn an_address_of_a_delegated_prefix_is_its_interfaces() {
    let dump = Dump::new();
    let path = Path::new(dump.path()).join("NetworkInterfaces.json");
    let mut interfaces: Value = serde_json::from_str(&fs::read_to_string(path).expect("read")).expect("JSON");
    let all = interfaces["NetworkInterfaces"].as_array_mut().expect("a list");
    let own = all.iter_mut().find(|one| one["Attachment"]["InstanceId"] == APP).expect("its interface");
    own["Ipv4Prefixes"] = json!([{"Ipv4Prefix": "10.1.20.208/28"}]);
    dump.write("NetworkInterfaces.json", &interfaces);
    let code = |from: &str, to: &str| reach(&[from, &format!("{to}:22"), "--from", dump.path()], "").status.code();
    assert_eq!((code(WEB, "10.1.20.209"), code(WEB, "10.1.20.224")), (code(WEB, APP), Some(1)));
    // As a sender it is named by an address of it, or by a range that holds some.
    let out_of = |source: &str| out(&reach(&[source, &format!("{WEB}:22"), "--from", dump.path()], ""));
    assert!(out_of("10.1.20.212").contains("10.1.20.212 -> "), "{}", out_of("10.1.20.212"));
    assert!(out_of("10.1.20.212/31").contains("in 10.1.20.212/31"), "{}", out_of("10.1.20.212/31"));
    assert!(err(&reach(&["10.1.20.224/31", WEB, "--from", dump.path()], "")).contains("no interface that sends"));
}

#[test]
fn a_path_without_a_port_names_none() {
    let from = estate("aws-cli/load-balancer");
    let all = analyses(&reach(&[WEB, "internet", "--json", "--from", &from], ""));
    assert_eq!((&all[0]["Services"], &all[0]["Protocol"]), (&json!("everything"), &json!("-1")));
    assert_eq!(all[0].get("DestinationPort"), None);
    let one = analyses(&reach(&["internet", &format!("{WEB}:22"), "--json", "--from", &from], ""));
    assert_eq!((&one[0]["Protocol"], &one[0]["DestinationPort"]), (&json!("tcp"), &json!(22)));
}

#[test]
fn what_a_function_behind_a_url_goes_on_to_is_told() {
    let dump = Dump::new();
    let (subnet, group) = ("subnet-090fe152cd18ced20", "sg-0a74e5595da78724d");
    let function = "arn:aws:lambda:us-east-2:554773406868:function:resize";
    let config = json!({"VpcId": "vpc-0b966fdeb36d5e043", "SubnetIds": [subnet], "SecurityGroupIds": [group]});
    let url = json!({"FunctionUrl": "https://x.lambda-url.us-east-2.on.aws/", "AuthType": "NONE"});
    let functions = json!({"Functions": [{
        "FunctionArn": function, "FunctionName": "resize", "VpcConfig": config, "FunctionUrlConfigs": [url],
    }]});
    fs::write(Path::new(dump.path()).join("Functions.json"), functions.to_string()).expect("written");
    let exposed = || out(&reach(&["exposed", "--from", dump.path()], ""));
    assert!(exposed().contains("resize  Function") && !exposed().contains("goes on"), "{}", exposed());
    let path = Path::new(dump.path()).join("NetworkInterfaces.json");
    let mut listed: Value = serde_json::from_str(&fs::read_to_string(&path).expect("read")).expect("JSON");
    let mut interface = listed["NetworkInterfaces"][1].clone();
    for (field, value) in [
        ("NetworkInterfaceId", json!("eni-lambda")),
        ("InterfaceType", json!("lambda")),
        ("SubnetId", json!(subnet)),
        ("PrivateIpAddress", json!("10.1.1.77")),
        ("PrivateIpAddresses", json!([{"PrivateIpAddress": "10.1.1.77", "Primary": true}])),
        ("Groups", json!([{"GroupId": group}])),
        ("Attachment", json!({"Status": "attached"})),
    ] {
        interface[field] = value;
    }
    listed["NetworkInterfaces"].as_array_mut().expect("a list").push(interface);
    fs::write(&path, listed.to_string()).expect("written");
    let told = exposed();
    let (_, told) = told.split_once("resize  Function").expect("the function");
    insta::assert_snapshot!("function_onward", told.split("\n\n").next().expect("a part"));
}
