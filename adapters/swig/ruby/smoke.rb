# SPDX-License-Identifier: MIT
# frozen_string_literal: true

# The smoke test, in Ruby; adapters/swig/README.md says what each test shows.
# smoke [interrupt|leak|tidy NAME] is one side of a test that adapters/swig/tasks makes.

require "timeout"
require "zinc"

$stdout.sync = true
Region = Zinc::SharedRegion

def check(as_stated, what)
  raise "not as stated: #{what}" unless as_stated
end

# The block's error, which must be of this class.
def refused(kind)
  answer = yield
rescue kind => e
  e
rescue Exception => e # rubocop:disable Lint/RescueException
  raise "#{kind} expected, not #{e.class}: #{e.message}"
else
  raise "#{kind} expected, but it answered #{answer.inspect[0, 80]}"
end

def missing?(name)
  refused(Zinc::NotFoundError) { Zinc.lookup(name) }
  true
end

def collected(&block)
  Thread.new(&block).join # so that nothing of it stays on this stack
  3.times { GC.start }
end

TESTS = {
  "bytes" => lambda {
    Region.create("bytes", 4096) do |region|
      all = (0..255).to_a.pack("C*")
      check region.write(100, all) == 256, "write answers the number of bytes"
      Region.open("bytes") do |other|
        check other.read(100, 256) == all, "all 256 bytes"
        check other.read(100, 256).encoding == Encoding::BINARY, "bytes have no characters"
        check other.read.bytesize == 4096, "the whole"
        check other.read(4000).bytesize == 96, "the rest"
      end
      region.write(0, "ä") # its two bytes
      check region.read(0, 3) == "\xC3\xA4\0".b, "text as its bytes"
      region.write(4096, "")
      check region.read(4096, 0) == "" && region.read(4096) == "", "nothing at the end"
    end
  },
  "bounds" => lambda {
    Region.create("bounds", 4096) do |region|
      [[4095, 2], [4097, 0], [4097, nil], [0, 4097], [2**62, 1], [1, 2**63 - 1]].each do |from, size|
        refused(Zinc::OverflowError) { region.read(from, size) }
      end
      [[4095, "ab"], [4097, ""], [2**63 - 1, "a"]].each do |at, bytes|
        refused(Zinc::OverflowError) { region.write(at, bytes) }
      end
      check region.read == "\0" * 4096, "nothing was written"
    end
  },
  "arguments" => lambda {
    Region.create("arguments", 4096) do |region|
      [-1, 2**63, -2**70].each { |bad| refused(ArgumentError) { region.read(bad, 1) } }
      [1.5, 64.0, Float::NAN, "1", nil, [], true, Object.new].each do |bad|
        refused(TypeError) { region.read(bad, 1) }
        refused(TypeError) { region.grow(bad) }
        refused(TypeError) { Region.create("never", bad) }
      end
      [5, nil, [1, 2], 1.0, :symbol].each { |bad| refused(TypeError) { region.write(0, bad) } }
      [-1, 2**63].each { |bad| refused(ArgumentError) { region.wait(bad) } }
      [0.5, "1", [], true].each { |bad| refused(TypeError) { region.wait(bad) } }
      refused(ArgumentError) { Region.create("never", 0) }
      refused(ArgumentError) { Region.create("never", 1, no_such: 1) }
      refused(ArgumentError) { Region.create("never", 1, lifetime: "long") }
      refused(ArgumentError) { Region.create("never", 1, rows: 5000) }
      refused(TypeError) { Region.create("never", 1, sparse: "yes") }
      refused(ArgumentError) { Region.open("never", 3) }
      refused(TypeError) { region.dup }
      refused(NoMethodError) { Region.new(3) }
      refused(TypeError) { Marshal.dump(region) }
    end
    check missing?("never"), "nothing was made"
  },
  "names" => lambda {
    ["", "a/b", ".hidden", "sp ace", "ä", "x" * 201, "x" * 100_000].each do |bad|
      refused(Zinc::InvalidError) { Region.create(bad, 10) }
    end
    refused(ArgumentError) { Region.create("a\0b", 10) }
    refused(ArgumentError) { Zinc.remove("a\0b") }
    [nil, 5, 1.5, [], {}].each { |bad| refused(TypeError) { Region.open(bad) } }
    Region.create("/slash", 10) do |region|
      check region.name == "slash", "a leading slash is dropped"
      Region.open(:slash, &:close)
    end
    Region.create("x" * 200, 10) { |region| check region.name.size == 200, "200 bytes" }
  },
  "options" => lambda {
    Region.create("kept", 10, lifetime: "persistent", mode: 0o640, rows: 5,
                              wait_policy: "park") do |region|
      region.write(0, "still here")
      facts = region.info
      check facts[:lifetime] == "persistent" && facts[:mode] == 0o640 && facts[:rows] == 5 &&
            facts[:wait_policy] == "park", facts
    end
    Region.open("kept", read_only: true) do |region|
      check region.read == "still here", "a persistent region keeps its bytes"
      check region.info[:read_only], "it is read-only"
      refused(Zinc::DeniedError) { region.write(0, "x") }
      refused(Zinc::DeniedError) { region.notify }
      check region.read(0, 1) == "s", "and was not written"
      refused(IO::Buffer::AccessError) { region.buffer.set_value(:U8, 0, 1) }
    end
    Zinc.remove("kept")
    owner = Region.create("mine", 10, lifetime: :creator)
    Region.open("mine") do |other|
      owner.close
      check missing?("mine"), "the name goes with the creator"
      check other.read.size == 10, "the bytes stay"
    end
  },
  "growth" => lambda {
    Region.create("growth", 4096, max_capacity: 65_536) do |region|
      Region.open("growth") do |other|
        region.write(0, "a")
        region.grow(65_536)
        check other.capacity == 65_536, "all see it"
        other.write(65_535, "z")
        check region.read(65_535, 1) == "z" && region.read(0, 1) == "a", "the same bytes"
        region.grow(10)
        check region.capacity == 65_536, "it never shrinks"
        refused(Zinc::OverflowError) { region.grow(65_537) }
      end
    end
  },
  "open_or_create" => lambda {
    Region.open_or_create("either", 100) do |first|
      Region.open_or_create("either", 100) do |second|
        check first.info[:created] && !second.info[:created], "one creates"
        second.write(0, "x")
        check first.read(0, 1) == "x", "both have it"
      end
      refused(Zinc::OverflowError) { Region.open_or_create("either", 200) }
    end
  },
  "replace" => lambda {
    Region.create("replaced", 10) do |old|
      old.write(0, "old")
      Region.replace("replaced", 20) do |new|
        check old.info[:stale] && !new.info[:stale], "the old one learns it"
        check old.read(0, 3) == "old" && new.read(0, 3) == "\0\0\0", "two regions"
      end
    end
  },
  "waiting" => lambda {
    Region.create("waiting", 10) do |region|
      begin_at = Process.clock_gettime(Process::CLOCK_MONOTONIC)
      check region.wait(30) == false, "time ran out"
      took = Process.clock_gettime(Process::CLOCK_MONOTONIC) - begin_at
      check took.between?(0.029, 5), took
      check region.try_wait == false && region.wait(0) == false, "nothing to see"
      Region.open("waiting") do |other|
        2.times { region.notify }
        check other.wait == true, "notified"
        check other.try_wait == false, "two that nobody saw are one"
      end
      Region.open("waiting") { |late| check late.wait(0), "a fresh handle sees the last one" }
    end
  },
  "closing" => lambda {
    region = Region.create("closing", 10)
    region.close
    region.close
    check region.closed? && region.name == "closing" && region.inspect.include?("closed"), "closed"
    { read: [0, 1], write: [0, "x"], notify: [], wait: [1], try_wait: [], capacity: [], grow: [20],
      info: [], address: [], unlink: [], buffer: [] }.each do |name, arguments|
      failure = refused(Zinc::ClosedError) { region.public_send(name, *arguments) }
      check failure.message.include?("closed"), failure.message
    end
    check missing?("closing"), "the name went"
    refused(RuntimeError) { Region.create("closing", 10) { raise "out of the block" } }
    check missing?("closing"), "a block closes, whatever happens"
    check Region.create("closing", 10) { 7 } == 7, "a block's value"
  },
  "collecting" => lambda {
    collected { 20.times { |i| Region.create("collected-#{i}", 10) } }
    check Zinc.list.count { |facts| facts[:name].start_with?("collected-") } < 3, "collected"
    ObjectSpace.each_object(Region) { |region| region.close if region.name =~ /^collected/ }
  },
  "large" => lambda {
    Region.create("large", 5 << 30, sparse: true) do |region|
      check region.capacity == 5 << 30, "5 GiB"
      region.write((5 << 30) - 4, "last")
      check region.read((5 << 30) - 5) == "\0last", "the last bytes"
      region.write(4 << 30, "x")
      check region.read(0, 1) == "\0", "offsets have 64 bits"
      refused(Zinc::OverflowError) { region.read((5 << 30) - 4, 5) }
    end
  },
  "facts" => lambda {
    Region.create("facts", 100, max_capacity: 200) do |region|
      facts = region.info
      check facts[:name] == "facts" && facts[:capacity] == 100 && facts[:max_capacity] == 200 &&
            facts[:creator_pid] == Process.pid && facts[:creator_alive] == true &&
            facts[:participants_alive] == 1 && facts[:private] == false, facts
      check facts == Zinc.lookup("facts").merge(facts.slice(:created, :wait_policy)), "as seen"
      listed = Region.list.find { |one| one[:name] == "facts" }
      check listed[:capacity] == 100 && listed[:status] == "ZINC_OK", listed
      check region.address.positive?, "an address"
      check Zinc.doctor[:directory] == ENV.fetch("ZINC_DIR"), Zinc.doctor
    end
  },
  "removing" => lambda {
    Region.create("removing", 10) do |region|
      Region.open("removing") { |other| refused(Zinc::DeniedError) { other.unlink } }
      region.unlink
      region.unlink
      check missing?("removing"), "unlinked"
      region.write(0, "x")
    end
    Region.create("removing", 10, lifetime: "persistent").close
    check Zinc.gc[:regions_removed].zero?, "gc leaves persistent ones"
    Zinc.remove("removing")
    refused(Zinc::NotFoundError) { Zinc.remove("removing") }
  },
  "errors" => lambda {
    failure = refused(Zinc::NotFoundError) { Region.open("not-here") }
    check failure.is_a?(Zinc::Error) && failure.status == -2 &&
          failure.status_name == "ZINC_E_NOENT" && failure.message.include?("not-here") &&
          failure.remedy.size > 10, failure.message
    Region.create("here", 10) do
      failure = refused(Zinc::ExistsError) { Region.create("here", 10) }
      check failure.status == -17 && failure.message.include?("here"), failure.message
    end
  },
  "files" => lambda {
    file = ->(name) { File.join(ENV.fetch("ZINC_DIR"), "zinc_#{name}") }
    Region.create("whole", 10, lifetime: "persistent").close
    whole = File.binread(file["whole"])
    Zinc.remove("whole")
    other = whole.dup
    other.setbyte(8, 200) # the layout's number
    { "foreign" => "not a region" * 1000, "cut" => whole[0, 5000], "other" => other,
      "empty" => "" }.each do |name, bytes|
      File.binwrite(file[name], bytes)
      File.chmod(0o600, file[name])
      failure = refused(Zinc::Error) { Region.open(name) }
      check [Zinc::LayoutError, Zinc::CorruptError].include?(failure.class), failure.inspect
      check failure.message.include?(name), failure.message
      File.delete(file[name])
    end
  },
  "memory" => lambda {
    pages = -> { File.read("/proc/self/statm").split[1].to_i }
    Region.create("memory", 4096) do |region|
      round = lambda do
        500.times do
          region.info
          region.read
          region.wait(0)
          Zinc.list
          Region.open("memory", &:close)
          refused(Zinc::OverflowError) { region.read(5000) }
          refused(Zinc::NotFoundError) { Region.open("not-here") }
        end
        GC.start
      end
      round.call
      before = pages.call
      3.times { round.call }
      check pages.call - before < 800, "#{pages.call - before} pages more" # of 4 KiB
    end
  },
  "version" => -> { check Zinc.version =~ /\A\d+\.\d+\.\d+\z/, Zinc.version },

  # ---- Ruby's own

  "view" => lambda {
    views = nil
    Region.create("view", 4096) do |region|
      views = [region.buffer, region.buffer(4000), region.buffer(16, 16)]
      check views.map(&:size) == [4096, 96, 16], "their sizes"
      views[0].set_string("seen", 16)
      check region.read(16, 4) == "seen" && views[2].get_string(0, 4) == "seen", "no copy"
      check views[0].to_s[/0x\h+/].hex == region.address, "the address is the core's"
      region.write(4000, views[2])
      refused(Zinc::OverflowError) { region.buffer(4090, 10) }
      refused(ArgumentError) { views[2].set_string("x" * 17) }
      refused(NoMethodError) { views[0].transfer }
    end
    slice = views[0].slice(16, 4)
    views = nil
    5.times { GC.start }
    junk = Array.new(1000) { "x" * 4096 }
    check slice.get_string == "seen" && junk.size == 1000, "a slice outlives region and view"
  },
  "threads" => lambda {
    region = Region.create("threads", 10)
    counted = 0
    waits = Array.new(10) do
      Thread.new { refused(Zinc::ClosedError) { loop { region.wait } }.message }
    end
    counter = Thread.new { loop { counted += 1 } }
    sleep 0.2
    before = counted
    sleep 0.1
    check counted > before, "other threads run while ten wait"
    counter.kill
    region.close
    check waits.all? { |wait| wait.join(5) && wait.value.include?("closed") }, "they learn it"
    20.times do
      region = Region.create("threads", 10, max_capacity: 100_000)
      busy = Array.new(4) do |i|
        Thread.new do
          loop { [-> { region.read }, -> { region.notify }, -> { region.info }, -> { region.wait(1) }][i].call }
        rescue Zinc::ClosedError
          :closed
        end
      end
      sleep 0.002
      region.close
      check busy.all? { |thread| thread.join(5)&.value == :closed }, "close beside calls"
    end
  },
  "growing_beside_threads" => lambda {
    Region.create("growing_beside_threads", 10, max_capacity: 40 << 20) do |region|
      counted = 0
      counter = Thread.new { loop { counted += 1; Thread.pass } }
      Thread.pass until counted.positive?
      before = counted
      clock = Process.clock_gettime(Process::CLOCK_MONOTONIC)
      region.grow(32 << 20)
      took = Process.clock_gettime(Process::CLOCK_MONOTONIC) - clock
      check counted > before, "other threads run while memory is allocated, #{took} s"
      counter.kill.join
      thread = Thread.new { region.grow(40 << 20) }
      thread.kill
      check thread.join(5) && region.read(0, 1) == "\0", "Thread#kill leaves a region that works"
    end
  },
  "interrupts" => lambda {
    Region.create("interrupts", 10) do |region|
      { "Timeout" => -> { refused(Timeout::Error) { Timeout.timeout(0.1) { region.wait } } },
        "raise" => lambda {
          thread = Thread.new { refused(IOError) { region.wait } }
          sleep 0.05
          thread.raise(IOError, "enough")
          thread.join(5) or raise "Thread#raise does not end a wait"
        },
        "kill" => lambda {
          thread = Thread.new { region.wait }
          sleep 0.05
          thread.kill
          thread.join(5) or raise "Thread#kill does not end a wait"
        } }.each_value(&:call)
      # A signal whose handler returns does not end it.
      seen = 0
      trap("USR1") { seen += 1 }
      sender = Thread.new do
        3.times { sleep 0.03; Process.kill("USR1", Process.pid) }
        sleep 0.03
        Region.open("interrupts", &:notify)
      end
      check region.wait(5000) && seen.positive?, "handlers run, the wait goes on"
      sender.join
      trap("USR1", "DEFAULT")
    end
  },
  "forking" => lambda {
    Region.create("forking", 10) do |region|
      region.write(0, "parent")
      child = fork do
        refused(Zinc::ForkedError) { region.read }
        refused(Zinc::ForkedError) { region.wait(1) }
        Region.open("forking") { |own| own.write(0, "child!") && own.notify }
        region.close
        exit! 0
      rescue Exception => e # rubocop:disable Lint/RescueException
        warn e.full_message
        exit! 1
      end
      check region.wait(5000), "the child notified"
      Process.wait(child)
      check $?.success? && region.read(0, 6) == "child!" && region.info[:participants_alive] == 1,
            "the child has a handle of its own"
    end
  }
}.freeze

mode, name = ARGV
case mode
when "interrupt"
  begin
    Region.create(name, 10) do |region|
      puts "waiting"
      region.wait
    end
  rescue Interrupt
    puts "interrupted"
  end
when "leak" then $kept = Region.create(name, 10)
when "tidy" then Region.create(name, 10, &:close)
else
  failed = TESTS.reject do |test, body|
    body.call
    puts "result #{test} passed"
    true
  rescue StandardError => e
    puts e.full_message(highlight: false), "result #{test} failed #{e.message.lines.first}"
  end
  exit failed.empty?
end
