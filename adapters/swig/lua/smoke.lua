-- SPDX-License-Identifier: MIT
-- The smoke test, in Lua; adapters/swig/README.md says what each test shows.
-- smoke [interrupt|leak|tidy NAME] is one side of a test that adapters/swig/tasks makes.

local zinc = require("zinc")
local Region = zinc.SharedRegion

local function check(as_stated, what)
    if not as_stated then
        error("not as stated: " .. tostring(what), 2)
    end
end

-- The error of a call, which must be of this kind.
local function refused(kind, call, ...)
    local answered, failure = pcall(call, ...)
    if answered then
        error(kind .. " expected, but it answered " .. tostring(failure):sub(1, 80), 2)
    end
    if type(failure) ~= "table" or failure.kind ~= kind then
        error(kind .. " expected, not " .. tostring(failure), 2)
    end
    return failure
end

local function missing(name)
    refused("not_found", zinc.lookup, name)
end

local function file_of(name)
    return os.getenv("ZINC_DIR") .. "/zinc_" .. name
end

local tests = {}
local function test(name, body)
    tests[#tests + 1] = { name = name, body = body }
end

test("bytes", function()
    local region, all = Region.create("bytes", 4096), {}
    for byte = 0, 255 do
        all[#all + 1] = string.char(byte)
    end
    all = table.concat(all)
    region:write(100, all)
    local other = Region.open("bytes")
    check(other:read(100, 256) == all, "all 256 bytes")
    check(#other:read() == 4096, "the whole")
    check(#other:read(4000) == 96, "the rest")
    region:write(4096, "")
    check(region:read(4096, 0) == "" and region:read(4096) == "", "nothing at the end")
    region:close()
    other:close()
end)

test("bounds", function()
    local region = Region.create("bounds", 4096)
    for _, range in ipairs({ { 4095, 2 }, { 4097, 0 }, { 4097 }, { 0, 4097 }, { 1 << 62, 1 },
        { 1, math.maxinteger } }) do
        refused("overflow", region.read, region, range[1], range[2])
    end
    for _, what in ipairs({ { 4095, "ab" }, { 4097, "" }, { math.maxinteger, "a" } }) do
        refused("overflow", region.write, region, what[1], what[2])
    end
    check(region:read() == ("\0"):rep(4096), "nothing was written")
    region:close()
end)

test("arguments", function()
    local region = Region.create("arguments", 4096)
    for _, bad in ipairs({ -1, 1.5, 0 / 0, 1 / 0, -1 / 0, 2.0 ^ 63, math.mininteger }) do
        refused("value", region.read, region, bad, 1)
        refused("value", region.grow, region, bad)
        refused("value", Region.create, "never", bad)
    end
    for _, bad in ipairs({ "1", true, {}, print, io.stdout, coroutine.create(print), region }) do
        refused("type", region.read, region, bad, 1)
        refused("type", region.grow, region, bad)
        refused("type", Region.create, "never", bad)
        refused("type", bad == "1" and region.write or region.wait, region, bad)
    end
    for _, bad in ipairs({ 5, true, {}, print }) do
        refused("type", region.write, region, 0, bad)
    end
    refused("type", region.write, region, 0)
    refused("value", region.wait, region, -1)
    refused("value", region.wait, region, 0.5)
    refused("value", region.wait, region, 0 / 0)
    refused("value", Region.create, "never", 0)
    refused("value", Region.create, "never", 1, { no_such = 1 })
    refused("value", Region.create, "never", 1, { lifetime = "long" })
    refused("value", Region.create, "never", 1, { rows = 5000 })
    refused("type", Region.create, "never", 1, { sparse = "yes" })
    refused("type", Region.create, "never", 1, { "sparse" })
    refused("type", Region.create, "never", 1, 5)
    for _, bad in ipairs({ 5, {}, io.stdout, "region", setmetatable({}, { __index = region }) }) do
        refused("type", region.read, bad, 0)
        refused("type", region.close, bad)
    end
    missing("never")
    check(region:read(10.0, 2) == "\0\0", "10.0 is 10")
    region:close()
end)

test("names", function()
    for _, bad in ipairs({ "", "a/b", ".hidden", "sp ace", "\xE4", ("x"):rep(201),
        ("x"):rep(100000) }) do
        refused("invalid", Region.create, bad, 10)
    end
    refused("value", Region.create, "a\0b", 10)
    refused("value", zinc.remove, "a\0b")
    for _, bad in ipairs({ 5, true, {} }) do
        refused("type", Region.open, bad)
    end
    refused("type", Region.open)
    local region = Region.create("/slash", 10)
    check(region:name() == "slash", "a leading slash is dropped")
    Region.open("slash"):close()
    region:close()
    region = Region.create(("x"):rep(200), 10)
    check(#region:name() == 200, "200 bytes")
    region:close()
end)

test("options", function()
    local region = Region.create("kept", 10,
        { lifetime = "persistent", mode = 416, rows = 5, wait_policy = "park" })
    region:write(0, "still here")
    local facts = region:info()
    check(facts.lifetime == "persistent" and facts.mode == 416 and facts.rows == 5
        and facts.wait_policy == "park", "facts")
    region:close()
    region = Region.open("kept", { read_only = true })
    check(region:read() == "still here", "a persistent region keeps its bytes")
    check(region:info().read_only, "it is read-only")
    refused("denied", region.write, region, 0, "x")
    refused("denied", region.notify, region)
    check(region:read(0, 1) == "s", "and was not written")
    region:close()
    zinc.remove("kept")
    local owner = Region.create("mine", 10, { lifetime = "creator" })
    local other = Region.open("mine")
    owner:close()
    missing("mine")
    check(#other:read() == 10, "the bytes stay")
    other:close()
end)

test("growth", function()
    local region = Region.create("growth", 4096, { max_capacity = 65536 })
    local other = Region.open("growth")
    region:write(0, "a")
    region:grow(65536)
    check(other:capacity() == 65536 and #other == 65536, "all see it")
    other:write(65535, "z")
    check(region:read(65535, 1) == "z" and region:read(0, 1) == "a", "the same bytes")
    region:grow(10)
    check(region:capacity() == 65536, "it never shrinks")
    refused("overflow", region.grow, region, 65537)
    region:close()
    other:close()
end)

test("open_or_create", function()
    local first = Region.open_or_create("either", 100)
    local second = Region.open_or_create("either", 100)
    check(first:info().created and not second:info().created, "one creates")
    second:write(0, "x")
    check(first:read(0, 1) == "x", "both have it")
    refused("overflow", Region.open_or_create, "either", 200)
    first:close()
    second:close()
end)

test("replace", function()
    local old = Region.create("replaced", 10)
    old:write(0, "old")
    local new = Region.replace("replaced", 20)
    check(old:info().stale and not new:info().stale, "the old one learns it")
    check(old:read(0, 3) == "old" and new:read(0, 3) == "\0\0\0", "two regions")
    old:close()
    new:close()
end)

test("waiting", function()
    local region = Region.create("waiting", 10)
    local begin = os.time()
    check(region:wait(1100) == false, "time ran out")
    check(os.difftime(os.time(), begin) >= 1, "not before")
    check(region:try_wait() == false and region:wait(0) == false, "nothing to see")
    local other = Region.open("waiting")
    region:notify()
    region:notify()
    check(other:wait() == true, "notified")
    check(other:try_wait() == false, "two that nobody saw are one")
    local late = Region.open("waiting")
    check(late:wait(0), "a fresh handle sees the last one")
    late:close()
    other:close()
    region:close()
end)

test("closing", function()
    local region = Region.create("closing", 10)
    region:close()
    region:close()
    check(region:closed() and region:name() == "closing", "closed")
    check(tostring(region):find("closed"), tostring(region))
    local calls = { read = { 0, 1 }, write = { 0, "x" }, notify = {}, wait = { 1 }, try_wait = {},
        capacity = {}, grow = { 20 }, info = {}, address = {}, unlink = {} }
    for name, arguments in pairs(calls) do
        local failure = refused("closed", region[name], region, table.unpack(arguments))
        check(tostring(failure):find("closed"), tostring(failure))
    end
    missing("closing")
end)

test("collecting", function()
    for index = 1, 20 do
        Region.create("collected-" .. index, 10)
    end
    collectgarbage()
    collectgarbage()
    for _, facts in ipairs(zinc.list()) do
        check(not facts.name:find("^collected"), facts.name)
    end
end)

test("large", function()
    local size = 5 << 30
    local region = Region.create("large", size, { sparse = true })
    check(region:capacity() == size, "5 GiB")
    region:write(size - 4, "last")
    check(region:read(size - 5) == "\0last", "the last bytes")
    region:write(4 << 30, "x")
    check(region:read(0, 1) == "\0", "offsets have 64 bits")
    refused("overflow", region.read, region, size - 4, 5)
    region:close()
end)

test("facts", function()
    local region = Region.create("facts", 100, { max_capacity = 200 })
    local facts = region:info()
    check(facts.name == "facts" and facts.capacity == 100 and facts.max_capacity == 200
        and facts.creator_pid > 0 and facts.creator_alive == true
        and facts.participants_alive == 1 and facts.private == false, "facts")
    check(zinc.lookup("facts").inode == facts.inode, "as seen")
    local listed
    for _, one in ipairs(Region.list()) do
        listed = one.name == "facts" and one or listed
    end
    check(listed.capacity == 100 and listed.status == "ZINC_OK", "listed")
    check(region:address() > 0, "an address")
    check(zinc.doctor().directory == os.getenv("ZINC_DIR"), "doctor")
    region:close()
end)

test("removing", function()
    local region = Region.create("removing", 10)
    local other = Region.open("removing")
    refused("denied", other.unlink, other)
    region:unlink()
    region:unlink()
    missing("removing")
    region:write(0, "x")
    region:close()
    other:close()
    Region.create("removing", 10, { lifetime = "persistent" }):close()
    check(zinc.gc().regions_removed == 0, "gc leaves persistent ones")
    zinc.remove("removing")
    refused("not_found", zinc.remove, "removing")
end)

test("errors", function()
    local failure = refused("not_found", Region.open, "not-here")
    check(failure.status == -2 and failure.name == "ZINC_E_NOENT"
        and tostring(failure):find("not-here", 1, true) and #failure:remedy() > 10,
        tostring(failure))
    local region = Region.create("here", 10)
    failure = refused("exists", Region.create, "here", 10)
    check(failure.status == -17 and failure.message:find("here"), tostring(failure))
    region:close()
    local line = debug.getinfo(1, "l").currentline + 1
    local _, placed = pcall(function() local lost = Region.open("not-here") return lost end)
    check(tostring(placed):find("smoke.lua:" .. line .. ":", 1, true), tostring(placed))
end)

test("files", function()
    local function write(name, bytes)
        local file = assert(io.open(file_of(name), "wb"))
        file:write(bytes)
        file:close()
        assert(os.execute("chmod 600 " .. file_of(name)))
    end
    Region.create("whole", 10, { lifetime = "persistent" }):close()
    local file = assert(io.open(file_of("whole"), "rb"))
    local whole = file:read("a")
    file:close()
    zinc.remove("whole")
    local files = { foreign = ("not a region"):rep(1000), cut = whole:sub(1, 5000), empty = "",
        other = whole:sub(1, 8) .. string.char(200) .. whole:sub(10) } -- the layout's number
    for name, bytes in pairs(files) do
        write(name, bytes)
        local opened, failure = pcall(Region.open, name)
        check(not opened and (failure.kind == "layout" or failure.kind == "corrupt"), failure)
        check(tostring(failure):find(name), tostring(failure))
        os.remove(file_of(name))
    end
end)

test("memory", function()
    local function pages()
        local file = assert(io.open("/proc/self/statm"))
        local count = file:read("a"):match("%d+ (%d+)")
        file:close()
        return tonumber(count)
    end
    local region = Region.create("memory", 4096)
    local function round()
        for _ = 1, 500 do
            region:info()
            region:read()
            region:wait(0)
            zinc.list()
            Region.open("memory"):close()
            refused("overflow", region.read, region, 5000)
            refused("not_found", Region.open, "not-here")
        end
        collectgarbage()
    end
    round()
    local before = pages()
    for _ = 1, 3 do
        round()
    end
    local more = pages() - before -- of 4 KiB
    check(more < 800, more .. " pages more")
    region:close()
end)

test("version", function()
    check(zinc.version:find("^%d+%.%d+%.%d+$"), zinc.version)
end)

-- ---- Lua's own

test("to_be_closed", function()
    local function body(mode)
        local region <close> = Region.create("scoped", 10)
        if mode == "error" then
            error("out of the scope")
        end
        return region:info().capacity
    end
    check(body() == 10, "the value")
    missing("scoped")
    check(not pcall(body, "error"), "an error")
    missing("scoped")
end)

local mode, name = arg[1], arg[2]
if mode == "interrupt" then
    local region = Region.create(name, 10)
    print("waiting")
    io.stdout:flush()
    local answered, failure = pcall(region.wait, region)
    print(not answered and tostring(failure):find("interrupted!") and "interrupted"
        or tostring(failure))
    region:close()
elseif mode == "leak" then
    kept = Region.create(name, 10) -- a global
elseif mode == "tidy" then
    Region.create(name, 10):close()
else
    local failed = false
    for _, one in ipairs(tests) do
        local passed, failure = xpcall(one.body, function(why)
            return type(why) == "table" and tostring(why) or debug.traceback(why)
        end)
        if passed then
            print("result " .. one.name .. " passed")
        else
            print(failure)
            print("result " .. one.name .. " failed " .. failure:match("^[^\n]*"))
            failed = true
        end
    end
    os.exit(not failed)
end
