-- Finds parties whose next entry may be sent to the webhook, see lua/party.lua. ARGV: the time (ms), how many at most.
-- Returns: for each party its id, and its position: the seq of the newest entry that was sent, and when a replay was asked for.

local found = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', base .. ':unsent', '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])) do
    found[#found + 1] = id
    found[#found + 1] = redis.call('GET', key('sent', id)) or '0 0'
end
return found
