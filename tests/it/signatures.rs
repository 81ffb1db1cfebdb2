//! Signatures in the format of minisign: ours verified by somebody else's program, theirs by ours, and every other
//! file, key and signature refused.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use super::audit::{World, ended, err, out};
use crate::python::python;

/// Somebody else's minisign.
fn theirs(world: &World, arguments: &[&str]) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/validators/signatures.py");
    Command::new(python("validators")).arg(script).args(arguments).current_dir(world.path()).output().unwrap()
}

/// A world with a report and somebody else's keys.
fn world() -> World {
    let world = World::new();
    world.write("r.json", &out(&world.audit(&["--format", "json"])));
    let made = theirs(&world, &["keys", "."]);
    assert!(made.status.success(), "{}", err(&made));
    world
}

fn sign(world: &World, more: &[&str]) -> (Option<i32>, String) {
    ended(&world.run(&[&["sign"], more].concat()))
}

fn verify(world: &World, more: &[&str]) -> (Option<i32>, String) {
    let output = world.run(&[&["verify"], more].concat());
    (output.status.code(), out(&output) + &err(&output))
}

#[test]
fn what_we_sign_others_verify_and_what_they_sign_we_do() {
    let world = world();
    world.write("name with spaces.csv", "a,b\n");
    let files = ["r.json", "name with spaces.csv", "--secret-key", "a.key"];
    assert_eq!(sign(&world, &files), (Some(0), String::new()));
    for file in ["r.json", "name with spaces.csv"] {
        let verified = theirs(&world, &["verify", file, "a.pub"]);
        assert!(verified.status.success(), "{}", err(&verified));
        assert_eq!(out(&verified), format!("timestamp:1700000000\tfile:{file}\thashed\n"));
        assert!(!theirs(&world, &["verify", file, "b.pub"]).status.success());
    }
    let key = fs::read_to_string(world.path().join("a.pub")).unwrap();
    let key = key.lines().nth(1).unwrap();
    for (file, public) in [("r.json", "a.pub"), ("r.json", key), ("name with spaces.csv", "a.pub")] {
        let (code, told) = verify(&world, &[file, "--public-key", public]);
        assert_eq!(code, Some(0), "{told}");
        assert!(told.starts_with(&format!("SIGNED: {file}: by the key ")) && told.ends_with("hashed\n"), "{told}");
    }
    assert_eq!(sign(&world, &["r.json", "--secret-key", "a-bare.key"]), (Some(0), String::new()));
    assert!(theirs(&world, &["verify", "r.json", "a.pub"]).status.success());
    fs::remove_file(world.path().join("r.json.minisig")).unwrap();
    assert!(theirs(&world, &["sign", "r.json", "b.key"]).status.success());
    assert_eq!(verify(&world, &["r.json", "--public-key", "b.pub"]).0, Some(0));
}

#[test]
fn a_key_with_a_password_needs_it() {
    let world = world();
    let with = |password: Option<&str>, flags: &[&str]| {
        let mut command = world.command(&[&["sign", "r.json", "--secret-key", "a-locked.key"], flags].concat());
        command.env_remove("PASSWORD").envs(password.map(|password| ("PASSWORD", password)));
        ended(&command.output().unwrap())
    };
    let named = ["--password-env", "PASSWORD"];
    for (password, told) in [(None, "PASSWORD, which is not set"), (Some("other"), "Wrong password")] {
        let (code, said) = with(password, &named);
        assert_eq!(code, Some(2));
        assert!(said.contains("a-locked.key: ") && said.contains(told), "{said}");
        assert!(!world.path().join("r.json.minisig").exists());
    }
    let open = ["sign", "r.json", "--secret-key", "a.key", "--password-env", "NOT_SET_AT_ALL"];
    let (code, said) = ended(&world.run(&open));
    assert_eq!((code, said.contains("NOT_SET_AT_ALL, which is not set")), (Some(2), true), "{said}");
    let (code, said) = ended(&world.run(&["sign", "r.json", "--secret-key", "no such.key"]));
    assert_eq!((code, said.contains("`minisign -G -s 'no such.key'` makes one")), (Some(2), true), "{said}");
    assert_eq!(with(Some("secret"), &named), (Some(0), String::new()));
    assert!(theirs(&world, &["verify", "r.json", "a.pub"]).status.success());
}

