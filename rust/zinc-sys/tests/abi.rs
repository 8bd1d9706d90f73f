// SPDX-License-Identifier: MIT
//! What this crate believes of the library, against the one declaration (adapters/abi/abi.json) and
//! against the library that is linked.

use std::collections::BTreeMap;
use std::ffi::CStr;
use std::path::Path;

use zinc_sys as sys;

// ---- As much of JSON as the declaration needs --------------------------------------------------

#[derive(Clone, Debug, PartialEq)]
enum Json {
    Null,
    Bool(bool),
    Number(i128),
    Text(String),
    List(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> u8 {
        while self.text[self.at].is_ascii_whitespace() {
            self.at += 1;
        }
        self.text[self.at]
    }

    fn expect(&mut self, letter: u8) {
        assert_eq!(self.next() as char, letter as char, "at byte {}", self.at);
        self.at += 1;
    }

    /// Calls `one` for each member, up to the closing letter.
    fn members(&mut self, close: u8, mut one: impl FnMut(&mut Self)) {
        self.at += 1;
        while self.next() != close {
            one(self);
            if self.next() == b',' {
                self.at += 1;
            }
        }
        self.at += 1;
    }

    fn text(&mut self) -> String {
        self.expect(b'"');
        let mut bytes = Vec::new();
        while self.text[self.at] != b'"' {
            if self.text[self.at] == b'\\' {
                self.at += 1;
                bytes.push(match self.text[self.at] {
                    b'n' => b'\n',
                    b't' => b'\t',
                    other => other,
                });
            } else {
                bytes.push(self.text[self.at]);
            }
            self.at += 1;
        }
        self.at += 1;
        String::from_utf8(bytes).expect("JSON is UTF-8")
    }

    fn word(&mut self) -> String {
        let begin = self.at;
        while self.text[self.at].is_ascii_alphanumeric() || self.text[self.at] == b'-' {
            self.at += 1;
        }
        String::from_utf8_lossy(&self.text[begin..self.at]).into_owned()
    }

    fn value(&mut self) -> Json {
        match self.next() {
            b'"' => Json::Text(self.text()),
            b'[' => {
                let mut list = Vec::new();
                self.members(b']', |reader| list.push(reader.value()));
                Json::List(list)
            }
            b'{' => {
                let mut object = BTreeMap::new();
                self.members(b'}', |reader| {
                    let name = reader.text();
                    reader.expect(b':');
                    object.insert(name, reader.value());
                });
                Json::Object(object)
            }
            _ => match &*self.word() {
                "null" => Json::Null,
                "true" => Json::Bool(true),
                "false" => Json::Bool(false),
                number => Json::Number(number.parse().expect("a whole number")),
            },
        }
    }
}

impl Json {
    fn get(&self, name: &str) -> &Json {
        match self {
            Json::Object(object) => object.get(name).unwrap_or(&Json::Null),
            other => panic!("{other:?} has no {name}"),
        }
    }

    fn list(&self, name: &str) -> &[Json] {
        match self.get(name) {
            Json::List(list) => list,
            other => panic!("{name} is {other:?}"),
        }
    }

    fn text(&self, name: &str) -> &str {
        match self.get(name) {
            Json::Text(text) => text,
            other => panic!("{name} is {other:?}"),
        }
    }

