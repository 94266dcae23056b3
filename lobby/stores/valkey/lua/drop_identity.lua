-- Removes an entry from the list of a player: its account is another player's, or the player is erased. ARGV: player, digest of
-- the account, the text of the entry.
-- Returns: 1 if it was removed. With it goes the record of the mutation that made the entry.

local name = key('identities-of', ARGV[1])
if redis.call('HGET', name, ARGV[2]) ~= ARGV[3] then return 0 end
redis.call('HDEL', name, ARGV[2])
local entry = cjson.decode(ARGV[3])
if type(entry.record) == 'string' then
    local record = key('once', entry.record)
    local claim = claim_at(record)
    if claim and claim.c == entry.id then
        redis.call('DEL', record)
        redis.call('ZREM', expiry, 'once:' .. entry.record)
    end
end
return 1
