-- SPDX-License-Identifier: MIT
-- The program `peer` of adapters/scenarios/README.md, in Lua: one side of one scenario.

local zinc = require("zinc")
local SharedRegion = zinc.SharedRegion

local PATIENCE_MS = 10000

local function expect(as_stated, what)
    if not as_stated then
        io.stderr:write("peer (Lua): " .. what .. "\n")
        os.exit(1)
    end
end

local function say(line)
    print(line)
    io.stdout:flush() -- the other side is started, or killed, by what it reads here
end

-- Which file is mapped at an address, and where in it: device, inode, offset.
local function mapping(address)
    for line in io.lines("/proc/self/maps") do
        local first, last, offset, major, minor, inode =
            line:match("^(%x+)-(%x+) %S+ (%x+) (%x+):(%x+) (%d+)")
        first, last = tonumber(first, 16), tonumber(last, 16)
        if address >= first and address < last then
            local device = tonumber(major, 16) << 32 | tonumber(minor, 16)
            return device, tonumber(inode), tonumber(offset, 16) + address - first
        end
    end
    return 0, 0, 0
end

-- The physical frame that holds an address, or 0 where that is not shown to us.
local function frame(address)
    local pages = io.open("/proc/self/pagemap", "rb")
    local entry
    if pages then
        pages:setvbuf("no")
        if pages:seek("set", address // 4096 * 8) then
            entry = pages:read(8)
        end
        pages:close()
    end
    return entry and #entry == 8 and string.unpack("<I8", entry) & (1 << 55) - 1 or 0
end

-- Lua has no view of the bytes: they are read and written by offset.
local function prove(region)
    region:read(0, 1) -- a page not touched yet has no frame in our table
    local address = region:address()
    local device, inode, offset = mapping(address)
    say(("proof %d 0 %d %d %d %d"):format(address, device, inode, offset, frame(address)))
end

local function await(region)
    expect(region:wait(PATIENCE_MS), "no notification came")
end

-- A handle sees its own notification, too: so that the next wait is for the other side's.
local function notify_and_take(region)
    region:notify()
    expect(region:try_wait(), "a handle does not see its own notification")
end

local function await_byte(region, offset, value)
    while region:read(offset, 1):byte() ~= value do
        await(region)
    end
end

-- ---- relay -------------------------------------------------------------------------------------

local relay, answer = {}, {}
for i = 0, 4095 do
    relay[#relay + 1] = string.char((7 * i + 3) % 256)
    answer[#answer + 1] = string.char(255 - (7 * i + 3) % 256)
end
relay, answer = table.concat(relay), table.concat(answer)

local parts = { relay = {}, tensor = {}, grow = {}, death = {} }

function parts.relay.first(name)
    local region = SharedRegion.create(name, 4096)
    region:write(0, relay)
    notify_and_take(region)
    prove(region)
    say("ready")
    await(region)
    expect(region:read() == answer, "the answer is not as stated")
    region:close()
end

function parts.relay.second(name)
    local region = SharedRegion.open(name)
    prove(region)
    await(region)
    expect(region:read() == relay, "the bytes are not as stated")
    region:write(0, answer)
    region:notify()
    region:close()
end

-- ---- tensor ------------------------------------------------------------------------------------

local ELEMENTS, RECORD_AT = 4 * 3 * 32 * 32, 49152
local FORMAT = "<i1I1i2I2xxi4I4i8I8fI1xxxd"
local STATED = string.pack(FORMAT, -100, 200, -30000, 60000, -2000000000, 4000000000,
    -9007199254740993, ~58, 0.1, 1, 0.1)
local TURNED = string.pack(FORMAT, 99, 55, 29999, 5535, 1999999999, 294967295,
    9007199254740992, 58, -0.1, 0, -0.1)

local function say_sum(region)
    local bytes, sum = region:read(0, 4 * ELEMENTS), 0.0
    for k = 0, ELEMENTS - 1 do
        sum = sum + string.unpack("<f", bytes, 4 * k + 1)
    end
    expect(sum == math.floor(sum), "the sum is no whole number")
    say(("sum %d"):format(sum))
end

function parts.tensor.first(name)
    local region = SharedRegion.create(name, 65536)
    local elements = {}
    for k = 0, ELEMENTS - 1 do
        elements[k + 1] = string.pack("<f", 0.25 * k - 100)
    end
    region:write(0, table.concat(elements))
    region:write(RECORD_AT, STATED)
    notify_and_take(region)
    prove(region)
    say("ready")
    await(region)
    say_sum(region)
    expect(region:read(RECORD_AT, 48) == TURNED, "the record is not as stated")
    region:close()
end

function parts.tensor.second(name)
    local region = SharedRegion.open(name)
    prove(region)
    await(region)
    say_sum(region)
    expect(region:read(RECORD_AT, 48) == STATED, "the record is not as stated")
    local bytes, elements = region:read(0, 4 * ELEMENTS), {}
    for k = 0, ELEMENTS - 1 do
        elements[k + 1] = string.pack("<f", string.unpack("<f", bytes, 4 * k + 1) + 1)
    end
    region:write(0, table.concat(elements))
    region:write(RECORD_AT, TURNED)
    region:notify()
    region:close()
end

-- ---- grow --------------------------------------------------------------------------------------

local GROWN = 1048576

function parts.grow.first(name)
    local region = SharedRegion.create(name, 4096, { max_capacity = GROWN })
    region:write(0, "\1")
    prove(region)
    say("ready")
    await_byte(region, 2, 1)
    region:grow(GROWN)
    region:write(GROWN - 1, string.char(77))
    region:write(0, "\2")
    region:notify()
    await_byte(region, 1, 3)
    expect(region:read(GROWN - 2, 1):byte() == 78, "the last byte but one is not 78")
    region:close()
end

function parts.grow.second(name)
    local region = SharedRegion.open(name)
    prove(region)
    say("capacity " .. region:capacity())
    region:write(2, "\1")
    region:notify()
    await_byte(region, 0, 2)
    say("capacity " .. region:capacity())
    expect(region:read(GROWN - 1, 1):byte() == 77, "the last byte is not 77")
    region:write(GROWN - 2, string.char(78))
    region:write(1, "\3")
    region:notify()
    region:close()
end

-- ---- death -------------------------------------------------------------------------------------

function parts.death.first(name)
    local region = SharedRegion.create(name, 4096)
    region:write(0, string.char(42))
    region:notify()
    prove(region)
    say("ready")
    while true do
        await(region)
    end
end

function parts.death.second(name)
    local region = SharedRegion.open(name)
    prove(region)
    await(region)
    expect(region:read(0, 1):byte() == 42, "byte 0 is not 42")
    expect(region:info().creator_alive, "the creator counts as dead while it lives")
    say("alive")
    local begin = os.time()
    while region:info().creator_alive do
        local late = os.difftime(os.time(), begin) > PATIENCE_MS / 1000
        expect(not late, "the creator counts as alive for too long")
        region:wait(50)
    end
    expect(region:read(0, 1):byte() == 42, "byte 0 is not 42 any more")
    say("dead")
    region:close()
    local opened, failure = pcall(SharedRegion.open, name)
    expect(not opened and failure.kind == "not_found", "the name is still there")
    say("gone")
    region = SharedRegion.create(name, 8192)
    expect(region:read() == ("\0"):rep(8192), "a byte of the new region is not 0")
    say("again")
    region:close()
end

-- ------------------------------------------------------------------------------------------------

local scenario, role, name = table.unpack(arg)
local part = #arg == 3 and parts[scenario] and parts[scenario][role]
expect(part, "usage: peer relay|tensor|grow|death first|second NAME")
local played, failure = pcall(part, name)
expect(played, tostring(failure))
say("done")
