-- Drops what is no longer kept. ARGV: at, how many at most of each kind, entries a log keeps at least, how long it keeps them (ms).
-- Answers how many it has dropped or cut.

local at, limit = tonumber(ARGV[1]), ARGV[2]
local entries_min, log_ms = tonumber(ARGV[3]), tonumber(ARGV[4])
local BLOCKS_MAX = 64 -- of a long log in one call

local function drop_party(id)
    redis.call('DEL', key('party', id), key('log', id))
    redis.call('ZREM', long, id)
    redis.call('ZREM', deadlines, id)
end

local function drop_session(id)
    local name = key('session', id)
    local have = redis.call('HMGET', name, 'l', 'p')
    if have[1] then redis.call('ZREM', base .. ':sessions:' .. have[1], id) end
    if have[2] then redis.call('ZREM', key('sessions-of', have[2]), id) end
    redis.call('DEL', name)
end

local function entry_at(log, seq)
    local found = redis.call('XRANGE', log, seq .. '-0', seq .. '-0')
    if #found == 0 then return nil end
    local fields = found[1][2]
    for i = 1, #fields, 2 do
        if fields[i] == 'e' then return cjson.decode(fields[i + 1])[1] end
    end
end

-- A log begins with a snapshot, which every SLACK-th entry has: it is cut by so many at once.
local function trim(id)
    local log = key('log', id)
    local version = tonumber(redis.call('HGET', key('party', id), 'v') or '0')
    local first = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)
    if #first == 0 then return redis.call('ZREM', long, id) end
    local oldest = tonumber(string.match(first[1][1], '^%d+'))
    local kept = oldest
    for _ = 1, BLOCKS_MAX do
        local last = kept + SLACK - 1
        if last > version - entries_min or entry_at(log, last) > at - log_ms then break end
        kept = kept + SLACK
    end
    if kept > oldest then redis.call('XTRIM', log, 'MINID', kept .. '-0') end
    local last = kept + SLACK - 1
    if last <= version - entries_min then
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
    else redis.call('DEL', base .. ':' .. member) end
    redis.call('ZREM', expiry, member)
end
local too_long = redis.call('ZRANGEBYSCORE', long, '-inf', at, 'LIMIT', 0, limit)
for _, id in ipairs(too_long) do trim(id) end
return math.max(#expired, #too_long)
