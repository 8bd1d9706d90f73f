// SPDX-License-Identifier: MIT
//! The examples, from which the documents cut their code, print what their comments say.

mod support;

use std::process::Command;

fn check(name: &str, stated: &str) {
    let domain = support::Domain::new();
    let output = Command::new(support::example(name))
        .env("ZINC_DOMAIN", domain.name())
        .output()
        .expect("cargo test builds the examples");
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert_eq!((&*said, &*complained, output.status.code()), (stated, "", Some(0)));
}

#[test]
fn first() {
    check("first", "23.5\n");
}

#[test]
fn bytes() {
    let sample = "Some(Sample { time_ns: 17, x: 1.0, y: 2.0 })";
    check("bytes", &format!("hello 640\nSome(3.0) 504.5\n{sample}\n1\nhello\n104\n65536\n"));
}

#[test]
fn waiting() {
    check("waiting", "true\nfalse\nfalse\nstopped\n");
}

#[test]
fn asynchronous() {
    check("asynchronous", "value 1\nvalue 2\nvalue 3\n");
}

#[test]
fn closing() {
    check("closing", "true 4096\nclosed\ntrue\n");
}

#[test]
fn errors() {
    let known = zinc::SharedRegion::open("no-such-region").expect_err("there is none");
    let stated = format!("ZINC_E_NOENT -2\n{}\nErr(NotFound)\n", known.remedy());
    check("errors", &stated);
}

#[test]
fn private() {
    check("private", "[97, 98, 99] true\n");
}
