// SPDX-License-Identifier: MIT
//! What the tests share.
#![allow(dead_code)]

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::Once;
use std::time::{Duration, Instant};

use zinc::SharedRegion;

#[path = "../../examples/support/executor.rs"]
pub mod executor;

/// Every test process has a domain of its own.
fn process_domain() -> String {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let given = std::env::var("ZINC_DOMAIN").unwrap_or_else(|_| "rust".to_owned());
        let given: String = given.chars().take(36).collect();
        std::env::set_var("ZINC_DOMAIN", format!("{given}-{}", std::process::id()));
    });
    std::env::var("ZINC_DOMAIN").expect("it is set just now")
}

/// A name that no other test of this process has. Panics on drop if the region is still there.
pub struct Name(String);

impl Name {
    pub fn new() -> Name {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        process_domain();
        Name(format!("test-{}", NEXT.fetch_add(1, Ordering::Relaxed)))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn path(&self) -> PathBuf {
        let folder = std::env::var("ZINC_DIR").unwrap_or_else(|_| "/dev/shm".to_owned());
        PathBuf::from(folder).join(format!("zinc_{}@{}", process_domain(), self.0))
    }
}

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Drop for Name {
    fn drop(&mut self) {
        if self.path().exists() {
            let _ = std::fs::remove_file(self.path());
            if !std::thread::panicking() {
                panic!("{} was left behind", self.path().display());
            }
        }
    }
}

/// A domain for the programs that a test starts. Panics on drop if anything is left in it.
pub struct Domain(String);

impl Domain {
    pub fn new() -> Domain {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        Domain(format!("{}-{}", process_domain(), NEXT.fetch_add(1, Ordering::Relaxed)))
    }

    pub fn name(&self) -> &str {
        &self.0
    }
}

impl Drop for Domain {
    fn drop(&mut self) {
        let folder = std::env::var("ZINC_DIR").unwrap_or_else(|_| "/dev/shm".to_owned());
        let mine = format!("zinc_{}@", self.0);
        let left: Vec<_> = std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().starts_with(&mine))
            .map(|entry| entry.path())
            .collect();
        left.iter().for_each(|path| drop(std::fs::remove_file(path)));
        assert!(std::thread::panicking() || left.is_empty(), "left behind: {left:?}");
    }
}

/// Where cargo has put an example.
pub fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its program");
    let folder = test.parent().and_then(|deps| deps.parent()).expect("target/PROFILE/deps/TEST");
    folder.join("examples").join(name)
}

/// Wait until something holds; false after 5 s.
pub fn eventually(mut holds: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(5);
    while !holds() {
        if Instant::now() > deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    true
}

/// Wait until `count` waits are in progress on the region.
pub fn waiting(region: &SharedRegion, count: u32) -> bool {
    eventually(|| region.info().is_ok_and(|info| info.waiters >= count))
}

/// Threads of this process.
pub fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}

/// Whether this process was started by [`again`].
pub fn is_child() -> bool {
    std::env::var_os("ZINC_TEST_CHILD").is_some()
}

/// Run one test of this program again, in a process of its own, where [`is_child`] holds; answers
/// exit code (or 128 and the signal), output and error output.
pub fn again(test: &str, settings: &[(&str, &str)]) -> (i32, String, String) {
    use std::os::unix::process::ExitStatusExt;
    let domain = Domain::new();
    let program = std::env::current_exe().expect("a test knows its program");
    let output = std::process::Command::new(program)
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env("ZINC_TEST_CHILD", "1")
        .env("ZINC_DOMAIN", domain.name())
        .envs(settings.iter().copied())
        .output()
        .expect("it runs");
    let status = output.status;
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (code, text(&output.stdout), text(&output.stderr))
}

/// Run a test in a process of its own, because it looks at the whole process.
pub fn alone(test: &str, body: impl FnOnce()) {
    if is_child() {
        return body();
    }
    let (code, output, complaints) = again(test, &[]);
    assert_eq!(code, 0, "{output}{complaints}");
}
