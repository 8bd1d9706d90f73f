// SPDX-License-Identifier: MIT
//! What Rust's border costs, as docs/extending.md says: one line of JSON.

use std::error::Error;
use std::hint::black_box;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use zinc::SharedRegion;

const REPEATS: usize = 7;
const CALLS: u32 = 5_000_000;
const ROUNDS: usize = 20_000;
/// 100 MB.
const FLOATS: usize = 25_000_000;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// As a function of C, of which the compiler knows nothing but the signature.
#[inline(never)]
unsafe extern "C" fn bare(region: *mut zinc_sys::zinc_region) -> usize {
    black_box(region) as usize
}

fn nanoseconds_each(mut call: impl FnMut()) -> f64 {
    let began = Instant::now();
    for _ in 0..CALLS {
        call();
    }
    began.elapsed().as_secs_f64() / f64::from(CALLS) * 1e9
}

fn seconds_to_sum(values: impl Iterator<Item = f32>) -> f64 {
    let began = Instant::now();
    let mut sum = 0.0;
    for value in values {
        sum += value;
    }
    black_box(sum);
    began.elapsed().as_secs_f64()
}

fn start_echo(name: &str) -> Outcome<Child> {
    let program = std::env::var_os("ZINC_ECHO").ok_or("ZINC_ECHO names no program")?;
    let mut echo = Command::new(program).arg(name).stdout(Stdio::piped()).spawn()?;
    let mut line = String::new();
    let output = echo.stdout.take().ok_or("the echo program has no output")?;
    BufReader::new(output).read_line(&mut line)?;
    if line.trim_end() == "ready" {
        Ok(echo)
    } else {
        Err("the echo program is not ready".into())
    }
}

fn round_trip(region: &SharedRegion, name: &str) -> Outcome<f64> {
    let back = SharedRegion::create(format!("{name}-back"), 4096)?;
    let mut echo = start_echo(name)?;
    let mut each = Vec::with_capacity(ROUNDS + ROUNDS / 10);
    for _ in 0..ROUNDS + ROUNDS / 10 {
        let began = Instant::now();
        region.notify()?;
        if !back.wait(5000)? {
            return Err("no answer came".into());
        }
        each.push(began.elapsed().as_secs_f64() * 1e9);
    }
    region.view()?.store(0, 1_u8)?;
    region.notify()?;
    if !echo.wait()?.success() {
        return Err("the echo program failed".into());
    }
    Ok(median(each.split_off(ROUNDS / 10)))
}

fn measure() -> Outcome<()> {
    let name = format!("ffi-{}", std::process::id());
    let region = SharedRegion::create(&name, FLOATS * 4)?;
    let view = region.array::<f32>()?;
    let own: Vec<f32> = (0..FLOATS).map(|i| (i % 1000) as f32 / 1000.0).collect();
    view.copy_from_slice(0, &own)?;
    let (mut call, mut plain, mut notify) = (Vec::new(), Vec::new(), Vec::new());
    let (mut of_view, mut of_own) = (Vec::new(), Vec::new());
    let handle = black_box(region.as_mut_ptr()).cast();
    for repeat in 0..=REPEATS {
        let measured = [
            nanoseconds_each(|| {
                black_box(region.capacity());
            }),
            // SAFETY: it looks at nothing.
            nanoseconds_each(|| {
                black_box(unsafe { bare(handle) });
            }),
            nanoseconds_each(|| region.notify().unwrap_or_default()),
            seconds_to_sum(view.iter()),
            seconds_to_sum(black_box(&own).iter().copied()),
        ];
        if repeat == 0 {
            continue; // for warmth
        }
        call.push(measured[0]);
        plain.push(measured[1]);
        notify.push(measured[2]);
        of_view.push(measured[3]);
        of_own.push(measured[4]);
    }
    view.set(0, 0.0)?;
    let trip = round_trip(&region, &name)?;
    println!(
        "{{\"language\": \"Rust\", \"call_ns\": {:.2}, \"bare_ns\": {:.2}, \"notify_ns\": {:.2}, \
         \"round_trip_ns\": {trip:.0}, \"sum_view_s\": {:.6}, \"sum_own_s\": {:.6}}}",
        median(call),
        median(plain),
        median(notify),
        median(of_view),
        median(of_own)
    );
    Ok(())
}

fn main() {
    if let Err(why) = measure() {
        eprintln!("ffi (Rust): {why}");
        std::process::exit(1);
    }
}
