-- SPDX-License-Identifier: MIT
--- The same bytes of memory in several processes, written in any language.

local core = require("zinc_core")

local zinc = {}

--- What calls raise: a table with `status` (negative; 0 for an argument that did not reach the
--- core), `name` ("ZINC_E_NOENT"), `kind` ("not_found", "closed", "exists", ..., "type" and "value"
--- for arguments), `message` and `where`. tostring gives both texts.
local Error = debug.getregistry()["zinc.error"] or {}
debug.getregistry()["zinc.error"] = Error
Error.__name = "zinc.error"
Error.__index = Error
Error.__tostring = function(self)
    return self.where .. self.message
end

--- What to do about an error, as a sentence.
function Error:remedy()
    return core.zinc_error_remedy(self.status)
end

local function refuse(message)
    local caller = debug.getinfo(4, "Sl") or debug.getinfo(3, "Sl")
    local where = caller and caller.currentline > 0
        and caller.short_src .. ":" .. caller.currentline .. ": " or ""
    local failure = { status = 0, name = "", kind = "type", message = message, where = where }
    error(setmetatable(failure, Error), 0)
end

local function table_of(facts)
    local found = {}
    for index = 0, facts:size() - 1 do
        found[facts:name(index)] = facts:value(index)
    end
    return found
end

--- The release of the library, "0.1.0".
zinc.version = core.zinc_version_text()

--- Facts about every region of the domain, by name: an array of tables as region:info() gives them.
--- Where `status` is not "ZINC_OK" the file is no usable region, and it says why.
function zinc.list()
    local listing = core.list_begin()
    local found = {}
    while true do
        local facts = listing:following()
        if not facts then
            return found
        end
        found[#found + 1] = table_of(facts)
    end
end

--- Facts about the region of this name, without taking part in it.
function zinc.lookup(name)
    return table_of(core.lookup(name))
end

--- Unbind a name by force, whoever uses the region; they keep the bytes.
function zinc.remove(name)
    core.remove(name)
end

--- Remove the regions that nobody alive uses. Answers counts.
function zinc.gc(dry_run)
    return table_of(core.gc(dry_run or false))
end

--- What the machine offers to regions. Sizes are bytes; nil is what cannot be had.
function zinc.doctor()
    return table_of(core.doctor())
end

--- A region of memory that other processes open by its name.
---
---     local region <close> = zinc.SharedRegion.create("frames", 1 << 20)
---     region:write(0, "hello")
---     region:notify()
---
--- Options, as a table: lifetime = "auto", "creator" or "persistent"; mode: permission bits;
--- max_capacity: bytes up to which grow may go; rows: participants at one time; wait_policy =
--- "adaptive", "spin" or "park"; group, accept_mode, accept_owner: numbers; read_only, prefault,
--- sparse, huge_pages, read_only_waiters, accept_any_owner: true or false.
local SharedRegion = {}
zinc.SharedRegion = SharedRegion

local Region = { __index = {}, __name = "zinc.SharedRegion" }
local methods = Region.__index

-- Where a region's handle is: out of reach of whoever writes into the region's table.
local handles = setmetatable({}, { __mode = "k" })

local function handle_of(region)
    local handle = handles[region]
    if not handle then
        refuse("a zinc.SharedRegion is expected, not " .. type(region))
    end
    return handle
end

local function chosen(options)
    local core_options = core.Options()
    if options ~= nil and type(options) ~= "table" then
        refuse("options must be a table, not " .. type(options))
    end
    for name, value in pairs(options or {}) do
        core_options:set(name, value)
    end
    return core_options
end

local function made(handle)
    local region = setmetatable({}, Region)
    handles[region] = handle
    return region
end

--- Create a region of `capacity` bytes, all zero.
function SharedRegion.create(name, capacity, options)
    return made(core.create(name, capacity, chosen(options)))
end

--- Open the region of this name.
function SharedRegion.open(name, options)
    return made(core.open(name, chosen(options)))
end

--- Open the region, or create it where there is none, in one atomic step: info().created says
--- which.
function SharedRegion.open_or_create(name, capacity, options)
    return made(core.open_or_create(name, capacity, chosen(options)))
end

--- Create a region and bind the name to it, even if another region has it.
function SharedRegion.replace(name, capacity, options)
    return made(core.replace(name, capacity, chosen(options)))
end

--- The same as zinc.list.
SharedRegion.list = zinc.list

--- `length` bytes from `offset` (all that follow, unless given), as a string.
function methods:read(offset, length)
    return handle_of(self):read(offset or 0, length)
end

--- Write a string at `offset`.
function methods:write(offset, bytes)
    handle_of(self):write(offset, bytes)
end

--- Wake every wait in progress on this region, in all processes.
function methods:notify()
    handle_of(self):notify()
end

--- Wait for a notification that this handle has not seen: true when it came, false when `timeout_ms`
--- milliseconds have passed; nil waits for ever. Ctrl-C ends it as any running chunk.
function methods:wait(timeout_ms)
    local wait = handle_of(self):start(timeout_ms)
    local step
    repeat -- Lua runs its hooks, which is where Ctrl-C arrives, between its instructions.
        step = wait:step()
    until step ~= 2
    return step == 1
end

--- Whether a notification came that this handle has not seen; does not wait.
function methods:try_wait()
    return handle_of(self):try_wait() == 1
end

--- Bytes of the region now, as grown by whichever process.
function methods:capacity()
    return handle_of(self):capacity()
end

--- Make the region this long, in place, for all participants, up to max_capacity.
function methods:grow(capacity)
    handle_of(self):grow(capacity)
end

--- Facts about the region and this handle, as a table: .capacity, .creator_alive, ...
function methods:info()
    return table_of(handle_of(self):info())
end

--- The region's name, without slash and domain.
function methods:name()
    return handle_of(self):name()
end

--- The address of the first byte in this process.
function methods:address()
    return handle_of(self):address()
end

--- Unbind the name; participants keep the bytes. For the creator's handle.
function methods:unlink()
    handle_of(self):unlink()
end

--- Close the handle. Closing again is harmless.
function methods:close()
    handle_of(self):close()
end

function methods:closed()
    return handle_of(self):closed() == 1
end

Region.__close = methods.close
Region.__len = methods.capacity
Region.__tostring = function(self)
    local handle = handle_of(self)
    return "zinc.SharedRegion " .. handle:name() .. (handle:closed() == 1 and " (closed)" or "")
end
Region.__metatable = "zinc.SharedRegion"

return zinc
