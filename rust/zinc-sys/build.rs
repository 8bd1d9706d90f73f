// SPDX-License-Identifier: MIT
//! Compiles the C core into the crate, or finds an installed one.
//!
//! The core lies in `vendor/` of a published crate and in `../../core` of the repository. With the
//! feature `system` or ZINC_SYSTEM=1 in the environment it is what `pkg-config zinc` names.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The folders of the core's layers, lowest first, as its own build collects them; of `os`, one
/// file is taken.
const LAYERS: [&str; 7] = ["base", "region", "memory", "containers", "sync", "flows", "messages"];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=ZINC_SYSTEM");
    let asked = env::var("ZINC_SYSTEM").unwrap_or_default();
    let system = env::var_os("CARGO_FEATURE_SYSTEM").is_some() || !matches!(&*asked, "" | "0");
    if system {
        link_installed();
    } else {
        compile(&find_core());
    }
}

fn link_installed() {
    let release = env::var("CARGO_PKG_VERSION").expect("cargo names the release");
    // A later minor release may need another table of functions; the layout is checked by the
    // library itself, in every region.
    let found =
        pkg_config::Config::new().range_version(&*release..&*next_minor(&release)).probe("zinc");
    match found {
        Ok(library) => {
            for path in library.include_paths {
                println!("cargo:include={}", path.display());
            }
        }
        Err(why) => {
            eprintln!(
                "zinc-sys {release}: no fitting libzinc is installed.\n\
                 Install Zinc {release} so that `pkg-config zinc` finds it (PKG_CONFIG_PATH), or \
                 leave ZINC_SYSTEM and the feature \"system\" away to build the core that comes \
                 with this crate.\n{why}"
            );
            std::process::exit(1);
        }
    }
}

fn next_minor(release: &str) -> String {
    let mut parts = release.split('.');
    let major = parts.next().unwrap_or_default();
    let minor: u32 = parts.next().and_then(|text| text.parse().ok()).unwrap_or(0);
    format!("{major}.{}", minor + 1)
}

fn find_core() -> PathBuf {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo names the folder"));
    for place in ["vendor", "../../core"] {
        let core = here.join(place);
        if core.join("include/zinc.h").is_file() {
            return core;
        }
    }
    panic!("zinc-sys: the C core is neither in vendor/ nor in ../../core of {}", here.display());
}

fn compile(core: &Path) {
    let include = core.join("include");
    let sources = core.join("src");
    for path in [&include, &sources] {
        println!("cargo:rerun-if-changed={}", path.display());
    }
    println!("cargo:include={}", include.display());
    check_release(&include.join("zinc/version.h"));

    let mut build = cc::Build::new();
    build
        .include(&include)
        .include(&sources)
        .define("ZINC_STATIC", None)
        .define("_FILE_OFFSET_BITS", "64")
        .flag_if_supported("-std=c11")
        .flag_if_supported("-fvisibility=hidden")
        .flag_if_supported("-pthread")
        .warnings(false);
    if env::var("OPT_LEVEL").as_deref() == Ok("0") {
        // A debug build of a Rust program is no debug build of this library.
        build.opt_level(2);
    }
    let system = match &*env::var("CARGO_CFG_TARGET_OS").unwrap_or_default() {
        "linux" | "android" => "linux.c",
        "macos" => "darwin.c",
        "windows" => "windows.c",
        _ => "stub.c",
    };
    let port = sources.join("os").join(system);
    build.file(if port.is_file() { port } else { sources.join("os/stub.c") });
    for layer in LAYERS {
        for file in c_files(&sources.join(layer)) {
            build.file(file);
        }
    }
    build.compile("zinc");
}

/// The C files of a folder in a stable order; none if a layer is not there yet.
fn c_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "c"))
        .collect();
    files.sort();
    files
}

/// The header alone knows the release; a crate of another number would lie.
fn check_release(header: &Path) {
    let text = fs::read_to_string(header).unwrap_or_default();
    let release = text
        .lines()
        .find_map(|line| line.strip_prefix("#define ZINC_VERSION_TEXT "))
        .map(|value| value.trim().trim_matches('"'));
    let own = env::var("CARGO_PKG_VERSION").expect("cargo names the release");
    assert!(
        release == Some(&*own),
        "zinc-sys {own} is built from the sources of Zinc {}: both numbers must be equal",
        release.unwrap_or("?")
    );
}
