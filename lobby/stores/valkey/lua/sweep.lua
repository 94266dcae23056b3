-- Deletes what is no longer kept. ARGV: the time (ms), how many things of each kind at most, how many entries a log keeps at
-- least, how
-- long it keeps entries (ms), how many bytes of entries it keeps at most.
-- Returns: how many things were deleted, or how many logs were cut, whichever is more.

local at, limit = tonumber(ARGV[1]), ARGV[2]
local entries_min, log_ms, log_bytes_max = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local BLOCKS_MAX = 64 -- of one log in one call, SLACK entries each
local READ_BYTES_MAX = 2097152 -- of one log in one call, to count what is cut

local function drop_party(id)
    redis.call('DEL', key('party', id), key('log', id), key('sent', id))
    redis.call('ZREM', long, id)
    redis.call('ZREM', deadlines, id)
    redis.call('ZREM', base .. ':unsent', id)
    redis.call('ZREM', base .. ':unsent-since', id)
end

local function drop_session(id)
    local name = key('session', id)
    local have = redis.call('HMGET', name, 'l', 'p')
    if have[1] then redis.call('ZREM', base .. ':sessions:' .. have[1], id) end
    if have[2] then redis.call('ZREM', key('sessions-of', have[2]), id) end
    redis.call('DEL', name)
end

local function drop_run(id)
    redis.call('DEL', key('run', id))
    redis.call('SREM', base .. ':runs', id)
end

local function entry_at(log, seq)
    local found = redis.call('XRANGE', log, seq .. '-0', seq .. '-0')
    if #found == 0 then return nil end
    local fields = found[1][2]
    for i = 1, #fields, 2 do
        if fields[i] == 'e' then return cjson.decode(fields[i + 1])[1] end
    end
end

-- How many bytes the entries of a block have.
local function block_bytes(log, first)
    local bytes = 0
    for _, entry in ipairs(redis.call('XRANGE', log, first .. '-0', (first + SLACK - 1) .. '-0')) do
        local fields = entry[2]
        for i = 1, #fields, 2 do
            if fields[i] ~= 'c' then bytes = bytes + #fields[i + 1] end
        end
    end
    return bytes
end

-- A log must begin with a snapshot, which every SLACK-th entry has, so it is cut by that many entries.
local function trim(id)
    local log, name = key('log', id), key('party', id)
    local found = redis.call('HMGET', name, 'v', 'b')
    local version, log_bytes = tonumber(found[1] or '0'), tonumber(found[2] or '0')
    local first = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)
    if #first == 0 then return redis.call('ZREM', long, id) end
    local oldest = tonumber(string.match(first[1][1], '^%d+'))
    local kept, read = oldest, 0
    local function must_go()
        local last = kept + SLACK - 1
        if last >= version then return false end
        return log_bytes > log_bytes_max or (last <= version - entries_min and entry_at(log, last) <= at - log_ms)
    end
    for _ = 1, BLOCKS_MAX do
        if read >= READ_BYTES_MAX or not must_go() then break end
        local bytes = block_bytes(log, kept)
        log_bytes, read, kept = math.max(0, log_bytes - bytes), read + bytes, kept + SLACK
    end
    if kept > oldest then
        redis.call('XTRIM', log, 'MINID', kept .. '-0')
        redis.call('HSET', name, 'b', log_bytes)
    end
    local last = kept + SLACK - 1
    if must_go() then
        redis.call('ZADD', long, at + 1, id)
    elseif last <= version - entries_min then
        redis.call('ZADD', long, math.max(at + 1, entry_at(log, last) + log_ms), id)
    else
        redis.call('ZREM', long, id)
    end
end

local expired = redis.call('ZRANGEBYSCORE', expiry, '-inf', at, 'LIMIT', 0, limit)
for _, member in ipairs(expired) do
    local kind, id = string.match(member, '^(%a+):(.*)$')
    if kind == 'party' then drop_party(id)
    elseif kind == 'session' then drop_session(id)
    elseif kind == 'run' then drop_run(id)
    else redis.call('DEL', base .. ':' .. member) end
    redis.call('ZREM', expiry, member)
end
local too_long = redis.call('ZRANGEBYSCORE', long, '-inf', at, 'LIMIT', 0, limit)
for _, id in ipairs(too_long) do trim(id) end
return math.max(#expired, #too_long)
