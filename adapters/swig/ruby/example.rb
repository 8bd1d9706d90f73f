# SPDX-License-Identifier: MIT
# frozen_string_literal: true

# What docs/languages/swig.md shows, in Ruby.

# [section:create]
require "zinc"

region = Zinc::SharedRegion.create("frames", 1 << 20)
region.write(0, "hello")
region.notify
# [end:create]

# [section:open]
require "zinc"

Zinc::SharedRegion.open("frames") do |frames|
  puts frames.read(0, 5) if frames.wait(1000)
end # closed here
# [end:open]

# [section:bytes]
region.write(16, [1, 2, 3, 4].pack("C*"))     # a String's bytes, at offset 16
puts region.read(16, 4).bytes.join(" ")       # a binary String

Warning[:experimental] = false                # Ruby's word for IO::Buffer
view = region.buffer(16, 4)                   # the bytes themselves, no copy
view.set_value(:U8, 0, 7)
# [end:bytes]

# [section:wait]
region.notify
puts "notified" if region.wait(1000)          # milliseconds; without: for ever
puts "timed out" unless region.wait(10)
region.try_wait                               # asks, does not wait
# [end:wait]

# [section:close]
region.close                                  # closing twice is harmless
begin
  region.read(0, 5)
rescue Zinc::ClosedError
  puts "closed"
end
# [end:close]

# [section:errors]
begin
  Zinc::SharedRegion.open("no-such-region")
rescue Zinc::NotFoundError => e               # a Zinc::Error
  puts e.status_name
  warn e.message, e.remedy if $VERBOSE
end
# [end:errors]
