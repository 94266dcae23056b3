-- Writes one party of another store with as much of its log as is kept, for a copy. A repeated call does the same.
-- ARGV: the change (see lua/party.lua; `before` is the seq before the oldest entry), the state, and for each entry the entry and
-- its
-- snapshot.

local change = cjson.decode(ARGV[1])
local at = 1
local function blobs()
    at = at + 1
    return ARGV[at]
end

local name, live = key('party', change.id), base .. ':live'
local before = redis.call('HMGET', name, 'o', 'z')
local others = tonumber(redis.call('GET', live) or '0')
if before[1] and not before[2] then others = others - 1 end
redis.call('DEL', key('log', change.id))
redis.call('HDEL', name, 'b')
if before[1] then change.serial = before[1] end
redis.call('HSET', name, 'o', change.serial)
write_party(change, change.nonce, blobs)
redis.call('SET', live, others + (change.closed and 0 or 1))
return 'OK'