#[test]
fn what_is_not_the_signature_of_the_file_is_refused() {
    let world = world();
    world.write("other.json", "{}");
    assert_eq!(sign(&world, &["r.json", "other.json", "--secret-key", "a.key"]).0, Some(0));
    let report = fs::read_to_string(world.path().join("r.json")).unwrap();
    let signature = fs::read_to_string(world.path().join("r.json.minisig")).unwrap();
    world.write("cut.json", report.get(1..).unwrap());
    world.write("cut.minisig", signature.get(..signature.len() - 4).unwrap());
    world.write("comment.minisig", &signature.replace("timestamp:17", "timestamp:18"));
    for (flags, told) in [
        (&["r.json", "--public-key", "b.pub"][..], "signed by the key "),
        (&["cut.json", "--public-key", "a.pub", "--signature", "r.json.minisig"], "is not what the key"),
        (&["r.json", "--public-key", "a.pub", "--signature", "other.json.minisig"], "the signature is another file's"),
        (
            &["r.json", "--public-key", "a.pub", "--signature", "cut.minisig"],
            "not a signature of minisign's, or cut short",
        ),
        (
            &["r.json", "--public-key", "a.pub", "--signature", "comment.minisig"],
            "or the trusted comment of the signature",
        ),
        (&["r.json", "--public-key", "a.pub", "--signature", "r.json"], "not a signature of minisign's"),
    ] {
        let (code, said) = verify(&world, flags);
        assert_eq!(code, Some(1), "{flags:?}: {said}");
        assert!(said.starts_with("NOT SIGNED: ") && said.contains(told), "{flags:?}: {said}");
    }
    for (flags, told) in [
        (&["r.json", "--public-key", "none.pub"][..], "error: --public-key: no public key"),
        (&["r.json", "--public-key", "r.json"], "error: r.json: no public key"),
        (&["r.json", "--public-key", "a.pub", "--signature", "none"], "error: none: "),
        (&["r.json", "--public-key", "a.pub", "--pack", "multi-az"], "add --from SNAPSHOT"),
        (&["r.json", "--signature", "r.json.minisig"], "--public-key"),
    ] {
        let (code, said) = verify(&world, flags);
        assert_eq!(code, Some(2), "{flags:?}: {said}");
        assert!(said.contains(told), "{flags:?}: {said}");
    }
    for (flags, told) in [
        (&["r.json", "--secret-key", "a.pub"][..], "error: a.pub: no secret key"),
        (&["r.json", "none.json", "--secret-key", "b.key"], "error: none.json: "),
        (&["r.json", "--secret-key", "a.key", "--demo"], "leave out --demo"),
    ] {
        let (code, said) = sign(&world, flags);
        assert_eq!(code, Some(2), "{flags:?}: {said}");
        assert!(said.contains(told), "{flags:?}: {said}");
    }
    let kept = fs::read_to_string(world.path().join("r.json.minisig")).unwrap();
    assert_eq!(kept, signature, "where one file cannot be read none is signed");
}

#[test]
fn a_signed_report_is_judged_again_as_well() {
    let world = world();
    assert_eq!(sign(&world, &["r.json", "--secret-key", "a.key"]).0, Some(0));
    let again = ["--from", "dump", "--rules", "packs", "--pack", "our-pack"];
    let (code, told) = verify(&world, &[&["r.json", "--public-key", "a.pub"], &again[..]].concat());
    assert_eq!(code, Some(0), "{told}");
    assert!(told.starts_with("SIGNED: ") && told.contains("\nCONFIRMED: "), "{told}");
    let report = fs::read_to_string(world.path().join("r.json")).unwrap();
    world.write("r.json", &report.replace("\"FAIL\"", "\"PASS\""));
    assert_eq!(sign(&world, &["r.json", "--secret-key", "a.key"]).0, Some(0));
    let (code, told) = verify(&world, &[&["r.json", "--public-key", "a.pub"], &again[..]].concat());
    assert_eq!(code, Some(1), "{told}");
    assert!(told.starts_with("SIGNED: ") && told.contains("\nDIFFERS: "), "{told}");
}
