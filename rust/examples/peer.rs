// SPDX-License-Identifier: MIT
//! The program `peer` of adapters/scenarios/README.md, in Rust: one side of one scenario.

use std::error::Error;
use std::io::Write;
use std::time::{Duration, Instant};

use zinc::{Options, SharedRegion, View};

#[path = "support/proof.rs"]
mod proof;

type Outcome = Result<(), Box<dyn Error>>;

const PATIENCE: Duration = Duration::from_secs(10);

fn expect(as_stated: bool, what: &str) -> Outcome {
    if as_stated {
        Ok(())
    } else {
        Err(what.into())
    }
}

/// The other side is started, or killed, by what it reads here: flushed at once.
fn say(line: &str) -> Outcome {
    let mut out = std::io::stdout();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

fn wait(region: &SharedRegion) -> Outcome {
    expect(region.wait(PATIENCE)?, "no notification came")
}

/// A handle sees its own notification, too: so that the next wait is for the other side's.
fn notify_and_take(region: &SharedRegion) -> Outcome {
    region.notify()?;
    region.try_wait()?;
    Ok(())
}

/// Waits, again and again, until another process has stored `value` at `offset`.
fn wait_for_byte(region: &SharedRegion, bytes: View<'_>, offset: usize, value: u8) -> Outcome {
    while bytes.load::<u8>(offset)? != value {
        wait(region)?;
    }
    Ok(())
}

fn prove(region: &SharedRegion, view: View<'_>) -> Outcome {
    let address = view.as_ptr() as u64;
    view.load::<u8>(0)?; // a page not touched yet has no frame
    let found = proof::find_mapping(address);
    say(&format!(
        "proof {} {address} {} {} {} {}",
        region.address(),
        found.device,
        found.inode,
        found.offset,
        proof::find_frame(address)
    ))
}

// ---- relay -------------------------------------------------------------------------------------

fn relay_bytes() -> impl Iterator<Item = u8> {
    (0..4096_u32).map(|i| (7 * i + 3) as u8)
}

fn relay_first(name: &str) -> Outcome {
    let region = SharedRegion::create(name, 4096)?;
    let bytes = region.array::<u8>()?;
    for (i, byte) in relay_bytes().enumerate() {
        bytes.set(i, byte)?;
    }
    notify_and_take(&region)?;
    prove(&region, bytes.bytes())?;
    say("ready")?;
    wait(&region)?;
    expect(bytes.iter().eq(relay_bytes().map(|byte| 255 - byte)), "the answer is not as stated")
}

fn relay_second(name: &str) -> Outcome {
    let region = SharedRegion::open(name)?;
    let bytes = region.array::<u8>()?;
    prove(&region, bytes.bytes())?;
    wait(&region)?; // a fresh handle sees the last notification
    expect(bytes.iter().eq(relay_bytes()), "the bytes are not as stated")?;
    for (i, byte) in bytes.iter().enumerate() {
        bytes.set(i, 255 - byte)?;
    }
    Ok(region.notify()?)
}

// ---- tensor ------------------------------------------------------------------------------------

const ELEMENTS: usize = 4 * 3 * 32 * 32;
const RECORD_OFFSET: usize = 49152;

zinc::pod! {
    /// 48 bytes, as the scenario places them.
    #[derive(PartialEq)]
    struct Record {
        i8: i8,
        u8: u8,
        i16: i16,
        u16: u16,
        gap: [u8; 2],
        i32: i32,
        u32: u32,
        i64: i64,
        u64: u64,
        f32: f32,
        yes: u8,
        end: [u8; 3],
        f64: f64,
    }
}

const STATED: Record = Record {
    i8: -100,
    u8: 200,
    i16: -30000,
    u16: 60000,
    gap: [0; 2],
    i32: -2000000000,
    u32: 4000000000,
    i64: -9007199254740993,
    u64: 18446744073709551557,
    f32: 0.1,
    yes: 1,
    end: [0; 3],
    f64: 0.1,
};

fn turned(from: Record) -> Record {
    Record {
        i8: !from.i8,
        u8: !from.u8,
        i16: !from.i16,
        u16: !from.u16,
        i32: !from.i32,
        u32: !from.u32,
        i64: !from.i64,
        u64: !from.u64,
        f32: -from.f32,
        yes: 0,
        f64: -from.f64,
        ..from
    }
}

fn say_sum(elements: &zinc::Array<'_, f32>) -> Outcome {
    let sum: f64 = elements.iter().map(f64::from).sum();
    expect(sum.fract() == 0.0, "the sum is no whole number")?;
    say(&format!("sum {sum:.0}"))
}

fn tensor_first(name: &str) -> Outcome {
    let region = SharedRegion::create(name, 65536)?;
    let bytes = region.view()?;
    let elements = bytes.array_at::<f32>(0, ELEMENTS)?;
    for k in 0..ELEMENTS {
        elements.set(k, 0.25 * k as f32 - 100.0)?;
    }
    bytes.store(RECORD_OFFSET, STATED)?;
    notify_and_take(&region)?;
    prove(&region, bytes)?;
    say("ready")?;
    wait(&region)?;
    say_sum(&elements)?;
    expect(bytes.load::<Record>(RECORD_OFFSET)? == turned(STATED), "the record is not as stated")
}

fn tensor_second(name: &str) -> Outcome {
    let region = SharedRegion::open(name)?;
    let bytes = region.view()?;
    let elements = bytes.array_at::<f32>(0, ELEMENTS)?;
    prove(&region, bytes)?;
    wait(&region)?;
    say_sum(&elements)?;
    let record = bytes.load::<Record>(RECORD_OFFSET)?;
    expect(record == STATED, "the record is not as stated")?;
    for (k, element) in elements.iter().enumerate() {
        elements.set(k, element + 1.0)?;
    }
    bytes.store(RECORD_OFFSET, turned(record))?;
    Ok(region.notify()?)
}

// ---- grow --------------------------------------------------------------------------------------

const GROW_TO: usize = 1048576;

fn grow_first(name: &str) -> Outcome {
    let region = Options::new().max_capacity(GROW_TO).create(name, 4096)?;
    let bytes = region.view()?;
    bytes.store(0, 1_u8)?;
    prove(&region, bytes)?;
    say("ready")?;
    wait_for_byte(&region, bytes, 2, 1)?;
    region.grow(GROW_TO)?;
    let whole = region.view()?;
    whole.store(GROW_TO - 1, 77_u8)?;
    bytes.store(0, 2_u8)?; // the view that was made before stays valid
    region.notify()?;
    wait_for_byte(&region, bytes, 1, 3)?;
    expect(whole.load::<u8>(GROW_TO - 2)? == 78, "the last byte but one is not 78")
}

fn grow_second(name: &str) -> Outcome {
    let region = SharedRegion::open(name)?;
    let bytes = region.view()?;
    prove(&region, bytes)?;
    say(&format!("capacity {}", region.capacity()))?;
    bytes.store(2, 1_u8)?;
    region.notify()?;
    wait_for_byte(&region, bytes, 0, 2)?;
    say(&format!("capacity {}", region.capacity()))?;
    let whole = region.view()?;
    expect(whole.load::<u8>(GROW_TO - 1)? == 77, "the last byte is not 77")?;
    whole.store(GROW_TO - 2, 78_u8)?;
    bytes.store(1, 3_u8)?;
    Ok(region.notify()?)
}

// ---- death -------------------------------------------------------------------------------------

fn death_first(name: &str) -> Outcome {
    let region = SharedRegion::create(name, 4096)?;
    region.view()?.store(0, 42_u8)?;
    region.notify()?;
    prove(&region, region.view()?)?;
    say("ready")?;
    loop {
        wait(&region)?;
    }
}

fn death_second(name: &str) -> Outcome {
    let region = SharedRegion::open(name)?;
    let bytes = region.view()?;
    prove(&region, bytes)?;
    wait(&region)?;
    expect(bytes.load::<u8>(0)? == 42, "byte 0 is not 42")?;
    expect(region.info()?.creator_alive, "the creator counts as dead while it lives")?;
    say("alive")?;
    let deadline = Instant::now() + PATIENCE;
    while region.info()?.creator_alive {
        expect(Instant::now() < deadline, "the creator counts as alive for too long")?;
        region.wait(50)?;
    }
    expect(bytes.load::<u8>(0)? == 42, "byte 0 is not 42 any more")?;
    say("dead")?;
    drop(region); // the last participant: the name goes
    match SharedRegion::open(name) {
        Err(zinc::Error::NotFound(_)) => say("gone")?,
        _ => return Err("the name is still there".into()),
    }
    let region = SharedRegion::create(name, 8192)?;
    let zeros = region.array::<u8>()?.iter().all(|byte| byte == 0);
    expect(zeros && region.capacity() == 8192, "the new region is not all zero")?;
    say("again")
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    // A part ends with its regions closed.
    let played = match arguments[..] {
        ["relay", "first", name] => relay_first(name),
        ["relay", "second", name] => relay_second(name),
        ["tensor", "first", name] => tensor_first(name),
        ["tensor", "second", name] => tensor_second(name),
        ["grow", "first", name] => grow_first(name),
        ["grow", "second", name] => grow_second(name),
        ["death", "first", name] => death_first(name),
        ["death", "second", name] => death_second(name),
        _ => Err("usage: peer relay|tensor|grow|death first|second NAME".into()),
    };
    if let Err(why) = played.and_then(|()| say("done")) {
        eprintln!("peer (Rust): {why}");
        std::process::exit(1);
    }
}
