-- Puts one party of another store in its place, as much of its log as there is. ARGV: the change (see lua/party.lua; `before` is the
-- number of the entry before the oldest one), the state, and of each entry itself and its snapshot.
-- Asked again, it does the same again.

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
if before[1] then change.serial = before[1] end
redis.call('HSET', name, 'o', change.serial)
write_party(change, change.nonce, blobs)
redis.call('SET', live, others + (change.closed and 0 or 1))
return 'OK'
