-- SPDX-License-Identifier: MIT
-- What docs/languages/swig.md shows, in Lua.

-- [section:create]
local zinc = require("zinc")

local region = zinc.SharedRegion.create("frames", 1 << 20)
region:write(0, "hello")
region:notify()
-- [end:create]

-- [section:open]
local zinc = require("zinc")

do
    local frames <close> = zinc.SharedRegion.open("frames")
    if frames:wait(1000) then
        print(frames:read(0, 5))
    end
end -- closed here
-- [end:open]

-- [section:bytes]
region:write(16, string.char(1, 2, 3, 4))     -- a string, at offset 16
print(table.concat({ region:read(16, 4):byte(1, 4) }, " "))
-- [end:bytes]

-- [section:wait]
region:notify()
if region:wait(1000) then                     -- milliseconds; without: for ever
    print("notified")
end
if not region:wait(10) then
    print("timed out")
end
region:try_wait()                             -- asks, does not wait
-- [end:wait]

-- [section:close]
region:close()                                -- closing twice is harmless
local answered, failure = pcall(region.read, region, 0, 5)
if not answered and failure.kind == "closed" then
    print("closed")
end
-- [end:close]

-- [section:errors]
local opened, why = pcall(zinc.SharedRegion.open, "no-such-region")
if not opened and why.kind == "not_found" then
    print(why.name)
    if os.getenv("VERBOSE") then
        print(why, why:remedy())
    end
end
-- [end:errors]
