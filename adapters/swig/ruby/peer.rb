# SPDX-License-Identifier: MIT
# frozen_string_literal: true

# The program `peer` of adapters/scenarios/README.md, in Ruby: one side of one scenario.

require "zinc"

PATIENCE_MS = 10_000
$stdout.sync = true # the other side is started, or killed, by what it reads here

def expect(as_stated, what)
  return if as_stated

  warn "peer (Ruby): #{what}"
  exit! 1
end

# Which file is mapped at an address, and where in it: device, inode, offset.
def mapping(address)
  File.foreach("/proc/self/maps") do |line|
    span, _, offset, device, inode = line.split
    first, last = span.split("-").map { |bound| bound.to_i(16) }
    next unless address >= first && address < last

    major, minor = device.split(":").map { |part| part.to_i(16) }
    return [major << 32 | minor, inode.to_i, offset.to_i(16) + address - first]
  end
end

# The physical frame that holds an address, or 0 where that is not shown to us.
def frame(address)
  entry = File.open("/proc/self/pagemap", "rb") { |file| file.pread(8, address / 4096 * 8) }
  entry.unpack1("Q") & ((1 << 55) - 1)
rescue SystemCallError, EOFError
  0
end

def prove(region, view)
  region.read(0, 1) # a page not touched yet has no frame in our table
  address = view.to_s[/0x\h+/].hex # an IO::Buffer shows it, and has no other way to tell
  puts "proof #{[region.address, address, *mapping(address), frame(address)].join(' ')}"
end

def await(region)
  expect region.wait(PATIENCE_MS), "no notification came"
end

# A handle sees its own notification, too: so that the next wait is for the other side's.
def notify_and_take(region)
  region.notify
  expect region.try_wait, "a handle does not see its own notification"
end

def await_byte(region, offset, value)
  await region until region.read(offset, 1).ord == value
end

# ---- relay -----------------------------------------------------------------------------------

RELAY = Array.new(4096) { |i| (7 * i + 3) % 256 }.freeze

def relay_first(name)
  Zinc::SharedRegion.create(name, 4096) do |region|
    region.write(0, RELAY.pack("C*"))
    notify_and_take(region)
    prove(region, region.buffer)
    puts "ready"
    await(region)
    expect region.read.bytes == RELAY.map { |byte| 255 - byte }, "the answer is not as stated"
  end
end

def relay_second(name)
  Zinc::SharedRegion.open(name) do |region|
    view = region.buffer
    prove(region, view)
    await(region)
    expect view.get_string.bytes == RELAY, "the bytes are not as stated"
    view.set_string(RELAY.map { |byte| 255 - byte }.pack("C*"))
    region.notify
  end
end

# ---- tensor ----------------------------------------------------------------------------------

ELEMENTS = 4 * 3 * 32 * 32
RECORD_AT = 49_152
RECORD = "cCs<S<x2l<L<q<Q<eCx3E"
STATED = [-100, 200, -30_000, 60_000, -2_000_000_000, 4_000_000_000, -9_007_199_254_740_993,
          18_446_744_073_709_551_557, 0.1, 1, 0.1].freeze
TURNED = [99, 55, 29_999, 5535, 1_999_999_999, 294_967_295, 9_007_199_254_740_992, 58, -0.1, 0,
          -0.1].freeze

def elements(region)
  region.read(0, 4 * ELEMENTS).unpack("e*")
end

def say_sum(region)
  sum = elements(region).sum
  expect sum == sum.floor, "the sum is no whole number"
  puts "sum #{sum.to_i}"
end

def tensor_first(name)
  Zinc::SharedRegion.create(name, 65_536) do |region|
    region.write(0, Array.new(ELEMENTS) { |k| 0.25 * k - 100 }.pack("e*"))
    region.write(RECORD_AT, STATED.pack(RECORD))
    notify_and_take(region)
    prove(region, region.buffer)
    puts "ready"
    await(region)
    say_sum(region)
    expect region.read(RECORD_AT, 48) == TURNED.pack(RECORD), "the record is not as stated"
  end
end

def tensor_second(name)
  Zinc::SharedRegion.open(name) do |region|
    prove(region, region.buffer)
    await(region)
    say_sum(region)
    expect region.read(RECORD_AT, 48) == STATED.pack(RECORD), "the record is not as stated"
    region.write(0, elements(region).map { |element| element + 1 }.pack("e*"))
    region.write(RECORD_AT, TURNED.pack(RECORD))
    region.notify
  end
end

# ---- grow ------------------------------------------------------------------------------------

GROWN = 1_048_576

def grow_first(name)
  Zinc::SharedRegion.create(name, 4096, max_capacity: GROWN) do |region|
    region.write(0, "\x01")
    prove(region, region.buffer)
    puts "ready"
    await_byte(region, 2, 1)
    region.grow(GROWN)
    region.write(GROWN - 1, "M")
    region.write(0, "\x02")
    region.notify
    await_byte(region, 1, 3)
    expect region.read(GROWN - 2, 1) == "N", "the last byte but one is not 78"
  end
end

def grow_second(name)
  Zinc::SharedRegion.open(name) do |region|
    early = region.buffer
    prove(region, early)
    puts "capacity #{region.capacity}"
    region.write(2, "\x01")
    region.notify
    await_byte(region, 0, 2)
    view = region.buffer
    expect early.get_value(:U8, 0) == 2, "the early view is not the region any more"
    puts "capacity #{region.capacity}"
    expect view.get_value(:U8, GROWN - 1) == 77, "the last byte is not 77"
    view.set_value(:U8, GROWN - 2, 78)
    view.set_value(:U8, 1, 3)
    region.notify
  end
end

# ---- death -----------------------------------------------------------------------------------

def death_first(name)
  Zinc::SharedRegion.create(name, 4096) do |region|
    region.write(0, "*")
    region.notify
    prove(region, region.buffer)
    puts "ready"
    loop { await(region) }
  end
end

def death_second(name)
  Zinc::SharedRegion.open(name) do |region|
    prove(region, region.buffer)
    await(region)
    expect region.read(0, 1).ord == 42, "byte 0 is not 42"
    expect region.info[:creator_alive], "the creator counts as dead while it lives"
    puts "alive"
    deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + PATIENCE_MS / 1000
    while region.info[:creator_alive]
      late = Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline
      expect !late, "the creator counts as alive for too long"
      region.wait(50)
    end
    expect region.read(0, 1).ord == 42, "byte 0 is not 42 any more"
    puts "dead"
  end
  begin
    Zinc::SharedRegion.open(name)
    expect false, "the name is still there"
  rescue Zinc::NotFoundError
    puts "gone"
  end
  Zinc::SharedRegion.create(name, 8192) do |region|
    expect region.read == "\0" * 8192, "a byte of the new region is not 0"
    puts "again"
  end
end

# ----------------------------------------------------------------------------------------------

scenario, role, name = ARGV
unless ARGV.size == 3 && %w[relay tensor grow death].include?(scenario) &&
       %w[first second].include?(role)
  warn "peer (Ruby): usage: peer relay|tensor|grow|death first|second NAME"
  exit 1
end
begin
  send("#{scenario}_#{role}", name)
rescue StandardError => e
  expect false, "#{e.class}: #{e.message}"
end
puts "done"