    fn number(&self, name: &str) -> i128 {
        match self.get(name) {
            Json::Number(number) => *number,
            other => panic!("{name} is {other:?}"),
        }
    }
}

fn declaration() -> Json {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../adapters/abi/abi.json");
    let text = std::fs::read(&place).expect("the declaration is in the repository");
    Reader { text: &text, at: 0 }.value()
}

/// What the compiler has read of this crate's declarations.
fn source() -> String {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bindings.rs");
    std::fs::read_to_string(place).expect("the crate has its source")
}

// ---- What is compared --------------------------------------------------------------------------

/// How this crate writes a type of the declaration.
fn spelled(kind: &Json) -> String {
    match kind.text("kind") {
        "void" => "c_void".into(),
        "int" => match kind.text("name") {
            "char" => "c_char".into(),
            "size_t" => "usize".into(),
            name => {
                let signed = if name.starts_with('u') { 'u' } else { 'i' };
                let bits: String = name.chars().filter(char::is_ascii_digit).collect();
                format!("{signed}{bits}")
            }
        },
        "handle" => format!("*mut {}", kind.text("name")),
        "pointer" => {
            let kept = kind.get("const") == &Json::Bool(true);
            format!("*{} {}", if kept { "const" } else { "mut" }, spelled(kind.get("to")))
        }
        "array" => format!("[{}; {}]", spelled(kind.get("of")), kind.number("count")),
        _ => kind.text("name").into(),
    }
}

fn signature(function: &Json) -> String {
    let parameters: Vec<_> = function
        .list("parameters")
        .iter()
        .map(|one| format!("{}: {}", one.text("name"), spelled(one.get("type"))))
        .collect();
    let returns = match spelled(function.get("returns")) {
        nothing if nothing == "c_void" => String::new(),
        kind => format!(" -> {kind}"),
    };
    format!("({}){returns}", parameters.join(", "))
}

/// Name and signature of every function of the extern block, spaces and raw identifiers evened out.
fn functions_of_the_source() -> BTreeMap<String, String> {
    let source = source();
    let block = source.split("extern \"C\" {\n    ").nth(1).expect("there is one extern block");
    let code: Vec<_> =
        block.lines().map(str::trim).filter(|line| !line.starts_with("//")).collect();
    let code = code.join(" ");
    let code = code.split(" } ").next().expect("the block ends");
    code.split("pub fn ")
        .skip(1)
        .map(|function| {
            let (name, rest) = function.split_once('(').expect("it has parameters");
            let even = rest.trim().trim_end_matches(';').replace("r#", "");
            let even = even.replace(", )", ")").replace("( ", "(").replace(",)", ")");
            (name.to_owned(), format!("({}", even.trim()))
        })
        .collect()
}

#[test]
fn functions_are_the_declared_ones() {
    let abi = declaration();
    let declared: BTreeMap<_, _> = abi
        .list("functions")
        .iter()
        .map(|function| (function.text("name").to_owned(), signature(function)))
        .collect();
    assert!(declared.len() > 60);
    assert_eq!(functions_of_the_source(), declared);
}

macro_rules! constants {
    ($($name:ident)*) => { BTreeMap::from([$((stringify!($name), i128::from(sys::$name))),*]) };
}

#[test]
fn constants_are_the_declared_ones() {
    let ours = constants! {
        ZINC_VERSION_MAJOR ZINC_VERSION_MINOR ZINC_VERSION_PATCH ZINC_ABI ZINC_LAYOUT ZINC_FOREVER
        ZINC_OK ZINC_RECOVERED ZINC_E_PERM ZINC_E_NOENT ZINC_E_INTR ZINC_E_IO ZINC_E_BADF
        ZINC_E_AGAIN ZINC_E_NOMEM ZINC_E_ACCES ZINC_E_BUSY ZINC_E_EXIST ZINC_E_INVAL ZINC_E_MFILE
        ZINC_E_NOSPC ZINC_E_CLOSED ZINC_E_NAMETOOLONG ZINC_E_LAYOUT ZINC_E_CORRUPT ZINC_E_OVERFLOW
        ZINC_E_USERS ZINC_E_TOOLONG ZINC_E_TYPE ZINC_E_NOTSUP ZINC_E_TIMEDOUT ZINC_E_STALE
        ZINC_E_CANCELED ZINC_E_OWNER_DEAD ZINC_E_POISONED ZINC_E_FORKED ZINC_E_PEER_DEAD ZINC_E_GONE
        ZINC_NAME_MAX ZINC_DOMAIN_MAX ZINC_ROWS_DEFAULT ZINC_ROWS_MAX ZINC_LIFETIME_AUTO
        ZINC_LIFETIME_CREATOR ZINC_LIFETIME_PERSISTENT ZINC_WAIT_ADAPTIVE ZINC_WAIT_SPIN
        ZINC_WAIT_PARK ZINC_REGION_READ_ONLY ZINC_REGION_PREFAULT ZINC_REGION_SPARSE
        ZINC_REGION_HUGE_PAGES ZINC_REGION_SEALED ZINC_REGION_READ_ONLY_WAITERS
        ZINC_REGION_SET_GROUP ZINC_REGION_ANY_OWNER ZINC_REGION_HUGETLB ZINC_INFO_CREATED
        ZINC_INFO_READ_ONLY ZINC_INFO_PRIVATE ZINC_INFO_SEALED ZINC_INFO_STALE
        ZINC_INFO_CREATOR_ALIVE ZINC_INFO_DEAD ZINC_INFO_GONE ZINC_INFO_RECLAIMABLE
        ZINC_INFO_READ_ONLY_WAITERS ZINC_INFO_SPARSE ZINC_GC_DRY_RUN ZINC_GC_REGION
        ZINC_GC_TEMPORARY
    };
    let abi = declaration();
    let values = abi.list("enums").iter().flat_map(|row| row.list("values"));
    let declared: BTreeMap<_, _> = abi
        .list("constants")
        .iter()
        .filter(|row| row.text("type") != "text")
        .chain(values)
        .map(|row| (row.text("name"), row.number("value")))
        .collect();
    assert_eq!(ours, declared);
    assert_eq!(sys::ZINC_VERSION_TEXT, abi.text("release"));
}

/// (name, offset, size) of each field, as this compiler lays it out.
macro_rules! layout {
    ($name:ident: $($field:ident)*) => {{
        // SAFETY: numbers, pointers and arrays of them, of which zeros are values.
        let whole: sys::$name = unsafe { std::mem::zeroed() };
        let base = &whole as *const _ as usize;
        let fields = vec![$({
            let place = std::ptr::addr_of!(whole.$field);
            (stringify!($field), place as usize - base, std::mem::size_of_val(&whole.$field))
        }),*];
        let (size, align) = (std::mem::size_of_val(&whole), std::mem::align_of_val(&whole));
        (stringify!($name), size, align, fields)
    }};
}

#[cfg(target_pointer_width = "64")]
#[test]
fn structs_lie_as_declared() {
    let ours = [
        layout!(zinc_error: status system_errno message),
        layout!(zinc_event: token status reserved),
        layout!(zinc_region_options: size flags lifetime wait_policy mode group rows accept_mode
            max_capacity accept_owners accept_owner_count),
        layout!(zinc_info: size flags name domain capacity max_capacity data_offset allocated
            prefaulted huge_bytes created_ns device inode lifetime mode owner group creator_pid
            rows participants_alive participants_dead waiters notifications wait_policy layout),
        layout!(zinc_participant: size row generation alive creator pid waits same_namespace
            started_ticks program),
        layout!(zinc_gc_report: size flags regions_seen regions_removed temporaries_removed
            failures bytes_removed),
        layout!(zinc_doctor_facts: size directory_status directory filesystem domain wait_backend
            huge_pages directory_total directory_free inodes_total inodes_free descriptors_limit
            descriptors_used maps_limit maps_used address_space_limit page_size processors regions
            regions_stale bytes_stale has_proc has_tmpfile has_waitv has_memfd remove_ipc
            directory_sticky),
    ];
    let abi = declaration();
    let fields_of = |row: &Json| -> Vec<_> {
        let field = |field: &Json| {
            let numbers = (field.number("offset") as usize, field.number("size") as usize);
            (field.text("name").to_owned(), numbers.0, numbers.1)
        };
        row.list("fields").iter().map(field).collect()
    };
    let declared: BTreeMap<_, _> = abi
        .list("structs")
        .iter()
        .map(|row| {
            let numbers = (row.number("size") as usize, row.number("align") as usize);
            (row.text("name").to_owned(), (numbers.0, numbers.1, fields_of(row)))
        })
        .collect();
    let ours: BTreeMap<_, _> = ours
        .into_iter()
        .map(|(name, size, align, fields)| {
            let fields = fields.into_iter().map(|(name, at, size)| (name.to_owned(), at, size));
            (name.to_owned(), (size, align, fields.collect()))
        })
        .collect();
    assert_eq!(ours, declared);
}

#[test]
fn the_linked_library_is_of_this_release_and_layout() {
    let abi = declaration();
    let packed =
        sys::ZINC_VERSION_MAJOR << 16 | sys::ZINC_VERSION_MINOR << 8 | sys::ZINC_VERSION_PATCH;
    // SAFETY: these take nothing; the text lives for ever.
    unsafe {
        assert_eq!(sys::zinc_version(), packed as u32);
        let text = CStr::from_ptr(sys::zinc_version_text());
        assert_eq!(text.to_str(), Ok(sys::ZINC_VERSION_TEXT));
        assert_eq!(sys::zinc_layout(), sys::ZINC_LAYOUT as u32);
        assert_eq!(i128::from(sys::zinc_layout()), abi.number("layout"));
    }
    assert_eq!(env!("CARGO_PKG_VERSION"), abi.text("release"));
}

/// Each struct that is filled by the library is filled to its last field.
#[test]
fn the_linked_library_fills_these_structs() {
    // SAFETY: zeros are values of these; each says its size.
    unsafe {
        let mut facts: sys::zinc_doctor_facts = std::mem::zeroed();
        facts.size = std::mem::size_of_val(&facts) as u32;
        facts.directory_sticky = 77;
        assert_eq!(sys::zinc_doctor(&mut facts), sys::ZINC_OK);
        assert!(facts.directory_sticky <= 1 && facts.page_size >= 4096);
        // A program that knows less of the struct has only that written.
        facts.size = 8;
        facts.page_size = 77;
        assert_eq!((sys::zinc_doctor(&mut facts), facts.page_size), (sys::ZINC_OK, 77));

        let mut region = std::ptr::null_mut();
        let mut error: sys::zinc_error = std::mem::zeroed();
        let options = sys::zinc_region_options {
            size: std::mem::size_of::<sys::zinc_region_options>() as u32,
            max_capacity: 8192,
            rows: 3,
            ..std::mem::zeroed()
        };
        let status = sys::zinc_region_create_private(
            c_label().as_ptr(),
            4096,
            &options,
            &mut region,
            &mut error,
        );
        assert_eq!(status, sys::ZINC_OK);
        let mut info: sys::zinc_info = std::mem::zeroed();
        info.size = std::mem::size_of_val(&info) as u32;
        assert_eq!(sys::zinc_region_info(region, &mut info), sys::ZINC_OK);
        assert_eq!((info.capacity, info.max_capacity, info.rows), (4096, 8192, 3));
        assert_eq!(info.layout, sys::zinc_layout());
        assert_eq!(CStr::from_ptr(info.name.as_ptr()), c_label());
        sys::zinc_close(region);

        let status = sys::zinc_region_attach(-1, &options, &mut region, &mut error);
        assert_eq!((status, error.status), (sys::ZINC_E_BADF, sys::ZINC_E_BADF));
        assert!(region.is_null() && error.message[0] != 0);
    }
}

fn c_label() -> &'static CStr {
    CStr::from_bytes_with_nul(b"abi\0").expect("it ends with NUL")
}
